"""Compared offers: subentries, their forms and their sensors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import SUBENTRY_OFFER
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import Schedule
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up

from .test_costs import book, number, options_of, period

BASE = {
    "name": "Plain",
    "supplier": "Elsewhere",
    "price_1": 0.18,
    "subscription": 14.0,
    "valid_from": "2020-01-01",
}


async def add(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    kind: str,
    answer: dict[str, Any] | None,
) -> Any:
    """Add an offer, or show its form."""
    manager = hass.config_entries.subentries
    result: Any = await manager.async_init(
        (entry.entry_id, SUBENTRY_OFFER), context={"source": SOURCE_USER}
    )
    result = await manager.async_configure(result["flow_id"], {"next_step_id": kind})
    if answer is not None:
        result = await manager.async_configure(result["flow_id"], answer)
        await hass.async_block_till_done()
    return result


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, subentry: ConfigSubentry
) -> Any:
    """Begin to change an offer."""
    return await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)


def suggested(form: Any) -> dict[str, Any]:
    """Return what a form shows, its parts too."""
    found: dict[str, Any] = {}
    for key, field in form["data_schema"].schema.items():
        if isinstance(field, section):
            inside = suggested({"data_schema": field.schema})
            found |= {str(key): inside} if inside else {}
        elif key.description:
            found[str(key)] = key.description["suggested_value"]
    return found


@pytest.fixture
async def entry(hass: HomeAssistant, start_meter: StartMeter) -> MockConfigEntry:
    """Return a meter with prices."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    return entry


def one_of(entry: MockConfigEntry) -> ConfigSubentry:
    """Return the only offer."""
    subentry: ConfigSubentry
    (subentry,) = entry.subentries.values()
    return subentry


@pytest.mark.usefixtures("all_enabled")
async def test_an_offer_from_its_form_to_its_removal(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It has a device of its own, whose sensors say what the month would cost."""
    for ago in range(1, 40):
        book(entry, ago, {1: 4000, 2: 6000})
    result = await add(hass, entry, "base", BASE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    subentry = one_of(entry)
    assert subentry.title == "Plain"
    view = entry.runtime_data.costs.view
    comparison = view.comparisons[subentry.subentry_id]
    offer_cost = hass.states.get("sensor.plain_cost_this_month")
    assert offer_cost is not None
    assert float(offer_cost.state) == pytest.approx(
        float(comparison.cost.total), abs=1e-2
    )
    # Ten kWh a day at 0.18 against 4 at 0.1589 and 6 at 0.2142
    difference = hass.states.get("sensor.plain_difference_this_month")
    assert difference is not None
    assert float(difference.state) < 0
    cheapest = hass.states.get("sensor.linky_cheapest_offer")
    assert cheapest is not None
    assert cheapest.state == "Plain"
    registry = er.async_get(hass)
    for part in ("low", "high"):
        for name in ("cost_this_month", "difference_this_month"):
            state = hass.states.get(f"sensor.plain_{name}_{part}")
            whole = hass.states.get(f"sensor.plain_{name}")
            assert state is not None
            assert whole is not None
            assert float(state.state) == pytest.approx(float(whole.state), abs=1e-2)
    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier(
        ("linky_meter", f"offer_{subentry.subentry_id}"), entry.entry_id
    )
    assert device is not None
    assert device.manufacturer == "Elsewhere"
    # Dearer from a day on: what was stays
    form = await reconfigure(hass, entry, subentry)
    assert form["step_id"] == "base"
    shown = {
        str(key): key.description["suggested_value"]
        for key in form["data_schema"].schema
        if key.description
    }
    assert shown == BASE
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"],
        BASE
        | {"name": "Cher", "price_1": 1.5, "subscription": 90.0}
        | {"valid_from": "2021-01-01"},
    )
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert len(one_of(entry).data["prices"]) == 2
    renamed = devices.async_get(device.id)
    assert renamed is not None
    assert renamed.name == "Cher"
    dear = hass.states.get("sensor.plain_difference_this_month")
    assert dear is not None
    assert float(dear.state) > 0
    cheapest = hass.states.get("sensor.linky_cheapest_offer")
    assert cheapest is not None
    assert cheapest.state == "own_contract"
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.plain_cost_this_month") is None
    assert devices.async_get(device.id) is None
    assert registry.async_get("sensor.linky_cheapest_offer") is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_regulated_options_at_once(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Three subentries in one step, once; their prices follow the grid."""
    form = await add(hass, entry, "regulated", None)
    power, _ = form["data_schema"].schema
    assert power.description == {"suggested_value": 6}
    for _ in range(2):
        result = await add(hass, entry, "regulated", {"power": 6})
        assert result["reason"] == "regulated_added"
    assert {one.title for one in entry.subentries.values()} == {
        "Tarif Bleu Base 6 kVA",
        "Tarif Bleu HP/HC 6 kVA",
        "Tarif Bleu Tempo 6 kVA",
    }
    state = hass.states.get("sensor.tarif_bleu_base_6_kva_cost_this_month")
    assert state is not None
    assert float(state.state) >= 0
    result = await reconfigure(hass, entry, next(iter(entry.subentries.values())))
    assert result["reason"] == "is_regulated"
    form = await add(hass, entry, "regulated", None)
    await hass.config_entries.async_unload(entry.entry_id)
    form = await add(hass, entry, "regulated", None)
    power, _ = form["data_schema"].schema
    assert not power.description or power.description["suggested_value"] is None
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"power": 9}
    )
    assert result["reason"] == "regulated_added"
    assert len(entry.subentries) == 6
    # Offers that promise some per cent less are others
    form = await add(hass, entry, "regulated", {"power": 9, "discount": 7.5})
    assert len(entry.subentries) == 9
    below = [one for one in entry.subentries.values() if "7.5" in one.title]
    assert len(below) == 3
    assert below[0].data["discount"] == "7.5"


@pytest.mark.usefixtures("all_enabled")
async def test_tempo_with_unknown_colours_is_a_range(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Low and high differ where a colour, or the hours, are not known."""
    days = entry.runtime_data.costs.kept.ledger.days
    days.setdefault(day_of(dt_util.utcnow()), DayRow()).add(Key(OFF_PEAK, 1), 4000)
    prices = {f"price_{n}": 0.1 * n for n in range(1, 7)}
    tempo = {**BASE, **prices, "name": "Tempo"}
    assert (await add(hass, entry, "tempo", tempo))["type"] == "create_entry"
    low, middle, high = (
        hass.states.get(f"sensor.tempo_cost_this_month{part}")
        for part in ("_low", "", "_high")
    )
    assert low is not None
    assert middle is not None
    assert high is not None
    assert float(low.state) < float(middle.state) < float(high.state)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("kind", ["off_peak", "week_end"])
async def test_hours(hass: HomeAssistant, entry: MockConfigEntry, kind: str) -> None:
    """Those of the meter, of the whole year, or of summer and winter."""
    prices = {"price_2": 0.22}
    if kind == "week_end":
        prices["price_3"] = 0.15
    answer = {**BASE, **prices}
    assert (await add(hass, entry, kind, answer))["type"] == "create_entry"
    assert one_of(entry).data["schedule"] is None
    form = await reconfigure(hass, entry, one_of(entry))
    manager = hass.config_entries.subentries
    for wrong, errors in (
        ({"windows": "at night"}, {"windows": "bad_windows"}),
        ({"windows_summer": "12:00-15:00"}, {"windows": "no_windows"}),
        ({"name": "  "}, {"name": "no_name"}),
        ({"price_2": -1}, {"price_2": "negative_price"}),
        ({"valid_until": "2019-01-01"}, {"valid_until": "bad_period"}),
    ):
        form = await manager.async_configure(form["flow_id"], answer | wrong)
        assert form["errors"] == errors
    result = await manager.async_configure(
        form["flow_id"], answer | {"windows": "22:00-06:00"}
    )
    assert result["reason"] == "reconfigure_successful"
    assert len(one_of(entry).data["schedule"]["windows"]) == 1 + (kind == "week_end")
    form = await reconfigure(hass, entry, one_of(entry))
    hours = {"windows": "22:00-06:00", "windows_summer": "23:00-05:00; 13:00-15:00"}
    await manager.async_configure(form["flow_id"], answer | hours)
    await hass.async_block_till_done()
    schedule = Schedule.from_dict(one_of(entry).data["schedule"])
    seasons = [window.season for window in schedule.windows if window.index == 1]
    assert seasons == [((4, 1), (10, 31))] * 2 + [((11, 1), (3, 31))]
    keeper = entry.runtime_data.costs
    assert schedule.key in keeper.kept.registers.schedules
    await hass.config_entries.async_unload(entry.entry_id)


async def test_hours_of_any_shape(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Each with its weekdays and season; what is left has the first price."""
    for wrong, errors in (
        ({}, {"index_2": "no_windows"}),
        ({"index_2": {"windows_2": "2-x"}}, {"index_2": "bad_windows"}),
        ({"index_2": {"windows_2": "02:00-06:00"}}, {"index_2": "no_price"}),
        ({"index_8": {"price_8": 0.2}}, {"index_8": "no_windows"}),
        (
            {"index_2": {"alert_2": True, "price_2": 0.5}},
            {"alert": "no_entity"},
        ),
    ):
        result = await add(hass, entry, "custom", BASE | wrong)
        assert result["errors"] == errors
    answer = BASE | {
        "index_2": {"windows_2": "02:00-06:00", "season_2": "winter", "price_2": 0.1},
        "index_3": {"weekdays_3": ["wednesday", "holidays"], "price_3": 0.12},
    }
    assert (await add(hass, entry, "custom", answer))["type"] == "create_entry"
    schedule = Schedule.from_dict(one_of(entry).data["schedule"])
    first, second = schedule.windows
    assert first.season == ((11, 1), (3, 31))
    assert second.weekdays == {2}
    assert second.holidays
    form = await reconfigure(hass, entry, one_of(entry))
    assert suggested(form) == answer
    overlap = answer | {"valid_from": "2019-01-01", "valid_until": "2020-06-01"}
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], overlap
    )
    assert result["errors"] == {"valid_from": "overlap"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_offer_that_cannot_be_read(
    hass: HomeAssistant, start_meter: StartMeter, caplog: pytest.LogCaptureFixture
) -> None:
    """It is left out, and the rest works."""
    meter = await start_meter("standard_hc")
    entry = MockConfigEntry(
        domain="linky_meter",
        title="Linky",
        unique_id=address_of("standard_hc"),
        data=entry_for("", meter.path).data,
        options=options_of(period()),
        subentries_data=[
            {
                "data": {"structure": "none of ours"},
                "subentry_type": SUBENTRY_OFFER,
                "title": "Damaged",
                "unique_id": None,
            }
        ],
    )
    assert await set_up(hass, entry)
    assert not entry.runtime_data.costs.book.offers
    assert "An offer cannot be read" in caplog.text
    assert number(hass, "cost_month") >= 0
    await hass.config_entries.async_unload(entry.entry_id)


async def test_new_hours_of_the_meter_keep_sorted_days(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Offers that take the meter's own hours follow them, past days stay sorted."""
    answer = {**BASE, "price_2": 0.22, "price_3": 0.15}
    await add(hass, entry, "week_end", answer)
    keeper = entry.runtime_data.costs
    assert keeper.kept.learned is not None
    (offer,) = keeper.book.offers.values()
    old = offer.sorting(keeper.kept.learned).key
    keeper.kept.registers.days[old][period().start] = {1: 5}
    coordinator = entry.runtime_data.coordinator
    reading = coordinator.data
    values = {**reading.values, "day_profile": "00:00 1, 05:00 2, 23:00 1"}
    coordinator.data = type(reading)(
        reading.mode, reading.address, values, reading.frame, reading.received
    )
    keeper.async_process()
    new = offer.sorting(keeper.kept.learned).key
    assert new in keeper.kept.registers.schedules
    assert old not in keeper.kept.registers.schedules
    assert new != old
    assert keeper.kept.registers.days[new][period().start] == {1: 5}
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_twelve_months(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """What a year costs, one's own and an offer's, once the ledger has it."""
    await add(hass, entry, "base", BASE)
    keeper = entry.runtime_data.costs
    year = "sensor.plain_cost_of_the_last_twelve_months"
    difference = "sensor.plain_difference_of_the_last_twelve_months"
    for key in (year, difference, "sensor.linky_cost_year"):
        state = hass.states.get(key)
        assert state is not None
        assert state.state == "unknown"
    today = day_of(dt_util.utcnow())
    for ago in range(1, 399):
        day = today - timedelta(days=ago)
        assert keeper.kept.ledger.backfill(day, OFF_PEAK, {1: 4000, 2: 6000})
    keeper.async_prices_changed()
    await hass.async_block_till_done()
    this = today.replace(day=1)
    days = (this - this.replace(year=this.year - 1)).days
    own = days * (4 * 0.1589 + 6 * 0.2142) + 12 * 15
    assert number(hass, "cost_year") == pytest.approx(own, abs=0.01)
    state = hass.states.get(year)
    assert state is not None
    assert float(state.state) == pytest.approx(days * 1.8 + 12 * 14, abs=0.01)
    state = hass.states.get(difference)
    assert state is not None
    assert float(state.state) == pytest.approx(days * 1.8 + 168 - own, abs=0.01)
    energy = hass.states.get("sensor.plain_energy_this_month")
    assert energy is not None
    assert float(energy.state) >= 10 * (today.day - 1)
    # Worked out once a day
    before = keeper.view.years[None]
    keeper._tick(dt_util.utcnow())
    assert keeper.view.years[None] is before
    # A year of Tempo is a range while hours and colors are not known
    prices = {f"price_{n}": 0.1 * n for n in range(1, 7)}
    await add(hass, entry, "tempo", {**BASE, **prices, "name": "Tempo"})
    await hass.async_block_till_done()
    cost = "sensor.tempo_cost_of_the_last_twelve_months"
    low, likely, high = (
        float(state.state)
        for end in ("_low", "", "_high")
        if (state := hass.states.get(cost + end))
    )
    assert low < likely < high
    # All at the price of blue off-peak hours, or of red peak hours where they may be
    assert low == pytest.approx(days * 10 * 0.1 + 12 * 14, abs=0.01)
    assert high < days * 10 * 0.6 + 12 * 14
    state = hass.states.get(f"{cost.replace('cost_', 'difference_')}_high")
    assert state is not None
    assert float(state.state) == pytest.approx(high - own, abs=0.01)


@pytest.mark.usefixtures("all_enabled")
async def test_energy_of_other_hours(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """An offer of any shape has its energy by number; what came before is not sorted."""
    book(entry, 1, {1: 4000, 2: 6000})
    custom = {
        **BASE,
        "index_2": {
            "price_2": 0.1,
            "windows_2": "12:00-14:00",
            "season_2": "all_year",
        },
    }
    await add(hass, entry, "custom", custom)
    for n in range(1, 5):
        assert hass.states.get(f"sensor.plain_energy_this_month_index_{n}") is not None
    assert hass.states.get("sensor.plain_energy_this_month_off_peak") is None
    unsorted = hass.states.get("sensor.plain_energy_this_month_not_sorted")
    assert unsorted is not None
    whole = entry.runtime_data.costs.view.month.wh
    assert float(unsorted.state) <= whole / 1000


async def test_what_is_strange_is_asked_back(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Prices that are seldom meant are kept once they are confirmed."""
    today = {key: value for key, value in BASE.items() if key != "valid_from"}
    for wrong, word in (
        ({"price_1": 0.0}, "0 €/kWh"),
        ({"price_1": 1.54}, "1.54"),
        ({"price_1": 0.0163}, "0.0163"),
    ):
        form = await add(hass, entry, "base", today | wrong)
        assert form["errors"] == {"base": "doubtful"}
        assert word in form["description_placeholders"]["doubts"]
        assert suggested(form)["price_1"] == wrong["price_1"]
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], today | {"price_1": 0.0163, "confirm": True}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    # Without a day its prices hold for all the past
    (listed,) = one_of(entry).data["prices"]
    assert listed["start"] == "2000-01-01"
    form = await reconfigure(hass, entry, one_of(entry))
    assert "valid_from" not in suggested(form)
    hours = {
        "index_2": {"windows_2": "00:00-12:00", "price_2": 0.2},
        "index_3": {"windows_3": "12:00-00:00", "price_3": 0.2},
        "index_4": {"windows_4": "08:00-09:00", "price_4": 0.2},
    }
    form = await add(hass, entry, "custom", today | hours)
    assert form["errors"] == {"base": "doubtful"}
    doubts = form["description_placeholders"]["doubts"]
    assert "Hours 2 and Hours 4 have hours in common" in doubts
    assert "Hours 1 never counts" in doubts
    assert "Hours 4 never counts" in doubts
    await hass.config_entries.async_unload(entry.entry_id)
