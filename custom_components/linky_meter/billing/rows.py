"""What there is to show of one's own costs: one description per sensor."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfEnergy

from ..linky_tic.costs.calendar.days import midnight
from ..linky_tic.costs.estimate.month import cents
from .entity import (
    MONEY,
    OFF,
    PRICE,
    TOTAL,
    CostSensorEntityDescription,
    month_start,
    shown,
)
from .view import CostView

_DIAGNOSTIC_OFF: dict[str, Any] = OFF | {"entity_category": EntityCategory.DIAGNOSTIC}


def _row(key: str, **settings: Any) -> CostSensorEntityDescription:
    """Return one description, named by its key."""
    settings.setdefault("translation_key", key)
    return CostSensorEntityDescription(key=key, **settings)


def _today(view: CostView) -> datetime:
    """Return when the day began."""
    return midnight(view.day)


def _completeness(view: CostView) -> str:
    """Return how much of the month is known."""
    if not view.month.complete:
        return "incomplete"
    return "interpolated" if view.month.interpolated else "complete"


def _subscription(view: CostView) -> Decimal | None:
    """Return the subscription of a month in force today."""
    return None if view.subscription is None else cents(view.subscription.value)


def _last_month(view: CostView) -> Decimal | None:
    """Return what the month before cost, subscription included.

    None as well where nothing of it has a price: it was not free.
    """
    month = view.last_month
    if month is None or not (month.subscription_known or month.unpriced < month.wh):
        return None
    return shown(month.full)


def _energy_total(view: CostView) -> Decimal:
    """Return what all energy cost since the ledger began."""
    return sum((one.cost for one in view.by_index.values()), Decimal(0))


COST_SENSORS: tuple[CostSensorEntityDescription, ...] = (
    _row("current_price", **PRICE),
    *(
        _row(f"price_index_{n}", translation_key="price_index", index=n, **PRICE | OFF)
        for n in range(1, 11)
    ),
    *(
        _row(f"cost_index_{n}", translation_key="cost_index", index=n, **TOTAL)
        for n in range(1, 11)
    ),
    _row("cost_total", value=lambda view: shown(_energy_total(view)), **TOTAL | OFF),
    _row(
        "cost_month",
        value=lambda view: shown(view.month.total),
        reset=month_start,
        **TOTAL,
    ),
    _row(
        "cost_month_energy",
        value=lambda view: shown(view.month.energy),
        reset=month_start,
        **TOTAL | OFF,
    ),
    _row(
        "cost_month_full",
        value=lambda view: shown(view.month.full),
        reset=month_start,
        **TOTAL | OFF,
    ),
    _row("cost_estimate", value=lambda view: shown(view.month.estimate), **MONEY),
    _row("cost_estimate_low", value=lambda view: shown(view.month.low), **MONEY | OFF),
    _row(
        "cost_estimate_high", value=lambda view: shown(view.month.high), **MONEY | OFF
    ),
    _row(
        "cost_estimate_linear",
        value=lambda view: shown(view.month.linear),
        **MONEY | OFF,
    ),
    _row(
        "cost_estimate_method",
        value=lambda view: view.month.method,
        device_class=SensorDeviceClass.ENUM,
        options=["recency", "tempo"],
        **_DIAGNOSTIC_OFF,
    ),
    _row(
        "cost_month_data",
        value=_completeness,
        device_class=SensorDeviceClass.ENUM,
        options=["complete", "interpolated", "incomplete"],
        **_DIAGNOSTIC_OFF,
    ),
    _row("cost_last_month", value=_last_month, **MONEY | OFF),
    _row("cost_year", **MONEY | OFF),
    _row("subscription", value=_subscription, **MONEY | OFF),
    _row(
        "cost_today",
        value=lambda view: shown(view.today.expected if view.today else Decimal(0)),
        reset=_today,
        **TOTAL | OFF,
    ),
    _row(
        "cost_yesterday",
        value=lambda view: shown(view.yesterday.expected if view.yesterday else None),
        **MONEY | OFF,
    ),
    _row(
        "unpriced_energy",
        value=lambda view: Decimal(view.month.unpriced),
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        **_DIAGNOSTIC_OFF,
    ),
    _row("prices_valid_from", device_class=SensorDeviceClass.DATE, **_DIAGNOSTIC_OFF),
    _row(
        "price_source",
        device_class=SensorDeviceClass.ENUM,
        options=["manual", "bundled", "cre"],
        **_DIAGNOSTIC_OFF,
    ),
    _row("prices_checked", device_class=SensorDeviceClass.TIMESTAMP, **_DIAGNOSTIC_OFF),
    _row("cheapest_offer", **OFF),
)
