"""Sensors of one's own costs, there once the user has chosen prices."""

from __future__ import annotations

from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import MATCH_ALL, Platform
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import slugify

from ..const import DOMAIN
from ..coordinator import LinkyCoordinator
from ..entity import NamedByIndex, registered
from .entity import CostEntity, CostSensorEntityDescription, CostValue
from .keeper import CostKeeper
from .rows import COST_SENSORS, tariff_name


class CostSensor(CostEntity):
    """A sensor of one's own costs."""

    entity_description: CostSensorEntityDescription

    def __init__(
        self,
        coordinator: LinkyCoordinator,
        costs: CostKeeper,
        description: CostSensorEntityDescription,
        device_info: DeviceInfo,
    ) -> None:
        unique_id = f"{costs.entry.unique_id}_{description.key}"
        super().__init__(costs, description, unique_id, device_info)
        self.coordinator = coordinator
        if description.key == "cost_total" and costs.contract is not None:
            # By hours that no register has: the Energy dashboard needs their sum
            self._attr_entity_registry_enabled_default = True
        # Beside the meter's, as before costs had a device; no language changes it
        name = slugify(coordinator.device_name)
        self.entity_id = f"{Platform.SENSOR}.{name}_{description.key}"

    @override
    def _value(self) -> CostValue:
        return self.entity_description.value_fn(self.costs)


class JudgingSensor(CostSensor):
    """A judgement that tells how sure it is, of which nobody needs a history.

    Sums are no such: without their last reset statistics would take a new month for a
    negative cost.
    """

    _unrecorded_attributes = frozenset({MATCH_ALL})


class IndexCostSensor(NamedByIndex, CostSensor):
    """The price or the cost of an index."""

    @property
    @override
    def index(self) -> int:
        return self.entity_description.index or 0

    @override
    def _name_now(self) -> str:
        """Return the name: by the hours of one's own contract, if it has such."""
        contract = self.costs.contract
        if contract is None or self.index not in contract.offer.indexes:
            return super()._name_now()
        words = self.platform_data.platform_translations
        name = tariff_name(contract.offer, self.index)
        start = f"component.{DOMAIN}.entity.sensor"
        tariff = words.get(f"{start}.contract_tariff.state.{name}", name).lower()
        named = words.get(f"{start}.{self.translation_key}.name", "{tariff}")
        return named.format(tariff=tariff)

    @callback
    @override
    def _handle_update(self) -> None:
        """Follow a new name, then the value."""
        self.follow_name()
        super()._handle_update()


def _device_info(coordinator: LinkyCoordinator) -> DeviceInfo:
    """Return the device of a meter's costs."""
    entry = coordinator.config_entry
    meter = dr.async_get(coordinator.hass).async_get_or_create(
        config_entry_id=entry.entry_id, **coordinator.device_info
    )
    return DeviceInfo(
        identifiers={_identifier(entry)},
        entry_type=DeviceEntryType.SERVICE,
        translation_key="costs",
        translation_placeholders={"meter": coordinator.device_name},
        via_device_id=meter.id,
    )


def _identifier(entry: ConfigEntry) -> tuple[str, str]:
    # It begins with the address, and so follows it to another meter
    return DOMAIN, f"{entry.unique_id}_costs"


def _wanted(costs: CostKeeper, description: CostSensorEntityDescription) -> bool:
    """Return whether an entity is of use as prices and offers are now."""
    if not costs.settings.chosen:
        return False
    if description.wanted_fn is not None:
        return description.wanted_fn(costs)
    if description.index is not None:
        return description.index in costs.indexes()
    if description.key == "contract_tariff":
        return costs.contract is not None
    return description.key != "cheapest_offer" or bool(costs.book.offers)


def _class_of(description: CostSensorEntityDescription) -> type[CostSensor]:
    if description.attributes_fn is not None:
        return JudgingSensor
    return CostSensor if description.index is None else IndexCostSensor


@callback
def async_follow_costs(
    coordinator: LinkyCoordinator,
    costs: CostKeeper,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of costs when they are of use, and remove them when not."""
    there: set[str] = set()
    stamp: object = None

    @callback
    def follow() -> None:
        nonlocal stamp
        now = (
            *(costs.settings, costs.indexes(), len(costs.book.offers)),
            costs.contract is not None,
        )
        if now == stamp or (costs.settings.chosen and not costs.ready):
            return
        stamp = now
        wanted = {row.key: row for row in COST_SENSORS if _wanted(costs, row)}
        registry = er.async_get(coordinator.hass)
        for row in COST_SENSORS:
            entity = registered(costs.hass, costs.entry, Platform.SENSOR, row.key)
            unwanted = row.key not in wanted and (
                # What an index cost stays, whatever counts now
                row.index is None or not costs.settings.chosen
            )
            if unwanted and entity is not None:
                registry.async_remove(entity.entity_id)
        there.intersection_update(wanted)
        new = [row for key, row in wanted.items() if key not in there]
        there.update(wanted)
        if new:
            device_info = _device_info(coordinator)
            async_add_entities(
                _class_of(row)(coordinator, costs, row, device_info) for row in new
            )
        devices = dr.async_get(coordinator.hass)
        if not wanted and (
            device := devices.async_get_device_by_identifier(
                _identifier(costs.entry), costs.entry.entry_id
            )
        ):
            devices.async_remove_device(device.id)

    follow()
    costs.entry.async_on_unload(costs.async_add_listener(follow))
