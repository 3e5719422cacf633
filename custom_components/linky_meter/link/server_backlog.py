"""A server that falls behind: noticed by the meter's own clock.

Release 2 of TIC2WebSocket gives one frame a second at most and keeps what it did not
give. Its times of capture stay those of now; only DATE shows the delay.
"""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..linky_tic.tic.fields import Value
from .problems import Issue, async_heal, async_raise

BACKLOG_SECONDS = 60
HEALED_SECONDS = 600.0


class Backlog:
    """Watches one entry's delay; says so where a new connection does not help."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start without a connection."""
        self._hass = hass
        self._entry = entry
        self._offset: int | None = None
        self._since = 0.0
        self._times = 0

    def start(self) -> None:
        """Begin anew with a new connection: a steady difference is the meter's clock."""
        self._offset = None

    def grows(self, offset: Value | None, now: float) -> bool:
        """Take the clock's offset in s; return whether to connect again."""
        if not isinstance(offset, int):
            return False
        if self._offset is None:
            self._offset, self._since = offset, now
        elif offset < self._offset - BACKLOG_SECONDS:
            self._times += 1
            if self._times > 1:
                async_raise(self._hass, self._entry, Issue.SERVER_BACKLOG)
            return True
        elif self._times and now - self._since > HEALED_SECONDS:
            self._times = 0
            async_heal(self._hass, self._entry.entry_id, Issue.SERVER_BACKLOG)
        return False
