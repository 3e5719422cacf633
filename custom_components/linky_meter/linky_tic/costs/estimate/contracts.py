"""One's own contracts, one after the other, as their days cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ..calendar.days import begun
from ..calendar.schedule import Schedule
from ..calendar.tempo import Colours
from ..ledger.ledger import Ledger
from ..ledger.rows import FoldedMonth, Key
from ..plan.timeline import Contract
from ..prices.offers import Offer
from ..prices.prices import Prices, Quote
from .compare import OfferCosts, forecaster
from .daily import Costs, DayCost, OwnCosts
from .month import Forecaster


class Sorting(Costs, Protocol):
    """A contract that sorts energy by hours, whatever the meter's indexes are."""

    @property
    def offer(self) -> Offer:
        """The contract."""

    @property
    def prices(self) -> Prices:
        """Its prices."""

    @property
    def forecaster(self) -> Forecaster:
        """What forecasts its month."""

    def index_at(self, at: datetime) -> int | None:
        """Return the index that counts by the clock; None: that is not known."""

    def price(self, day: date, index: int) -> Quote | None:
        """Return the price of a kWh, None when it is not known."""


def starts_on(contract: Offer) -> date:
    """Return the day from which a contract of one's own is in force."""
    return min(period.start for period in contract.prices.periods)


def in_force(contracts: Sequence[Offer], day: date) -> Offer | None:
    """Return the contract of a day; None: the meter's indexes have prices.

    ``contracts`` are in the order of their first days.
    """
    return begun(contracts, day, starts_on)


@dataclass(frozen=True)
class OwnContracts:
    """All of them: before the first, the meter's indexes at their prices."""

    indexes: OwnCosts
    contracts: Mapping[date, Sorting]
    """By first day, in order."""

    @property
    def ledger(self) -> Ledger:
        """Where the energy is."""
        return self.indexes.ledger

    def of(self, day: date) -> Costs:
        """Return the contract in force on a day."""
        sorting = self.sorting(day)
        return self.indexes if sorting is None else sorting

    def sorting(self, day: date) -> Sorting | None:
        """Return the contract with hours of its own in force on a day."""
        found = begun(list(self.contracts.items()), day, lambda one: one[0])
        return None if found is None else found[1]

    def forecaster(self, colours: Colours, day: date) -> Forecaster:
        """Return what forecasts the month of a day."""
        if (sorting := self.sorting(day)) is not None:
            return sorting.forecaster
        return forecaster(colours, self.indexes.prices, self.ledger.calendar)

    def ahead(
        self, day: date, learned: Schedule | None, colours: Colours
    ) -> Contract | None:
        """Return what tells the prices ahead on the contract of a day.

        None while it is not known, and where somebody else tells them.
        """
        mine, calendar = self.sorting(day), self.ledger.calendar
        if isinstance(mine, OfferCosts):
            hours = mine.offer.sorting(learned)
            kept = mine.offer.calendar
            return Contract(kept, mine.prices, hours, colours, mine.alerts)
        if mine is not None or calendar is None:
            return None
        return Contract(calendar, self.indexes.prices, learned, colours)

    def day(self, day: date, prices_of: date | None = None) -> DayCost | None:
        """Return what a day costs, on another day's contract and prices if asked."""
        return self.of(prices_of or day).day(day, prices_of)

    def subscription(self, day: date) -> Quote | None:
        """Return the subscription of a month in force on a day."""
        return self.of(day).subscription(day)

    def price(self, day: date, key: Key) -> Quote | None:
        """Return the price of a kWh that a day counted, None when it is not known."""
        if (sorting := self.sorting(day)) is not None:
            return sorting.price(day, key.index)
        return self.indexes.prices.price(day, key.calendar, key.index)

    def folded(self, day: date) -> FoldedMonth | None:
        """Return the month of a day if its rows are gone."""
        return self.indexes.folded(day)

    def unpriced(self, day: date, today: date) -> frozenset[Key]:
        """Return what a day counted that has no price today."""
        cost = self.day(day, today)
        carries = {} if cost is None else cost.carries()
        return frozenset(key for key, one in carries.items() if one.unpriced)
