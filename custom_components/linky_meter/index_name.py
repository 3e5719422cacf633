"""What a supplier index is called: by its tariff, or by the label learned for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity

from .const import DOMAIN
from .coordinator import LinkyCoordinator
from .linky_tic.publish.shown import contract_in
from .linky_tic.tic.tariffs import Contract, Tariff, name_of_index

TARIFF_STATES = "component.linky_meter.entity.sensor.tariff_period.state"


def contract_of(coordinator: LinkyCoordinator) -> Contract | None:
    """Return the kind of contract, None while it is unknown."""
    return contract_in(coordinator.data)


def index_name(
    coordinator: LinkyCoordinator, index: int, translations: Mapping[str, str]
) -> str:
    """Return the name of an index, in lower case where it is a translated one."""
    memory = coordinator.meter.memory
    calendar = str(coordinator.data["calendar_name"] or "")
    labels = memory.labels.get(calendar, {})
    named = name_of_index(contract_of(coordinator), index, labels.get(index))
    if not isinstance(named, Tariff):
        alone = list(labels.values()).count(named) == 1
        return named if alone else f"{named} {index}"
    return translations.get(f"{TARIFF_STATES}.{named}", str(named)).lower()


class NamedByIndex(Entity):
    """An entity that is named by its tariff; its entity id stays whatever that is."""

    coordinator: LinkyCoordinator
    _named: str | None = None

    @property
    def index(self) -> int:
        """The supplier index."""
        raise NotImplementedError

    @property
    @override
    def name(self) -> str | None:
        """Return the name as the tariff was at the last look."""
        return self._named or self._name_now()

    @callback
    def follow_name(self) -> None:
        """Look whether the tariff is called otherwise now."""
        name, registry = self._name_now(), er.async_get(self.hass)
        # On its way out it is in no registry any more
        if name != self._named and self.entity_id in registry.entities:
            self._named = name
            registry.async_update_entity(self.entity_id, original_name=name)

    def _name_now(self) -> str:
        translations = self.platform_data.platform_translations
        key = f"component.{DOMAIN}.entity.sensor.{self.translation_key}.name"
        name = index_name(self.coordinator, self.index, translations)
        return translations.get(key, "{tariff}").format(tariff=name)
