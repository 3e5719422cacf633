"""A modem is pulled out and put in again, here and there, many times."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest

from custom_components.linky_meter.const import CONF_USB
from custom_components.linky_meter.link import connection
from homeassistant.const import CONF_DEVICE, STATE_OFF, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tests.conftest import StartMeter, address_of, entry_for, set_up, until
from tests.life.conftest import (
    FOUND,
    IMPORT,
    LINK,
    LOST,
    POWER,
    Lines,
    Say,
    is_shown,
    state_of,
)
from tests.life.counts import Counts, held_again, nothing_left
from tests.life.modem import IDENTITY, Modem

PRESET = "standard_hc"
PORTS = ("ttyUSB0", "ttyUSB1")
# By then everything that the meter sends is known
WARM_UP = 10


@pytest.mark.usefixtures("_hurry")
@pytest.mark.parametrize(
    "cycles",
    [20, pytest.param(1000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
async def test_replugging(
    hass: HomeAssistant,
    start_meter: StartMeter,
    lines: Lines,
    say: Say,
    tmp_path: Path,
    *,
    cycles: int,
) -> None:
    """Each time it is lost and found by itself, under another path too, and no more."""
    assert await async_setup_component(hass, "usb", {})
    # The index must not rise faster than a meter can count
    modem = Modem(hass, await start_meter(PRESET, load=(200.0,), speed=20), tmp_path)
    entry = entry_for(address_of(PRESET), modem.path)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_USB: IDENTITY}
    )
    async with nothing_left(hass):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        coordinator = entry.runtime_data.coordinator
        await until(lambda: coordinator.frames > WARM_UP)
        running, entities = Counts.now(), set(er.async_get(hass).entities)
        energy, began = float(state_of(hass, IMPORT)), perf_counter()
        lines.take()
        for cycle in range(1, cycles + 1):
            modem.unplug()
            await until(lambda: state_of(hass, POWER) == STATE_UNAVAILABLE)
            assert state_of(hass, LINK) == STATE_OFF
            modem.plug(PORTS[cycle % len(PORTS)])
            await until(lambda: is_shown(hass) and is_shown(hass, IMPORT))
            assert coordinator.meter_link.connection.wait == connection.FIRST_WAIT
            assert entry.data[CONF_DEVICE] == modem.path
            assert energy <= (energy := float(state_of(hass, IMPORT)))
            assert lines.take() == [LOST, FOUND]
        assert entry.runtime_data.coordinator is coordinator
        assert set(er.async_get(hass).entities) == entities
        after = await held_again(running)
        say(
            f"{cycles} times replugged in {perf_counter() - began:.0f} s; "
            f"held before: {running}; after: {after}"
        )
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert not lines.exceptions


@pytest.mark.usefixtures("_hurry", "_nothing_left")
async def test_unloading_while_unplugged(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path
) -> None:
    """What waits for the modem to return is given up."""
    meter = await start_meter(link=tmp_path / "modem")
    entry = entry_for(address_of(PRESET), meter.path)
    assert await set_up(hass, entry)
    meter.unplug()
    await until(lambda: entry.runtime_data.coordinator.source is None)
    assert await hass.config_entries.async_unload(entry.entry_id)
    meter.replug()
