"""What of costs is told: one's own month, and that of each offer beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
import json
from typing import Any

from ....costs.book.view import CostView
from ....costs.calendar.days import midnight
from ....costs.estimate.answers import about_best, about_power, contract_name
from ....costs.estimate.compare import Comparison
from ....costs.estimate.daily import NOTHING
from ....costs.estimate.figures import (
    COMPARED,
    YEAR,
    YEAR_DIFFERENCE,
    compared,
    completeness,
)
from ....costs.estimate.month import MonthCost, cents
from ....costs.estimate.spans import Part, SpanSum, Sums
from ....costs.ledger.rows import Carry, Key
from ....costs.prices.prices import MANUAL, Quote
from ....costs.prices.regulated import next_regulated_change
from ....tic.tariffs import INDEXES, index_of
from ...accounts.book import Costs
from ..told import Told

type Amount = Decimal | str | None

OWN_CONTRACT = "own_contract"
NOT_ENOUGH_DATA = "not_enough_data"

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
SPANS: Mapping[str, tuple[Part, Callable[[SpanSum], Decimal]]] = {
    **{f"energy_{part}": (part, lambda one: Decimal(one.wh)) for part in Part},
    **{
        f"cost_{part}": (part, lambda one: one.total)
        for part in (Part.CALENDAR_YEAR, Part.BILL)
    },
}
"""Of the day, month, calendar year and bill that go on."""


def own(costs: Costs, told: Told) -> dict[str, object]:
    """Return what is told of one's own costs, ready for JSON."""
    if costs.own is None:
        return {}
    view, reading = costs.view, told.reading
    index = index_of(reading["tariff_period"], reading["contract"])
    if costs.own_hours is not None:
        index = costs.counted
    quote = costs.quotes.get(index or 0)
    found: dict[str, Amount] = {
        "current_price": quote and quote.value,
        "prices_valid_from": quote and quote.since.isoformat(),
        "price_source": quote and _source(quote),
    }
    for number in INDEXES:
        if number in costs.quotes:
            found[f"price_index_{number}"] = costs.quotes[number].value
            counted = view.by_index.get(number, Carry())
            found[f"cost_index_{number}"] = counted.cost
    found["cost_total"] = sum((one.cost for one in view.by_index.values()), NOTHING)
    found |= {key: look(costs.own) for key, look in MONTH.items()}
    found |= {"cost_today": view.today_total, "cost_yesterday": view.yesterday_total}
    year = view.years.get(None)
    found |= {
        "cost_last_month": _full(view.last_month),
        # A sum that is not known well is none
        "cost_year": _full(year) if year is not None and year.exact else None,
    }
    paid = view.subscription
    found["subscription"] = None if paid is None else cents(paid.value)
    if view.comparisons:
        found["cheapest_offer"] = _cheapest(view)
    for key, (part, amount) in SPANS.items():
        if part in view.sums.spans:
            found[key] = amount(view.sums.spans[part])
    found |= _of_export(view.sums)
    if (contract := costs.own_hours) is not None:
        name = contract.names.get(costs.counted or 0)
        found["contract_tariff"] = f"index_{name}" if (name or "").isdigit() else name
    found |= _of_year(view)
    change = view.next_change
    announced = change is not None
    if not announced and quote is not None and quote.source != MANUAL:
        change = next_regulated_change(view.day)
    found["next_price_change"] = None if change is None else change.isoformat()
    # Nobody is asked: they come with the package
    found["prices_checked"] = None
    about = {
        "best_contract": about_best(view.judgement),
        "recommended_power": about_power(view.advice),
        "next_price_change": {"announced": announced} if change else None,
    }
    # When sums began anew
    begun = {
        "restarted": costs.restarted and costs.restarted.isoformat(),
        "month_start": costs.own.month.start.isoformat(),
        "day_start": midnight(view.day).isoformat(),
        **{
            f"{part}_start": view.sums.spans[part].span.start.isoformat()
            for part in (Part.CALENDAR_YEAR, Part.BILL)
            if part in view.sums.spans
        },
    }
    values = {key: _plain(key, value) for key, value in found.items()}
    return {**values, **begun, "about": {k: _dated(v) for k, v in about.items()}}


def _dated(about: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what is told beside a value, with dates as JSON has them."""
    return (
        about
        if about is None
        else {
            key: told.isoformat() if isinstance(told, date) else told
            for key, told in about.items()
        }
    )


def _of_export(sums: Sums) -> dict[str, Amount]:
    """Return what exported energy brings, and what is left to pay."""
    if (day := sums.export) is None:
        return {}
    found: dict[str, Amount] = {
        "export_revenue": sums.revenue,
        "export_revenue_month": sums.spans[Part.MONTH].revenue,
        **{f"net_cost_{part}": one.net for part, one in sums.spans.items()},
    }
    if sums.battery:
        found["virtual_battery"] = Decimal(day.stored)
    return found


def _of_year(view: CostView) -> dict[str, Amount]:
    """Return the best contract and power, as far as twelve months are known."""
    name, saving = None, None
    if (best := view.judgement.best) is not None:
        name = OWN_CONTRACT if best.own else contract_name(best)
        saving = -best.difference.expected if best.difference else None
    power = view.advice.recommended
    return {
        "best_contract": name if view.judgement.enough else NOT_ENOUGH_DATA,
        "best_contract_saving": saving,
        "recommended_power": None if power is None else Decimal(power),
        "recommended_power_saving": view.power_saving,
    }


def offer(one: Comparison, view: CostView) -> dict[str, object]:
    """Return what is told of an offer."""
    found: dict[str, Amount] = {key: compared(key, one) for key in COMPARED}
    year, own_year = view.years.get(one.offer.name), view.years.get(None)
    for key, of_year in YEAR.items():
        found[key] = None if year is None else of_year(year)
    for key, differ in YEAR_DIFFERENCE.items():
        found[key] = (
            None if year is None or own_year is None else differ(year, own_year)
        )
    for index, name in one.offer.names.items():
        carry = one.cost.carries.get(Key(one.offer.calendar, index), Carry())
        found[f"offer_energy_{name}"] = Decimal(carry.wh)
    found["offer_energy_unsorted"] = Decimal(one.cost.unsorted)
    begun = {"month_start": one.cost.month.start.isoformat()}
    return {**{key: _plain(key, value) for key, value in found.items()}, **begun}


def _full(cost: MonthCost | None) -> Decimal | None:
    return None if cost is None else cost.full


def _source(quote: Quote) -> str:
    """Return who told a price."""
    if quote.source == MANUAL:
        return "manual"
    return "cre" if quote.source == "CRE" else "bundled"


def _cheapest(view: CostView) -> str | None:
    """Return the name of the offer that costs least, one's own included."""
    if not view.judged:
        return None
    return OWN_CONTRACT if view.cheapest is None else view.cheapest


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
