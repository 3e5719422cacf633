"""Exported energy in Home Assistant: its form, its sensors, the Energy dashboard."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.linky_meter.billing.settings import PriceSettings
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import BASE
from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, day_of
from custom_components.linky_meter.linky_tic.costs.estimate.spans import Billing
from custom_components.linky_meter.linky_tic.costs.export.terms import (
    ExportKind,
    ExportList,
    ExportTerms,
)
from custom_components.linky_meter.welcome.state import Welcome
from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.billing.test_costs import number, options_of, period
from tests.conftest import Replay, address_of, entry_for, frame_of, set_up
from tests.flows.test_price_flow import step
from tests.welcome.test_energy import CHOSEN, compile_statistics, save, shows

PRODUCER = "standard_producer"
PRICED = period(BASE, prices={1: Decimal("0.2")}, subscription=Decimal(0))
SOLD = ExportTerms(ExportKind.SALE, date(2020, 1, 1), Decimal("0.1"))


async def producer(
    hass: HomeAssistant, replay: Replay, **options: Any
) -> MockConfigEntry:
    """Set up a meter that counts what is fed in, with forty days in its ledger."""
    port = replay(frame_of(PRODUCER))
    entry = entry_for(address_of(PRODUCER), port.path, **options)
    assert await set_up(hass, entry)
    keeper = entry.runtime_data.costs
    keeper._folded = None
    today = day_of(dt_util.utcnow())
    for ago in range(1, 41):
        day = today - ago * DAY
        assert keeper.kept.ledger.backfill(day, BASE, {1: 5000})
        keeper.kept.ledger.days[day].exported = 8000
    keeper.async_prices_changed()
    await hass.async_block_till_done()
    return entry


def export_of(entry: MockConfigEntry) -> ExportList:
    """Return the terms in the options."""
    return PriceSettings.of(entry.options).export


@pytest.mark.usefixtures("all_enabled")
async def test_sold(hass: HomeAssistant, replay: Replay) -> None:
    """Revenue and net cost of day, month, calendar year and bill."""
    today = day_of(dt_util.utcnow())
    billing = Billing(today - 10 * DAY)
    options = options_of(PRICED, export=ExportList((SOLD,)), billing=billing)
    entry = await producer(hass, replay, **options)
    keeper = entry.runtime_data.costs
    # What the meter shows is where it goes on from
    (register,) = keeper.kept.ledger.export.by_index.values()
    assert register.wh == number(hass, "energy_export") * 1000
    assert number(hass, "export_revenue") == pytest.approx(40 * 0.8, abs=1e-3)
    day = keeper.view.day
    first = billing.span(day).first
    for part, days in (
        ("today", 0),
        ("month", day.day - 1),
        ("calendar_year", min(40, (day - day.replace(month=1, day=1)).days)),
        ("bill", (day - first).days),
    ):
        net = number(hass, f"net_cost_{part}")
        assert net == pytest.approx(days * (1.0 - 0.8), abs=1e-3), part
    sold = number(hass, "export_revenue_month")
    assert sold == pytest.approx((day.day - 1) * 0.8, abs=1e-3)
    assert hass.states.get("sensor.linky_virtual_battery") is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_forms(hass: HomeAssistant, replay: Replay) -> None:
    """Terms are added, asked back, changed and deleted; entities come and go."""
    entry = await producer(hass, replay, **options_of(PRICED))
    registry = er.async_get(hass)
    menu = await step(hass, entry, "prices")
    assert menu["menu_options"][-2:] == ["billing", "export"]
    menu = await step(hass, entry, "prices", "export")
    assert menu["menu_options"] == ["export_sale", "export_battery"]
    manager = hass.config_entries.options
    late = await step(hass, entry, "prices")
    assert await hass.config_entries.async_unload(entry.entry_id)
    answer = {"next_step_id": "export"}
    ended: Any = await manager.async_configure(late["flow_id"], answer)
    assert ended["reason"] == "not_loaded"
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    since = {"valid_from": "2020-01-01"}
    ways = ("prices", "export", "export_sale")
    result = await step(hass, entry, *ways, since)
    assert result["errors"] == {"sale_price": "no_amount"}
    result = await step(hass, entry, *ways, since | {"sale_price": 4})
    assert result["errors"] == {"sale_price": "absurd_price"}
    ends = {"valid_until": "2019-01-01"}
    result = await step(hass, entry, *ways, since | ends | {"sale_price": 0.04})
    assert result["errors"] == {"valid_until": "bad_period"}
    result = await step(hass, entry, *ways, since | {"sale_price": 1.1})
    assert result["errors"] == {"base": "doubtful"}
    assert "1.1 €/kWh" in result["description_placeholders"]["doubts"]
    asked = since | {"sale_price": 0.4}
    result = await step(hass, entry, *ways, asked, asked | {"confirm": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert export_of(entry).terms == (
        ExportTerms(ExportKind.SALE, date(2020, 1, 1), Decimal("0.4")),
    )
    assert number(hass, "export_revenue") == pytest.approx(40 * 3.2, abs=1e-3)
    # The same day again replaces
    await step(hass, entry, *ways, since | {"sale_price": 0.04})
    assert number(hass, "export_revenue") == pytest.approx(40 * 0.32, abs=1e-3)
    start = day_of(dt_util.utcnow()) - 2 * DAY
    kept = {
        "valid_from": start.isoformat(),
        "delivery_price": 0.09,
        "battery_fee": 9.99,
        "stored": 12.5,
    }
    ways = ("prices", "export", "export_battery")
    for wrong, errors in (
        ({"stored": -1}, {"stored": "bad_stored"}),
        ({"battery_size": 0}, {"battery_size": "bad_battery_size"}),
        ({"battery_size": 12}, {"stored": "bad_stored"}),
        ({"surplus_price": 40}, {"surplus_price": "absurd_price"}),
        ({"battery_size": 15, "surplus_price": 1.1}, {"base": "doubtful"}),
    ):
        result = await step(hass, entry, *ways, kept | wrong)
        assert result["errors"] == errors
    before = number(hass, "export_revenue")
    kept |= {"battery_size": 15, "surplus_price": 0.04}
    await step(hass, entry, *ways, kept)
    # Two days of 8 kWh fed in and 5 kWh drawn: 3.5 kWh have no room and are sold
    assert number(hass, "virtual_battery") == pytest.approx(15)
    sold = number(hass, "export_revenue")
    assert sold == pytest.approx(
        before - 2 * 0.32 + 2 * 5 * (0.2 - 0.09) + 3.5 * 0.04, abs=1e-3
    )
    del kept["battery_size"], kept["surplus_price"]
    await step(hass, entry, *ways, kept)
    assert number(hass, "virtual_battery") == pytest.approx(18.5)
    state = hass.states.get("sensor.linky_virtual_battery")
    assert state is not None
    assert state.attributes["device_class"] == "energy_storage"
    menu = await step(hass, entry, "prices", "export")
    assert menu["menu_options"][-1] == "export_list"
    listed = await step(hass, entry, "prices", "export", "export_list")
    (selector,) = listed["data_schema"].schema.values()
    labels = [one["label"] for one in selector.config["options"]]
    assert labels[0] == "1 January 2020 → · Sold at 0.04 €/kWh"
    assert labels[1].endswith("→ · Virtual battery, 0.09 €/kWh")
    edit = ("prices", "export", "export_list", {"period": "1"})
    form = await step(hass, entry, *edit)
    suggested = {
        str(key): key.description["suggested_value"]
        for key in form["data_schema"].schema
        if key.description
    }
    assert suggested == kept
    changed = {**kept, "stored": 10, "delete": False}
    await step(hass, entry, *edit, changed)
    assert number(hass, "virtual_battery") == pytest.approx(16.0)
    last = (start + DAY).isoformat()
    await step(hass, entry, *edit, changed | {"valid_until": last})
    assert number(hass, "virtual_battery") == 0.0
    form = await step(hass, entry, *edit)
    assert "valid_until" in {str(key) for key in form["data_schema"].schema}
    await step(hass, entry, *edit, changed | {"delete": True})
    assert not export_of(entry).has(ExportKind.BATTERY)
    assert registry.async_get("sensor.linky_virtual_battery") is None
    edit = ("prices", "export", "export_list", {"period": "0"})
    gone = {**since, "sale_price": 0.04, "delete": True}
    await step(hass, entry, *edit, gone)
    assert not export_of(entry)
    assert registry.async_get("sensor.linky_export_revenue") is None
    assert number(hass, "cost_month") >= 0
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
async def dashboard(recorder_mock: Any, hass: HomeAssistant) -> None:
    """Set the Energy dashboard up."""
    assert await async_setup_component(hass, "energy", {})


@pytest.mark.usefixtures("dashboard")
async def test_compensation(
    hass: HomeAssistant, replay: Replay, hass_ws_client: WebSocketGenerator
) -> None:
    """The Energy dashboard takes the revenue while there is one, and has no complaint."""
    priced = options_of(PRICED)
    entry = await producer(hass, replay, welcome=CHOSEN, **priced)
    found = await shows(hass, lambda all_: all(one["stat_cost"] for one in all_))
    assert found[0]["stat_compensation"] is None
    welcome = {"welcome": entry.options["welcome"]}
    sold = options_of(PRICED, export=ExportList((SOLD,))) | welcome
    hass.config_entries.async_update_entry(entry, options=sold)
    await hass.async_block_till_done()
    revenue = "sensor.linky_export_revenue"
    (source,) = await shows(hass, lambda all_: all_[0]["stat_compensation"] == revenue)
    assert source["stat_energy_to"] == "sensor.linky_energy_export"
    client = await hass_ws_client()
    for compiled in (False, True):
        if compiled:
            await compile_statistics(hass)
        await client.send_json_auto_id({"type": "energy/validate"})
        answer = (await client.receive_json())["result"]
        assert not any(answer["energy_sources"]), answer
    # The user's own compensation stays, whatever becomes of ours
    mine = source | {"stat_compensation": "sensor.mine"}
    await save(hass, mine)
    welcome = {"welcome": entry.options["welcome"]}
    hass.config_entries.async_update_entry(entry, options=priced | welcome)
    await hass.async_block_till_done()
    await shows(hass, lambda _: er.async_get(hass).async_get(revenue) is None)
    manager: Any = await async_get_manager(hass)
    assert manager.data["energy_sources"][0]["stat_compensation"] == "sensor.mine"
    assert Welcome.of(entry.options).energy
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_the_balance_goes_on(hass: HomeAssistant, replay: Replay) -> None:
    """Over a restart, and to the present moment."""
    since = day_of(dt_util.utcnow()) - 5 * DAY
    battery = ExportTerms(
        ExportKind.BATTERY, since, Decimal("0.09"), Decimal(31), stored=1000
    )
    options = options_of(PRICED, export=ExportList((battery,)))
    entry = await producer(hass, replay, **options)
    assert number(hass, "virtual_battery") == pytest.approx(16.0)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert number(hass, "virtual_battery") == pytest.approx(16.0)
    costs = entry.runtime_data.costs
    today = costs.view.day
    row = costs.kept.ledger._row(today)
    row.exported += 500
    costs.async_prices_changed()
    await hass.async_block_till_done()
    assert number(hass, "virtual_battery") == pytest.approx(16.5)
    # Of five days each kWh of 20 cents was given back for nine
    saved = number(hass, "export_revenue")
    assert saved == pytest.approx(5 * 5 * (0.2 - 0.09), abs=1e-3)
    late = costs.book.look(
        costs.book.past(today + DAY), dt_util.utcnow() + timedelta(days=1)
    )
    assert late.sums.export is not None
    assert late.sums.export.stored == 16_500
    await hass.config_entries.async_unload(entry.entry_id)
