"""What a month costs: until now, and probably when it is over.

The energy of each day at the prices of that day, the subscription by day. Sums are
exact; only a subscription's part by days is rounded, at the 12th digit after the point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import NamedTuple

from ..calendar.days import DAY, Month, day_of, passed_part, utc
from ..calendar.tempo import Colours
from ..ledger.rows import Carry, Key, add_carries
from ..prices.prices import Quote
from .daily import NOTHING, Costs, DayCost, first_day
from .seasons import ByColour, narrowed

_TICK = timedelta(microseconds=1)
_CENT = Decimal("0.01")
_DIGITS = Decimal("1e-12")


def decimal_of(number: Fraction) -> Decimal:
    """Return a fraction to 12 digits after the point."""
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(_DIGITS)


def cents(amount: Decimal) -> Decimal:
    """Return an amount rounded for show, half a cent away from zero."""
    return amount.quantize(_CENT, "ROUND_HALF_UP")


class Forecast(NamedTuple):
    """What the rest of a month will probably cost, without subscription."""

    cost: Decimal
    spread: Decimal
    """Eight times in ten it is no further off."""
    method: str


type Outlook = Callable[[datetime], Forecast]
"""The forecast at a moment of a day."""
type Forecaster = Callable[[Costs, date, datetime], Outlook | None]
"""From a day until the end of the month; None when too little is known.

What it takes of days that are over is taken once, whatever the moments.
"""


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
    by_colour: tuple[tuple[date, ByColour], ...] = ()
    """What of the range depends on the colour of a Tempo day."""

    @property
    def total(self) -> Decimal:
        """Energy and the subscription until now."""
        return self.energy + self.accrued

    @property
    def full(self) -> Decimal:
        """Energy and the whole subscription: linkypy's current cost."""
        return self.energy + self.subscription

    @property
    def full_low(self) -> Decimal:
        """The least that energy and the whole subscription may be."""
        return self.energy_low + self.subscription

    @property
    def full_high(self) -> Decimal:
        """The most that they may be."""
        return self.energy_high + self.subscription

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


@dataclass(frozen=True)
class OpenMonth:
    """A month on one of its days, or as seen from another month.

    The days that are over are summed up once, for as many looks as the day brings.
    """

    over: MonthCost
    """Without the day itself, and without what is estimated."""
    today: date
    accrued: Fraction = Fraction(0)
    """Subscription of the days that are over."""
    part: Fraction = Fraction(0)
    """Subscription of the day."""
    outlook: Outlook | None = None
    folded: bool = False

    def at(self, costs: Costs, now: datetime) -> MonthCost:
        """Return the month at a moment of the day, in UTC; of ``costs`` only the day."""
        found, month = self.over, self.over.month
        if self.folded or now < month.start:
            return found
        if now < month.end:
            passed = self.accrued + self.part * passed_part(self.today, now)
            found = replace(found, accrued=decimal_of(passed))
            found = _with_day(found, costs.day(self.today), self.today, now)
        return _with_estimates(found, self.outlook, now)


def open_month(
    costs: Costs, month: Month, today: date, forecaster: Forecaster | None = None
) -> OpenMonth:
    """Return a month as all that is over before a day makes it."""
    if (folded := costs.folded(month.first)) is not None:
        low = sum((carry.cost for carry in folded.carries.values()), NOTHING)
        total = low + folded.subscription
        whole = MonthCost(
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
        return OpenMonth(whole, today, folded=True)
    found, known, began = MonthCost(month), True, first_day(costs.ledger)
    subscription = accrued = part = Fraction(0)
    for day in month.each_day():
        # Days of which no energy is known would make the rest of the month look dear
        if began is not None and day < began:
            found = replace(found, complete=False)
            continue
        quote = costs.subscription(day)
        known &= quote is not None
        monthly = day_share(quote, month)
        subscription += monthly
        if day == today:
            part = monthly
        if day < today:
            accrued += monthly
            found = _with_day(found, costs.day(day), day)
    found = replace(
        found,
        subscription=decimal_of(subscription),
        accrued=decimal_of(accrued),
        subscription_known=known,
    )
    outlook = None
    if forecaster is not None and month.first <= today < month.next.first:
        outlook = forecaster(costs, today, month.end)
    return OpenMonth(found, today, accrued, part, outlook)


def day_share(quote: Quote | None, month: Month) -> Fraction:
    """Return what a day has of the subscription of its month."""
    return Fraction(quote.value if quote else 0) / month.days


def day_total(
    costs: Costs, day: date, cost: DayCost | None, now: datetime | None = None
) -> Decimal | None:
    """Return what a day costs with its part of the subscription, until a moment.

    So the days of a month sum up to the month. None where nothing is known of one that
    is over.
    """
    share = day_share(costs.subscription(day), Month.of(day))
    if cost is None and now is None:
        return None
    passed = share if now is None else share * passed_part(day, now)
    return (cost.expected if cost else NOTHING) + decimal_of(passed)


def month_cost(
    costs: Costs, month: Month, now: datetime, forecaster: Forecaster | None = None
) -> MonthCost:
    """Return what a month costs as seen at a moment; raise NaiveTimeError."""
    now = utc(now)
    return open_month(costs, month, day_of(now), forecaster).at(costs, now)


def _with_day(
    found: MonthCost, cost: DayCost | None, day: date, now: datetime | None = None
) -> MonthCost:
    """Return a month with one more day, which is over or lasts until now."""
    complete = cost is not None and cost.complete
    if now is not None:
        complete = cost is not None or passed_part(day, now) < Fraction(1, 96)
    complete &= found.complete
    if cost is None:
        return replace(found, complete=complete)
    carries = dict(found.carries)
    add_carries(carries, cost.carries())
    return replace(
        found,
        energy_low=found.energy_low + cost.low,
        energy=found.energy + cost.expected,
        energy_high=found.energy_high + cost.high,
        carries=carries,
        unsorted=found.unsorted + cost.unsorted,
        by_colour=(*found.by_colour, *cost.by_colour),
        complete=complete,
        interpolated=found.interpolated or cost.interpolated,
    )


def _with_estimates(
    found: MonthCost, outlook: Outlook | None, now: datetime
) -> MonthCost:
    """Return a month that has begun with what it will probably cost."""
    month = found.month
    if now >= month.end:
        return replace(
            found,
            linear=found.full,
            estimate=found.full,
            low=found.full_low,
            high=found.full_high,
        )
    linear: Decimal | None = None
    if now > month.start:
        whole = (month.end - month.start) // _TICK
        passed = (now - month.start) // _TICK
        linear = found.energy * whole / passed + found.subscription
    if outlook is None:
        return replace(found, linear=linear)
    forecast = outlook(now)
    return replace(
        found,
        linear=linear,
        estimate=found.full + forecast.cost,
        # What is spent is spent
        low=found.full_low + max(forecast.cost - forecast.spread, NOTHING),
        high=found.full_high + forecast.cost + forecast.spread,
        method=forecast.method,
    )


def period_cost(
    costs: Costs,
    first: Month,
    last: Month,
    now: datetime,
    colours: Colours | None = None,
) -> MonthCost:
    """Return what the months from the first to the last cost together until now.

    The estimates stay empty, and ``month`` is the last. A range is narrowed by how many
    days of a colour a season has.
    """
    months: list[MonthCost] = []
    month = first
    while month <= last:
        months.append(month_cost(costs, month, now))
        month = month.next
    carries: dict[Key, Carry] = {}
    for one in months:
        add_carries(carries, one.carries)
    low, high = narrowed(
        sum((one.energy_low for one in months), NOTHING),
        sum((one.energy_high for one in months), NOTHING),
        chain.from_iterable(one.by_colour for one in months),
        colours or Colours(),
    )
    return MonthCost(
        last,
        low,
        sum((one.energy for one in months), NOTHING),
        high,
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
