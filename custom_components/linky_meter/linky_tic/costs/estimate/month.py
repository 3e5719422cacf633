"""What a month costs: until now, and probably when it is over.

The energy of each day at the prices of that day, the subscription by day. Sums are
exact; only a subscription's part by days is rounded, at the 12th digit after the point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from ..calendar.days import DAY, Month, day_of, passed_part, utc
from ..ledger.rows import Carry, Key, add_carries
from .daily import NOTHING, Costs, DayCost

_TICK = timedelta(microseconds=1)
_CENT = Decimal("0.01")
_DIGITS = Decimal("1e-12")


def decimal_of(number: Fraction) -> Decimal:
    """Return a fraction to 12 digits after the point."""
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(_DIGITS)


def cents(amount: Decimal) -> Decimal:
    """Return an amount rounded for show, half a cent away from zero."""
    return amount.quantize(_CENT, "ROUND_HALF_UP")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the rest of a month will probably cost, without subscription."""

    cost: Decimal
    spread: Decimal
    """Eight times in ten it is no further off."""
    method: str


type Forecaster = Callable[[Costs, datetime, datetime], Forecast | None]
"""From now until the end of the month; None when too little is known."""


@dataclass(frozen=True)
class MonthCost:
    """A month in euros. ``low`` and ``high`` differ where something is not known."""

    month: Month
    energy_low: Decimal = NOTHING
    energy: Decimal = NOTHING
    """What the energy cost; where that is a range, what is to be expected."""
    energy_high: Decimal = NOTHING
    subscription: Decimal = NOTHING
    """Of the whole month."""
    accrued: Decimal = NOTHING
    """The part of it that is over."""
    linear: Decimal | None = None
    """Energy in proportion to time, and the whole subscription: linkypy's rule."""
    estimate: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    method: str | None = None
    carries: dict[Key, Carry] = field(default_factory=dict)
    """Energy and cost of each index."""
    unsorted: int = 0
    """Wh of which it is not known which index of an offer counts them."""
    complete: bool = True
    """Whether no part of the month until now is missing."""
    interpolated: bool = False
    subscription_known: bool = True

    @property
    def total(self) -> Decimal:
        """Energy and the subscription until now."""
        return self.energy + self.accrued

    @property
    def full(self) -> Decimal:
        """Energy and the whole subscription: linkypy's current cost."""
        return self.energy + self.subscription

    @property
    def exact(self) -> bool:
        """Whether it is no range."""
        return self.energy_low == self.energy_high

    @property
    def wh(self) -> int:
        """The whole energy."""
        return sum(carry.wh for carry in self.carries.values()) + self.unsorted

    @property
    def unpriced(self) -> int:
        """Wh that have no price."""
        return sum(carry.unpriced for carry in self.carries.values())


def month_cost(
    costs: Costs, month: Month, now: datetime, forecaster: Forecaster | None = None
) -> MonthCost:
    """Return what a month costs as seen at a moment; raise NaiveTimeError."""
    now = utc(now)
    if (folded := costs.folded(month.first)) is not None:
        low = sum((carry.cost for carry in folded.carries.values()), NOTHING)
        total = low + folded.subscription
        return MonthCost(
            month,
            low,
            low,
            low,
            folded.subscription,
            folded.subscription,
            *(total, total, total, total),
            carries=dict(folded.carries),
            complete=folded.complete,
            subscription_known=folded.subscription_known,
        )
    today = day_of(now)
    low = energy = high = NOTHING
    carries: dict[Key, Carry] = {}
    unsorted = 0
    complete, interpolated, known = True, False, True
    subscription = accrued = Fraction(0)
    for day in month.each_day():
        quote = costs.subscription(day)
        known &= quote is not None
        part = Fraction(quote.value if quote else 0) / month.days
        subscription += part
        accrued += part * passed_part(day, now)
        if day > today:
            continue
        cost = costs.day(day)
        complete &= _without_hole(cost, day, now)
        if cost is None:
            continue
        low, high = low + cost.low, high + cost.high
        energy += cost.expected
        unsorted += cost.unsorted
        interpolated |= cost.interpolated
        add_carries(carries, cost.carries())
    found = MonthCost(
        month,
        low,
        energy,
        high,
        decimal_of(subscription),
        decimal_of(accrued),
        carries=carries,
        unsorted=unsorted,
        complete=complete,
        interpolated=interpolated,
        subscription_known=known,
    )
    return _with_estimates(found, costs, now, forecaster)


def _without_hole(cost: DayCost | None, day: date, now: datetime) -> bool:
    """Return whether nothing of a day is missing, as far as it is over."""
    if day == day_of(now):
        return passed_part(day, now) < Fraction(1, 96) or cost is not None
    return cost is not None and cost.complete


def _with_estimates(
    found: MonthCost, costs: Costs, now: datetime, forecaster: Forecaster | None
) -> MonthCost:
    """Return a month with what it will probably cost."""
    month = found.month
    if now >= month.end:
        values = {
            "linear": found.full,
            "estimate": found.full,
            "low": found.energy_low + found.subscription,
            "high": found.energy_high + found.subscription,
        }
        return _replace(found, **values)
    if now < month.start:
        return found
    linear: Decimal | None = None
    if now > month.start:
        whole = (month.end - month.start) // _TICK
        passed = (now - month.start) // _TICK
        linear = found.energy * whole / passed + found.subscription
    forecast = forecaster(costs, now, month.end) if forecaster else None
    if forecast is None:
        return _replace(found, linear=linear)
    spent = found.energy_low + found.subscription
    return _replace(
        found,
        linear=linear,
        estimate=found.full + forecast.cost,
        # What is spent is spent
        low=spent + max(forecast.cost - forecast.spread, NOTHING),
        high=found.energy_high + found.subscription + forecast.cost + forecast.spread,
        method=forecast.method,
    )


def _replace(found: MonthCost, **values: Decimal | str | None) -> MonthCost:
    """Return a month with other values."""
    return MonthCost(**(found.__dict__ | values))


def period_cost(costs: Costs, first: Month, last: Month, now: datetime) -> MonthCost:
    """Return what the months from the first to the last cost together until now.

    The estimates stay empty, and ``month`` is the last.
    """
    months: list[MonthCost] = []
    month = first
    while month <= last:
        months.append(month_cost(costs, month, now))
        month = month.next
    carries: dict[Key, Carry] = {}
    for one in months:
        add_carries(carries, one.carries)
    return MonthCost(
        last,
        sum((one.energy_low for one in months), NOTHING),
        sum((one.energy for one in months), NOTHING),
        sum((one.energy_high for one in months), NOTHING),
        sum((one.subscription for one in months), NOTHING),
        sum((one.accrued for one in months), NOTHING),
        carries=carries,
        unsorted=sum(one.unsorted for one in months),
        complete=all(one.complete for one in months),
        interpolated=any(one.interpolated for one in months),
        subscription_known=all(one.subscription_known for one in months),
    )


def last_twelve_months(now: datetime) -> tuple[Month, Month]:
    """Return the first and the last of the twelve whole months before this one."""
    this = Month.of(day_of(now))
    last = Month.of(this.first - DAY)
    return Month(this.year - 1, this.number), last
