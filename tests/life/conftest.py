"""What the tests of a meter's life share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
import logging
from typing import Any, override

import pytest

from custom_components.linky_meter import coordinator as life
from custom_components.linky_meter.link import connection
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .clock import Clock
from .counts import nothing_left
from .fed import FedMeter

OURS = "custom_components.linky_meter"
POWER = "sensor.linky_apparent_power"
LINK = "binary_sensor.linky_link"
IMPORT = "sensor.linky_energy_import"
LOST = "The meter is not read any more; trying to find it again"
FOUND = "The meter is read again"

type Say = Callable[[str], None]
type Feed = Callable[..., FedMeter]


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return an entity's state."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


def is_shown(hass: HomeAssistant, entity_id: str = POWER) -> bool:
    """Return whether an entity shows a number."""
    return state_of(hass, entity_id)[-1].isdigit()


class Lines(logging.Handler):
    """Our lines at info level and above, and exceptions of anybody."""

    def __init__(self) -> None:
        """Listen to everybody."""
        super().__init__(logging.INFO)
        self.exceptions: list[str] = []
        self._ours: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.exceptions.append(record.getMessage())
        if record.name.startswith(OURS):
            self._ours.append(record.getMessage())

    def take(self) -> list[str]:
        """Return our lines since this was last asked."""
        ours, self._ours = self._ours, []
        return ours


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Return what is logged."""
    lines = Lines()
    logging.getLogger().addHandler(lines)
    before = logging.getLogger(OURS).level
    logging.getLogger(OURS).setLevel(logging.INFO)
    yield lines
    logging.getLogger(OURS).setLevel(before)
    logging.getLogger().removeHandler(lines)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Return a function that prints for whoever measures."""

    def say(text: str) -> None:
        """Print at once."""
        with capsys.disabled():
            print(f"life: {text}", flush=True)

    return say


@pytest.fixture
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a minute's patience a second's."""
    monkeypatch.setattr(life, "SETUP_SECONDS", 3.0)
    monkeypatch.setattr(connection, "LINK_SECONDS", 1.5)
    monkeypatch.setattr(connection, "REOPEN_SECONDS", 2.0)
    monkeypatch.setattr(connection, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(connection, "LONGEST_WAIT", 0.1)


@pytest.fixture
async def clock(hass: HomeAssistant) -> AsyncIterator[Clock]:
    """Return the event loop's clock."""
    clock = Clock(hass.loop)
    yield clock
    clock.close()


@pytest.fixture
def feed(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """Return a function that makes a meter whose entry needs no port."""

    def make(preset: str, frozen: Any = None, **changes: Any) -> FedMeter:
        """Make the meter; there can be one in a test."""
        fed = FedMeter(preset, clock, frozen, **changes)
        fed.plug(monkeypatch)
        return fed

    return make


@pytest.fixture
async def _nothing_left(hass: HomeAssistant) -> AsyncIterator[None]:
    """Count what is held before the test and after it has unloaded."""
    # It goes on looking at the ports for as long as Home Assistant runs
    assert await async_setup_component(hass, "usb", {})
    async with nothing_left(hass):
        yield
