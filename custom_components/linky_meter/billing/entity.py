"""What all entities of costs share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import CURRENCY_EURO, UnitOfEnergy
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo

from ..entity import stay
from ..linky_tic.costs.book.figures import AMOUNTS, OTHERS
from ..linky_tic.costs.book.view import CostView
from .keeper import CostKeeper

type CostValue = Decimal | date | datetime | str | None

EUROS_PER_KWH = f"{CURRENCY_EURO}/{UnitOfEnergy.KILO_WATT_HOUR}"
EUR = "EUR"

MONEY: dict[str, Any] = {
    "device_class": SensorDeviceClass.MONETARY,
    "native_unit_of_measurement": EUR,
    "suggested_display_precision": 2,
}
TOTAL: dict[str, Any] = MONEY | {"state_class": SensorStateClass.TOTAL}
PRICE: dict[str, Any] = {
    "native_unit_of_measurement": EUROS_PER_KWH,
    "state_class": SensorStateClass.MEASUREMENT,
    "suggested_display_precision": 4,
}
OFF: dict[str, Any] = {"entity_registry_enabled_default": False}

# A hundredth of a cent: what a minute costs is seen, and no sum is made of it
_SHOWN = Decimal("0.0001")


def shown(amount: Decimal | None) -> Decimal | None:
    """Return an amount of euros as a state has it."""
    return None if amount is None else amount.quantize(_SHOWN, "ROUND_HALF_UP")


def seen[T](look: Callable[[CostView], T]) -> Callable[[CostKeeper], T | None]:
    """Return what looks at the present view; there is nothing where there is none."""

    def of(costs: CostKeeper) -> T | None:
        return None if costs.view is None else look(costs.view)

    return of


ENERGY: dict[str, Any] = {
    "device_class": SensorDeviceClass.ENERGY,
    "native_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
    "suggested_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
    "suggested_display_precision": 2,
}
MONTH: dict[str, Any] = {"reset_fn": seen(lambda view: view.month.month.start)}


@dataclass(frozen=True, kw_only=True)
class CostEntityDescription(SensorEntityDescription):
    """A sensor of money, or of what money is paid for."""

    index: int | None = None
    """The supplier index, for one that is named by its tariff."""
    reset_fn: Callable[[CostKeeper], datetime | None] | None = None
    """When a sum began anew."""
    attributes_fn: Callable[[CostKeeper], dict[str, Any] | None] | None = None
    """What is told beside the value, not recorded."""


@dataclass(frozen=True, kw_only=True)
class CostSensorEntityDescription(CostEntityDescription):
    """A sensor of one's own costs."""

    value_fn: Callable[[CostKeeper], CostValue]
    wanted_fn: Callable[[CostKeeper], bool] | None = None
    """Whether it is of use, where prices alone do not make it so."""


def cost_row(key: str, **settings: Any) -> CostSensorEntityDescription:
    """Return the description of a sensor, named by its key if not told otherwise."""
    settings.setdefault("translation_key", key)
    return CostSensorEntityDescription(key=key, **settings)


def money_row(key: str, **settings: Any) -> CostSensorEntityDescription:
    """Return the description of an amount of the table of figures."""
    value = seen(lambda view: shown(AMOUNTS[key](view)))
    return cost_row(key, value_fn=value, **settings)


def other_row(key: str, **settings: Any) -> CostSensorEntityDescription:
    """Return the description of another row of it."""
    return cost_row(key, value_fn=seen(OTHERS[key]), **settings)


class CostEntity(SensorEntity):
    """A sensor of costs; it needs no meter, and writes its state when that changed."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    async_entity_id_changed = stay
    entity_description: CostEntityDescription

    def __init__(
        self,
        costs: CostKeeper,
        description: CostEntityDescription,
        unique_id: str,
        device_info: DeviceInfo,
    ) -> None:
        self.costs = costs
        self.entity_description = description
        self._attr_unique_id = unique_id
        self._attr_device_info = device_info
        self._shown: tuple[object, ...] = ()

    @property
    @override
    def available(self) -> bool:
        """Return whether there are costs."""
        return self.costs.view is not None

    @override
    async def async_added_to_hass(self) -> None:
        """Take the present value; the first write follows by itself."""
        self.async_on_remove(self.costs.async_add_listener(self._handle_update))
        self._take()

    @callback
    def _handle_update(self) -> None:
        before = self._shown
        self._take()
        if (shown := self._shown) != before:
            # A write that fails is tried again with each update
            self._shown = ()
            self.async_write_ha_state()
            self._shown = shown

    def _take(self) -> None:
        reset_fn = self.entity_description.reset_fn
        reset = None if reset_fn is None else reset_fn(self.costs)
        self._attr_native_value = self._value()
        if reset is not None:
            self._attr_last_reset = reset
        attributes_fn = self.entity_description.attributes_fn
        if attributes_fn is not None:
            self._attr_extra_state_attributes = attributes_fn(self.costs) or {}
        attributes = tuple(getattr(self, "_attr_extra_state_attributes", {}).items())
        self._shown = (self.available, self._attr_native_value, reset, attributes)

    def _value(self) -> CostValue:
        raise NotImplementedError
