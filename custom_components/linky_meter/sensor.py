"""Sensors: what the meter says, one description per key of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfReactiveEnergy,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .billing.offer_sensors import async_follow_offers
from .billing.sensors import async_follow_costs
from .coordinator import LinkyCoordinator
from .entity import LinkyEntity, LinkyEntityDescription, NamedByIndex, async_add_as_seen
from .linky_tic.publish.profiles import Noise
from .linky_tic.publish.shown import (
    NOT_ANNOUNCED,
    in_words,
    index_is_shown,
    index_of_use,
    no_power,
    tempo_tomorrow,
    three_phases,
    trip_in_sight,
    worth_naming,
)
from .linky_tic.tic.fields import Value
from .linky_tic.tic.labels import Mode
from .linky_tic.tic.tariffs import INDEXES, Contract, Tariff, index_key
from .linky_tic.tic.values import Breaker, Colour, Euridis, MobilePeak, Plc
from .loads.entities import async_follow_loads
from .runtime import LinkyConfigEntry
from .watch.entities import async_follow_watch, sensors

PARALLEL_UPDATES = 0

DIAGNOSTIC = EntityCategory.DIAGNOSTIC
PHASES = (1, 2, 3)


@dataclass(frozen=True, kw_only=True)
class LinkySensorEntityDescription(LinkyEntityDescription, SensorEntityDescription):
    """A sensor of the catalogue."""

    index: int | None = None
    """The supplier index, for a register that is named by its tariff."""


type _Row = LinkySensorEntityDescription


def _row(key: str, **settings: Any) -> _Row:
    settings.setdefault("translation_key", key)
    return LinkySensorEntityDescription(key=key, **settings)


def _of(kind: Mapping[str, Any], key: str, **settings: Any) -> _Row:
    """Return a description of a kind; its own settings win."""
    return _row(key, **{**kind, **settings})


def _per_phase(kind: Mapping[str, Any], key: str, **settings: Any) -> Iterable[_Row]:
    return (
        _of(kind, f"{key}_l{n}", translation_key=key, phase=n, **settings)
        for n in PHASES
    )


def _enum(values: Iterable[str]) -> dict[str, Any]:
    """Return the kind of a sensor with known states."""
    return {
        "device_class": SensorDeviceClass.ENUM,
        "options": [str(value) for value in values],
    }


_OFF = {"entity_registry_enabled_default": False}
_DIAGNOSTIC = {"entity_category": DIAGNOSTIC}
_DIAGNOSTIC_OFF = _DIAGNOSTIC | _OFF

_ENERGY = {
    "noise": Noise.INDEX,
    "device_class": SensorDeviceClass.ENERGY,
    "state_class": SensorStateClass.TOTAL_INCREASING,
    "native_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
    "suggested_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
    "suggested_display_precision": 2,
}
_REACTIVE = _ENERGY | {
    "device_class": SensorDeviceClass.REACTIVE_ENERGY,
    "native_unit_of_measurement": UnitOfReactiveEnergy.VOLT_AMPERE_REACTIVE_HOUR,
    "suggested_unit_of_measurement": (
        UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR
    ),
}
_APPARENT = {
    "noise": Noise.POWER,
    "device_class": SensorDeviceClass.APPARENT_POWER,
    "state_class": SensorStateClass.MEASUREMENT,
    "native_unit_of_measurement": UnitOfApparentPower.VOLT_AMPERE,
    "suggested_display_precision": 0,
}
_MAXIMUM = _APPARENT | {"state_class": None, "noise": None}
_LIMIT = _MAXIMUM | {
    "suggested_unit_of_measurement": UnitOfApparentPower.KILO_VOLT_AMPERE,
}
_POWER = {
    "device_class": SensorDeviceClass.POWER,
    "state_class": SensorStateClass.MEASUREMENT,
    "native_unit_of_measurement": UnitOfPower.WATT,
    "suggested_display_precision": 0,
}
_CURRENT = {
    "noise": Noise.CURRENT,
    "device_class": SensorDeviceClass.CURRENT,
    "state_class": SensorStateClass.MEASUREMENT,
    "native_unit_of_measurement": UnitOfElectricCurrent.AMPERE,
    "suggested_display_precision": 1,
}
_VOLTAGE = {
    "noise": Noise.VOLTAGE,
    "device_class": SensorDeviceClass.VOLTAGE,
    "state_class": SensorStateClass.MEASUREMENT,
    "native_unit_of_measurement": UnitOfElectricPotential.VOLT,
    "suggested_display_precision": 0,
}
_DURATION = {
    "device_class": SensorDeviceClass.DURATION,
    "native_unit_of_measurement": UnitOfTime.SECONDS,
}
_TIME = {"device_class": SensorDeviceClass.TIMESTAMP}


SENSORS: tuple[LinkySensorEntityDescription, ...] = (
    _of(_ENERGY, "energy_import"),
    _of(_ENERGY | _DIAGNOSTIC_OFF, "energy_meter_total"),
    *(
        _of(
            _ENERGY,
            index_key(n),
            translation_key="energy_index",
            index=n,
            enabled_fn=index_of_use(n),
        )
        for n in INDEXES
    ),
    *(
        _of(
            _ENERGY | _OFF,
            f"energy_distributor_{n}",
            translation_key="energy_distributor",
            translation_placeholders={"index": str(n)},
        )
        for n in range(1, 5)
    ),
    _of(_ENERGY, "energy_export"),
    _of(_ENERGY | _OFF, "energy_export_estimated"),
    *(
        _of(
            _REACTIVE | _OFF,
            f"reactive_energy_q{n}",
            translation_key="reactive_energy",
            translation_placeholders={"quadrant": str(n)},
        )
        for n in range(1, 5)
    ),
    _of(_APPARENT, "apparent_power"),
    *_per_phase(_APPARENT, "apparent_power"),
    _of(_APPARENT, "apparent_power_export"),
    *_per_phase(_CURRENT, "current", enabled_fn=no_power),
    *_per_phase(_CURRENT | _DIAGNOSTIC_OFF, "rms_current"),
    *_per_phase(_VOLTAGE, "voltage"),
    *_per_phase(_VOLTAGE | _OFF, "mean_voltage", noise=None),
    _of(_CURRENT, "available_current", noise=Noise.AVAILABLE),
    *_per_phase(
        _CURRENT,
        "available_current",
        noise=Noise.AVAILABLE,
        enabled_fn=three_phases,
    ),
    _of(_APPARENT | _OFF, "available_power", noise=Noise.ROOM),
    _row(
        "subscribed_power_usage",
        noise=Noise.USAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        **_OFF,
    ),
    _of(_POWER, "active_power", noise=Noise.POWER),
    _of(
        _OFF,
        "power_factor",
        noise=Noise.FACTOR,
        device_class=SensorDeviceClass.POWER_FACTOR,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
    ),
    _of(
        _DURATION,
        "time_to_trip",
        noise=Noise.TRIP,
        suggested_display_precision=0,
        enabled_fn=trip_in_sight,
    ),
    _of(_TIME | _OFF, "next_tariff_change"),
    _of(_LIMIT | _DIAGNOSTIC, "subscribed_power"),
    _of(_LIMIT | _DIAGNOSTIC_OFF, "breaking_power"),
    *_per_phase(_CURRENT | _DIAGNOSTIC_OFF, "current_limit"),
    _row("phases", **_DIAGNOSTIC_OFF),
    _of(_MAXIMUM, "max_power_today"),
    *_per_phase(_MAXIMUM | _OFF, "max_power_today"),
    _of(_MAXIMUM | _OFF, "max_power_yesterday"),
    *_per_phase(_MAXIMUM | _OFF, "max_power_yesterday"),
    _of(_MAXIMUM | _OFF, "max_power_export_today"),
    _of(_MAXIMUM | _OFF, "max_power_export_yesterday"),
    _of(_POWER | _OFF, "max_active_power", state_class=None),
    _of(_TIME | _OFF, "max_power_today_time"),
    _of(_TIME | _OFF, "max_power_yesterday_time"),
    *(
        _of(
            _TIME | _OFF,
            f"max_power_{day}_l{n}_time",
            translation_key=f"max_power_{day}_time",
            phase=n,
        )
        for day in ("today", "yesterday")
        for n in PHASES
    ),
    _of(_TIME | _OFF, "max_power_export_today_time"),
    _of(_TIME | _OFF, "max_power_export_yesterday_time"),
    _of(_POWER | _OFF, "load_curve_import"),
    _of(_POWER | _OFF, "load_curve_import_previous"),
    _of(_POWER | _OFF, "load_curve_export"),
    _of(_POWER | _OFF, "load_curve_export_previous"),
    *_per_phase(_CURRENT | _DIAGNOSTIC_OFF, "max_current", noise=None),
    _of(_enum(Tariff), "tariff_period"),
    _row("tariff_label", enabled_fn=in_words),
    _row("calendar_name", enabled_fn=in_words, **_DIAGNOSTIC),
    _of(_enum(Contract) | _DIAGNOSTIC, "contract", enabled_fn=worth_naming),
    _of(_enum(Colour), "tempo_today"),
    _of(
        _enum((*Colour, NOT_ANNOUNCED)),
        "tempo_tomorrow",
        value_fn=lambda coordinator: tempo_tomorrow(coordinator.data),
    ),
    _of(_enum(MobilePeak) | _OFF, "mobile_peak"),
    _of(_enum(MobilePeak) | _OFF, "mobile_peak_notice"),
    *(
        _of(
            _TIME | _OFF,
            f"mobile_peak_{edge}_{n}",
            translation_key=f"mobile_peak_{edge}",
            translation_placeholders={"peak": str(n)},
        )
        for n in PHASES
        for edge in ("start", "end")
    ),
    _of(_enum(Breaker) | _DIAGNOSTIC, "breaker"),
    _of(_enum(Mode) | _DIAGNOSTIC_OFF, "tic_mode"),
    _of(_enum(Plc) | _DIAGNOSTIC_OFF, "plc_status"),
    _of(_enum(Euridis) | _DIAGNOSTIC_OFF, "euridis"),
    _row("distributor_tariff", **_DIAGNOSTIC_OFF),
    _row("day_profile", **_DIAGNOSTIC_OFF),
    _row("message_1", **_DIAGNOSTIC_OFF),
    _row("message_2", **_DIAGNOSTIC),
    _of(_TIME | _OFF, "meter_clock", noise=Noise.SLOW),
    _of(
        _DURATION | _DIAGNOSTIC_OFF,
        "clock_offset",
        noise=Noise.SLOW,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
    _row("off_peak_code", **_DIAGNOSTIC_OFF),
    _row("meter_state", **_DIAGNOSTIC_OFF),
    _row(
        "damaged_groups",
        noise=Noise.SLOW,
        state_class=SensorStateClass.TOTAL_INCREASING,
        always=True,
        value_fn=lambda coordinator: coordinator.meter_link.quality.damaged,
        **_DIAGNOSTIC_OFF,
    ),
    _row(
        "link_quality",
        noise=Noise.SLOW,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
        always=True,
        value_fn=lambda coordinator: coordinator.meter_link.quality.percent(
            coordinator.hass.loop.time()
        ),
        **_DIAGNOSTIC_OFF,
    ),
    _of(
        _DURATION | _DIAGNOSTIC_OFF,
        "frame_interval",
        noise=Noise.SLOW,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        always=True,
        value_fn=lambda coordinator: (
            round(interval, 2)
            if (interval := coordinator.meter.frame_interval)
            else None
        ),
    ),
)


def _wanted(
    coordinator: LinkyCoordinator, description: LinkySensorEntityDescription
) -> bool:
    """Return whether an index register is, or was, counted at this meter."""
    return description.index is None or index_is_shown(
        description.index, coordinator.data, coordinator.meter.memory
    )


class LinkySensor(LinkyEntity, SensorEntity):
    """A sensor of the meter."""

    entity_description: LinkySensorEntityDescription

    @override
    def _take(self, value: Value | None) -> None:
        self._attr_native_value = value


class LinkyIndexSensor(NamedByIndex, LinkySensor):
    """An energy register, named by its tariff or by the label learned for it."""

    @property
    @override
    def index(self) -> int:
        return self.entity_description.index or 0

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Follow a new name, then the value."""
        self.follow_name()
        super()._handle_coordinator_update()


def _make(
    coordinator: LinkyCoordinator, description: LinkySensorEntityDescription
) -> LinkySensor:
    kind = LinkySensor if description.index is None else LinkyIndexSensor
    return kind(coordinator, description)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: LinkyConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors that the meter shows."""
    data = entry.runtime_data
    async_add_as_seen(data.coordinator, async_add_entities, SENSORS, _make, _wanted)
    async_follow_costs(data.coordinator, data.costs, async_add_entities)
    async_follow_offers(data.costs, async_add_entities)
    async_follow_watch(data.watch, async_add_entities, sensors(data.watch))
    async_follow_loads(data.loads, async_add_entities)
