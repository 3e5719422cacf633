"""What needs the meter's recent past: time to trip, active power, power factor."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..fields import Value
from ..labels import CURRENT_LABELS, PHASE_LABELS, Mode
from ..state.memory import Memory
from ..state.trusted import Trusted
from ..values import Breaker, StatusRegister, parse_status
from .active_power import UNKNOWN, ActivePower, PhaseSample, Sample
from .breaker import BreakerFilter
from .export import ExportEstimate, Seen
from .phases import phase_powers

# Beyond it no one waits: the fuse box is far from tripping
_LONGEST_TRIP_SECONDS = 3600
# Whoever looks once a minute misses no greatest value
_FILTERED_SECONDS = 90.0
_POWER = {Mode.STANDARD: "SINSTS", Mode.HISTORIC: "PAPP"}
_MAXIMA = {1: ("SMAXSN",), 3: ("SMAXSN1", "SMAXSN2", "SMAXSN3")}


class Arrival(NamedTuple):
    """What a frame brought, beside what is known."""

    mode: Mode
    phases: int
    trusted: Trusted
    fresh: Collection[str]
    """The labels that this frame brought."""
    at: float
    """A steady clock, s."""
    memory: Memory
    """More is learned into its factors, and added to what is fed in."""

    @property
    def phase_powers_wrong(self) -> bool:
        """Whether the meter's power of each phase is nonsense."""
        return self.phases > 1 and self.memory.phase_powers_wrong

    def maximum(self, label: str) -> int | None:
        """Return a day's maximum if it was reached in this very second."""
        if label not in self.fresh or "DATE" not in self.fresh:
            return None
        groups = self.trusted.groups
        present = groups[label].horodate == groups["DATE"].horodate
        return self.trusted.numbers.get(label) if present else None


class RunningEstimates:
    """Follows one meter from frame to frame."""

    def __init__(self) -> None:
        self._breaker = BreakerFilter()
        self._power = ActivePower()
        self._export = ExportEstimate()
        self._estimate = UNKNOWN
        self._trip: float | None = None
        self._breaking: int | None = None
        self._filtered: deque[tuple[float, float]] = deque()
        """The filter's output of the last moments, in historic mode."""

    def follow(self, arrival: Arrival) -> None:
        """Take what a frame brought."""
        power = _POWER[arrival.mode]
        memory = arrival.memory
        if self._power.kept is not memory.factors:
            self._power = ActivePower(memory.factors)
        status = parse_status(arrival.trusted.text("STGE") or "")
        if arrival.mode is Mode.STANDARD:
            self._trip = self._time_to_trip(arrival, status)
        elif arrival.phases == 1 and power in arrival.fresh:
            self._filter(arrival.at, arrival.trusted.numbers[power])
        if power in arrival.fresh:
            self._estimate = self._power.update(_sample(arrival, status))
        elif power not in arrival.trusted.groups:
            # A damaged power keeps its last value for a moment, and so does this
            self._estimate = UNKNOWN
        memory.exported += self._export.follow(
            _seen(arrival, status, self._estimate.watts)
        )

    @property
    def filtered(self) -> tuple[float | None, ...]:
        """VA that the breaker's filter of each phase holds."""
        return self._breaker.filtered

    def seconds_with(self, more: Sequence[float]) -> float | None:
        """Return the seconds until a trip if each phase drew so many VA more."""
        return self._breaker.seconds_with(more, self._breaking)

    def add(
        self,
        values: dict[str, Value | None],
        mode: Mode,
        trusted: Trusted,
        memory: Memory,
    ) -> None:
        """Add what the last frames came to."""
        if memory.exported:
            values["energy_export_estimated"] = int(memory.exported)
        if mode is Mode.STANDARD:
            values["time_to_trip"] = self._trip
        elif self._filtered:
            values["filtered_power"] = round(max(va for _, va in self._filtered))
        if _POWER[mode] in trusted.groups:
            watts, factor = self._estimate.watts, self._estimate.power_factor
            values["active_power"] = None if watts is None else round(watts)
            values["power_factor"] = None if factor is None else round(factor, 2)

    def preview(self, values: dict[str, Value | None], arrival: Arrival) -> None:
        """Replace the active power by that of the present load, where it imports."""
        sample = _sample(arrival, parse_status(arrival.trusted.text("STGE") or ""))
        # At no load the direction is not known before the end
        watts = self._power.preview(sample) if sample.apparent else None
        if watts is not None:
            values["active_power"] = round(watts)

    def _filter(self, at: float, load: float) -> None:
        """Filter a load as the breaker would: no label tells it in historic mode."""
        self._breaker.feed(at, [load], breaking=None)
        kept = self._filtered
        kept += [(at, va) for va in self._breaker.filtered if va is not None]
        while kept[0][0] < at - _FILTERED_SECONDS:
            kept.popleft()

    def _time_to_trip(
        self, arrival: Arrival, status: StatusRegister | None
    ) -> float | None:
        """Return the seconds until the breaker opens, None while it is safe."""
        numbers, wrong = arrival.trusted.numbers, arrival.phase_powers_wrong
        powers = phase_powers(numbers, arrival.phases, wrong=wrong)
        breaking = numbers.get("PCOUP")
        breaker = status.breaker if status else None
        self._breaking = None if breaking is None else breaking * 1000
        left = self._breaker.feed(
            arrival.at,
            [
                drawn if (current if wrong else power) in arrival.fresh else None
                for drawn, (power, current, _) in zip(
                    powers, PHASE_LABELS[arrival.phases], strict=True
                )
            ],
            breaking=self._breaking,
            maxima=[arrival.maximum(label) for label in _MAXIMA[arrival.phases]],
            closed=None if breaker is None else breaker is Breaker.CLOSED,
        )
        if left is None or left > _LONGEST_TRIP_SECONDS:
            return None
        return round(left)


def _seen(arrival: Arrival, status: StatusRegister | None, watts: float | None) -> Seen:
    """Return what the estimate of exported energy needs of a frame."""
    number = arrival.trusted.numbers.get
    producer = status is not None and status.producer
    return Seen(
        arrival.at,
        arrival.mode,
        producer or number("EAIT") is not None,
        watts,
        number("PAPP"),
        number("IINST") if arrival.phases == 1 else None,
    )


def _sample(arrival: Arrival, status: StatusRegister | None) -> Sample:
    """Return what the estimate needs of a frame."""
    number = arrival.trusted.numbers.get
    if arrival.mode is Mode.HISTORIC:
        samples = [
            PhaseSample(None, number(label), None)
            for label in CURRENT_LABELS[arrival.phases]
        ]
    else:
        # What the index tells of the whole is better than amperes
        wrong = arrival.phase_powers_wrong
        samples = [
            PhaseSample(
                None if wrong else number(power), number(amperes), number(volts)
            )
            for power, amperes, volts in PHASE_LABELS[arrival.phases]
        ]
    return Sample(
        at=arrival.at,
        imported=arrival.memory.shown,
        exported=number("EAIT"),
        apparent=number(_POWER[arrival.mode]),
        apparent_export=number("SINSTI"),
        exporting=status.exporting if status else None,
        phases=samples,
    )
