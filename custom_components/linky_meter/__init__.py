"""Linky Meter: French electricity meters, read through their customer output (TIC)."""

from __future__ import annotations

from contextlib import AsyncExitStack

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .billing.keeper import CostKeeper
from .billing.store import CostsStore
from .const import DOMAIN
from .coordinator import LinkyConfigEntry, LinkyCoordinator
from .link.problems import async_dismiss, async_heal_disabled
from .link.store import memory_store
from .replace.adopt import (
    async_follow_address,
    async_forget_other_meter,
    async_other_meter,
)
from .replace.statistics import async_take_out_steps, steps_store
from .services import async_register_actions

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR]


async def async_setup(hass: HomeAssistant, _: ConfigType) -> bool:
    """Register the actions, whether a meter is loaded or not."""
    async_register_actions(hass)
    async_heal_disabled(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: LinkyConfigEntry) -> bool:
    """Set up a meter; whatever fails, nothing of it stays."""
    async_follow_address(hass, entry)
    coordinator = LinkyCoordinator(
        hass, entry, on_other_meter=async_other_meter(hass, entry).process
    )
    await coordinator.async_start()
    async with AsyncExitStack() as undo:
        undo.push_async_callback(coordinator.async_save)
        undo.push_async_callback(coordinator.async_close)
        entry.runtime_data = coordinator
        coordinator.costs = CostKeeper(hass, coordinator)
        await coordinator.costs.async_start()
        # One that could not start has nothing to save
        undo.push_async_callback(coordinator.costs.async_stop)
        undo.push_async_callback(
            hass.config_entries.async_unload_platforms, entry, PLATFORMS
        )
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        await async_take_out_steps(hass, entry)
        entry.async_on_unload(entry.add_update_listener(_async_entry_updated))
        undo.pop_all()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: LinkyConfigEntry) -> bool:
    """Unload a meter and free its port."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.async_close()
        await entry.runtime_data.async_save()
        await entry.runtime_data.costs.async_stop()
        _dismiss(hass, entry)
    return unloaded


def _dismiss(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Forget what was wrong with an entry's source, and take its repairs away."""
    async_forget_other_meter(hass, entry)
    async_dismiss(hass, entry)


async def async_remove_entry(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Forget what was learned about the meter, and its repairs."""
    _dismiss(hass, entry)
    await memory_store(hass, entry.entry_id).async_remove()
    await steps_store(hass, entry.entry_id).async_remove()
    await CostsStore(hass, entry.entry_id).async_remove()


async def _async_entry_updated(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Take options as they are; another source needs a reload."""
    coordinator = entry.runtime_data
    if dict(entry.data) != coordinator.meter_link.source_data:
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return
    coordinator.async_apply_options()
    coordinator.costs.async_apply()
