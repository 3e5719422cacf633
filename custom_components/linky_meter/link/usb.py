"""Serial ports as Home Assistant knows them: which is which, and who uses one."""

from __future__ import annotations

import os

from homeassistant.components import usb
from homeassistant.core import HomeAssistant

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
    return device.partition("?")[0]


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


async def async_usb_identity(hass: HomeAssistant, device: str) -> UsbIdentity | None:
    """Return what tells a modem from others, None where nothing does."""
    wanted = await async_resolve(hass, device)
    for port in await usb.async_scan_serial_ports(hass):
        if isinstance(port, usb.USBDevice) and wanted == await async_resolve(
            hass, port.device
        ):
            return usb_identity(port.vid, port.pid, port.serial_number)
    return None


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
