"""Entities of the load manager: each load, the room that is left, and the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, override

from homeassistant.components.event import ATTR_EVENT_TYPE, EventEntity
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    ATTR_DOMAIN,
    ATTR_ENTITY_ID,
    ATTR_NAME,
    EVENT_LOGBOOK_ENTRY,
    Platform,
    UnitOfApparentPower,
)
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import slugify

from ..const import DOMAIN
from ..entity import LinkyEntity, LinkyEntityDescription, registered, stay
from ..linky_tic.loads.decision import LoadReport, LoadState, Reason
from ..linky_tic.publish.profiles import Noise
from ..linky_tic.tic.fields import Value
from .manager import LoadManager
from .settings import LoadSettings
from .words import Entry, LogLine

KEY_LOAD = "load"
KEY_LOG = "load_log"
KEY_ROOM = "load_room"


class Status(StrEnum):
    """How a load is, as its sensor says it."""

    ALLOWED = "allowed"
    HELD = "held"
    LOWERED = "lowered"
    SHED = "shed"
    WOULD_BE_SHED = "would_be_shed"
    DISOBEYS = "disobeys"
    NOT_AVAILABLE = "not_available"


def status_of(report: LoadReport | None, *, dry_run: bool) -> Status | None:
    """Return how a load is; not that it is shed where nothing was switched."""
    if report is None:
        return None
    lowered = report.reason is Reason.LOWERED
    match report.state:
        case LoadState.UNAVAILABLE:
            return Status.NOT_AVAILABLE
        case LoadState.SHED if dry_run:
            return Status.WOULD_BE_SHED
        case LoadState.ALLOWED if lowered:
            return Status.WOULD_BE_SHED if dry_run else Status.LOWERED
    return Status(report.state)


@dataclass(frozen=True, kw_only=True)
class RoomDescription(LinkyEntityDescription, SensorEntityDescription):
    """The room that is left."""


def _identifier(loads: LoadManager) -> tuple[str, str]:
    # It begins with the address, and so follows it to another meter
    return DOMAIN, f"{loads.entry.unique_id}_loads"


def _device_info(loads: LoadManager) -> DeviceInfo:
    """Return the device of the manager itself."""
    return DeviceInfo(
        identifiers={_identifier(loads)},
        entry_type=DeviceEntryType.SERVICE,
        translation_key="load_manager",
        translation_placeholders={"meter": loads.coordinator.device_name},
        via_device_id=_meter(loads),
    )


def _meter(loads: LoadManager) -> str:
    device = dr.async_get(loads.coordinator.hass).async_get_or_create(
        config_entry_id=loads.entry.entry_id, **loads.coordinator.device_info
    )
    return device.id


def _entity_id(loads: LoadManager, platform: Platform, key: str) -> str:
    # Whatever the language
    return f"{platform}.{slugify(loads.coordinator.device_name)}_{key}"


def _rounded(va: float | None) -> int | None:
    return None if va is None else round(va)


class RoomSensor(LinkyEntity, SensorEntity):
    """What could be switched on yet: the least of the phases, less the margin."""

    entity_description: RoomDescription

    def __init__(self, loads: LoadManager) -> None:
        description = RoomDescription(
            key=KEY_ROOM,
            translation_key=KEY_ROOM,
            device_class=SensorDeviceClass.APPARENT_POWER,
            native_unit_of_measurement=UnitOfApparentPower.VOLT_AMPERE,
            state_class=SensorStateClass.MEASUREMENT,
            suggested_display_precision=0,
            noise=Noise.ROOM,
            value_fn=lambda _: _rounded(loads.decision.least_room),
        )
        super().__init__(loads.coordinator, description)
        self._attr_device_info = _device_info(loads)
        self.entity_id = _entity_id(loads, Platform.SENSOR, KEY_ROOM)

    @override
    def _take(self, value: Value | None) -> None:
        self._attr_native_value = value


class _Following(Entity):
    """What is there whether the meter is read or not."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    async_entity_id_changed = stay

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to follow; the first write follows by itself."""
        self.async_on_remove(self._begin())

    def _begin(self) -> CALLBACK_TYPE:
        """Follow, and return what ends that."""
        raise NotImplementedError


class LoadSensor(_Following, SensorEntity):
    """Whether a load may run; on the load's own device."""

    _attr_translation_key = KEY_LOAD
    _attr_device_class = SensorDeviceClass.ENUM

    def __init__(self, loads: LoadManager, load: LoadSettings) -> None:
        self._loads, self._key = loads, load.key
        self._attr_options = list(Status)
        self._attr_unique_id = f"load_{load.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={_load_identifier(load.key)},
            entry_type=DeviceEntryType.SERVICE,
            name=load.name,
            via_device_id=_meter(loads),
        )
        self._take()

    @property
    @override
    def suggested_object_id(self) -> str:
        """Return the key: entity ids depend on no language."""
        return KEY_LOAD

    @override
    def _begin(self) -> CALLBACK_TYPE:
        self._take()
        return self._loads.async_add_listener(self._follow)

    @callback
    def _follow(self) -> None:
        before = self._attr_available, self._attr_native_value
        self._take()
        if (self._attr_available, self._attr_native_value) != before:
            self.async_write_ha_state()

    def _take(self) -> None:
        report = self._loads.report(self._key)
        self._attr_native_value = status_of(report, dry_run=self._loads.dry_run)
        self._attr_available = report is not None


class LoadLog(_Following, EventEntity):
    """What was done with the loads, and why, in words."""

    _attr_translation_key = KEY_LOG

    def __init__(self, loads: LoadManager) -> None:
        self._loads = loads
        self._attr_event_types = list(Entry)
        self._attr_unique_id = f"{loads.entry.unique_id}_{KEY_LOG}"
        self._attr_device_info = _device_info(loads)
        self.entity_id = _entity_id(loads, Platform.EVENT, KEY_LOG)

    @override
    def _begin(self) -> CALLBACK_TYPE:
        last = self.state_attributes
        lost = last.get("reason") == Reason.METER_LOST
        self._loads.lost_before = lost or last[ATTR_EVENT_TYPE] == Entry.METER_LOST
        self._loads.log.async_follow(self._tell)
        return partial(self._loads.log.async_follow, None)

    @callback
    def _tell(self, line: LogLine) -> None:
        # What the logbook shows of the load then has this as its cause
        self.async_set_context(line.context)
        self._trigger_event(line.type, dict(line.data))
        self.async_write_ha_state()
        # Home Assistant shows the type of an event alone, and not why
        entry = {
            ATTR_NAME: self.name,
            "message": line.data["message"],
            ATTR_DOMAIN: DOMAIN,
            ATTR_ENTITY_ID: self.entity_id,
        }
        self.hass.bus.async_fire(EVENT_LOGBOOK_ENTRY, entry, context=line.context)


def _load_identifier(key: str) -> tuple[str, str]:
    return DOMAIN, f"load_{key}"


@callback
def async_follow_loads(
    loads: LoadManager, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensor of each load, now and when one is added."""
    there: set[str] = set()

    @callback
    def follow() -> None:
        there.intersection_update(loads.loads)
        devices = dr.async_get(loads.coordinator.hass)
        for key, load in loads.loads.items():
            if key not in there:
                there.add(key)
                async_add_entities([LoadSensor(loads, load)], config_subentry_id=key)
            elif (
                device := devices.async_get_device_by_identifier(
                    _load_identifier(key), loads.entry.entry_id
                )
            ) and device.name != load.name:
                devices.async_update_device(device.id, name=load.name)

    _follow(loads, follow)
    _while_there_are_loads(
        loads, async_add_entities, Platform.SENSOR, KEY_ROOM, RoomSensor
    )


@callback
def async_follow_log(
    loads: LoadManager, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the log when there are loads, and take it away with the last."""
    _while_there_are_loads(loads, async_add_entities, Platform.EVENT, KEY_LOG, LoadLog)


@callback
def _while_there_are_loads(
    loads: LoadManager,
    async_add_entities: AddConfigEntryEntitiesCallback,
    platform: Platform,
    key: str,
    make: Callable[[LoadManager], Entity],
) -> None:
    """Have an entity of the manager's device while there are loads."""
    there = False

    @callback
    def follow() -> None:
        nonlocal there
        if there is bool(loads.loads):
            return
        there = not there
        if there:
            async_add_entities([make(loads)])
            return
        hass = loads.coordinator.hass
        registry, devices = er.async_get(hass), dr.async_get(hass)
        if entity := registered(hass, loads.entry, platform, key):
            registry.async_remove(entity.entity_id)
        device = devices.async_get_device_by_identifier(
            _identifier(loads), loads.entry.entry_id
        )
        if device and not er.async_entries_for_device(registry, device.id):
            devices.async_remove_device(device.id)

    _follow(loads, follow)


def _follow(loads: LoadManager, follow: Callable[[], Any]) -> None:
    follow()
    loads.entry.async_on_unload(loads.async_add_listener(follow))
