"""A meter in Home Assistant's Energy dashboard: put there, kept up to date, taken out.

Only what the integration made is ever changed (``sources.py``). The statistics of those
sources are what the dashboard shows of the past: a source of a tariff that is no longer
counted stays, and so does everything when the entry is removed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial

from homeassistant.components.energy.data import EnergyManager
from homeassistant.components.recorder import is_entity_recorded
from homeassistant.components.recorder.models import StatisticMetaData
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    async_list_statistic_ids,
    get_metadata,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback, valid_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance

from ..const import DOMAIN
from ..entity import contract_of
from ..replace.energy_preferences import Source, async_manager, async_write, sources_of
from ..replace.statistics import async_written
from ..runtime import LinkyConfigEntry
from .before import BEFORE, Before, async_before, statistic_of
from .sources import (
    ALL_COSTS,
    POWER,
    STATISTICS,
    TOTAL,
    TOTAL_COSTS,
    Made,
    in_use,
    join,
    left_registers,
    registers_of,
    shows_power,
    wanted_sources,
    without,
)
from .state import Standing, Welcome, async_keep

_MOST_SECONDS = 10.0


async def async_look(hass: HomeAssistant, entry: LinkyConfigEntry | None) -> Standing:
    """Return whether a meter is, or can be, in the Energy dashboard."""
    if (manager := await async_manager(hass)) is None:
        return Standing(why_not="energy_absent")
    sources = sources_of(manager)
    if entry is not None and (made := Welcome.of(entry.options).energy):
        return Standing(on=without(sources, made) != sources)
    return Standing(why_not=_in_the_way(hass, entry, sources))


async def async_put(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Put a meter into the Energy dashboard, if nothing of the user's is in its way."""
    if (manager := await async_manager(hass)) is None:
        return
    sources = sources_of(manager)
    if _in_the_way(hass, entry, sources) is None:
        left = _left_behind(hass, entry, sources)
        wanted = _wanted(hass, entry, left) or {}
        await _save(hass, entry, manager, left, wanted)


async def async_follow(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Let what is ours follow the meter's tariffs, prices and names."""
    made = Welcome.of(entry.options).energy
    if not made or (manager := await async_manager(hass)) is None:
        return
    if (wanted := _wanted(hass, entry, made)) is not None:
        await _save(hass, entry, manager, made, wanted)


async def async_take_out(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Take what is ours out of the Energy dashboard again."""
    welcome = Welcome.of(entry.options)
    if (manager := await async_manager(hass)) is not None:
        await async_write(hass, manager, without(sources_of(manager), welcome.energy))
        async_keep(hass, entry, replace(welcome, energy={}))


@callback
def _in_the_way(
    hass: HomeAssistant, entry: LinkyConfigEntry | None, sources: list[Source]
) -> str | None:
    """Return why a meter would count twice, None if it would not."""
    foreign = in_use(sources) - _of_meters(hass)
    if any(not one.startswith(f"{DOMAIN}:") for one in foreign):
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
    left = {
        key: source
        for powered in (False, True)
        for key, source in (_wanted(hass, entry, {}, powered=powered) or {}).items()
        if source in sources
    }
    if (total := _statistics(hass, entry)[0].get(TOTAL)) is not None:
        before = statistic_of(total)
        for source in sources:
            if before in in_use([source]):
                left[BEFORE] = source
    return left


async def _save(
    hass: HomeAssistant,
    entry: LinkyConfigEntry,
    manager: EnergyManager,
    made: Made,
    wanted: Made,
) -> None:
    before = None
    if TOTAL not in wanted:
        if BEFORE in made:
            wanted = {**wanted, BEFORE: made[BEFORE]}
        elif TOTAL in made or not made:
            before = await _before(hass, entry, made, wanted)
            wanted = {**wanted, BEFORE: before.source} if before else wanted
    sources, made = join(sources_of(manager), made, wanted)
    new = await _introduce(hass, made)
    if before is not None and BEFORE in made:
        before.async_write(hass)
        new = True
    if new:
        # A set-up does not hang where the recorder does
        with suppress(TimeoutError):
            async with asyncio.timeout(_MOST_SECONDS):
                await asyncio.shield(async_written(hass))
    await async_write(hass, manager, sources)
    async_keep(hass, entry, replace(Welcome.of(entry.options), energy=made))


async def _before(
    hass: HomeAssistant, entry: LinkyConfigEntry, made: Made, wanted: Made
) -> Before | None:
    """Return what only the total counted, which leaves for its registers."""
    statistics, _ = _statistics(hass, entry)
    if (total := statistics.get(TOTAL)) is None:
        return None
    keys = TOTAL_COSTS
    shown = made[TOTAL]["stat_cost"] if TOTAL in made else None
    cost = shown or next((statistics[k] for k in keys if k in statistics), None)
    return await async_before(hass, entry, total, cost, wanted)


async def _introduce(hass: HomeAssistant, made: Made) -> bool:
    """Let the recorder know the statistics of sources before it has rows of them.

    It would with the next five minutes, and the dashboard misses them until then.
    Return whether there was something new.
    """
    named: set[str] = {
        source[name]
        for source in made.values()
        for name in STATISTICS
        if valid_entity_id(source.get(name) or "")
    }
    known = await get_instance(hass).async_add_executor_job(
        partial(get_metadata, hass, statistic_ids=named)
    )
    if not (new := named - known.keys()):
        return False
    for one in await async_list_statistic_ids(hass, new):
        metadata = StatisticMetaData(
            has_sum=one["has_sum"],
            mean_type=one["mean_type"],
            name=one["name"],
            source=one["source"],
            statistic_id=one["statistic_id"],
            unit_class=one["unit_class"],
            unit_of_measurement=one["statistics_unit_of_measurement"],
        )
        async_import_statistics(hass, metadata, [])
    return True


@callback
def _wanted(
    hass: HomeAssistant,
    entry: LinkyConfigEntry,
    made: Made,
    *,
    powered: bool | None = None,
) -> dict[str, Source] | None:
    """Return the sources that a meter needs now, None while its contract is unknown.

    With the power of now, if that is not told: as soon as there is one.
    """
    coordinator = entry.runtime_data.coordinator
    if (contract := contract_of(coordinator)) is None:
        return None
    statistics, disabled = _statistics(hass, entry)
    if powered is None:
        # The dashboard objects to what says nothing yet
        shown = any(map(shows_power, made.values()))
        powered = shown or coordinator.data[POWER] is not None
    if not powered:
        statistics.pop(POWER, None)
    active = coordinator.meter.memory.active
    registers = registers_of(contract, active, statistics, disabled)
    if entry.runtime_data.costs.contract is not None:
        # Its costs are by hours, which are not those of the registers
        registers = {TOTAL: (ALL_COSTS,)}
    wanted = wanted_sources(registers, statistics, made)
    return wanted | left_registers(wanted, statistics, made)


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
