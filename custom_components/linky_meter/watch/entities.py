"""The entities of a household: what it uses at least, and whether that is unusual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfPower
from homeassistant.core import callback
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)
from homeassistant.util import dt as dt_util

from ..entity import LinkyEntity, LinkyEntityDescription, registered, stay
from ..linky_tic.costs.calendar.days import day_of
from ..linky_tic.publish.profiles import Noise
from ..linky_tic.tic.fields import Value
from ..linky_tic.watch.supply import Incident, Kind
from .keeper import WatchKeeper
from .words import WatchWords

_EVENT_TYPES = {
    Kind.OUTAGE: "outage",
    Kind.MEAN_LOW: "voltage_low",
    Kind.MEAN_HIGH: "voltage_high",
}
"""What an event tells; a second of voltage is in the log alone."""


@dataclass(frozen=True, kw_only=True)
class _Sensor(LinkyEntityDescription, SensorEntityDescription):
    """The description of a sensor."""


@dataclass(frozen=True, kw_only=True)
class _BinarySensor(LinkyEntityDescription, BinarySensorEntityDescription):
    """The description of a binary sensor."""


@dataclass(frozen=True, kw_only=True)
class _Event(LinkyEntityDescription, EventEntityDescription):
    """The description of an event."""


_POWER: dict[str, Any] = {
    "device_class": SensorDeviceClass.POWER,
    "state_class": SensorStateClass.MEASUREMENT,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "suggested_display_precision": 0,
}
_BASE_LOAD = _Sensor(key="base_load", translation_key="base_load", **_POWER)
_ABOVE = _Sensor(
    key="above_base_load",
    translation_key="above_base_load",
    noise=Noise.POWER,
    # Power says the same, but for a constant
    entity_registry_enabled_default=False,
    **_POWER,
)
_UNUSUAL = _BinarySensor(
    key="unusual_use",
    translation_key="unusual_use",
    device_class=BinarySensorDeviceClass.PROBLEM,
)
_SUPPLY = _Event(
    key="supply",
    translation_key="supply",
    event_types=list(_EVENT_TYPES.values()),
    entity_registry_enabled_default=False,
)
WATCH_SENSORS, WATCH_BINARY_SENSORS = (_BASE_LOAD, _ABOVE), (_UNUSUAL,)
WATCH_EVENTS = (_SUPPLY,)


class WatchEntity(Entity):
    """An entity that needs no meter: it tells what was learned of the house."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    async_entity_id_changed = stay

    def __init__(self, keeper: WatchKeeper, description: EntityDescription) -> None:
        self.keeper = keeper
        self.entity_description = description
        self._attr_unique_id = f"{keeper.entry.unique_id}_{description.key}"
        self._attr_device_info = keeper.coordinator.device_info

    @property
    @override
    def suggested_object_id(self) -> str:
        """Return the key: entity ids depend on no language."""
        return self.entity_description.key

    @override
    async def async_added_to_hass(self) -> None:
        """Take the present value; the first write follows by itself."""
        self.async_on_remove(self.keeper.async_add_listener(self._follow))
        self._take(None)

    @callback
    def _follow(self, incident: Incident | None) -> None:
        if self._take(incident):
            self.async_write_ha_state()

    def _take(self, incident: Incident | None) -> bool:
        """Take what is known now, return whether that is new."""
        raise NotImplementedError


class BaseLoadSensor(WatchEntity, SensorEntity):
    """What the house uses at least."""

    def __init__(self, keeper: WatchKeeper) -> None:
        super().__init__(keeper, _BASE_LOAD)

    @override
    def _take(self, incident: Incident | None) -> bool:
        before, found = self.native_value, self.keeper.kept.household.base_load
        self._attr_native_value = None if found is None else round(found)
        return self.native_value != before


class UnusualUse(WatchEntity, BinarySensorEntity):
    """Whether the house uses what it usually does not; why is told in words."""

    def __init__(self, keeper: WatchKeeper, words: WatchWords) -> None:
        super().__init__(keeper, _UNUSUAL)
        self._words = words
        self._raised: date | None = None

    @override
    def _take(self, incident: Incident | None) -> bool:
        before = self._attr_is_on, getattr(self, "_attr_extra_state_attributes", None)
        said = self.keeper.kept.household.verdict
        if said is not None and said.raised != self._raised and self._attr_is_on:
            # What is far worse is told anew, to automations too
            self._attr_is_on = False
            self.async_write_ha_state()
        self._raised = None if said is None else said.raised
        self._attr_is_on = said is not None
        self._attr_extra_state_attributes = {}
        if said is not None:
            self._attr_extra_state_attributes = {
                "reason": self._words.verdict(said, day_of(dt_util.utcnow())),
                "since": said.since.isoformat(),
                "compared_with": self._words.compared(said),
                "advice": self._words.advice(said),
            }
        return before != (self._attr_is_on, self._attr_extra_state_attributes)


class SupplyEvent(WatchEntity, EventEntity):
    """An outage, or voltage outside of what is owed, each once."""

    def __init__(self, keeper: WatchKeeper) -> None:
        super().__init__(keeper, _SUPPLY)

    @override
    def _take(self, incident: Incident | None) -> bool:
        if incident is None or incident.kind not in _EVENT_TYPES:
            return False
        self._trigger_event(_EVENT_TYPES[incident.kind], incident.as_dict())
        return True


class AboveBaseLoad(LinkyEntity, SensorEntity):
    """What runs now above the base load."""

    entity_description: _Sensor

    def __init__(self, keeper: WatchKeeper) -> None:
        super().__init__(keeper.coordinator, _ABOVE)
        self._keeper = keeper

    @property
    @override
    def available(self) -> bool:
        """Return whether the power is known."""
        return self.coordinator.is_available("active_power")

    @override
    def _present(self) -> tuple[bool, Value | None]:
        power = self.coordinator.data["active_power"]
        if not isinstance(power, int | float):
            power = self.coordinator.data["apparent_power"]
        base_load = self._keeper.kept.household.base_load
        if not isinstance(power, int | float) or base_load is None:
            return self.available, None
        return self.available, max(round(power - base_load), 0)

    @override
    def _take(self, value: Value | None) -> None:
        self._attr_native_value = value


type Kinds = dict[str, tuple[Callable[[], bool], Callable[[], Entity]]]
"""Entities by key: whether there is something to tell, and what makes them."""


@callback
def async_follow_watch(
    keeper: WatchKeeper,
    async_add_entities: AddConfigEntryEntitiesCallback,
    kinds: Kinds,
) -> None:
    """Add entities once there is something to tell, and those that were there before.

    Called while a platform is set up.
    """
    domain = async_get_current_platform().domain
    hass = keeper.coordinator.hass

    def was_there(key: str) -> bool:
        return registered(hass, keeper.entry, domain, key) is not None

    @callback
    def follow(_: Incident | None) -> None:
        ready = [key for key, (known, _) in kinds.items() if known() or was_there(key)]
        if ready:
            async_add_entities([kinds.pop(key)[1]() for key in ready])

    follow(None)
    keeper.entry.async_on_unload(keeper.async_add_listener(follow))


def sensors(keeper: WatchKeeper) -> Kinds:
    """Return the sensors."""

    def known() -> bool:
        return keeper.kept.household.base_load is not None

    return {
        _BASE_LOAD.key: (known, lambda: BaseLoadSensor(keeper)),
        _ABOVE.key: (known, lambda: AboveBaseLoad(keeper)),
    }


def binary_sensors(keeper: WatchKeeper, words: WatchWords) -> Kinds:
    """Return the verdict."""
    return {
        _UNUSUAL.key: (
            lambda: keeper.kept.household.learned,
            lambda: UnusualUse(keeper, words),
        )
    }
