"""What there is to show of the day, month, calendar year and bill that go on now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass

from ...linky_tic.costs.estimate.spans import Part, SpanSum
from ...linky_tic.costs.prices.prices import MANUAL
from ...linky_tic.costs.prices.regulated import next_regulated_change
from ..entity import ENERGY, OFF, TOTAL, CostValue, cost_row, seen, shown
from ..keeper import CostKeeper
from ..view import CostView


def _sum(part: Part, view: CostView) -> SpanSum | None:
    return view.spans.get(part)


def _of(part: Part, value: Callable[[SpanSum], CostValue]) -> Any:
    """Return what reads a sum; there is nothing where there is none."""

    def look(view: CostView) -> CostValue:
        return None if (found := _sum(part, view)) is None else value(found)

    return seen(look)


def _start(part: Part, view: CostView) -> datetime | None:
    return None if (found := _sum(part, view)) is None else found.span.start


def _span(part: Part, **settings: Any) -> dict[str, Any]:
    """Return what sensors of a span share: it begins anew with each."""
    found = settings | {"reset_fn": seen(partial(_start, part))}
    if part is Part.BILL:
        found["wanted_fn"] = _has_bills
    return found


def _has_bills(costs: CostKeeper) -> bool:
    return costs.settings.billing is not None


def _next_change(costs: CostKeeper) -> date | None:
    """Return when another price holds: one that is known, or else as regulated."""
    if (view := costs.view) is None:
        return None
    if view.next_change is not None:
        return view.next_change
    quote = costs.price(costs.counted)
    if quote is None or quote.source == MANUAL:
        return None
    return next_regulated_change(view.day)


def _about_change(costs: CostKeeper) -> dict[str, Any] | None:
    """Return whether the prices after the change are known."""
    if _next_change(costs) is None or costs.view is None:
        return None
    return {"announced": costs.view.next_change is not None}


_ENERGY_TOTAL = ENERGY | {"state_class": SensorStateClass.TOTAL}


def _energy(part: Part, **settings: Any) -> Any:
    return cost_row(
        f"energy_{part}",
        value_fn=_of(part, lambda found: Decimal(found.wh)),
        **_ENERGY_TOTAL | _span(part, **settings),
    )


def _cost(part: Part, **settings: Any) -> Any:
    return cost_row(
        f"cost_{part}",
        value_fn=_of(part, lambda found: shown(found.total)),
        **TOTAL | _span(part, **settings),
    )


SPAN_SENSORS = (
    _energy(Part.TODAY, **OFF),
    _energy(Part.MONTH, **OFF),
    _energy(Part.CALENDAR_YEAR, **OFF),
    _energy(Part.BILL),
    _cost(Part.CALENDAR_YEAR, **OFF),
    _cost(Part.BILL),
    cost_row(
        "next_price_change",
        value_fn=_next_change,
        attributes_fn=_about_change,
        device_class=SensorDeviceClass.DATE,
        **OFF,
    ),
)
