"""Energy from before the ledger began, told by somebody who kept the registers.

The registers' values are known at some moments, as a rule each hour. Between two of them
energy is shared by time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from ..calendar.calendars import INDEXES, OFF_PEAK, TEMPO
from ..calendar.days import DAY, day_of, length, midnight, share, split, utc
from ..calendar.schedule import Schedule
from .ledger import Ledger
from .registers import Origin, cap
from .rows import TOLERANCE, DayRow, Flag, Key
from .virtual import Sorted, VirtualRegisters

_NEAR = timedelta(minutes=10)
# Whoever keeps kWh may round the Wh
_ROUNDED = 1
# Both registers are seen within a minute of each other
_LEAST_OFF, _PART_OFF = 200, 50


class Point(NamedTuple):
    """What a register showed at a moment."""

    at: datetime
    wh: int


@dataclass(frozen=True)
class History:
    """What the registers showed."""

    indexes: Mapping[int, Sequence[Point]] = field(default_factory=dict)
    """By supplier index; one that is missing did not count."""
    total: Sequence[Point] = ()
    """All of them together."""


def with_total(history: History, began: Origin) -> History:
    """Return a history whose total goes back as far as the registers that count do.

    Whoever kept the registers need not have kept their sum.
    """
    kept = [
        dict(history.indexes.get(index, ()))
        for index, wh in began.indexes.items()
        if wh
    ]
    first = min(history.total, default=None)
    sums = [
        Point(at, sum(one[at] for one in kept))
        for at in sorted(set(kept[0]).intersection(*kept) if kept else ())
        if first is None or at <= first.at
    ]
    if not sums:
        return history
    off = first.wh - sums[-1].wh if first else 0
    earlier = [Point(at, wh + off) for at, wh in sums if first is None or at < first.at]
    return History(history.indexes, [*earlier, *history.total])


def trusted(points: Iterable[Point]) -> list[Point]:
    """Return the newest points, back to the first rise that cannot be.

    Before a fall, or a jump, another meter may have counted.
    """
    found: list[Point] = []
    for at, wh in sorted(points, reverse=True):
        point = Point(utc(at), wh)
        if found:
            newer = found[-1]
            if newer.at == point.at:
                continue
            rise = newer.wh - point.wh
            if -_ROUNDED <= rise < 0:
                point, rise = newer._replace(at=point.at), 0
            if not 0 <= rise <= cap(None, newer.at - point.at):
                break
        found.append(point)
    return found[::-1]


@dataclass(frozen=True)
class _Series:
    """The trusted points of a register."""

    points: Sequence[Point]

    def near(self, at: datetime) -> bool:
        """Return whether it was seen at a moment, or did not move around it."""
        place = bisect_left(self.points, at, key=lambda point: point.at)
        around = self.points[max(place - 1, 0) : place + 1]
        return (
            any(abs(point.at - at) <= _NEAR for point in around)
            or len({point.wh for point in around}) < 2
        )

    def wh(self, at: datetime) -> int:
        """Return what it showed, until its last point; before the first, that."""
        place = bisect_left(self.points, at, key=lambda point: point.at)
        newer = self.points[place]
        if place == 0 or newer.at == at:
            return newer.wh
        older = self.points[place - 1]
        parts = [at - older.at, newer.at - at]
        return older.wh + share(newer.wh - older.wh, parts)[0]

    def rise(self, start: datetime, end: datetime) -> int:
        """Return what it counted between two moments."""
        return self.wh(end) - self.wh(start)


def before(ledger: Ledger) -> Ledger:
    """Return a copy for ``recall`` to fill, in another thread if it has to be."""
    past = ledger.copy()
    if past.began is not None and not _is_told(past, day := day_of(past.began.at)):
        past.days.pop(day, None)
    return past


def _is_told(ledger: Ledger, day: date) -> bool:
    """Return whether ``recall`` told of a day before."""
    row = ledger.days.get(day)
    return row is not None and Flag.BACKFILLED in row.flags


def adopt(ledger: Ledger, past: Ledger) -> None:
    """Take what ``recall`` told such a copy; its first day is a part of one's own."""
    first = ledger.began and day_of(ledger.began.at)
    for day, row in past.days.items():
        is_told = _is_told(ledger, day)
        mine = ledger.days.setdefault(day, row)
        if day == first and mine is not row and not is_told:
            for key, wh in row.energy.items():
                mine.add(key, wh)
            mine.covered = min(mine.covered + row.covered, length(day))
            mine.flags |= row.flags
    # Known from earlier on
    ledger.epochs[:1] = past.epochs[:1]


def recall(
    ledger: Ledger, history: History, first: date, *, later: bool = False
) -> int:
    """Book the days before the ledger began, back to the first; return how many.

    It ends where the history does, where its indexes do not sum up to its total, and
    where a day cannot be of the calendar that was in force when the ledger began. What
    was told before stays. ``later``: no sum of all time is to count these days.
    """
    began = ledger.began
    if began is None or not ledger.epochs:
        return 0
    calendar = ledger.epochs[0][1]
    history = with_total(history, began)
    total = _Series(trusted(point for point in history.total if point.at < began.at))
    series = {
        index: _Series(
            trusted(
                [
                    *(p for p in history.indexes.get(index, ()) if p.at < began.at),
                    Point(began.at, wh),
                ]
            )
        )
        for index, wh in began.indexes.items()
    }
    day, end, booked = day_of(began.at), began.at, 0
    while day >= first:
        start = midnight(day)
        energy = {index: one.rise(start, end) for index, one in series.items()}
        energy = {index: wh for index, wh in energy.items() if wh}
        if not _agrees(total, series.values(), start, end):
            break
        if _is_told(ledger, day):
            day, end = day - DAY, start
            continue
        if end == began.at:
            _book_head(ledger, day, calendar, energy, end - start)
        elif not may_be(calendar, energy) or not ledger.backfill(day, calendar, energy):
            break
        elif later:
            ledger.days[day].flags.add(Flag.LEARNED)
        if not all(one.near(at) for one in series.values() for at in (start, end)):
            ledger.days[day].flags.add(Flag.INTERPOLATED)
        day, end, booked = day - DAY, start, booked + 1
    return booked


def _agrees(
    total: _Series, indexes: Iterable[_Series], start: datetime, end: datetime
) -> bool:
    """Return whether the indexes counted what the total did, as far as it is known."""
    if not total.points or total.points[0].at > start:
        return False
    end = min(end, total.points[-1].at)
    if end <= start:
        return True
    whole = total.rise(start, end)
    counted = sum(one.rise(start, end) for one in indexes)
    return abs(whole - counted) <= _LEAST_OFF + whole // _PART_OFF


def may_be(calendar: str, energy: Mapping[int, int]) -> bool:
    """Return whether a calendar counts so: before a change of contract another did.

    Nobody uses energy in off-peak hours only for a whole day.
    """
    known = INDEXES.get(calendar)
    if known is not None and any(index > known for index in energy):
        return False
    if calendar not in {OFF_PEAK, TEMPO} or not energy:
        return True
    return len({index % 2 for index in energy}) == 2


def _book_head(
    ledger: Ledger,
    day: date,
    calendar: str,
    energy: Mapping[int, int],
    spent: timedelta,
) -> None:
    """Book the part of the first day from before the ledger began."""
    row = ledger.days.setdefault(day, DayRow())
    for index, wh in energy.items():
        row.add(Key(calendar, index), wh)
    row.covered = min(row.covered + spent, length(day))
    row.flags.add(Flag.BACKFILLED)


type Lacking = dict[str, frozenset[date]]
"""By schedule, the days whose energy is not all sorted."""


def lacking(ledger: Ledger, registers: VirtualRegisters) -> Lacking:
    """Return what the registers of offers lack of days that the ledger has whole."""
    if ledger.last is None:
        return {}
    whole = {
        day: row.total
        for day, row in ledger.days.items()
        if row.total
        and row.covered
        >= min(length(day), max(ledger.last - midnight(day), DAY * 0)) - TOLERANCE
    }
    found = {
        key: frozenset(
            day
            for day, wh in whole.items()
            if wh > sum(registers.day(schedule, day).values())
        )
        for key, schedule in registers.schedules.items()
    }
    return {key: days for key, days in found.items() if days}


def sort_by(
    schedules: Mapping[str, Schedule], days: Lacking, total: Iterable[Point]
) -> dict[str, Sorted]:
    """Return how schedules would have sorted the energy of days that are known whole.

    The last day may lack its end. An hour that two windows share is cut by time.
    """
    points = trusted(total)
    if not points:
        return {}
    first, last = points[0].at, points[-1].at
    found: dict[str, Sorted] = {}
    for key, wanted in days.items():
        known = {day for day in wanted if first <= midnight(day) < last}
        rows = found[key] = {}
        for older, newer in pairwise(points):
            if known.isdisjoint((day_of(older.at), day_of(newer.at))):
                continue
            rise = newer.wh - older.wh
            for day, index, wh in schedules[key].sort(older.at, newer.at, rise):
                if day in known:
                    row = rows.setdefault(day, {})
                    row[index] = row.get(index, 0) + wh
    return found


def fill(
    ledger: Ledger, registers: VirtualRegisters, told: Mapping[str, Sorted]
) -> bool:
    """Take days as they would have been sorted; return whether there were any.

    Their sums are those of the ledger, so that each Wh is sorted once.
    """
    filled = False
    for key, rows in told.items():
        for day, parts in rows.items():
            row = ledger.days.get(day)
            if key not in registers.days or row is None or not any(parts.values()):
                continue
            shares = split(row.total, list(parts.values()))
            registers.days[key][day] = dict(zip(parts, shares, strict=True))
            filled = True
    return filled
