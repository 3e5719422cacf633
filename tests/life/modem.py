"""A USB modem that is pulled out and put in, here or under another path."""

from __future__ import annotations

from pathlib import Path

from homeassistant.components import usb
from homeassistant.core import HomeAssistant
from tests.simulator import PtyMeter

IDENTITY = {"vid": "0403", "pid": "6015", "serial_number": "TINFO-2042"}


class Modem:
    """A modem with a serial number; its paths are links to a pseudo-terminal."""

    def __init__(self, hass: HomeAssistant, meter: PtyMeter, folder: Path) -> None:
        """Take a meter that is plugged in; Home Assistant sees the modem come and go."""
        self.meter = meter
        self._folder = folder
        self._link = folder / "ttyUSB0"
        self._link.symlink_to(meter.device)
        usb.async_register_serial_port_scanner(hass, lambda _: self._ports())

    @property
    def path(self) -> str:
        """Where it is, or was last."""
        return str(self._link)

    def unplug(self) -> None:
        """Pull it out."""
        self.meter.unplug()
        self._link.unlink()

    def plug(self, name: str = "ttyUSB0") -> None:
        """Put it in; the system gives it a path."""
        self.meter.replug()
        self._link = self._folder / name
        self._link.symlink_to(self.meter.device)

    def _ports(self) -> list[usb.USBDevice | usb.SerialDevice]:
        """Return what the system lists."""
        if not self.meter.plugged:
            return []
        return [
            usb.USBDevice(
                device=self.path,
                vid=IDENTITY["vid"],
                pid=IDENTITY["pid"],
                serial_number=IDENTITY["serial_number"],
                manufacturer=None,
                description=None,
            )
        ]
