"""How near the breaker is on each phase, and what more it bears.

Linky's breaker follows a filter (``tic/derive/breaker``), so an overload may last: for
seconds if it is great, for ever if it is below 1.3 times the breaking power. A load has
to be off before the filter is full, with the time that this takes and one appliance more
that somebody switches on meanwhile. A breaker without the filter has its limit alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, log, sqrt

from ..tic.derive.breaker import KEEP, TRIP_RATIO, BreakerFilter, advance
from .draw import Draw

SURPRISE = 2800.0
"""VA that may come on at any moment: an oven, or two zones of a hob. More at once is rare."""
QUIET_SECONDS = 60.0
"""For how long there must have been room: hobs and ovens pulse within it."""
_RATIO = TRIP_RATIO * 0.995
_SLOW_MARGIN = 0.985
"""What goes up and down is followed by its mean square; it never repeats exactly."""
_LATELY = (20.0, 60.0)
_UNKNOWN_SECONDS = 10.0
_LOG = log(KEEP)


@dataclass(slots=True)
class _Phase:
    """What is known of a phase."""

    load: float | None = None
    """VA."""
    at: float = -inf
    mean: float | None = None
    """VA, filtered as the breaker filters squares. Like the next two, it is as if what
    was switched lately by order had been so all the while."""
    square: float = 0.0
    """VA², the same."""
    recent: deque[tuple[float, float]] = field(default_factory=deque)
    """Times and loads of late."""
    limit: float | None = None
    """VA that may be drawn for ever, by the limit of the contract."""

    def feed(self, load: float, at: float) -> None:
        """Take what is drawn now."""
        elapsed, square = at - self.at, load * load
        if self.mean is None or elapsed > _UNKNOWN_SECONDS:
            self.mean, self.square = (
                max(self.mean or 0.0, load),
                max(self.square, square),
            )
        elif elapsed > 0:
            kept = KEEP**elapsed
            self.mean = load + (self.mean - load) * kept
            self.square = square + (self.square - square) * kept
        self.load, self.at = load, max(at, self.at)
        self.recent.append((at, load))
        while self.recent[0][0] < at - QUIET_SECONDS:
            self.recent.popleft()


class Outlook:
    """Follows a meter's phases."""

    def __init__(self) -> None:
        """Start without a draw."""
        self._filter = BreakerFilter()
        self._phases: list[_Phase] = []
        self._since = inf
        self._share: float | None = None
        self.at = -inf
        """When the meter said the last of it; a timestamp."""
        self.interval = 2.0
        """Seconds between two frames."""
        self.seconds: float | None = None
        """Until the breaker opens at the present load, None for never."""

    def feed(self, draw: Draw, removed: Sequence[float] = ()) -> None:
        """Take a draw, less so many VA of each phase that are supposed to be off."""
        at, count = draw.at.timestamp(), len(draw.phases)
        if count != len(self._phases):
            self._phases, self._since = [_Phase() for _ in draw.phases], at
        if at > self.at:
            self.interval = min(max(at - self.at, 1.0), 5.0)
        loads: list[float | None] = []
        for number, (phase, said) in enumerate(
            zip(self._phases, draw.phases, strict=True)
        ):
            less = removed[number] if number < len(removed) else 0.0
            load = None if said.load is None else max(said.load - less, 0.0)
            loads.append(load)
            if load is None:
                continue
            phase.feed(load, at)
            if said.room is not None:
                phase.limit = load + less + said.room
        self._share = draw.breaking / count if draw.breaking and draw.slow else None
        self.seconds = self._filter.feed(
            at,
            loads,
            breaking=draw.breaking if draw.slow else None,
            maxima=() if any(removed) else [phase.filtered for phase in draw.phases],
            closed=draw.closed,
        )
        self.at = max(at, self.at)

    @property
    def loads(self) -> list[float | None]:
        """VA of each phase, as of its last draw."""
        return [phase.load for phase in self._phases]

    @property
    def filtered(self) -> list[float | None]:
        """VA that the breaker's filter of each phase holds."""
        return list(self._filter.filtered)

    def recall(self, filtered: Sequence[float], at: float) -> None:
        """Start from what the filter held at a time."""
        self._phases = [_Phase() for _ in filtered]
        self._since, self.at = at, at
        self._filter.feed(at, list(filtered), breaking=None)

    def limit(self, number: int) -> float | None:
        """Return what a phase may draw for ever: 1.3 times its share, or its limit."""
        if self._share is not None:
            return TRIP_RATIO * self._share
        return self._phases[number].limit

    def endangered(
        self,
        changes: Sequence[float],
        after: float,
        reaction: float,
        surprise: float = SURPRISE,
    ) -> list[int]:
        """Return the phases that may trip, numbered from 0.

        If in ``after`` seconds their loads have changed by so many VA, and whatever is
        done then takes ``reaction`` seconds: for one appliance more, or for two tries.
        """
        return [
            number
            for number, change in enumerate(changes)
            if self._trips(number, change, after, (reaction, surprise))
        ]

    def settle(self, changes: Sequence[float]) -> None:
        """Take an order's change as if it had been so all the while.

        It says nothing of what people do.
        """
        for phase, change in zip(self._phases, changes, strict=False):
            if not change or phase.mean is None:
                continue
            phase.square += 2 * change * phase.mean + change * change
            phase.mean = max(phase.mean + change, 0.0)
            phase.square = max(phase.square, phase.mean**2)
            phase.recent = deque(
                (at, max(load + min(change, 0.0), 0.0)) for at, load in phase.recent
            )

    def lasts(
        self, number: int, added: float, reaction: float, quiet: float = QUIET_SECONDS
    ) -> float:
        """Return for how many seconds a phase may draw so many VA more, inf for ever.

        More than its peak of so many seconds; 0 where that cannot be known.
        """
        phase, share = self._phases[number], self._share
        if (
            phase.load is None
            or self.at - phase.at > _UNKNOWN_SECONDS
            or self.at - self._since < quiet
        ):
            return 0.0
        peak = max(load for at, load in phase.recent if at > self.at - quiet)
        state = self._filter.filtered[number]
        if share is None or state is None:
            fits = phase.limit is not None and peak + added <= phase.limit
            return inf if fits else 0.0
        square = (state / share) ** 2
        seconds = _until((peak + added) / share, square, share, reaction)
        if seconds == inf or phase.mean is None:
            return seconds
        # What goes up and down counts by its mean square: of long, and of late
        squares = [phase.square + 2 * added * phase.mean + added * added]
        for within in _LATELY:
            lately = [va for at, va in phase.recent if at > self.at - within]
            squares.append(sum((va + added) ** 2 for va in lately) / len(lately))
        alike = sqrt(max(squares)) / _SLOW_MARGIN / share
        return max(seconds, _until(alike, square, share, reaction))

    def steady(self, number: int, reaction: float) -> float | None:
        """Return the VA that a phase can bear for ever, with a surprise at any time."""
        if self._share is None:
            return self._phases[number].limit
        return _steady(self._share, reaction) * self._share

    def _trips(
        self, number: int, change: float, after: float, most: tuple[float, float]
    ) -> bool:
        phase, share = self._phases[number], self._share
        if phase.load is None or self.at - phase.at > _UNKNOWN_SECONDS:
            return False
        state = self._filter.filtered[number]
        if share is None or state is None:
            # Not for a single frame
            last = min(load for _, load in list(phase.recent)[-2:])
            return phase.limit is not None and last + change > phase.limit
        square = advance(phase.load / share, (state / share) ** 2, after)
        load = max(phase.load + change, 0.0) / share
        # Below it the filter empties by itself; twice surprised at once is too careful
        return load > _steady(share, *most) and square >= _danger(load, share, *most)


def _danger(
    load: float, share: float, reaction: float, surprise: float = SURPRISE
) -> float:
    """Return the filter's state at which something has to be done.

    ``load`` as a multiple of the phase's share, in VA; the state in its square.
    """
    limit, found = _RATIO * _RATIO, _RATIO * _RATIO
    for drawn, seconds in ((load + surprise / share, reaction), (load, 2 * reaction)):
        square = drawn * drawn
        if square > limit:
            found = min(found, square - float((square - limit) / KEEP**seconds))
    return found


def _until(load: float, state: float, share: float, reaction: float) -> float:
    """Return the seconds until something has to be done at a constant load."""
    danger, square = _danger(load, share, reaction), load * load
    if load <= _steady(share, reaction):
        return inf
    if state >= danger:
        return 0.0
    return inf if square <= danger else log((square - danger) / (square - state)) / _LOG


def _steady(share: float, reaction: float, surprise: float = SURPRISE) -> float:
    """Return the multiple of a share below which nothing ever has to be done."""
    part, more = 1 - float(KEEP**reaction), surprise / share
    square = part * part * more * more - part * more * more + _RATIO * _RATIO
    return max(sqrt(max(square, 0.0)) - part * more, 1.0)
