"""A set-up that fails after the port was opened keeps nothing of it."""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn
from unittest.mock import patch

import pytest

from custom_components.linky_meter.billing.keeper import CostKeeper
from custom_components.linky_meter.replace.statistics import StatisticsRepair
from homeassistant.config_entries import ConfigEntries, ConfigEntryState
from homeassistant.core import HomeAssistant
from tests.conftest import StartMeter, address_of, entry_for, opens, set_up
from tests.test_repairs import issue

from .conftest import is_shown

PRESET = "standard_hc"
ADDRESS = address_of(PRESET)

pytestmark = pytest.mark.usefixtures("_hurry")


class Step:
    """A step of a set-up that fails, or takes for ever."""

    def __init__(self, owner: Any, name: str) -> None:
        self.owner, self.name = owner, name
        self.reached = asyncio.Event()

    async def fail(self, *_: Any) -> NoReturn:
        """Raise."""
        raise RuntimeError

    async def hang(self, *_: Any) -> None:
        """Wait until it is cancelled."""
        self.reached.set()
        await asyncio.Event().wait()


STEPS = {
    "costs": (CostKeeper, "async_start"),
    "platforms": (ConfigEntries, "async_forward_entry_setups"),
    "statistics": (StatisticsRepair, "async_start"),
}


@pytest.mark.usefixtures("_nothing_left")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_set_up_that_fails_keeps_nothing(
    hass: HomeAssistant, start_meter: StartMeter, step: str, *, cancelled: bool
) -> None:
    """Whatever fails after the port was opened, it is free, and the next try succeeds."""
    meter = await start_meter(PRESET)
    entry = entry_for(ADDRESS, meter.path)
    entry.add_to_hass(hass)
    failing = Step(*STEPS[step])
    how = failing.hang if cancelled else failing.fail
    with patch.object(failing.owner, failing.name, how):
        setting_up = hass.async_create_task(
            hass.config_entries.async_setup(entry.entry_id), eager_start=False
        )
        if cancelled:
            await failing.reached.wait()
            setting_up.cancel()
        await asyncio.wait([setting_up])
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert opens(meter.path)
    names = [task.get_name() for task in asyncio.all_tasks()]
    assert not [name for name in names if name.startswith("tic ")]
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert is_shown(hass)
    assert issue(hass, entry, "port_busy") is None
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_platform_that_raises(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What was added before is taken out again, and added at the next try."""
    meter = await start_meter(PRESET)
    entry = entry_for(ADDRESS, meter.path)

    forward = ConfigEntries.async_forward_entry_setups

    async def fail(entries: ConfigEntries, *arguments: Any) -> NoReturn:
        await forward(entries, *arguments)
        raise RuntimeError

    with patch.object(ConfigEntries, "async_forward_entry_setups", fail):
        assert not await set_up(hass, entry)
    assert not is_shown(hass)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert is_shown(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
