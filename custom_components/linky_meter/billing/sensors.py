"""Sensors of one's own costs, there once the user has chosen prices."""

from __future__ import annotations

from datetime import datetime
from typing import override

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..const import DOMAIN
from ..coordinator import LinkyCoordinator
from ..index_name import index_name
from ..linky_tic.costs.ledger.rows import Carry
from ..linky_tic.costs.prices.prices import MANUAL, Quote
from .entity import CostEntity, CostSensorEntityDescription, CostValue, shown
from .keeper import CostKeeper
from .rows import COST_SENSORS

OWN_CONTRACT = "own_contract"


class CostSensor(CostEntity):
    """A sensor of one's own costs."""

    def __init__(
        self,
        coordinator: LinkyCoordinator,
        costs: CostKeeper,
        description: CostSensorEntityDescription,
    ) -> None:
        """Belong to the meter."""
        super().__init__(
            costs,
            description,
            f"{costs.entry.unique_id}_{description.key}",
            coordinator.device_info,
        )
        self._coordinator = coordinator

    @property
    @override
    def suggested_object_id(self) -> str | None:
        """Return the key: entity ids depend on no language and on nothing learned."""
        return self.entity_description.key


class PriceSensor(CostSensor):
    """A price as it is now: of an index, or of the one that counts."""

    def _quote(self) -> Quote | None:
        """Return the price."""
        return self.costs.price(self.entity_description.index or self.costs.index)

    @override
    def _value(self) -> CostValue:
        quote = self._quote()
        return None if quote is None else quote.value


class ValidFromSensor(PriceSensor):
    """Since when the price that counts has been in force."""

    @override
    def _value(self) -> CostValue:
        quote = self._quote()
        return None if quote is None else quote.since


class PriceSourceSensor(PriceSensor):
    """Who told the price that counts."""

    @override
    def _value(self) -> CostValue:
        quote = self._quote()
        if quote is None or quote.source == MANUAL:
            return None if quote is None else "manual"
        return "cre" if quote.source == "CRE" else "bundled"


class PricesCheckedSensor(CostSensor):
    """When the CRE's files were last seen."""

    @override
    def _value(self) -> CostValue:
        return self.costs.updates.checked


class CheapestOfferSensor(CostSensor):
    """The name of the offer that costs least, one's own included."""

    @override
    def _value(self) -> CostValue:
        view = self.costs.view
        if view is None or not view.judged:
            return None
        if view.cheapest is None:
            return OWN_CONTRACT
        return view.comparisons[view.cheapest].offer.name


class YearCostSensor(CostSensor):
    """What the last twelve whole months cost, subscription included."""

    @override
    def _value(self) -> CostValue:
        if (view := self.costs.view) is None:
            return None
        year = self.costs.book.year(None, view.at)
        return None if year is None else shown(year.full)


class IndexCostSensor(CostSensor):
    """What the energy of an index cost since the ledger began."""

    @override
    def _value(self) -> CostValue:
        if (view := self.costs.view) is None:
            return None
        index = self.entity_description.index or 0
        return shown(view.by_index.get(index, Carry()).cost)

    @override
    def _reset(self) -> datetime | None:
        # Only a ledger that had to begin again; statistics then go on from there
        return self.costs.kept.restarted


class _NamedByIndex(CostSensor):
    """One that is named by its tariff."""

    _named: str | None = None

    @property
    @override
    def name(self) -> str | None:
        """Return the name as the tariff is now; the entity id stays."""
        translations = self.platform_data.platform_translations
        description = self.entity_description
        key = f"component.{DOMAIN}.entity.sensor.{description.translation_key}.name"
        return translations.get(key, "{tariff}").format(
            tariff=index_name(self._coordinator, description.index or 0, translations)
        )

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._named = self.name

    @callback
    @override
    def _handle_update(self) -> None:
        """Follow a new name, then the value."""
        if (name := self.name) != self._named:
            self._named = name
            er.async_get(self.hass).async_update_entity(
                self.entity_id, original_name=name
            )
        super()._handle_update()


class NamedPriceSensor(_NamedByIndex, PriceSensor):
    """The price of an index."""


class NamedCostSensor(_NamedByIndex, IndexCostSensor):
    """The cost of an index."""


_KINDS: dict[str, type[CostSensor]] = {
    "current_price": PriceSensor,
    "price_index": NamedPriceSensor,
    "cost_index": NamedCostSensor,
    "prices_valid_from": ValidFromSensor,
    "price_source": PriceSourceSensor,
    "prices_checked": PricesCheckedSensor,
    "cheapest_offer": CheapestOfferSensor,
    "cost_year": YearCostSensor,
}


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
                _KINDS.get(str(row.translation_key), CostSensor)(
                    coordinator, costs, row
                )
                for row in new
            )

    follow()
    costs.entry.async_on_unload(costs.async_add_listener(follow))
