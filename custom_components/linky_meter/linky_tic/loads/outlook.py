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
from math import inf, log

from ..tic.derive.breaker import (
    KEEP,
    TRIP_RATIO,
    BreakerFilter,
    advance,
    seconds_to_trip,
)
from .draw import Draw

SURPRISE = 2500.0
"""VA that may come on at any moment: an oven, or two zones of a hob. More at once is rare."""
UNSETTLED = 4000.0
"""VA of the same where a level is chosen: what is set too high has to be paused soon, and a
pause of minutes costs more than a few amperes."""
QUIET_SECONDS = 60.0
"""For how long there must have been room: hobs and ovens pulse within it."""
_LATELY = (20.0, 60.0)
"""What hobs and ovens did within so many seconds they are supposed to go on doing."""
_UNKNOWN_SECONDS = 10.0
_THEIRS_SECONDS = 100.0
_LOG = log(KEEP)


@dataclass(slots=True)
class _Phase:
    """What is known of a phase."""

    load: float | None = None
    """VA."""
    at: float = -inf
    recent: deque[tuple[float, float]] = field(default_factory=deque)
    """Times and loads of late, as if what was switched by order had been so before."""
    theirs: deque[tuple[float, float]] = field(default_factory=deque)
    """Times of late, and what was drawn of which nothing can be shed, VA."""
    limit: float | None = None
    """VA that may be drawn for ever, by the limit of the contract."""

    def feed(self, load: float, at: float) -> None:
        """Take what is drawn now."""
        self.load, self.at = load, max(at, self.at)
        self.recent.append((at, load))
        while self.recent[0][0] < at - QUIET_SECONDS:
            self.recent.popleft()

    def note(self, ours: float) -> None:
        """Take how much of what is drawn now can be shed."""
        if self.load is None:
            return
        self.theirs.append((self.at, max(self.load - ours, 0.0)))
        while self.theirs[0][0] < self.at - _THEIRS_SECONDS:
            self.theirs.popleft()

    def longest(self, least: float) -> float:
        """Return for how long people may draw more than so many VA, as they did lately."""
        longest, start = 0.0, None
        for at, load in self.theirs:
            if load <= least:
                start = None
                continue
            start = at if start is None else start
            longest = max(longest, at - start)
        return longest if start is None else longest - (self.at - start)


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
            self._phases, self._since = [_Phase() for _ in draw.phases], inf
        self._since = min(self._since, at)
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
        self._since, self.at = inf, at
        self._filter.feed(at, list(filtered), breaking=None)

    def limit(self, number: int) -> float | None:
        """Return what a phase may draw for ever: 1.3 times its share, or its limit."""
        if self._share is not None:
            return TRIP_RATIO * self._share
        return self._phases[number].limit

    def room(self, number: int) -> float:
        """Return the VA left on a phase before the contract's limit, 0 if unknown."""
        phase = self._phases[number]
        if phase.limit is None or phase.load is None:
            return 0.0
        return phase.limit - phase.load

    @property
    def filters(self) -> bool:
        """Whether the breaker has Linky's filter, and its limit is known."""
        return self._share is not None

    def least(self, number: int, seconds: float) -> float:
        """Return the least VA that a phase drew for so many seconds, 0 if unknown."""
        phase = self._phases[number]
        if self._share is None or self.at - self._since < seconds:
            return 0.0
        return min(
            (load for at, load in phase.recent if at >= self.at - seconds), default=0.0
        )

    def lasts(self, number: int, change: float) -> float:
        """Return the seconds until the breaker opens if a phase changes by so many VA."""
        phase, share = self._phases[number], self._share
        state = self._filter.filtered[number]
        if phase.load is None or share is None or state is None:
            return inf
        load = max(phase.load + change, 0.0) / share
        left = seconds_to_trip(load, (state / share) ** 2)
        return inf if left is None else left

    def note(self, ours: Sequence[float]) -> None:
        """Take how many VA of each phase can be shed; what is left is people's own."""
        for phase, va in zip(self._phases, ours, strict=True):
            phase.note(va)

    def recurs(self, number: int, ours: float, reaction: float) -> bool:
        """Return whether the breaker opens if people draw again what they drew lately.

        Beside ``ours`` VA for so long as it takes to shed them, then alone. False where
        a phase bears their peak for ever.
        """
        phase, share = self._phases[number], self._share
        state = self._filter.filtered[number]
        if not phase.theirs or share is None or state is None:
            return False
        peak, most = max(va for _, va in phase.theirs) / share, TRIP_RATIO
        if peak <= most:
            return False
        alone = max(phase.longest(most * share) - reaction, 0.0)
        square = advance((peak + ours / share) ** 2, (state / share) ** 2, reaction)
        return advance(peak * peak, square, alone) >= most * most

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

    def settle(self, changes: Sequence[float], ordered: float) -> None:
        """Take an order's change as if it had been so all the while.

        It says nothing of what people do. Loads since the order may have it already.
        """
        for phase, change in zip(self._phases, changes, strict=False):
            if change:
                phase.recent = deque(
                    (at, max(load + change, 0.0))
                    if change > 0 or at <= ordered
                    else (at, load)
                    for at, load in phase.recent
                )

    def bears(
        self,
        number: int,
        added: float,
        reaction: float,
        seconds: float,
        *,
        lately: Sequence[float] = _LATELY,
        quiet: float = QUIET_SECONDS,
        surprise: float = SURPRISE,
    ) -> bool:
        """Return whether a phase bears so many VA more for so many seconds.

        Its peak of ``quiet`` seconds all the while, or what was drawn ``lately`` again
        and again. False where that cannot be known, and of infinitely many.
        """
        phase, share = self._phases[number], self._share
        if (
            phase.load is None
            or added == inf
            or self.at - phase.at > _UNKNOWN_SECONDS
            or self.at - self._since < quiet
        ):
            return False
        peak = max(load for at, load in phase.recent if at > self.at - quiet) + added
        state = self._filter.filtered[number]
        if share is None or state is None:
            return phase.limit is not None and peak <= phase.limit
        square = (state / share) ** 2
        return _until(peak / share, square, share, reaction) >= seconds or all(
            _repeats(
                self._again(phase, added, within),
                square,
                share,
                (reaction, surprise),
                seconds,
            )
            for within in lately
        )

    def _again(
        self, phase: _Phase, added: float, within: float
    ) -> list[tuple[float, float]]:
        """Return what a phase drew lately and so many VA more: seconds and shares."""
        found, before = [], self.at - within
        for at, load in phase.recent:
            if at > before:
                drawn = max(load + added, 0.0) / (self._share or 1.0)
                found.append((min(at - before, _UNKNOWN_SECONDS), drawn))
                before = at
        return found

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
        square = advance((phase.load / share) ** 2, (state / share) ** 2, after)
        load = max(phase.load + change, 0.0) / share
        # Below it the filter empties by itself; twice surprised at once is too careful
        danger = _danger(load, share, *most)
        return square >= danger and load * load > danger


def _danger(
    load: float, share: float, reaction: float, surprise: float = SURPRISE
) -> float:
    """Return the filter's state at which something has to be done.

    ``load`` as a multiple of the phase's share, in VA; the state in its square.
    """
    # Loads change between two frames: a second of it may be hidden
    limit = _before(TRIP_RATIO * TRIP_RATIO, TRIP_RATIO + SURPRISE / share, 1.0)
    return min(
        _before(limit, load + surprise / share, reaction),
        _before(limit, load, 2 * reaction),
    )


def _before(state: float, load: float, seconds: float) -> float:
    """Return the lower state from which so many seconds of a load lead to this one."""
    return min(advance(load * load, state, -seconds), state)


def _until(load: float, state: float, share: float, reaction: float) -> float:
    """Return the seconds until something has to be done at a constant load."""
    danger, square = _danger(load, share, reaction), load * load
    if square <= danger:
        return inf
    if state >= danger:
        return 0.0
    return log((square - danger) / (square - state)) / _LOG


def _repeats(
    loads: Sequence[tuple[float, float]],
    state: float,
    share: float,
    most: tuple[float, float],
    seconds: float,
) -> bool:
    """Return whether loads, again and again, need nothing done for so many seconds."""
    steps = []
    for lasts, load in loads:
        square, danger = load * load, _danger(load, share, *most)
        # Below it the filter empties by itself
        danger = danger if square > danger else inf
        steps.append((lasts, square, float(KEEP**lasts), danger))
    passed = 0.0 if steps else inf
    while passed < seconds:
        for lasts, square, kept, danger in steps:
            state = square + (state - square) * kept
            if state >= danger:
                return False
            passed += lasts
    return bool(steps)
