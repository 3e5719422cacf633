"""Which meter an action is for."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN
from .coordinator import LinkyCoordinator


def coordinator_of(hass: HomeAssistant, device_id: str) -> LinkyCoordinator:
    """Return the coordinator of a device. Raises ServiceValidationError."""
    device = dr.async_get(hass).async_get(device_id)
    entries = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if device is not None and entry.entry_id in device.config_entries
    ]
    if not entries:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="not_a_meter"
        )
    if entries[0].state is not ConfigEntryState.LOADED:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="not_loaded"
        )
    coordinator: LinkyCoordinator = entries[0].runtime_data
    return coordinator
