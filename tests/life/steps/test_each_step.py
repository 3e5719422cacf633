"""Each step of reading fails once, in a way that nobody thought of: it is read again."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from custom_components.linky_meter.link import (
    connection,
    log,
    meter_link,
    problems,
    server as server_hub,
    sources,
    usb,
)
from custom_components.linky_meter.linky_tic.cli.input import link, sources as inputs
from custom_components.linky_meter.linky_tic.cli.log import Log
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.tic.sources import (
    intake,
    lateness,
    pause,
    port,
    quality,
    serial,
    server as server_source,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket import (
    client,
    connection as server_connection,
    frames,
    messages,
    router,
)
from homeassistant.core import HomeAssistant
from tests.conftest import StartMeter, address_of, entry_for, opens, set_up, until
from tests.life.conftest import Lines, is_shown
from tests.link.test_server import OTHER, other_tic, server_entry, tic
from tests.tic2websocket_server import Tic2WebSocketServer

from .once import steps

PRESET = "standard_hc"
PORTS = (
    connection,
    log,
    meter_link,
    problems,
    sources,
    usb,
    intake,
    pause,
    port,
    quality,
    serial,
)
CLIENT = (client, server_connection, frames, messages, router)
SERVERS = (server_hub, lateness, *CLIENT)
WITHOUT_HOME_ASSISTANT = (link, inputs, server_source, *CLIENT)
HURRY = {
    "FIRST_WAIT": 0.02,
    "LONGEST_WAIT": 0.1,
    "LINK_SECONDS": 1.5,
    "REOPEN_SECONDS": 2.0,
}

pytestmark = pytest.mark.usefixtures("_hurry")


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("module", PORTS, ids=_name)
async def test_a_port(
    hass: HomeAssistant,
    start_meter: StartMeter,
    lines: Lines,
    *,
    tmp_path: Path,
    module: ModuleType,
) -> None:
    """It comes back by itself after any of them, and its port is free at the end.

    The log tells it once.
    """
    meter = await start_meter(PRESET, link=tmp_path / "modem", speed=20)
    entry = entry_for(address_of(PRESET), meter.path)
    assert await set_up(hass, entry)
    await until(lambda: is_shown(hass))
    told: dict[str, list[str]] = {}
    for step in steps(module):
        lines.exceptions.clear()
        with step.failing() as once:
            meter.unplug()
            await until(lambda: not is_shown(hass))
            meter.replug()
            await until(lambda: is_shown(hass))
        if once.failed:
            told[step.label] = list(lines.exceptions)
    assert told
    assert {label: said for label, said in told.items() if len(said) != 1} == {}
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert opens(meter.path)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("module", SERVERS, ids=_name)
async def test_a_server(hass: HomeAssistant, lines: Lines, module: ModuleType) -> None:
    """Both of its meters come back, whatever failed; the log tells it once."""
    server = Tic2WebSocketServer(served := tic(), other_tic(), interval=0.05)
    async with server:
        entries = [server_entry(server), server_entry(server, OTHER)]
        for entry in entries:
            assert await set_up(hass, entry)
        meters = [entry.runtime_data.coordinator for entry in entries]
        told: dict[str, list[str]] = {}

        async def read(more: int) -> None:
            """Wait for more frames of both meters."""
            for meter in meters:
                wanted = meter.frames + more
                await until(partial(lambda m, n: m.frames >= n, meter, wanted))

        for step in steps(module):
            lines.exceptions.clear()
            with step.failing() as once:
                await server.unplug(served)
                server.replug(served)
                await read(1)
                before = server.connections
                server.abort()
                await until(lambda: server.connections > before)  # noqa: B023
                await read(3)
            if once.failed:
                told[step.label] = list(lines.exceptions)
        for entry in entries:
            assert await hass.config_entries.async_unload(entry.entry_id)
        await until(lambda: not server.clients)
    assert told
    assert {label: said for label, said in told.items() if len(said) != 1} == {}


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("module", WITHOUT_HOME_ASSISTANT, ids=_name)
async def test_without_home_assistant(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    """So does `linky-tic run`."""
    for name, seconds in HURRY.items():
        monkeypatch.setattr(link, name, seconds)
    server = Tic2WebSocketServer(served := tic(), interval=0.05)
    read = 0

    async def reading() -> None:
        nonlocal read
        async for _ in link.Link(server.url, None, Log(Language.EN)).frames():
            read += 1

    async def more(wanted: int) -> None:
        wanted += read
        await until(lambda: read >= wanted or task.done())
        assert not task.done()

    async with server:
        task = asyncio.create_task(reading())
        told: dict[str, list[str]] = {}
        for step in steps(module):
            await more(1)
            lines.exceptions.clear()
            with step.failing() as once:
                await server.unplug(served)
                server.replug(served)
                before = server.connections
                server.abort()
                await until(lambda: server.connections > before)  # noqa: B023
                await more(3)
            if once.failed:
                told[step.label] = list(lines.exceptions)
        task.cancel()
        await asyncio.wait([task])
        await until(lambda: not server.clients)
    assert told
    assert {label: said for label, said in told.items() if len(said) != 1} == {}
