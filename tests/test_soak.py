"""An hour of two meters behind a server that is restarted: nothing lost, nothing left.

It takes a minute, so the usual run leaves it out and says "deselected". Run it with
``scripts/soak``, or ``pytest -m soak -s``.
"""

from __future__ import annotations

from array import array
import asyncio
from dataclasses import dataclass, field, replace
import gc
from time import perf_counter
import tracemalloc
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter import coordinator as life
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.coordinator import LinkyCoordinator
from custom_components.linky_meter.link import connection, server as server_hub
from custom_components.linky_meter.linky_tic.tic.reading import EMPTY, MeterReading
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, callback
from homeassistant.setup import async_setup_component

from .conftest import set_up
from .simulator import PRESETS, SimulatedMeter
from .tic2websocket_server import ServedTic, Tic2WebSocketServer, parse_groups
from .tic2websocket_server.server import HOST

SPEED = 60
FRAME_SECONDS = 1.25
"""Between two frames of a meter, as it counts; 0.8 frames a second."""
MINUTES = 60
RESTARTS = (20, 40)
"""Minutes after which the server is restarted."""
WARM_UP = 30
"""Minutes after which memory is to be flat: one restart, and what is saved is saved."""
LOOK_MINUTES = 10
"""Between two looks at the memory."""
# While the server is away its meters go on, for some of these frames
AWAY_FRAMES = 40
MOST_FRAMES_LOST = AWAY_FRAMES + 40
"""By one meter at one restart: half a second of waits and requests after its return."""
MOST_GROWTH = 256
"""In kB, of everything from the end of the warm-up to the end."""

_STEPS = int(60 / FRAME_SECONDS)

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(400),
    pytest.mark.usefixtures("socket_enabled"),
]


@pytest.fixture(autouse=True)
def _as_fast_as_the_meters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten what the integration waits for, as its hour is a minute."""
    monkeypatch.setattr(connection, "LINK_SECONDS", 1.0)
    monkeypatch.setattr(connection, "REOPEN_SECONDS", 2.0)
    monkeypatch.setattr(connection, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(connection, "LONGEST_WAIT", 0.2)
    monkeypatch.setattr(life, "SAVE_SECONDS", life.SAVE_SECONDS / SPEED)


@dataclass
class Watched:
    """A meter, and what became of its frames; each is known by the meter's clock."""

    tic: ServedTic
    entry: MockConfigEntry
    sent: array[int] = field(default_factory=lambda: array("Q"))
    shown: array[int] = field(default_factory=lambda: array("Q"))
    reading: MeterReading = EMPTY

    @property
    def coordinator(self) -> LinkyCoordinator:
        """What gives readings to the entities."""
        coordinator: LinkyCoordinator = self.entry.runtime_data.coordinator
        return coordinator

    async def speak(self, server: Tic2WebSocketServer) -> None:
        """Send a frame, whoever hears it."""
        frame = await server.speak(self.tic, seconds=FRAME_SECONDS)
        dates = [g.horodate for g in parse_groups(frame) if g.label == "DATE"]
        self.sent.append(_number(dates[0]))

    @callback
    def look(self) -> None:
        """Note the frame of what the entities show now, unless only the link changed."""
        if self.coordinator.data is not self.reading:
            self.reading = self.coordinator.data
            self.shown.append(_number(self.reading.frame.by_label["DATE"].horodate))

    def lost(self) -> list[int]:
        """Return the lengths of the runs of frames that were not shown."""
        shown, runs, previous = set(self.shown), [0], True
        for date in self.sent:
            if date not in shown:
                runs[-1] += 1
            elif not previous:
                runs.append(0)
            previous = date in shown
        return [run for run in runs if run]


def _number(horodate: str | None) -> int:
    """Return a time of the meter as a number that grows with it."""
    assert horodate is not None
    return int(horodate[1:])


def _watched(preset: str, number: int, port: int) -> Watched:
    """Return a meter on its own port of the server, and its entry."""
    address = f"02187512345{number}"
    tic = ServedTic(
        SimulatedMeter(replace(PRESETS[preset], address=address)),
        f"/dev/ttyUSB{number}",
        f"pci-0000:00:14.0-usb-0:{number}:1.0",
    )
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=f"Linky {number}",
        unique_id=address,
        data={CONF_HOST: HOST, CONF_PORT: port},
    )
    return Watched(tic, entry)


class Pace:
    """Keeps the meters' time at sixty times ours, never faster to catch up."""

    def __init__(self) -> None:
        """Begin now."""
        self._next = asyncio.get_running_loop().time()

    async def step(self) -> None:
        """Wait until the next frame is due."""
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + FRAME_SECONDS / SPEED, now)
        await asyncio.sleep(self._next - now)


def _memory() -> tuple[tracemalloc.Snapshot, float]:
    """Return what is allocated, without what this test keeps, and its kB."""
    gc.collect()
    snapshot = tracemalloc.take_snapshot().filter_traces(
        [
            tracemalloc.Filter(False, __file__),
            tracemalloc.Filter(False, tracemalloc.__file__),
        ]
    )
    return snapshot, sum(trace.size for trace in snapshot.traces) / 1000


def _ours() -> list[str]:
    """Return the names of the integration's tasks."""
    names = [task.get_name() for task in asyncio.all_tasks()]
    return sorted(name for name in names if name.startswith("tic"))


def _origin(task: asyncio.Task[Any]) -> str:
    """Return what a task runs."""
    return getattr(task.get_coro(), "__qualname__", task.get_name())


async def _until_gone(server: Tic2WebSocketServer) -> None:
    """Wait until the server has noticed that its clients left."""
    async with asyncio.timeout(5):
        while server.clients:
            await asyncio.sleep(0.02)


async def test_an_hour_of_two_meters(
    hass: HomeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every frame is shown once but for those around a restart, and all is given back."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"soak: {text}", flush=True)

    server = Tic2WebSocketServer(version=2)
    # It goes on looking at the USB ports for as long as Home Assistant runs
    assert await async_setup_component(hass, "usb", {})
    tasks_before = asyncio.all_tasks()
    async with server:
        meters = [
            _watched("standard_tempo_three_phase", 1, server.port),
            _watched("standard_weekend", 2, server.port),
        ]
        server.tics = [meter.tic for meter in meters]
        await _begin(hass, server, meters)
        pace, began = Pace(), perf_counter()
        sizes: dict[int, float] = {}
        before = after = None
        tracemalloc.start()
        try:
            for minute in range(1, MINUTES + 1):
                for _ in range(_STEPS):
                    await _speak(server, meters, pace)
                if minute % LOOK_MINUTES == 0:
                    after, sizes[minute] = _memory()
                    before = after if minute <= WARM_UP else before
                if minute in RESTARTS:
                    await server.__aexit__()
                    for _ in range(AWAY_FRAMES):
                        await _speak(server, meters, pace)
                    assert not any(m.coordinator.last_update_success for m in meters)
                    await server.__aenter__()
            took = perf_counter() - began
        finally:
            tracemalloc.stop()
        assert before is not None
        source = meters[0].coordinator.source
        assert source is not None
        messages = source.settings["messages"]
        # What was sent last has to arrive
        await asyncio.sleep(0.2)
        for meter in meters:
            assert await hass.config_entries.async_unload(meter.entry.entry_id)
        await _until_gone(server)
        clients, connections = server.clients, server.connections
    left = _ours()
    tasks = [_origin(task) for task in asyncio.all_tasks() - tasks_before]

    say(f"{MINUTES} min in {took:.0f} s, {MINUTES * 60 / took:.0f} times real time")
    for number, meter in enumerate(meters, 1):
        sent, shown, lost = len(meter.sent), len(meter.shown), meter.lost()
        say(
            f"meter {number}: {sent} frames sent, {shown} shown, "
            f"{shown - len(set(meter.shown))} twice; lost at restarts: {lost}"
        )
    say(f"{connections} connections made, {clients} left; last one: {messages}")
    say(f"tasks left: {len(left)} of ours, others: {tasks}")
    looks = ", ".join(f"{size:.0f} kB at {at} min" for at, size in sizes.items())
    growth = sizes[MINUTES] - sizes[WARM_UP]
    say(f"memory: {looks}; {growth:+.1f} kB since {WARM_UP} min")
    assert before is not None
    assert after is not None
    for difference in after.compare_to(before, "filename")[:5]:
        name = "/".join(difference.traceback[0].filename.split("/")[-3:])
        say(f"  {difference.size_diff / 1000:+8.1f} kB  {name}")

    for meter in meters:
        assert list(meter.shown) == sorted(set(meter.shown)), "a frame came twice"
        assert set(meter.shown) <= set(meter.sent)
        assert len(meter.sent) - len(meter.shown) == sum(meter.lost())
        assert len(meter.lost()) == len(RESTARTS), "lost without a restart"
        assert max(meter.lost()) <= MOST_FRAMES_LOST
        assert meter.entry.state is ConfigEntryState.NOT_LOADED
    assert connections == 1 + len(RESTARTS)
    assert not clients
    assert not left
    assert not tasks
    assert not hass.data[server_hub._HUBS]
    assert growth < MOST_GROWTH


async def _speak(
    server: Tic2WebSocketServer, meters: list[Watched], pace: Pace
) -> None:
    """Send the next frame of each meter."""
    await pace.step()
    for meter in meters:
        await meter.speak(server)


async def _begin(
    hass: HomeAssistant, server: Tic2WebSocketServer, meters: list[Watched]
) -> None:
    """Set the entries up while the meters speak, then watch from the next frame on."""

    async def talk() -> None:
        pace = Pace()
        while True:
            await _speak(server, meters, pace)

    talking = asyncio.create_task(talk())
    for meter in meters:
        assert await set_up(hass, meter.entry)
    talking.cancel()
    await asyncio.wait([talking])
    # What was sent has to arrive before it counts no more
    await asyncio.sleep(0.2)
    states = [state.state for state in hass.states.async_all()]
    assert STATE_UNAVAILABLE not in states
    for meter in meters:
        del meter.sent[:]
        meter.reading = meter.coordinator.data
        meter.coordinator.async_add_listener(meter.look)
