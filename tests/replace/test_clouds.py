"""What a cloud imported is copied before ours, shown in its place, and all undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace import clouds
from custom_components.linky_meter.replace.seam import Seam
from custom_components.linky_meter.replace.statistics import async_note_seams
from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import async_add_external_statistics
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.conftest import until
from tests.replace.house import IMPORT, OFF_PEAK, PEAK, Clock, House, loaded, state_of
from tests.replace.takeover.old import metadata
from tests.replace.takeover.test_flows import choose, submit

from .test_past import changes

HOUR = timedelta(hours=1)
LONG_AGO = datetime(2024, 3, 4, 22, tzinfo=UTC)
POINT = "09123456789012"
LINKY = f"linky:{POINT}"
BASE, HC, HP = (
    f"myelectricaldata:{POINT}_{tariff}_consumption" for tariff in ("base", "hc", "hp")
)


@pytest.fixture
async def entry(
    hass: HomeAssistant, recorder_mock: Recorder, clock: Clock, house: House
) -> MockConfigEntry:
    """Return an entry whose registers have an hour of statistics."""
    assert await async_setup_component(hass, "energy", {})
    entry = await loaded(hass, house)
    await until(lambda: state_of(hass, PEAK) not in {None, "unknown"})
    await clock.next_hour(hass, recorder_mock)
    await house.consume(hass)
    await clock.next_row(hass, recorder_mock)
    return entry


async def imported(hass: HomeAssistant, statistic: str, *energies: float) -> None:
    """Let a cloud have imported hours, as it does: with a sum, and in Wh."""
    rows: list[Any] = []
    for n, energy in enumerate(energies):
        before = rows[-1]["sum"] if rows else 0.0
        rows.append({"start": LONG_AGO + HOUR * n, "sum": before + energy})
    source = statistic.partition(":")[0]
    async_add_external_statistics(hass, metadata(statistic, source=source), rows)
    await async_wait_recording_done(hass)


def grid(energy: str | None, **more: Any) -> dict[str, Any]:
    """Return a source of the Energy dashboard."""
    return {
        "type": "grid",
        "stat_energy_from": energy,
        "stat_energy_to": None,
        "stat_cost": None,
        "entity_energy_price": None,
        "number_energy_price": None,
        "stat_compensation": None,
        "entity_energy_price_export": None,
        "number_energy_price_export": None,
        "cost_adjustment_day": 0.0,
        **more,
    }


async def show(hass: HomeAssistant, *sources: Any) -> None:
    """Let the Energy dashboard show sources."""
    manager = await async_get_manager(hass)
    update: Any = {"energy_sources": list(sources)}
    await manager.async_update(update)


async def shown(hass: HomeAssistant) -> list[Any]:
    """Return the sources of the Energy dashboard."""
    manager = await async_get_manager(hass)
    assert manager.data is not None
    return list(manager.data["energy_sources"])


async def test_copied_shown_and_undone(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Nothing of both without being asked for, and the point's number nowhere."""
    await imported(hass, LINKY, 700, 0, 1250)
    await imported(hass, f"{LINKY}_cost", 1, 2, 3)
    was = [grid(LINKY, stat_cost=f"{LINKY}_cost"), {**grid("sensor.other")}]
    await show(hass, *was)
    before = await changes(hass, recorder_mock)
    form = await choose(hass, entry, "takeover")
    assert form["step_id"] == "cloud"
    told = form["description_placeholders"]
    assert (told["name"], told["hours"], told["energy"]) == ("ha-linky", "3", "2")
    assert POINT not in str(told)
    assert {str(one): one.default() for one in form["data_schema"].schema} == {
        "copy": True,
        "show": False,
    }
    done = await submit(hass, form, copy=True, show=True)
    assert done["reason"] == "cloud_done"
    assert done["description_placeholders"]["hours"] == "3"
    assert await changes(hass, recorder_mock) == [700, 0, 1250, *before]
    assert await shown(hass) == [
        grid(IMPORT, stat_cost=f"{LINKY}_cost"),
        grid("sensor.other"),
    ]
    # What the user changes meanwhile stays
    await show(hass, grid(IMPORT, number_energy_price=0.2), was[1])
    form = await choose(hass, entry, "takeover")
    assert form["step_id"] == "cloud_back"
    done = await submit(hass, form)
    assert done["reason"] == "cloud_undone"
    assert await changes(hass, recorder_mock) == pytest.approx(before)
    assert await shown(hass) == [grid(LINKY, number_energy_price=0.2), was[1]]
    left = {name for name in hass_storage if name.startswith(DOMAIN)}
    assert not {name for name in left if name.endswith((".past", ".clouds"))}
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("language", "day", "energy"),
    [("en", "4 March 2024", "12,346"), ("fr", "4 mars 2024", "12\u202f346")],
)
async def test_as_the_language_writes_it(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    language: str,
    day: str,
    energy: str,
) -> None:
    """Days are France's, and an hour until midnight is of the day before."""
    hass.config.language = language
    await hass.config.async_set_time_zone("Europe/Paris")
    await imported(hass, LINKY, 12_345_600)
    await show(hass, grid(LINKY))
    form = await choose(hass, entry, "takeover")
    told = form["description_placeholders"]
    assert (told["since"], told["until"], told["energy"]) == (day, day, energy)
    again = await submit(hass, form, copy=False, show=False)
    assert again["errors"] == {"base": "nothing_ticked"}
    assert [one.default() for one in again["data_schema"].schema] == [False, False]
    done = await submit(hass, again, copy=False, show=True)
    assert done["reason"] == "cloud_shown"
    assert await shown(hass) == [grid(IMPORT)]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_by_tariff(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry
) -> None:
    """Each goes before the register of its tariff, all before the total."""
    await imported(hass, BASE, 100)
    await imported(hass, HC, 0, 20)
    await imported(hass, HP, 0, 3, 4)
    await show(hass, grid(BASE), grid(HC), grid(HP))
    before = {
        one: await changes(hass, recorder_mock, one) for one in (IMPORT, PEAK, OFF_PEAK)
    }
    form = await choose(hass, entry, "takeover")
    assert form["description_placeholders"]["name"] == "MyElectricalData"
    done = await submit(hass, form, copy=True, show=True)
    assert done["reason"] == "cloud_done"
    after = {one: await changes(hass, recorder_mock, one) for one in before}
    assert after[IMPORT] == [100, 23, 4, *before[IMPORT]]
    assert after[OFF_PEAK] == [0, 20, *before[OFF_PEAK]]
    assert after[PEAK] == [0, 3, 4, *before[PEAK]]
    # What was before the tariffs is in no register of now
    assert await shown(hass) == [grid(BASE), grid(OFF_PEAK), grid(PEAK)]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_not_counted_twice(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry
) -> None:
    """Where ours is in the dashboard, the other is not replaced; what fails is told."""
    await imported(hass, LINKY, 700)
    await show(hass, grid(LINKY), grid(PEAK))
    form = await choose(hass, entry, "takeover")
    assert [str(one) for one in form["data_schema"].schema] == ["copy"]
    seam = Seam(LONG_AGO, LONG_AGO, 1.0, 1.0)
    await async_note_seams(hass, entry, {"energy_import": seam})
    assert (await submit(hass, form, copy=True))["reason"] == "past_pending"
    await async_note_seams(hass, entry, {})
    form = await choose(hass, entry, "takeover")
    assert (await submit(hass, form, copy=True))["reason"] == "cloud_done"
    assert await shown(hass) == [grid(LINKY), grid(PEAK)]
    form = await choose(hass, entry, "takeover")
    await async_note_seams(hass, entry, {"energy_import": seam})
    assert (await submit(hass, form))["reason"] == "past_pending"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_several_of_one_entity(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry
) -> None:
    """Of two clouds the user says which."""
    await imported(hass, LINKY, 700)
    await imported(hass, f"linky_prod:{POINT}", 5)
    await imported(hass, HP, 300)
    form = await choose(hass, entry, "takeover")
    assert form["step_id"] == "takeover_source"
    options = form["data_schema"].schema["take_from"].config["options"]
    assert [one["label"] for one in options] == ["ha-linky", "MyElectricalData"]
    assert POINT not in str(options)
    form = await submit(hass, form, take_from="0")
    done = await submit(hass, form, copy=True)
    assert done["reason"] == "cloud_done"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_without_tariffs_all_is_one(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Several sources of one register become one, and are all there again."""
    monkeypatch.setattr(clouds, "_by_tariff", lambda _: False)
    await imported(hass, HC, 0, 20)
    await imported(hass, HP, 5, 3)
    was = [grid(HC), grid(HP), {"type": "solar", "stat_energy_from": "sensor.roof"}]
    await show(hass, *was)
    before = await changes(hass, recorder_mock)
    form = await choose(hass, entry, "takeover")
    done = await submit(hass, form, copy=True, show=True)
    assert done["reason"] == "cloud_done"
    assert await changes(hass, recorder_mock) == [5, 23, *before]
    assert await shown(hass) == [grid(IMPORT), was[2]]
    # Also where the cloud's own statistics were deleted meanwhile
    recorder_mock.async_clear_statistics([HC, HP])
    await async_wait_recording_done(hass)
    form = await choose(hass, entry, "takeover")
    assert form["step_id"] == "cloud_back"
    assert (await submit(hass, form))["reason"] == "cloud_undone"
    assert await changes(hass, recorder_mock) == pytest.approx(before)
    assert await shown(hass) == [grid(HC), was[2], grid(HP)]
    assert (await choose(hass, entry, "takeover"))["reason"] == "nothing_to_take"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_deleted_while_it_was_looked_at(
    hass: HomeAssistant, recorder_mock: Recorder, entry: MockConfigEntry
) -> None:
    """Without an hour there is nothing to copy, and without energy nothing to show."""
    await imported(hass, LINKY, 700)
    (cloud,) = await clouds.async_clouds(hass, entry)
    hass.config.components.remove("energy")
    assert await clouds.async_copy(hass, entry, cloud, copy=False, dashboard=True) == 0
    hass.config.components.add("energy")
    recorder_mock.async_clear_statistics([LINKY])
    await async_wait_recording_done(hass)
    assert await clouds.async_span(hass, entry, cloud) is None
    await hass.config_entries.async_unload(entry.entry_id)
