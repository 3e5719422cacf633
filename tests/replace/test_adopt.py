"""A replaced meter: adopted through the repair, with everything that was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
import time
from typing import Any

from freezegun import freeze_time
from freezegun.api import real_monotonic
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace.adopt import async_adopt
from custom_components.linky_meter.replace.statistics import is_register
from custom_components.linky_meter.replace.sums import Step, find_step
from custom_components.linky_meter.sensor import SENSORS
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.const import (
    EVENT_RECORDER_5MIN_STATISTICS_GENERATED,
)
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.components.recorder.tasks import StatisticsTask
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
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
        before = self.total
        for _ in range(4):
            self.meter.advance(2)
            self.port.frame = self.meter.frame()
            await until(partial(shows, hass, peak or PEAK, self.peak))
        return self.total - before

    def swap(self, indexes: tuple[int, ...], address: str = OTHER) -> None:
        """Put another meter in its place."""
        self.meter.swap(address, indexes)
        self.port.frame = self.meter.frame()


@pytest.fixture
async def house(replay: Replay) -> House:
    """Return a meter under the test's control."""
    return House(replay)


def state_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return an entity's state, None without the entity."""
    state = hass.states.get(entity_id)
    return state.state if state else None


def shows(hass: HomeAssistant, entity_id: str, watt_hours: int) -> bool:
    """Return whether an entity shows an energy."""
    state = state_of(hass, entity_id)
    if state in {None, "unknown", "unavailable"}:
        return False
    return round(1000 * float(state or 0)) == watt_hours


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


async def test_adopting_keeps_entities_and_device(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """Unique ids, device and memory move to the new meter; names and ids stay."""
    entry = entry_for(ADDRESS, house.port.path)
    assert await set_up(hass, entry)
    entities, devices = er.async_get(hass), dr.async_get(hass)
    entities.async_update_entity(PEAK, new_entity_id="sensor.my_peak")
    before = {
        entity.entity_id: (entity.id, entity.unique_id.partition("_")[2])
        for entity in er.async_entries_for_config_entry(entities, entry.entry_id)
    }
    (device,) = dr.async_entries_for_config_entry(devices, entry.entry_id)
    shown = house.total
    assert shows(hass, IMPORT, shown)
    house.swap((1_000_000, 2_000_000))
    await until(lambda: state_of(hass, IMPORT) == "unavailable")
    issue = issue_of(hass, entry)
    assert issue is not None
    assert issue.is_fixable
    assert OTHER not in str(issue)
    assert issue.translation_placeholders == {
        "title": "Linky",
        "model": "Linky single-phase 90 A G3",
        "year": "2019",
    }
    assert entry.state is ConfigEntryState.LOADED
    await adopt(hass, entry)
    assert entry.unique_id == OTHER
    after = {
        entity.entity_id: (entity.id, entity.unique_id.partition("_")[2])
        for entity in er.async_entries_for_config_entry(entities, entry.entry_id)
        if entity.unique_id.startswith(OTHER)
    }
    assert after == before
    (moved,) = dr.async_entries_for_config_entry(devices, entry.entry_id)
    assert moved.id == device.id
    assert moved.identifiers == {(DOMAIN, OTHER)}
    assert moved.serial_number == OTHER
    assert moved.model == "Linky single-phase 90 A G3"
    await until(lambda: shows(hass, OFF_PEAK, 1_000_000))
    assert shows(hass, IMPORT, shown)
    consumed = await house.consume(hass, "sensor.my_peak")
    assert shows(hass, IMPORT, shown + consumed)
    # A power cut before the registries were saved: set-up moves the ids once more
    entities.async_update_entity("sensor.my_peak", new_unique_id=f"{ADDRESS}_x")
    entities.async_update_entity("sensor.my_peak", new_unique_id=f"{ADDRESS}_energy_2")
    assert await hass.config_entries.async_reload(entry.entry_id)
    peak = entities.async_get("sensor.my_peak")
    assert peak is not None
    assert peak.unique_id == f"{OTHER}_energy_2"
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["memory"]
    assert stored["shown"] == shown + consumed
    # Without a recorder there is nothing to take out of a sum
    assert f"{DOMAIN}.{entry.entry_id}.steps" not in hass_storage
    await hass.config_entries.async_unload(entry.entry_id)


async def test_waiting_changes_nothing(hass: HomeAssistant, house: House) -> None:
    """The repair stays until the old meter is back, which is noticed by itself."""
    entry = entry_for(ADDRESS, house.port.path)
    assert await set_up(hass, entry)
    old = house.port.frame
    house.swap((1_000_000, 2_000_000))
    await until(lambda: issue_of(hass, entry))
    result = await choose(hass, await open_repair(hass, entry), "wait")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "waiting"
    assert issue_of(hass, entry) is not None
    late = await open_repair(hass, entry)
    house.port.frame = old
    await until(lambda: issue_of(hass, entry) is None)
    assert state_of(hass, IMPORT) not in {"unavailable", "unknown"}
    assert (await choose(hass, late, "adopt"))["reason"] == "healed"
    assert entry.unique_id == ADDRESS
    await hass.config_entries.async_unload(entry.entry_id)


async def test_adopting_while_set_up_fails(hass: HomeAssistant, house: House) -> None:
    """A meter that was replaced while Home Assistant was off."""
    entry = entry_for(ADDRESS, house.port.path)
    house.swap((1_000_000, 2_000_000))
    assert not await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "other_meter"
    await adopt(hass, entry)
    assert entry.unique_id == OTHER
    await until(lambda: shows(hass, OFF_PEAK, 1_000_000))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_meter_with_an_entry_is_not_adopted(
    hass: HomeAssistant, house: House
) -> None:
    """It is refused with words that name the entry."""
    entry = entry_for(ADDRESS, house.port.path)
    assert await set_up(hass, entry)
    house.swap((1_000_000, 2_000_000))
    await until(lambda: issue_of(hass, entry))
    menu = await open_repair(hass, entry)
    owner = MockConfigEntry(domain=DOMAIN, title="Linky 2", unique_id=OTHER)
    owner.add_to_hass(hass)
    result = await choose(hass, menu, "adopt")
    assert result["reason"] == "has_entry"
    assert result["description_placeholders"] == {"owner": "Linky 2"}
    assert entry.unique_id == ADDRESS
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_entry_that_cannot_be_unloaded_is_not_touched(
    hass: HomeAssistant, house: House
) -> None:
    """What cannot be stopped is left as it is, and the repair says so."""
    entry = entry_for(ADDRESS, house.port.path)
    assert await set_up(hass, entry)
    house.swap((1_000_000, 2_000_000))
    await until(lambda: issue_of(hass, entry))
    form = await choose(hass, await open_repair(hass, entry), "adopt")
    manager = hass.data[REPAIRS]["flow_manager"]
    coordinator = entry.runtime_data.coordinator
    entry.mock_state(hass, ConfigEntryState.FAILED_UNLOAD)
    result = await manager.async_configure(form["flow_id"], {})
    assert result["reason"] == "not_now"
    assert entry.unique_id == ADDRESS
    entry.mock_state(hass, ConfigEntryState.LOADED)
    assert coordinator is entry.runtime_data.coordinator
    await hass.config_entries.async_unload(entry.entry_id)


async def test_removing_the_entry_takes_its_repair_along(
    hass: HomeAssistant, house: House
) -> None:
    """A repair of an entry that is gone, or disabled while it is retried, is gone."""
    entry = entry_for(ADDRESS, house.port.path)
    house.swap((1_000_000, 2_000_000))
    assert not await set_up(hass, entry)
    assert issue_of(hass, entry) is not None
    menu = await open_repair(hass, entry)
    await hass.config_entries.async_remove(entry.entry_id)
    assert issue_of(hass, entry) is None
    assert (await choose(hass, menu, "adopt"))["reason"] == "healed"


def test_every_register_is_known() -> None:
    """All that counts the meter's energy, and only that, has a step to take out."""
    own = {"energy_import", "damaged_groups"}
    counters = {
        row.key for row in SENSORS if row.state_class == "total_increasing"
    } - own
    assert {row.key for row in SENSORS if is_register(row.key)} == counters


# Long-term statistics


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

    async def close(self) -> None:
        """Stop."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _tick(self) -> None:
        """Give each state a time of its own."""
        while True:
            await asyncio.sleep(0.01)
            self._frozen.tick(0.01)


@pytest.fixture
def minute() -> int:
    """Return the minute at which the test begins."""
    return 46


@pytest.fixture
async def clock(
    recorder_mock: Recorder, minute: int, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clock]:
    """Return the clock of a test with statistics."""
    monkeypatch.setattr(asyncio.get_running_loop(), "time", real_monotonic)
    start = datetime.fromtimestamp(time.time(), UTC) + timedelta(hours=1)
    start = start.replace(minute=minute, second=0, microsecond=0)
    with freeze_time(start) as frozen:
        clock = Clock(frozen)
        yield clock
        await clock.close()


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


def is_done(hass_storage: dict[str, Any], entry: MockConfigEntry) -> bool:
    """Return whether no step is left to be taken out."""
    return f"{DOMAIN}.{entry.entry_id}.steps" not in hass_storage


@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize("minute", [41, 46], ids=["within the hour", "at its end"])
@pytest.mark.parametrize(
    "indexes",
    [(50_000_000, 60_000_000), (9_000_000, 15_000_000), (12_000, 34_000)],
    ids=["higher", "a little lower", "much lower"],
)
async def test_sums_grow_by_real_consumption(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
    indexes: tuple[int, int],
    restart: bool,
) -> None:
    """The step of every register is taken out once, whichever way it goes."""
    entry = entry_for(ADDRESS, house.port.path)
    assert await set_up(hass, entry)
    await clock.next_row(hass, recorder_mock)
    consumed = await house.consume(hass)
    await clock.next_row(hass, recorder_mock)
    # In one row of statistics: the last of the old meter, the first of the new one
    consumed += await house.consume(hass)
    house.swap(indexes)
    await adopt(hass, entry)
    await until(lambda: shows(hass, PEAK, indexes[1]))
    assert not is_done(hass_storage, entry)
    consumed += await house.consume(hass)
    if restart:
        await async_wait_recording_done(hass)
        assert await hass.config_entries.async_reload(entry.entry_id)
        await until(lambda: shows(hass, PEAK, house.peak))
    await clock.next_row(hass, recorder_mock)
    await until(lambda: is_done(hass_storage, entry))
    assert {
        key: rows[-1] for key, rows in (await sums(hass, recorder_mock)).items()
    } == {
        IMPORT: consumed,
        PEAK: consumed,
        OFF_PEAK: 0,
    }
    consumed += await house.consume(hass)
    await clock.next_row(hass, recorder_mock)
    while clock.row.minute:
        await clock.next_row(hass, recorder_mock)
    for period in ("5minute", "hour"):
        found = await sums(hass, recorder_mock, period)
        assert {key: rows[-1] for key, rows in found.items()} == {
            IMPORT: consumed,
            PEAK: consumed,
            OFF_PEAK: 0,
        }
        assert all(rows == sorted(rows) for rows in found.values()), found
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_step_in_a_later_row(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """Statistics that are compiled before the new meter speaks change nothing."""
    entry = entry_for(ADDRESS, house.port.path)
    assert await set_up(hass, entry)
    await clock.next_row(hass, recorder_mock)
    consumed = await house.consume(hass)
    house.port.frame = b""
    assert await async_adopt(hass, entry, OTHER)
    await clock.next_row(hass, recorder_mock)
    await clock.next_row(hass, recorder_mock)
    assert not is_done(hass_storage, entry)
    house.swap((12_000, 34_000))
    await until(lambda: shows(hass, PEAK, 34_000), 20)
    registry = er.async_get(hass)
    registry.async_update_entity(PEAK, new_entity_id="sensor.renamed")
    registry.async_remove(OFF_PEAK)
    await hass.async_block_till_done()
    consumed += await house.consume(hass, "sensor.renamed")
    await clock.next_row(hass, recorder_mock)
    await until(lambda: is_done(hass_storage, entry))
    found = await recorder_mock.async_add_executor_job(
        partial(
            statistics_during_period,
            hass,
            datetime(2020, 1, 1, tzinfo=UTC),
            None,
            {"sensor.renamed"},
            "5minute",
            {"energy": "Wh"},
            {"sum"},
        )
    )
    assert round(found["sensor.renamed"][-1]["sum"] or 0, 3) == consumed
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_entity_without_statistics_before(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """Where nothing was compiled yet, the sum begins with the old meter's first state."""
    entry = entry_for(ADDRESS, house.port.path)
    assert await set_up(hass, entry)
    consumed = await house.consume(hass)
    house.swap((12_000, 34_000))
    await adopt(hass, entry)
    await until(lambda: shows(hass, PEAK, 34_000))
    await clock.next_row(hass, recorder_mock)
    await until(lambda: is_done(hass_storage, entry))
    found = await sums(hass, recorder_mock)
    assert found[PEAK] == [consumed]
    assert found[OFF_PEAK] == [0]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_register_that_shows_later(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """A register that was disabled is corrected when it is enabled again."""
    entry = entry_for(ADDRESS, house.port.path)
    assert await set_up(hass, entry)
    await clock.next_row(hass, recorder_mock)
    registry = er.async_get(hass)
    registry.async_update_entity(OFF_PEAK, disabled_by=er.RegistryEntryDisabler.USER)
    house.swap((12_000, 34_000))
    await adopt(hass, entry)
    await until(lambda: shows(hass, PEAK, 34_000))
    # Nothing is compiled yet
    hass.bus.async_fire(EVENT_RECORDER_5MIN_STATISTICS_GENERATED)
    await async_wait_recording_done(hass)
    key = f"{DOMAIN}.{entry.entry_id}.steps"
    assert {"energy_index_1", "energy_index_2"} <= set(hass_storage[key]["data"])
    await clock.next_row(hass, recorder_mock)
    await until(lambda: set(hass_storage[key]["data"]) == {"energy_index_1"})
    registry.async_update_entity(OFF_PEAK, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: shows(hass, OFF_PEAK, 12_000))
    await clock.next_row(hass, recorder_mock)
    await until(lambda: is_done(hass_storage, entry))
    found = await sums(hass, recorder_mock)
    assert found == {IMPORT: [0] * 3, PEAK: [0] * 3, OFF_PEAK: [0] * 2}
    await hass.config_entries.async_unload(entry.entry_id)


UNIT = {"unit_of_measurement": "kWh", "device_class": "energy"}
SENSOR = "sensor.counter"


async def find(hass: HomeAssistant, instance: Recorder, since: datetime) -> Step | None:
    """Look for the step of a sensor."""
    await async_wait_recording_done(hass)
    return await instance.async_add_executor_job(find_step, hass, SENSOR, since)


async def test_where_there_is_no_step(
    hass: HomeAssistant, recorder_mock: Recorder, clock: Clock
) -> None:
    """Without a state or a row there is nothing to say, without an old state no step."""
    assert await async_setup_component(hass, "sensor", {})
    since = datetime.now(UTC)
    assert await find(hass, recorder_mock, since) is None
    attributes = UNIT | {"state_class": "total_increasing"}
    for state in ("unknown", "nan", "7.5"):
        hass.states.async_set(SENSOR, state, attributes)
        await asyncio.sleep(0.05)
    assert await find(hass, recorder_mock, since) is None
    row = clock.row
    await clock.next_row(hass, recorder_mock)
    assert await find(hass, recorder_mock, since) == Step(row, 0, "kWh")
    assert await find(hass, recorder_mock, datetime.now(UTC)) is None
