"""A server that is discovered, that moves, and that wants a token, in the real flows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import CONF_SERVER_ID, DOMAIN
from custom_components.linky_meter.linky_tic.sharing.announce import (
    SERVICE,
    Announcement,
)
from custom_components.linky_meter.sharing.announce import async_own_id
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    SOURCE_ZEROCONF,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.setup import async_setup_component
from tests.conftest import set_up, until
from tests.sharing.helpers import TOKEN, Shared, loopback_zeroconf, sharing
from tests.tic.helpers import HISTORIC

pytestmark = pytest.mark.usefixtures("socket_enabled")

ADDRESS = str(HISTORIC["ADCO"])
IDENTITY = "0123456789abcdef"
OTHER_TOKEN = "another-token"


@asynccontextmanager
async def speaking(**settings: Any) -> AsyncIterator[Shared]:
    """Give a server whose meter speaks."""

    async def speak(shared: Shared) -> None:
        while True:
            shared.say()
            await asyncio.sleep(0.05)

    async with sharing(**settings) as shared:
        task = asyncio.create_task(speak(shared))
        try:
            yield shared
        finally:
            task.cancel()
            await asyncio.wait([task])


@pytest.fixture
def _loopback_zeroconf() -> Iterator[None]:
    """Have Home Assistant's own zeroconf on loopback only."""
    with loopback_zeroconf():
        yield


def found(
    port: int, host: str = "127.0.0.1", identity: str | None = IDENTITY, **more: Any
) -> ZeroconfServiceInfo:
    """Return what Home Assistant tells of a server that announces itself."""
    address = ip_address(host)
    return ZeroconfServiceInfo(
        ip_address=address,
        ip_addresses=[address],
        port=port,
        hostname="pi.local.",
        type=SERVICE,
        name=f"Linky pi.{SERVICE}",
        properties={"id": identity} if identity else {},
    )


async def discover(hass: HomeAssistant, info: ZeroconfServiceInfo) -> ConfigFlowResult:
    """Have a server discovered."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_ZEROCONF}, data=info
    )


async def submit(hass: HomeAssistant, step: Any, answer: dict[str, Any]) -> Any:
    """Fill in a form, and wait for what is listened to."""
    flows = hass.config_entries.flow
    result = await flows.async_configure(step["flow_id"], answer)
    while result["type"] is FlowResultType.SHOW_PROGRESS:
        await hass.async_block_till_done(wait_background_tasks=True)
        result = await flows.async_configure(step["flow_id"])
    return result


def entry_of(port: int, **more: Any) -> MockConfigEntry:
    """Return an entry of a server."""
    data = {CONF_HOST: "127.0.0.1", CONF_PORT: port, **more}
    return MockConfigEntry(domain=DOMAIN, title="Linky", unique_id=ADDRESS, data=data)


@pytest.mark.usefixtures("_loopback_zeroconf")
async def test_discovered(hass: HomeAssistant) -> None:
    """What announces itself is offered, its form filled in; the meter is then set up."""
    async with AsyncExitStack() as stack:
        shared = await stack.enter_async_context(speaking(token=TOKEN))
        assert await async_setup_component(hass, "zeroconf", {})
        await hass.async_start()
        announcement = Announcement(shared.server, IDENTITY)
        await announcement.start()
        stack.push_async_callback(announcement.stop)
        flows = hass.config_entries.flow
        await until(lambda: flows.async_progress_by_handler(DOMAIN), 30)
        (flow,) = flows.async_progress_by_handler(DOMAIN)
        assert flow["context"]["source"] == SOURCE_ZEROCONF
        assert flow["context"]["unique_id"] == IDENTITY
        assert ADDRESS not in str(flow)
        assert flow["context"]["title_placeholders"]["name"].startswith("Linky ")
        form = await flows.async_configure(flow["flow_id"])
        assert form["step_id"] == "server"
        assert form["data_schema"] is not None
        filled = form["data_schema"]({})
        assert filled == {CONF_HOST: "127.0.0.1", CONF_PORT: shared.server.port}
        # The token is wanted
        form = await submit(hass, flow, filled)
        assert form["errors"] == {"base": "server_token"}
        summary = await submit(hass, flow, {**filled, CONF_TOKEN: f" {TOKEN} "})
        assert summary["step_id"] in {"found", "found_base"}
        result = await submit(hass, flow, summary["data_schema"]({}))
        assert result["type"] is FlowResultType.CREATE_ENTRY
        entry = result["result"]
        assert entry.unique_id == ADDRESS
        assert entry.data == {
            **filled,
            CONF_TOKEN: TOKEN,
            CONF_SERVER_ID: IDENTITY,
        }
        await until(lambda: entry.state is ConfigEntryState.LOADED, 30)
        # Once more, and at another port meanwhile
        again = await discover(hass, found(shared.server.port))
        assert again["reason"] == "already_configured"
        assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)


async def test_moves(hass: HomeAssistant) -> None:
    """A server that is known is followed to another host and port."""
    entry = entry_of(1, **{CONF_SERVER_ID: IDENTITY})
    other = MockConfigEntry(
        domain=DOMAIN, unique_id="021875999999", data=dict(entry.data)
    )
    for one in (entry, other):
        one.add_to_hass(hass)
    result = await discover(hass, found(2, "192.0.2.7"))
    assert result["reason"] == "already_configured"
    for one in (entry, other):
        assert one.data[CONF_HOST] == "192.0.2.7"
        assert one.data[CONF_PORT] == 2


@pytest.mark.parametrize("host", ["192.0.2.7", "pi.local"])
async def test_known_by_its_place(hass: HomeAssistant, host: str) -> None:
    """A server that was typed is known when it announces itself, and then by its id."""
    entry = entry_of(2)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={CONF_HOST: host, CONF_PORT: 2})
    result = await discover(hass, found(2, "192.0.2.7"))
    assert result["reason"] == "already_configured"
    assert entry.data == {CONF_HOST: host, CONF_PORT: 2, CONF_SERVER_ID: IDENTITY}


async def test_that_a_known_place_needs_no_reload(hass: HomeAssistant) -> None:
    """The id that is learned changes nothing of how the meter is read."""
    async with speaking() as shared:
        entry = entry_of(shared.server.port)
        assert await set_up(hass, entry)
        source = entry.runtime_data.coordinator.source
        await discover(hass, found(shared.server.port))
        await hass.async_block_till_done()
        assert entry.data[CONF_SERVER_ID] == IDENTITY
        assert entry.runtime_data.coordinator.source is source
        await hass.config_entries.async_unload(entry.entry_id)


async def test_enedis_server_by_avahi(hass: HomeAssistant) -> None:
    """Without an id, as Avahi announces Enedis's server, the name tells it."""
    form = await discover(hass, found(19584, identity=None))
    assert form["step_id"] == "server"
    again = await discover(hass, found(19584, identity=None))
    assert again["reason"] == "already_in_progress"


async def test_own_server(hass: HomeAssistant) -> None:
    """Home Assistant does not offer what it shares itself."""
    own = await async_own_id(hass)
    assert (await discover(hass, found(2, identity=own)))["reason"] == (
        "already_configured"
    )


async def test_another_that_was_typed(hass: HomeAssistant) -> None:
    """Who types another server than the discovered one gets that, without its id."""
    async with speaking() as shared:
        form = await discover(hass, found(1, "192.0.2.7"))
        typed = {CONF_HOST: "127.0.0.1", CONF_PORT: shared.server.port}
        summary = await submit(hass, form, typed)
        result = await submit(hass, form, summary["data_schema"]({}))
        assert result["result"].data == typed
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(result["result"].entry_id)


async def reauthentication(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Return the form in which the token is asked for."""

    def flows() -> list[Any]:
        return [
            flow
            for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
            if flow["context"]["source"] == SOURCE_REAUTH
            and flow["context"]["entry_id"] == entry.entry_id
        ]

    await until(flows, 30)
    (flow,) = flows()
    return await hass.config_entries.flow.async_configure(flow["flow_id"])


async def test_token_at_a_start(hass: HomeAssistant) -> None:
    """A token that is wrong at a start is asked for, and kept for both meters."""
    async with speaking(token=TOKEN) as shared:
        entry = entry_of(shared.server.port, **{CONF_TOKEN: OTHER_TOKEN})
        sibling = MockConfigEntry(
            domain=DOMAIN,
            unique_id="021875999999",
            data={**entry.data},
            disabled_by=ConfigEntryDisabler.USER,
        )
        sibling.add_to_hass(hass)
        assert not await set_up(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        assert entry.error_reason_translation_key == "server_token"
        form = await reauthentication(hass, entry)
        assert form["step_id"] == "reauth_confirm"
        form = await submit(hass, form, {CONF_TOKEN: "wrong-again"})
        assert form["errors"] == {"base": "server_token"}
        result = await submit(hass, form, {CONF_TOKEN: TOKEN})
        assert result["reason"] == "token_kept"
        await until(lambda: entry.state is ConfigEntryState.LOADED, 30)
        assert entry.data[CONF_TOKEN] == sibling.data[CONF_TOKEN] == TOKEN
        await hass.config_entries.async_unload(entry.entry_id)


async def test_token_that_changes(hass: HomeAssistant) -> None:
    """A server that comes back with another token, and then without one."""
    async with speaking(token=TOKEN) as first:
        port = first.server.port
        entry = entry_of(port, **{CONF_TOKEN: TOKEN})
        assert await set_up(hass, entry)
    async with speaking(token=OTHER_TOKEN, port=port):
        form = await reauthentication(hass, entry)
        result = await submit(hass, form, {CONF_TOKEN: OTHER_TOKEN})
        assert result["reason"] == "token_kept"
        await until(lambda: entry.state is ConfigEntryState.LOADED, 30)
        await until(lambda: entry.runtime_data.coordinator.link, 30)
    assert entry.data[CONF_TOKEN] == OTHER_TOKEN
    await hass.config_entries.async_unload(entry.entry_id)


async def test_typed_token(hass: HomeAssistant) -> None:
    """The token is a field of the form, for whoever types the server."""
    async with speaking(token=TOKEN) as shared:
        menu = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        form = await submit(hass, menu, {"next_step_id": "server"})
        typed = {CONF_HOST: "127.0.0.1", CONF_PORT: shared.server.port}
        form = await submit(hass, form, {**typed, CONF_TOKEN: OTHER_TOKEN})
        assert form["errors"] == {"base": "server_token"}
        summary = await submit(hass, form, {**typed, CONF_TOKEN: TOKEN})
        assert summary["step_id"].startswith("found")
