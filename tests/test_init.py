"""A meter's life: set up, lost and found, unloaded, removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
import logging
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch

import pytest

from custom_components.linky_meter import PLATFORMS, coordinator as life
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.link import connection
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STOP,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .conftest import (
    Replay,
    StartMeter,
    address_of,
    entry_for,
    frame_of,
    opens,
    set_up,
    until,
)
from .life.clock import Clock

POWER = "sensor.linky_apparent_power"
LINK = "binary_sensor.linky_link"


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return an entity's state."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


@pytest.fixture
async def clock(hass: HomeAssistant) -> AsyncIterator[Clock]:
    """Return the event loop's clock."""
    clock = Clock(hass.loop)
    yield clock
    clock.close()


@pytest.fixture
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a minute's patience a second's."""
    monkeypatch.setattr(life, "SETUP_SECONDS", 2.0)
    monkeypatch.setattr(connection, "LINK_SECONDS", 1.5)
    monkeypatch.setattr(connection, "REOPEN_SECONDS", 3.0)
    monkeypatch.setattr(connection, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(connection, "LONGEST_WAIT", 0.2)


async def test_a_meter_appears(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """A meter on a port becomes a device whose values follow the meter."""
    meter = await start_meter("standard_hc", load=(1500.0,))
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert int(state_of(hass, POWER)) == pytest.approx(1500, abs=2)
    meter.meter.set_load(400.0)
    await until(lambda: int(state_of(hass, POWER)) < 410)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, entry.unique_id or ""), entry.entry_id
    )
    assert device is not None
    assert device.name == "Linky"
    assert device.manufacturer == meter_manufacturer(entry.unique_id or "")
    assert device.model is not None
    assert device.model.startswith("Linky single-phase")
    assert device.sw_version == "TIC 02"
    assert device.serial_number == entry.unique_id
    assert await hass.config_entries.async_unload(entry.entry_id)


def meter_manufacturer(address: str) -> str:
    """Return the maker by the first two characters, for those the simulator uses."""
    return {"02": "Sagemcom", "03": "Itron (Actaris)", "04": "Landis+Gyr"}[address[:2]]


async def test_unloading_frees_the_port(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """After unloading the port opens for others at once, and no task is left."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    assert not opens(meter.path)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert opens(meter.path)
    assert state_of(hass, POWER) == STATE_UNAVAILABLE
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not {name for name in names if name.startswith("tic ")}


async def test_stopping_home_assistant_frees_the_port(
    hass: HomeAssistant, start_meter: StartMeter, hass_storage: dict[str, Any]
) -> None:
    """The port is closed, and what was learned is saved, when Home Assistant stops."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert opens(meter.path)
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]
    assert stored["memory"]["phases"] == 1
    await hass.config_entries.async_unload(entry.entry_id)


async def test_removing_and_adding_again_keeps_entity_ids(
    hass: HomeAssistant, start_meter: StartMeter, hass_storage: dict[str, Any]
) -> None:
    """What the user renamed is found again; what was stored is gone meanwhile."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    registry = er.async_get(hass)
    registry.async_update_entity(POWER, new_entity_id="sensor.my_power")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage
    again = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, again)
    assert state_of(hass, "sensor.my_power") not in {STATE_UNKNOWN, STATE_UNAVAILABLE}
    await hass.config_entries.async_unload(again.entry_id)


@pytest.mark.usefixtures("_hurry")
@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "silent"),
        (bytes(range(7, 256)), "noise"),
        (
            frame_of(
                "historic_base",
                address_only=True,
                pre_linky=True,
                address=address_of("standard_hc"),
            ),
            "not_programmed",
        ),
        (frame_of("standard_hc", address="021875999999"), "other_meter"),
    ],
)
async def test_not_ready(
    hass: HomeAssistant, replay: Replay, frame: bytes, reason: str
) -> None:
    """Without a frame of this meter set-up is tried again; the port is left free."""
    port = replay(frame)
    entry = entry_for(address_of("standard_hc"), port.path)
    assert not await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == reason
    assert opens(port.path)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_not_ready_without_the_port(hass: HomeAssistant) -> None:
    """A missing port says so in translated words."""
    entry = entry_for(address_of("standard_hc"), "/dev/ttyNOWHERE")
    assert not await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "port_missing"
    assert "NOWHERE" not in (entry.reason or "")


async def test_not_ready_without_esphome(hass: HomeAssistant) -> None:
    """The transport of a proxy asks for patience until ESPHome has loaded."""
    device = "esphome-hass://esphome/01ABC?port_name=TIC"
    entry = entry_for(address_of("standard_hc"), device)
    assert not await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY


@pytest.mark.usefixtures("_hurry")
async def test_unplugged_and_replugged(
    hass: HomeAssistant,
    start_meter: StartMeter,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """A modem comes back by itself; one line when it goes, one when it returns."""
    caplog.set_level(logging.INFO)
    meter = await start_meter(link=tmp_path / "modem")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    for _ in range(3):
        caplog.clear()
        meter.unplug()
        await until(lambda: state_of(hass, POWER) == STATE_UNAVAILABLE)
        assert state_of(hass, LINK) == STATE_OFF
        await asyncio.sleep(0.5)
        meter.replug()
        await until(lambda: state_of(hass, POWER) != STATE_UNAVAILABLE)
        assert state_of(hass, LINK) == STATE_ON
        lines = [
            record.getMessage()
            for record in caplog.records
            if record.name.startswith("custom_components.linky_meter")
        ]
        assert len(lines) == 2, lines
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("_hurry")
async def test_silence_and_return(
    hass: HomeAssistant, start_meter: StartMeter, caplog: pytest.LogCaptureFixture
) -> None:
    """A silent meter makes the entities unavailable, not the link's own."""
    caplog.set_level(logging.INFO)
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    assert state_of(hass, LINK) == STATE_ON
    meter.silence()
    await until(lambda: state_of(hass, LINK) == STATE_OFF)
    await until(lambda: state_of(hass, POWER) == STATE_UNAVAILABLE)
    # Long enough for the port to be opened anew: it may be a dead network port
    first = entry.runtime_data.coordinator.source
    await until(lambda: entry.runtime_data.coordinator.source not in {first, None})
    meter.resume()
    await until(lambda: state_of(hass, POWER) != STATE_UNAVAILABLE)
    assert state_of(hass, LINK) == STATE_ON
    await hass.config_entries.async_unload(entry.entry_id)


async def test_mode_change_keeps_the_entities(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Enedis switches the mode: the same registers stay the same entities."""
    meter = await start_meter("historic_hc")
    entry = entry_for(address_of("historic_hc"), meter.path, baudrate=1200)
    assert await set_up(hass, entry)
    before = float(state_of(hass, "sensor.linky_energy_import"))
    index = float(state_of(hass, "sensor.linky_energy_index_1"))
    meter.switch_mode("standard")
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.data["tic_mode"] == "standard", 30)
    await until(lambda: hass.states.get("sensor.linky_voltage_l1") is not None)
    # The port is heard from the middle of a frame on: that may have had no index
    await until(lambda: state_of(hass, "sensor.linky_energy_index_1") != STATE_UNKNOWN)
    after = float(state_of(hass, "sensor.linky_energy_import"))
    assert before <= after < before + 0.1
    assert index <= float(state_of(hass, "sensor.linky_energy_index_1")) < index + 0.1
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_label_that_comes_later_becomes_an_entity(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """An ultra-short message creates its entity, which is there after a restart."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    assert hass.states.get("sensor.linky_message_2") is None
    meter.meter.trigger_message(ultra_short="COUPURE 12H")
    await until(lambda: hass.states.get("sensor.linky_message_2") is not None)
    assert state_of(hass, "sensor.linky_message_2") == "COUPURE 12H"
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.linky_message_2") == STATE_UNKNOWN
    await hass.config_entries.async_unload(entry.entry_id)


async def test_nothing_is_written_when_nothing_changed(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Equal frames write no state, and asking for an update gives the last reading."""
    port = replay(frame_of("standard_tempo_three_phase"))
    entry = entry_for(address_of("standard_tempo_three_phase"), port.path)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    # The active power is shown from the second frame on
    await until(lambda: coordinator.frames > 2)
    reported = {s.entity_id: s.last_reported for s in hass.states.async_all()}
    frames = coordinator.frames
    await until(lambda: coordinator.frames > frames + 10)
    assert {s.entity_id: s.last_reported for s in hass.states.async_all()} == reported
    reading = coordinator.data
    await coordinator.async_refresh()
    assert coordinator.data == reading
    assert coordinator.last_update_success
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_was_learned_is_saved_now_and_then(
    hass: HomeAssistant,
    start_meter: StartMeter,
    hass_storage: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A power cut loses five minutes of what was learned at most."""
    monkeypatch.setattr(life, "SAVE_SECONDS", 1.5)
    meter = await start_meter("standard_weekend")
    entry = entry_for(address_of("standard_weekend"), meter.path)
    assert await set_up(hass, entry)
    key = f"{DOMAIN}.{entry.entry_id}"
    await until(lambda: key in hass_storage)
    stored = hass_storage[key]["data"]
    assert stored["baudrate"] == 9600
    assert stored["memory"]["registers"] == "standard"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_was_learned_is_saved_soon(
    hass: HomeAssistant,
    start_meter: StartMeter,
    hass_storage: dict[str, Any],
    clock: Clock,
) -> None:
    """A power cut a minute after the first start costs nothing."""
    meter = await start_meter("standard_weekend")
    entry = entry_for(address_of("standard_weekend"), meter.path)
    assert await set_up(hass, entry)
    key = f"{DOMAIN}.{entry.entry_id}"
    await clock.run(lambda: key in hass_storage, 60)
    assert hass_storage[key]["data"]["memory"]["registers"] == "standard"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_platforms_that_stay_keep_the_port(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """If the entities cannot be unloaded, the meter is still read."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    with patch.object(
        hass.config_entries, "async_unload_platforms", AsyncMock(return_value=False)
    ):
        assert not await hass.config_entries.async_unload(entry.entry_id)
    assert not opens(meter.path)
    await entry.runtime_data.coordinator.async_close()
    assert await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
