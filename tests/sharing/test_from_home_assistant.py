"""A meter that Home Assistant reads, shared with other programs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
import socket
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from custom_components.linky_meter.const import (
    CONF_SHARE,
    CONF_SHARE_NETWORK,
    CONF_SHARE_PORT,
    CONF_SHARE_TOKEN,
    DOMAIN,
)
from custom_components.linky_meter.link.problems import Issue, is_raised
from custom_components.linky_meter.linky_tic.sharing.announce import SERVICE
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from custom_components.linky_meter.sharing import announce, house, meter as meter_module
from homeassistant.components import network
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from scripts.instance.folder import free_port
from tests.conftest import StartMeter, address_of, entry_for, set_up, until
from tests.tic.server_helpers import Heard

from .helpers import SECONDS, TOKEN, loopback_zeroconf

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def choose(
    hass: HomeAssistant, entry: MockConfigEntry, answer: dict[str, Any]
) -> Any:
    """Answer the form of the options, and let it be followed."""
    flows = hass.config_entries.options
    menu = await flows.async_init(entry.entry_id)
    form = await flows.async_configure(menu["flow_id"], {"next_step_id": "sharing"})
    assert form["type"] is FlowResultType.FORM
    assert form["data_schema"] is not None
    asked = form["data_schema"]({**answer})
    result = await flows.async_configure(form["flow_id"], asked)
    await hass.async_block_till_done()
    return result


@asynccontextmanager
async def connected(port: int, token: str | None = None) -> AsyncIterator[Client]:
    """Give a client, once the server listens."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(SECONDS):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/health"):
                    break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.02)
        client = Client(session, "127.0.0.1", port, token=token)
        await client.connect()
        try:
            yield client
        finally:
            await client.close()


def is_free(port: int) -> bool:
    """Return whether nothing listens on a port."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


async def test_shared(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Frames, readings and metrics are there for others, until the entry is unloaded."""
    assert await async_setup_component(hass, "system_health", {})
    served = await start_meter()
    address, port = address_of("standard_hc"), free_port()
    entry = entry_for(address, served.path)
    assert await set_up(hass, entry)
    assert is_free(port)
    result = await choose(hass, entry, {CONF_SHARE: True, CONF_SHARE_PORT: port})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    async with connected(port) as client:
        heard = Heard()
        await client.subscribe(heard.on_frame, heard.on_error)
        await until(lambda: heard.frames, SECONDS)
        frame = heard.frames[0]
        assert frame.address == address
        assert frame.by_label["SMAXSN"].horodate
        (tic,) = await client.available_tics()
        assert tic.port_name == "linky"
        info = await get_system_health_info(hass, DOMAIN)
        assert info["sharing_clients"] == 1
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{port}"
            async with session.get(f"{url}/readings/linky") as page:
                assert (await page.json())["mode"] == "standard"
            async with session.get(f"{url}/metrics") as page:
                assert 'linky_up{meter="linky"} 1.0' in await page.text()
        # The modem is unplugged, and comes back
        served.unplug()
        await until(lambda: heard.errors, SECONDS)
        assert heard.errors[0].code == 6
        served.replug()
        heard.frames.clear()
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, "device": served.path}
        )
        await hass.async_block_till_done()
    async with connected(port) as client:
        await client.subscribe(heard.on_frame, heard.on_error)
        await until(lambda: heard.frames, SECONDS)
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert is_free(port)
        assert house.clients(hass) == 0


async def test_switched_off(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Options are followed at once, without opening the port of the meter anew."""
    served = await start_meter()
    port, other = free_port(), free_port()
    entry = entry_for(address_of("standard_hc"), served.path)
    assert await set_up(hass, entry)
    source = entry.runtime_data.coordinator.source
    await choose(hass, entry, {CONF_SHARE: True, CONF_SHARE_PORT: port})
    await until(lambda: not is_free(port), SECONDS)
    await choose(hass, entry, {CONF_SHARE: True, CONF_SHARE_PORT: other})
    await until(lambda: not is_free(other), SECONDS)
    assert is_free(port)
    await choose(hass, entry, {CONF_SHARE: False, CONF_SHARE_PORT: other})
    assert is_free(other)
    assert entry.runtime_data.coordinator.source is source
    await choose(hass, entry, {CONF_SHARE: True, CONF_SHARE_PORT: port})
    await until(lambda: not is_free(port), SECONDS)
    # Home Assistant stops
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert is_free(port)


async def test_another_token_for_oneself(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Who shares alone on a port changes its settings there, in one step."""
    served = await start_meter()
    port = free_port()
    entry = entry_for(address_of("standard_hc"), served.path)
    assert await set_up(hass, entry)
    shared = {CONF_SHARE: True, CONF_SHARE_PORT: port}
    await choose(hass, entry, shared)

    def listens(token: str | None) -> bool:
        house_ = entry.runtime_data.sharing._house
        return bool(house_ and house_.server.settings.token == token and house_.listens)

    await until(lambda: listens(None), SECONDS)
    result = await choose(hass, entry, {**shared, CONF_SHARE_TOKEN: TOKEN})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_SHARE_TOKEN] == TOKEN
    await until(lambda: listens(TOKEN), SECONDS)
    await hass.config_entries.async_unload(entry.entry_id)
    assert is_free(port)


async def test_a_second_meter_on_a_port_that_is_taken(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Each of the two has its repair."""
    meters = [await start_meter(), await start_meter(address="042164999999")]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        shared = {CONF_SHARE: True, CONF_SHARE_PORT: taken.getsockname()[1]}
        entries = [
            entry_for(address_of("standard_hc"), meters[0].path, **shared),
            entry_for("042164999999", meters[1].path, **shared),
        ]
        for entry in entries:
            assert await set_up(hass, entry)
            await until(
                lambda entry=entry: is_raised(  # type: ignore[misc]
                    hass, entry.entry_id, Issue.NOT_SHARED
                ),
                SECONDS,
            )
        for entry in entries:
            await hass.config_entries.async_unload(entry.entry_id)


async def test_refused(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """The form tells what cannot be, and keeps nothing of it."""
    served = await start_meter()
    port = free_port()
    entry = entry_for(address_of("standard_hc"), served.path)
    assert await set_up(hass, entry)
    network = {CONF_SHARE: True, CONF_SHARE_NETWORK: True, CONF_SHARE_PORT: port}
    result = await choose(hass, entry, network)
    assert result["errors"] == {CONF_SHARE_TOKEN: "share_token_missing"}
    result = await choose(hass, entry, {**network, CONF_SHARE_TOKEN: "short"})
    assert result["errors"] == {CONF_SHARE_TOKEN: "share_token_short"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        result = await choose(hass, entry, {CONF_SHARE: True, CONF_SHARE_PORT: busy})
        assert result["errors"] == {CONF_SHARE_PORT: "share_port_taken"}
    assert CONF_SHARE not in entry.options
    await hass.config_entries.async_unload(entry.entry_id)


async def test_two_meters(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Two meters on one port are one server, with one token."""
    first, second = await start_meter(), await start_meter(address="042164999999")
    port = free_port()
    entries = [
        entry_for(address_of("standard_hc"), first.path),
        entry_for("042164999999", second.path),
    ]
    shared = {CONF_SHARE: True, CONF_SHARE_PORT: port}
    for entry in entries:
        assert await set_up(hass, entry)
        await choose(hass, entry, shared)
    result = await choose(hass, entries[1], {**shared, CONF_SHARE_TOKEN: TOKEN})
    assert result["errors"] == {CONF_SHARE_PORT: "share_differs"}
    async with connected(port) as client:
        tics = await client.available_tics()
        assert sorted(tic.port_name or "" for tic in tics) == ["linky", "linky_2"]
        heard = Heard()
        await client.subscribe(heard.on_frame, heard.on_error)
        await until(lambda: len({f.address for f in heard.frames}) == 2, SECONDS)
        assert await hass.config_entries.async_unload(entries[0].entry_id)
        await until(lambda: heard.errors, SECONDS)
        assert len(await client.available_tics()) == 1
    # Kept so by an earlier version, or by hand: it is told, and the other goes on
    hass.config_entries.async_update_entry(
        entries[0], options={**shared, CONF_SHARE_TOKEN: TOKEN}
    )
    assert await hass.config_entries.async_setup(entries[0].entry_id)
    assert is_raised(hass, entries[0].entry_id, Issue.NOT_SHARED)
    for entry in entries:
        await hass.config_entries.async_unload(entry.entry_id)
    assert not is_raised(hass, entries[0].entry_id, Issue.NOT_SHARED)


async def test_port_taken_later(
    hass: HomeAssistant, start_meter: StartMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that another program took is a repair, until it is free."""
    monkeypatch.setattr(house, "AGAIN_SECONDS", 0.05)
    served = await start_meter()
    entry = entry_for(address_of("standard_hc"), served.path)
    entry.add_to_hass(hass)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        hass.config_entries.async_update_entry(
            entry, options={CONF_SHARE: True, CONF_SHARE_PORT: port}
        )
        assert await hass.config_entries.async_setup(entry.entry_id)
        await until(lambda: is_raised(hass, entry.entry_id, Issue.NOT_SHARED), SECONDS)
    await until(lambda: not is_raised(hass, entry.entry_id, Issue.NOT_SHARED), SECONDS)
    async with connected(port) as client:
        assert len(await client.available_tics()) == 1
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def _loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep what would reach other machines on this one."""
    monkeypatch.setattr(meter_module, "EVERYWHERE", "127.0.0.2")

    async def addresses(_: HomeAssistant) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(network, "async_get_announce_addresses", addresses)
    with (
        loopback_zeroconf(),
        # Loopback too, but it stands for all machines here
        patch(
            "custom_components.linky_meter.linky_tic.sharing.server"
            ".ServerSettings.local",
            False,
        ),
    ):
        yield


@pytest.mark.usefixtures("_loopback")
async def test_announced(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """What other machines may reach is announced, without the meter's number."""
    served = await start_meter()
    address, port = address_of("standard_hc"), free_port()
    entry = entry_for(address, served.path)
    assert await set_up(hass, entry)
    await choose(
        hass,
        entry,
        {
            CONF_SHARE: True,
            CONF_SHARE_NETWORK: True,
            CONF_SHARE_TOKEN: TOKEN,
            CONF_SHARE_PORT: port,
        },
    )
    identity = await announce.async_own_id(hass)
    info = AsyncServiceInfo(SERVICE, f"Linky home-assistant-{identity[:6]}.{SERVICE}")
    looking = AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)
    async with asyncio.timeout(SECONDS):
        while not await info.async_request(looking.zeroconf, 1000):
            pass
    assert info.port == port
    assert info.decoded_properties == {
        "txtvers": "1",
        "path": "/",
        "release": "both",
        "auth": "token",
        "id": identity,
    }
    assert address not in str(info)
    await hass.config_entries.async_unload(entry.entry_id)
    await looking.async_close()
