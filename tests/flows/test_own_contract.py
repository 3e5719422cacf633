"""One's own contract with hours of its own, from its form to what is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import probatio as vol
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.settings import PriceSettings, this_month
from custom_components.linky_meter.flows.options import FollowUp
from custom_components.linky_meter.frontend.content import meter_of
from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from custom_components.linky_meter.linky_tic.costs.prices.offers import (
    INDEXES,
    Structure,
)
from custom_components.linky_meter.welcome.energy import _wanted
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util
from tests.billing.test_costs import number
from tests.billing.test_offers import suggested
from tests.conftest import StartMeter, until

from .test_price_flow import chosen, meter_entry, step

SUPER = {
    "windows": "22:00-06:00",
    "windows_super": "02:00-06:00",
    "price_1": 0.16,
    "price_2": 0.22,
    "price_3": 0.13,
    "subscription": 15.5,
    "valid_from": "2026-02-01",
}
FLEX = {
    "alert": "input_boolean.sobriety",
    "windows": "13:00-18:00; 20:00-08:00",
    "price_1": 0.15,
    "price_2": 0.21,
    "price_3": 0.18,
    "price_4": 0.25,
    "subscription": 15.5,
    "valid_from": "2026-02-01",
}


async def own(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    structure: str,
    *answers: dict[str, Any],
) -> Any:
    """Type a contract."""
    kind = f"contract_{structure}"
    return await step(hass, entry, "prices", "contract", kind, *answers)


def settings_of(entry: MockConfigEntry) -> PriceSettings:
    """Return the choice as it is kept."""
    return PriceSettings.of(entry.options)


@pytest.mark.usefixtures("all_enabled")
async def test_a_contract_that_the_meter_does_not_show(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """In historic mode all is Base; the hours typed say what counts and what it costs."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    form = await own(hass, entry, "super_off_peak")
    assert form["step_id"] == "contract_super_off_peak"
    # Hours that are usual, and nothing else
    assert suggested(form) == {"windows": "22:00-06:00"}
    manager = hass.config_entries.options
    result = await manager.async_configure(form["flow_id"], SUPER)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    keeper = entry.runtime_data.costs
    assert chosen(entry)["source"] == "manual"
    index = keeper.counted
    assert index in {1, 2, 3}
    assert number(hass, "current_price") == SUPER[f"price_{index}"]
    state = hass.states.get("sensor.linky_contract_tariff")
    assert state is not None
    assert state.state == INDEXES[Structure.SUPER_OFF_PEAK][index - 1]
    cost = hass.states.get("sensor.linky_cost_index_3")
    assert cost is not None
    assert cost.name == "Linky costs Cost super off-peak"
    assert number(hass, "price_index_3") == 0.13
    assert number(hass, "subscription") == 15.5
    assert number(hass, "cost_month") >= 0
    priced = meter_of(hass, entry)["indexes"].values()
    assert [one["price"] for one in priced] == [SUPER[f"price_{index}"]]
    # A price from a day on belongs to the same contract
    later = SUPER | {"price_3": 0.14, "valid_from": "2026-08-01"}
    await own(hass, entry, "super_off_peak", later)
    (contract,) = settings_of(entry).contracts
    assert len(contract.prices.periods) == 2
    assert number(hass, "price_index_3") == 0.14
    # Other hours are another contract
    await own(
        hass,
        entry,
        "super_off_peak",
        later | {"windows_super": "01:00-05:00", "valid_from": "2026-09-01"},
    )
    assert len(settings_of(entry).contracts) == 2
    listed = await step(hass, entry, "prices", "price_list")
    (field,) = listed["data_schema"].schema.values()
    assert [one["label"] for one in field.config["options"]] == [
        f"1 {month} 2026 · Super off-peak, off-peak and peak · 0.16 / 0.22 / 0.14"
        for month in ("February", "September")
    ]
    to_second = ("prices", "price_list", {"period": "contract_1"})
    form = await step(hass, entry, *to_second)
    assert suggested(form) == later | {
        "windows_super": "01:00-05:00",
        "valid_from": "2026-09-01",
    }
    await step(hass, entry, *to_second, suggested(form) | {"delete": True})
    assert len(settings_of(entry).contracts) == 1
    assert chosen(entry)["contract_forms"].keys() == {"2026-02-01"}
    await step(
        hass,
        entry,
        "prices",
        "price_list",
        {"period": "contract_0"},
        {"delete": True} | SUPER,
    )
    assert not settings_of(entry).contracts
    assert not {"contracts", "contract_forms"} & chosen(entry).keys()
    assert hass.states.get("sensor.linky_contract_tariff") is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_alert_days_are_told_by_an_entity(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """On such a day other prices hold; what is not known is ordinary for now."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    await own(hass, entry, "alert_days", FLEX)
    keeper = entry.runtime_data.costs
    contract = keeper.contract
    assert contract is not None
    (days,) = keeper.kept.alerts.values()
    assert not days.days
    ordinary = keeper.counted
    assert ordinary in {1, 2}
    hass.states.async_set("input_boolean.sobriety", "off")
    await hass.async_block_till_done()
    today = day_of(dt_util.utcnow())
    assert days.days == {today: False}
    hass.states.async_set("input_boolean.sobriety", "on")
    await hass.async_block_till_done()
    assert days.days == {today: True}
    assert keeper.counted == ordinary + 2
    assert number(hass, "current_price") == FLEX[f"price_{ordinary + 2}"]
    # Once an alert, a day stays one; and what is kept is read again
    hass.states.async_set("input_boolean.sobriety", "off")
    await hass.async_block_till_done()
    assert days.days == {today: True}
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    (again,) = entry.runtime_data.costs.kept.alerts.values()
    assert again.days == {today: True}
    # Said the day before and not yet taken back, it is not believed at once
    now = dt_util.utcnow()
    hass.states.async_set("input_boolean.sobriety", "on")
    state = hass.states.get("input_boolean.sobriety")
    assert state is not None
    watch = entry.runtime_data.costs.alerts
    again.days.clear()
    tomorrow = now + timedelta(days=1)
    midnight = tomorrow.astimezone(dt_util.get_time_zone("Europe/Paris")).replace(
        hour=0, minute=20
    )
    watch.look(midnight)
    assert not again.days
    watch.look(midnight + timedelta(hours=2))
    assert again.days == {day_of(midnight): True}
    for gone in ("unavailable", "unknown"):
        hass.states.async_set("input_boolean.sobriety", gone)
    await hass.async_block_till_done()
    assert again.days == {day_of(midnight): True}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_every_structure_has_its_form(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What lacks is told at its field; what is complete counts at once."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    manager = hass.config_entries.options
    months = {"summer_first": "4", "summer_last": "10"}
    cases: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
        "off_peak": ({}, {"windows": "no_windows"}),
        "week_end": (
            {"windows_summer": "1-x"},
            {"windows": "no_windows", "windows_summer": "bad_windows"},
        ),
        "super_off_peak": (
            {},
            {"windows": "no_windows", "windows_super": "no_windows"},
        ),
        "seasons": (
            months | {"week_ends": "summer", "holidays": True},
            {"windows": "no_windows"},
        ),
        "seasons_super": (
            months,
            {"windows": "no_windows", "windows_super": "no_windows"},
        ),
        "alert_days": ({}, {"windows": "no_windows", "alert": "no_entity"}),
        "seasons_alert": (
            months | {"alert_from": "06:00:00", "alert_state": "red"},
            {"windows": "no_windows", "alert": "no_entity"},
        ),
    }
    for structure, (more, errors) in cases.items():
        names = INDEXES[Structure(structure)]
        prices = {
            f"price_{n}": 0.15 + 0.01 * (not name.endswith("off_peak"))
            for n, name in enumerate(names, 1)
        }
        answer = prices | more | {"subscription": 15.0, "valid_from": "2026-01-01"}
        form = await own(hass, entry, structure, answer)
        assert form["errors"] == errors, structure
        right = answer | {"windows": "22:00-06:00"}
        right.pop("windows_summer", None)
        if "windows_super" in errors:
            right["windows_super"] = "02:00-06:00"
        if "alert" in errors:
            right["alert"] = "sensor.color"
        result = await manager.async_configure(form["flow_id"], right)
        await hass.async_block_till_done()
        assert result["type"] is FlowResultType.CREATE_ENTRY, (structure, result)
        # On the same day the contract takes the place of the one before
        (contract,) = settings_of(entry).contracts
        assert contract.structure == structure
        assert entry.runtime_data.costs.counted in contract.indexes
    form = await own(
        hass,
        entry,
        "custom",
        {"price_1": 0.2, "subscription": 1.0, "valid_from": "2026-01-01"},
    )
    # At the part: the pages show nothing at a field inside
    assert form["errors"] == {"index_2": "no_windows"}
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("structure", "missing"),
    [
        ("super_off_peak", {"price_1", "price_2", "price_3"}),
        ("custom", {"price_1"}),
    ],
)
async def test_no_price_is_taken_for_zero(
    hass: HomeAssistant,
    start_meter: StartMeter,
    structure: str,
    missing: set[str],
) -> None:
    """Home Assistant fills fields that are required with 0: these ask themselves."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    form = await step(hass, entry, "prices", "contract", f"contract_{structure}")
    fields = form["data_schema"].schema
    assert [field for field in fields if isinstance(field, vol.Required)] == [
        "valid_from"
    ]
    hours = {key: SUPER[key] for key in ("windows", "windows_super", "valid_from")}
    answer = {key: value for key, value in hours.items() if key in fields}
    form = await own(hass, entry, structure, answer)
    assert set(form["errors"]) == missing | {"subscription"}
    assert form["errors"]["price_1"] == "no_amount"
    assert form["errors"]["subscription"] == "no_subscription"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_strange_prices_are_asked_back(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Of one's own contract and of the meter's indexes alike."""
    entry = await meter_entry(hass, start_meter)
    swapped = SUPER | {"windows_super": "02:00-06:00", "price_2": 1.54}
    form = await own(hass, entry, "super_off_peak", swapped)
    assert form["errors"] == {"base": "doubtful"}
    assert "Peak: 1.54" in form["description_placeholders"]["doubts"]
    manager = hass.config_entries.options
    result = await manager.async_configure(form["flow_id"], swapped | {"confirm": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    typed = {"price_1": 0.22, "price_2": 0.16, "valid_from": "2026-03-01"}
    form = await step(hass, entry, "prices", "price_add", typed)
    assert form["errors"] == {"base": "doubtful"}
    assert form["description_placeholders"]["doubts"].startswith("Off-peak: 0.22")
    result = await manager.async_configure(form["flow_id"], typed | {"confirm": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    to_first = ("prices", "price_list", {"period": "0"})
    form = await step(hass, entry, *to_first, typed | {"delete": False, "price_1": 0.0})
    assert form["errors"] == {"base": "doubtful"}
    result = await manager.async_configure(
        form["flow_id"], typed | {"delete": False, "price_1": 0.0, "confirm": True}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        ({"windows": "00:00-24:00"}, "Peak never counts"),
        ({"windows": "22:00-22:00"}, "Peak never counts"),
        ({"windows_super": "22:00-06:00"}, "Off-peak never counts"),
        ({}, None),
    ],
)
async def test_a_price_without_hours_is_asked_back(
    hass: HomeAssistant,
    start_meter: StartMeter,
    hours: dict[str, str],
    says: str | None,
) -> None:
    """Whoever typed hours that leave none to another price hears of it."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    form = await own(hass, entry, "super_off_peak", SUPER | hours)
    if says is None:
        assert form["type"] is FlowResultType.CREATE_ENTRY
    else:
        assert form["errors"] == {"base": "doubtful"}
        assert says in form["description_placeholders"]["doubts"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_after_the_set_up_of_a_meter_that_shows_base(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Any contract may hide there, so hours of one's own are offered at once."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    manager = hass.config_entries.options
    menu = await manager.async_init(entry.entry_id, context={"source": FollowUp.PRICES})
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["price_add", "contract"]
    menu = await manager.async_configure(menu["flow_id"], {"next_step_id": "contract"})
    flow = menu["flow_id"]
    await hass.config_entries.async_unload(entry.entry_id)
    for choice in ("contract_custom",):
        result = await manager.async_configure(flow, {"next_step_id": choice})
        assert result["reason"] == "not_loaded"
    assert this_month() <= day_of(dt_util.utcnow())


async def test_the_energy_dashboard_gets_the_sum_of_all_hours(
    recorder_mock: Recorder, hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """One register costs by hours; what a single tariff costs would be too little."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    await own(hass, entry, "super_off_peak", SUPER)
    await until(lambda: hass.states.get("sensor.linky_cost_total") is not None)
    (source,) = (_wanted(hass, entry, {}) or {}).values()
    assert "sensor.linky_cost_total" in str(source)
    assert "cost_index" not in str(source)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_meter_that_is_unloaded_meanwhile(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Each step ends in words."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    menu = await step(hass, entry, "prices")
    form = await step(hass, entry, "prices", "contract", "contract_super_off_peak")
    assert await hass.config_entries.async_unload(entry.entry_id)
    configure = hass.config_entries.options.async_configure
    chosen_later: Any = await configure(menu["flow_id"], {"next_step_id": "contract"})
    assert chosen_later["reason"] == "not_loaded"
    sent: Any = await configure(form["flow_id"], SUPER)
    assert sent["reason"] == "not_loaded"
