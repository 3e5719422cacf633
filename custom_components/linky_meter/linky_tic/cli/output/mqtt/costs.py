"""What of costs is told: one's own month, and that of each offer beside it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
import json

from ....costs.book.figures import (
    AMOUNTS,
    OF_OFFERS,
    OTHERS,
    SOMETIMES,
    next_change,
    source_of,
)
from ....costs.book.view import CostView
from ....costs.calendar.days import midnight
from ....costs.estimate.answers import about_best, about_power, dated
from ....costs.estimate.compare import Comparison
from ....costs.estimate.spans import Part
from ....costs.ledger.rows import Carry, Key
from ....tic.tariffs import INDEXES, index_of
from ...accounts.book import Costs
from ..teller import Told

type Amount = Decimal | str | None

# A hundredth of a cent, as the integration shows it
_SHOWN = Decimal("0.0001")


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
        "price_source": quote and source_of(quote),
    }
    for number in INDEXES:
        if number in costs.quotes:
            found[f"price_index_{number}"] = costs.quotes[number].value
            counted = view.by_index.get(number, Carry())
            found[f"cost_index_{number}"] = counted.cost
    for key, look in {**AMOUNTS, **OTHERS}.items():
        # No entity without exports, or without bills
        if (value := look(view)) is not None or key not in SOMETIMES:
            found[key] = value
    if not view.comparisons:
        del found["cheapest_offer"]
    if (contract := costs.own_hours) is not None:
        name = contract.names.get(costs.counted or 0)
        found["contract_tariff"] = f"index_{name}" if (name or "").isdigit() else name
    change = next_change(view, quote)
    found["next_price_change"] = None if change is None else change.isoformat()
    # Nobody is asked: they come with the package
    found["prices_checked"] = None
    about = {
        "best_contract": about_best(view.judgement),
        "recommended_power": about_power(view.advice),
        "next_price_change": change and {"announced": view.next_change is not None},
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
    return {**values, **begun, "about": {k: v and dated(v) for k, v in about.items()}}


def offer(one: Comparison, view: CostView) -> dict[str, object]:
    """Return what is told of an offer."""
    found = {key: look(view, one.offer.name) for key, look in OF_OFFERS.items()}
    for index, name in one.offer.names.items():
        carry = one.cost.carries.get(Key(one.offer.calendar, index), Carry())
        found[f"offer_energy_{name}"] = Decimal(carry.wh)
    found["offer_energy_unsorted"] = Decimal(one.cost.unsorted)
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
