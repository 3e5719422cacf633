"""How long a value takes from the line to a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import cycle
from statistics import median

from tests.simulator import PtyMeter, SentFrame

from .client import Json

# Each far enough from the others to be shown at once, whatever the options
_LOADS = cycle((600, 1500, 900, 2400, 1200, 3000))


@dataclass
class Latency:
    """Pairs the frames on the line with the states that a browser gets."""

    meter: PtyMeter
    entity: str
    sent: list[tuple[float, float]] = field(default_factory=list)
    """Time of each frame's last byte, and the power in it."""
    shown: list[tuple[float, float]] = field(default_factory=list)
    _load: float | None = None

    def start(self) -> None:
        """Give the house another load for each frame from now on."""
        self.meter.on_frame = self._sent
        self._next()

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
        """Return the milliseconds of each frame whose power was shown.

        Below zero, the value was shown before its frame had ended.
        """
        found = []
        for number, (finished, power) in enumerate(self.sent[1:-1], 1):
            before, after = self.sent[number - 1][0], self.sent[number + 1][0]
            arrivals = [
                arrived
                for arrived, shown in self.shown
                if shown == power and before < arrived < after
            ]
            if arrivals:
                found.append((arrivals[0] - finished) * 1000)
        return found

    def _sent(self, frame: SentFrame) -> None:
        """Note a frame; the next one carries another power."""
        if self._load is not None:
            self.sent.append((frame.finished, self._load))
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
