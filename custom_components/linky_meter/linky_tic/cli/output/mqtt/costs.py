"""What of costs is told: one's own month, and that of each offer beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
import json

from ....costs.calendar.days import midnight
from ....costs.estimate.compare import Comparison
from ....costs.estimate.month import MonthCost, cents
from ....tic.tariffs import INDEXES, index_of
from ...accounts.book import Costs
from ..told import Told

type Amount = Decimal | str | None

# A hundredth of a cent, as the integration shows it
_SHOWN = Decimal("0.0001")


def _completeness(month: MonthCost) -> str:
    if not month.complete:
        return "incomplete"
    return "interpolated" if month.interpolated else "complete"


MONTH: Mapping[str, Callable[[MonthCost], Amount]] = {
    "cost_month": lambda month: month.total,
    "cost_month_energy": lambda month: month.energy,
    "cost_month_full": lambda month: month.full,
    "cost_estimate": lambda month: month.estimate,
    "cost_estimate_low": lambda month: month.low,
    "cost_estimate_high": lambda month: month.high,
    "cost_estimate_linear": lambda month: month.linear,
    "cost_estimate_method": lambda month: month.method,
    "cost_month_data": _completeness,
    "unpriced_energy": lambda month: Decimal(month.unpriced),
}
_OFFER: Mapping[str, Callable[[Comparison], Amount]] = {
    "offer_cost": lambda one: one.cost.total,
    "offer_cost_low": lambda one: one.cost.energy_low + one.cost.accrued,
    "offer_cost_high": lambda one: one.cost.energy_high + one.cost.accrued,
    "offer_estimate": lambda one: one.cost.estimate,
    "offer_estimate_low": lambda one: one.cost.low,
    "offer_estimate_high": lambda one: one.cost.high,
    "offer_difference": lambda one: one.difference.expected,
    "offer_difference_low": lambda one: one.difference.low,
    "offer_difference_high": lambda one: one.difference.high,
    "offer_estimate_difference": lambda one: one.estimate and one.estimate.expected,
}
"""By the keys of the integration."""


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
    """Return what is told of an offer; a sum that lacks something would look cheap."""
    lacks = bool(one.cost.unpriced) or not one.cost.subscription_known
    found = {key: None if lacks else look(one) for key, look in _OFFER.items()}
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
