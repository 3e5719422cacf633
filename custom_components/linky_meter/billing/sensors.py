"""Sensors of one's own costs, there once the user has chosen prices."""

from __future__ import annotations

from typing import override

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..const import DOMAIN
from ..coordinator import LinkyCoordinator
from ..index_name import NamedByIndex
from .entity import CostEntity, CostValue
from .keeper import CostKeeper
from .rows import COST_SENSORS, CostSensorEntityDescription


class CostSensor(CostEntity):
    """A sensor of one's own costs."""

    entity_description: CostSensorEntityDescription

    def __init__(
        self,
        coordinator: LinkyCoordinator,
        costs: CostKeeper,
        description: CostSensorEntityDescription,
    ) -> None:
        super().__init__(
            costs,
            description,
            f"{costs.entry.unique_id}_{description.key}",
            coordinator.device_info,
        )
        self.coordinator = coordinator

    @property
    @override
    def suggested_object_id(self) -> str | None:
        """Return the key: entity ids depend on no language and on nothing learned."""
        return self.entity_description.key

    @override
    def _value(self) -> CostValue:
        return self.entity_description.value_fn(self.costs)


class IndexCostSensor(NamedByIndex, CostSensor):
    """The price or the cost of an index."""

    @property
    @override
    def index(self) -> int:
        return self.entity_description.index or 0

    @callback
    @override
    def _handle_update(self) -> None:
        """Follow a new name, then the value."""
        self.follow_name()
        super()._handle_update()


def _wanted(costs: CostKeeper, description: CostSensorEntityDescription) -> bool:
    """Return whether an entity is of use as prices and offers are now."""
    if not costs.settings.chosen:
        return False
    if description.index is not None:
        return description.index in costs.indexes()
    return description.key != "cheapest_offer" or bool(costs.book.offers)


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
        now = costs.settings, costs.indexes(), len(costs.book.offers)
        if now == stamp or (costs.settings.chosen and not costs.ready):
            return
        stamp = now
        wanted = {row.key: row for row in COST_SENSORS if _wanted(costs, row)}
        registry = er.async_get(coordinator.hass)
        for row in COST_SENSORS:
            unique_id = f"{costs.entry.unique_id}_{row.key}"
            entity_id = registry.async_get_entity_id(Platform.SENSOR, DOMAIN, unique_id)
            unwanted = row.key not in wanted and (
                # What an index cost stays, whatever counts now
                row.index is None or not costs.settings.chosen
            )
            if unwanted and entity_id is not None:
                registry.async_remove(entity_id)
        there.intersection_update(wanted)
        new = [row for key, row in wanted.items() if key not in there]
        there.update(wanted)
        if new:
            async_add_entities(
                (CostSensor if row.index is None else IndexCostSensor)(
                    coordinator, costs, row
                )
                for row in new
            )

    follow()
    costs.entry.async_on_unload(costs.async_add_listener(follow))
