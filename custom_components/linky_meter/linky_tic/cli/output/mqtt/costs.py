"""What of costs is told: one's own month, and that of each offer beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
import json

from ....costs.calendar.days import midnight
from ....costs.estimate.compare import Comparison, cheapest
from ....costs.estimate.daily import NOTHING
from ....costs.estimate.figures import (
    COMPARED,
    YEAR,
    YEAR_DIFFERENCE,
    compared,
    completeness,
)
from ....costs.estimate.month import MonthCost, cents
from ....costs.ledger.rows import Carry, Key
from ....costs.prices.prices import MANUAL, Quote
from ....tic.tariffs import INDEXES, index_of
from ...accounts.book import Costs
from ...accounts.past import Past
from ..told import Told

type Amount = Decimal | str | None

OWN_CONTRACT = "own_contract"

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


def own(costs: Costs, told: Told, offers: Collection[str] = ()) -> dict[str, object]:
    """Return what is told of one's own costs, ready for JSON.

    ``offers`` are the names of those that are told beside it.
    """
    if costs.own is None:
        return {}
    reading = told.reading
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
            counted = costs.by_index.get(number, Carry())
            found[f"cost_index_{number}"] = counted.cost
    found["cost_total"] = sum((one.cost for one in costs.by_index.values()), NOTHING)
    found |= {key: look(costs.own) for key, look in MONTH.items()}
    found |= {"cost_today": costs.today, "cost_yesterday": costs.yesterday}
    last, year = costs.past.last_month, costs.past.years.get(None)
    found |= {"cost_last_month": _full(last), "cost_year": _full(year)}
    paid = costs.subscription
    found["subscription"] = None if paid is None else cents(paid.value)
    if told_of := [one for one in costs.offers if one.offer.name in offers]:
        found["cheapest_offer"] = _cheapest(told_of)
    # When sums began anew
    begun = {
        "restarted": costs.restarted and costs.restarted.isoformat(),
        "month_start": costs.own.month.start.isoformat(),
        "day_start": midnight(costs.day).isoformat(),
    }
    return {**{key: _plain(key, value) for key, value in found.items()}, **begun}


def offer(one: Comparison, past: Past) -> dict[str, object]:
    """Return what is told of an offer."""
    found: dict[str, Amount] = {key: compared(key, one) for key in COMPARED}
    year, own_year = past.years.get(one.offer.name), past.years.get(None)
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


def _cheapest(offers: list[Comparison]) -> str | None:
    """Return the name of the offer that costs least, one's own included."""
    best = cheapest(offers)
    if best is None:
        return None
    saves = (best.estimate or best.difference).expected < 0
    return best.offer.name if saves else OWN_CONTRACT


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
