"""The log: few lines, and nothing in them that names the home."""

from __future__ import annotations

import asyncio
from dataclasses import replace
import logging
from pathlib import Path

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter import coordinator as life
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.link import connection
from custom_components.linky_meter.linky_tic.tic.sources import quality
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tests.conftest import StartMeter, address_of, entry_for, set_up, until
from tests.simulator import PRESETS, SimulatedMeter
from tests.tic2websocket_server import ServedTic, Tic2WebSocketServer

OURS = "custom_components.linky_meter"
PRESET = "standard_tempo_three_phase"
ADDRESS = address_of(PRESET)
MESSAGE = "COUPURE RUE DES LILAS"
SECRETS = (ADDRESS, ADDRESS[6:], PRESETS[PRESET].prm, "LILAS")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Make a minute's patience a second's, and hear everything of ours."""
    monkeypatch.setattr(life, "SETUP_SECONDS", 5.0)
    monkeypatch.setattr(connection, "LINK_SECONDS", 1.5)
    monkeypatch.setattr(connection, "REOPEN_SECONDS", 3.0)
    monkeypatch.setattr(connection, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(connection, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(quality, "STEP_SECONDS", 0.2)
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, OURS)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what we told at info level and above."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(OURS) and record.levelno >= logging.INFO
    ]


def nothing_private(caplog: pytest.LogCaptureFixture, *secrets: str) -> None:
    """Search our lines of all levels, exceptions included."""
    form = logging.Formatter("%(name)s %(message)s")
    lines = [form.format(r) for r in caplog.records if r.name.startswith(OURS)]
    assert any(f"{ADDRESS[:6]}######" in line for line in lines)
    for secret in (*SECRETS, *secrets):
        assert not [line for line in lines if secret in line]


async def test_a_port(
    hass: HomeAssistant,
    start_meter: StartMeter,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Set up, lost, found, noisy and good again: a line when bad, one when good."""
    meter = await start_meter(PRESET, message=MESSAGE, link=tmp_path / "modem")
    paths = [meter.path, meter.device]
    entry = entry_for(ADDRESS, meter.path)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    assert told(caplog) == []

    meter.unplug()
    await until(lambda: not coordinator.last_update_success)
    await asyncio.sleep(0.8)
    meter.replug()
    paths.append(meter.device)
    await until(lambda: coordinator.last_update_success)
    assert [line[:21] for line in told(caplog)] == [
        "The meter is not read",
        "The meter is read aga",
    ]

    before = len(told(caplog))
    meter.line.faults.bit_flips = 0.03
    await until(lambda: coordinator.meter_link.log.watch.bad, 30)
    damaged = coordinator.meter_link.quality.damaged
    await until(lambda: coordinator.meter_link.quality.damaged > damaged + 20, 30)
    assert [line[:15] for line in told(caplog)[before:]] == ["The line is bad"]
    meter.line.faults.bit_flips = 0.0
    await until(lambda: not coordinator.meter_link.log.watch.bad, 30)
    assert [line[:16] for line in told(caplog)[before + 1 :]] == ["The line is good"]
    # None of a single frame, but for Home Assistant's own
    ours = [r for r in caplog.records if r.name.startswith(OURS)]
    theirs = {life.__name__}
    assert len([r for r in ours if r.name not in theirs]) < 15
    nothing_private(caplog, *paths)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_port_that_fails(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """What is missing is not named."""
    secret = "esphome://proxy.example:6053/?key=SECRETKEY"
    for device in ("/dev/ttyNOWHERE", secret):
        entry = entry_for(ADDRESS, device)
        assert not await set_up(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        await hass.config_entries.async_remove(entry.entry_id)
    for name in ("NOWHERE", "SECRETKEY", "proxy.example"):
        assert name not in caplog.text


@pytest.mark.usefixtures("socket_enabled")
async def test_a_server(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """A server that goes and comes back: two lines, and no host."""
    served = ServedTic(SimulatedMeter(replace(PRESETS[PRESET], message=MESSAGE)))
    server = Tic2WebSocketServer(served, interval=0.1)
    async with server:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Linky",
            unique_id=ADDRESS,
            data={"host": "127.0.0.1", "port": server.port},
        )
        assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: not coordinator.last_update_success)
    async with server:
        await until(lambda: coordinator.last_update_success)
        lines = told(caplog)
        await hass.config_entries.async_unload(entry.entry_id)
    assert len(lines) == 2, lines
    nothing_private(caplog, "127.0.0.1", str(server.port), "ttyUSB0")
