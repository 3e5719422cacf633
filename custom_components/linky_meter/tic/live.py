"""What needs the meter's recent past: time to trip, active power, power factor."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from .active_power import UNKNOWN, ActivePower, PhaseSample, Sample
from .breaker import BreakerFilter
from .fields import Value
from .labels import PHASE_LABELS, Mode
from .trusted import Trusted
from .values import Breaker

# Beyond it no one waits: the fuse box is far from tripping
_LONGEST_TRIP_SECONDS = 3600
_POWER = {Mode.STANDARD: "SINSTS", Mode.HISTORIC: "PAPP"}
_MAXIMA = {1: ("SMAXSN",), 3: ("SMAXSN1", "SMAXSN2", "SMAXSN3")}
_CURRENTS = {1: ("IINST",), 3: ("IINST1", "IINST2", "IINST3")}


class Now(NamedTuple):
    """What a frame brought, beside what is known."""

    mode: Mode
    phases: int
    trusted: Trusted
    fresh: Collection[str]
    """The labels that this frame brought."""
    at: float
    """A steady clock, s."""
    imported: int | None
    """Wh, all imported energy."""

    def maximum(self, label: str) -> int | None:
        """Return a day's maximum if it was reached in this very second."""
        if label not in self.fresh or "DATE" not in self.fresh:
            return None
        groups = self.trusted.groups
        present = groups[label].horodate == groups["DATE"].horodate
        return self.trusted.numbers.get(label) if present else None


class Live:
    """Follows one meter from frame to frame."""

    def __init__(self) -> None:
        """Start without a frame."""
        self._breaker = BreakerFilter()
        self._power = ActivePower()
        self._estimate = UNKNOWN
        self._trip: float | None = None

    def follow(self, now: Now) -> None:
        """Take what a frame brought."""
        if now.mode is Mode.STANDARD:
            self._trip = self._time_to_trip(now)
        power = _POWER[now.mode]
        if power in now.fresh:
            self._estimate = self._power.update(_sample(now))
        elif power not in now.trusted.groups:
            # A damaged power keeps its last value for a moment, and so does this
            self._estimate = UNKNOWN

    def add(
        self, values: dict[str, Value | None], mode: Mode, trusted: Trusted
    ) -> None:
        """Add what the last frames came to."""
        if mode is Mode.STANDARD:
            values["time_to_trip"] = self._trip
        if _POWER[mode] in trusted.groups:
            watts, factor = self._estimate.watts, self._estimate.power_factor
            values["active_power"] = None if watts is None else round(watts)
            values["power_factor"] = None if factor is None else round(factor, 2)

    def preview(self, values: dict[str, Value | None], now: Now) -> None:
        """Replace the active power by that of the present load, where it imports."""
        sample = _sample(now)
        # At no load the direction is not known before the end
        watts = self._power.preview(sample) if sample.apparent else None
        if watts is not None:
            values["active_power"] = round(watts)

    def _time_to_trip(self, now: Now) -> float | None:
        """Return the seconds until the breaker opens, None while it is safe."""
        fields = now.trusted.fields
        breaker, breaking = fields.get("breaker"), fields.get("breaking_power")
        fresh, numbers = now.fresh, now.trusted.numbers
        left = self._breaker.feed(
            now.at,
            [
                numbers.get(label) if label in fresh else None
                for label, *_ in PHASE_LABELS[now.phases]
            ],
            breaking=breaking if isinstance(breaking, int) else None,
            maxima=[now.maximum(label) for label in _MAXIMA[now.phases]],
            closed=None if breaker is None else breaker is Breaker.CLOSED,
        )
        if left is None or left > _LONGEST_TRIP_SECONDS:
            return None
        return round(left)


def _sample(now: Now) -> Sample:
    """Return what the estimate needs of a frame."""
    number = now.trusted.numbers.get
    if now.mode is Mode.HISTORIC:
        samples = [
            PhaseSample(None, number(label), None) for label in _CURRENTS[now.phases]
        ]
    else:
        samples = [PhaseSample(*map(number, row)) for row in PHASE_LABELS[now.phases]]
    exporting = now.trusted.fields.get("exporting")
    return Sample(
        at=now.at,
        imported=now.imported,
        exported=number("EAIT"),
        apparent=number(_POWER[now.mode]),
        apparent_export=number("SINSTI"),
        exporting=exporting if isinstance(exporting, bool) else None,
        phases=samples,
    )
