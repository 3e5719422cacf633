"""The step where another integration of a meter holds the port: it may be disabled."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OperationNotAllowed,
)
from homeassistant.core import HomeAssistant

from ...link.usb import async_resolve
from ...replace.takeover.tables import LINKYTIC, TELEINFO

# What of an entry's data names the port
_PORTS = {LINKYTIC.platform: "serial_device", TELEINFO.platform: "serial_port"}
_RUNS = {
    ConfigEntryState.LOADED,
    ConfigEntryState.SETUP_IN_PROGRESS,
    ConfigEntryState.SETUP_RETRY,
}
# Linky TIC lets go of the port up to a second after it was unloaded
_RELEASE_SECONDS = 1.5


async def async_holder(hass: HomeAssistant, device: str) -> ConfigEntry | None:
    """Return the integration of a meter that is set up with a port, if it is not off."""
    wanted = await async_resolve(hass, device)
    for domain in sorted(_PORTS):
        for entry in hass.config_entries.async_entries(domain, include_disabled=False):
            port = entry.data.get(_PORTS[domain])
            if (
                entry.state in _RUNS
                and port
                and await async_resolve(hass, str(port)) == wanted
            ):
                return entry
    return None


class PortTakenFlow(ConfigFlow):
    """Offers to disable what holds the port, if that is about the meter only."""

    _form: str
    """The form to come back to."""
    _errors: dict[str, str]
    _placeholders: dict[str, str]
    _holder: ConfigEntry | None = None
    """What holds the port and may be disabled."""
    _disabled = False
    """Whether it was."""

    async def async_step_port_taken(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to disable it."""
        return self.async_show_menu(
            step_id="port_taken",
            menu_options=["port_disable", "port_other"],
            description_placeholders=self._placeholders,
        )

    async def async_step_port_disable(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Disable it and listen; where it does not let go the form says who it is."""
        entries, holder = self.hass.config_entries, self._holder
        if holder is None:
            return await self.async_step_port_other()
        with suppress(OperationNotAllowed):
            await entries.async_set_disabled_by(
                holder.entry_id, ConfigEntryDisabler.USER
            )
        # What that returns is no word about one whose integration was never set up
        if holder.state is not ConfigEntryState.NOT_LOADED:
            with suppress(OperationNotAllowed):
                await entries.async_set_disabled_by(holder.entry_id, None)
            return await self.async_step_port_other()
        await asyncio.sleep(_RELEASE_SECONDS)
        self._errors, self._disabled = {}, True
        return await self._go_to("listen")

    async def async_step_port_other(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Go back to the form, which says who uses the port."""
        return await self._go_to(self._form)

    async def _go_to(self, step: str) -> ConfigFlowResult:
        result: ConfigFlowResult = await getattr(self, f"async_step_{step}")()
        return result
