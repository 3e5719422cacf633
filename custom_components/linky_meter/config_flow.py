"""Setting up a meter: choose a port, listen, see what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, override

import probatio as vol

from homeassistant.components import usb
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USB,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.selector import SerialPortSelector
from homeassistant.helpers.service_info.usb import UsbServiceInfo
from homeassistant.helpers.translation import async_get_translations

from .const import CONF_BAUDRATE, CONF_USB, DOMAIN, ENERGY_SETTINGS_URL, F185_URL
from .coordinator import LinkyConfigEntry
from .errors import error_key
from .options_flow import LinkyOptionsFlow
from .ports import UsbIdentity, async_usb_identity, async_users, usb_identity
from .tic.errors import SourceError
from .tic.identity import parse_address
from .tic.labels import Mode
from .tic.meter import Meter
from .tic.reading import EMPTY, MeterReading
from .tic.serial import Found, identify
from .tic.tariffs import Contract


class LinkyConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up, or sets up anew, one meter."""

    VERSION = 1

    _found: Found
    """The meter that was heard; set before any step that needs it."""

    def __init__(self) -> None:
        """Start without a port."""
        self._device = ""
        self._usb: UsbIdentity | None = None
        self._listening: asyncio.Task[Found] | None = None
        self._errors: dict[str, str] = {}
        self._placeholders: dict[str, str] = {}
        self._reload: ConfigEntry | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: LinkyConfigEntry) -> LinkyOptionsFlow:
        """Return the flow of the options."""
        return LinkyOptionsFlow()

    @override
    async def async_step_usb(self, discovery_info: UsbServiceInfo) -> ConfigFlowResult:
        """Take a modem that was plugged in; its port is not opened yet."""
        await self.async_set_unique_id(
            usb.usb_unique_id_from_service_info(discovery_info)
        )
        self._abort_if_unique_id_configured()
        # Discovery names the bare device; links under by-id survive a renumbering
        self._device = await self.hass.async_add_executor_job(
            usb.get_serial_by_id, discovery_info.device
        )
        self._usb = usb_identity(
            discovery_info.vid, discovery_info.pid, discovery_info.serial_number
        )
        for entry in self._async_current_entries(include_ignore=False):
            if discovery_info.serial_number and entry.data.get(CONF_USB) == self._usb:
                self._update_device(entry)
                return self.async_abort(reason="already_configured")
        self._async_abort_entries_match({CONF_DEVICE: self._device})
        name = discovery_info.description or discovery_info.manufacturer or "TIC"
        self.context["title_placeholders"] = {"name": name}
        self._set_confirm_only()
        return await self.async_step_usb_confirm()

    async def async_step_usb_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask before the port is opened."""
        if user_input is not None and await self._may_listen():
            return await self.async_step_listen()
        self._set_confirm_only()
        return self.async_show_form(
            step_id="usb_confirm",
            errors=self._errors,
            description_placeholders={
                **self.context.get("title_placeholders", {}),
                **self._placeholders,
            },
        )

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the port."""
        return await self._step_port("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another port of the same meter."""
        if not self._device:
            self._device = self._get_reconfigure_entry().data[CONF_DEVICE]
        return await self._step_port("reconfigure", user_input)

    async def async_step_listen(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Listen until the meter has named itself."""
        if self._listening is None:
            self._listening = self.hass.async_create_task(
                identify(self._device), "tic listen", eager_start=False
            )
        if not self._listening.done():
            return self.async_show_progress(
                step_id="listen",
                progress_action="listen",
                progress_task=self._listening,
            )
        task, self._listening = self._listening, None
        try:
            self._found = task.result()
        except SourceError as err:
            self._errors = {"base": error_key(err)}
        except ConfigEntryNotReady:
            # The transport of an ESPHome proxy says so until ESPHome has loaded
            self._errors = {"base": "esphome_not_ready"}
        else:
            return self.async_show_progress_done(next_step_id="found")
        return self.async_show_progress_done(next_step_id=self._first_step)

    async def async_step_found(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was found; the user's word creates the entry."""
        found = self._found
        data: dict[str, Any] = {
            CONF_DEVICE: self._device,
            CONF_BAUDRATE: found.baudrate,
            CONF_USB: self._usb,
        }
        await self.async_set_unique_id(found.address, raise_on_progress=False)
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            if found.address != entry.unique_id:
                return self.async_abort(reason="another_meter")
            if entry.state is not ConfigEntryState.LOADED:
                self._reload = entry
            return self.async_update_and_abort(entry, data_updates=data)
        self._abort_if_unique_id_configured(data, reload_on_update=False)
        reading = _read(found)
        if user_input is None:
            modern = (
                reading.mode is Mode.HISTORIC and reading["contract"] is Contract.BASE
            )
            return self.async_show_form(
                step_id="found_base" if modern else "found",
                description_placeholders=await _summary(self.hass, found, reading),
                last_step=True,
            )
        return self.async_create_entry(
            title=self._title(),
            data=data,
            description="found",
            description_placeholders={"energy_url": ENERGY_SETTINGS_URL},
        )

    async def async_step_found_base(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was found where the mode may hide tariffs."""
        return await self.async_step_found(user_input)

    @callback
    @override
    def async_remove(self) -> None:
        """Let go of the port, and give it back to the entry it was taken from."""
        if self._listening is not None:
            self._listening.cancel()
        if self._reload is not None:
            self.hass.config_entries.async_schedule_reload(self._reload.entry_id)

    @property
    def _first_step(self) -> str:
        """The form to come back to."""
        if self.source == SOURCE_RECONFIGURE:
            return "reconfigure"
        return "usb_confirm" if self.source == SOURCE_USB else "user"

    async def _step_port(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for a port and listen on it."""
        if user_input is not None:
            self._device = user_input[CONF_DEVICE].strip()
            self._usb = await async_usb_identity(self.hass, self._device)
            if await self._may_listen():
                return await self.async_step_listen()
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema(
                {
                    vol.Required(
                        CONF_DEVICE, default=self._device or vol.UNDEFINED
                    ): SerialPortSelector()
                }
            ),
            errors=self._errors,
            description_placeholders=self._placeholders,
        )

    async def _may_listen(self) -> bool:
        """Return whether nobody of Home Assistant holds the port; say who does."""
        self._errors, self._placeholders = {}, {}
        for user in await async_users(self.hass, self._device):
            if user.domain == DOMAIN and user.config_entry_id:
                await self._release(user.config_entry_id)
            elif user.active:
                self._errors = {"base": "port_used"}
                self._placeholders = {"user": user.title}
                return False
        return True

    async def _release(self, entry_id: str) -> None:
        """Close the port that an entry of ours holds, or refuse a second one."""
        if (
            self.source != SOURCE_RECONFIGURE
            or entry_id != self._get_reconfigure_entry().entry_id
        ):
            raise AbortFlow("already_configured")
        self._reload = self._get_reconfigure_entry()
        if self._reload.state is ConfigEntryState.LOADED:
            await self.hass.config_entries.async_unload(entry_id)

    @callback
    def _update_device(self, entry: ConfigEntry) -> None:
        """Give a known modem's entry its present path."""
        changed = self.hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_DEVICE: self._device}
        )
        # A loaded entry notices by itself
        if changed and entry.state is ConfigEntryState.SETUP_RETRY:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)

    @callback
    def _title(self) -> str:
        """Return "Linky", numbered if there are several."""
        titles = {entry.title for entry in self._async_current_entries()}
        title, number = "Linky", 1
        while title in titles:
            number += 1
            title = f"Linky {number}"
        return title


def _read(found: Found) -> MeterReading:
    """Return what the frames say that the meter was found by."""
    meter = Meter(found.address)
    reading = EMPTY
    for frame in found.frames:
        reading = meter.accept(frame) or reading
    return reading


async def _summary(
    hass: HomeAssistant, found: Found, reading: MeterReading
) -> Mapping[str, str]:
    """Return what was found, in the user's language, for the summary's text."""
    translations = await async_get_translations(
        hass, hass.config.language, "entity", {DOMAIN}
    )

    def state(key: str) -> str:
        value = reading[key]
        name = f"component.{DOMAIN}.entity.sensor.{key}.state.{value}"
        return translations.get(name, "–") if value is not None else "–"

    identity = parse_address(found.address)
    power = reading["apparent_power"]
    return {
        "model": (identity.model if identity else None) or "–",
        "manufacturer": (identity.manufacturer if identity else None) or "–",
        "mode": state("tic_mode"),
        "phases": str(reading["phases"] or "–"),
        "contract": str(reading["calendar_name"] or state("contract")),
        "tariff": str(reading["tariff_label"] or state("tariff_period")),
        "power": "–" if power is None else f"{power} VA",
        "help_url": F185_URL,
    }
