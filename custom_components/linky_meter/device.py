"""The meter as a device of Home Assistant."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers.device_registry import DeviceInfo

from .const import DOMAIN
from .linky_tic.tic.fields import Value
from .linky_tic.tic.identity import Identity


def device_info_of(
    entry: ConfigEntry, identity: Identity | None, version: Value | None
) -> DeviceInfo:
    """Return the device; the meter's address is its serial number only."""
    address = entry.unique_id or entry.entry_id
    model = identity.model if identity else None
    name = "Linky"
    if entry.title != name and identity is not None:
        name = f"{model or name} {identity.year}"
    return DeviceInfo(
        identifiers={(DOMAIN, address)},
        manufacturer=identity.manufacturer if identity else None,
        model=model,
        name=name,
        serial_number=address,
        sw_version=f"TIC {version}" if version else None,
    )
