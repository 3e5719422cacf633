"""Energy of before: hour by hour in front of what is counted, and taken out again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy.exc import OperationalError

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.link.store import PersistedStore
from custom_components.linky_meter.replace import past as module
from custom_components.linky_meter.replace.past import (
    Copy,
    PastError,
    async_copies,
    async_put_before,
    async_take_out,
)
from custom_components.linky_meter.replace.seam import Seam
from custom_components.linky_meter.replace.statistics import async_note_seams
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.conftest import until
from tests.replace.house import IMPORT, PEAK, Clock, House, loaded, state_of, sums
from tests.replace.takeover.old import rows_of

HOUR = timedelta(hours=1)
LONG_AGO = datetime(2023, 3, 4, 22, tzinfo=UTC)


@pytest.fixture
async def entry(
    hass: HomeAssistant, recorder_mock: Recorder, clock: Clock, house: House
) -> MockConfigEntry:
    """Return an entry whose registers have an hour of statistics."""
    entry = await loaded(hass, house)
    await until(lambda: state_of(hass, PEAK) not in {None, "unknown"})
    await clock.next_hour(hass, recorder_mock)
    await house.consume(hass)
    await clock.next_row(hass, recorder_mock)
    return entry


def hours(start: datetime, *energies: float) -> dict[datetime, float]:
    """Return energies of one hour after the other."""
    return {start + HOUR * n: wh for n, wh in enumerate(energies)}


async def changes(
    hass: HomeAssistant, instance: Recorder, statistic_id: str = IMPORT
) -> list[float]:
    """Return what each hour holds, as the Energy dashboard asks for it, Wh."""
    found = await instance.async_add_executor_job(
        partial(
            statistics_during_period,
            hass,
            datetime(2020, 1, 1, tzinfo=UTC),
            None,
            {statistic_id},
            "hour",
            {"energy": "Wh"},
            {"change"},
        )
    )
    return [round(row["change"] or 0.0, 3) for row in found[statistic_id]]


async def test_put_and_taken_out(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Each bar is what was counted, the first one too; and then all is as it was."""
    began = await rows_of(hass, recorder_mock, IMPORT)
    first = datetime.fromtimestamp(began[0][0], UTC)
    told = hours(LONG_AGO, 700, 0, 1250.5) | hours(first - HOUR, 333, 444)
    put = partial(async_put_before, hass, entry)
    assert await put("ha-linky", {"energy_import": told}) == {"energy_import": 4}
    then = [700.0, 0.0, 1250.5, 333.0]
    before = await changes(hass, recorder_mock)
    assert before[:4] == then
    assert (await rows_of(hass, recorder_mock, IMPORT))[0][0] == LONG_AGO.timestamp()
    # It goes on with the raised sum
    (*_, raised) = (await sums(hass, recorder_mock))[IMPORT]
    consumed = await house.consume(hass)
    await clock.next_hour(hass, recorder_mock)
    after = await changes(hass, recorder_mock)
    assert after[: len(before)] == before
    (*_, now) = (await sums(hass, recorder_mock))[IMPORT]
    assert now - raised == pytest.approx(consumed, abs=1e-3)
    assert sum(after) == pytest.approx(now, abs=1e-3)
    # Hours of another name stay, those of its own are replaced
    more = hours(LONG_AGO - HOUR, 50, 9999)
    assert (await put("Enedis", {"energy_import": more})) == {"energy_import": 1}
    assert (await changes(hass, recorder_mock))[:5] == [50.0, *then]
    again = hours(LONG_AGO + HOUR, 10)
    assert await put("ha-linky", {"energy_import": again}) == {"energy_import": 1}
    assert (await changes(hass, recorder_mock))[:2] == [50.0, 10.0]
    copies = await async_copies(hass, entry)
    assert {one.name: sum(1 for _ in one.hours) for one in copies} == {
        "Enedis": 1,
        "ha-linky": 1,
    }
    # A renamed entity is found
    er.async_get(hass).async_update_entity(IMPORT, new_entity_id="sensor.mine")
    await hass.async_block_till_done()
    assert await async_take_out(hass, entry, "Enedis") == 1
    assert await async_take_out(hass, entry, "ha-linky") == 1
    assert await async_take_out(hass, entry, "ha-linky") == 0
    assert f"{DOMAIN}.{entry.entry_id}.past" not in hass_storage
    left = await rows_of(hass, recorder_mock, "sensor.mine")
    assert left[: len(began)] == [pytest.approx(row, abs=1e-6) for row in began]
    assert all(now[2] >= then[2] for then, now in pairwise(left))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_killed_before_anything_is_written(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry
) -> None:
    """What is noted only is no harm: it can be put again, and taken out."""
    before = await changes(hass, recorder_mock)
    told = {"energy_import": hours(LONG_AGO, 700, 800)}
    with patch.object(module, "_run", side_effect=KeyError), pytest.raises(KeyError):
        await async_put_before(hass, entry, "ha-linky", told)
    assert await changes(hass, recorder_mock) == before
    assert await async_put_before(hass, entry, "ha-linky", told) == {"energy_import": 2}
    assert await changes(hass, recorder_mock) == [700, 800, *before]
    with patch.object(module, "_save", side_effect=KeyError), pytest.raises(KeyError):
        await async_take_out(hass, entry, "ha-linky")
    assert await async_take_out(hass, entry, "ha-linky") == 2
    assert await changes(hass, recorder_mock) == pytest.approx(before)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("why", ["disk", "database", "pending", "excluded", "timeout"])
async def test_nothing_is_changed_where_it_cannot_be_done(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry, why: str
) -> None:
    """And why not is said."""
    before = await changes(hass, recorder_mock)
    key, expected = "energy_import", "past_not_written"
    broken = OperationalError("no", None, Exception("database is full"))
    patches: dict[str, Any] = {
        "disk": patch.object(PersistedStore, "async_save"),
        "database": patch.object(module, "delete", side_effect=broken),
        "timeout": patch.object(module, "_WAIT_SECONDS", 0.0),
    }
    if why == "pending":
        expected = "past_pending"
        seam = Seam(LONG_AGO, LONG_AGO, 1.0, 1.0)
        await async_note_seams(hass, entry, {"energy_import": seam})
    elif why == "excluded":
        key, expected = "energy_export", "past_not_recorded"
    with (
        patches.get(why, patch.object(module, "_LOCK", module._LOCK)),
        pytest.raises(PastError) as raised,
    ):
        await async_put_before(hass, entry, "x", {key: hours(LONG_AGO, 5)})
    assert raised.value.key == expected
    if why != "timeout":
        assert await changes(hass, recorder_mock) == before
    await hass.config_entries.async_unload(entry.entry_id)


async def test_without_a_recorder_or_a_row(hass: HomeAssistant, house: House) -> None:
    """There is nothing that it could be put before."""
    entry = await loaded(hass, house)
    with pytest.raises(PastError, match="no statistics yet"):
        await async_put_before(hass, entry, "x", {"energy_import": {}})
    await hass.config_entries.async_unload(entry.entry_id)


def test_hours_are_kept_as_spans() -> None:
    """Some hundred numbers are enough for years."""
    copy = Copy.of("x", "id", [7, 5, 6, 9])
    assert copy.spans == ((5, 8), (9, 10))
    assert list(copy.hours) == [5, 6, 7, 9]
