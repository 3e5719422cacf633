"""What the system information tells."""

from __future__ import annotations

import json
from typing import Any

from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.link.sources import kind_of
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component

from .conftest import StartMeter, address_of, entry_for, set_up


async def test_system_health(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """They count the meters, and name neither port nor meter."""
    assert await async_setup_component(hass, "system_health", {})
    meter = await start_meter()
    address = address_of("standard_hc")
    entry = entry_for(address, meter.path)
    assert await set_up(hass, entry)
    lost = entry_for("021875999999", "socket://meter.example:3333?key=SECRET")
    lost.add_to_hass(hass)
    info: dict[str, Any] = await get_system_health_info(hass, DOMAIN)
    integration = await async_get_integration(hass, DOMAIN)
    assert info == {
        "version": str(integration.version),
        "meters": 2,
        "meters_read": 1,
        "sharing_clients": 0,
        "sources": "device, socket",
    }
    text = json.dumps(info)
    for secret in (address, meter.path, "meter.example", "SECRET"):
        assert secret not in text
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await get_system_health_info(hass, DOMAIN))["meters_read"] == 0


def test_kinds_of_source() -> None:
    """A kind is one of a few words, whatever was typed."""
    kinds = {
        "/dev/serial/by-id/usb-X": "device",
        "COM3": "device",
        "socket://h:1": "socket",
        "RFC2217://h:1": "rfc2217",
        "esphome://h/?key=K": "esphome",
        "esphome-hass://esphome/01?port_name=TIC": "esphome",
        "secret://h": "other",
    }
    assert {url: kind_of({CONF_DEVICE: url}) for url in kinds} == kinds
    assert kind_of({"host": "h", "port": 1}) == "tic2websocket"
