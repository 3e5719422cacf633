"""Home Assistant stops, whatever the meter is about."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.link import connection
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tests.conftest import StartMeter, address_of, entry_for, opens, set_up, until

from .conftest import Lines
from .counts import Counts

PRESET = "historic_hc"
OPTIONS = {"load": (200.0,), "speed": 4.0}

pytestmark = pytest.mark.usefixtures("_hurry")


async def test_in_the_middle_of_a_frame(
    hass: HomeAssistant,
    start_meter: StartMeter,
    lines: Lines,
    hass_storage: dict[str, Any],
) -> None:
    """The port is closed, what was learned is written, and nobody complains."""
    meter = await start_meter(PRESET, **OPTIONS)
    entry = entry_for(address_of(PRESET), meter.path, baudrate=1200)
    before = Counts.now()
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    frames, source = coordinator.frames, coordinator.source
    await until(lambda: coordinator.frames > frames)
    received, frames = source.received, coordinator.frames
    await until(lambda: source.received > received + 60)
    assert coordinator.frames == frames
    energy = coordinator.data["energy_import"]
    await hass.async_stop(force=True)
    assert opens(meter.path)
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    assert stored["memory"]["shown"] == energy
    assert stored["baudrate"] == 1200
    assert coordinator.frames == frames
    assert not Counts.now().more_than(before)
    assert not lines.exceptions


async def test_while_the_modem_is_out(
    hass: HomeAssistant,
    start_meter: StartMeter,
    lines: Lines,
    hass_storage: dict[str, Any],
    tmp_path: object,
) -> None:
    """It is looked for no longer, and what was learned is written."""
    meter = await start_meter(PRESET, link=f"{tmp_path}/modem", **OPTIONS)
    entry = entry_for(address_of(PRESET), meter.path, baudrate=1200)
    before = Counts.now()
    assert await set_up(hass, entry)
    meter.unplug()
    await until(lambda: entry.runtime_data.coordinator.source is None)
    await hass.async_stop(force=True)
    assert f"{DOMAIN}.{entry.entry_id}" in hass_storage
    meter.replug()
    await asyncio.sleep(3 * connection.LONGEST_WAIT)
    assert not meter.has_reader
    assert not Counts.now().more_than(before)
    assert not lines.exceptions


async def test_while_it_waits_for_the_first_frame(
    hass: HomeAssistant, start_meter: StartMeter, lines: Lines
) -> None:
    """Set-up ends, and the port is closed."""
    meter = await start_meter(PRESET, **OPTIONS)
    meter.silence()
    entry = entry_for(address_of(PRESET), meter.path, baudrate=1200)
    entry.add_to_hass(hass)
    before = Counts.now()
    setting_up = hass.async_create_task(
        hass.config_entries.async_setup(entry.entry_id), eager_start=False
    )
    await until(lambda: meter.has_reader)
    await hass.async_stop(force=True)
    await asyncio.wait([setting_up])
    assert entry.state is not ConfigEntryState.LOADED
    assert opens(meter.path)
    assert not Counts.now().more_than(before)
    # Home Assistant itself says that it gave the set-up up
    assert lines.take() == []
