"""What there is to show of the day, month, calendar year and bill that go on now.

Energy, its cost, what exported energy brings, and what is left to pay.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass

from ..linky_tic.costs.book.figures import next_change, of_part
from ..linky_tic.costs.estimate.spans import Part, SpanSum
from ..linky_tic.costs.export.terms import ExportKind
from .entity import (
    ENERGY,
    OFF,
    TOTAL,
    CostSensorEntityDescription,
    cost_row,
    money_row,
    other_row,
    seen,
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
    """Return when another price holds, as far as that can be said."""
    view = costs.view
    return None if view is None else next_change(view, costs.price(costs.counted))


def _about_change(costs: CostKeeper) -> dict[str, Any] | None:
    """Return whether the prices after the change are known."""
    if _next_change(costs) is None or costs.view is None:
        return None
    return {"announced": costs.view.next_change is not None}


def _start(found: SpanSum) -> datetime:
    return found.span.start


def _since(part: Part) -> dict[str, Any]:
    """Return when a sum began anew: with each of its spans."""
    return {"reset_fn": seen(partial(of_part, part, _start))}


def _energy(part: Part, **settings: Any) -> CostSensorEntityDescription:
    total = ENERGY | {"state_class": SensorStateClass.TOTAL}
    return other_row(f"energy_{part}", **total | _since(part) | settings)


def _sum(key: str, part: Part, **settings: Any) -> CostSensorEntityDescription:
    return money_row(key, **TOTAL | _since(part) | settings)


_OF_BILLS: dict[str, Any] = {"wanted_fn": _has_bills}
_OF_EXPORT: dict[str, Any] = {"wanted_fn": _has_terms}

SPAN_SENSORS = (
    _energy(Part.TODAY, **OFF),
    _energy(Part.MONTH, **OFF),
    _energy(Part.CALENDAR_YEAR, **OFF),
    _energy(Part.BILL, **_OF_BILLS),
    _sum("cost_calendar_year", Part.CALENDAR_YEAR, **OFF),
    _sum("cost_bill", Part.BILL, **_OF_BILLS),
    cost_row(
        "next_price_change",
        value_fn=_next_change,
        attributes_fn=_about_change,
        device_class=SensorDeviceClass.DATE,
        **OFF,
    ),
    money_row(
        "export_revenue",
        reset_fn=lambda costs: costs.kept.restarted,
        **TOTAL | _OF_EXPORT,
    ),
    _sum("export_revenue_month", Part.MONTH, **OFF | _OF_EXPORT),
    _sum("net_cost_today", Part.TODAY, **OFF | _OF_EXPORT),
    _sum("net_cost_month", Part.MONTH, **_OF_EXPORT),
    _sum("net_cost_calendar_year", Part.CALENDAR_YEAR, **OFF | _OF_EXPORT),
    _sum("net_cost_bill", Part.BILL, wanted_fn=_has_both),
    other_row(
        "virtual_battery",
        wanted_fn=_has_battery,
        **ENERGY
        | {
            "device_class": SensorDeviceClass.ENERGY_STORAGE,
            "state_class": SensorStateClass.MEASUREMENT,
        },
    ),
)
