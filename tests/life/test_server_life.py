"""A server that goes away takes nothing of ours along, and leaves nothing."""

from __future__ import annotations

from functools import partial

import pytest

from custom_components.linky_meter.link import server as server_hub
from homeassistant.core import HomeAssistant
from tests.conftest import set_up, until
from tests.link.test_server import server_entry
from tests.simulator import PRESETS, SimulatedMeter
from tests.tic2websocket_server import ServedTic, Tic2WebSocketServer

from .conftest import Lines, is_shown
from .counts import Counts, held_again

pytestmark = pytest.mark.usefixtures("socket_enabled", "_hurry", "_nothing_left")


@pytest.mark.parametrize("away", [False, True])
async def test_lost_server(hass: HomeAssistant, lines: Lines, away: bool) -> None:
    """It is lost and found ten times, and unloaded while it is there or away."""
    server = Tic2WebSocketServer(
        ServedTic(SimulatedMeter(PRESETS["standard_hc"])), interval=0.05
    )
    async with server:
        entry = server_entry(server)
        assert await set_up(hass, entry)
        coordinator = entry.runtime_data.coordinator
        running = Counts.now()
        for _ in range(10):
            await server.__aexit__()
            await until(lambda: coordinator.source is None)
            await server.__aenter__()
            await until(partial(is_shown, hass))
        await held_again(running)
        if away:
            await server.__aexit__()
            await until(lambda: coordinator.source is None)
        assert await hass.config_entries.async_unload(entry.entry_id)
        await until(lambda: not server.clients)
    assert not hass.data[server_hub._HUBS]
    assert not lines.exceptions
