"""French days and months: where they start, how long they are, what is a holiday.

All arithmetic is between aware times, so a month with a change of clock has its 743
or 745 hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple, override
from zoneinfo import ZoneInfo

from ..errors import NaiveTimeError

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)


@lru_cache(maxsize=2048)
def midnight(day: date) -> datetime:
    """Return the moment at which a French day starts, in UTC."""
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def utc(at: datetime) -> datetime:
    """Return a time in UTC; raise NaiveTimeError if it has no zone."""
    if at.utcoffset() is None:
        raise NaiveTimeError("A time needs its zone")
    return at.astimezone(UTC)


def day_of(at: datetime) -> date:
    """Return the French day that a moment lies in."""
    return utc(at).astimezone(PARIS).date()


def length(day: date) -> timedelta:
    """Return how long a day is: 23, 24 or 25 hours."""
    return midnight(day + DAY) - midnight(day)


def days_between(first: date, end: date) -> Iterator[date]:
    """Yield the days from the first up to, not including, the end."""
    for number in range((end - first).days):
        yield first + timedelta(days=number)


def begun[T](rows: Sequence[T], day: date, first: Callable[[T], date]) -> T | None:
    """Return the last of what begins on its own first day, in order, that has begun."""
    place = bisect_right(rows, day, key=first)
    return rows[place - 1] if place else None


def held[T](rows: Sequence[tuple[date, T]], day: date) -> T | None:
    """Return what held on a day, of values by first day; before the first, that."""
    if not rows:
        return None
    _, found = begun(rows, day, lambda row: row[0]) or rows[0]
    return found


def slices(start: datetime, end: datetime) -> list[tuple[date, timedelta]]:
    """Return the days between two moments, each with the time spent in it.

    A moment alone, or an end before the start, lies in the day of the end.
    """
    last = day_of(end)
    if start >= end or midnight(last) <= start:
        return [(last, max(end - start, timedelta()))]
    found = [
        (day, min(midnight(day + DAY), end) - max(midnight(day), start))
        for day in days_between(day_of(start), last + DAY)
    ]
    return [(day, spent) for day, spent in found if spent]


def share(amount: int, parts: Sequence[timedelta]) -> list[int]:
    """Return whole numbers in proportion to durations; their sum is the amount."""
    return split(amount, [part // _TICK for part in parts])


def split(amount: int, parts: Sequence[int]) -> list[int]:
    """Return whole numbers in proportion to others; their sum is the amount.

    All of it is in the last one where the others are nothing.
    """
    whole = sum(parts)
    if not whole:
        return [0] * (len(parts) - 1) + [amount]
    upto = [amount * passed // whole for passed in accumulate(parts)]
    return [end - start for start, end in pairwise([0, *upto])]


class Month(NamedTuple):
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month of ``2026-10``; raise ValueError for anything else."""
        return cls.of(date.fromisoformat(f"{text}-01"))

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.number, 1)

    @property
    def next(self) -> Month:
        """The month after."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def start(self) -> datetime:
        """The moment at which it starts, in UTC."""
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The moment at which it is over, in UTC."""
        return midnight(self.next.first)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.next.first - self.first).days

    def each_day(self) -> Iterator[date]:
        """Yield its days."""
        return days_between(self.first, self.next.first)

    @override
    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def passed_part(day: date, now: datetime) -> Fraction:
    """Return the part of a day that is over, 0 to 1."""
    passed = min(max(now - midnight(day), timedelta()), length(day))
    return Fraction(passed // _TICK, length(day) // _TICK)


def _easter(year: int) -> date:
    """Return Easter Sunday (the Gregorian computus of Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * weekday) // 433
    month = (h + weekday - 7 * m + 90) // 25
    return date(year, month, (h + weekday - 7 * m + 33 * month + 19) % 32)


@lru_cache(maxsize=32)
def holidays(year: int) -> frozenset[date]:
    """Return the national holidays of metropolitan France (Code du travail, L3133-1)."""
    easter = _easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    return frozenset(
        [easter + timedelta(days=after) for after in (1, 39, 50)]
        + [date(year, month, day) for month, day in fixed]
    )


def is_holiday(day: date) -> bool:
    """Return whether a day is a national holiday."""
    return day in holidays(day.year)
