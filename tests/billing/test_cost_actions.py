"""The actions about prices and costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.settings import PriceSettings
from custom_components.linky_meter.const import CONF_PRICES, DOMAIN
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from custom_components.linky_meter.linky_tic.costs.prices.dynamic import Formula
from custom_components.linky_meter.linky_tic.costs.prices.hours import (
    Hours,
    schedule_of,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import Offer, Structure
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up
from tests.test_services import device_of

from .test_costs import book, number, options_of, period


@pytest.fixture
async def entry(hass: HomeAssistant, start_meter: StartMeter) -> MockConfigEntry:
    """Return a meter without prices."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    return entry


async def call(
    hass: HomeAssistant, entry: MockConfigEntry, action: str, **data: Any
) -> Any:
    """Call an action."""
    answer = await hass.services.async_call(
        DOMAIN,
        action,
        {"device_id": device_of(hass, entry.entry_id), **data},
        blocking=True,
        return_response=action == "export_ledger",
    )
    await hass.async_block_till_done()
    return answer


async def test_set_prices(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """From this month on if nothing else is said; a French comma will do."""
    await call(
        hass, entry, "set_prices", prices={"1": "0,15", 2: 0.22}, subscription=12
    )
    assert number(hass, "current_price") in {0.15, 0.22}
    (kept,) = entry.options[CONF_PRICES]["periods"]
    assert kept["calendar"] == OFF_PEAK
    assert kept["start"] == day_of(dt_util.utcnow()).replace(day=1).isoformat()
    await call(
        hass, entry, "set_prices", prices={1: 0.3, 2: 0.3}, valid_from="2020-01-01"
    )
    assert len(entry.options[CONF_PRICES]["periods"]) == 2
    await call(
        hass, entry, "set_prices", prices={1: 0.1}, calendar="hc..", subscription=1
    )
    assert len(entry.options[CONF_PRICES]["periods"]) == 2
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"prices": {1: -1}}, "negative_price"),
        ({"prices": {1: "dear"}}, "not_a_number"),
        ({"prices": {1: 20}}, "absurd_price"),
        ({}, "empty_period"),
        (
            {
                "subscription": 1,
                "valid_from": "2026-02-01",
                "valid_until": "2026-01-01",
            },
            "bad_period",
        ),
        (
            {
                "subscription": 1,
                "valid_from": "2019-01-01",
                "valid_until": "2020-06-01",
            },
            "overlap",
        ),
    ],
)
async def test_bad_prices(
    hass: HomeAssistant, entry: MockConfigEntry, data: dict[str, Any], error: str
) -> None:
    """Nothing is changed, and the reason is told."""
    hass.config_entries.async_update_entry(entry, options=options_of(period()))
    before = dict(entry.options)
    with pytest.raises(ServiceValidationError) as err:
        await call(hass, entry, "set_prices", **data)
    assert err.value.translation_key == error
    assert dict(entry.options) == before
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_contract_that_is_not_known(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It must be named then."""
    entry.runtime_data.costs.kept.ledger.epochs.clear()
    with pytest.raises(ServiceValidationError) as err:
        await call(hass, entry, "set_prices", prices={1: 0.2})
    assert err.value.translation_key == "no_calendar"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_export_and_recalculate(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Days, indexes, energy and euros; months whose days are gone."""
    book(entry, 1, {1: 1000, 2: 2000})
    yesterday = min(entry.runtime_data.costs.kept.ledger.days)
    hours = {"start": yesterday.isoformat(), "end": yesterday.isoformat()}
    answer = await call(hass, entry, "export_ledger", **hours)
    (day,) = answer["days"]
    assert day["indexes"][0] == {
        "calendar": OFF_PEAK,
        "index": 1,
        "kwh": 1.0,
        "price": None,
        "eur": None,
    }
    assert day["subscription"] is None
    hass.config_entries.async_update_entry(entry, options=options_of(period()))
    await hass.async_block_till_done()
    book(entry, 900, {1: 5000, 2: 0})
    entry.runtime_data.costs._tick(dt_util.utcnow())
    await call(hass, entry, "recalculate_costs")
    answer = await call(hass, entry, "export_ledger")
    assert answer["calendar"] == OFF_PEAK
    (month,) = answer["months"]
    assert month["indexes"][0]["eur"] == pytest.approx(5 * 0.1589)
    (day,) = [one for one in answer["days"] if one["date"] == yesterday.isoformat()]
    assert day["complete"]
    assert day["flags"] == ["backfilled"]
    assert day["subscription"] == 15.0
    assert [one["eur"] for one in day["indexes"]] == [0.1589, 0.4284]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_prices_by_tariff(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Each has the name of its tariff; by index works beside it."""
    await call(hass, entry, "set_prices", off_peak="0,15", peak=0.22, subscription=12)
    (kept,) = entry.options[CONF_PRICES]["periods"]
    assert (kept["calendar"], kept["prices"]) == (OFF_PEAK, {"1": "0.15", "2": "0.22"})
    # Of another contract, by its name
    await call(
        hass, entry, "set_prices", calendar="tempo", red_peak=0.7, prices={1: 0.1}
    )
    kept = entry.options[CONF_PRICES]["periods"][-1]
    assert (kept["calendar"], kept["prices"]) == ("TEMPO", {"1": "0.1", "6": "0.7"})
    with pytest.raises(ServiceValidationError) as err:
        await call(hass, entry, "set_prices", peak=0.2, red_peak=0.7)
    assert err.value.translation_key == "unknown_tariff"
    assert err.value.translation_placeholders == {
        "tariff": "red_peak",
        "tariffs": "off_peak, peak",
    }
    await hass.config_entries.async_unload(entry.entry_id)


async def test_prices_of_a_contract_with_hours(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """They are its own where it is in force; what is not told of it goes on."""
    prices = {1: Decimal("0.16"), 2: Decimal("0.22"), 3: Decimal("0.13")}
    start = date(2026, 2, 1)
    first = PricePeriod("OFFER SUPER_OFF_PEAK", start, prices, Decimal(15))
    contract = Offer(
        "mine",
        Structure.SUPER_OFF_PEAK,
        PriceList([first]),
        schedule=schedule_of(Structure.SUPER_OFF_PEAK, Hours()),
    )
    settings = PriceSettings().with_contract(contract, {"windows": "22:00-06:00"})
    hass.config_entries.async_update_entry(entry, options=settings.as_options({}))
    later = {"valid_from": "2026-08-01"}
    await call(hass, entry, "set_prices", super_off_peak=0.14, **later)
    settings = PriceSettings.of(entry.options)
    (kept,) = settings.contracts
    before, after = kept.prices.periods
    assert before == first
    assert after.prices == prices | {3: Decimal("0.14")}
    assert after.subscription == Decimal(15)
    assert settings.forms == {"2026-02-01": {"windows": "22:00-06:00"}}
    assert not settings.periods.periods
    await call(hass, entry, "set_prices", subscription=16, **later)
    (kept,) = PriceSettings.of(entry.options).contracts
    assert kept.prices.periods[-1].subscription == Decimal(16)
    assert kept.prices.periods[-1].prices == after.prices
    # Before it, or by index, or by name, those of the meter's indexes
    await call(hass, entry, "set_prices", peak=0.3, valid_from="2026-01-01")
    await call(hass, entry, "set_prices", prices={1: 0.1}, **later)
    await call(hass, entry, "set_prices", calendar=OFF_PEAK, peak=0.3)
    settings = PriceSettings.of(entry.options)
    assert len(settings.periods.periods) == 3
    assert settings.contracts == (kept,)
    with pytest.raises(ServiceValidationError) as err:
        await call(hass, entry, "set_prices", week_end=0.14)
    assert err.value.translation_key == "unknown_tariff"
    for bad, error in (({"peak": -1}, "negative_price"), ({"peak": 9}, "absurd_price")):
        with pytest.raises(ServiceValidationError) as err:
            await call(hass, entry, "set_prices", **bad)
        assert err.value.translation_key == error
    # One whose price an entity tells has a subscription only
    formula = Formula("sensor.spot")
    period = PricePeriod("OFFER DYNAMIC", start, {}, Decimal(15))
    told = Offer("spot", Structure.DYNAMIC, PriceList([period]), formula=formula)
    settings = PriceSettings().with_contract(told)
    hass.config_entries.async_update_entry(entry, options=settings.as_options({}))
    await call(hass, entry, "set_prices", subscription=16, **later)
    (kept,) = PriceSettings.of(entry.options).contracts
    assert kept.prices.periods[-1].subscription == Decimal(16)
    with pytest.raises(ServiceValidationError) as err:
        await call(hass, entry, "set_prices", all_hours=0.14)
    assert err.value.translation_placeholders == {"tariff": "all_hours", "tariffs": "–"}
    await hass.config_entries.async_unload(entry.entry_id)
