"""Whom a trigger or a condition means: the meters of whatever is in its target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, cast

import probatio as vol

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.helpers.typing import ConfigType

from ..const import DOMAIN
from ..entity import registered
from ..runtime import LinkyConfigEntry

DOMAIN_SPECS: Mapping[str, DomainSpec] = {str(one): DomainSpec() for one in Platform}
"""Any: which entity is followed is found by its key."""


class MeterEntity(NamedTuple):
    """An entity that each meter has, whatever it is called."""

    platform: str
    key: str


CONTRACT_TARIFF = MeterEntity(Platform.SENSOR, "contract_tariff")
"""There while one's own contract has hours that the meter does not show."""


class OfMeters:
    """A trigger or condition on one entity of each meter in its target."""

    _hass: HomeAssistant
    _entities: ClassVar[tuple[MeterEntity, ...]]
    """The first that a meter has is followed."""
    _domain_specs = DOMAIN_SPECS

    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return that entity: any other of the meter tells which meter is meant."""
        return entities_of(self._hass, entities, *self._entities)


class Validated:
    """A trigger or condition whose options have a schema."""

    _schema: ClassVar[vol.Schema]

    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Return the target and the options."""
        return cast(ConfigType, cls._schema(config))


def any_of(values: Iterable[str], *more: Any) -> vol.All[Any]:
    """Return what takes one or some of the values."""
    return vol.All(cv.ensure_list, *more, [vol.In([str(value) for value in values])])


@callback
def meters_of(hass: HomeAssistant, entities: Iterable[str]) -> list[LinkyConfigEntry]:
    """Return the meters that entities belong to, one of which is enough for each."""
    registry, found = er.async_get(hass), {}
    for entity_id in entities:
        known = registry.async_get(entity_id)
        if known is None or known.platform != DOMAIN or not known.config_entry_id:
            continue
        if entry := hass.config_entries.async_get_entry(known.config_entry_id):
            found[entry.entry_id] = entry
    return list(found.values())


@callback
def meters_in(hass: HomeAssistant, target: dict[str, Any]) -> list[LinkyConfigEntry]:
    """Return the meters that a target means."""
    selected = async_extract_referenced_entity_ids(
        hass, TargetSelection(target), expand_group=False
    )
    return meters_of(hass, selected.referenced | selected.indirectly_referenced)


@callback
def entities_of(
    hass: HomeAssistant, entities: Iterable[str], *wanted: MeterEntity
) -> set[str]:
    """Return the first wanted entity that there is of each meter meant by entities."""
    found = set[str]()
    for entry in meters_of(hass, entities):
        for platform, key in wanted:
            if known := registered(hass, entry, platform, key):
                found.add(known.entity_id)
                break
    return found
