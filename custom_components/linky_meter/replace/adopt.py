"""A new meter takes the place of an old one: same entry, same entities, same history."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import DOMAIN
from ..link.learned import async_renew_memory
from ..linky_tic.tic.identity import parse_address
from .exchange import async_take_down
from .statistics import async_note_replacement

_LENGTH = 12


async def async_adopt(hass: HomeAssistant, entry: ConfigEntry, address: str) -> bool:
    """Give an entry a new meter, which has no entry yet; return whether it was done."""
    if not await async_take_down(hass, entry):
        return False
    # First what a power cut must not lose; whoever begins anew does this once more
    await async_note_replacement(hass, entry)
    await async_renew_memory(hass, entry.entry_id)
    hass.config_entries.async_update_entry(entry, unique_id=address)
    async_follow_address(hass, entry)
    hass.config_entries.async_schedule_reload(entry.entry_id)
    return True


@callback
def async_follow_address(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Let device and entities of an entry follow its meter's address.

    Done at each set-up too: registries are saved later than entries.
    """
    address = entry.unique_id or ""
    entities = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(entities, entry.entry_id):
        if (wanted := _moved(entity.unique_id, address)) is not None:
            entities.async_update_entity(entity.entity_id, new_unique_id=wanted)
    devices = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        identifiers = {
            (domain, (_moved(name, address) if domain == DOMAIN else None) or name)
            for domain, name in device.identifiers
        }
        if identifiers != device.identifiers:
            devices.async_update_device(device.id, new_identifiers=identifiers)


def _moved(name: str, address: str) -> str | None:
    """Return a name that begins with a meter's address with the new one, if another."""
    old = name[:_LENGTH]
    if old == address or parse_address(old) is None:
        return None
    return address + name[_LENGTH:]
