"""How long a value takes from the line to a browser.

Values show before their frame has ended: as soon as its measurements are there. So times
begin with the last byte of the last of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import cycle, pairwise
from statistics import median

from tests.bench.home_assistant.marked import MarkedMeter
from tests.simulator import SentFrame

from .client import Json

# Each far enough from the others to be shown at once, whatever the options
_LOADS = cycle((600, 1500, 900, 2400, 1200, 3000))


@dataclass
class Latency:
    """Pairs the frames on the line with the states that a browser gets."""

    meter: MarkedMeter
    entity: str
    sent: list[tuple[float, float]] = field(default_factory=list)
    """Time of the last measurement of each frame, and the power in it."""
    shown: list[tuple[float, float]] = field(default_factory=list)
    _load: float | None = None

    def start(self) -> None:
        """Give the house another load for each frame from now on."""
        self.meter.on_frame = self._sent
        self._next()

    def begin(self) -> None:
        """Count anew."""
        self.sent.clear()
        self.shown.clear()

    def stop(self) -> None:
        """Give the house back to those who live in it."""
        self.meter.on_frame = None
        self.meter.meter.set_load(None)

    def listen(self, event: Json, arrived: float) -> None:
        """Take what `subscribe_entities` gives."""
        for kind in ("a", "c"):
            change = event.get(kind, {}).get(self.entity, {})
            state = change.get("+", change).get("s")
            if state not in {None, "unknown", "unavailable"}:
                self.shown.append((arrived, float(state)))

    def delays(self) -> list[float]:
        """Return the milliseconds of each frame whose power was shown before the next.

        The last frame does not count: what it shows may be on its way.
        """
        found = []
        for (measured, power), (following, _) in pairwise(self.sent):
            arrivals = [
                arrived
                for arrived, shown in self.shown
                if shown == power and measured <= arrived < following
            ]
            if arrivals:
                found.append((arrivals[0] - measured) * 1000)
        return found

    def _sent(self, _: SentFrame) -> None:
        """Note a frame; the next one carries another power."""
        if self._load is not None:
            self.sent.append((self.meter.marker.frames[-1].measured, self._load))
        self._next()

    def _next(self) -> None:
        load = float(next(_LOADS))
        self.meter.meter.set_load(load)
        self._load = load


def summary(delays: list[float]) -> str:
    """Return the figures as a line."""
    return (
        f"median {median(delays):.1f} ms, worst {max(delays):.1f} ms, "
        f"best {min(delays):.1f} ms of {len(delays)} frames"
    )
