"""The loads and the phases of one house, and the orders that are on their way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import inf

from .choice import Choice, total
from .decision import Action, Numbers, Observation, Order, Reason
from .draw import Draw
from .outlook import Outlook
from .record import UNAVAILABLE, Pending, Record

_FRAME_AGE = 1.0
# A clock that was set: nobody knows what was when
_SET_BACK_SECONDS = 5.0


class House:
    """What is known of a house, and what was ordered."""

    def __init__(self, records: Sequence[Record], *, dry_run: bool) -> None:
        """Take the loads in the order in which they are shed."""
        self.records = records
        self.outlook = Outlook()
        self.draw: Draw | None = None
        self._dry_run = dry_run
        self._seen: dict[str, Observation] = {}
        self._slowest = max((one.load.delay for one in records), default=0.0)

    @property
    def phases(self) -> int:
        """How many phases the meter has, 1 before its first draw."""
        return len(self.outlook.loads) or 1

    @property
    def slowest(self) -> float:
        """Seconds that the slowest load takes to obey."""
        return self._slowest

    def look(
        self, now: datetime, draw: Draw | None, seen: Mapping[str, Observation]
    ) -> None:
        """Take what the meter says and what is seen of the loads."""
        self._seen = {
            one.load.key: seen.get(one.load.key, UNAVAILABLE) for one in self.records
        }
        if draw is not None:
            if draw.at.timestamp() < self.outlook.at - _SET_BACK_SECONDS:
                self.outlook = Outlook()
            removed = self._removed(len(draw.phases)) if self._dry_run else ()
            self.outlook.feed(draw, removed)
            self.draw = draw
            for record in self.records:
                record.bound = self._borne(record)
            if draw.closed is False:
                # What falls now is everybody's
                for record in self.records:
                    record.pending = None
                return
        for record in self.records:
            self._follow(record, now.timestamp())
        if draw is not None:
            self.outlook.note(self.ours())

    def seen_of(self, record: Record) -> Observation:
        """Return what is seen of a load."""
        return self._seen.get(record.load.key, UNAVAILABLE)

    def _borne(self, record: Record) -> float:
        """Return the VA that a load's phases bear for ever, infinite if unknown."""
        limits = [self.outlook.limit(n) for n in range(self.phases)]
        parts = record.load.parts(1.0, self.phases)
        return sum(
            inf if va is None else va for va, n in zip(limits, parts, strict=True) if n
        )

    def _others(self, record: Record) -> float | None:
        """Return by how many VA orders for others changed the house since its own."""
        if record.pending is None:
            return 0.0
        found = 0.0
        for one in self.records:
            last, since = one.last, record.pending.at - one.load.delay
            if one is record or last is None or one.changed < since:
                continue
            if last.action is Action.SHED and not any(last.change):
                return None
            found += sum(last.change)
        return found

    def ours(self) -> list[float]:
        """Return what of each phase's load can be shed, VA."""
        drawn = [(one, one.drawn(self.seen_of(one))) for one in self.records]
        found = _on_phases(drawn, self.phases)
        if self._dry_run:
            off = self._removed(self.phases)
            found = [va - less for va, less in zip(found, off, strict=True)]
        return found

    def _removed(self, phases: int) -> list[float]:
        """Return what a dry run supposes to be off, VA of each phase."""
        removed = []
        for record in self.records:
            drawn = record.drawn(self.seen_of(record))
            less = drawn if record.shed else 0.0
            if not record.shed and record.level is not None:
                less = max(drawn - record.level * record.load.unit, 0.0)
            removed.append((record, less))
        return _on_phases(removed, phases)

    def _follow(self, record: Record, at: float) -> None:
        seen = self.seen_of(record)
        record.measure(seen, at)
        if self._dry_run:
            record.pending = None
            return
        pending = record.pending
        told, others = self.outlook.at, self._others(record)
        record.follow(seen, at, self.outlook.loads, told, others=others)
        done = pending is not None and record.pending is None and seen.on is not None
        if pending and done and not record.disobeys(at) and not record.no_effect:
            self.outlook.settle(pending.change, pending.at)

    def age(self, now: datetime) -> float:
        """Return for how many seconds the meter has said nothing."""
        return max(now.timestamp() - self.outlook.at, 0.0)

    def reaction(self, now: datetime) -> float:
        """Return the seconds from here until an order that follows has its effect."""
        age = self.age(now)
        return self._slowest + self.outlook.interval + _FRAME_AGE + age

    def expected(self, at: float) -> tuple[list[float], float]:
        """Return by how many VA each phase's load will change by itself, and by when."""
        pending = [one.pending for one in self.records if one.pending]
        loads = [load or 0.0 for load in self.outlook.loads]
        falls, rises = [0.0] * len(loads), [0.0] * len(loads)
        for one in pending:
            if len(one.change) != len(loads):
                continue
            for number, change in enumerate(one.change):
                falls[number] += min(change, 0.0)
                rises[number] += max(change, 0.0)
        changes = []
        for number, load in enumerate(loads):
            bases = [one.base[number] for one in pending if len(one.base) > number]
            fallen = max(max(bases, default=load) - load, 0.0)
            risen = max(load - min(bases, default=load), 0.0)
            changes.append(
                min(falls[number] + fallen, 0.0) + max(rises[number] - risen, 0.0)
            )
        after = max((one.due - at for one in pending), default=0.0)
        return changes, max(after, 0.0)

    def helps(self, record: Record, now: datetime, phases: Sequence[int]) -> bool:
        """Return whether these phases draw less without a load that may be asked."""
        parts = record.load.parts(1.0, len(self.outlook.loads))
        return (
            not record.shed
            and (record.pending is None or record.pending.action is Action.SET)
            and not record.disobeys(now.timestamp())
            and record.gains(self.seen_of(record))
            and any(parts[n] for n in phases)
        )

    def rested(self, record: Record, at: float) -> bool:
        """Return whether a load was shed for long enough, and can be restored."""
        seen = self.seen_of(record)
        return (
            seen.on is not None
            and record.since is not None
            and at - record.since >= record.load.min_off
            and at >= record.retry
        )

    def carry(
        self, one: Choice, now: datetime, reason: Reason, numbers: Numbers
    ) -> Order:
        """Give the order of a choice."""
        record, seen = one.record, self.seen_of(one.record)
        if record.full is None or (record.level is None and seen.level is not None):
            record.full = seen.level
        self._order(record, now, one.action, one.changes, one.level)
        return Order(record.load.key, one.action, reason, numbers, one.level)

    def restore(
        self,
        record: Record,
        now: datetime,
        reason: Reason,
        numbers: Numbers,
        level: float | None = None,
    ) -> Order:
        """Give the order that lets a load run again."""
        load = record.load
        if load.adjustable and level is None:
            level = record.top
        power = record.power if level is None else level * load.unit
        changes = load.parts(power, self.phases)
        self._order(record, now, Action.RESTORE, changes, level)
        return Order(load.key, Action.RESTORE, reason, numbers, level)

    def set_level(
        self,
        record: Record,
        now: datetime,
        level: float,
        reason: Reason,
        numbers: Numbers,
    ) -> Order:
        """Give the order that sets a load to a higher level."""
        more = (level - record.level_of(self.seen_of(record))) * record.load.unit
        changes = record.load.parts(max(more, 0.0), self.phases)
        self._order(record, now, Action.SET, changes, level)
        return Order(record.load.key, Action.SET, reason, numbers, level)

    def _order(
        self,
        record: Record,
        now: datetime,
        action: Action,
        changes: Sequence[float],
        level: float | None,
    ) -> None:
        """Take note of an order, and of what it is judged by."""
        at, delay, before = now.timestamp(), record.load.delay, record.pending
        wait = delay + self.outlook.interval + _FRAME_AGE
        pending = Pending(
            action,
            at,
            at + delay,
            at + wait,
            tuple(changes),
            tuple(load or 0.0 for load in self.outlook.loads or [0.0]),
            self.seen_of(record).power,
        )
        if before is not None and sum(before.change) < 0:
            # Lowered again before it is known to be lower: judged as one, and in time
            until = min(at + wait, before.at + 2 * wait)
            pending = replace(
                pending,
                at=before.at,
                until=until,
                change=tuple(total(before.change, changes)),
                base=before.base,
                watts=before.watts,
            )
        record.order(action, pending, level, at)


def _on_phases(watts: Iterable[tuple[Record, float]], phases: int) -> list[float]:
    """Return how much of the loads' VA is on each phase."""
    parts = (record.load.parts(va, phases) for record, va in watts)
    return total([0.0] * phases, *parts)
