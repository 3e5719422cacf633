"""A meter that is lost: after a minute the user is told why, and what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import serialx

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.link import problems
from custom_components.linky_meter.link.problems import Issue
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.conftest import (
    Replay,
    StartMeter,
    address_of,
    entry_for,
    frame_of,
    set_up,
    until,
)
from tests.life.clock import Clock
from tests.life.conftest import FOUND, LINK, LOST, Lines, is_shown, state_of
from tests.link.test_server import other_tic, server_entry, tic
from tests.simulator import PRESETS, SimulatedMeter
from tests.tic2websocket_server import ServedTic, Tic2WebSocketServer

PRESET = "standard_hc"
ADDRESS = address_of(PRESET)


def told(hass: HomeAssistant) -> set[str | None]:
    """Return the words of all repairs."""
    return {issue.translation_key for issue in ir.async_get(hass).issues.values()}


async def test_a_modem_that_is_unplugged(
    hass: HomeAssistant,
    start_meter: StartMeter,
    clock: Clock,
    lines: Lines,
    tmp_path: Path,
) -> None:
    """Told after a minute, with the cause of now, and gone with the first frame."""
    meter = await start_meter(PRESET, link=tmp_path / "modem")
    entry = entry_for(ADDRESS, meter.path)
    assert await set_up(hass, entry)
    meter.unplug()
    await until(lambda: not is_shown(hass))
    began = clock.now()
    await clock.pass_time(55)
    assert not told(hass)
    await clock.run(lambda: told(hass), 10)
    assert clock.now() - began == pytest.approx(60, abs=2)
    assert told(hass) == {"meter_lost_port_missing"}
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_placeholders == {"title": "Linky"}
    # The entry goes on by itself, and shows what it always shows
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, LINK) == "off"
    # Somebody takes the port: that has a repair of its own
    meter.silence()
    meter.replug()
    held = serialx.serial_for_url(meter.path, baudrate=9600)
    held.open()
    await clock.run(lambda: told(hass) == {"port_busy"}, 70)
    held.close()
    await clock.run(lambda: told(hass) == {"meter_lost_silent"}, 90)
    meter.resume()
    await until(lambda: is_shown(hass))
    assert not told(hass)
    assert lines.take() == [LOST, FOUND]
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_line_that_changes(
    hass: HomeAssistant, replay: Replay, clock: Clock
) -> None:
    """Silent, then noise, then an address only: the words follow."""
    frame = frame_of(PRESET)
    port = replay(frame)
    entry = entry_for(ADDRESS, port.path)
    assert await set_up(hass, entry)
    last = clock.now()
    port.frame = b""
    await clock.run(lambda: told(hass), 80)
    # Counted from the last frame
    assert clock.now() - last == pytest.approx(60, abs=5)
    assert told(hass) == {"meter_lost_silent"}
    port.frame = bytes(range(7, 256))
    await clock.run(lambda: told(hass) == {"noise"}, 90, step=0.2)
    port.frame = b""
    await clock.run(lambda: told(hass) == {"meter_lost_silent"}, 200, step=0.2)
    port.frame = frame_of("historic_base", address_only=True, pre_linky=True)
    await clock.run(lambda: told(hass) == {"meter_lost_not_programmed"}, 200, step=0.2)
    port.frame = frame
    await until(lambda: is_shown(hass))
    assert not told(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_unloading_takes_it_away(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock, tmp_path: Path
) -> None:
    """A reload says the reason itself."""
    meter = await start_meter(PRESET, link=tmp_path / "modem")
    entry = entry_for(ADDRESS, meter.path)
    assert await set_up(hass, entry)
    meter.unplug()
    await clock.run(lambda: told(hass), 70)
    assert not await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "port_missing"
    assert not told(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await clock.pass_time(70)
    assert not told(hass)


@pytest.fixture
def _told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "LOST_SECONDS", 1.0)


@pytest.mark.usefixtures("_hurry", "_told_soon", "socket_enabled")
async def test_behind_a_server(hass: HomeAssistant, lines: Lines) -> None:
    """The words are the server's last, and change with them."""
    served, neighbour = tic(), other_tic()
    server = Tic2WebSocketServer(served, neighbour, interval=0.05)
    async with server:
        entry = server_entry(server)
        assert await set_up(hass, entry)
        await server.unplug(served)
        # What is said of another meter is nothing of ours
        await server.report(neighbour, 7, "TIC read timeout")
        await until(lambda: told(hass) == {"meter_lost_server_unplugged"})
        # It is connected to again, and the server says nothing more
        source = entry.runtime_data.coordinator.source
        await until(lambda: entry.runtime_data.coordinator.source not in {source, None})
        assert told(hass) == {"meter_lost_server_unplugged"}
        for code in (7, 1006):
            await server.report(served, code, "TIC read timeout")
            await until(lambda: told(hass) == {"meter_lost_server_silent"})
        for code in (27, 99):
            await server.report(served, code, "TIC read failed")
            await until(lambda: told(hass) == {"meter_lost_server_damaged"})
    await until(lambda: told(hass) == {"meter_lost_server_unreachable"})
    async with server:
        # Nobody has said why since
        await until(lambda: told(hass) == {"meter_lost_no_data"})
        server.replug(served)
        await until(lambda: is_shown(hass))
        assert not told(hass)
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert lines.take() == [LOST, FOUND]


@pytest.mark.usefixtures("_hurry", "_told_soon", "socket_enabled")
async def test_a_meter_whose_place_another_took(hass: HomeAssistant) -> None:
    """Where no repair offers to adopt the other, the loss itself is told."""
    other = "021875123456"
    served, neighbour = tic(), other_tic()
    async with Tic2WebSocketServer(served, neighbour, interval=0.05) as server:
        entries = [server_entry(server), server_entry(server, other)]
        for entry in entries:
            assert await set_up(hass, entry)
        neighbour.plugged = False
        served.meter.swap(other, (1_000_000,))
        await until(lambda: told(hass) == {"meter_lost_other_meter"})
        for entry in entries:
            assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("_hurry", "_told_soon")
async def test_a_replaced_meter_has_its_own_repair(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Adopting it is what there is to do, and nothing else is asked."""
    frame = frame_of(PRESET)
    port = replay(frame)
    entry = entry_for(ADDRESS, port.path)
    assert await set_up(hass, entry)
    port.frame = b""
    await until(lambda: told(hass) == {"meter_lost_silent"})
    port.frame = frame_of(PRESET, address="021975654321")
    await until(lambda: told(hass) == {"meter_replaced"})
    issue_id = f"{Issue.METER_REPLACED}_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    port.frame = frame
    await until(lambda: not told(hass))
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("_hurry", "socket_enabled")
@pytest.mark.parametrize(
    ("code", "key"),
    [
        (6, "server_unplugged"),
        (7, "server_silent"),
        (1006, "server_silent"),
        (27, "server_damaged"),
    ],
)
async def test_set_up_says_what_the_server_said(
    hass: HomeAssistant, code: int, key: str
) -> None:
    """The reason of a set-up that is tried again is the server's."""
    served = ServedTic(SimulatedMeter(PRESETS[PRESET]))
    async with Tic2WebSocketServer(served, interval=None) as server:
        entry = server_entry(server)
        entry.add_to_hass(hass)
        task = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
        while not task.done():
            await server.report(served, code, "of the server")
            await asyncio.sleep(0.1)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == key
        assert await hass.config_entries.async_unload(entry.entry_id)
