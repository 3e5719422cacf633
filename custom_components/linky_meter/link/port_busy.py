"""A port that something else reads too: told with its name, as far as it is known."""

from __future__ import annotations

from datetime import datetime

from homeassistant.components.usb import SerialPortConsumer
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import CONF_DEVICE
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.loader import async_get_integration

from ..const import DOMAIN
from .issues import Issue, async_heal, async_raise
from .usb import async_users

LOOK_SECONDS = 60.0

# Home Assistant's own integration for the same output
_TELEINFO = "teleinfo"


class PortWatch:
    """Tells who else is set up with an entry's port, as long as somebody is.

    The lock of an open port does not keep every program out, so an open port may have a
    second reader, and each then misses what the other took.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start without a look."""
        self._hass = hass
        self._entry = entry
        self._refused = False
        self._others: list[SerialPortConsumer] = []
        self._cancel_signal: CALLBACK_TYPE | None = None
        self._cancel_look: CALLBACK_TYPE | None = None

    async def async_look(self) -> None:
        """Look who else uses the port; raise the repair, or take it away."""
        device = self._entry.data.get(CONF_DEVICE)
        self._others = [
            user
            for user in (await async_users(self._hass, device) if device else ())
            if user.active and user.config_entry_id != self._entry.entry_id
        ]
        # An entry of ours that holds the port is about to let go of it
        strangers = [user for user in self._others if user.domain != DOMAIN]
        if strangers:
            await self._name(strangers[0])
        elif not self._refused:
            async_heal(self._hass, self._entry.entry_id, Issue.PORT_BUSY)

    @callback
    def refused(self) -> None:
        """Hear that the port is in use; raise the repair if nobody is known for it."""
        self._refused = True
        if not self._others:
            async_raise(self._hass, self._entry, Issue.PORT_BUSY)

    @callback
    def opened(self) -> None:
        """Hear that the port is open; from now on other entries are heard of too."""
        self._refused = False
        if not self._others:
            async_heal(self._hass, self._entry.entry_id, Issue.PORT_BUSY)
        else:
            self._look_later()
        if self._cancel_signal is None:
            self._cancel_signal = async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._changed
            )

    @callback
    def closed(self) -> None:
        """Hear that the port is closed: who opens it looks first."""
        for cancel in (self._cancel_signal, self._cancel_look):
            if cancel is not None:
                cancel()
        self._cancel_signal = self._cancel_look = None

    async def _name(self, user: SerialPortConsumer) -> None:
        """Raise the repair with the other's name, and look again in a while."""
        name = user.title
        if user.domain is not None:
            integration = await async_get_integration(self._hass, user.domain)
            if integration.name != name:
                name = f"{name} ({integration.name})"
        words = "port_busy_teleinfo" if user.domain == _TELEINFO else "port_busy_by"
        async_raise(self._hass, self._entry, Issue.PORT_BUSY, words=words, user=name)
        if self._cancel_signal is not None:
            self._look_later()

    @callback
    def _look_later(self) -> None:
        """Look again in a while whether the other is still there."""
        if self._cancel_look is None:
            self._cancel_look = async_call_later(
                self._hass, LOOK_SECONDS, self._look_again
            )

    @callback
    def _look_again(self, _: datetime) -> None:
        """Look in a task of its own."""
        self._cancel_look = None
        self._look_soon()

    @callback
    def _changed(self, _: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Look when another entry that names a path was changed."""
        if entry.domain != DOMAIN and any(
            isinstance(value, str) and "/" in value
            for value in (*entry.data.values(), *entry.options.values())
        ):
            self._look_soon()

    @callback
    def _look_soon(self) -> None:
        """Look in a task of its own."""
        self._entry.async_create_background_task(
            self._hass, self.async_look(), "tic port users"
        )
