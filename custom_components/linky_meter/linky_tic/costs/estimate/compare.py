"""What a month would cost on another offer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from ..calendar.alerts import AlertDays
from ..calendar.calendars import TEMPO
from ..calendar.days import DAY, day_of
from ..calendar.schedule import Schedule
from ..calendar.tempo import Colour, Colours, off_peak_index, tempo_day
from ..ledger.ledger import Ledger
from ..ledger.rows import DayRow, FoldedMonth, Key
from ..ledger.virtual import VirtualRegisters
from ..prices.offers import Offer, Structure, tempo_chances, tempo_index
from ..prices.prices import Prices, Quote
from .daily import NOTHING, DayCost, euros, off_peak_and_peak
from .estimate import TempoForecaster, recency
from .month import Forecaster, MonthCost, month_cost


@dataclass(frozen=True)
class OfferCosts:
    """An offer, as the days that the meter counted would cost on it."""

    offer: Offer
    prices: Prices
    ledger: Ledger
    registers: VirtualRegisters
    colours: Colours
    learned: Schedule | None = None
    """The meter's own off-peak hours."""
    alerts: AlertDays = field(default_factory=AlertDays)

    @property
    def forecaster(self) -> Forecaster:
        """What forecasts its month."""
        return forecaster(self.colours, self.prices, self.offer.calendar)

    def day(self, day: date, prices_of: date | None = None) -> DayCost | None:
        """Return what a day costs, at another day's prices if asked; None: no row.

        From the meter's indexes where they tell enough, else from virtual registers.
        Energy that neither can sort costs between the least and the dearest price that
        the day had, and probably what it would if it were used as usual.
        """
        if (row := self.ledger.days.get(day)) is None:
            return None
        at = prices_of or day
        mapped = self._from_indexes(row)
        if mapped is not None:
            cost = DayCost.of(row, day)
            for index, wh in mapped.items():
                self._add(cost, at, index, wh)
            if self.offer.structure is Structure.TEMPO:
                cost.tempo = off_peak_and_peak(row.energy)
            return cost
        schedule = self.offer.sorting(self.learned)
        assert schedule is not None
        ordinary, *others = (
            self._sorted(row, at, day, variant)
            for variant in self.alerts.schedules(schedule, day)
        )
        # Nobody said whether it was an alert day, and few days are
        ordinary.low = min(cost.low for cost in (ordinary, *others))
        ordinary.high = max(cost.high for cost in (ordinary, *others))
        return ordinary

    def index_at(self, at: datetime) -> int | None:
        """Return the index that counts by the clock; None: a colour is not known."""
        schedule = self.offer.sorting(self.learned)
        if schedule is None:
            return 1
        slot = self.alerts.schedules(schedule, day_of(at))[0].index_at(at)
        if self.offer.structure is not Structure.TEMPO:
            return slot
        colour = self.colours.get(tempo_day(at))
        return None if colour is None else tempo_index(colour, slot)

    def _sorted(self, row: DayRow, at: date, day: date, schedule: Schedule) -> DayCost:
        """Return what a day costs as virtual registers sort it."""
        cost = DayCost.of(row, day)
        energy = self.registers.day(schedule, day)
        if self.offer.structure is Structure.TEMPO:
            self._add_tempo(cost, at, day, energy)
            if sum(energy.values()) >= row.total:
                off_peak = energy.get(1, 0) + energy.get(3, 0)
                cost.tempo = off_peak, energy.get(2, 0)
        else:
            for index, wh in energy.items():
                self._add(cost, at, index, wh)
        if (rest := row.total - sum(energy.values())) > 0:
            self._add_unsorted(cost, at, day, rest, schedule)
        return cost

    def subscription(self, day: date) -> Quote | None:
        """Return the subscription of a month in force on a day."""
        return self.prices.subscription(day, self.offer.calendar)

    def folded(self, day: date) -> FoldedMonth | None:
        """Return None: offers are compared only where rows are left."""
        return None

    def _from_indexes(self, row: DayRow) -> dict[int, int] | None:
        """Return the Wh by the offer's index; None: the meter's do not tell enough."""
        found: dict[int, int] = {}
        for key, wh in row.energy.items():
            if (mapping := self.offer.mapping(key.calendar)) is None:
                return None
            if (index := mapping.get(key.index)) is None:
                return None
            found[index] = found.get(index, 0) + wh
        return found

    def price(self, day: date, index: int) -> Quote | None:
        """Return the price of a kWh, None when it is not known."""
        return self.prices.price(day, self.offer.calendar, index)

    def _add(self, cost: DayCost, at: date, index: int, wh: int) -> None:
        cost.add(Key(self.offer.calendar, index), wh, self.price(at, index))

    def _add_tempo(
        self, cost: DayCost, at: date, day: date, energy: Mapping[int, int]
    ) -> None:
        """Add a day of a Tempo offer: exact where its two colours are known.

        Unknown colours are tried together, as one of them serves peak and evening.
        """
        night, peak, evening = (energy.get(slot, 0) for slot in (1, 2, 3))
        for tempo, parts in (
            (day - DAY, [(night, 0)]),
            (day, [(peak, 1), (evening, 0)]),
        ):
            colours = self.colours.possible(tempo)
            if len(colours) == 1:
                for wh, plus in parts:
                    if wh:
                        self._add(cost, at, off_peak_index(colours[0]) + plus, wh)
            elif any(wh for wh, _ in parts):
                self._add_colours(cost, at, tempo, colours, parts)

    def _add_colours(
        self,
        cost: DayCost,
        at: date,
        tempo: date,
        colours: tuple[Colour, ...],
        parts: list[tuple[int, int]],
    ) -> None:
        whole = sum(wh for wh, _ in parts)
        totals: dict[Colour, Decimal] = {}
        for colour in colours:
            quotes = [
                (wh, self.price(at, off_peak_index(colour) + plus))
                for wh, plus in parts
            ]
            if any(quote is None for _, quote in quotes):
                key = Key(self.offer.calendar, off_peak_index(colour))
                cost.add(key, whole, None)
                return
            totals[colour] = sum(
                (euros(wh, quote.value) for wh, quote in quotes if quote), Decimal(0)
            )
        chances = self.colours.chances(tempo)
        expected = sum(
            (total * chances[colour] for colour, total in totals.items()), Decimal(0)
        )
        cost.add_range(whole, min(totals.values()), expected, max(totals.values()))
        cost.by_colour.append((tempo, totals))

    @cached_property
    def _usual(self) -> dict[int, int]:
        """The Wh of each index of the schedule, over the days that could be sorted.

        Without the last one, which is not over: what is over costs the same all day.
        """
        schedule, found = self.offer.sorting(self.learned), dict[int, int]()
        last = self.ledger.last and day_of(self.ledger.last)
        rows = self.registers.days.get(schedule.key, {}) if schedule else {}
        for day, row in rows.items():
            for index, wh in row.items() if day != last else ():
                found[index] = found.get(index, 0) + wh
        return found

    def _parts(self, schedule: Schedule, day: date) -> dict[int, Decimal]:
        """Return what part of a day's energy each of its indexes would count.

        As usual, else by hours.
        """
        hours: dict[int, Decimal] = {}
        for one in schedule.segments(day):
            spent = Decimal((one.end - one.start) // timedelta(seconds=1))
            hours[one.index] = hours.get(one.index, NOTHING) + spent
        usual = {index: Decimal(self._usual.get(index, 0)) for index in hours}
        weights = usual if sum(usual.values()) else hours
        whole = sum(weights.values(), NOTHING)
        return {index: weight / whole for index, weight in weights.items()}

    def _priced_as(self, index: int, day: date) -> Iterator[tuple[int, Decimal]]:
        """Yield at which index's price one of the schedule may be, and how likely.

        Under Tempo that of each colour that the day may have.
        """
        if self.offer.structure is not Structure.TEMPO:
            yield index, Decimal(1)
            return
        yield from tempo_chances(self.colours, day, index).items()

    def _add_unsorted(
        self, cost: DayCost, at: date, day: date, wh: int, schedule: Schedule
    ) -> None:
        """Add energy of which it is not known when it was used."""
        prices: list[tuple[Decimal, int]] = []
        expected = NOTHING
        for index, part in self._parts(schedule, day).items():
            for priced, chance in self._priced_as(index, day):
                if (quote := self.price(at, priced)) is None:
                    cost.add(Key(self.offer.calendar, priced), wh, None)
                    return
                prices.append((quote.value, priced))
                expected += part * chance * quote.value
        if len(prices) == 1:
            # A day that has one price only, such as a Sunday of some offers
            self._add(cost, at, prices[0][1], wh)
            return
        low, high = min(prices)[0], max(prices)[0]
        cost.add_range(wh, euros(wh, low), euros(wh, expected), euros(wh, high))


class Difference(NamedTuple):
    """Euros from low to high; below zero the offer is cheaper."""

    low: Decimal
    expected: Decimal
    """By what is likely, which need not be the middle."""
    high: Decimal


@dataclass(frozen=True)
class Comparison:
    """An offer's month beside one's own."""

    offer: Offer
    cost: MonthCost
    difference: Difference
    """Energy and subscription until now, to one's own."""
    estimate: Difference | None
    """The same of the whole month's estimate; None while one is not known."""


def forecaster(colours: Colours, prices: Prices, calendar: str | None) -> Forecaster:
    """Return the forecaster of a contract: Tempo has its own."""
    return TempoForecaster(colours, prices) if calendar == TEMPO else recency


def compare(costs: OfferCosts, own: MonthCost, now: datetime) -> Comparison:
    """Return an offer's month beside one's own."""
    found = month_cost(costs, own.month, now, costs.forecaster)
    return beside(costs.offer, found, own)


def beside(offer: Offer, found: MonthCost, own: MonthCost) -> Comparison:
    """Return a month on an offer beside one's own."""
    accrued = found.accrued - own.accrued
    low = found.energy_low - own.energy_high + accrued
    high = found.energy_high - own.energy_low + accrued
    estimate = None
    if found.estimate is not None and own.estimate is not None:
        # Both know the same days to come: only what is not known of the past differs
        expected = found.estimate - own.estimate
        estimate = Difference(
            expected - (found.energy - found.energy_low),
            expected,
            expected + (found.energy_high - found.energy),
        )
    difference = Difference(low, found.total - own.total, high)
    return Comparison(offer, found, difference, estimate)


def cheapest(comparisons: list[Comparison]) -> Comparison | None:
    """Return the offer that costs least by its estimate, else until now.

    One that lacks a price or a subscription is not judged; None: none can be.
    """
    judged = [
        one
        for one in comparisons
        if not one.cost.unpriced and one.cost.subscription_known
    ]
    estimated = all(one.cost.estimate is not None for one in judged)
    return min(
        judged,
        key=lambda one: (
            one.cost.estimate
            if estimated and one.cost.estimate is not None
            else one.cost.total
        ),
        default=None,
    )
