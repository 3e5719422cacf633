"""The energy of one meter, put together from the rows of files.

Half hours are kept as whole numbers: a mean power of so many mW over so many minutes,
so that no sum is rounded but once, at the end, to Wh.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from ..calendar.days import DAY, day_of, days_between, length, midnight, split
from ..ledger.rows import TOLERANCE

HALF_HOUR = timedelta(minutes=30)
_HALF = 1800
_PER_WH = 60_000
"""What is counted here, mW for a minute, in a Wh."""
_LONGEST = timedelta(days=3)


class Span(NamedTuple):
    """Energy counted between two moments, both UTC."""

    start: datetime
    end: datetime
    wh: int


class FoundDay(NamedTuple):
    """A French day of a file."""

    wh: int
    complete: bool


@dataclass
class MeterEnergy:
    """What a file, or several, say of one metering point."""

    prm: str = field(repr=False, default="")
    """Private: never to be shown whole, nor logged."""
    halves: dict[int, int] = field(repr=False, default_factory=dict)
    """mW for a minute, by the number of the half hour since 1970."""
    minutes: dict[int, int] = field(repr=False, default_factory=dict)
    """How much of it was told."""
    days: dict[date, int] = field(repr=False, default_factory=dict)
    """The same of whole days."""
    registers: dict[int, dict[datetime, int]] = field(repr=False, default_factory=dict)
    """Wh that registers showed, by index; 0 is their total."""
    doubles: int = 0
    """Rows that said again what others had said."""

    def add(self, start: int, minutes: int, amount: int) -> bool:
        """Add energy from a moment on, in seconds since 1970; return if it could be.

        It lies within a half hour, or is an hour that begins at a full one.
        """
        if minutes > 60 or start % (minutes * 60) or start % 60:
            return False
        number = start // _HALF
        parts = [(number, minutes, amount)]
        if minutes == 60:
            parts = [(number, 30, amount // 2), (number + 1, 30, amount - amount // 2)]
        if any(self.minutes.get(n, 0) + part > 30 for n, part, _ in parts):
            self.doubles += 1
            return True
        for n, part, some in parts:
            self.minutes[n] = self.minutes.get(n, 0) + part
            self.halves[n] = self.halves.get(n, 0) + some
        return True

    def add_day(self, day: date, amount: int) -> None:
        """Add a whole day."""
        if day in self.days:
            self.doubles += 1
            return
        self.days[day] = amount

    def add_register(self, index: int, at: datetime, wh: int) -> None:
        """Add what a register showed."""
        points = self.registers.setdefault(index, {})
        if at in points:
            self.doubles += index == 0
            return
        points[at] = wh

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not (self.halves or self._whole_days())

    @property
    def by_halves(self) -> bool:
        """Whether any of it is known by the half hour."""
        return bool(self.halves)

    def update(self, other: MeterEnergy) -> None:
        """Take what another file of the same meter adds."""
        self.prm = self.prm or other.prm
        self.doubles += other.doubles
        for number, minutes in other.minutes.items():
            if number in self.minutes:
                self.doubles += 1
                continue
            self.minutes[number] = minutes
            self.halves[number] = other.halves[number]
        for day, amount in other.days.items():
            self.add_day(day, amount)
        for index, points in other.registers.items():
            for at, wh in points.items():
                self.add_register(index, at, wh)

    def spans(self) -> list[Span]:
        """Return the energy by the finest spans that are known, none overlapping.

        Whole Wh, rounded so that their sums are right to the Wh. A day whose half
        hours are not all there is taken whole where its sum is known.
        """
        found: dict[date, list[tuple[datetime, datetime, int]]] = {}
        for number in sorted(self.halves):
            start = datetime.fromtimestamp(number * _HALF, UTC)
            part = start, start + HALF_HOUR, self.halves[number]
            found.setdefault(day_of(start), []).append(part)
        for day, amount in self._whole_days().items():
            if not self._all_told(day, found.get(day, ())):
                found[day] = [(midnight(day), midnight(day + DAY), amount)]
        return list(_rounded(part for day in sorted(found) for part in found[day]))

    def _all_told(
        self, day: date, parts: list[tuple[datetime, datetime, int]] | tuple[()]
    ) -> bool:
        told = sum(
            self.minutes[int(start.timestamp()) // _HALF] for start, _, _ in parts
        )
        return timedelta(minutes=told) >= length(day) - TOLERANCE

    def _whole_days(self) -> dict[date, int]:
        """Return the days that are known whole, from registers where nothing else is.

        Registers are read about midnight; where days are missing, their energy is
        shared by time.
        """
        found: dict[date, int] = {}
        for older, newer, wh in steps(self.registers.get(0, {})):
            first, end = day_of(older + DAY / 2), day_of(newer + DAY / 2)
            days = list(days_between(first, end))
            for day, part in zip(days, split(wh, [1] * len(days)), strict=False):
                found[day] = part * _PER_WH
        return found | self.days

    def found_days(self) -> dict[date, FoundDay]:
        """Return each day of which anything is known."""
        found: dict[date, int] = {}
        told: dict[date, timedelta] = {}
        for span in self.spans():
            day = day_of(span.start)
            found[day] = found.get(day, 0) + span.wh
            number = int(span.start.timestamp()) // _HALF
            whole = span.end - span.start
            part = timedelta(minutes=self.minutes.get(number, 0))
            told[day] = told.get(day, timedelta()) + (
                whole if whole > HALF_HOUR else part
            )
        return {
            day: FoundDay(wh, told[day] >= length(day) - TOLERANCE)
            for day, wh in found.items()
        }

    def hours(self) -> dict[datetime, int]:
        """Return the Wh of each hour, by its begin; a day known whole is shared out."""
        found: dict[datetime, int] = {}
        for span in self.spans():
            hour = span.start.replace(minute=0)
            count = max((span.end - hour) // timedelta(hours=1), 1)
            for part in split(span.wh, [1] * count):
                found[hour] = found.get(hour, 0) + part
                hour += timedelta(hours=1)
        return found


def steps(points: Mapping[datetime, int]) -> Iterator[tuple[datetime, datetime, int]]:
    """Yield what a register counted between two readings.

    Not where it fell, which is another meter, and not over gaps that are too long to
    be shared out.
    """
    for (older, before), (newer, after) in pairwise(sorted(points.items())):
        if after >= before and newer - older <= _LONGEST:
            yield older, newer, after - before


def _rounded(parts: Iterator[tuple[datetime, datetime, int]]) -> Iterator[Span]:
    passed = given = 0
    for start, end, amount in parts:
        passed += amount
        upto = (passed + _PER_WH // 2) // _PER_WH
        yield Span(start, end, upto - given)
        given = upto
