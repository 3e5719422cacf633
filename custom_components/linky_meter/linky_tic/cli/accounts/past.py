"""What the days that are over cost: worked out now and then, the present day is added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ...costs.calendar.days import day_of
from ...costs.calendar.tempo import Colours
from ...costs.estimate.compare import OfferCosts
from ...costs.estimate.contracts import OwnContracts
from ...costs.estimate.month import MonthCost
from ...costs.estimate.totals import by_index, lifetime, month_before, whole_years
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

    def by_index(self, own: OwnContracts, now: datetime) -> dict[int, Carry]:
        """Return energy and cost of each index since the ledger began."""
        today = own.day(day_of(now))
        return by_index(self.carries, today.carries() if today else {})


def past_of(
    own: OwnContracts, offers: Mapping[str, OfferCosts], colours: Colours, now: datetime
) -> Past:
    """Return what is over at a moment."""
    today = day_of(now)
    return Past(
        lifetime(own.indexes.ledger, own.indexes.prices, today, own),
        month_before(own, today),
        whole_years(own, offers, colours, today),
    )
