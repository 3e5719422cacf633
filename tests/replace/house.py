"""A house whose meter is replaced or not read, and a clock that the test moves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.linky_meter.const import DOMAIN
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.components.recorder.tasks import PurgeTask, StatisticsTask
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.conftest import Replay, address_of, entry_for, set_up, until
from tests.replay import ReplayPort
from tests.simulator import PRESETS, SimulatedMeter

PRESET = "standard_hc"
ADDRESS = address_of(PRESET)
OTHER = "021975654321"
IMPORT = "sensor.linky_energy_import"
RAW = ("sensor.linky_energy_index_1", "sensor.linky_energy_index_2")
OFF_PEAK, PEAK = RAW


class House:
    """A simulated meter whose frames are repeated; only the test lets time pass."""

    def __init__(self, replay: Replay, **changes: Any) -> None:
        """Plug the meter in."""
        self.meter = SimulatedMeter(replace(PRESETS[PRESET], load=(3000.0,), **changes))
        self.meter.advance(600)
        self.port: ReplayPort = replay(self.meter.frame())

    @property
    def total(self) -> int:
        """All that was consumed, Wh."""
        return sum(self.meter.truth.supplier)

    @property
    def peak(self) -> int:
        """The index that is counting, Wh."""
        return self.meter.truth.supplier[1]

    async def consume(self, hass: HomeAssistant, peak: str = "") -> int:
        """Let time pass, as fast as is believed; return the Wh, when they are shown."""
        before, counted = self.total, energy_of(hass, IMPORT)
        for _ in range(4):
            self.meter.advance(2)
            self.port.frame = self.meter.frame()
            await until(partial(shows, hass, peak or PEAK, self.peak))
        if counted is not None:
            # It may be shown a frame later than the register, and a row ends in between
            due = counted + self.total - before
            await until(lambda: (energy_of(hass, IMPORT) or 0) >= due)
        return self.total - before

    def swap(self, indexes: tuple[int, ...], address: str = OTHER) -> None:
        """Put another meter in its place."""
        self.meter.swap(address, indexes)
        self.port.frame = self.meter.frame()


async def loaded(hass: HomeAssistant, house: House) -> MockConfigEntry:
    """Return our entry, loaded."""
    entry = entry_for(ADDRESS, house.port.path)
    assert await set_up(hass, entry)
    return entry


def state_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return an entity's state, None without the entity."""
    state = hass.states.get(entity_id)
    return state.state if state else None


def energy_of(hass: HomeAssistant, entity_id: str) -> int | None:
    """Return the Wh that an entity shows, None for none."""
    state = state_of(hass, entity_id)
    if state in {None, "unknown", "unavailable"}:
        return None
    return round(1000 * float(state or 0))


def shows(hass: HomeAssistant, entity_id: str, watt_hours: int) -> bool:
    """Return whether an entity shows an energy."""
    return energy_of(hass, entity_id) == watt_hours


def issue_of(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return the repair of a replaced meter."""
    return ir.async_get(hass).async_get_issue(
        DOMAIN, f"meter_replaced_{entry.entry_id}"
    )


async def open_repair(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Open the repair as the user does."""
    assert await async_setup_component(hass, REPAIRS, {})
    issue = issue_of(hass, entry)
    assert issue is not None
    manager = hass.data[REPAIRS]["flow_manager"]
    menu = await manager.async_init(DOMAIN, context={"issue_id": issue.issue_id})
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["adopt", "wait"]
    return menu


async def choose(hass: HomeAssistant, menu: Any, option: str) -> Any:
    """Choose in the repair's menu."""
    manager = hass.data[REPAIRS]["flow_manager"]
    return await manager.async_configure(menu["flow_id"], {"next_step_id": option})


async def adopt(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Adopt the new meter through the repair."""
    await until(lambda: issue_of(hass, entry))
    form = await choose(hass, await open_repair(hass, entry), "adopt")
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "adopt"
    manager = hass.data[REPAIRS]["flow_manager"]
    done = await manager.async_configure(form["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    await hass.async_block_till_done()
    assert issue_of(hass, entry) is None


class Clock:
    """Home Assistant's time under control; that of the event loop goes on."""

    def __init__(self, frozen: Any) -> None:
        """Take the frozen time."""
        self._frozen = frozen
        self._task = asyncio.create_task(self._tick())

    @property
    def row(self) -> datetime:
        """The start of the present row of five minutes."""
        now = datetime.now(UTC)
        return now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)

    async def next_row(self, hass: HomeAssistant, instance: Recorder) -> None:
        """Let the five minutes end and compile their statistics."""
        await async_wait_recording_done(hass)
        row = self.row
        self._frozen.move_to(row + timedelta(minutes=5, seconds=10))
        instance.queue_task(StatisticsTask(row, True))
        await async_wait_recording_done(hass)

    async def pass_by(
        self, hass: HomeAssistant, instance: Recorder, days: float
    ) -> None:
        """Let days pass in which nothing is shown, and old rows be purged at the end."""
        await async_wait_recording_done(hass)
        self._frozen.move_to(self.row + timedelta(days=days, seconds=20))
        before = datetime.now(UTC) - timedelta(days=instance.keep_days)
        instance.queue_task(PurgeTask(before, False, False))
        await async_wait_recording_done(hass)

    async def next_hour(self, hass: HomeAssistant, instance: Recorder) -> None:
        """Compile statistics until the hour is full."""
        await self.next_row(hass, instance)
        while self.row.minute:
            await self.next_row(hass, instance)

    async def close(self) -> None:
        """Stop."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _tick(self) -> None:
        """Give each state a time of its own."""
        while True:
            await asyncio.sleep(0.01)
            self._frozen.tick(0.01)


async def sums(
    hass: HomeAssistant, instance: Recorder, period: Any = "5minute"
) -> dict[str, list[float]]:
    """Return all sums of the energies by entity, in Wh."""
    await async_wait_recording_done(hass)
    found = await instance.async_add_executor_job(
        partial(
            statistics_during_period,
            hass,
            datetime(2020, 1, 1, tzinfo=UTC),
            None,
            {IMPORT, *RAW},
            period,
            {"energy": "Wh"},
            {"sum"},
        )
    )
    return {
        entity: [round(row["sum"] or 0.0, 3) for row in rows]
        for entity, rows in found.items()
    }
