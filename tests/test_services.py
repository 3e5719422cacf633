"""The actions: the frame itself, raw and decoded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from custom_components.linky_meter.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr

from .conftest import StartMeter, address_of, entry_for, set_up
from .simulator import PRESETS


async def read_frame(hass: HomeAssistant, device_id: str, **data: Any) -> Any:
    """Call the action and return what it gives."""
    return await hass.services.async_call(
        DOMAIN,
        "read_frame",
        {"device_id": device_id, **data},
        blocking=True,
        return_response=True,
    )


def device_of(hass: HomeAssistant, entry_id: str) -> str:
    """Return the id of an entry's device."""
    return dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)[0].id


async def test_read_frame(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """The latest frame or the next one, without the meter's number unless wanted."""
    meter = await start_meter("standard_hc")
    address, prm = address_of("standard_hc"), PRESETS["standard_hc"].prm
    entry = entry_for(address, meter.path)
    assert await set_up(hass, entry)
    device = device_of(hass, entry.entry_id)
    latest = await read_frame(hass, device)
    assert latest["mode"] == "standard"
    assert latest["groups"]["PREF"] == {
        "value": "06",
        "horodate": None,
        "accepted": True,
    }
    assert latest["reading"]["subscribed_power"] == 6000
    text = json.dumps(latest)
    assert address not in text
    assert prm not in text
    following = await read_frame(hass, device, wait=True, unmasked=True)
    assert following["received"] > latest["received"]
    assert following["groups"]["ADSC"]["value"] == address
    assert following["groups"]["PRM"]["value"] == prm
    meter.silence()
    with pytest.raises(HomeAssistantError) as err:
        await read_frame(hass, device, wait=True, timeout=1)
    assert err.value.translation_key == "no_frame"
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as invalid:
        await read_frame(hass, device)
    assert invalid.value.translation_key == "not_loaded"
    with pytest.raises(ServiceValidationError) as invalid:
        await read_frame(hass, "no such device")
    assert invalid.value.translation_key == "not_a_meter"


async def test_read_frame_without_prm(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A historic meter sends no PRM."""
    meter = await start_meter("historic_base")
    entry = entry_for(address_of("historic_base"), meter.path, baudrate=1200)
    assert await set_up(hass, entry)
    frame = await read_frame(hass, device_of(hass, entry.entry_id))
    assert frame["groups"]["ADCO"]["value"] == "*" * 12
    await hass.config_entries.async_unload(entry.entry_id)
