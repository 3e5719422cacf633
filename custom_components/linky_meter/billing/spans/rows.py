"""What there is to show of the day, month, calendar year and bill that go on now."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass

from ...linky_tic.costs.estimate.spans import Part
from ...linky_tic.costs.prices.prices import MANUAL
from ...linky_tic.costs.prices.regulated import next_regulated_change
from ..entity import ENERGY, OFF, TOTAL, CostSensorEntityDescription, cost_row, shown
from ..keeper import CostKeeper
from .export import EXPORT_SENSORS
from .parts import of_part, span_settings


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


def _sum(part: Part, key: str, **settings: Any) -> CostSensorEntityDescription:
    wanted = {"wanted_fn": _has_bills} if part is Part.BILL else {}
    return cost_row(f"{key}_{part}", **settings | span_settings(part) | wanted)


def _energy(part: Part, **settings: Any) -> CostSensorEntityDescription:
    value = of_part(part, lambda found: Decimal(found.wh))
    total = ENERGY | {"state_class": SensorStateClass.TOTAL}
    return _sum(part, "energy", value_fn=value, **total | settings)


def _cost(part: Part, **settings: Any) -> CostSensorEntityDescription:
    value = of_part(part, lambda found: shown(found.total))
    return _sum(part, "cost", value_fn=value, **TOTAL | settings)


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
    *EXPORT_SENSORS,
)
