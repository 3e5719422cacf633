"""The diagnostics file that a report carries."""

from __future__ import annotations

import json

from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .conftest import StartMeter, address_of, entry_for, set_up
from .simulator import PRESETS


async def test_diagnostics(
    hass: HomeAssistant, start_meter: StartMeter, hass_client: ClientSessionGenerator
) -> None:
    """They tell line, meter and every group, and nothing that names the home."""
    assert await async_setup_component(hass, "diagnostics", {})
    meter = await start_meter(
        "standard_tempo_three_phase", message="COUPURE RUE DES LILAS"
    )
    address = address_of("standard_tempo_three_phase")
    entry = entry_for(address, meter.path)
    assert await set_up(hass, entry)
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    text = json.dumps(found)
    for secret in (address, address[6:], PRESETS["standard_hc"].prm, meter.device):
        assert secret not in text
    assert "LILAS" not in text
    assert found["line"]["source"]["baudrate"] == 9600
    assert found["line"]["link"] is True
    assert found["meter"]["model"] == "Linky three-phase 60 A G3"
    assert found["groups"]["PREF"]["value"] == "18"
    # Labels without an entity are here
    assert {"VTIC", "NJOURF", "NJOURF+1", "PRM", "ADSC"} <= set(found["groups"])
    await hass.config_entries.async_unload(entry.entry_id)


async def test_diagnostics_without_the_meter(
    hass: HomeAssistant, start_meter: StartMeter, hass_client: ClientSessionGenerator
) -> None:
    """They can be had when it matters most: while the port is lost."""
    assert await async_setup_component(hass, "diagnostics", {})
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    await entry.runtime_data.async_stop()
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["line"]["source"] is None
    await hass.config_entries.async_unload(entry.entry_id)
