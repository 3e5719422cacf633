"""The last page of the set-up, and the same in the options and in a repair."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.settings import PriceSettings, PriceSource
from custom_components.linky_meter.const import CONF_PRICES, DOMAIN
from custom_components.linky_meter.flows.options import MENU
from custom_components.linky_meter.link.problems import Issue, issue_id
from custom_components.linky_meter.welcome import dashboard
from custom_components.linky_meter.welcome.state import Welcome
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.repairs.issue_handler import RepairsFlowManager
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntryState, FlowType
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.billing.test_costs import number
from tests.conftest import StartMeter, address_of, entry_for, set_up, until
from tests.flows.test_config_flow import answer, start_flow
from tests.flows.test_price_flow import step

from .test_energy import shows, sources

ALL_ON = {"energy": True, "dashboard": True}


@pytest.fixture
async def home(recorder_mock: Any, hass: HomeAssistant) -> None:
    """Set up what a usual Home Assistant has."""
    for component in ("energy", "lovelace", "repairs"):
        assert await async_setup_component(hass, component, {})


async def last_page(
    hass: HomeAssistant, start_meter: StartMeter, preset: str = "standard_hc"
) -> Any:
    """Go through the set-up up to its last page."""
    meter = await start_meter(preset)
    flow = await start_flow(hass)
    return await answer(hass, flow, {CONF_DEVICE: meter.path})


def fields(form: Any) -> dict[str, Any]:
    """Return the fields of a form and what is proposed."""
    schema = form["data_schema"]
    assert schema is not None
    return {str(key): key.default() for key in schema.schema}


def strategy(hass: HomeAssistant) -> Any:
    """Return the dashboard that the integration creates, None without one."""
    return hass.data[LOVELACE_DATA].dashboards.get("linky-meter")


@pytest.mark.usefixtures("home")
async def test_everything_on_and_nothing_typed(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """One click leads to the Energy dashboard with costs, and to a dashboard."""
    form = await last_page(hass, start_meter)
    assert form["last_step"] is True
    assert form["description_placeholders"]["notes"] == ""
    assert fields(form) == ALL_ON | {"prices": "regulated"}
    created = await answer(hass, form, {})
    assert created["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in created
    entry: MockConfigEntry = created["result"]
    await until(lambda: hass.states.get("sensor.linky_current_price"))
    settings = PriceSettings.of(entry.options)
    assert settings.source is PriceSource.REGULATED
    assert settings.power == 6
    assert await price(hass) > 0.1
    assert await strategy(hass).async_load(False) == dashboard.CONFIG
    assert strategy(hass).config["title"] == "Electricity meter"
    assert [one["stat_energy_from"] for one in await sources(hass)] == [
        "sensor.linky_energy_index_1",
        "sensor.linky_energy_index_2",
    ]
    await shows(hass, lambda all_: None not in [one["stat_cost"] for one in all_])
    assert not ir.async_get(hass).issues
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("home")
async def test_another_supplier(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """The form of prices comes next; no price is assumed."""
    form = await last_page(hass, start_meter)
    created = await answer(hass, form, {"prices": "other"})
    kind, flow_id = created["next_flow"]
    assert kind is FlowType.OPTIONS_FLOW
    entry = created["result"]
    assert not PriceSettings.of(entry.options).chosen
    options = hass.config_entries.options
    assert (await options.async_configure(flow_id))["step_id"] == "price_add"
    # Pages of Home Assistant begin anew instead
    anew = await step(hass, entry)
    assert anew["step_id"] == "price_add"
    flow_id = anew["flow_id"]
    assert [flow["flow_id"] for flow in options.async_progress()] == [flow_id]
    assert (await step(hass, entry))["step_id"] == "init"
    repair = issue_id(Issue.WELCOME, entry.entry_id)
    assert ir.async_get(hass).async_get_issue(DOMAIN, repair)
    result = await options.async_configure(
        flow_id, {"price_1": 0.15, "price_2": 0.2, "valid_from": "2026-01-01"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: hass.states.get("sensor.linky_current_price"))
    assert await price(hass) in {0.15, 0.2}
    # All is set up now, so nothing is offered
    await until(lambda: not ir.async_get(hass).async_get_issue(DOMAIN, repair))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_another_supplier_of_a_meter_that_does_not_load(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """There is no form of prices without a meter, and no error either."""
    form = await last_page(hass, start_meter)
    with patch("custom_components.linky_meter.async_setup_entry", return_value=False):
        created = await answer(hass, form, {"prices": "other"})
    assert created["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in created


async def price(hass: HomeAssistant) -> float:
    """Return the present price, once it is there."""
    await until(lambda: hass.states.get("sensor.linky_current_price"))
    return number(hass, "current_price")


@pytest.mark.parametrize("preset", ["standard_weekend", "historic_base"])
async def test_what_cannot_be_is_left_out_with_a_word(
    hass: HomeAssistant, start_meter: StartMeter, preset: str
) -> None:
    """No regulated prices, no energy integration, no dashboards."""
    form = await last_page(hass, start_meter, preset)
    known = preset == "historic_base"
    assert fields(form) == {"prices": "regulated" if known else "later"}
    (selector,) = form["data_schema"].schema.values()
    assert ("regulated" in selector.config["options"]) is known
    energy, lovelace = form["description_placeholders"]["notes"].split("\n\n")
    assert energy.startswith("The Energy dashboard cannot be used")
    assert lovelace.startswith("A dashboard cannot be created")
    created = await answer(hass, form, {"prices": "later"})
    await hass.async_block_till_done()
    assert created["result"].state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(created["result"].entry_id)


@pytest.mark.usefixtures("home")
async def test_skipped(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Nothing is set up; a repair offers it once, and does it."""
    form = await last_page(hass, start_meter)
    created = await answer(
        hass, form, {"energy": False, "dashboard": False, "prices": "later"}
    )
    await hass.async_block_till_done()
    entry = created["result"]
    assert await sources(hass) == []
    assert strategy(hass) is None
    registry = ir.async_get(hass)
    repair = issue_id(Issue.WELCOME, entry.entry_id)
    issue = registry.async_get_issue(DOMAIN, repair)
    assert issue is not None
    assert issue.is_fixable
    assert issue.is_persistent
    manager: RepairsFlowManager = hass.data["repairs"]["flow_manager"]
    form = await manager.async_init(DOMAIN, context={"issue_id": repair})
    assert fields(form) == ALL_ON | {"prices": "regulated"}
    done = await manager.async_configure(form["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert registry.async_get_issue(DOMAIN, repair) is None
    assert len(await sources(hass)) == 2
    assert strategy(hass) is not None
    assert await price(hass) > 0.1
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("home")
async def test_the_repair_comes_once(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Entries of before get it too; ignored or deleted, it never comes again."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path, welcome={})
    assert await set_up(hass, entry)
    registry = ir.async_get(hass)
    repair = issue_id(Issue.WELCOME, entry.entry_id)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert registry.async_get_issue(DOMAIN, repair)
    await hass.config_entries.async_unload(entry.entry_id)
    manager: RepairsFlowManager = hass.data["repairs"]["flow_manager"]
    result = await manager.async_init(DOMAIN, context={"issue_id": repair})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_now"
    ir.async_delete_issue(hass, DOMAIN, repair)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert registry.async_get_issue(DOMAIN, repair) is None
    await hass.config_entries.async_remove(entry.entry_id)


@pytest.mark.usefixtures("home")
async def test_in_the_options(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """What is there can be taken away and made again; what is not is not proposed."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path, rating=30)
    assert await set_up(hass, entry)
    assert fields(await step(hass, entry, "welcome")) == dict.fromkeys(ALL_ON, False)
    result = await step(hass, entry, "welcome", ALL_ON)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert fields(await step(hass, entry, "welcome")) == ALL_ON
    assert Welcome.of(entry.options).energy
    assert strategy(hass) is not None
    # Nothing happens to what is as it is wanted
    await step(hass, entry, "welcome", ALL_ON)
    assert len(await sources(hass)) == 2
    await step(hass, entry, "welcome", dict.fromkeys(ALL_ON, False))
    assert await sources(hass) == []
    assert strategy(hass) is None
    assert entry.options["rating"] == 30
    await hass.config_entries.async_unload(entry.entry_id)
    aborted = await step(hass, entry, "welcome")
    assert aborted["reason"] == "not_loaded"


@pytest.mark.usefixtures("home")
async def test_a_power_cut_leaves_the_dashboard(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """It is on the disk as soon as it was created."""
    await dashboard.async_create(hass, None)
    (item,) = hass_storage["lovelace_dashboards"]["data"]["items"]
    assert item["url_path"] == "linky-meter"
    assert hass_storage["lovelace.linky_meter"]["data"]["config"] == dashboard.CONFIG


@pytest.mark.usefixtures("home")
async def test_a_dashboard_of_the_user_s(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """One under the same address stays, and so does ours once it was changed."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    await step(hass, entry, "welcome", {"dashboard": True})
    await strategy(hass).async_save({"views": []})
    form = await step(hass, entry, "welcome")
    assert "dashboard" not in fields(form)
    assert "/linky-meter" in form["description_placeholders"]["notes"]
    await dashboard.async_create(hass, None)
    # One that nobody filled yet
    await strategy(hass).async_delete()
    assert "dashboard" not in fields(await step(hass, entry, "welcome"))
    await strategy(hass).async_save({"views": []})
    await hass.config_entries.async_remove(entry.entry_id)
    assert await strategy(hass).async_load(False) == {"views": []}


@pytest.mark.usefixtures("home")
async def test_the_dashboard_goes_with_the_last_meter(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """It shows all meters: with one left, it stays; one that was deleted stays so."""
    MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE).add_to_hass(hass)
    entries = []
    for address in (address_of("standard_hc"), "021875123456"):
        meter = await start_meter(address=address)
        chosen = {"todo": ["dashboard"], "told": True}
        entries.append(entry_for(address, meter.path, welcome=chosen))
        assert await set_up(hass, entries[-1])
    assert strategy(hass) is not None
    await hass.config_entries.async_remove(entries[0].entry_id)
    assert strategy(hass) is not None
    await dashboard.async_remove(hass, None)
    assert await hass.config_entries.async_reload(entries[1].entry_id)
    assert strategy(hass) is None
    await dashboard.async_create(hass, None)
    await hass.config_entries.async_remove(entries[1].entry_id)
    assert strategy(hass) is None


@pytest.mark.parametrize(
    ("preset", "shown"),
    [
        ("historic_hc", {"rating", "assumed_voltage"}),
        ("standard_hc", {"limit", "rating", "trip_imminent"}),
        ("standard_producer", {"limit", "rating", "trip_imminent", "credit_export"}),
    ],
)
async def test_only_what_applies(
    hass: HomeAssistant, start_meter: StartMeter, preset: str, shown: set[str]
) -> None:
    """The fields are those of the meter; an option that is not asked for is kept."""
    meter = await start_meter(preset)
    baudrate = 1200 if preset.startswith("historic") else 9600
    entry = entry_for(
        address_of(preset), meter.path, baudrate=baudrate, assumed_voltage=230
    )
    assert await set_up(hass, entry)
    menu = await step(hass, entry)
    assert tuple(menu["menu_options"]) == MENU
    form = await step(hass, entry, "settings")
    assert {str(key) for key in form["data_schema"].schema} == shown
    await step(hass, entry, "settings", {"rating": 25})
    assert entry.options["rating"] == 25
    assert entry.options["assumed_voltage"] in {230, 240}
    assert CONF_PRICES not in entry.options
    await step(hass, entry, "publishing", {"publishing": "economical"})
    assert entry.options["publishing"] == "economical"
    assert entry.options["rating"] == 25
    await hass.config_entries.async_unload(entry.entry_id)
