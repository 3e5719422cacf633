"""Typed prices that can be but are seldom meant: to be asked back, never refused.

Beside the regulated price of the same hours: two prices swapped, without taxes, in
another unit, or none at all. (Offers without regulated hours of their own, as those of
windows, are only held against the cheapest and the dearest regulated price.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ..calendar.calendars import BASE, EJP, OFF_PEAK, TEMPO
from .offers import CALENDARS, Structure
from .prices import PricePeriod
from .regulated import Grid, Row

WEEK_END = CALENDARS[Structure.WEEK_END]
FAR = Decimal("0.4")
"""More than this part away from the regulated price is asked back."""
_UNTAXED = Decimal("0.55"), Decimal("0.8")
_UNTAXED_LEAST = Decimal("0.76")
"""Without taxes: 0.61 (Tempo, blue off-peak) to 0.69 (Base), but red peak 0.79."""
_USUAL_POWER = 6
_PAIRS: dict[str, tuple[tuple[int, int], ...]] = {
    OFF_PEAK: ((1, 2),),
    EJP: ((1, 2),),
    TEMPO: ((1, 2), (3, 4), (5, 6)),
    WEEK_END: ((1, 2), (3, 2)),
}
"""Which index is never dearer than which other, by calendar."""
_LIKE = {1: 1, 2: 2, 3: 1}
"""Which regulated hours those of a week-end offer are nearest to."""


class DoubtKind(StrEnum):
    """What is strange about a price; the values are keys for words."""

    FREE = "free_price"
    SWAPPED = "swapped_prices"
    """Off-peak is dearer than peak."""
    UNTAXED = "untaxed_prices"
    FAR = "far_price"
    FAR_SUBSCRIPTION = "far_subscription"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One strange thing."""

    kind: DoubtKind
    index: int | None = None
    """Which price it is, None for all of them or the subscription."""
    value: Decimal | None = None
    """What was typed, euros per kWh or a month."""
    usual: Decimal | None = None
    """The regulated one, or of swapped prices the other that was typed."""


def doubts(
    period: PricePeriod, grid: Grid, power: int | None, day: date | None = None
) -> tuple[Doubt, ...]:
    """Return what is strange about the prices of a period.

    Held against the regulated prices of ``day``, by default the period's first;
    ``power`` is the subscribed one in kVA, and None lets subscriptions be. Empty where
    all is as usual, or nothing is there to compare with. A free price is told in any
    case: it may be right for one's own contract, and wants to be confirmed in an offer.
    """
    day, key = day or period.start, period.calendar
    prices, subscription = period.prices, period.subscription
    found = [Doubt(DoubtKind.FREE, i, p) for i, p in sorted(prices.items()) if not p]
    found += [
        Doubt(DoubtKind.SWAPPED, low, prices[low], prices[high])
        for low, high in _PAIRS.get(key, ())
        if low in prices and high in prices and prices[low] > prices[high]
    ]
    usual = _usual(key, prices, grid, power or _USUAL_POWER, day)
    paid = {i: price for i, price in prices.items() if price and i in usual}
    if _untaxed(paid, usual):
        found.append(Doubt(DoubtKind.UNTAXED))
    else:
        found += [
            Doubt(DoubtKind.FAR, i, price, low if price < low else high)
            for i, price in sorted(paid.items())
            for low, high in (usual[i],)
            if not low * (1 - FAR) <= price <= high * (1 + FAR)
        ]
    if power is not None and subscription:
        known = _subscription(key, grid, power, day)
        if known and abs(subscription / known - 1) > FAR:
            found.append(Doubt(DoubtKind.FAR_SUBSCRIPTION, None, subscription, known))
    return tuple(found)


def _row(calendar: str, grid: Grid, power: int, day: date) -> Row | None:
    sold = grid.power_for(calendar, power)
    found = None if sold is None else grid.in_force(calendar, sold, day)
    return found.row if found else None


def _usual(
    calendar: str, indexes: Iterable[int], grid: Grid, power: int, day: date
) -> dict[int, tuple[Decimal, Decimal]]:
    """Return the least and the greatest regulated price that an index may be like."""
    if row := _row(calendar, grid, power, day):
        return {index: (price, price) for index, price in enumerate(row.prices, 1)}
    base, split = (_row(one, grid, power, day) for one in (BASE, OFF_PEAK))
    if base is None or split is None:
        return {}
    if calendar == WEEK_END:
        prices = {index: split.prices[same - 1] for index, same in _LIKE.items()}
        return {index: (price, price) for index, price in prices.items()}
    known = (*base.prices, *split.prices)
    return dict.fromkeys(indexes, (min(known), max(known)))


def _untaxed(
    prices: Mapping[int, Decimal], usual: Mapping[int, tuple[Decimal, Decimal]]
) -> bool:
    """Return whether all prices look as the regulated ones do without taxes."""
    ratios = [
        price / least
        for index, price in prices.items()
        for least, most in (usual[index],)
        if least == most
    ]
    low, high = _UNTAXED
    return (
        len(ratios) == len(prices) > 0
        and low <= min(ratios) <= _UNTAXED_LEAST
        and max(ratios) <= high
    )


def _subscription(calendar: str, grid: Grid, power: int, day: date) -> Decimal | None:
    row = _row(calendar, grid, power, day) or _row(BASE, grid, power, day)
    return row.subscription if row else None
