"""A meter in the real Energy dashboard: put there, followed, taken out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.linky_meter.billing.settings import PriceSettings, PriceSource
from custom_components.linky_meter.linky_tic.tic.tariffs import Contract
from custom_components.linky_meter.replace import energy_preferences
from custom_components.linky_meter.welcome import energy, follow
from custom_components.linky_meter.welcome.before import async_before
from custom_components.linky_meter.welcome.state import Standing, Welcome
from homeassistant.components.energy.data import EnergyManager, async_get_manager
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    statistics_during_period,
)
from homeassistant.components.recorder.tasks import StatisticsTask
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import (
    Replay,
    StartMeter,
    address_of,
    entry_for,
    frame_of,
    set_up,
    until,
)
from tests.simulator import PRESETS

METERS = sorted(PRESETS)
CHOSEN = {"todo": ["energy"], "told": True}

type Sources = list[dict[str, Any]]


@pytest.fixture
async def dashboard(recorder_mock: Any, hass: HomeAssistant) -> None:
    """Set the Energy dashboard up."""
    assert await async_setup_component(hass, "energy", {})


async def sources(hass: HomeAssistant) -> Sources:
    """Return the sources in the preferences."""
    manager: Any = await async_get_manager(hass)
    return list(manager.data["energy_sources"]) if manager.data else []


async def shows(hass: HomeAssistant, wanted: Callable[[Sources], bool]) -> Sources:
    """Wait until the sources are as wanted, and return them."""
    async with asyncio.timeout(15):
        while not wanted(found := await sources(hass)):
            await asyncio.sleep(0.05)
    return found


def powered(found: Sources) -> bool:
    """Return whether they show the power, which is known a frame later than energy."""
    return bool(found) and "stat_rate" in found[0]


async def save(hass: HomeAssistant, *found: Any) -> None:
    """Let the user save sources."""
    manager = await async_get_manager(hass)
    await manager.async_update(
        {"energy_sources": list(found), "device_consumption": []}
    )


def imports(found: Sources) -> list[str]:
    """Return what is imported, by our keys."""
    return [str(one["stat_energy_from"]).removeprefix("sensor.linky_") for one in found]


def grid(statistic: str, **more: Any) -> dict[str, Any]:
    """Return a source of the user's."""
    source = {
        "type": "grid",
        "stat_energy_from": statistic,
        "stat_energy_to": None,
        "stat_cost": None,
        "cost_adjustment_day": 0.0,
    }
    return source | more


def prices() -> dict[str, Any]:
    """Return options with the regulated prices."""
    return PriceSettings(PriceSource.REGULATED, 6).as_options({})


async def compile_statistics(hass: HomeAssistant) -> None:
    """Let Home Assistant compile the statistics of these five minutes."""
    now = dt_util.utcnow()
    start = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    await async_wait_recording_done(hass)
    get_instance(hass).queue_task(StatisticsTask(start, False))
    await async_wait_recording_done(hass)


async def meter(
    hass: HomeAssistant,
    replay: Replay,
    preset: str = "standard_hc",
    address: str | None = None,
    **options: Any,
) -> MockConfigEntry:
    """Set a meter up, as a user who chose the Energy dashboard."""
    baudrate = 1200 if PRESETS[preset].mode == "historic" else 9600
    address = address or address_of(preset)
    port = replay(frame_of(preset, address=address))
    options = {"welcome": CHOSEN} | options
    entry = entry_for(address, port.path, baudrate=baudrate, **options)
    assert await set_up(hass, entry)
    return entry


@pytest.mark.usefixtures("dashboard")
@pytest.mark.parametrize(
    ("preset", "priced"),
    [
        *((preset, False) for preset in METERS),
        # A week-end contract has no regulated prices
        *((preset, True) for preset in METERS if preset != "standard_weekend"),
    ],
)
async def test_eight_meters(
    hass: HomeAssistant,
    replay: Replay,
    hass_ws_client: WebSocketGenerator,
    preset: str,
    priced: bool,
) -> None:
    """Each is shown by tariff, with costs where there are prices, and no complaint."""
    entry = await meter(hass, replay, preset, **(prices() if priced else {}))
    assert Welcome.of(entry.options).todo == ()
    if priced:
        found = await shows(
            hass,
            lambda all_: all(one["stat_cost"] for one in all_) and powered(all_),
        )
    else:
        # The power is shown as soon as it is known
        found = await shows(hass, powered)
        assert not any(one["stat_cost"] for one in found)
    counted = [
        n for n in range(1, 7) if hass.states.get(f"sensor.linky_energy_index_{n}")
    ]
    assert imports(found) == (
        [f"energy_index_{n}" for n in counted] if counted else ["energy_import"]
    )
    assert (found[0]["stat_energy_to"] is not None) is PRESETS[preset].producer
    assert found[0]["stat_rate"] == "sensor.linky_active_power"
    client = await hass_ws_client()
    # Before there is a row of statistics, and after
    for compiled in (False, True):
        if compiled:
            await compile_statistics(hass)
        await client.send_json_auto_id({"type": "energy/validate"})
        answer = (await client.receive_json())["result"]
        assert not any(answer["energy_sources"]), answer
        await client.send_json_auto_id({"type": "recorder/validate_statistics"})
        assert (await client.receive_json())["result"] == {}
    # What was chosen once is done once
    await save(hass)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert await sources(hass) == []
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_a_power_cut_right_after_the_set_up(
    hass: HomeAssistant, replay: Replay, hass_storage: dict[str, Any]
) -> None:
    """What was set up is on the disk, without a minute's wait, and later changes too."""
    entry = await meter(hass, replay)

    async def after_a_restart() -> Sources:
        manager: Any = EnergyManager(hass)
        await manager.async_initialize()
        return list(manager.data["energy_sources"]) if manager.data else []

    assert len(found := await sources(hass)) == 2
    await until(lambda: "energy" in hass_storage)
    assert await after_a_restart() == found
    hass.config_entries.async_update_entry(entry, options={**entry.options, **prices()})
    found = await shows(hass, lambda all_: all(one["stat_cost"] for one in all_))
    async with asyncio.timeout(30):
        while await after_a_restart() != found:
            await asyncio.sleep(0.05)
    await hass.config_entries.async_unload(entry.entry_id)
    # The entry is saved a second late: what it chose is done again, and is the same
    early = {**entry.options, "welcome": CHOSEN}
    hass.config_entries.async_update_entry(entry, options=early)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert [one["stat_energy_from"] for one in await sources(hass)] == [
        one["stat_energy_from"] for one in found
    ]
    assert len(Welcome.of(entry.options).energy) == 2
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_a_recorder_that_hangs(hass: HomeAssistant, replay: Replay) -> None:
    """It is not waited for: the sources are there, and their statistics come later."""
    goes_on = asyncio.Event()

    async def hang(_: HomeAssistant) -> None:
        await goes_on.wait()

    with (
        patch.object(energy, "async_written", hang),
        patch.object(energy, "_MOST_SECONDS", 0.01),
    ):
        entry = await meter(hass, replay)
    assert len(await sources(hass)) == 2
    goes_on.set()
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_prices_that_come_later(hass: HomeAssistant, replay: Replay) -> None:
    """Costs come with the prices and go with them; the user's own stay."""
    solar = {"type": "solar", "stat_energy_from": "sensor.roof"}
    await save(hass, solar)
    entry = await meter(hass, replay)
    mine = await sources(hass)
    assert mine[0] == solar
    mine[1] = mine[1] | {"number_energy_price_export": 0.13}
    await save(hass, *mine)
    before = dict(entry.options)
    hass.config_entries.async_update_entry(entry, options=before | prices())
    found = await shows(hass, lambda all_: all(o.get("stat_cost") for o in all_[1:]))
    assert found[0] == solar
    assert found[1]["stat_cost"] == "sensor.linky_cost_index_1"
    assert found[1]["number_energy_price_export"] == 0.13
    hass.config_entries.async_update_entry(
        entry, options=PriceSettings().as_options(entry.options)
    )
    await shows(hass, lambda all_: not any(o.get("stat_cost") for o in all_[1:]))
    await energy.async_take_out(hass, entry)
    assert await sources(hass) == [solar]
    assert await energy.async_look(hass, entry) == Standing()
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_a_power_that_is_known_later(hass: HomeAssistant, replay: Replay) -> None:
    """The power of now is shown as soon as there is one, and stays while it is unknown."""
    entry = await meter(hass, replay)
    await energy.async_take_out(hass, entry)
    coordinator = entry.runtime_data.coordinator
    reading = coordinator.data
    nothing = replace(reading, values={**reading.values, "active_power": None})
    with patch.object(coordinator, "data", nothing):
        await energy.async_put(hass, entry)
        assert not any("stat_rate" in one for one in await sources(hass))
    await energy.async_follow(hass, entry)
    found = await sources(hass)
    assert found[0]["stat_rate"] == "sensor.linky_active_power"
    with patch.object(coordinator, "data", nothing):
        await energy.async_follow(hass, entry)
    assert await sources(hass) == found
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_a_renamed_and_a_disabled_register(
    hass: HomeAssistant, replay: Replay
) -> None:
    """The sources follow names; without one of the registers the total serves."""
    entry = await meter(hass, replay)
    assert imports(await sources(hass)) == ["energy_index_1", "energy_index_2"]
    registry = er.async_get(hass)
    registry.async_update_entity(
        "sensor.linky_energy_index_1", new_entity_id="sensor.night"
    )
    await shows(hass, lambda all_: imports(all_) == ["sensor.night", "energy_index_2"])
    registry.async_update_entity(
        "sensor.night", disabled_by=er.RegistryEntryDisabler.USER
    )
    await shows(hass, lambda all_: imports(all_) == ["energy_import"])
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_another_contract(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """The tariffs of the new contract are added, and the old ones are kept."""
    port = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), port.path, welcome=CHOSEN)
    assert await set_up(hass, entry)
    assert len(await sources(hass)) == 2
    port.meter.switch_contract("tempo")
    found = await shows(hass, lambda all_: len(all_) == 6)
    assert imports(found) == [f"energy_index_{n}" for n in range(1, 7)]
    coordinator = entry.runtime_data.coordinator
    assert coordinator.data["contract"] is Contract.TEMPO
    port.meter.switch_contract("hc")
    await until(lambda: coordinator.data["contract"] is Contract.OFF_PEAK)
    await energy.async_follow(hass, entry)
    assert await sources(hass) == found
    await hass.config_entries.async_unload(entry.entry_id)


async def changes(hass: HomeAssistant, *statistics: str) -> dict[str, list[float]]:
    """Return what each statistic has counted by the hour, kWh."""
    found = await get_instance(hass).async_add_executor_job(
        partial(
            statistics_during_period,
            hass,
            dt_util.utc_from_timestamp(0),
            None,
            set(statistics),
            "hour",
            {"energy": "kWh"},
            {"change"},
        )
    )
    return {
        one: [round(row["change"] or 0.0, 3) for row in rows]
        for one, rows in found.items()
    }


@pytest.mark.usefixtures("dashboard")
async def test_from_one_tariff_to_several(
    hass: HomeAssistant,
    start_meter: StartMeter,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """What the total counted before stays in the dashboard, and counts once."""
    port = await start_meter("standard_producer")
    entry = entry_for(address_of("standard_producer"), port.path, welcome=CHOSEN)
    assert await set_up(hass, entry)
    (source,) = await sources(hass)
    total = source["stat_energy_from"]
    state = hass.states.get(total)
    assert state is not None
    hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    metadata = StatisticMetaData(
        has_sum=True,
        mean_type=StatisticMeanType.NONE,
        name=None,
        source="recorder",
        statistic_id=total,
        unit_class="energy",
        unit_of_measurement="kWh",
    )
    now = float(state.state)
    rows = [
        StatisticData(start=hour - timedelta(hours=3 - n), state=now - 3 + n, sum=n)
        for n in range(3)
    ]
    async_import_statistics(hass, metadata, rows)
    await async_wait_recording_done(hass)
    port.meter.switch_contract("hc")
    found = await shows(hass, lambda all_: len(all_) == 3)
    before = "linky_meter:linky_energy_import_before"
    assert imports(found) == ["energy_index_1", "energy_index_2", before]
    await async_wait_recording_done(hass)
    counted = (await changes(hass, before))[before]
    # The last one is the hour of the change, until then
    assert counted[:2] == [1.0, 1.0]
    assert counted[2] == pytest.approx(1.0, abs=0.1)
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "energy/validate"})
    answer = (await client.receive_json())["result"]
    assert not any(answer["energy_sources"]), answer
    # It is ours: kept with the next start, and gone when the total is back
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert await sources(hass) == found
    assert await energy.async_look(hass, entry) == Standing(on=True)
    port.meter.switch_contract("base")
    await shows(hass, lambda all_: imports(all_) == ["energy_import"])
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_what_it_cost_goes_with_what_was_counted(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Hours that a register of today counts too are not in it."""
    entry = await meter(hass, replay)
    hour = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    for name, unit, unit_class, sums in (
        ("total", "kWh", "energy", (0, 2, 3, 7)),
        ("cost", "EUR", None, (0, 0.5, 0.75, 1.75)),
        ("one", "kWh", "energy", (None, None, None, 4)),
        ("one_cost", "EUR", None, (None, None, None, 1)),
    ):
        metadata = StatisticMetaData(
            has_sum=True,
            mean_type=StatisticMeanType.NONE,
            name=None,
            source="recorder",
            statistic_id=f"sensor.{name}",
            unit_class=unit_class,
            unit_of_measurement=unit,
        )
        rows = [
            StatisticData(start=hour - timedelta(hours=5 - n), state=one, sum=one)
            for n, one in enumerate(sums)
            if one is not None
        ]
        async_import_statistics(hass, metadata, rows)
    await async_wait_recording_done(hass)
    register: Any = {"stat_energy_from": "sensor.one", "stat_cost": "sensor.one_cost"}
    wanted = {"energy_index_1": register}
    found = await async_before(hass, entry, "sensor.total", "sensor.cost", wanted)
    assert found is not None
    found.async_write(hass)
    await async_wait_recording_done(hass)
    assert found.source["stat_energy_from"] == "linky_meter:total_before"
    assert found.source["stat_cost"] == "linky_meter:total_before_cost"
    assert await changes(hass, "linky_meter:total_before") == {
        "linky_meter:total_before": [2.0, 1.0]
    }
    assert await changes(hass, "linky_meter:total_before_cost") == {
        "linky_meter:total_before_cost": [0.5, 0.25]
    }
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
@pytest.mark.parametrize(
    ("statistic", "why_not"),
    [
        ("sensor.linkytic_index", "energy_other_grid"),
        ("sensor.linky_energy_import", "energy_yours"),
    ],
)
async def test_the_user_has_a_grid(
    hass: HomeAssistant, replay: Replay, statistic: str, why_not: str
) -> None:
    """Of another integration, or of this meter: it stays, and nothing is doubled."""
    theirs = grid(statistic)
    await save(hass, theirs)
    entry = await meter(hass, replay)
    assert await sources(hass) == [theirs]
    assert await energy.async_look(hass, entry) == Standing(why_not=why_not)
    assert Welcome.of(entry.options).todo == ()
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_two_meters(hass: HomeAssistant, replay: Replay) -> None:
    """Both are shown; each follows and takes out its own."""
    one = await meter(hass, replay)
    two = await meter(hass, replay, "standard_weekend", "021875123456")
    both = await sources(hass)
    assert imports(both)[:2] == ["energy_index_1", "energy_index_2"]
    assert len(both) == 5
    assert await energy.async_look(hass, two) == Standing(on=True)
    await energy.async_take_out(hass, one)
    assert await sources(hass) == both[2:]
    for entry in (one, two):
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_removed_and_added_again(hass: HomeAssistant, replay: Replay) -> None:
    """The past stays in the dashboard; the new entry goes on with the same sources."""
    entry = await meter(hass, replay)
    before = await sources(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert await sources(hass) == before
    assert await energy.async_look(hass, None) == Standing()
    entry = await meter(hass, replay)
    assert await sources(hass) == before
    assert await energy.async_look(hass, entry) == Standing(on=True)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_given_up(hass: HomeAssistant, replay: Replay) -> None:
    """Who takes all out by hand keeps it so, and can switch it on again."""
    entry = await meter(hass, replay)
    await save(hass)
    hass.config_entries.async_update_entry(
        entry, options=dict(entry.options) | prices()
    )
    await shows(hass, lambda _: not Welcome.of(entry.options).energy)
    assert await sources(hass) == []
    await energy.async_put(hass, entry)
    assert len(await sources(hass)) == 2
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("dashboard")
async def test_a_contract_that_is_known_later(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What was chosen waits for it, and nothing is changed without it."""
    port = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), port.path, welcome=CHOSEN)
    with (
        patch.object(follow, "contract_of", return_value=None),
        patch.object(energy, "contract_of", return_value=None),
    ):
        assert await set_up(hass, entry)
        assert Welcome.of(entry.options).todo == ("energy",)
        await energy.async_put(hass, entry)
        assert await sources(hass) == []
    port.meter.switch_contract("tempo")
    made = await shows(hass, lambda all_: len(all_) == 6)
    with patch.object(energy, "contract_of", return_value=None):
        await energy.async_follow(hass, entry)
    assert await sources(hass) == made
    await hass.config_entries.async_unload(entry.entry_id)


async def test_without_the_energy_integration(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Nothing happens, and the set-up does not fail."""
    entry = await meter(hass, replay)
    assert entry.state is ConfigEntryState.LOADED
    assert await energy.async_look(hass, entry) == Standing(why_not="energy_absent")
    await energy.async_put(hass, entry)
    await energy.async_take_out(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("err", [HomeAssistantError, RuntimeError])
@pytest.mark.usefixtures("dashboard")
async def test_preferences_that_cannot_be_read(
    hass: HomeAssistant,
    replay: Replay,
    caplog: pytest.LogCaptureFixture,
    err: type[Exception],
) -> None:
    """The set-up does not fail; what is no error of Home Assistant's is logged."""
    with patch.object(energy_preferences, "async_get_manager", side_effect=err):
        entry = await meter(hass, replay)
    assert entry.state is ConfigEntryState.LOADED
    assert ("Unexpected error" in caplog.text) is (err is RuntimeError)
    # Tried again with the next set-up
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert bool(await sources(hass)) is (err is RuntimeError)
    caplog.clear()
    await hass.config_entries.async_unload(entry.entry_id)
