"""Meters behind a TIC2WebSocket server, from set-up to a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.linky_meter import coordinator as life
from custom_components.linky_meter.const import CONF_METER, CONF_WELCOME, DOMAIN
from custom_components.linky_meter.flows.connection import port as flow_heard
from custom_components.linky_meter.link import connection, server as server_hub
from custom_components.linky_meter.link.usb import async_resolve
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.sources import server as server_source
from custom_components.linky_meter.replace.adopt import async_adopt
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import (
    CONF_DEVICE,
    CONF_HOST,
    CONF_PORT,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.conftest import Replay, StartMeter, address_of, entry_for, set_up, until
from tests.flows.test_config_flow import answer, reconfigure, start_flow
from tests.simulator import PRESETS, SimulatedMeter
from tests.tic2websocket_server import ServedTic, Tic2WebSocketServer

HOST = "127.0.0.1"
POWER = "sensor.linky_apparent_power"
LINK = "binary_sensor.linky_link"
AVAILABLE = "sensor.linky_available_current"
OTHER = "021875123456"

type Serve = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait a little for what does not come."""
    monkeypatch.setattr(life, "SETUP_SECONDS", 2.0)
    monkeypatch.setattr(connection, "LINK_SECONDS", 1.0)
    monkeypatch.setattr(connection, "REOPEN_SECONDS", 2.0)
    monkeypatch.setattr(connection, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(connection, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(flow_heard, "_LOCAL_SECONDS", 0.2)
    quick = partial(server_source.identify, in_all=1.5)
    with patch.object(server_source, "identify", quick):
        yield


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Return a function that starts a server of some meters."""
    async with AsyncExitStack() as stack:

        async def start(*tics: ServedTic, **options: Any) -> Tic2WebSocketServer:
            settings: dict[str, Any] = {"interval": 0.1} | options
            server = Tic2WebSocketServer(*tics, **settings)
            return await stack.enter_async_context(server)

        yield start


def tic(preset: str = "standard_hc", **options: Any) -> ServedTic:
    """Return a served meter."""
    return ServedTic(SimulatedMeter(PRESETS[preset]), **options)


def other_tic(preset: str = "standard_weekend") -> ServedTic:
    """Return a second meter, on another port."""
    config = replace(PRESETS[preset], address=OTHER)
    place = "pci-0000:00:14.0-usb-0:3:1.0"
    return ServedTic(SimulatedMeter(config), "/dev/ttyUSB1", place)


def server_entry(server: Tic2WebSocketServer, address: str = "") -> MockConfigEntry:
    """Return an entry of a meter on a server."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Linky 2" if address == OTHER else "Linky",
        unique_id=address or address_of("standard_hc"),
        data={CONF_HOST: HOST, CONF_PORT: server.port},
        # What is left to set up is offered in a repair, once
        options={CONF_WELCOME: {"told": True}},
    )


def state_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return an entity's state, None without the entity."""
    state = hass.states.get(entity_id)
    return state.state if state else None


def more_frames(entry: MockConfigEntry, count: int) -> bool:
    """Return whether an entry has had more frames than that."""
    return bool(entry.runtime_data.coordinator.frames > count)


def longer(frames: list[Frame], count: int) -> bool:
    """Return whether there are more frames than that."""
    return len(frames) > count


async def ask_server(
    hass: HomeAssistant, port: int, host: str = HOST
) -> ConfigFlowResult:
    """Go to the server form and fill it in."""
    flow = await start_flow(hass, "server")
    assert flow["step_id"] == "server"
    return await answer(hass, flow, {CONF_HOST: host, CONF_PORT: port})


@pytest.mark.parametrize("version", [1, 2])
async def test_one_meter_of_a_server(
    hass: HomeAssistant, serve: Serve, version: int
) -> None:
    """A server with one meter: nothing to pick, and its values arrive."""
    served = tic("standard_tempo_three_phase")
    server = await serve(served, version=version)
    result = await ask_server(hass, server.port)
    assert result["step_id"] == "found"
    assert result["description_placeholders"]
    assert result["description_placeholders"]["contract"] == "Tempo"
    created = await answer(hass, result, {})
    assert created["type"] is FlowResultType.CREATE_ENTRY
    assert created["data"] == {CONF_HOST: HOST, CONF_PORT: server.port}
    entry = created["result"]
    assert entry.unique_id == address_of("standard_tempo_three_phase")
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "sensor.linky_apparent_power_l3") is not None
    today = served.meter.truth.tariff.today
    assert state_of(hass, "sensor.linky_tempo_today") == today
    await hass.config_entries.async_unload(entry.entry_id)
    await until(lambda: not server.clients)


async def test_pick_one_of_several(hass: HomeAssistant, serve: Serve) -> None:
    """Several meters: the user picks, told by port, modem and model."""
    server = await serve(tic(), other_tic())
    result = await ask_server(hass, server.port)
    assert result["step_id"] == "choose"
    schema = result["data_schema"]
    assert schema is not None
    options = schema.schema[CONF_METER].config["options"]
    assert {option["value"] for option in options} == {
        OTHER,
        address_of("standard_hc"),
    }
    labels = [option["label"] for option in options]
    assert all("/dev/ttyUSB" in label and "Linky" in label for label in labels)
    assert OTHER not in str(labels)
    found = await answer(hass, result, {CONF_METER: OTHER})
    assert found["step_id"] == "found"
    created = await answer(hass, found, {})
    assert created["result"].unique_id == OTHER
    # Which it is of those on the server, its entry alone tells
    assert created["result"].title == "Linky (ttyUSB1)"
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.linky_apparent_power") is not None
    result = await ask_server(hass, server.port)
    found = await answer(hass, result, {CONF_METER: address_of("standard_hc")})
    second = await answer(hass, found, {})
    assert second["result"].title == "Linky 2 (ttyUSB0)"
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.linky_2_apparent_power") is not None
    for one in (created, second):
        await hass.config_entries.async_unload(one["result"].entry_id)


async def test_localhost_is_proposed_when_it_answers(
    hass: HomeAssistant, serve: Serve
) -> None:
    """The form proposes this machine only if something answers there."""

    async def proposed() -> Any:
        flow = await start_flow(hass, "server")
        hass.config_entries.flow.async_abort(flow["flow_id"])
        assert flow["data_schema"] is not None
        (host, *_) = flow["data_schema"].schema
        return host.default

    server = await serve(tic())
    with patch.object(flow_heard, "DEFAULT_PORT", server.port):
        assert (await proposed())() == "localhost"
    with patch.object(flow_heard, "DEFAULT_PORT", 1):
        assert not callable(await proposed())


@pytest.mark.parametrize(
    ("tics", "options", "error"),
    [
        ((), {}, "no_tic"),
        ((tic(),), {"interval": None}, "no_data"),
        ((tic(),), {"http": "plain"}, "not_a_server"),
        ((tic(),), {"http": "redirect", "redirect_to": "/else"}, "not_a_server"),
    ],
)
async def test_what_may_be_wrong_with_a_server(
    hass: HomeAssistant,
    serve: Serve,
    tics: tuple[ServedTic, ...],
    options: dict[str, Any],
    error: str,
) -> None:
    """Each failure has its own words and can be corrected in the same form."""
    server = await serve(*tics, **options)
    result = await ask_server(hass, server.port)
    assert result["step_id"] == "server"
    assert result["errors"] == {"base": error}
    better = await serve(tic())
    found = await answer(hass, result, {CONF_HOST: HOST, CONF_PORT: better.port})
    assert found["step_id"] == "found"
    hass.config_entries.flow.async_abort(found["flow_id"])


async def test_no_server_there(hass: HomeAssistant, serve: Serve) -> None:
    """Nothing listens on that port."""
    server = await serve(tic())
    port = server.port
    await server.__aexit__()
    result = await ask_server(hass, port)
    assert result["errors"] == {"base": "server_unreachable"}
    hass.config_entries.flow.async_abort(result["flow_id"])


async def test_two_entries_share_one_connection(
    hass: HomeAssistant, serve: Serve
) -> None:
    """Two meters of a server use one connection; unloading one disturbs no other."""
    server = await serve(tic(), other_tic())
    first, second = server_entry(server), server_entry(server, OTHER)
    assert await set_up(hass, first)
    assert await set_up(hass, second)
    assert server.clients == 1
    assert server.connections == 1
    subscriptions = [r for r in server.requests if r["name"] == "SubscribeTIC"]
    assert all("data" not in request for request in subscriptions)
    assert await hass.config_entries.async_unload(second.entry_id)
    frames = first.runtime_data.coordinator.frames
    await until(lambda: first.runtime_data.coordinator.frames > frames + 3)
    assert server.clients == 1
    assert await hass.config_entries.async_unload(first.entry_id)
    await until(lambda: not server.clients)
    assert not hass.data[server_hub._HUBS]


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("preset", sorted(PRESETS))
async def test_entities_equal_those_of_a_port(
    hass: HomeAssistant, serve: Serve, replay: Replay, preset: str
) -> None:
    """The same frames show the same values, wherever they come from."""
    unsteady = ("clock_offset", "frame_interval")

    async def entities(entry: MockConfigEntry) -> dict[str, tuple[str, Any]]:
        assert await set_up(hass, entry)
        await until(partial(more_frames, entry, 3))
        found = {
            state.entity_id: (state.state, state.attributes)
            for state in hass.states.async_all()
            if not state.entity_id.endswith(unsteady)
        }
        assert await hass.config_entries.async_remove(entry.entry_id)
        return found

    served = tic(preset)
    frame = served.meter.frame()
    with patch.object(served.meter, "advance"):
        server = await serve(served)
        speed = 1200 if PRESETS[preset].mode == "historic" else 9600
        port = entry_for(address_of(preset), replay(frame).path, baudrate=speed)
        by_port = await entities(port)
        assert await entities(server_entry(server, address_of(preset))) == by_port
    assert len(by_port) > 15


async def test_server_restarted(hass: HomeAssistant, serve: Serve) -> None:
    """A server that goes and comes is found again, by every entry on it."""
    server = await serve(tic(), other_tic())
    entries = [server_entry(server), server_entry(server, OTHER)]
    for entry in entries:
        assert await set_up(hass, entry)
    for _ in range(2):
        await server.__aexit__()
        await until(lambda: state_of(hass, POWER) == STATE_UNAVAILABLE)
        await server.__aenter__()
        for entry in entries:
            frames = entry.runtime_data.coordinator.frames
            wanted = partial(more_frames, entry, frames + 2)
            await until(wanted)
        assert state_of(hass, POWER) != STATE_UNAVAILABLE
    assert server.clients == 1
    for entry in entries:
        assert await hass.config_entries.async_unload(entry.entry_id)
    names = [task.get_name() for task in asyncio.all_tasks()]
    assert not [name for name in names if name.startswith("tic ")]


async def test_modem_unplugged_behind_the_server(
    hass: HomeAssistant, serve: Serve
) -> None:
    """The link goes off and comes back with the modem."""
    served = tic()
    server = await serve(served)
    entry = server_entry(server)
    assert await set_up(hass, entry)
    assert state_of(hass, LINK) == STATE_ON
    await server.unplug(served)
    await until(lambda: state_of(hass, LINK) == STATE_OFF)
    await until(lambda: state_of(hass, POWER) == STATE_UNAVAILABLE)
    server.replug(served)
    await until(lambda: state_of(hass, LINK) == STATE_ON)
    assert state_of(hass, POWER) != STATE_UNAVAILABLE
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"interval": None}, "no_data"), ({"http": "plain"}, "not_a_server")],
)
async def test_server_not_ready(
    hass: HomeAssistant, serve: Serve, options: dict[str, Any], reason: str
) -> None:
    """Set-up is tried again, with words that say why, and leaves no connection."""
    server = await serve(tic(), **options)
    entry = server_entry(server)
    assert not await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == reason
    await until(lambda: not server.clients)
    assert not hass.data[server_hub._HUBS]


async def test_port_and_server_can_be_exchanged(
    hass: HomeAssistant, serve: Serve, start_meter: StartMeter
) -> None:
    """Reconfiguring moves an entry from a port to a server and back."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    server = await serve(other_tic(), tic())
    flow = await reconfigure(hass, entry, "server")
    result = await answer(hass, flow, {CONF_HOST: HOST, CONF_PORT: server.port})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data == {CONF_HOST: HOST, CONF_PORT: server.port}
    assert not meter.has_reader
    flow = await reconfigure(hass, entry)
    result = await answer(hass, flow, {CONF_DEVICE: meter.path})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data[CONF_DEVICE] == meter.path
    assert CONF_HOST not in entry.data
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_same_meter_on_a_server_is_recognised(
    hass: HomeAssistant, serve: Serve
) -> None:
    """A meter with an entry is offered to be moved; on the same server it is known."""
    entry = entry_for(address_of("standard_hc"), "/dev/ttyGONE")
    entry.add_to_hass(hass)
    server = await serve(tic())
    result = await ask_server(hass, server.port)
    assert result["step_id"] == "move"
    moved = await answer(hass, result, {})
    assert moved["reason"] == "moved"
    assert entry.data == {CONF_HOST: HOST, CONF_PORT: server.port}
    again = await ask_server(hass, server.port)
    assert again["type"] is FlowResultType.ABORT
    assert again["reason"] == "already_configured"


async def test_a_server_that_falls_behind(
    hass: HomeAssistant, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Late values: said, connected again, nothing to switch loads by; in time: healed."""
    monkeypatch.setattr(server_hub, "HEALED_SECONDS", 0.5)
    served = tic()
    server = await serve(served, other_tic())
    entry, neighbour = server_entry(server), server_entry(server, OTHER)
    assert await set_up(hass, entry)
    assert await set_up(hass, neighbour)
    issue = (DOMAIN, f"server_backlog_{entry.entry_id}")
    registry = ir.async_get(hass)
    coordinator = entry.runtime_data.coordinator
    await until(partial(more_frames, entry, 5))
    assert not coordinator.late
    connections = server.connections
    assert state_of(hass, AVAILABLE) != STATE_UNAVAILABLE
    served.meter.degrade_clock(offset=-3000)
    await until(lambda: coordinator.late)
    await until(partial(more_connections, server, connections))
    assert registry.async_get_issue(*issue) is not None
    await until(lambda: state_of(hass, POWER) != STATE_UNAVAILABLE)
    assert state_of(hass, AVAILABLE) == STATE_UNAVAILABLE
    assert state_of(hass, LINK) == STATE_ON
    # The meter's clock is known over a restart: a delay at its start is one too
    served.meter.degrade_clock(offset=-6000)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.runtime_data.coordinator.late
    assert state_of(hass, AVAILABLE) == STATE_UNAVAILABLE
    assert registry.async_get_issue(*issue) is not None
    served.meter.degrade_clock(offset=0)
    await until(lambda: state_of(hass, AVAILABLE) != STATE_UNAVAILABLE)
    await until(lambda: registry.async_get_issue(*issue) is None)
    await until(
        partial(more_frames, neighbour, neighbour.runtime_data.coordinator.frames)
    )
    assert server.clients == 1
    for loaded in (entry, neighbour):
        assert await hass.config_entries.async_unload(loaded.entry_id)


def more_connections(server: Tic2WebSocketServer, count: int) -> bool:
    """Return whether a server had more connections than that."""
    return server.connections > count


@pytest.mark.parametrize("version", [1, 2])
async def test_historic_meter_has_no_clock_to_watch(
    hass: HomeAssistant, serve: Serve, version: int
) -> None:
    """A historic meter on a server has no DATE, and is simply read."""
    server = await serve(tic("historic_hc"), version=version)
    entry = server_entry(server, address_of("historic_hc"))
    assert await set_up(hass, entry)
    await until(partial(more_frames, entry, 5))
    assert entry.runtime_data.coordinator.data["apparent_power"] is not None
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_an_address_without_data_behind_a_server(
    hass: HomeAssistant, serve: Serve
) -> None:
    """A meter whose output is not programmed is told apart from silence."""
    config = replace(PRESETS["historic_base"], address_only=True, pre_linky=True)
    meter = SimulatedMeter(config)
    server = await serve(ServedTic(meter))
    entry = server_entry(server, meter.address)
    assert not await set_up(hass, entry)
    assert entry.error_reason_translation_key == "not_programmed"
    result = await ask_server(hass, server.port)
    assert result["errors"] == {"base": "not_programmed"}
    hass.config_entries.flow.async_abort(result["flow_id"])


async def test_diagnostics_of_a_server(
    hass: HomeAssistant, serve: Serve, hass_client: ClientSessionGenerator
) -> None:
    """They tell the kind of source and its messages, not the host."""
    assert await async_setup_component(hass, "diagnostics", {})
    served = tic()
    server = await serve(served)
    entry = server_entry(server)
    assert await set_up(hass, entry)
    await server.report(served, 7, "TIC read timeout")
    found = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert found["line"]["source"]["kind"] == "tic2websocket"
    assert found["line"]["source"]["messages"]["frames"] > 0
    assert HOST not in str(found)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_closing_twice_is_harmless(hass: HomeAssistant, serve: Serve) -> None:
    """A source that is closed can be closed again, and opened."""
    server = await serve(tic())
    frames: list[Frame] = []
    source = server_hub.ServerSource(
        hass,
        host=HOST,
        port=server.port,
        address=address_of("standard_hc"),
        on_frame=frames.append,
        on_lost=lambda: None,
    )
    for _ in range(2):
        await source.open()
        count = len(frames)
        await until(partial(longer, frames, count))
        await source.close()
        await source.close()
    await until(lambda: not server.clients)


@pytest.mark.parametrize(
    ("device", "resolved"),
    [
        ("rfc2217://host:4000?key=secret", "rfc2217://host:4000"),
        (
            "esphome-hass://esphome/1?port_name=T",
            "esphome-hass://esphome/1?port_name=T",
        ),
    ],
)
async def test_urls_are_ports_too(
    hass: HomeAssistant, device: str, resolved: str
) -> None:
    """A key after the question mark makes no other port; a proxy's name does."""
    assert await async_resolve(hass, device) == resolved


async def test_a_replaced_meter_behind_a_server(
    hass: HomeAssistant, serve: Serve
) -> None:
    """Another meter on the modem of ours, not one on another modem, is a replacement."""
    served, neighbour = tic(), other_tic()
    server = await serve(served, neighbour)
    entry = server_entry(server)
    assert await set_up(hass, entry)
    issue = (DOMAIN, f"meter_replaced_{entry.entry_id}")
    registry = ir.async_get(hass)
    served.plugged = False
    await until(lambda: state_of(hass, POWER) == STATE_UNAVAILABLE)
    await asyncio.sleep(0.5)
    assert registry.async_get_issue(*issue) is None
    served.meter.swap("021975654321", (1_000_000, 2_000_000))
    served.plugged = True
    await until(lambda: registry.async_get_issue(*issue) is not None)
    # The modem is known over a restart too
    assert not await hass.config_entries.async_reload(entry.entry_id)
    assert entry.error_reason_translation_key == "other_meter"
    assert registry.async_get_issue(*issue) is not None
    assert await async_adopt(hass, entry, "021975654321")
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    assert registry.async_get_issue(*issue) is None
    assert entry.unique_id == "021975654321"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_meters_that_changed_modems_behind_a_server(
    hass: HomeAssistant, serve: Serve
) -> None:
    """Meters are told apart by their address: nothing is exchanged, nothing replaced."""
    served, neighbour = tic(), other_tic()
    server = await serve(served, neighbour)
    first, second = server_entry(server), server_entry(server, OTHER)
    assert await set_up(hass, first)
    assert await set_up(hass, second)
    # Ours is gone, and the neighbour's meter is on its modem
    neighbour.plugged = False
    served.meter.swap(OTHER, (1_000_000,))
    await until(lambda: state_of(hass, POWER) == STATE_UNAVAILABLE)
    await until(
        partial(more_frames, second, second.runtime_data.coordinator.frames + 5)
    )
    assert not ir.async_get(hass).issues
    assert dict(first.data) == dict(second.data)
    for entry in (first, second):
        assert await hass.config_entries.async_unload(entry.entry_id)
