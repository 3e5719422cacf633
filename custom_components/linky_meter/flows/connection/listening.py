"""The steps of the set-up in which a source is named or searched, and listened to."""

from __future__ import annotations

import asyncio
from typing import Any, override

import probatio as vol

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_DEVICE
from homeassistant.core import callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.selector import SerialPortSelector, TextSelector

from ...link.usb import UsbIdentity, async_port, async_users, holds
from ...linky_tic.tic.errors import SourceError
from .port import (
    Heard,
    Progress,
    listen_on_port,
    listen_on_server,
    port_error_key,
    taken_key,
)
from .port_taken import PortTakenFlow, async_holder
from .search import Search

WAYS = ["search", "serial", "address", "server"]
"""The steps by which a source is named or found."""


class ListeningFlow(PortTakenFlow):
    """Comes to the meters of one source; the step ``choose`` goes on from there."""

    def __init__(self) -> None:
        self._form = "serial"
        """The form to come back to."""
        self._device = ""
        self._modem: UsbIdentity | None = None
        self._server: dict[str, Any] = {}
        self._listening: asyncio.Task[list[Heard]] | None = None
        self._progress = Progress("listen")
        self._nothing: dict[str, str] = {}
        """What a search found on the ports that have no meter."""
        self._meters: list[Heard] = []
        self._errors: dict[str, str] = {}
        self._placeholders: dict[str, str] = {}
        self._reload: ConfigEntry | None = None

    @property
    def _moved(self) -> ConfigEntry | None:
        """The entry that gets another source, None for a new meter."""
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return None

    async def async_step_search(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Listen on each port that nobody uses."""
        self._form = "search"
        if self._listening is None and self._moved and CONF_DEVICE in self._moved.data:
            await self._lend(self._moved)
        return await self.async_step_listen()

    async def async_step_nothing_found(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what became of each port, and offer every way again."""
        return self.async_show_menu(
            step_id="nothing_found",
            menu_options=WAYS,
            description_placeholders=self._nothing,
        )

    async def async_step_serial(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a port, from a list."""
        return await self._step_port("serial", user_input)

    async def async_step_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a port, as text."""
        return await self._step_port("address", user_input)

    async def _step_port(
        self, form: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        if user_input is not None:
            self._device = user_input[CONF_DEVICE].strip()
        port = await async_port(self.hass, self._device)
        if not self._device and form == "serial" and user_input is None:
            port = await Search(self.hass, self._follow, self._moved).likely()
        # What is not in the list was typed, and is corrected as text
        self._form = form if port or user_input is None else "address"
        if user_input is not None and await self._may_listen():
            return await self.async_step_listen()
        if user_input is not None and self._holder is not None:
            return await self.async_step_port_taken()
        typed = self._form == "address"
        field = TextSelector() if typed else SerialPortSelector()
        named = self._device if typed else port and port.device
        default = named or vol.UNDEFINED
        return self.async_show_form(
            step_id=self._form,
            data_schema=vol.Schema({vol.Required(CONF_DEVICE, default=default): field}),
            errors=self._errors,
            description_placeholders=self._placeholders,
        )

    async def async_step_listen(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Listen until the meter has named itself."""
        step = "search" if self._form == "search" else "listen"
        if self._listening is None:
            self._progress = Progress(step)
            self._listening = self.hass.async_create_task(
                self._listen(), "tic listen", eager_start=False
            )
        if not self._listening.done():
            return self.async_show_progress(
                step_id=step,
                progress_action=self._progress.action,
                description_placeholders=self._progress.words,
                progress_task=self._listening,
            )
        task, self._listening = self._listening, None
        try:
            self._meters = task.result()
        except SourceError as err:
            self._errors = {"base": port_error_key(err, self._device)}
        except ConfigEntryNotReady:
            # The transport of an ESPHome proxy says so until ESPHome has loaded
            self._errors = {"base": "esphome_not_ready"}
        else:
            return self.async_show_progress_done(
                next_step_id="choose" if self._meters else "nothing_found"
            )
        return self.async_show_progress_done(next_step_id=self._form)

    async def _listen(self) -> list[Heard]:
        """Return the meters of what was named, or of the search. Raises SourceError."""
        if self._form == "server":
            return await listen_on_server(self.hass, self._server)
        if self._form != "search":
            return await listen_on_port(
                self.hass, self._device, self._modem, self._follow
            )
        search = Search(self.hass, self._follow, self._moved)
        meters = await search.run()
        self._nothing = search.words
        return meters

    @callback
    def _follow(self, progress: Progress) -> None:
        """Show what is listened to, and what comes, as long as the flow is open."""
        self._progress = progress
        if self._listening is not None:
            self.hass.async_create_task(
                self.hass.config_entries.flow.async_configure(self.flow_id)
            )
            self.async_update_progress(progress.share)

    @callback
    @override
    def async_remove(self) -> None:
        """Let go of the port, and give it back to the entry it was taken from."""
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None
        if self._reload is not None:
            self.hass.config_entries.async_schedule_reload(self._reload.entry_id)

    async def _may_listen(self) -> bool:
        """Return whether nobody of Home Assistant holds the port; say who does."""
        self._errors, self._placeholders = {}, {}
        self._holder = await async_holder(self.hass, self._device)
        for user in await async_users(self.hass, self._device):
            if self._moved and user.config_entry_id == self._moved.entry_id:
                await self._lend(self._moved)
            elif holds(user):
                self._errors = {"base": taken_key(user)}
                self._placeholders = {"user": user.title}
                return False
        if self._holder is not None:
            # Home Assistant knows of no port of Linky TIC
            self._errors = {"base": "port_used"}
            self._placeholders = {"user": self._holder.title}
        return self._holder is None

    async def _lend(self, entry: ConfigEntry) -> None:
        """Close the port of the entry to move, and try it no more, until the flow ends."""
        self._reload = entry
        if entry.state in {ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY}:
            await self.hass.config_entries.async_unload(entry.entry_id)
