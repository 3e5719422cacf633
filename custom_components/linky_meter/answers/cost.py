"""What some days cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from homeassistant.util import dt as dt_util

from ..billing.keeper import CostKeeper
from ..link.errors import refused
from ..linky_tic.costs.calendar.days import DAY, day_of, days_between
from ..linky_tic.costs.estimate.month import day_total
from ..linky_tic.costs.plan.timeline import MOST_DAYS


def cost_of(
    keeper: CostKeeper, first: date | None = None, last: date | None = None
) -> dict[str, Any]:
    """Return what days cost, the last one too: yesterday, if none is given.

    Raises ServiceValidationError.
    """
    now = dt_util.utcnow()
    today = day_of(now)
    first = first or last or today - DAY
    last = last or first
    if not first <= last <= today or (last - first).days >= MOST_DAYS:
        raise refused("bad_days")
    if not keeper.settings.chosen:
        raise refused("no_prices")
    keeper.feed()
    costs, _ = keeper.book.contracts
    days = {
        day: cost
        for day in days_between(first, last + DAY)
        if (cost := costs.day(day)) is not None
    }
    if not days:
        raise refused("no_costs_then" if keeper.kept.ledger.days else "no_costs")
    totals = (
        day_total(costs, day, cost, now if day == today else None)
        for day, cost in days.items()
    )
    low, energy, high = (
        sum((getattr(cost, part) for cost in days.values()), Decimal(0))
        for part in ("low", "expected", "high")
    )
    total = sum((one for one in totals if one is not None), Decimal(0))
    wh = sum(sum(cost.energy.values()) + cost.unsorted for cost in days.values())
    unpriced = sum(cost.unpriced for cost in days.values())
    return {
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "cost": _cents(total),
        "energy_cost": _cents(energy),
        "subscription": _cents(total - energy),
        "cost_low": _cents(total - energy + low),
        "cost_high": _cents(total - energy + high),
        "currency": "EUR",
        "energy": round(wh / 1000, 3),
        "unpriced_energy": round(unpriced / 1000, 3),
        # Today goes on
        "complete": len(days) == (last - first).days + 1
        and all(cost.complete for cost in days.values()),
    }


def _cents(amount: Decimal) -> float:
    return float(round(amount, 2))
