"""Binary sensors: states of the meter that are on or off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, override

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


@dataclass(frozen=True, kw_only=True)
class LinkyBinarySensorEntityDescription(
    LinkyEntityDescription, BinarySensorEntityDescription
):
    """A binary sensor of the catalogue."""


type _Row = LinkyBinarySensorEntityDescription


def _row(
    key: str, device_class: BinarySensorDeviceClass | None = None, **settings: Any
) -> _Row:
    settings.setdefault("translation_key", key)
    return LinkyBinarySensorEntityDescription(
        key=key, device_class=device_class, **settings
    )


_OFF: dict[str, Any] = {"entity_registry_enabled_default": False}
_DIAGNOSTIC: dict[str, Any] = {"entity_category": EntityCategory.DIAGNOSTIC}
_DIAGNOSTIC_OFF = _DIAGNOSTIC | _OFF
_OPENING = BinarySensorDeviceClass.OPENING
_PROBLEM = BinarySensorDeviceClass.PROBLEM

BINARY_SENSORS: tuple[LinkyBinarySensorEntityDescription, ...] = (
    # The sensor of the breaker tells the reason too
    _row("breaker_open", _OPENING, **_OFF),
    _row("overload", _PROBLEM),
    _row("overvoltage", _PROBLEM),
    _row("clock_degraded", _PROBLEM, **_DIAGNOSTIC_OFF),
    _row(
        "phase_loss",
        _PROBLEM,
        shown_by=PHASES_MISSING,
        value_fn=lambda coordinator: phase_loss(coordinator.data),
    ),
    *(
        _row(key, _PROBLEM, translation_key="phase_missing", phase=n, **_OFF)
        for n, key in enumerate(PHASES_MISSING, 1)
    ),
    _row("exporting", enabled_fn=may_export),
    _row("off_peak"),
    _row("dry_contact", **_OFF),
    *(
        _row(
            f"relay_{n}",
            translation_key="relay",
            translation_placeholders={"relay": str(n)},
            **_OFF,
        )
        for n in range(2, 9)
    ),
    _row("terminal_cover", _OPENING, **_DIAGNOSTIC_OFF),
    _row("producer", **_DIAGNOSTIC_OFF),
    _row("plc_synchronised", **_DIAGNOSTIC_OFF),
    _row(
        "link",
        BinarySensorDeviceClass.CONNECTIVITY,
        always=True,
        value_fn=lambda coordinator: coordinator.link,
        **_DIAGNOSTIC,
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
