"""A reload in which a step fails: it ends, the port is free, and the next one succeeds.

A few modules are a part of every test run; ``scripts/bench life`` tries all.
"""

from __future__ import annotations

import asyncio
from types import ModuleType

import pytest

from custom_components import linky_meter
from custom_components.linky_meter import (
    binary_sensor,
    calendar,
    coordinator,
    entity,
    event,
    sensor,
)
from custom_components.linky_meter.billing import keeper, store as costs_store
from custom_components.linky_meter.link import (
    connection,
    learned,
    log,
    meter_link,
    meter_problems,
    problems,
    sources,
    store,
    usb,
)
from custom_components.linky_meter.linky_tic.publish import publisher
from custom_components.linky_meter.linky_tic.tic.meter import meter as tic_meter
from custom_components.linky_meter.linky_tic.tic.sources import (
    intake,
    pause,
    port,
    quality,
    serial,
)
from custom_components.linky_meter.linky_tic.tic.state import memory
from custom_components.linky_meter.replace import adopt, statistics
from custom_components.linky_meter.sharing import meter as sharing
from custom_components.linky_meter.welcome import follow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tests.conftest import StartMeter, address_of, entry_for, opens, set_up, until
from tests.life.conftest import is_shown

from .once import steps

PRESET = "standard_hc"
SHORT = (connection, meter_link, linky_meter)
LONG = (
    *(coordinator, entity, sensor, binary_sensor, event, calendar),
    *(learned, log, meter_problems, problems, sources, store, usb),
    *(intake, pause, port, quality, serial, publisher, tic_meter, memory),
    *(keeper, costs_store, adopt, statistics, sharing, follow),
)
# What Home Assistant calls itself to unload: nothing of ours stands above it
OUTERMOST = f"{linky_meter.__name__}.async_unload_entry"
RECOVERABLE = {
    ConfigEntryState.LOADED,
    ConfigEntryState.SETUP_RETRY,
    ConfigEntryState.SETUP_ERROR,
}

pytestmark = pytest.mark.usefixtures("_hurry")


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(f"{linky_meter.__name__}.")[2]


@pytest.mark.parametrize(
    "module",
    [
        *SHORT,
        *(
            pytest.param(one, marks=[pytest.mark.soak, pytest.mark.timeout(600)])
            for one in LONG
        ),
    ],
    ids=_name,
)
async def test_a_reload(
    hass: HomeAssistant, start_meter: StartMeter, module: ModuleType
) -> None:
    """No restart is ever needed, whatever failed."""
    meter = await start_meter(PRESET, speed=20)
    entry = entry_for(address_of(PRESET), meter.path)
    assert await set_up(hass, entry)
    # What fails in a timer of Home Assistant's is logged there, and comes again
    hass.loop.set_exception_handler(lambda *_: None)
    failed = 0
    for step in steps(module):
        if step.label == OUTERMOST:
            continue
        with step.failing() as once:
            async with asyncio.timeout(30):
                await hass.config_entries.async_reload(entry.entry_id)
        if not once.failed:
            continue
        failed += 1
        assert entry.state in RECOVERABLE, step.label
        if entry.state is ConfigEntryState.LOADED:
            assert await hass.config_entries.async_unload(entry.entry_id), step.label
        assert opens(meter.path), step.label
        async with asyncio.timeout(30):
            await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.LOADED, step.label
        await until(lambda: is_shown(hass))
    assert failed or module in LONG
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert opens(meter.path)
