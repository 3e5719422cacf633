"""What may run again, and with how much: the most important first, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import floor, inf

from .choice import Chooser, total
from .decision import Numbers, Observation, Order, Reason
from .house import House
from .load import Load
from .outlook import QUIET_SECONDS, SURPRISE, UNSETTLED
from .record import Record

_LATE_SECONDS = 10.0
"""What the meter said longer ago lets nothing be restored."""
LEVEL_SECONDS = 20.0
"""A lowered load is raised no earlier after its last change, and no more often."""
# For how long a raised level has to last, and after how much quiet
_LEVEL_LASTS = 60.0
_LEVEL_QUIET = 40.0
_LEVEL_LATELY = (10.0, 20.0, 60.0)
# What just came on counts as well: it may stay
_LATELY = (5.0, 20.0, 60.0)
_SOON = (20.0,)
# A load runs again for no less than this share of the time that it would rest after,
# and no less than that, whatever its owner wants
_WORTH, _LEAST = 2 / 3, 60.0
# For how long the room that the less important made is kept for the more important
_ROOM_SECONDS = 180.0


class Restorer:
    """Gives back what was taken."""

    def __init__(self, house: House) -> None:
        """Take the house."""
        self._house = house
        self._made_room: dict[str, float] = {}
        """When the less important made room for a load last."""

    def orders(self, now: datetime) -> list[Order]:
        """Return the one load that is restored, or what makes room for it."""
        at = now.timestamp()
        if any(record.pending for record in self._house.records):
            return []
        taken_from = [
            one for one in self._house.records if one.shed or one.level is not None
        ]
        for record in taken_from:
            if not record.shed or not self._house.rested(record, at):
                continue
            seen = self._house.seen_of(record)
            if (held := record.held(seen, now)) is not None:
                return [self._house.restore(record, now, held, _comfort(seen))]
        if self._house.age(now) > _LATE_SECONDS:
            return []
        taken = [0.0] * len(self._house.outlook.loads)
        for record in reversed(taken_from):
            if record.shed:
                orders = self._one_back(record, now, taken)
            else:
                orders = self._raise(record, now, taken)
            if orders:
                return orders
        return []

    def _fits(
        self,
        now: datetime,
        parts: Sequence[float],
        taken: Sequence[float],
        for_: float,
        *,
        lately: Sequence[float] = _LATELY,
        quiet: float = QUIET_SECONDS,
        surprise: float = SURPRISE / 2,
    ) -> bool:
        """Return whether phases can bear so many VA more for so many seconds."""
        reaction = self._house.reaction(now)
        return all(
            self._house.outlook.bears(
                number,
                part + less,
                reaction,
                for_,
                lately=lately,
                quiet=quiet,
                surprise=surprise,
            )
            for number, (part, less) in enumerate(zip(parts, taken, strict=True))
            if part
        )

    def _one_back(
        self, record: Record, now: datetime, taken: list[float]
    ) -> list[Order]:
        """Return the order that restores a load, or those that make room for it."""
        load = record.load
        if self._house.seen_of(record).on is None:
            return []
        level, power = None, record.power
        if load.adjustable:
            level = load.lowest
            power = level * load.unit
        parts = load.parts(power, len(taken))
        lasts = _lasts(load)
        fits = (
            self._fits(now, parts, taken, lasts)
            and self._stays(record, now, parts, taken)
            and not self._recurs(now, parts)
        )
        rested = self._house.rested(record, now.timestamp())
        if not (rested and fits) and (
            fits or self._fits(now, parts, taken, lasts, lately=_SOON)
        ):
            # The less important leave it to a load that may be back soon
            for number, part in enumerate(parts):
                taken[number] += part
            return []
        if not rested:
            return []
        if not fits:
            waited = now.timestamp() - self._made_room.get(load.key, -inf)
            if waited >= _ROOM_SECONDS:
                return self._make_room(record, now, taken, parts)
            # It is being made: nobody else takes it
            for number, part in enumerate(parts):
                taken[number] += inf if part else 0.0
            return []
        if level is not None:
            level = self._highest(record, now, taken, level, 0.0)
            power = level * load.unit
        reason = Reason.METER_BACK if record.lost else Reason.ROOM
        numbers = {"room": self._room(parts), "power": round(power)}
        return [self._house.restore(record, now, reason, numbers, level)]

    def _recurs(self, now: datetime, parts: Sequence[float]) -> bool:
        """Return whether what people drew lately opens the breaker if it comes again."""
        outlook, reaction = self._house.outlook, self._house.reaction(now)
        return any(
            part and outlook.recurs(number, ours + part, reaction)
            for number, (part, ours) in enumerate(
                zip(parts, self._house.ours(), strict=True)
            )
        )

    def _stays(
        self,
        record: Record,
        now: datetime,
        parts: Sequence[float],
        taken: Sequence[float],
    ) -> bool:
        """Return whether a charger can stay on when what is at rest comes on by itself.

        Within its minimum time a thermostat's load would be shed in its place.
        """
        if not record.load.adjustable:
            return True
        others = [
            one.load.parts(one.power, len(parts))
            for one in self._house.records
            if not one.shed and one.rests(self._house.seen_of(one))
        ]
        more = total(taken, *others)
        return self._fits(now, parts, more, record.load.min_on, surprise=0.0)

    def _make_room(
        self, record: Record, now: datetime, taken: list[float], parts: list[float]
    ) -> list[Order]:
        """Return what of the less important is shed for a more important load."""
        wanted = [number for number, part in enumerate(parts) if part]
        for_ = _lasts(record.load)

        def enough(changes: list[float]) -> bool:
            more = [part + change for part, change in zip(parts, changes, strict=True)]
            reaction = self._house.reaction(now)
            return all(
                self._house.outlook.bears(n, more[n] + taken[n], reaction, for_)
                for n in wanted
            )

        able = [
            one
            for one in self._house.records
            if one.load.priority < record.load.priority
            and self._house.helps(one, now, wanted)
        ]
        chooser = Chooser(now=now, seen=self._house.seen_of, enough=enough, calm=enough)
        chosen = chooser.choose(able, [0.0] * len(parts)) or []
        if chosen:
            self._made_room[record.load.key] = now.timestamp()
        numbers = {"power": round(sum(parts))}
        return [self._house.carry(one, now, Reason.PRIORITY, numbers) for one in chosen]

    def _raise(self, record: Record, now: datetime, taken: list[float]) -> list[Order]:
        """Return the order that gives a lowered load more."""
        level = record.level
        if (
            level is None
            or not self._house.seen_of(record).on
            or now.timestamp() - record.changed < LEVEL_SECONDS
        ):
            return []
        higher = self._highest(record, now, taken, level, level)
        if higher <= level:
            return []
        numbers = {"room": self._room(record.load.parts(1.0, len(taken)))}
        return [self._house.set_level(record, now, higher, Reason.ROOM, numbers)]

    def _highest(
        self,
        record: Record,
        now: datetime,
        taken: list[float],
        least: float,
        present: float,
    ) -> float:
        """Return the highest level that can be borne for a while."""
        load = record.load
        low, high = 0, floor((record.top - least) / load.step + 1e-9)
        while low < high:
            middle = (low + high + 1) // 2
            level = least + middle * load.step
            parts = load.parts((level - present) * load.unit, len(taken))
            if self._fits(
                now,
                parts,
                taken,
                _LEVEL_LASTS,
                lately=_LEVEL_LATELY,
                quiet=_LEVEL_QUIET,
                surprise=UNSETTLED,
            ):
                low = middle
            else:
                high = middle - 1
        return least + low * load.step

    def _room(self, parts: Sequence[float]) -> int:
        """Return the VA left on these phases, as the sensors tell it."""
        rooms = [self._house.outlook.room(n) for n in range(len(parts))]
        # Nobody knows on which it draws what
        ours = [va for va, part in zip(rooms, parts, strict=True) if part]
        return round(min(ours or rooms))


def _lasts(load: Load) -> float:
    """Return for how many seconds a load has to fit, so that it is worth the switching."""
    return max(load.min_on, _WORTH * load.min_off, _LEAST)


def _comfort(seen: Observation) -> Numbers:
    return {} if seen.comfort is None else {"comfort": seen.comfort}
