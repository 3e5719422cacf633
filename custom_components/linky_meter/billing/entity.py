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

from .keeper import CostKeeper
from .view import CostView

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


def month_start(view: CostView) -> datetime:
    """Return when the month began."""
    return view.month.month.start


@dataclass(frozen=True, kw_only=True)
class CostSensorEntityDescription(SensorEntityDescription):
    """A sensor of costs."""

    index: int | None = None
    """The supplier index, for one that is named by its tariff."""
    value: Callable[[CostView], CostValue] | None = None
    """What it shows of the view; others see to it themselves."""
    reset: Callable[[CostView], datetime] | None = None
    """When a sum began anew."""


class CostEntity(SensorEntity):
    """A sensor of costs; it needs no meter, and writes its state when that changed."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description: CostSensorEntityDescription

    def __init__(
        self,
        costs: CostKeeper,
        description: CostSensorEntityDescription,
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
        """Write the state if it changed."""
        before = self._shown
        self._take()
        if self._shown != before:
            self.async_write_ha_state()

    def _take(self) -> None:
        """Take the value as it is now."""
        reset = self._reset()
        self._attr_native_value = self._value()
        if reset is not None:
            self._attr_last_reset = reset
        self._shown = (self.available, self._attr_native_value, reset)

    def _value(self) -> CostValue:
        """Return the value."""
        view, value = self.costs.view, self.entity_description.value
        return None if view is None or value is None else value(view)

    def _reset(self) -> datetime | None:
        """Return when a sum began anew."""
        view, reset = self.costs.view, self.entity_description.reset
        return None if view is None or reset is None else reset(view)
