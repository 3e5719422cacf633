"""The step that a replaced meter leaves in the sums of the long-term statistics."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
import threading
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace import statistics
from custom_components.linky_meter.replace.adopt import async_adopt
from custom_components.linky_meter.replace.correction import (
    Correction,
    after_replacement,
)
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.const import (
    EVENT_RECORDER_5MIN_STATISTICS_GENERATED,
)
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.components.recorder.tasks import AdjustStatisticsTask
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tests.conftest import until

from .house import (
    IMPORT,
    OFF_PEAK,
    OTHER,
    PEAK,
    Clock,
    House,
    adopt,
    loaded,
    shows,
    sums,
)


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
    entry = await loaded(hass, house)
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
    entry = await loaded(hass, house)
    await clock.next_row(hass, recorder_mock)
    consumed = await house.consume(hass)
    house.port.frame = b""
    assert await async_adopt(hass, entry, OTHER)
    await clock.next_row(hass, recorder_mock)
    await clock.next_row(hass, recorder_mock)
    assert not is_done(hass_storage, entry)
    house.swap((12_000, 34_000))
    await until(lambda: shows(hass, PEAK, 34_000), 30)
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
    entry = await loaded(hass, house)
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
    entry = await loaded(hass, house)
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


async def test_a_slow_recorder_is_waited_for(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A step is taken out once, however long the recorder takes over it."""
    adjust = AdjustStatisticsTask.run

    def adjust_slowly(task: AdjustStatisticsTask, instance: Recorder) -> None:
        time.sleep(0.5)
        adjust(task, instance)

    monkeypatch.setattr(AdjustStatisticsTask, "run", adjust_slowly)
    entry = await loaded(hass, house)
    await clock.next_row(hass, recorder_mock)
    house.swap((12_000, 34_000))
    await adopt(hass, entry)
    await until(lambda: shows(hass, PEAK, 34_000))
    await clock.next_row(hass, recorder_mock)
    await until(lambda: is_done(hass_storage, entry))
    found = await sums(hass, recorder_mock)
    assert found == {IMPORT: [0] * 2, PEAK: [0] * 2, OFF_PEAK: [0] * 2}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_statistics_compiled_while_it_is_looked(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is compiled during a look is looked at as well, once."""
    looks, go_on = 0, threading.Event()

    def find(*_: Any, **__: Any) -> None:
        nonlocal looks
        looks += 1
        go_on.wait(10)

    entry = await loaded(hass, house)
    await clock.next_row(hass, recorder_mock)
    hass.states.async_remove(OFF_PEAK)
    house.swap((12_000, 34_000))
    monkeypatch.setattr(statistics, "after_replacement", find)
    await adopt(hass, entry)
    await until(lambda: shows(hass, PEAK, 34_000))
    hass.states.async_remove(OFF_PEAK)
    await async_wait_recording_done(hass)
    hass.bus.async_fire(EVENT_RECORDER_5MIN_STATISTICS_GENERATED)
    await until(lambda: looks)
    for _ in range(3):
        hass.bus.async_fire(EVENT_RECORDER_5MIN_STATISTICS_GENERATED)
    go_on.set()
    await until(lambda: looks == 2)
    await asyncio.sleep(0.2)
    assert looks == 2
    await hass.config_entries.async_unload(entry.entry_id)


UNIT = {"unit_of_measurement": "kWh", "device_class": "energy"}
SENSOR = "sensor.counter"


async def find(
    hass: HomeAssistant, instance: Recorder, since: datetime
) -> Correction | None:
    """Look for the step of a sensor."""
    await async_wait_recording_done(hass)
    return await instance.async_add_executor_job(
        after_replacement, hass, SENSOR, "kWh", since
    )


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
    assert await find(hass, recorder_mock, since) == Correction(row, 0, "kWh")
    assert await find(hass, recorder_mock, datetime.now(UTC)) is None
