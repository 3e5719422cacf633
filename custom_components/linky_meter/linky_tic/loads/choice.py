"""Which loads have to go: the least important first, and none that need not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

from .decision import Action, Observation, Reason
from .record import Record

type Changes = list[float]
"""VA by which the load of each phase changes."""
type Enough = Callable[[Changes], bool]

# Of a number in W nobody notices a smaller part
_MOST_LEVELS = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do with a load."""

    record: Record
    action: Action
    changes: Changes
    level: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """Chooses what to shed or lower until it is enough."""

    now: datetime
    seen: Callable[[Record], Observation]
    enough: Enough
    calm: Enough
    """Whether nothing has to be done for long: a load is lowered to there at once."""
    need: bool = False
    """Whether a load may go before it was on for as long as its owner wants."""
    gently: bool = False
    """Whether loads are only lowered, and none is shed."""

    def choose(
        self, records: Iterable[Record], start: Sequence[float]
    ) -> list[Choice] | None:
        """Return what is enough with what changes anyway; None where nothing is.

        ``records`` in the order in which they are shed.
        """
        chosen: list[Choice] = []
        changes = list(start)
        for record in records:
            if self.enough(changes):
                break
            if (one := self._least(record, changes)) is not None:
                chosen.append(one)
                changes = total(changes, one.changes)
        if not self.enough(changes):
            return chosen if self.need or self.gently else None
        # What draws nobody knows how much is measured by being shed
        for one in [one for one in chosen if any(one.changes)]:
            without = [other for other in chosen if other is not one]
            if self.enough(total(start, *(other.changes for other in without))):
                chosen = without
        return chosen

    def _least(self, record: Record, changes: Changes) -> Choice | None:
        """Return the least that one load has to do, None where it can do nothing."""
        seen, load = self.seen(record), record.load
        held = record.held(seen, self.now)
        may_go = held is None or (self.need and held is Reason.MIN_ON)
        lowered = None
        if record.adjusts(self.now.timestamp()):
            target = record.target(seen)
            drawn = min(record.drawn(seen), target * load.unit)
            for level in _levels(record, target):
                # A car may draw less than it is allowed
                less = load.parts(min(level * load.unit - drawn, 0.0), len(changes))
                lowered = Choice(record, Action.SET, less, level)
                if self.calm(total(changes, less)):
                    return lowered
        if lowered is not None and (
            not may_go or self.gently or self.enough(total(changes, lowered.changes))
        ):
            return lowered
        if not may_go or self.gently:
            return None
        drawn = record.drawn(seen)
        if load.adjustable:
            drawn = min(drawn, record.target(seen) * load.unit)
        parts = load.parts(-drawn, len(changes))
        return Choice(record, Action.SHED, parts)


def total(*changes: Sequence[float]) -> Changes:
    """Return the sum, phase by phase."""
    return [sum(parts) for parts in zip(*changes, strict=True)]


def _levels(record: Record, present: float) -> Iterator[float]:
    """Yield the levels below the present one, from above."""
    load = record.load
    steps = floor((present - load.lowest) / load.step + 1e-9)
    stride = max(steps // _MOST_LEVELS, 1)
    for number in range(steps - 1, -1, -stride):
        yield load.lowest + number * load.step
