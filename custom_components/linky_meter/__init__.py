"""Linky Meter: French electricity meters, read through their customer output (TIC)."""

from __future__ import annotations

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .billing.keeper import CostKeeper
from .billing.store import CostsStore
from .const import DOMAIN
from .coordinator import LinkyConfigEntry, LinkyCoordinator
from .link.issues import async_heal_disabled
from .link.learned import memory_store
from .link.problems import async_dismiss
from .replace.adopt import async_follow_address
from .replace.statistics import StatisticsRepair, notes_store
from .services import async_register_actions

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR]


async def async_setup(hass: HomeAssistant, _: ConfigType) -> bool:
    """Register the actions, whether a meter is loaded or not."""
    async_register_actions(hass)
    async_heal_disabled(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: LinkyConfigEntry) -> bool:
    """Set up a meter."""
    async_follow_address(hass, entry)
    statistics = StatisticsRepair(hass, entry)
    await statistics.async_load()
    coordinator = LinkyCoordinator(hass, entry)
    await coordinator.async_start()
    entry.runtime_data = coordinator
    coordinator.costs = CostKeeper(hass, coordinator)
    await coordinator.costs.async_start()
    await statistics.async_start()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_async_entry_updated))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: LinkyConfigEntry) -> bool:
    """Unload a meter and free its port."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.async_close()
        await entry.runtime_data.async_save()
        await entry.runtime_data.costs.async_stop()
        async_dismiss(hass, entry)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Forget what was learned about the meter, and its repairs."""
    async_dismiss(hass, entry)
    await memory_store(hass, entry.entry_id).async_remove()
    await notes_store(hass, entry.entry_id).async_remove()
    await CostsStore(hass, entry.entry_id).async_remove()


async def _async_entry_updated(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Take options as they are; another source needs a reload."""
    coordinator = entry.runtime_data
    if dict(entry.data) != coordinator.source_data:
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return
    coordinator.async_apply_options()
    coordinator.costs.async_apply()
