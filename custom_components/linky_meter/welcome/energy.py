"""A meter in Home Assistant's Energy dashboard: put there, kept up to date, taken out.

Only what the integration made is ever changed (``sources.py``). The statistics of those
sources are what the dashboard shows of the past: a source of a tariff that is no longer
counted stays, and so does everything when the entry is removed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from homeassistant.components.energy.data import (
    EnergyManager,
    EnergyPreferencesUpdate,
    async_get_manager,
)
from homeassistant.components.recorder import is_entity_recorded
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..index_name import contract_of
from ..runtime import LinkyConfigEntry
from .sources import (
    ALL_COSTS,
    TOTAL,
    Made,
    Source,
    in_use,
    join,
    registers_of,
    wanted_sources,
    without,
)
from .state import Standing, Welcome, async_keep

ENERGY = "energy"


async def async_look(hass: HomeAssistant, entry: LinkyConfigEntry | None) -> Standing:
    """Return whether a meter is, or can be, in the Energy dashboard."""
    if (manager := await _manager(hass)) is None:
        return Standing(why_not="energy_absent")
    sources = _sources(manager)
    if entry is not None and (made := Welcome.of(entry.options).energy):
        return Standing(on=without(sources, made) != sources)
    return Standing(why_not=_in_the_way(hass, entry, sources))


async def async_put(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Put a meter into the Energy dashboard, if nothing of the user's is in its way."""
    if (manager := await _manager(hass)) is None:
        return
    sources = _sources(manager)
    if _in_the_way(hass, entry, sources) is None:
        wanted = _wanted(hass, entry, {}) or {}
        await _save(hass, entry, manager, _left_behind(hass, entry, sources), wanted)


async def async_follow(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Let what is ours follow the meter's tariffs, prices and names."""
    made = Welcome.of(entry.options).energy
    if not made or (manager := await _manager(hass)) is None:
        return
    if (wanted := _wanted(hass, entry, made)) is not None:
        await _save(hass, entry, manager, made, wanted)


async def async_take_out(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Take what is ours out of the Energy dashboard again."""
    welcome = Welcome.of(entry.options)
    if (manager := await _manager(hass)) is not None:
        await _update(manager, without(_sources(manager), welcome.energy))
        async_keep(hass, entry, replace(welcome, energy={}))


async def _manager(hass: HomeAssistant) -> EnergyManager | None:
    """Return who keeps the preferences, None where there is no Energy dashboard."""
    if ENERGY not in hass.config.components:
        return None
    try:
        return await async_get_manager(hass)
    except HomeAssistantError:
        return None


def _sources(manager: EnergyManager) -> list[Source]:
    data = manager.data
    return [] if data is None else [cast(Source, one) for one in data["energy_sources"]]


@callback
def _in_the_way(
    hass: HomeAssistant, entry: LinkyConfigEntry | None, sources: list[Source]
) -> str | None:
    """Return why a meter would count twice, None if it would not."""
    if in_use(sources) - _of_meters(hass):
        return "energy_other_grid"
    if entry is None:
        return None
    others = in_use(without(sources, _left_behind(hass, entry, sources)))
    mine = set(_statistics(hass, entry)[0].values())
    return "energy_yours" if others & mine else None


@callback
def _left_behind(
    hass: HomeAssistant, entry: LinkyConfigEntry, sources: list[Source]
) -> Made:
    """Return the sources that an entry left that was removed: as we make them."""
    wanted = _wanted(hass, entry, {}) or {}
    return {key: source for key, source in wanted.items() if source in sources}


async def _save(
    hass: HomeAssistant,
    entry: LinkyConfigEntry,
    manager: EnergyManager,
    made: Made,
    wanted: Made,
) -> None:
    sources, made = join(_sources(manager), made, wanted)
    await _update(manager, sources)
    async_keep(hass, entry, replace(Welcome.of(entry.options), energy=made))


async def _update(manager: EnergyManager, sources: list[Source]) -> None:
    if sources != _sources(manager):
        update = {"energy_sources": sources}
        await manager.async_update(cast(EnergyPreferencesUpdate, update))


@callback
def _wanted(
    hass: HomeAssistant, entry: LinkyConfigEntry, made: Made
) -> dict[str, Source] | None:
    """Return the sources that a meter needs now, None while its contract is unknown."""
    coordinator = entry.runtime_data.coordinator
    if (contract := contract_of(coordinator)) is None:
        return None
    statistics, disabled = _statistics(hass, entry)
    active = coordinator.meter.memory.active
    registers = registers_of(contract, active, statistics, disabled)
    if entry.runtime_data.costs.contract is not None:
        # Its costs are by hours, which are not those of the registers
        registers = {TOTAL: (ALL_COSTS,)}
    return wanted_sources(registers, statistics, made)


@callback
def _statistics(
    hass: HomeAssistant, entry: ConfigEntry
) -> tuple[dict[str, str], set[str]]:
    """Return the statistic of each key of a meter, and the keys that have none."""
    found: dict[str, str] = {}
    disabled: set[str] = set()
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        key = entity.unique_id.removeprefix(f"{entry.unique_id}_")
        if entity.domain != Platform.SENSOR:
            continue
        if entity.disabled or not is_entity_recorded(hass, entity.entity_id):
            disabled.add(key)
        else:
            found[key] = entity.entity_id
    return found, disabled


@callback
def _of_meters(hass: HomeAssistant) -> set[str]:
    """Return the entity ids of all our meters, of those removed as well."""
    registry = er.async_get(hass)
    return {
        entity.entity_id
        for entities in (registry.entities, registry.deleted_entities)
        for entity in entities.values()
        if entity.platform == DOMAIN
    }
