"""The form of a contract whose price an entity tells."""

from __future__ import annotations

from typing import Any

import pytest

from custom_components.linky_meter.billing.settings import PriceSettings
from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
from tests.billing.test_offers import add, one_of, suggested
from tests.conftest import StartMeter

from .test_own_contract import own, settings_of
from .test_price_flow import meter_entry, step

SPOT = "sensor.spot"
FORM = {
    "price_entity": SPOT,
    "price_addend": 0.0871,
    "price_factor": 1.2,
    "hold_last_price": True,
    "subscription": 14.2,
    "valid_from": "2026-11-01",
}


def tell(hass: HomeAssistant, state: str = "0.08", unit: str | None = "€/kWh") -> None:
    """Let the entity tell a price."""
    attributes = {} if unit is None else {"unit_of_measurement": unit}
    hass.states.async_set(SPOT, state, attributes)


@pytest.mark.parametrize("preset", ["historic_base", "standard_hc"])
async def test_from_the_form_to_its_end(
    hass: HomeAssistant, start_meter: StartMeter, preset: str
) -> None:
    """In both modes of the meter: kept by the entity's id, shown again, deleted."""
    registry = er.async_get(hass)
    known = registry.async_get_or_create(
        "sensor", "test", "spot", suggested_object_id="spot"
    )
    tell(hass)
    entry = await meter_entry(hass, start_meter, preset)
    form = await own(hass, entry, "dynamic")
    assert form["step_id"] == "contract_dynamic"
    shown = suggested(form)
    assert shown == {"valid_from": day_of(dt_util.utcnow()).isoformat()}
    manager = hass.config_entries.options
    result: Any = await manager.async_configure(form["flow_id"], FORM)
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    (contract,) = settings_of(entry).contracts
    assert contract.formula is not None
    assert contract.formula.source == known.id
    assert PriceSettings.of(entry.options).source == "manual"
    assert entry.runtime_data.costs.counted == 1
    quote = entry.runtime_data.costs.price(1)
    assert quote is not None
    assert float(quote.value) == pytest.approx(0.20052)
    # A new subscription is the same contract, another formula from a day on a new one
    later = FORM | {"subscription": 15.0, "valid_from": "2026-11-20"}
    await own(hass, entry, "dynamic", later)
    assert len(settings_of(entry).contracts) == 1
    later |= {"price_factor": 1.0, "valid_from": "2026-11-21"}
    await own(hass, entry, "dynamic", later)
    assert len(settings_of(entry).contracts) == 2
    registry.async_update_entity(SPOT, new_entity_id="sensor.market")
    listed = await step(hass, entry, "prices", "price_list")
    (field,) = listed["data_schema"].schema.values()
    labels = [one["label"] for one in field.config["options"]]
    assert labels[1] == (
        "21 November 2026 · A price that changes by the hour (spot market)"
        " · sensor.market"
    )
    to_second = ("prices", "price_list", {"period": "contract_1"})
    form = await step(hass, entry, *to_second)
    assert suggested(form) == later | {"price_entity": "sensor.market"}
    await step(hass, entry, *to_second, {**suggested(form), "delete": True})
    assert len(settings_of(entry).contracts) == 1
    # One that is gone is listed all the same
    registry.async_remove("sensor.market")
    listed = await step(hass, entry, "prices", "price_list")
    (field,) = listed["data_schema"].schema.values()
    assert field.config["options"][0]["label"].endswith(" · –")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("state", "unit", "error"),
    [
        (None, None, "price_entity_gone"),
        ("0.08", None, "price_entity_unit"),
        ("0.08", "SEK/kWh", "price_entity_unit"),
        ("cheap", "€/kWh", "price_entity_number"),
        ("85", "€/kWh", "price_entity_absurd"),
    ],
)
async def test_an_entity_that_tells_no_price(
    hass: HomeAssistant,
    start_meter: StartMeter,
    state: str | None,
    unit: str | None,
    error: str,
) -> None:
    """Each trouble is told at the field, in both languages; then it can be mended."""
    if state is not None:
        tell(hass, state, unit)
    entry = await meter_entry(hass, start_meter)
    form = await own(hass, entry, "dynamic", FORM)
    assert form["errors"] == {"price_entity": error}
    for language in ("en", "fr"):
        words = await async_get_translations(hass, language, "options")
        assert words[f"component.linky_meter.options.error.{error}"]
    # That tells nothing just now is no fault of it
    tell(hass, "unavailable")
    manager = hass.config_entries.options
    result: Any = await manager.async_configure(form["flow_id"], FORM)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.runtime_data.costs.price(1) is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_our_own_price_is_refused(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """It would be made of itself."""
    tell(hass)
    entry = await meter_entry(hass, start_meter)
    await own(hass, entry, "dynamic", FORM)
    mine = FORM | {"price_entity": "sensor.linky_current_price"}
    form = await own(hass, entry, "dynamic", mine)
    assert form["errors"] == {"price_entity": "price_entity_own"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_as_an_offer(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """It is compared from when it was added on: a month once all of it has prices."""
    tell(hass)
    entry = await meter_entry(hass, start_meter)
    await step(hass, entry, "prices", "price_source", {"source": "regulated"})
    offer = {"name": "Spot", **FORM}
    del offer["valid_from"]
    result = await add(hass, entry, "dynamic", offer)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    subentry = one_of(entry)
    costs = entry.runtime_data.costs
    assert costs.book.offers[subentry.subentry_id].formula.hold
    assert SPOT in costs.kept.priced
    form: Any = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "offer"),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": subentry.subentry_id},
    )
    assert suggested(form)["price_entity"] == SPOT
    assert suggested(form)["price_factor"] == 1.2
    # Nobody asks for its prices any more once it is gone, and nothing was priced
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done()
    costs.told.trim(dt_util.utcnow())
    assert not costs.kept.priced
    await hass.config_entries.async_unload(entry.entry_id)
