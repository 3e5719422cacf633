"""A port that is there and does not give what it should, in a meter's own time."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.linky_meter.link import connection
from custom_components.linky_meter.link.sources import PortSource
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from tests.conftest import (
    Replay,
    StartMeter,
    address_of,
    entry_for,
    frame_of,
    opens,
    set_up,
    until,
)
from tests.life.clock import Clock
from tests.life.conftest import (
    FOUND,
    LINK,
    LOST,
    POWER,
    Feed,
    Lines,
    is_shown,
    state_of,
)

PRESET = "standard_hc"

pytestmark = pytest.mark.usefixtures("_nothing_left")


async def test_a_port_that_opens_but_never_answers(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock, lines: Lines
) -> None:
    """It is opened anew ever more rarely; only a frame makes the wait short again."""
    meter = await start_meter(PRESET, load=(200.0,))
    entry = entry_for(address_of(PRESET), meter.path)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    meter.silence()
    took = await clock.run(lambda: state_of(hass, LINK) == STATE_OFF, 20)
    assert took == pytest.approx(10, abs=1)
    assert state_of(hass, POWER) == STATE_UNAVAILABLE
    took += await clock.run(lambda: coordinator.source is None, 80)
    assert took == pytest.approx(60, abs=3)
    waits = [coordinator.meter_link.connection.wait]
    for _ in range(7):
        await clock.run(lambda: coordinator.source is not None, 65)
        assert coordinator.meter_link.connection.wait == min(
            2 * waits[-1], connection.LONGEST_WAIT
        )
        waits.append(coordinator.meter_link.connection.wait)
        opened = await clock.run(lambda: coordinator.source is None, 65)
        assert opened == pytest.approx(60, abs=3)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    # Noise is no answer
    received = meter.meter.frame()
    meter.line.inject(lambda _: bytes(range(7, 127)) * (len(received) // 120))
    await clock.run(lambda: coordinator.source is not None, 65)
    meter.line.faults.bit_flips = 0.9
    meter.resume()
    source = coordinator.source
    await until(lambda: source.received > 300)
    assert coordinator.meter_link.connection.wait == connection.LONGEST_WAIT
    assert state_of(hass, LINK) == STATE_OFF
    meter.line.faults.bit_flips = 0.0
    await until(lambda: is_shown(hass))
    assert coordinator.meter_link.connection.wait == connection.FIRST_WAIT
    assert state_of(hass, LINK) == STATE_ON
    assert lines.take() == [LOST, FOUND]
    assert not lines.exceptions
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(("period", "patience"), [(1.5, 10), (4.0, 16), (9.0, 36)])
async def test_silence_of_a_meter_that_speaks_rarely(
    hass: HomeAssistant,
    clock: Clock,
    feed: Feed,
    period: float,
    patience: float,
) -> None:
    """The link is off after 10 s; the entities wait for four frames if that is longer."""
    fed = feed(PRESET, load=(200.0,))
    await fed.set_up(hass)
    for _ in range(30):
        took = fed.speak()
        last = clock.now()
        await clock.leap(period - took)
    assert state_of(hass, LINK) == STATE_ON
    await clock.run(lambda: state_of(hass, LINK) == STATE_OFF, 30, step=0.1)
    assert clock.now() - last == pytest.approx(10, abs=0.3)
    if patience > connection.LINK_SECONDS:
        assert is_shown(hass)
    await clock.run(lambda: state_of(hass, POWER) == STATE_UNAVAILABLE, 60, step=0.1)
    # It looks every 2.5 s
    assert patience <= clock.now() - last <= patience + 2.8
    fed.speak()
    assert is_shown(hass)
    assert state_of(hass, LINK) == STATE_ON
    assert await hass.config_entries.async_unload(fed.entry.entry_id)


@pytest.mark.parametrize("pause", [0.05, 0.2])
async def test_slow_trickle(
    hass: HomeAssistant, replay: Replay, clock: Clock, lines: Lines, pause: float
) -> None:
    """Bytes that come one by one, ten or forty times too slowly, are frames still."""
    frame = frame_of("historic_hc")
    port = replay(frame)
    entry = entry_for(address_of("historic_hc"), port.path, baudrate=1200)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    source, port.frame = coordinator.source, b""
    await asyncio.sleep(0.1)
    lines.take()
    before, shown = coordinator.frames, True
    for byte in 2 * frame:
        os.write(port._master, bytes([byte]))
        await clock.leap(pause)
        shown = shown and is_shown(hass)
    await until(lambda: coordinator.frames == before + 2)
    assert shown is (pause * len(frame) < connection.LINK_SECONDS)
    assert is_shown(hass)
    assert coordinator.source is source
    assert coordinator.meter_link.quality.damaged == 0
    assert lines.take() == ([] if shown else [LOST, FOUND, LOST, FOUND])
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("_hurry")
async def test_noise_and_return(
    hass: HomeAssistant, start_meter: StartMeter, lines: Lines
) -> None:
    """Noise loses the meter and whatever speed was right; it is found again."""
    meter = await start_meter(PRESET, load=(200.0,))
    entry = entry_for(address_of(PRESET), meter.path)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    energy = coordinator.data["energy_import"]
    meter.line.faults.bit_flips = 0.5
    await until(lambda: state_of(hass, POWER) == STATE_UNAVAILABLE)
    assert state_of(hass, LINK) == STATE_OFF
    # Long enough for the port to be opened anew
    first = coordinator.source
    await until(lambda: coordinator.source not in {first, None})
    meter.line.faults.bit_flips = 0.0
    await until(lambda: is_shown(hass))
    assert energy <= coordinator.data["energy_import"] < energy + 50
    assert set(lines.take()) <= {
        "The line is bad: more than 1 % of the groups arrive damaged",
        LOST,
        FOUND,
        "The line is good again",
    }
    assert not lines.exceptions
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("_hurry")
@pytest.mark.parametrize("slow", ["before", "after"])
async def test_unloading_while_the_port_is_being_opened(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path, slow: str
) -> None:
    """A modem that returns while its entry is unloaded is left alone."""
    meter = await start_meter(PRESET, load=(200.0,), link=tmp_path / "modem")
    entry = entry_for(address_of(PRESET), meter.path)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    opening, unloading = asyncio.Event(), asyncio.Event()
    real_open, real_save = PortSource.open, coordinator.async_save

    async def slow_open(source: PortSource) -> None:
        """Open the port while the entry is being unloaded."""
        if slow == "after":
            await real_open(source)
        opening.set()
        await unloading.wait()
        if slow == "before":
            await real_open(source)

    async def slow_save() -> None:
        """Give the port the time to open that a slow disk would give."""
        unloading.set()
        await asyncio.sleep(0.2)
        await real_save()

    meter.unplug()
    await until(lambda: coordinator.source is None)
    with (
        patch.object(PortSource, "open", slow_open),
        patch.object(coordinator, "async_save", slow_save),
    ):
        meter.replug()
        await opening.wait()
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
    assert opens(meter.path)


@pytest.mark.usefixtures("_hurry")
async def test_unloading_at_any_moment_of_a_return(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path
) -> None:
    """However far the search for the modem is, nothing keeps its port."""
    meter = await start_meter(PRESET, load=(200.0,), link=tmp_path / "modem")
    entry = entry_for(address_of(PRESET), meter.path)
    entry.add_to_hass(hass)
    for milliseconds in (0, 1, 2, 3, 4, 6, 8):
        assert await hass.config_entries.async_setup(entry.entry_id)
        meter.unplug()
        await asyncio.sleep(0.05)
        meter.replug()
        await asyncio.sleep(milliseconds / 1000)
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert opens(meter.path), milliseconds
