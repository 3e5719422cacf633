"""Serial ports as Home Assistant knows them: which is which, and who uses one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
import os
from typing import Any

from homeassistant.components import usb
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

from ..const import CONF_USB, DOMAIN
from ..linky_tic.tic.sources.port import port_url
from .problems import Issue, LinkProblems, async_heal, async_raise
from .tasks import Unexpected

LOOK_SECONDS = 60.0

# Home Assistant's own integration for the same output
_TELEINFO = "teleinfo"

type UsbIdentity = dict[str, str | None]


async def async_resolve(hass: HomeAssistant, device: str) -> str:
    """Return a port's real path or bare URL, so that its other names are the same.

    What follows ``?`` in a URL may be a key; only Home Assistant's own ESPHome URLs name
    the port there.
    """
    if device.startswith("/"):
        return await hass.async_add_executor_job(os.path.realpath, device)
    if device.startswith("esphome-hass://"):
        return device
    return port_url(device.partition("?")[0])


async def async_users(hass: HomeAssistant, device: str) -> list[usb.SerialPortConsumer]:
    """Return the integrations and apps that are set up with a port."""
    ports = await usb.async_scan_serial_ports(hass)
    consumers = await usb.async_get_serial_port_consumers(hass, ports)
    wanted = await async_resolve(hass, device)
    return [
        user
        for path, users in consumers.items()
        if await async_resolve(hass, path) == wanted
        for user in users
    ]


def holds(user: usb.SerialPortConsumer) -> bool:
    """Return whether a port is not free because of a user; what is ours stays ours."""
    return user.active or user.domain == DOMAIN


async def async_port(hass: HomeAssistant, device: str) -> usb.SerialDevice | None:
    """Return a port as Home Assistant lists it, None if it does not."""
    wanted = await async_resolve(hass, device)
    for port in await usb.async_scan_serial_ports(hass):
        if wanted == await async_resolve(hass, port.device):
            return port
    return None


def port_label(port: usb.SerialDevice) -> str:
    """Return how people tell a port from others: what it says of itself, and its path."""
    path = port.resolved_device or port.device
    return f"{port.description} ({path})" if port.description else path


def port_identity(port: usb.SerialDevice | None) -> UsbIdentity | None:
    """Return what tells a modem from others, None where nothing does."""
    if not isinstance(port, usb.USBDevice):
        return None
    return usb_identity(port.vid, port.pid, port.serial_number)


async def async_find_modem(
    hass: HomeAssistant, device: str, modem: UsbIdentity
) -> str | None:
    """Return where a modem is now that was on a port, None if there or not for sure.

    Only a serial number tells a modem from others of its kind.
    """
    if not modem.get("serial_number"):
        return None
    found = [
        port
        for port in await usb.async_scan_serial_ports(hass)
        if isinstance(port, usb.USBDevice)
        and usb_identity(port.vid, port.pid, port.serial_number) == modem
    ]
    if len(found) != 1 or await async_resolve(hass, device) == await async_resolve(
        hass, found[0].device
    ):
        return None
    # Links under by-id survive the next renumbering
    return await hass.async_add_executor_job(usb.get_serial_by_id, found[0].device)


def usb_identity(vid: str, pid: str, serial_number: str | None) -> UsbIdentity:
    """Return a modem's identity as entries keep it."""
    return {"vid": vid, "pid": pid, "serial_number": serial_number}


async def async_moved(
    hass: HomeAssistant, entry: ConfigEntry
) -> Mapping[str, Any] | None:
    """Return an entry's data if its modem is under another path now."""
    modem = entry.data.get(CONF_USB)
    # Cheap adapters of one kind have one serial number
    if not modem or any(
        other.data.get(CONF_USB) == modem
        for other in hass.config_entries.async_entries(DOMAIN)
        if other.entry_id != entry.entry_id
    ):
        return None
    device = await async_find_modem(hass, entry.data[CONF_DEVICE], modem)
    return None if device is None else {**entry.data, CONF_DEVICE: device}


class PortWatch:
    """Tells who else is set up with an entry's port, as long as somebody is.

    The lock of an open port does not keep every program out, so an open port may have a
    second reader, and each then misses what the other took.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, problems: LinkProblems
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._problems = problems
        self._unexpected = Unexpected("looking who uses the port")
        self._others: list[usb.SerialPortConsumer] = []
        self._cancel_signal: CALLBACK_TYPE | None = None
        self._cancel_look: CALLBACK_TYPE | None = None

    async def async_look(self) -> None:
        """Look who else uses the port; raise the repair, or take it away."""
        with self._unexpected:
            await self._look()
            return
        if self._cancel_signal is not None:
            self._look_later()

    async def _look(self) -> None:
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
        elif not self._problems.port_busy:
            async_heal(self._hass, self._entry.entry_id, Issue.PORT_BUSY)

    @callback
    def refused(self) -> None:
        """Raise the repair for a port in use, if nobody is known to be set up with it."""
        if not self._others:
            async_raise(self._hass, self._entry, Issue.PORT_BUSY)

    @callback
    def opened(self) -> None:
        """Follow other entries from now on: the port is open."""
        self._problems.port_busy = False
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
        """Follow other entries no more: whoever opens the port looks first."""
        for cancel in (self._cancel_signal, self._cancel_look):
            if cancel is not None:
                cancel()
        self._cancel_signal = self._cancel_look = None

    async def _name(self, user: usb.SerialPortConsumer) -> None:
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
