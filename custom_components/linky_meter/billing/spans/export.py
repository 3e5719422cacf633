"""What there is to show of exported energy: what it brings, and what is left to pay."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass

from ...linky_tic.costs.estimate.spans import Part
from ...linky_tic.costs.export.terms import ExportKind
from ..entity import (
    ENERGY,
    OFF,
    TOTAL,
    CostSensorEntityDescription,
    cost_row,
    seen,
    shown,
)
from ..keeper import CostKeeper
from .parts import of_part, span_settings


def _has_terms(costs: CostKeeper) -> bool:
    return bool(costs.settings.export)


def _has_battery(costs: CostKeeper) -> bool:
    return costs.settings.export.has(ExportKind.BATTERY)


def _has_bills(costs: CostKeeper) -> bool:
    return _has_terms(costs) and costs.settings.billing is not None


def _net(part: Part, **settings: Any) -> CostSensorEntityDescription:
    wanted = _has_bills if part is Part.BILL else _has_terms
    return cost_row(
        f"net_cost_{part}",
        value_fn=of_part(part, lambda found: shown(found.net)),
        **TOTAL | span_settings(part) | {"wanted_fn": wanted} | settings,
    )


EXPORT_SENSORS = (
    cost_row(
        "export_revenue",
        value_fn=seen(lambda view: shown(view.revenue)),
        reset_fn=lambda costs: costs.kept.restarted,
        wanted_fn=_has_terms,
        **TOTAL,
    ),
    cost_row(
        "export_revenue_month",
        value_fn=of_part(Part.MONTH, lambda found: shown(found.revenue)),
        **TOTAL | span_settings(Part.MONTH) | {"wanted_fn": _has_terms} | OFF,
    ),
    _net(Part.TODAY, **OFF),
    _net(Part.MONTH),
    _net(Part.CALENDAR_YEAR, **OFF),
    _net(Part.BILL),
    cost_row(
        "virtual_battery",
        value_fn=seen(lambda view: view.export and Decimal(view.export.stored)),
        wanted_fn=_has_battery,
        **ENERGY
        | {
            "device_class": SensorDeviceClass.ENERGY_STORAGE,
            "state_class": SensorStateClass.MEASUREMENT,
        },
    ),
)
