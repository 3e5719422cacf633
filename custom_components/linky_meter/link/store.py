"""What is kept of an entry's meter over a restart."""

from __future__ import annotations

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from ..linky_tic.tic.state.memory import Memory

STORAGE_VERSION = 1


def memory_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the store of what is learned about an entry's meter."""
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}")


async def async_renew_memory(hass: HomeAssistant, entry_id: str) -> None:
    """Keep of what was learned only what holds for another meter in the same place."""
    store = memory_store(hass, entry_id)
    if stored := await store.async_load():
        memory = Memory.from_dict(stored["memory"]).for_new_meter()
        await store.async_save({**stored, "memory": memory.as_dict()})
