"""The past of costs and offers, as Home Assistant's recorder knows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy.exc import SQLAlchemyError

from custom_components.linky_meter.billing import history as cost_history
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from custom_components.linky_meter.linky_tic.costs.ledger.rows import Flag, Key
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up, until

from .test_costs import PRICES, number, options_of, period
from .test_offers import BASE, add

DAYS = 70
HOUR = timedelta(hours=1)
# Wh of each hour: off-peak from midnight to six in the morning
OFF, ON = 300, 200


async def remember(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let the recorder have kept the registers for some weeks."""
    indexes = dict(entry.runtime_data.costs.kept.ledger.began.indexes)
    registers = {
        "energy_index_1": indexes[1],
        "energy_index_2": indexes[2],
        "energy_import": entry.runtime_data.coordinator.data["energy_import"],
    }
    rows: dict[str, list[StatisticData]] = {key: [] for key in registers}
    start = dt_util.utcnow().replace(minute=0, second=0, microsecond=0) - HOUR
    for _ in range(DAYS * 24):
        for key, wh in registers.items():
            rows[key].append(StatisticData(start=start, state=wh / 1000, sum=0))
        night = dt_util.as_local(start).hour < 6
        registers["energy_index_1"] -= OFF if night else 0
        registers["energy_index_2"] -= 0 if night else ON
        registers["energy_import"] -= OFF if night else ON
        start -= HOUR
    for key, found in rows.items():
        metadata = StatisticMetaData(
            mean_type=StatisticMeanType.NONE,
            has_sum=True,
            name=None,
            source="recorder",
            statistic_id=f"sensor.linky_{key}",
            unit_class="energy",
            unit_of_measurement="kWh",
        )
        async_import_statistics(hass, metadata, found[::-1])
    await async_wait_recording_done(hass)


@pytest.fixture
async def entry(
    recorder_mock: Recorder, hass: HomeAssistant, start_meter: StartMeter
) -> MockConfigEntry:
    """Return a meter without prices that was there for some weeks."""
    await hass.config.async_set_time_zone("Europe/Paris")
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    await remember(hass, entry)
    return entry


def choose(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Type prices."""
    options = {**entry.options, **options_of(period())}
    hass.config_entries.async_update_entry(entry, options=options)


async def chosen(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Type prices, and wait until they are there; return the keeper."""
    keeper = entry.runtime_data.costs
    choose(hass, entry)
    await until(lambda: keeper.ready)
    await hass.async_block_till_done()
    return keeper


@pytest.mark.usefixtures("all_enabled")
async def test_the_past_is_there_when_prices_are_chosen(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Last month, this month and the estimate are whole at once."""
    keeper = entry.runtime_data.costs
    choose(hass, entry)
    await hass.async_block_till_done()
    # An index that is shown before would seem to have cost its past at once
    assert keeper.ready or hass.states.get("sensor.linky_cost_index_1") is None
    await until(lambda: keeper.ready)
    await hass.async_block_till_done()
    ledger, today = keeper.kept.ledger, day_of(dt_util.utcnow())
    assert len(ledger.days) >= DAYS - 1
    row = ledger.days[today - timedelta(days=40)]
    assert row.flags == {Flag.BACKFILLED}
    assert row.complete(today - timedelta(days=40))
    if row.total == 6 * OFF + 18 * ON:  # not on a day when the clocks change
        assert row.energy == {Key(OFF_PEAK, 1): 6 * OFF, Key(OFF_PEAK, 2): 18 * ON}
    assert keeper.view.month.complete
    assert keeper.view.last_month.complete
    days = (today.replace(day=1) - timedelta(days=1)).day
    a_day = (6 * OFF * PRICES[1] + 18 * ON * PRICES[2]) / 1000
    assert number(hass, "cost_last_month") == pytest.approx(
        float(days * a_day + 15), abs=0.1
    )
    assert number(hass, "cost_estimate") > 15
    assert number(hass, "cost_index_1") > 0
    # Twelve months it does not know
    year = hass.states.get("sensor.linky_cost_year")
    assert year is not None
    assert year.state == "unknown"


async def test_it_is_asked_once(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not after a restart, and not when prices change."""
    keeper = await chosen(hass, entry)
    days = len(keeper.kept.ledger.days)
    asked: list[object] = []
    monkeypatch.setattr(cost_history, "statistics_during_period", asked.append)
    assert await hass.config_entries.async_reload(entry.entry_id)
    keeper = entry.runtime_data.costs
    assert keeper.ready
    await hass.async_block_till_done()
    assert not keeper.history._busy
    assert len(keeper.kept.ledger.days) == days
    assert not asked


async def test_a_recorder_that_fails(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Costs begin now."""

    def fail(*_: object) -> None:
        raise SQLAlchemyError("broken")

    monkeypatch.setattr(cost_history, "statistics_during_period", fail)
    keeper = await chosen(hass, entry)
    assert len(keeper.kept.ledger.days) <= 2
    assert keeper.view is not None
    assert "The energy from before cannot be read" in caplog.text


@pytest.mark.usefixtures("all_enabled")
async def test_an_offer_that_comes_later(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The past is sorted by its own hours, and is no range."""
    keeper = await chosen(hass, entry)
    offer = {
        **{key: value for key, value in BASE.items() if key != "price_1"},
        "price_1": 0.1,
        "price_2": 0.2,
        "windows": "02:00-08:00",
    }
    await add(hass, entry, "off_peak", offer)
    registers, ledger = keeper.kept.registers, keeper.kept.ledger
    await until(lambda: not keeper.history._busy)
    await hass.async_block_till_done()
    (mine,) = keeper.book.offers.values()
    schedule = mine.sorting(keeper.kept.learned)
    days = registers.days[schedule.key]
    before = day_of(dt_util.utcnow()) - timedelta(days=3)
    assert registers.day(schedule, before) == {
        1: 4 * OFF + 2 * ON,
        2: 2 * OFF + 16 * ON,
    }
    assert sum(days[before].values()) == ledger.days[before].total
    (comparison,) = keeper.view.comparisons.values()
    assert comparison.cost.unsorted == 0
    assert comparison.cost.exact
    for key, index in (("off_peak", 1), ("peak", 2)):
        state = hass.states.get(f"sensor.plain_energy_this_month_{key}")
        assert state is not None
        energy = comparison.cost.carries[Key(OFF_PEAK, index)].wh / 1000
        assert float(state.state) == pytest.approx(energy, abs=0.1)
    unsorted = hass.states.get("sensor.plain_energy_this_month_not_sorted")
    assert unsorted is not None
    assert float(unsorted.state) == 0
    # What it lacks is asked for once
    keeper.history.look()
    assert not keeper.history._busy


async def test_a_meter_with_one_register(
    recorder_mock: Recorder, hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """In historic mode BASE has no entity of its own: its total tells."""
    meter = await start_meter("historic_base")
    entry = entry_for(address_of("historic_base"), meter.path, baudrate=1200)
    assert await set_up(hass, entry)
    keeper = entry.runtime_data.costs
    assert set(keeper.kept.ledger.began.indexes) == {1}
    history = await keeper.history._history(dt_util.utcnow() - timedelta(days=2))
    assert history.indexes[1] == history.total
