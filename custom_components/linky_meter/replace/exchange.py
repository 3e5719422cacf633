"""Two entries that hear each other's meter exchange their sources."""

from __future__ import annotations

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_USB, DOMAIN
from ..link.usb import async_port, port_identity

_EXCHANGING: HassKey[set[str]] = HassKey(f"{DOMAIN}_exchanging")
_TRIES = 3


def reads(entry: ConfigEntry) -> bool:
    """Return whether an entry reads its meter now."""
    loaded = entry.state is ConfigEntryState.LOADED
    return loaded and entry.runtime_data.coordinator.link


async def async_take_down(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Unload an entry whatever it is about; return whether its source is closed."""
    for _ in range(_TRIES):
        if entry.state is ConfigEntryState.NOT_LOADED:
            return True
        if entry.state.recoverable:
            await hass.config_entries.async_unload(entry.entry_id)
        else:
            # Wait for what is under way
            await settled(entry)
    return entry.state is ConfigEntryState.NOT_LOADED


@callback
def async_exchange(hass: HomeAssistant, entry: ConfigEntry, owner: ConfigEntry) -> None:
    """Exchange the sources of two entries in a while, if the other has not its own.

    ``entry`` hears the meter of ``owner``.
    """
    exchanging = hass.data.setdefault(_EXCHANGING, set())
    both = {entry.entry_id, owner.entry_id}
    if exchanging & both:
        return
    exchanging |= both

    async def exchange() -> None:
        try:
            await _exchange(hass, entry, owner)
        finally:
            exchanging.difference_update(both)

    hass.async_create_task(exchange(), "tic exchange", eager_start=False)


async def _exchange(
    hass: HomeAssistant, entry: ConfigEntry, owner: ConfigEntry
) -> None:
    """Exchange the sources of two entries."""
    # The other may be about to find its meter where it is
    await settled(owner)
    entries = hass.config_entries
    if reads(owner) or not all(
        entries.async_get_entry(one.entry_id) for one in (entry, owner)
    ):
        return
    closed = [await async_take_down(hass, one) for one in (entry, owner)]
    if all(closed):
        mine, theirs = dict(entry.data), dict(owner.data)
        entries.async_update_entry(entry, data=await _as_now(hass, theirs))
        entries.async_update_entry(owner, data=await _as_now(hass, mine))
    for one, is_closed in zip((entry, owner), closed, strict=True):
        if is_closed:
            entries.async_schedule_reload(one.entry_id)


async def _as_now(hass: HomeAssistant, data: dict[str, Any]) -> dict[str, Any]:
    """Return an entry's data with the modem that is on its port now."""
    if CONF_DEVICE not in data:
        return data
    modem = port_identity(await async_port(hass, data[CONF_DEVICE]))
    return {**data, CONF_USB: modem or data.get(CONF_USB)}


async def settled(entry: ConfigEntry) -> None:
    """Wait until an entry is neither being set up nor unloaded."""
    async with entry.setup_lock:
        pass
