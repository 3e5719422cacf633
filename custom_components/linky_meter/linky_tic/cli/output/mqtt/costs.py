"""What of costs is told: one's own month, and that of each offer beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
import json

from ....costs.calendar.days import midnight
from ....costs.estimate.compare import Comparison
from ....costs.estimate.figures import COMPARED, compared, completeness
from ....costs.estimate.month import MonthCost, cents
from ....tic.tariffs import INDEXES, index_of
from ...accounts.book import Costs
from ..told import Told

type Amount = Decimal | str | None

# A hundredth of a cent, as the integration shows it
_SHOWN = Decimal("0.0001")


MONTH: Mapping[str, Callable[[MonthCost], Amount]] = {
    "cost_month": lambda month: month.total,
    "cost_month_energy": lambda month: month.energy,
    "cost_month_full": lambda month: month.full,
    "cost_estimate": lambda month: month.estimate,
    "cost_estimate_low": lambda month: month.low,
    "cost_estimate_high": lambda month: month.high,
    "cost_estimate_linear": lambda month: month.linear,
    "cost_estimate_method": lambda month: month.method,
    "cost_month_data": completeness,
    "unpriced_energy": lambda month: Decimal(month.unpriced),
}


def own(costs: Costs, told: Told) -> dict[str, object]:
    """Return what is told of one's own costs, ready for JSON."""
    if costs.own is None:
        return {}
    reading = told.reading
    index = index_of(reading["tariff_period"], reading["contract"])
    found: dict[str, Amount] = {"current_price": costs.prices.get(index or 0)}
    for number in INDEXES:
        if number in costs.prices:
            found[f"price_index_{number}"] = costs.prices[number]
    found |= {key: look(costs.own) for key, look in MONTH.items()}
    found |= {"cost_today": costs.today, "cost_yesterday": costs.yesterday}
    quote = costs.subscription
    found["subscription"] = None if quote is None else cents(quote.value)
    # When sums began anew
    begun = {
        "month_start": costs.own.month.start.isoformat(),
        "day_start": midnight(costs.day).isoformat(),
    }
    return {**{key: _plain(key, value) for key, value in found.items()}, **begun}


def offer(one: Comparison) -> dict[str, object]:
    """Return what is told of an offer."""
    found = {key: compared(key, one) for key in COMPARED}
    begun = {"month_start": one.cost.month.start.isoformat()}
    return {**{key: _plain(key, value) for key, value in found.items()}, **begun}


def as_json(values: Mapping[str, object]) -> str:
    """Return it as a topic has it."""
    return json.dumps(values, ensure_ascii=False)


def _plain(key: str, value: Amount) -> float | str | None:
    """Return an amount as JSON has it; prices as exact as they are."""
    if not isinstance(value, Decimal):
        return value
    if key.startswith(("price_", "current_")):
        return float(value)
    return float(value.quantize(_SHOWN, "ROUND_HALF_UP"))
