"""What energy costs: the ledger in Home Assistant, its sensors and its repairs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.linky_meter.billing.rows import COST_SENSORS
from custom_components.linky_meter.billing.settings import PriceSettings, PriceSource
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.diagnostics import async_get_config_entry_diagnostics
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    Month,
    day_of,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import Colour
from custom_components.linky_meter.linky_tic.costs.ledger.readings import colours_of
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.tariffs import Tariff
from custom_components.linky_meter.linky_tic.tic.values import Colour as Tempo
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.history import get_significant_states
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, EVENT_STATE_CHANGED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up, until

LONG_AGO = date(2020, 1, 1)
PRICES = {1: Decimal("0.1589"), 2: Decimal("0.2142")}


def period(calendar: str = OFF_PEAK, **more: Any) -> PricePeriod:
    """Return prices that hold since long ago."""
    settings: dict[str, Any] = {
        "start": LONG_AGO,
        "prices": PRICES,
        "subscription": Decimal(15),
    }
    return PricePeriod(calendar, **settings | more)


def options_of(*periods: PricePeriod, **more: Any) -> dict[str, Any]:
    """Return the options of somebody who typed prices."""
    settings: dict[str, Any] = {
        "source": PriceSource.MANUAL,
        "periods": PriceList(periods),
    }
    return PriceSettings(**settings | more).as_options({})


def number(hass: HomeAssistant, key: str) -> float:
    """Return the state of one of our sensors."""
    state = hass.states.get(f"sensor.linky_{key}")
    assert state is not None, key
    return float(state.state)


def book(entry: MockConfigEntry, days_ago: int, energy: dict[int, int]) -> None:
    """Put the energy of a whole day into the ledger."""
    keeper = entry.runtime_data.costs
    # A full minute may have passed, which tidies once a day
    keeper._folded = None
    day = day_of(dt_util.utcnow()) - timedelta(days=days_ago)
    assert keeper.kept.ledger.backfill(day, OFF_PEAK, energy)
    keeper.async_prices_changed()


async def counted(entry: MockConfigEntry, wh: int = 0) -> None:
    """Wait until the ledger has more than so many Wh; it looks when it is asked to."""
    keeper = entry.runtime_data.costs

    def more() -> bool:
        keeper.feed()
        booked: int = sum(row.total for row in keeper.kept.ledger.days.values())
        return booked > wh

    await until(more)


async def look(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let a minute pass."""
    entry.runtime_data.costs._tick(dt_util.utcnow())
    await hass.async_block_till_done()


def repairs(hass: HomeAssistant) -> set[str]:
    """Return what is to be repaired."""
    return {
        str(issue.translation_key)
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


async def test_nothing_is_assumed(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Without a choice there is energy, and no entity of costs."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    keeper = entry.runtime_data.costs
    assert keeper.kept.ledger.calendar == OFF_PEAK
    assert keeper.view is None
    assert keeper.price(1) is None
    registry = er.async_get(hass)
    keys = {row.key for row in COST_SENSORS}
    entities = er.async_entries_for_config_entry(registry, entry.entry_id)
    assert not [one for one in entities if one.unique_id.partition("_")[2] in keys]
    assert not repairs(hass)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_costs_follow_the_meter(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Energy that the meter counts costs what its index costs."""
    meter = await start_meter("standard_hc", load=(3000.0,))
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    keeper = entry.runtime_data.costs
    index = meter.meter.truth.tariff.index
    assert number(hass, "current_price") == float(PRICES[index])
    assert number(hass, "price_index_1") == 0.1589
    assert number(hass, "price_index_2") == 0.2142
    assert number(hass, "subscription") == 15.0
    assert number(hass, f"cost_index_{index}") == 0.0
    ledger = keeper.kept.ledger
    before = sum(row.total for row in ledger.days.values())
    meter.meter.advance(1)
    await counted(entry, before + 2)
    await look(hass, entry)
    wh = sum(
        n
        for row in keeper.kept.ledger.days.values()
        for key, n in row.energy.items()
        if key.index == index
    )
    cost = wh * float(PRICES[index]) / 1000
    assert number(hass, f"cost_index_{index}") == pytest.approx(cost, abs=1e-3)
    assert number(hass, "cost_total") == pytest.approx(cost, abs=1e-3)
    # With the day's part of the subscription
    assert cost < number(hass, "cost_today") <= cost + 15 / 28
    assert number(hass, "cost_month") > cost
    # Of the month's subscription the days from the first that is known
    today = day_of(dt_util.utcnow())
    month = Month.of(today)
    paid = 15 * (month.next.first - today).days / month.days
    assert number(hass, "cost_month_full") == pytest.approx(paid + cost, abs=1e-3)
    for key, said in (
        ("cost_yesterday", "unknown"),
        ("cost_last_month", "unknown"),
        ("cost_estimate", "unknown"),
        ("price_source", "manual"),
        ("prices_valid_from", "2020-01-01"),
        ("prices_checked", "unknown"),
        ("unpriced_energy", "0.0"),
    ):
        state = hass.states.get(f"sensor.linky_{key}")
        assert state is not None, key
        assert state.state == said, key
    assert hass.states.get("sensor.linky_cheapest_offer") is None
    shown = hass.states.get("sensor.linky_cost_month")
    assert shown is not None
    assert shown.attributes["state_class"] == "total"
    assert "last_reset" in shown.attributes
    await hass.config_entries.async_unload(entry.entry_id)


async def test_few_are_enabled(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """What most people want to see, and no more."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    keys = {f"sensor.linky_{row.key}" for row in COST_SENSORS}
    shown = keys & set(hass.states.async_entity_ids("sensor"))
    assert {one.removeprefix("sensor.linky_") for one in shown} == {
        "current_price",
        "cost_index_1",
        "cost_index_2",
        "cost_month",
        "cost_estimate",
        "best_contract",
        "recommended_power",
    }
    state = hass.states.get("sensor.linky_cost_index_1")
    assert state is not None
    assert state.attributes["friendly_name"] == "Linky costs Cost off-peak"
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_estimate_and_late_prices(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Past days make an estimate, and a price that comes late corrects them."""
    meter = await start_meter("standard_hc", load=(0.0,))
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    for ago in range(1, 70):
        book(entry, ago, {1: 2000, 2: 4000})
    await hass.async_block_till_done()
    a_day = 2 * 0.1589 + 4 * 0.2142
    share = 15 / Month.of(day_of(dt_util.utcnow()) - DAY).days
    assert number(hass, "cost_yesterday") == pytest.approx(a_day + share, abs=1e-4)
    assert number(hass, "cost_last_month") == pytest.approx(
        a_day * entry.runtime_data.costs.view.last_month.month.days + 15, abs=0.01
    )
    low, middle, high = (
        number(hass, f"cost_estimate{part}") for part in ("_low", "", "_high")
    )
    assert low <= middle <= high
    assert number(hass, "cost_estimate_linear") > 0
    method = hass.states.get("sensor.linky_cost_estimate_method")
    assert method is not None
    assert method.state == "recency"
    # How much of the month is known follows the clock, so look at each answer
    view = entry.runtime_data.costs.view
    (said,) = (row.value_fn for row in COST_SENSORS if row.key == "cost_month_data")
    for complete, interpolated, word in (
        (True, False, "complete"),
        (True, True, "interpolated"),
        (False, True, "incomplete"),
    ):
        month = replace(view.month, complete=complete, interpolated=interpolated)
        costs: Any = SimpleNamespace(view=replace(view, month=month))
        assert said(costs) == word
    spent = number(hass, "cost_index_2")
    assert spent == pytest.approx(69 * 4 * 0.2142, abs=1e-3)
    # A price that was wrong for all this time
    dearer = options_of(period(prices={1: Decimal("0.1589"), 2: Decimal("0.4284")}))
    hass.config_entries.async_update_entry(entry, options=dearer)
    await hass.async_block_till_done()
    assert number(hass, "cost_index_2") == pytest.approx(2 * spent, abs=1e-2)
    assert number(hass, "cost_yesterday") == pytest.approx(
        2 * 0.1589 + 4 * 0.4284 + share, abs=1e-4
    )
    await hass.config_entries.async_unload(entry.entry_id)


async def test_choosing_and_taking_back(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Entities come and go with the choice, without a reload."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    source = entry.runtime_data.coordinator.source
    assert hass.states.get("sensor.linky_cost_month") is None
    for _ in range(2):
        hass.config_entries.async_update_entry(entry, options=options_of(period()))
        await hass.async_block_till_done()
        assert number(hass, "cost_month") >= 0
        assert number(hass, "cost_index_1") >= 0
        hass.config_entries.async_update_entry(entry, options={})
        await hass.async_block_till_done()
        assert hass.states.get("sensor.linky_cost_month") is None
        assert hass.states.get("sensor.linky_cost_index_1") is None
    assert entry.runtime_data.coordinator.source is source
    await hass.config_entries.async_unload(entry.entry_id)


async def test_costs_survive_a_restart(
    hass: HomeAssistant, start_meter: StartMeter, hass_storage: dict[str, Any]
) -> None:
    """The ledger goes on where it was, and is removed with the entry."""
    meter = await start_meter("standard_hc", load=(2000.0,))
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    book(entry, 1, {1: 10_000, 2: 10_000})
    await hass.async_block_till_done()
    before = number(hass, "cost_index_1"), number(hass, "cost_index_2")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    after = number(hass, "cost_index_1"), number(hass, "cost_index_2")
    assert after[0] >= before[0] >= 1.589
    assert after[1] >= before[1] >= 2.142
    assert sum(after) - sum(before) < 0.1
    state = hass.states.get("sensor.linky_cost_index_1")
    assert state is not None
    assert "last_reset" not in state.attributes
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    key = f"{DOMAIN}.{entry.entry_id}.costs"
    assert hass_storage[key]["data"]["ledger"]["days"]
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert key not in hass_storage


async def test_a_lost_store_is_noticed(
    hass: HomeAssistant, start_meter: StartMeter, hass_storage: dict[str, Any]
) -> None:
    """A file that was no JSON is gone, though there were costs before."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    hass_storage.pop(f"{DOMAIN}.{entry.entry_id}.costs")
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert repairs(hass) == {"costs_restarted"}
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_a_new_contract_without_prices(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Its energy is kept and shown as unpriced until there is a price."""
    meter = await start_meter("standard_hc", load=(3000.0,))
    other = options_of(period("TEMPO", prices=dict.fromkeys(range(1, 7), PRICES[1])))
    entry = entry_for(address_of("standard_hc"), meter.path, **other)
    assert await set_up(hass, entry)
    await counted(entry)
    await look(hass, entry)
    assert repairs(hass) == {"unpriced_calendar"}
    assert number(hass, "unpriced_energy") > 0
    current = hass.states.get("sensor.linky_current_price")
    assert current is not None
    assert current.state == "unknown"
    hass.config_entries.async_update_entry(entry, options=options_of(period()))
    await hass.async_block_till_done()
    assert not repairs(hass)
    assert number(hass, "unpriced_energy") == 0
    assert number(hass, "current_price") > 0
    await hass.config_entries.async_unload(entry.entry_id)


async def test_stale_regulated_prices(
    hass: HomeAssistant, start_meter: StartMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prices that should be over are said, until they are typed."""
    meter = await start_meter("standard_hc")
    regulated = options_of(source=PriceSource.REGULATED, power=6)
    entry = entry_for(address_of("standard_hc"), meter.path, **regulated)
    assert await set_up(hass, entry)
    keeper = entry.runtime_data.costs
    now = dt_util.utcnow().replace(year=2035, month=3, day=1)
    with monkeypatch.context() as patch:
        patch.setattr(dt_util, "utcnow", lambda: now)
        keeper._look()
        await hass.async_block_till_done()
        assert repairs(hass) == {"prices_stale"}
        (issue,) = ir.async_get(hass).issues.values()
        assert issue.translation_placeholders is not None
        assert re.fullmatch(
            r"1 (February|August) 20\d\d", issue.translation_placeholders["since"]
        )
        typed = options_of(period(), source=PriceSource.REGULATED, power=6)
        hass.config_entries.async_update_entry(entry, options=typed)
        keeper.async_apply()
        await hass.async_block_till_done()
        assert not repairs(hass)
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("preset", "calendar", "indexes"),
    [
        ("historic_base", "BASE", 1),
        ("historic_hc", OFF_PEAK, 2),
        ("historic_tempo", "TEMPO", 6),
        ("standard_weekend", "HC ET WEEK-END", 0),
    ],
)
async def test_every_contract_is_counted(
    hass: HomeAssistant,
    start_meter: StartMeter,
    preset: str,
    calendar: str,
    indexes: int,
) -> None:
    """The ledger knows the registers of each mode and contract."""
    meter = await start_meter(preset, load=(3000.0,))
    regulated = options_of(source=PriceSource.REGULATED, power=9)
    baudrate = 1200 if preset.startswith("historic") else 9600
    entry = entry_for(address_of(preset), meter.path, baudrate=baudrate, **regulated)
    assert await set_up(hass, entry)
    keeper = entry.runtime_data.costs
    ledger = keeper.kept.ledger
    await counted(entry)
    assert ledger.calendar == calendar
    assert keeper.index == meter.meter.truth.tariff.index
    found = set(keeper.indexes())
    assert found == set(range(1, indexes + 1)) if indexes else found
    assert keeper.price(keeper.index) is not None or calendar == "HC ET WEEK-END"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_time_passes_without_a_meter(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The subscription of a silent meter goes on, and old days are tidied."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    book(entry, 900, {1: 1000, 2: 1000})
    await hass.async_block_till_done()
    total = number(hass, "cost_index_1")
    meter.silence()
    before = entry.runtime_data.costs.view.at
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await hass.async_block_till_done()
    assert entry.runtime_data.costs.view.at > before
    assert len(entry.runtime_data.costs.kept.ledger.months) == 1
    assert number(hass, "cost_index_1") == total
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED


@pytest.mark.usefixtures("all_enabled")
async def test_energy_dashboard_takes_costs(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    start_meter: StartMeter,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Its own validation finds nothing wrong with our costs and prices."""
    assert await async_setup_component(hass, "energy", {})
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    client = await hass_ws_client()
    for cost, price in (
        ("sensor.linky_cost_index_1", None),
        ("sensor.linky_cost_total", None),
        (None, "sensor.linky_current_price"),
        (None, "sensor.linky_price_index_1"),
    ):
        source = {
            "type": "grid",
            "stat_energy_from": "sensor.linky_energy_index_1",
            "stat_energy_to": None,
            "stat_cost": cost,
            "entity_energy_price": price,
            "number_energy_price": None,
            "cost_adjustment_day": 0.0,
        }
        await client.send_json_auto_id(
            {"type": "energy/save_prefs", "energy_sources": [source]}
        )
        saved = await client.receive_json()
        assert saved["success"], saved
        await client.send_json_auto_id({"type": "energy/validate"})
        answer = (await client.receive_json())["result"]
        issues = [issue["type"] for part in answer["energy_sources"] for issue in part]
        # Statistics are compiled every five minutes: only their absence may be noted
        assert not set(issues) - {"statistics_not_defined"}, (cost, price, answer)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_is_recorded(
    recorder_mock: Recorder, hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Statistics find when a sum began anew; how sure a judgement is fills no disk."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    await async_wait_recording_done(hass)
    month, best = "sensor.linky_cost_month", "sensor.linky_best_contract"
    states = await recorder_mock.async_add_executor_job(
        partial(
            get_significant_states,
            hass,
            dt_util.utcnow() - timedelta(hours=1),
            entity_ids=[month, best],
        )
    )
    shown = hass.states.get(month)
    assert shown is not None
    sum_kept, best_kept = states[month][-1], states[best][-1]
    assert isinstance(sum_kept, State)
    assert isinstance(best_kept, State)
    assert sum_kept.attributes["last_reset"] == shown.attributes["last_reset"]
    assert sum_kept.attributes["state_class"] == "total"
    shown = hass.states.get(best)
    assert shown is not None
    assert "known_days" in shown.attributes
    assert "known_days" not in best_kept.attributes
    await hass.config_entries.async_unload(entry.entry_id)


async def test_price_and_cost_change_with_the_tariff(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """First the last of the old index, then tariff and price, then the new index."""
    meter = await start_meter("standard_hc", load=(3000.0,))
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    old = entry.runtime_data.costs.index
    new = 3 - old
    meter.silence()
    await hass.async_block_till_done()
    seen: list[str] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        seen.append(event.data["entity_id"].removeprefix("sensor.linky_"))

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    reading = coordinator.data
    values = dict(reading.values)
    for index, rise in ((old, 5), (new, 1)):
        values[f"energy_index_{index}"] += rise
    values["energy_meter_total"] += 6
    values["tariff_period"] = {1: Tariff.OFF_PEAK, 2: Tariff.PEAK}[new]
    later = dt_util.utcnow() + timedelta(seconds=20)
    reading = MeterReading(reading.mode, reading.address, values, reading.frame, later)
    coordinator.publisher.begin(reading, hass.loop.time())
    coordinator.async_set_updated_data(reading)
    await hass.async_block_till_done()
    order = [seen.index(f"energy_index_{old}"), seen.index("current_price")]
    order += [seen.index(f"energy_index_{new}")]
    assert order == sorted(order)
    assert number(hass, "current_price") == float(PRICES[new])
    assert number(hass, f"cost_index_{old}") > 0
    await hass.config_entries.async_unload(entry.entry_id)


async def test_energy_is_booked_once_a_minute(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Not with each frame; at full minutes, at a new tariff, and before all is saved."""
    meter = await start_meter("standard_hc", load=(3000.0,))
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    costs = entry.runtime_data.costs
    ledger = costs.kept.ledger
    # With the first frame all is new
    await until(lambda: coordinator.frames > 5)
    meter.silence()
    await hass.async_block_till_done()
    costs.feed()
    booked = sum(row.total for row in ledger.days.values())

    def say(wh: int, **more: object) -> None:
        reading = coordinator.data
        values: dict[str, Any] = {**reading.values, **more}
        values["energy_index_1"] += wh
        values["energy_meter_total"] += wh
        coordinator.async_set_updated_data(replace(reading, values=values))

    say(1)
    say(1)
    assert sum(row.total for row in ledger.days.values()) == booked
    now = dt_util.utcnow().replace(second=0, microsecond=0)
    async_fire_time_changed(hass, now + timedelta(minutes=1, milliseconds=600))
    await hass.async_block_till_done()
    assert sum(row.total for row in ledger.days.values()) == booked + 2
    other = {Tariff.PEAK: Tariff.OFF_PEAK, Tariff.OFF_PEAK: Tariff.PEAK}
    say(1, tariff_period=other[coordinator.data["tariff_period"]])
    assert sum(row.total for row in ledger.days.values()) == booked + 3
    say(1)
    await hass.config_entries.async_unload(entry.entry_id)
    assert sum(row.total for row in ledger.days.values()) == booked + 4


async def test_clocks_that_step_and_early_readings(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """No energy is lost, and a reading without indexes changes nothing."""
    meter = await start_meter("standard_hc", load=(3000.0,))
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    keeper = entry.runtime_data.costs
    ledger = keeper.kept.ledger
    meter.silence()
    await hass.async_block_till_done()
    keeper.feed()
    before = sum(row.total for row in ledger.days.values())
    reading = coordinator.data
    for step in (timedelta(hours=-2), timedelta(days=3)):
        values = dict(reading.values)
        values["energy_index_1"] += 2
        values["energy_meter_total"] += 2
        reading = MeterReading(
            reading.mode,
            reading.address,
            values,
            reading.frame,
            reading.received + step,
        )
        coordinator.async_set_updated_data(reading)
        keeper.feed()
    assert sum(row.total for row in ledger.days.values()) == before + 4
    last, index = ledger.last, keeper.index
    early = MeterReading(
        reading.mode,
        reading.address,
        {"apparent_power": 100},
        reading.frame,
        reading.received + timedelta(seconds=1),
    )
    coordinator.async_set_updated_data(early)
    keeper.feed()
    assert (ledger.last, keeper.index) == (last, index)
    # With indexes, which are those of the frame before: nothing counts twice
    soon = replace(reading, received=reading.received + timedelta(minutes=1))
    coordinator.async_set_updated_data(replace(soon, early=True))
    keeper.feed()
    coordinator.async_set_updated_data(soon)
    keeper.feed()
    assert not keeper.feed()
    assert ledger.last != last
    assert sum(row.total for row in ledger.days.values()) == before + 4
    await hass.config_entries.async_unload(entry.entry_id)


async def test_saved_now_and_then(
    hass: HomeAssistant, start_meter: StartMeter, hass_storage: dict[str, Any]
) -> None:
    """Five minutes of energy are lost at most when the power fails."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    key = f"{DOMAIN}.{entry.entry_id}.costs"
    assert key not in hass_storage
    costs = entry.runtime_data.costs
    costs._saved -= 301
    await until(costs.feed)
    assert hass.loop.time() - costs._saved < 10
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await hass.async_block_till_done()
    assert hass_storage[key]["data"]["ledger"]["serial"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_tempo_colours_of_the_meter(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Those of today and tomorrow are kept, when it is certain which day is meant."""
    preset = "standard_tempo_three_phase"
    meter = await start_meter(preset)
    entry = entry_for(address_of(preset), meter.path)
    assert await set_up(hass, entry)
    reading = entry.runtime_data.coordinator.data
    for text, tariff, found in (
        ("2026-11-24T12:00+01:00", "blue_peak", {24: Colour.BLUE, 25: Colour.RED}),
        # Never red on a Sunday
        ("2026-11-21T12:00+01:00", "blue_peak", {21: Colour.BLUE}),
        ("2026-11-21T23:30+01:00", "blue_off_peak", {21: Colour.BLUE}),
        # After midnight it is still the night of the day before
        ("2026-11-24T03:00+01:00", "white_off_peak", {23: Colour.WHITE}),
        ("2026-12-01T00:00+01:00", "red_off_peak", {30: Colour.RED}),
        ("2026-11-24T05:50+01:00", "white_off_peak", {}),
        # The meter has begun the day, whatever its colours mean
        ("2026-11-24T06:05+01:00", "white_peak", {24: Colour.WHITE}),
        ("2026-11-24T06:05+01:00", "white_off_peak", {}),
        ("2026-11-24T06:05+01:00", "mobile_peak", {}),
        ("2026-11-24T03:00+01:00", "off_peak", {}),
        ("2026-11-24T03:00+01:00", None, {}),
    ):
        values = {
            **reading.values,
            "tempo_today": Tempo.BLUE,
            "tempo_tomorrow": Tempo.RED,
            "tariff_period": tariff,
        }
        at = datetime.fromisoformat(text)
        shown = MeterReading(reading.mode, reading.address, values, reading.frame, at)
        days = {day.day: colour for day, colour in colours_of(shown).items()}
        assert days == found
    await hass.config_entries.async_unload(entry.entry_id)


async def test_diagnostics_tell_prices_and_ledger(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What a report needs, without names and without the meter's address."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    found = await async_get_config_entry_diagnostics(hass, entry)
    costs = found["costs"]
    assert costs["source"] == "manual"
    assert costs["calendar"] == costs["calendar_now"] == OFF_PEAK
    assert costs["periods"][0]["prices"] == {"1": "0.1589", "2": "0.2142"}
    assert costs["month"]["unpriced"] == 0
    assert address_of("standard_hc") not in json.dumps(costs)
    await hass.config_entries.async_unload(entry.entry_id)
