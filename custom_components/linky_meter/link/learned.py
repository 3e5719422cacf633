"""What is learned about a meter and outlives a restart: a kind of what is persisted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant

from ..const import CONF_BAUDRATE
from ..linky_tic.tic.sources.serial import SPEEDS
from ..linky_tic.tic.state.memory import Memory
from .problems import Issue
from .store import Kind

_MEMORY = "memory"
_PLACE = "place"


@dataclass
class Learned:
    """What is learned about an entry's meter."""

    memory: Memory
    source: dict[str, Any]
    """What finds the meter sooner on its source."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {_MEMORY: self.memory.as_dict(), **self.source}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Learned:
        """Return what ``as_dict`` gave; raises an error of some kind for all else."""
        source = {name: value for name, value in data.items() if name != _MEMORY}
        if CONF_BAUDRATE in source:
            # 1200.0 is equal, and no port can be opened at it
            source[CONF_BAUDRATE] = SPEEDS[SPEEDS.index(source[CONF_BAUDRATE])]
        if not isinstance(source.get(_PLACE, {}), dict):
            raise ValueError("No place at a server")  # noqa: TRY004
        return cls(Memory.from_dict(data[_MEMORY]), source)


memory_store = Kind("", Issue.MEMORY_RESTARTED, Learned.from_dict).store


async def async_renew_memory(hass: HomeAssistant, entry_id: str) -> None:
    """Keep of what was learned only what holds for another meter in the same place."""
    store = memory_store(hass, entry_id)
    if (learned := await store.async_load()) is not None:
        learned.memory = learned.memory.for_new_meter()
        await store.async_save(learned.as_dict())
