"""What Home Assistant's system information tells of the integration."""

from __future__ import annotations

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_integration

from .const import DOMAIN
from .link.sources import kind_of
from .sharing.house import clients


@callback
def async_register(_: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register the information."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    """Return how many meters there are, how many are read, and from what."""
    entries = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    loaded = hass.config_entries.async_loaded_entries(DOMAIN)
    integration = await async_get_integration(hass, DOMAIN)
    return {
        "version": str(integration.version),
        "meters": len(entries),
        "meters_read": sum(entry.runtime_data.coordinator.link for entry in loaded),
        "sharing_clients": clients(hass),
        "sources": ", ".join(sorted({kind_of(entry.data) for entry in entries})),
    }
