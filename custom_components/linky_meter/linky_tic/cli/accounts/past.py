"""What the days that are over cost: worked out now and then, the present day is added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ...costs.calendar.days import DAY, Month, day_of
from ...costs.calendar.tempo import Colours
from ...costs.estimate.compare import OfferCosts
from ...costs.estimate.daily import Costs, OwnCosts
from ...costs.estimate.month import (
    MonthCost,
    last_twelve_months,
    month_cost,
    period_cost,
)
from ...costs.estimate.totals import by_index, lifetime
from ...costs.ledger.rows import Carry, Key


@dataclass(frozen=True)
class Past:
    """The past as it is seen on a day."""

    carries: Mapping[Key, Carry] = field(default_factory=dict)
    """Energy and cost since the ledger began, without the day itself."""
    last_month: MonthCost | None = None
    years: Mapping[str | None, MonthCost] = field(default_factory=dict)
    """The last twelve whole months by offer, None is one's own; only those of which all
    is known."""

    def by_index(self, own: OwnCosts, now: datetime) -> dict[int, Carry]:
        """Return energy and cost of each index since the ledger began."""
        today = own.day(day_of(now))
        return by_index(self.carries, today.carries() if today else {})


def past_of(
    own: OwnCosts, offers: Mapping[str, OfferCosts], colours: Colours, now: datetime
) -> Past:
    """Return what is over at a moment."""
    today = day_of(now)
    month = Month.of(today)
    first = own.first_day()
    everyone: list[tuple[str | None, Costs]] = [(None, own), *offers.items()]
    years = {
        name: period_cost(costs, *last_twelve_months(month.start), month.start, colours)
        for name, costs in everyone
    }
    last = None
    if first is not None and first < month.first:
        last = month_cost(own, Month.of(month.first - DAY), month.start)
    return Past(
        lifetime(own.ledger, own.prices, today, own),
        # Where nothing of it has a price it was not free
        last if last and (last.subscription_known or last.unpriced < last.wh) else None,
        {
            name: year
            for name, year in years.items()
            if year.complete and year.subscription_known and not year.unpriced
        },
    )
