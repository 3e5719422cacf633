"""The breaker's own filter, and the time until it opens.

Source: Enedis-NOI-CPT_54E v3, section 7. Every second the meter computes
``Y(n) = 0.008 X(n)² + 0.992 Y(n-1)`` from the apparent power X that is drawn, and opens
when Y reaches the square of 1.3 times the breaking power; in three-phase each phase
does so against its third. Pure arithmetic on a steady clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log

KEEP = 0.992
"""What the filter keeps of its state in one second: 1 - B, B = 0.008."""
TRIP_RATIO = 1.3
"""The breaker opens when the filtered power reaches so many breaking powers."""
GAP_SECONDS = 10.0
"""Without a load for longer, nobody knows what flowed meanwhile."""


def advance(square: float, state: float, seconds: float) -> float:
    """Return the filter's state after so many seconds of a constant load.

    ``square`` is that of the load, in any unit of power, and so is ``state``.
    """
    return float(square + (state - square) * KEEP**seconds)


def seconds_to_trip(load: float, state: float) -> float | None:
    """Return the seconds until a constant load opens the breaker, None for never.

    ``load`` as a multiple of the breaking power (of the phase's share), ``state`` in
    its square. 0 when the limit is already reached.
    """
    if load <= TRIP_RATIO:
        return None
    limit = TRIP_RATIO * TRIP_RATIO
    if state >= limit:
        return 0.0
    square = load * load
    return log((square - limit) / (square - state)) / log(KEEP)


@dataclass(slots=True)
class _Phase:
    """The filter of one phase."""

    state: float | None = None
    """VA²; None before the first load."""
    load: float = 0.0
    """The last load, VA."""
    at: float = -inf
    """When it was."""

    def feed(self, load: float, at: float) -> None:
        """Take a load that is measured now."""
        elapsed, square = at - self.at, load * load
        if self.state is None:
            self.state = square
        elif elapsed > GAP_SECONDS:
            self.state = max(self.state, square)
        elif elapsed > 0:
            # The load changed somewhere between the two frames: half of each
            mean = (self.load * self.load + square) / 2
            self.state = advance(mean, self.state, elapsed)
        self.load, self.at = load, max(at, self.at)


class BreakerFilter:
    """The breaker's filter of each phase, advanced from frame to frame."""

    def __init__(self) -> None:
        self._phases: list[_Phase] = []

    @property
    def filtered(self) -> tuple[float | None, ...]:
        """VA that each phase's filter holds; None before its first load."""
        return tuple(
            None if phase.state is None else phase.state**0.5 for phase in self._phases
        )

    def feed(
        self,
        at: float,
        loads: Sequence[float | None],
        *,
        breaking: float | None,
        maxima: Sequence[float | None] = (),
        closed: bool | None = True,
    ) -> float | None:
        """Take a frame, return the seconds until the breaker opens at these loads.

        ``at`` is a steady clock in seconds, ``loads`` the apparent power that each
        phase draws in VA (0 while it exports), ``breaking`` PCOUP in VA of the whole
        installation, ``maxima`` SMAXSN(i) in VA where its horodate equals DATE (then it
        is the filter's output of now), ``closed`` whether the breaker is closed.

        None while no load leads to a trip, behind an open breaker, and when it cannot
        be known. An unknown phase hides nothing: a phase that is on its way to a trip
        counts, whatever the others do.
        """
        if len(loads) != len(self._phases):
            self._phases = [_Phase() for _ in loads]
        if closed is False:
            # Closed again, the filter starts from nothing
            self._phases = [_Phase(0.0, 0.0, at) for _ in loads]
            return None
        limit = TRIP_RATIO * breaking / len(loads) if breaking and loads else None
        times = []
        for number, (phase, load) in enumerate(zip(self._phases, loads, strict=True)):
            if load is None:
                continue
            phase.feed(load, at)
            maximum = maxima[number] if number < len(maxima) else None
            if maximum is not None:
                phase.state = float(maximum * maximum)
            if limit is None or phase.state is None:
                continue
            # A closed breaker has not reached its limit
            phase.state = min(phase.state, limit * limit)
            share = limit / TRIP_RATIO
            left = seconds_to_trip(load / share, phase.state / (share * share))
            if left is not None and closed:
                times.append(left)
        return min(times, default=None)

    def seconds_with(
        self, more: Sequence[float], breaking: float | None
    ) -> float | None:
        """Return the seconds until a trip if each phase drew so many VA more.

        None for never, and where it cannot be known.
        """
        if not breaking or len(more) != len(self._phases):
            return None
        share = breaking / len(more)
        found = [
            seconds_to_trip((phase.load + added) / share, phase.state / (share * share))
            for phase, added in zip(self._phases, more, strict=True)
            if phase.state is not None
        ]
        return min((left for left in found if left is not None), default=None)
