"""Sums of months that are over and of all time, and the folding of old days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

from ..calendar.days import DAY, Month
from ..calendar.tempo import Colours
from ..export.terms import ExportList
from ..ledger.rows import KEPT_DAYS, UNCOUNTED, Carry, FoldedMonth, Key, add_carries
from .daily import Costs, first_day
from .exports import ExportDay, exports_before
from .month import MonthCost, last_twelve_months, month_cost, period_cost


def fold(own: Costs, today: date, terms: ExportList | None = None) -> list[Month]:
    """Fold the months that ended more than 400 days ago, at the prices known now.

    Their energy and cost by index stay, so that no sum changes; return the months.
    ``terms`` are those of exported energy.
    """
    ledger = own.ledger
    before = today - timedelta(days=KEPT_DAYS)
    over = [day for day in ledger.days if Month.of(day).next.first <= before]
    uncounted = {day for day in over if ledger.days[day].flags & UNCOUNTED}
    old = sorted({Month.of(day) for day in over if day not in uncounted})
    exports: Mapping[date, ExportDay] = {}
    if old and terms:
        exports = exports_before(own, terms, today).days
    for day in uncounted:
        del ledger.days[day]
    for month in old:
        # A row may come back into a folded month only through a clock that was wrong
        earlier = ledger.months.pop(month, None) or FoldedMonth()
        rows = [ledger.days[day] for day in month.each_day() if day in ledger.days]
        powers = [row.max_power for row in rows if row.max_power is not None]
        found = month_cost(own, month, month.end)
        carries = dict(earlier.carries)
        add_carries(carries, found.carries)
        ledger.months[month] = FoldedMonth(
            carries,
            found.subscription,
            found.subscription_known,
            found.complete,
            max(powers, default=earlier.max_power),
            *_exported(month, earlier, exports),
        )
        for day in month.each_day():
            ledger.days.pop(day, None)
    return old


def _exported(
    month: Month, earlier: FoldedMonth, exports: Mapping[date, ExportDay]
) -> tuple[Decimal, int | None]:
    """Return what the days of a month brought, and what was stored at its end."""
    if not exports:
        return earlier.revenue, earlier.stored
    days = [one for day, one in exports.items() if Month.of(day) == month]
    revenue = sum((one.revenue for one in days), earlier.revenue)
    return revenue, days[-1].stored if days else earlier.stored


def month_before(own: Costs, today: date) -> MonthCost | None:
    """Return what the month before that of a day cost.

    None where nothing of it is known, or has a price: it was not free.
    """
    month, first = Month.of(today), first_day(own.ledger)
    if first is None or first >= month.first:
        return None
    found = month_cost(own, Month.of(month.first - DAY), month.start)
    priced = found.subscription_known or found.unpriced < found.wh
    return found if priced else None


def whole_years(
    own: Costs, offers: Mapping[str, Costs], colours: Colours, today: date
) -> dict[str | None, MonthCost]:
    """Return what the last twelve whole months cost by offer, None is one's own.

    Only those of which all is known.
    """
    end = Month.of(today).start
    everyone: list[tuple[str | None, Costs]] = [(None, own), *offers.items()]
    years = {
        name: period_cost(costs, *last_twelve_months(end), end, colours)
        for name, costs in everyone
    }
    return {
        name: year
        for name, year in years.items()
        if year.complete and year.subscription_known and not year.unpriced
    }


def lifetime(own: Costs, without: date | None = None) -> dict[Key, Carry]:
    """Return energy and cost of each calendar and index since the ledger began.

    A price that arrives late moves it on the day it arrives. ``without`` is a day that
    is left out; so is what was told later.
    """
    found: dict[Key, Carry] = {}
    for folded in own.ledger.months.values():
        add_carries(found, folded.carries)
    for day, row in own.ledger.days.items():
        if day == without or row.flags & UNCOUNTED:
            continue
        if (cost := own.day(day)) is not None:
            add_carries(found, cost.carries())
    return found


def by_index(*parts: Mapping[Key, Carry]) -> dict[int, Carry]:
    """Return the sums of each index, whatever the calendar was."""
    found: dict[int, Carry] = {}
    for key, carry in chain.from_iterable(part.items() for part in parts):
        found[key.index] = found.get(key.index, Carry()).plus(carry)
    return found
