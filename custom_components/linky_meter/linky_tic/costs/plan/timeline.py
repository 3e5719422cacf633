"""What a kWh costs from now on: stretch by stretch, as far as it can be known.

What is not known stays unknown: a Tempo day that is not announced, off-peak hours that
the meter has not told yet, a mobile peak. Beside it stands the likely price.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

from ...tic.tariffs import contract_of_calendar, tariff_of_index
from ..calendar.alerts import AlertDays
from ..calendar.calendars import BASE, EJP, OFF_PEAK, TEMPO
from ..calendar.days import DAY, day_of, days_between, midnight, utc
from ..calendar.schedule import Schedule, Window
from ..calendar.tempo import COLOURS, Colour, Colours
from ..prices.offers import CALENDARS, INDEXES, TEMPO_SCHEDULE, tempo_chances
from ..prices.prices import Prices

MOST_DAYS = 366
"""How far anybody may look ahead."""

type Chances = Mapping[int, Decimal]
"""How likely each index is to count; empty where nothing can be said."""

_NAMES = {CALENDARS[structure]: names for structure, names in INDEXES.items()}
_SURE = Decimal(1)
# Eight hours of a day are off-peak (CRE, deliberation 2025-40), whichever they are
_UNTOLD: Chances = {1: _SURE / 3, 2: _SURE * 2 / 3}
# EJP: 22 days of 1 November to 31 March, from 07:00 to 01:00
_EJP_SCHEDULE = Schedule((Window(1, time(1), time(7)),), 2)
_FIXED = {BASE: Schedule((), 1), TEMPO: TEMPO_SCHEDULE, EJP: _EJP_SCHEDULE}
"""The hours of contracts that have the same everywhere."""
_EJP_MONTHS = frozenset({11, 12, 1, 2, 3})
# Suppliers announce about twenty in a year
_ALERT_CHANCE = Decimal(20) / 365
_EJP_CHANCE = Decimal(22) / 151


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in which a kWh costs the same, both ends UTC."""

    start: datetime
    end: datetime
    index: int | None
    """The supplier index that counts, None when that is not known."""
    price: Decimal | None
    """Euros per kWh, all taxes included; None when it is not known."""
    likely: Decimal | None
    """The price, or what it will be on average where it is not known."""
    colour: Colour | None = None
    """Of a Tempo contract, if it is known."""


@dataclass(frozen=True)
class Contract:
    """All that tells what a kWh costs when."""

    calendar: str
    prices: Prices
    hours: Schedule | None = None
    """The hours that the meter tells, or that were seen."""
    colours: Colours = field(default_factory=Colours)
    alerts: AlertDays = field(default_factory=lambda: AlertDays(otherwise=False))

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        """Yield the stretches between two moments, without a gap.

        Raise NaiveTimeError.
        """
        start, end = utc(start), utc(end)
        waiting: Slot | None = None
        for slot in self._cut(start, end):
            if waiting is None:
                waiting = slot
            elif replace(slot, start=waiting.start) == replace(waiting, end=slot.end):
                waiting = replace(waiting, end=slot.end)
            else:
                yield waiting
                waiting = slot
        if waiting is not None:
            yield waiting

    def tariff(self, index: int) -> str:
        """Return the key of an index's tariff, as the meter or the contract has it."""
        names = _NAMES.get(self.calendar, ())
        if index <= len(names):
            return names[index - 1]
        return str(tariff_of_index(contract_of_calendar(self.calendar), index))

    def _cut(self, start: datetime, end: datetime) -> Iterator[Slot]:
        for day in days_between(day_of(start), day_of(end) + DAY):
            for first, last, chances in self._day(day):
                if max(first, start) < min(last, end):
                    yield self._slot(day, max(first, start), min(last, end), chances)

    def _day(self, day: date) -> Iterator[tuple[datetime, datetime, Chances]]:
        """Yield the stretches of a day, with the indexes that may count."""
        if (schedule := self.schedule) is None:
            chances = _UNTOLD if self.calendar == OFF_PEAK else {}
            yield midnight(day), midnight(day + DAY), chances
            return
        variants = self.alerts.schedules(schedule, day)
        edges = {midnight(day + DAY)} | {
            segment.start for one in variants for segment in one.segments(day)
        }
        for start, end in pairwise(sorted(edges)):
            indexes = [one.index_at(start) for one in variants]
            if self.calendar == TEMPO:
                yield start, end, tempo_chances(self.colours, day, indexes[0])
            elif self.calendar == EJP:
                yield start, end, _ejp(start, indexes[0])
            else:
                yield start, end, _of_variants(indexes)

    @property
    def schedule(self) -> Schedule | None:
        """The hours by which the contract counts, None when they are not known."""
        return _FIXED.get(self.calendar, self.hours)

    def _slot(
        self, day: date, start: datetime, end: datetime, chances: Chances
    ) -> Slot:
        sure = [index for index, chance in chances.items() if chance == _SURE]
        index = sure[0] if sure else None
        quotes = {
            one: self.prices.price(day, self.calendar, one)
            for one, chance in chances.items()
            if chance
        }
        known = {one: quote.value for one, quote in quotes.items() if quote}
        likely = (
            sum((chances[one] * value for one, value in known.items()), Decimal(0))
            if known and len(known) == len(quotes)
            else None
        )
        colour = None
        if self.calendar == TEMPO and index is not None:
            colour = COLOURS[(index - 1) // 2]
        return Slot(
            start, end, index, known.get(index) if index else None, likely, colour
        )


def _of_variants(indexes: list[int]) -> Chances:
    """Return the chances of the ordinary index, the first, and of those of alert days."""
    ordinary, others = indexes[0], {*indexes} - {indexes[0]}
    alert = _ALERT_CHANCE / len(others) if others else Decimal(0)
    return {ordinary: _SURE - alert * len(others), **dict.fromkeys(others, alert)}


def _ejp(start: datetime, index: int) -> Chances:
    # After midnight the day before goes on
    day = day_of(start - timedelta(hours=1))
    if index == 1 or day.month not in _EJP_MONTHS:
        return {1: _SURE}
    return {1: 1 - _EJP_CHANCE, 2: _EJP_CHANCE}


def steps(
    slots: list[Slot], length: timedelta
) -> Iterator[tuple[datetime, datetime, Decimal | None]]:
    """Yield steps of one length from the first slot on, each with its likely price.

    A step over two slots costs their average, by time; planners want equal steps.
    """
    if not slots:
        return
    edges = [slots[0].start]
    while edges[-1] < slots[-1].end:
        edges.append(edges[-1] + length)
    place = 0
    for start, end in pairwise(edges):
        while place < len(slots) and slots[place].end <= start:
            place += 1
        last = bisect_left(slots, end, lo=place, key=lambda slot: slot.start)
        parts = [
            (min(slot.end, end) - max(slot.start, start), slot.likely)
            for slot in slots[place:last]
        ]
        yield start, end, _mean(parts)


def mean_price(contract: Contract, day: date) -> Decimal | None:
    """Return what a kWh costs on average over the year from a day on, by time.

    So what is always on pays it. None where a price is not known.
    """
    slots = contract.slots(midnight(day), midnight(day + MOST_DAYS * DAY - DAY))
    return _mean([(slot.end - slot.start, slot.likely) for slot in slots])


def _mean(parts: list[tuple[timedelta, Decimal | None]]) -> Decimal | None:
    weights = [(Decimal(int(spent.total_seconds())), value) for spent, value in parts]
    if any(value is None for _, value in weights):
        return None
    if len({value for _, value in weights}) == 1:
        return weights[0][1]
    whole = sum((weight for weight, _ in weights), Decimal(0))
    costs = (weight * value for weight, value in weights if value is not None)
    return sum(costs, Decimal(0)) / whole
