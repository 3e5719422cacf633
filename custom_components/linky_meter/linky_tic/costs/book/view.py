"""What costs are at a moment, and what days that are over have of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ..estimate.adviser import Advice
from ..estimate.best import Judgement
from ..estimate.compare import Comparison
from ..estimate.daily import DayCost
from ..estimate.month import MonthCost, OpenMonth
from ..estimate.spans import OpenSums, Sums
from ..ledger.rows import Carry, Key
from ..prices.prices import Quote


@dataclass(frozen=True)
class CostView:
    """Costs as they are at a moment."""

    at: datetime
    day: date
    month: MonthCost
    last_month: MonthCost | None
    """None when nothing of it is known, or has a price."""
    by_index: Mapping[int, Carry]
    """Energy and cost since the ledger began."""
    today: DayCost | None
    yesterday: DayCost | None
    today_total: Decimal | None
    """With the day's part of the subscription, as the month has it."""
    yesterday_total: Decimal | None
    subscription: Quote | None
    unpriced: frozenset[Key]
    """What was counted today or yesterday and has no price now."""
    years: Mapping[str | None, MonthCost]
    """What the last twelve whole months cost by offer, None is one's own; only those
    of which all is known."""
    comparisons: Mapping[str, Comparison]
    """By offer."""
    advice: Advice
    """Which power the days of the last year want."""
    power_saving: Decimal | None
    """Euros a year that the recommended power saves."""
    judgement: Judgement
    """The contracts of the last twelve months at today's prices."""
    cheapest: str | None
    """The offer that costs least, None when it is one's own or nothing is judged."""
    sums: Sums
    """Of the day, month, calendar year and bill that go on now."""
    next_change: date | None
    """When another price of one's own holds, as far as that is known."""
    mean_price: Decimal | None
    """Euros a kWh of what is always on, over the year to come."""

    @property
    def judged(self) -> bool:
        """Whether any offer could be compared."""
        return any(
            not one.cost.unpriced and one.cost.subscription_known
            for one in self.comparisons.values()
        )


@dataclass(frozen=True)
class PastCosts:
    """What the days that are over before one day cost: it is the same all day."""

    changes: int
    """How often the book had changed."""
    day: date
    month: OpenMonth
    last_month: MonthCost | None
    yesterday: DayCost | None
    yesterday_total: Decimal | None
    carries: Mapping[Key, Carry]
    """Energy and cost since the ledger began, without the day itself."""
    offers: Mapping[str, OpenMonth]
    years: Mapping[str | None, MonthCost]
    """The last twelve whole months by offer, None is one's own; only where all is
    known."""
    advice: Advice
    judgement: Judgement
    sums: OpenSums
    next_change: date | None
    mean_price: Decimal | None
