"""What nobody thought of: it ends no reading, keeps no port, and is said once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.linky_meter.link import meter_link, server as server_hub, usb
from custom_components.linky_meter.link.sources import PortSource
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket import (
    connection as server_connection,
    messages as server_messages,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, opens, set_up, until
from tests.link.test_server import other_tic, server_entry, tic
from tests.test_repairs import issue, user_of
from tests.tic2websocket_server import Tic2WebSocketServer

from .conftest import FOUND, LOST, Lines, is_shown

PRESET = "standard_hc"
ADDRESS = address_of(PRESET)
SECRET = "/dev/ttySECRET"

pytestmark = pytest.mark.usefixtures("_hurry")


class Failing:
    """Stands in for a function that fails some times and then does its work."""

    def __init__(self, real: Callable[..., Any], err: Exception, times: int = 1):
        self.failed = 0
        self._real, self._err, self._times = real, err, times

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Fail, or do it."""
        if self.failed < self._times:
            self.failed += 1
            raise self._err
        return self._real(*args, **options)

    def __get__(self, owner: object, _: object) -> Callable[..., Any]:
        """Be a method."""
        return partial(self, owner)


ERRORS = [
    RuntimeError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    AssertionError,
    OSError,
    MemoryError,
]


@pytest.mark.parametrize("kind", ERRORS)
async def test_opening_a_lost_port_fails_strangely(
    hass: HomeAssistant,
    start_meter: StartMeter,
    lines: Lines,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    *,
    kind: type[Exception],
) -> None:
    """It is opened again all the same; the log has the traceback and not the path."""
    meter = await start_meter(PRESET, link=tmp_path / "modem")
    entry = entry_for(ADDRESS, meter.path)
    assert await set_up(hass, entry)
    failing = Failing(PortSource.open, kind(SECRET), times=2)
    with patch.object(PortSource, "open", failing):
        meter.unplug()
        await until(lambda: not is_shown(hass))
        meter.replug()
        await until(lambda: is_shown(hass))
    assert failing.failed == 2
    assert len(lines.exceptions) == 1
    ours = lines.take()
    assert ours == [LOST, *lines.exceptions, FOUND]
    assert kind.__name__ in caplog.text
    assert SECRET not in caplog.text
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert opens(meter.path)


@pytest.mark.parametrize("where", ["async_moved", "users"])
async def test_looking_for_the_modem_fails(
    hass: HomeAssistant, start_meter: StartMeter, lines: Lines, where: str
) -> None:
    """A port can be read without knowing what else there is."""
    meter = await start_meter(PRESET)
    entry = entry_for(ADDRESS, meter.path)
    place: Any = meter_link if where == "async_moved" else usb
    name = "async_moved" if where == "async_moved" else "async_users"
    failing = Failing(getattr(place, name), RuntimeError(SECRET))
    with patch.object(place, name, failing):
        assert await set_up(hass, entry)
    assert failing.failed == 1
    assert len(lines.exceptions) == 1
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_opening_fails_strangely_at_set_up(
    hass: HomeAssistant,
    start_meter: StartMeter,
    lines: Lines,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant tries again, with words; the log has it once."""
    meter = await start_meter(PRESET)
    entry = entry_for(ADDRESS, meter.path)
    failing = Failing(PortSource.open, RuntimeError(SECRET), times=2)
    with patch.object(PortSource, "open", failing):
        assert not await set_up(hass, entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.error_reason_translation_key == "unexpected"
        assert opens(meter.path)
        assert not await hass.config_entries.async_reload(entry.entry_id)
        assert len(lines.exceptions) == 1
        assert await hass.config_entries.async_reload(entry.entry_id)
    assert SECRET not in caplog.text
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_watch_of_a_port_goes_on(
    hass: HomeAssistant, start_meter: StartMeter, lines: Lines
) -> None:
    """Who else uses it is looked for again after a look that failed."""
    meter = await start_meter(PRESET)
    entry = entry_for(ADDRESS, meter.path)
    assert await set_up(hass, entry)
    user = user_of(hass, meter.path)
    failing = Failing(usb.async_users, RuntimeError(), times=2)
    later = dt_util.utcnow()
    with patch.object(usb, "async_users", failing):
        # Any change of the other is heard of, so its loading is
        hass.config_entries.async_update_entry(user, title="Old meter", version=2)
        await until(lambda: failing.failed == 1)
        for _ in range(2):
            later += timedelta(seconds=usb.LOOK_SECONDS + 1)
            async_fire_time_changed(hass, later)
            await asyncio.sleep(0.1)
    assert failing.failed == 2
    assert issue(hass, entry, "port_busy") is not None
    assert len(lines.exceptions) == 1
    user.mock_state(hass, ConfigEntryState.NOT_LOADED)
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("what", ["message", "close", "connect", "resubscribe"])
async def test_a_server(
    hass: HomeAssistant, lines: Lines, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong with a shared connection, both meters are read again."""
    server = Tic2WebSocketServer(served := tic(), other_tic(), interval=0.05)
    async with server:
        entries = [server_entry(server), server_entry(server, "021875123456")]
        for entry in entries:
            assert await set_up(hass, entry)
        (hub,) = hass.data[server_hub._HUBS].values()
        if what == "message":
            failing = Failing(server_messages.parse_message, RuntimeError())
            monkeypatch.setattr(server_connection, "parse_message", failing)
        else:
            failing = Failing(getattr(Client, what), RuntimeError())
            monkeypatch.setattr(Client, what, failing)
        if what == "close":
            hub.reset()
        elif what == "connect":
            server.abort()
        elif what == "resubscribe":
            await server.unplug(served)
            await until(lambda: failing.failed)
            server.replug(served)
        await until(lambda: failing.failed)
        for entry in entries:
            frames = entry.runtime_data.coordinator.frames
            await until(partial(_more, entry.runtime_data.coordinator, frames + 5), 25)
        for entry in entries:
            assert await hass.config_entries.async_unload(entry.entry_id)
        await until(lambda: not server.clients)
    if what != "message":
        assert len(lines.exceptions) == 1


def _more(coordinator: Any, frames: int) -> bool:
    return bool(coordinator.frames > frames)
