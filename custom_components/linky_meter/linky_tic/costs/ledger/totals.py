"""Sums over all time, and the folding of old days that keeps them."""

from __future__ import annotations

from datetime import date, timedelta

from ..calendar.days import Month
from ..estimate.daily import OwnCosts
from ..estimate.month import month_cost
from ..prices.prices import Prices
from .ledger import Ledger
from .rows import Carry, FoldedMonth, Key, add_carries

KEPT_DAYS = 400
"""Days whose rows are kept, so that a price that arrives late still corrects them."""


def fold(ledger: Ledger, prices: Prices, today: date) -> list[Month]:
    """Fold the months that ended more than 400 days ago, at the prices known now.

    Their energy and cost by index stay, so that no sum changes; return the months.
    """
    before = today - timedelta(days=KEPT_DAYS)
    old = sorted(
        {Month.of(day) for day in ledger.days if Month.of(day).next.first <= before}
    )
    costs = OwnCosts(ledger, prices)
    for month in old:
        # A row may come back into a folded month only through a clock that was wrong
        earlier = ledger.months.pop(month, None) or FoldedMonth()
        rows = [ledger.days[day] for day in month.each_day() if day in ledger.days]
        powers = [row.max_power for row in rows if row.max_power is not None]
        found = month_cost(costs, month, month.end)
        carries = dict(earlier.carries)
        add_carries(carries, found.carries)
        ledger.months[month] = FoldedMonth(
            carries,
            found.subscription,
            found.subscription_known,
            found.complete,
            max(powers, default=earlier.max_power),
        )
        for day in month.each_day():
            ledger.days.pop(day, None)
    return old


def lifetime(ledger: Ledger, prices: Prices) -> dict[Key, Carry]:
    """Return energy and cost of each calendar and index since the ledger began.

    A price that arrives late moves it on the day it arrives.
    """
    found: dict[Key, Carry] = {}
    for folded in ledger.months.values():
        add_carries(found, folded.carries)
    costs = OwnCosts(ledger, prices)
    for cost in filter(None, map(costs.day, ledger.days)):
        add_carries(found, cost.carries())
    return found


def lifetime_by_index(ledger: Ledger, prices: Prices) -> dict[int, Carry]:
    """Return the same by index, whatever the calendar was."""
    found: dict[int, Carry] = {}
    for key, carry in lifetime(ledger, prices).items():
        found[key.index] = found.get(key.index, Carry()).plus(carry)
    return found


def unpriced_keys(ledger: Ledger, prices: Prices) -> set[Key]:
    """Return what has energy and no price on some day."""
    return {key for key, carry in lifetime(ledger, prices).items() if carry.unpriced}
