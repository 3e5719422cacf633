"""The sources of Home Assistant's Energy dashboard, read and written."""

from __future__ import annotations

from typing import Any, cast

from homeassistant.components.energy.data import (
    STORAGE_KEY,
    STORAGE_MINOR_VERSION,
    STORAGE_VERSION,
    EnergyManager,
    EnergyPreferences,
    EnergyPreferencesUpdate,
    async_get_manager,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

ENERGY = "energy"

type Source = dict[str, Any]
"""A source as the dashboard keeps it."""


async def async_manager(hass: HomeAssistant) -> EnergyManager | None:
    """Return who keeps the preferences, None where there is no Energy dashboard."""
    if ENERGY not in hass.config.components:
        return None
    try:
        return await async_get_manager(hass)
    except HomeAssistantError:
        return None


def sources_of(manager: EnergyManager) -> list[Source]:
    """Return the sources as they are; they are not to be changed in place."""
    data = manager.data
    return [] if data is None else [cast(Source, one) for one in data["energy_sources"]]


async def async_write(
    hass: HomeAssistant, manager: EnergyManager, sources: list[Source]
) -> None:
    """Keep other sources, if they are others, so that a power cut does not lose them."""
    if sources != sources_of(manager):
        update = {"energy_sources": sources}
        await manager.async_update(cast(EnergyPreferencesUpdate, update))
        # What an entry remembers of them is safe after a second, the manager's own
        # writing only after a minute: between them, they seem taken out by the user
        store = Store[EnergyPreferences](
            hass, STORAGE_VERSION, STORAGE_KEY, minor_version=STORAGE_MINOR_VERSION
        )
        await store.async_save(cast(EnergyPreferences, manager.data))
