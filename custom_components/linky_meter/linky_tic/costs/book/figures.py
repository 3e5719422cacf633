"""What is shown of costs, under the keys of the integration's entities.

Amounts are in euros, energy in Wh, powers in kVA.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial

from ..estimate.answers import contract_name
from ..estimate.compare import Comparison
from ..estimate.daily import NOTHING
from ..estimate.dynamic import TOLD
from ..estimate.month import MonthCost, cents
from ..estimate.spans import Part, SpanSum
from ..prices.prices import MANUAL, Quote
from ..prices.regulated import next_regulated_change
from .view import CostView

NOT_ENOUGH_DATA = "not_enough_data"
OWN_CONTRACT = "own_contract"


def completeness(month: MonthCost) -> str:
    """Return how much of a month is known."""
    if not month.complete:
        return "incomplete"
    return "interpolated" if month.interpolated else "complete"


def _year(view: CostView) -> Decimal | None:
    """Return what the last twelve months cost: a sum not known well is none."""
    year = view.years.get(None)
    return year.full if year is not None and year.exact else None


def _cheapest(view: CostView) -> str | None:
    """Return the name of the offer that costs least, one's own included."""
    if not view.judged:
        return None
    if view.cheapest is None:
        return OWN_CONTRACT
    return view.comparisons[view.cheapest].offer.name


def _best(view: CostView) -> str | None:
    """Return the cheapest contract of the last twelve months."""
    if not view.judgement.enough:
        return NOT_ENOUGH_DATA
    if (best := view.judgement.best) is None:
        return None
    return OWN_CONTRACT if best.own else contract_name(best)


def _best_saving(view: CostView) -> Decimal | None:
    best = view.judgement.best
    return -best.difference.expected if best and best.difference else None


def of_part[T](part: Part, look: Callable[[SpanSum], T], view: CostView) -> T | None:
    """Return something of a span that goes on, None where there is none."""
    found = view.sums.spans.get(part)
    return None if found is None else look(found)


def _of_export(
    part: Part, look: Callable[[SpanSum], Decimal], view: CostView
) -> Decimal | None:
    return None if view.sums.export is None else of_part(part, look, view)


def _battery(view: CostView) -> Decimal | None:
    export = view.sums.export
    return Decimal(export.stored) if export and view.sums.battery else None


AMOUNTS: Mapping[str, Callable[[CostView], Decimal | None]] = {
    "cost_total": lambda view: sum((c.cost for c in view.by_index.values()), NOTHING),
    "cost_month": lambda view: view.month.total,
    "cost_month_energy": lambda view: view.month.energy,
    "cost_month_full": lambda view: view.month.full,
    "cost_estimate": lambda view: view.month.estimate,
    "cost_estimate_low": lambda view: view.month.low,
    "cost_estimate_high": lambda view: view.month.high,
    "cost_estimate_linear": lambda view: view.month.linear,
    "cost_today": lambda view: view.today_total,
    "cost_yesterday": lambda view: view.yesterday_total,
    "cost_last_month": lambda view: (
        None if view.last_month is None else view.last_month.full
    ),
    "cost_year": _year,
    "best_contract_saving": _best_saving,
    "recommended_power_saving": lambda view: view.power_saving,
    **{
        f"cost_{part}": partial(of_part, part, lambda one: one.total)
        for part in (Part.CALENDAR_YEAR, Part.BILL)
    },
    **{
        f"net_cost_{part}": partial(_of_export, part, lambda one: one.net)
        for part in Part
    },
    "export_revenue_month": partial(_of_export, Part.MONTH, lambda one: one.revenue),
    "export_revenue": lambda view: (
        None if view.sums.export is None else view.sums.revenue
    ),
}
"""Of one's own contract, in euros."""
OTHERS: Mapping[str, Callable[[CostView], Decimal | str | None]] = {
    "cost_estimate_method": lambda view: view.month.method,
    "cost_month_data": lambda view: completeness(view.month),
    "subscription": lambda v: v.subscription and cents(v.subscription.value),
    "unpriced_energy": lambda view: Decimal(view.month.unpriced),
    "cheapest_offer": _cheapest,
    "best_contract": _best,
    "recommended_power": lambda view: (
        None if (power := view.advice.recommended) is None else Decimal(power)
    ),
    **{
        f"energy_{part}": partial(of_part, part, lambda one: Decimal(one.wh))
        for part in Part
    },
    "virtual_battery": _battery,
}
"""What else is told of it."""
SOMETIMES = {
    *("energy_bill", "cost_bill"),
    *(f"net_cost_{part}" for part in Part),
    *("export_revenue", "export_revenue_month", "virtual_battery"),
}
"""Of both, what is only there with bills or with exported energy."""
_SOURCES = {MANUAL: "manual", "CRE": "cre", TOLD: "told"}


def source_of(quote: Quote) -> str:
    """Return the key of who told a price, if it did not come with this package."""
    return _SOURCES.get(quote.source, "bundled")


def next_change(view: CostView, quote: Quote | None) -> date | None:
    """Return when another price holds: one that is known, or else as regulated.

    ``quote`` is the price that counts.
    """
    if view.next_change is not None:
        return view.next_change
    if quote is None or quote.source == MANUAL:
        return None
    return next_regulated_change(view.day)


_COMPARED: Mapping[str, Callable[[Comparison], Decimal | None]] = {
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
_YEAR: Mapping[str, Callable[[MonthCost], Decimal]] = {
    "offer_year": lambda year: year.full,
    "offer_year_low": lambda year: year.full_low,
    "offer_year_high": lambda year: year.full_high,
}
_YEAR_DIFFERENCE: Mapping[str, Callable[[MonthCost, MonthCost], Decimal]] = {
    "offer_year_difference": lambda year, own: year.full - own.full,
    "offer_year_difference_low": lambda year, own: year.full_low - own.full_high,
    "offer_year_difference_high": lambda year, own: year.full_high - own.full_low,
}


def _compared(
    look: Callable[[Comparison], Decimal | None], view: CostView, offer: str
) -> Decimal | None:
    """Return a figure of a month; a sum that lacks something would look cheap."""
    one = view.comparisons.get(offer)
    if one is None or one.cost.unpriced or not one.cost.subscription_known:
        return None
    return look(one)


def _of_year(
    look: Callable[[MonthCost], Decimal], view: CostView, offer: str
) -> Decimal | None:
    year = view.years.get(offer)
    return None if year is None else look(year)


def _differs(
    look: Callable[[MonthCost, MonthCost], Decimal], view: CostView, offer: str
) -> Decimal | None:
    year, own = view.years.get(offer), view.years.get(None)
    return None if year is None or own is None else look(year, own)


OF_YEARS: Mapping[str, Callable[[CostView, str], Decimal | None]] = {
    **{key: partial(_of_year, look) for key, look in _YEAR.items()},
    **{key: partial(_differs, look) for key, look in _YEAR_DIFFERENCE.items()},
}
"""Of an offer's last twelve whole months, in euros."""
OF_OFFERS: Mapping[str, Callable[[CostView, str], Decimal | None]] = {
    **{key: partial(_compared, look) for key, look in _COMPARED.items()},
    **OF_YEARS,
}
"""Of an offer, in euros."""
