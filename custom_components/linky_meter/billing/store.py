"""What is kept of energy and public prices over a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..linky_tic.costs.calendar.schedule import Schedule
from ..linky_tic.costs.calendar.tempo import Colours
from ..linky_tic.costs.errors import CostsError
from ..linky_tic.costs.ledger.ledger import Ledger
from ..linky_tic.costs.ledger.virtual import VirtualRegisters

STORAGE_VERSION = 1
SAVE_SECONDS = 300.0

_TOLD_FOR = timedelta(days=30)


@dataclass
class Kept:
    """All that is kept."""

    ledger: Ledger = field(default_factory=Ledger)
    registers: VirtualRegisters = field(default_factory=VirtualRegisters)
    colours: Colours = field(default_factory=Colours)
    learned: Schedule | None = None
    """The meter's own off-peak hours."""
    restarted: datetime | None = None
    """When the ledger had to begin again, because what was kept could not be read."""
    recalled: bool = False
    """Whether the energy from before the ledger began was asked for."""
    fetched: dict[str, Any] = field(default_factory=dict)
    """What public files said, as their clients keep it."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "ledger": self.ledger.as_dict(),
            "registers": self.registers.as_dict(),
            "colours": self.colours.as_dict(),
            "learned": self.learned.as_dict() if self.learned else None,
            "restarted": self.restarted.isoformat() if self.restarted else None,
            "recalled": self.recalled,
            "fetched": self.fetched,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Kept:
        """Return what ``as_dict`` gave; raise an error of some kind for anything else.

        What can be had again is left out when it cannot be read.
        """
        learned, restarted = data.get("learned"), data.get("restarted")
        fetched = data.get("fetched")
        return cls(
            ledger=Ledger.from_dict(data["ledger"]),
            registers=VirtualRegisters.from_dict(data["registers"]),
            colours=Colours.from_dict(data["colours"]),
            learned=Schedule.from_dict(learned) if learned else None,
            restarted=datetime.fromisoformat(restarted) if restarted else None,
            recalled=data.get("recalled") is True,
            fetched=dict(fetched) if isinstance(fetched, dict) else {},
        )

    def restarted_lately(self, now: datetime) -> bool:
        """Return whether the user should still be told."""
        return self.restarted is not None and now - self.restarted < _TOLD_FOR


class CostsStore:
    """The store of an entry's energy, and of one that could not be read."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        key = f"{DOMAIN}.{entry_id}.costs"
        self._hass = hass
        self._store = Store[dict[str, Any]](hass, STORAGE_VERSION, key)
        self._aside = Store[Any](hass, STORAGE_VERSION, f"{key}.unreadable")
        self._saved = hass.loop.time()

    async def async_load(self, *, expected: bool) -> Kept:
        """Return what was kept; what cannot be read is put aside.

        ``expected`` when there must be something: Home Assistant puts a file that is no
        JSON aside by itself.
        """
        stored = await self._store.async_load()
        if stored is None:
            return Kept(restarted=dt_util.utcnow() if expected else None)
        try:
            return Kept.from_dict(stored)
        except CostsError, KeyError, TypeError, ValueError, AttributeError:
            await self._aside.async_save(stored)
            return Kept(restarted=dt_util.utcnow())

    def save_now_and_then(self, kept: Callable[[], dict[str, Any]]) -> None:
        """Save when the last time is a while ago."""
        now = self._hass.loop.time()
        if now - self._saved >= SAVE_SECONDS:
            self._saved = now
            self._store.async_delay_save(kept, 1)

    async def async_save(self, kept: dict[str, Any]) -> None:
        """Save now."""
        await self._store.async_save(kept)

    async def async_remove(self) -> None:
        """Remove all."""
        await self._store.async_remove()
        await self._aside.async_remove()
