"""Fixtures of all tests with Home Assistant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp import ClientWebSocketResponse
import pytest
import pytest_asyncio
from pytest_homeassistant_custom_component.common import MockConfigEntry
import serialx

# The test package ships a custom_components folder of its own, which would win
import custom_components.linky_meter as integration
from custom_components.linky_meter.const import (
    CONF_BAUDRATE,
    CONF_PUBLISHING,
    CONF_USB,
    CONF_WELCOME,
    DOMAIN,
)
from custom_components.linky_meter.linky_tic.tic.sources import serial
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.storage import Store
from homeassistant.util.async_ import get_scheduled_timer_handles
from tests.replay import ReplayPort
from tests.simulator import PRESETS, MeterConfig, PtyMeter, SimulatedMeter

assert integration.__name__ == f"custom_components.{DOMAIN}"

# Fast enough to keep the tests short, slow enough for two busy cores
SPEED = 8.0

# Before the fixtures put a dictionary in place of the disk
_LOAD, _WRITE, _REMOVE = Store._async_load, Store._async_write_data, Store.async_remove

# Files of few tests that take long: what begins last keeps one process alone
_FIRST = (
    "tests/browser/",
    "tests/trust/",
    "tests/cli/",
    "tests/replace/",
    "tests/life/",
)

type StartMeter = Callable[..., Coroutine[Any, Any, PtyMeter]]
type Replay = Callable[..., ReplayPort]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that both processes end together."""
    items.sort(key=lambda item: not item.nodeid.startswith(_FIRST))


@pytest.fixture(autouse=True)
def _load_integration(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration; the recorder must come before hass."""
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest_asyncio.fixture(autouse=True)
async def verify_cleanup(verify_cleanup: None) -> AsyncIterator[None]:
    """Look for what stays behind, but for a timer that aiohttp forgets.

    Its client starts the timer of the next ping anew when something arrives while the
    connection is being closed (3.14.5); the timer ends without doing anything.
    """
    yield
    for handle in get_scheduled_timer_handles(asyncio.get_running_loop()):
        owner = getattr(getattr(handle, "_callback", None), "__self__", None)
        if isinstance(owner, ClientWebSocketResponse) and owner.closed:
            handle.cancel()


@pytest.fixture(autouse=True)
def _quick_ear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell a wrong speed as much faster as the simulated meters speak faster."""
    monkeypatch.setattr(serial, "_NOISE_SECONDS", 0.4)
    monkeypatch.setattr(serial, "_LOOK_SECONDS", 0.05)


@pytest.fixture
def all_enabled() -> Iterator[None]:
    """Enable every entity, those that are disabled by default too."""
    with patch.object(Entity, "entity_registry_enabled_default", True):
        yield


@pytest.fixture
def hass_config_dir(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder of the test's own, not the one that all tests would write into."""
    return str(tmp_path_factory.mktemp("config"))


@pytest.fixture
def storage(hass: HomeAssistant) -> Iterator[Path]:
    """Return the folder of what is stored, on a real disk."""
    folder = Path(hass.config.path(".storage"))
    folder.mkdir()
    with (
        patch.object(Store, "_async_load", _LOAD),
        patch.object(Store, "_async_write_data", _WRITE),
        patch.object(Store, "async_remove", _REMOVE),
    ):
        yield folder


@pytest.fixture
async def start_meter() -> AsyncIterator[StartMeter]:
    """Return a function that plugs in a simulated meter."""
    async with AsyncExitStack() as stack:

        async def start(preset: str = "standard_hc", **changes: Any) -> PtyMeter:
            options = {"speed": SPEED} | {
                name: changes.pop(name)
                for name in ("speed", "link", "view", "check_speed")
                if name in changes
            }
            config: MeterConfig = replace(PRESETS[preset], **changes)
            return await stack.enter_async_context(PtyMeter(config, **options))

        yield start


@pytest.fixture
async def replay() -> AsyncIterator[Replay]:
    """Return a function that repeats one frame of a meter on a port for ever."""
    async with AsyncExitStack() as stack:
        ports: list[ReplayPort] = []

        def start(frame: bytes) -> ReplayPort:
            port = ReplayPort(frame)
            ports.append(port)
            stack.push_async_callback(port.close)
            return port

        yield start


def frame_of(preset: str, **changes: Any) -> bytes:
    """Return one frame of a preset meter after a few minutes of its life."""
    meter = SimulatedMeter(replace(PRESETS[preset], **changes))
    meter.advance(600)
    return meter.frame()


def address_of(preset: str, **changes: Any) -> str:
    """Return the address of a preset meter."""
    return SimulatedMeter(replace(PRESETS[preset], **changes)).truth.address


def entry_for(
    address: str, device: str, *, baudrate: int = 9600, **options: Any
) -> MockConfigEntry:
    """Return an entry as the config flow makes it."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Linky",
        unique_id=address,
        data={CONF_DEVICE: device, CONF_BAUDRATE: baudrate, CONF_USB: None},
        # What a test waits for shows with the frame that says it, and nothing is offered
        options={CONF_PUBLISHING: "every_frame", CONF_WELCOME: {"told": True}}
        | options,
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
    """Set up an entry and wait until its entities are there."""
    entry.add_to_hass(hass)
    loaded = await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    if not loaded:
        print("not set up:", entry.state, entry.reason)
    return loaded


def opens(path: str) -> bool:
    """Return whether a port can be opened, as another program would."""
    port = serialx.serial_for_url(path, baudrate=9600)
    try:
        port.open()
    except OSError:
        return False
    port.close()
    return True


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
