"""A modem that Home Assistant lists: an integration of the instance names a meter's port.

A pseudo-terminal is in no list of serial ports. What ESPHome does for the ports of its
devices, a few lines do here for ours.
"""

from __future__ import annotations

import json
from pathlib import Path

DOMAIN = "plugged_modem"
CONFIGURATION = f"{DOMAIN}:\n"
"""What an instance with such a modem has in its configuration."""

_CODE = '''\
"""Lists the port of a simulated meter."""

from homeassistant.components import usb

PORT = {port!r}


async def async_setup(hass, config):
    """Name the port whenever serial ports are listed."""
    port = usb.SerialDevice(
        device=PORT, serial_number=None, manufacturer=None, description="TIC"
    )
    usb.async_register_serial_port_scanner(hass, lambda hass: [port])
    return True
'''
_MANIFEST = {
    "domain": DOMAIN,
    "name": "Plugged modem",
    "codeowners": [],
    "dependencies": ["usb"],
    "documentation": "https://example.org",
    "iot_class": "calculated",
    "requirements": [],
    "version": "0.0.0",
}


def plug_in(folder: Path, port: Path) -> None:
    """Let the instance of a folder list a port; before it starts."""
    component = folder / "custom_components" / DOMAIN
    component.mkdir(parents=True, exist_ok=True)
    (component / "__init__.py").write_text(_CODE.format(port=str(port)))
    (component / "manifest.json").write_text(json.dumps(_MANIFEST))
