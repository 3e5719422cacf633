"""What there is to show of the day, month, calendar year and bill that go on now.

Energy, its cost, what exported energy brings, and what is left to pay.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass

from ..linky_tic.costs.book.view import CostView
from ..linky_tic.costs.estimate.spans import Part, SpanSum
from ..linky_tic.costs.export.terms import ExportKind
from ..linky_tic.costs.prices.prices import MANUAL
from ..linky_tic.costs.prices.regulated import next_regulated_change
from .entity import (
    ENERGY,
    OFF,
    TOTAL,
    CostSensorEntityDescription,
    CostValue,
    cost_row,
    seen,
    shown,
)
from .keeper import CostKeeper


def _has_bills(costs: CostKeeper) -> bool:
    return costs.settings.billing is not None


def _has_terms(costs: CostKeeper) -> bool:
    return bool(costs.settings.export)


def _has_both(costs: CostKeeper) -> bool:
    return _has_terms(costs) and _has_bills(costs)


def _has_battery(costs: CostKeeper) -> bool:
    return costs.settings.export.has(ExportKind.BATTERY)


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


def _of_part[T](part: Part, value: Callable[[SpanSum], T], view: CostView) -> T | None:
    found = view.sums.spans.get(part)
    return None if found is None else value(found)


def _start(found: SpanSum) -> datetime:
    return found.span.start


def _sum(
    part: Part, key: str, value: Callable[[SpanSum], CostValue], **settings: Any
) -> CostSensorEntityDescription:
    """Return a sensor of a sum, which begins anew with each of its spans."""
    return cost_row(
        f"{key}_{part}",
        value_fn=seen(partial(_of_part, part, value)),
        reset_fn=seen(partial(_of_part, part, _start)),
        **settings,
    )


def _energy(part: Part, **settings: Any) -> CostSensorEntityDescription:
    total = ENERGY | {"state_class": SensorStateClass.TOTAL}
    return _sum(part, "energy", lambda found: Decimal(found.wh), **total | settings)


def _cost(part: Part, **settings: Any) -> CostSensorEntityDescription:
    return _sum(part, "cost", lambda found: shown(found.total), **TOTAL | settings)


def _net(part: Part, **settings: Any) -> CostSensorEntityDescription:
    return _sum(part, "net_cost", lambda found: shown(found.net), **TOTAL | settings)


_OF_BILLS: dict[str, Any] = {"wanted_fn": _has_bills}
_OF_EXPORT: dict[str, Any] = {"wanted_fn": _has_terms}

SPAN_SENSORS = (
    _energy(Part.TODAY, **OFF),
    _energy(Part.MONTH, **OFF),
    _energy(Part.CALENDAR_YEAR, **OFF),
    _energy(Part.BILL, **_OF_BILLS),
    _cost(Part.CALENDAR_YEAR, **OFF),
    _cost(Part.BILL, **_OF_BILLS),
    cost_row(
        "next_price_change",
        value_fn=_next_change,
        attributes_fn=_about_change,
        device_class=SensorDeviceClass.DATE,
        **OFF,
    ),
    cost_row(
        "export_revenue",
        value_fn=seen(lambda view: view.sums.export and shown(view.sums.revenue)),
        reset_fn=lambda costs: costs.kept.restarted,
        **TOTAL | _OF_EXPORT,
    ),
    _sum(
        Part.MONTH,
        "export_revenue",
        lambda found: shown(found.revenue),
        **TOTAL | OFF | _OF_EXPORT,
    ),
    _net(Part.TODAY, **OFF | _OF_EXPORT),
    _net(Part.MONTH, **_OF_EXPORT),
    _net(Part.CALENDAR_YEAR, **OFF | _OF_EXPORT),
    _net(Part.BILL, wanted_fn=_has_both),
    cost_row(
        "virtual_battery",
        value_fn=seen(
            lambda view: view.sums.export and Decimal(view.sums.export.stored)
        ),
        wanted_fn=_has_battery,
        **ENERGY
        | {
            "device_class": SensorDeviceClass.ENERGY_STORAGE,
            "state_class": SensorStateClass.MEASUREMENT,
        },
    ),
)
