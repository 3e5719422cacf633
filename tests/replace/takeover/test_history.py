"""The history of an entity goes on in one line over the seam, there and back."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.linky_meter.replace.takeover.takeover import (
    async_give_back,
    async_take_over,
)
from homeassistant.components.recorder import Recorder, history
from homeassistant.components.recorder.statistics import (
    get_metadata,
    statistics_during_period,
    validate_statistics,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
from tests.conftest import until
from tests.replace.house import ADDRESS, PEAK, Clock, House, loaded, state_of

from .old import ENERGY, POWER, ROW, Old, past, rows_of
from .test_sums import consume, is_healed, plan_of

WITHOUT = {"unavailable", "unknown"}


async def line_of(
    hass: HomeAssistant, instance: Recorder, entity_id: str, since: datetime
) -> list[State]:
    """Return what a history graph draws: all states, with their attributes."""
    await async_wait_recording_done(hass)
    found: dict[str, list[Any]] = await instance.async_add_executor_job(
        partial(
            history.get_significant_states,
            hass,
            since,
            None,
            [entity_id],
            include_start_time_state=False,
            significant_changes_only=False,
        )
    )
    return found.get(entity_id, [])


async def means_of(
    hass: HomeAssistant, instance: Recorder, entity_id: str, since: datetime
) -> list[float]:
    """Return when each row of five minutes begins that has a mean."""
    await async_wait_recording_done(hass)
    found = await instance.async_add_executor_job(
        partial(
            statistics_during_period,
            hass,
            since,
            None,
            {entity_id},
            "5minute",
            None,
            {"mean"},
        )
    )
    rows = found.get(entity_id, [])
    return [row["start"] for row in rows if row["mean"] is not None]


async def known_of(hass: HomeAssistant, instance: Recorder, *entity_ids: str) -> Any:
    """Return what the recorder says of statistics, and what it finds wrong with them."""
    run = instance.async_add_executor_job
    known = await run(partial(get_metadata, hass, statistic_ids=set(entity_ids)))
    wrong = await run(validate_statistics, hass)
    return known, {one: wrong[one] for one in entity_ids if wrong.get(one)}


@pytest.mark.parametrize("unit", ["Wh", "kWh"])
async def test_one_line(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
    unit: str,
) -> None:
    """Of the same entity: what the other showed, what ours shows, what it shows again."""
    scale = {"Wh": 1, "kWh": 1000}[unit]
    old = Old(hass, identifier=ADDRESS[6:])
    first = (house.peak - 40) / scale
    theirs = old.has("easf02", "linky_hp", first, **ENERGY | {"unit": unit})
    power = old.has("sinsts", "linky_papp", 690, **POWER)
    end = clock.row.replace(minute=0)
    await past(hass, recorder_mock, theirs, end, first, unit=unit, step=500 / scale)
    begun = dt_util.utcnow() - timedelta(seconds=1)
    await old.start()
    shown = [first]
    for missing in (20, 0):
        await async_wait_recording_done(hass)
        shown.append((house.peak - missing) / scale)
        old.show(theirs, shown[-1])
        old.show(power, 690 + 20 - missing)
    await clock.next_row(hass, recorder_mock)
    entry = await loaded(hass, house)
    await async_wait_recording_done(hass)
    moved = dt_util.utcnow()
    known = await known_of(hass, recorder_mock, theirs, power)
    assert len(known[0]) == 2
    assert not known[1]

    plan = await plan_of(hass, entry)
    assert await async_take_over(hass, entry, plan, fill=False, merge=False) is None
    for _ in range(2):
        await consume(hass, house, theirs, scale)
        await clock.next_row(hass, recorder_mock)
    await until(partial(is_healed, hass_storage, entry))
    ours = house.peak / scale
    await async_wait_recording_done(hass)
    assert await known_of(hass, recorder_mock, theirs, power) == known
    given_back = dt_util.utcnow()
    assert await async_give_back(hass, entry) is None
    await hass.async_block_till_done()
    last = ours + 400 / scale
    old.show(theirs, last)
    old.show(power, 720)
    await until(lambda: state_of(hass, power) == "720")
    await clock.next_row(hass, recorder_mock)

    assert await known_of(hass, recorder_mock, theirs, power) == known
    line = await line_of(hass, recorder_mock, theirs, begun)
    numbers = [float(one.state) for one in line if one.state not in WITHOUT]
    assert numbers[: len(shown)] == pytest.approx(shown, abs=1e-3)
    assert ours in numbers
    assert numbers[-1] == pytest.approx(last, abs=1e-3)
    by_time = [
        [
            float(one.state)
            for one in line
            if one.state not in WITHOUT and since <= one.last_updated < upto
        ]
        for since, upto in ((begun, moved), (moved, given_back))
    ]
    assert by_time[0] == pytest.approx(shown, abs=1e-3)
    assert len(set(by_time[1])) > 1
    # What draws a line anew
    for name in ("unit_of_measurement", "device_class", "state_class"):
        assert len({one.attributes.get(name) for one in line}) == 1, name
    between = [one for one in line if one.state in WITHOUT]
    assert all(one.last_updated >= moved for one in between)
    # The one that goes back first shows what it last knew
    rising = [
        float(one.state)
        for one in line
        if one.state not in WITHOUT and one.last_updated < given_back
    ]
    assert rising == sorted(rising)
    # Nothing goes on under the name that ours had; it was removed
    twin = await line_of(hass, recorder_mock, PEAK, moved)
    assert {one.state for one in twin if one.last_updated < given_back} <= {
        "",
        *WITHOUT,
    }

    rows = await rows_of(hass, recorder_mock, theirs, "5minute")
    now = [row for row in rows if row[0] >= begun.timestamp() // 300 * 300]
    assert len(now) == 4
    assert {later[0] - row[0] for row, later in pairwise(now)} == {ROW.total_seconds()}
    assert {round(row[2] - row[1]) for row in rows} == {round(rows[0][2] - rows[0][1])}
    means = await means_of(hass, recorder_mock, power, begun - ROW)
    assert means == [row[0] for row in now]
    await hass.config_entries.async_unload(entry.entry_id)
