"""A source that gives another meter's frames: replaced, or mixed up with another."""

from __future__ import annotations

import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_BAUDRATE, CONF_USB, DOMAIN
from ..link.issues import Issue, async_heal, async_raise
from ..link.redact import mask_address
from ..linky_tic.tic.identity import parse_address
from .exchange import async_exchange, reads

_LOGGER = logging.getLogger(__name__)

# Whoever hears first that modems were exchanged gives the other time to notice too
OWNED_SECONDS = 60.0


def owner_of(hass: HomeAssistant, address: str) -> ConfigEntry | None:
    """Return the entry that a meter has."""
    return hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, address)


class OtherMeter:
    """What is known of the other meter on an entry's source."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start without another meter."""
        self.address: str | None = None
        self._hass = hass
        self._entry = entry
        self._since = 0.0

    @callback
    def heard(self, address: str) -> None:
        """Hear that three frames, or one more, were another meter's."""
        hass, entry, now = self._hass, self._entry, self._hass.loop.time()
        if address != self.address:
            self.address, self._since = address, now
            _LOGGER.debug("Another meter is heard: %s", mask_address(address))
        owner = owner_of(hass, address)
        if owner is None:
            self._say(address)
        elif _source(owner) == _source(entry):
            # A server's modems were exchanged: frames are chosen by their address
            return
        elif not owner.disabled_by and not reads(owner):
            async_exchange(hass, entry, owner)
        elif now - self._since >= OWNED_SECONDS:
            self._say(address)

    @callback
    def gone(self) -> None:
        """Hear that the meter itself is back, or that the other was adopted."""
        if self.address is not None:
            self.address = None
            async_heal(self._hass, self._entry.entry_id, Issue.METER_REPLACED)

    def _say(self, address: str) -> None:
        """Raise the repair."""
        identity = parse_address(address)
        async_raise(
            self._hass,
            self._entry,
            Issue.METER_REPLACED,
            fixable=True,
            model=(identity.model if identity else None) or "–",
            year=str(identity.year) if identity else "–",
        )


def _source(entry: ConfigEntry) -> dict[str, object]:
    """Return what names an entry's source."""
    return {k: v for k, v in entry.data.items() if k not in {CONF_BAUDRATE, CONF_USB}}
