"""Prices in the options: their source, and the periods that are typed."""

from __future__ import annotations

from datetime import date
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.settings import this_month
from custom_components.linky_meter.const import CONF_PRICES, CONF_RATING
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.billing.test_costs import number, options_of, period
from tests.conftest import StartMeter, address_of, entry_for, set_up

TYPED = {"price_1": 0.15, "price_2": 0.22, "subscription": 15.5}
FROM = {"valid_from": "2026-02-01"}


async def step(
    hass: HomeAssistant, entry: MockConfigEntry, *answers: dict[str, Any] | str
) -> Any:
    """Walk through the options; text chooses in a menu."""
    manager = hass.config_entries.options
    result: Any = await manager.async_init(entry.entry_id)
    for answer in answers:
        data = {"next_step_id": answer} if isinstance(answer, str) else answer
        result = await manager.async_configure(result["flow_id"], data)
    await hass.async_block_till_done()
    return result


async def meter_entry(
    hass: HomeAssistant,
    start_meter: StartMeter,
    preset: str = "standard_hc",
    **options: Any,
) -> MockConfigEntry:
    """Set up a meter."""
    meter = await start_meter(preset)
    entry = entry_for(address_of(preset), meter.path, **options)
    assert await set_up(hass, entry)
    return entry


def chosen(entry: MockConfigEntry) -> Any:
    """Return what the options say of prices."""
    return entry.options.get(CONF_PRICES)


async def test_regulated(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """What the meter says is proposed; the choice applies at once."""
    entry = await meter_entry(hass, start_meter, rating=30)
    menu = await step(hass, entry, "prices")
    assert menu["menu_options"] == ["price_source", "price_add", "contract", "billing"]
    form = await step(hass, entry, "prices", "price_source")
    placeholders = form["description_placeholders"]
    assert placeholders["calendar"] == OFF_PEAK
    assert re.fullmatch(r"1 (February|August) 20\d\d", placeholders["date"])
    (power,) = [key for key in form["data_schema"].schema if key == "power"]
    assert power.description == {"suggested_value": 6}
    result = await step(
        hass,
        entry,
        "prices",
        "price_source",
        {"source": "regulated", "power": 6, "rte_colours": False},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options[CONF_RATING] == 30
    assert chosen(entry)["source"] == "regulated"
    assert number(hass, "current_price") > 0.1
    result = await step(hass, entry, "settings", {"limit": "least"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert CONF_RATING not in entry.options
    assert chosen(entry)["source"] == "regulated"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_regulated_needs_a_power_that_is_sold(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Without one there is no price to choose."""
    entry = await meter_entry(hass, start_meter, "standard_weekend")
    asked = {"source": "regulated", "rte_colours": False}
    result = await step(hass, entry, "prices", "price_source", asked)
    assert result["errors"] == {"power": "no_power"}
    result = await step(hass, entry, "prices", "price_source", asked | {"power": 6})
    assert result["errors"] == {"source": "not_regulated"}
    assert result["description_placeholders"]["date"] == "–"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_typed_prices(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Add, propose again, list, change and delete."""
    entry = await meter_entry(hass, start_meter)
    form = await step(
        hass,
        entry,
        "prices",
        "price_source",
        {"source": "manual", "rte_colours": True},
    )
    assert form["step_id"] == "price_add"
    placeholders = form["description_placeholders"]
    assert placeholders["calendar"] == OFF_PEAK
    assert placeholders["tariff_1"] == "Off-peak"
    assert placeholders["tariff_2"] == "Peak"
    # Since when one pays it is asked, not assumed
    assert not [key for key in form["data_schema"].schema if key.description]
    manager = hass.config_entries.options
    result = await manager.async_configure(form["flow_id"], TYPED | FROM)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert chosen(entry)["source"] == "manual"
    assert chosen(entry)["rte_colours"] is True
    assert number(hass, "current_price") in {0.15, 0.22}
    form = await step(hass, entry, "prices", "price_add")
    suggested = {
        str(key): key.description["suggested_value"]
        for key in form["data_schema"].schema
        if key.description
    }
    assert suggested == TYPED | {"valid_from": this_month().isoformat()}
    # On the same day it replaces what it tells, and keeps the rest
    await step(hass, entry, "prices", "price_add", FROM | {"price_1": 0.14})
    (only,) = chosen(entry)["periods"]
    assert only["prices"] == {"1": "0.14", "2": "0.22"}
    assert only["subscription"] == "15.5"
    await step(hass, entry, "prices", "price_add", TYPED | FROM)
    later = {"valid_from": "2026-08-01", "valid_until": "2099-01-31"}
    await step(hass, entry, "prices", "price_add", TYPED | later | {"price_1": 0.16})
    assert len(chosen(entry)["periods"]) == 2
    listed = await step(hass, entry, "prices", "price_list")
    (field,) = listed["data_schema"].schema.values()
    assert [option["label"] for option in field.config["options"]] == [
        f"1 February 2026 → · {OFF_PEAK} · 0.15 / 0.22",
        f"1 August 2026 → 31 January 2099 · {OFF_PEAK} · 0.16 / 0.22",
    ]
    to_second = ("prices", "price_list", {"period": "1"})
    edited = {"delete": False, **TYPED}
    result = await step(hass, entry, *to_second, edited | FROM | {"price_1": -1})
    assert result["errors"] == {"price_1": "negative_price"}
    await step(hass, entry, *to_second, edited | later | {"price_2": 0.28})
    assert chosen(entry)["periods"][1]["prices"] == {"1": "0.15", "2": "0.28"}
    await step(hass, entry, *to_second, edited | FROM | {"delete": True})
    assert len(chosen(entry)["periods"]) == 1
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("answer", "errors"),
    [
        ({"price_1": -0.1}, {"price_1": "negative_price"}),
        ({"price_2": 21.42}, {"price_2": "absurd_price"}),
        ({"subscription": 190.81}, {"subscription": "absurd_price"}),
        ({"subscription": -1}, {"subscription": "negative_price"}),
        ({"valid_until": "2026-01-31"}, {"valid_until": "bad_period"}),
        ({"valid_from": "1926-01-31"}, {"valid_from": "bad_period"}),
    ],
)
async def test_bad_prices(
    hass: HomeAssistant,
    start_meter: StartMeter,
    answer: dict[str, Any],
    errors: dict[str, str],
) -> None:
    """Each is told at its field, and can be corrected."""
    entry = await meter_entry(hass, start_meter)
    result = await step(hass, entry, "prices", "price_add", TYPED | FROM | answer)
    assert result["errors"] == errors
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], TYPED | FROM
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert chosen(entry)["source"] == "manual"
    result = await step(
        hass, entry, "prices", "price_add", {"valid_from": "2026-03-01"}
    )
    assert result["errors"] == {"base": "empty_period"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_several_contracts(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Prices of an earlier contract can be typed too."""
    typed = period("HC ET WEEK-END", prices={4: 0.1})
    entry = await meter_entry(
        hass, start_meter, "standard_weekend", **options_of(typed)
    )
    ledger = entry.runtime_data.costs.kept.ledger
    ledger.epochs.insert(0, (this_month().replace(year=2020), "OLD"))
    form = await step(hass, entry, "prices", "price_add")
    assert form["step_id"] == "price_calendar"
    form = await step(hass, entry, "prices", "price_add", {"calendar": "OLD"})
    names = {str(key) for key in form["data_schema"].schema}
    assert {"price_1", "price_10"} <= names
    form = await step(
        hass, entry, "prices", "price_add", {"calendar": "HC ET WEEK-END"}
    )
    names = {str(key) for key in form["data_schema"].schema}
    assert "price_4" in names
    assert "price_9" not in names
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_meter_that_is_not_loaded(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Its contract is not known; other options can be changed all the same."""
    entry = await meter_entry(hass, start_meter)
    manager = hass.config_entries.options
    menu = await step(hass, entry, "prices")
    other = await step(hass, entry, "prices")
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await step(hass, entry, "prices"))["reason"] == "not_loaded"
    for flow, choice in ((menu, "price_source"), (other, "price_add")):
        result = await manager.async_configure(
            flow["flow_id"], {"next_step_id": choice}
        )
        assert result["reason"] == "not_loaded"
    result = await step(hass, entry, "settings", {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_list_that_another_form_shortens(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What is chosen is what was shown: open on a telephone, say, meanwhile."""
    dates = ("2026-02-01", "2026-08-01")
    periods = [period(start=date.fromisoformat(start)) for start in dates]
    entry = await meter_entry(hass, start_meter, **options_of(*periods))
    old = await step(hass, entry, "prices", "price_list")
    first = {"valid_from": dates[0], "delete": True}
    await step(hass, entry, "prices", "price_list", {"period": "0"}, first)
    assert [one["start"] for one in chosen(entry)["periods"]] == [dates[1]]
    manager: Any = hass.config_entries.options
    form = await manager.async_configure(old["flow_id"], {"period": "1"})
    fields = form["data_schema"].schema
    (since,) = [key for key in fields if key == "valid_from"]
    assert since.description == {"suggested_value": dates[1]}
    second = {"valid_from": dates[1], "delete": True}
    await manager.async_configure(old["flow_id"], second)
    assert chosen(entry)["periods"] == []
    await hass.config_entries.async_unload(entry.entry_id)
