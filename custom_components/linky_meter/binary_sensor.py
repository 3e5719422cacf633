"""Binary sensors: states of the meter that are on or off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import LinkyEntity, LinkyEntityDescription, async_add_as_seen
from .linky_tic.publish.shown import PHASES_MISSING, may_export, phase_loss
from .linky_tic.tic.fields import Value
from .runtime import LinkyConfigEntry
from .watch.entities import async_follow_watch, binary_sensors
from .watch.words import WatchWords

PARALLEL_UPDATES = 0

DIAGNOSTIC = EntityCategory.DIAGNOSTIC


@dataclass(frozen=True, kw_only=True)
class LinkyBinarySensorEntityDescription(
    LinkyEntityDescription, BinarySensorEntityDescription
):
    """A binary sensor of the catalogue."""


_Row = LinkyBinarySensorEntityDescription


BINARY_SENSORS: tuple[LinkyBinarySensorEntityDescription, ...] = (
    _Row(
        key="breaker_open",
        translation_key="breaker_open",
        device_class=BinarySensorDeviceClass.OPENING,
        # The sensor of the breaker tells the reason too
        entity_registry_enabled_default=False,
    ),
    _Row(
        key="overload",
        translation_key="overload",
        device_class=BinarySensorDeviceClass.PROBLEM,
    ),
    _Row(
        key="overvoltage",
        translation_key="overvoltage",
        device_class=BinarySensorDeviceClass.PROBLEM,
    ),
    _Row(
        key="clock_degraded",
        translation_key="clock_degraded",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    _Row(
        key="phase_loss",
        translation_key="phase_loss",
        device_class=BinarySensorDeviceClass.PROBLEM,
        shown_by=PHASES_MISSING,
        value_fn=lambda coordinator: phase_loss(coordinator.data),
    ),
    *(
        _Row(
            key=f"phase_missing_l{n}",
            translation_key="phase_missing",
            phase=n,
            device_class=BinarySensorDeviceClass.PROBLEM,
            entity_registry_enabled_default=False,
        )
        for n in (1, 2, 3)
    ),
    _Row(key="exporting", translation_key="exporting", enabled_fn=may_export),
    _Row(key="off_peak", translation_key="off_peak"),
    _Row(
        key="dry_contact",
        translation_key="dry_contact",
        entity_registry_enabled_default=False,
    ),
    *(
        _Row(
            key=f"relay_{n}",
            translation_key="relay",
            translation_placeholders={"relay": str(n)},
            entity_registry_enabled_default=False,
        )
        for n in range(2, 9)
    ),
    _Row(
        key="terminal_cover",
        translation_key="terminal_cover",
        device_class=BinarySensorDeviceClass.OPENING,
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    _Row(
        key="producer",
        translation_key="producer",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    _Row(
        key="plc_synchronised",
        translation_key="plc_synchronised",
        entity_category=DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    _Row(
        key="link",
        translation_key="link",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=DIAGNOSTIC,
        always=True,
        value_fn=lambda coordinator: coordinator.link,
    ),
)


class LinkyBinarySensor(LinkyEntity, BinarySensorEntity):
    """A binary sensor of the meter."""

    entity_description: LinkyBinarySensorEntityDescription

    @override
    def _take(self, value: Value | None) -> None:
        self._attr_is_on = None if value is None else bool(value)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: LinkyConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors that the meter shows."""
    data = entry.runtime_data
    async_add_as_seen(
        data.coordinator, async_add_entities, BINARY_SENSORS, LinkyBinarySensor
    )
    words = await WatchWords.async_of(hass)
    async_follow_watch(
        data.watch, async_add_entities, binary_sensors(data.watch, words)
    )
