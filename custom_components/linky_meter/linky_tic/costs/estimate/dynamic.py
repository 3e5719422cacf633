"""What days cost on a contract whose price changes by the quarter hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ..calendar.days import day_of
from ..ledger.ledger import Ledger
from ..ledger.quarters import PricedEnergy
from ..ledger.rows import FoldedMonth, Key
from ..prices.dynamic import Formula
from ..prices.offers import Offer
from ..prices.prices import Prices, Quote
from .daily import DayCost
from .estimate import recency
from .month import Forecaster

TOLD = "told"
"""The source of a price that somebody outside tells."""


@dataclass(frozen=True)
class DynamicCosts:
    """Such a contract: each quarter hour at the price that was told for it.

    Energy from before prices were told has none.
    """

    offer: Offer
    ledger: Ledger
    priced: PricedEnergy

    @property
    def formula(self) -> Formula:
        """What it makes of a price."""
        assert self.offer.formula is not None
        return self.offer.formula

    @property
    def prices(self) -> Prices:
        """Its subscription; of a kWh it knows no price by day."""
        return self.offer.prices

    @property
    def forecaster(self) -> Forecaster:
        """What forecasts its month."""
        return recency

    def index_at(self, at: datetime) -> int:
        """Return the index that counts by the clock."""
        return 1

    def price(self, day: date, index: int) -> Quote | None:
        """Return the price of a kWh: today the present one, else the day's average."""
        if index != 1:
            return None
        looked = self.priced.quarter
        if looked is not None and day == day_of(looked):
            told = self.priced.present(hold=self.formula.hold)
            price = None if told is None else self.formula.price(told)
        else:
            priced, _ = self.priced.day(day)
            cost = self.formula.euros(priced.wh, priced.value)
            price = cost.scaleb(3) / priced.wh if priced.wh else None
        if price is None:
            return None
        return Quote(round(price, 6), day, TOLD)

    def day(self, day: date, prices_of: date | None = None) -> DayCost | None:
        """Return what a day costs, at its own prices; None: no row."""
        if (row := self.ledger.days.get(day)) is None:
            return None
        cost = DayCost.of(row, day)
        key, (priced, _) = Key(self.offer.calendar, 1), self.priced.day(day)
        cost.add(key, max(row.total - priced.wh, 0), None)
        if priced.wh:
            cost.energy[key] += priced.wh
            cost.add_cost(key, self.formula.euros(priced.wh, priced.value))
        return cost

    def subscription(self, day: date) -> Quote | None:
        """Return the subscription of a month in force on a day."""
        return self.prices.subscription(day, self.offer.calendar)

    def folded(self, day: date) -> FoldedMonth | None:
        """Return None: folded months have their costs."""
        return None
