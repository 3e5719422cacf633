"""The figures of months and years that are shown, under the keys of the integration's entities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from .compare import Comparison
from .month import MonthCost

COMPARED: Mapping[str, Callable[[Comparison], Decimal | None]] = {
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
"""Of an offer, in euros."""
YEAR: Mapping[str, Callable[[MonthCost], Decimal]] = {
    "offer_year": lambda year: year.full,
    "offer_year_low": lambda year: year.full_low,
    "offer_year_high": lambda year: year.full_high,
}
"""Of an offer's last twelve whole months, in euros."""
YEAR_DIFFERENCE: Mapping[str, Callable[[MonthCost, MonthCost], Decimal]] = {
    "offer_year_difference": lambda year, own: year.full - own.full,
    "offer_year_difference_low": lambda year, own: year.full_low - own.full_high,
    "offer_year_difference_high": lambda year, own: year.full_high - own.full_low,
}
"""By how much these differ from one's own."""


def compared(key: str, one: Comparison | None) -> Decimal | None:
    """Return a figure of an offer; a sum that lacks something would look cheap."""
    if one is None or one.cost.unpriced or not one.cost.subscription_known:
        return None
    return COMPARED[key](one)


def completeness(month: MonthCost) -> str:
    """Return how much of a month is known."""
    if not month.complete:
        return "incomplete"
    return "interpolated" if month.interpolated else "complete"
