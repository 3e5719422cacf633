"""Sensors of the day, month, calendar year and bill, and of the next change of prices."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.settings import PriceSettings, PriceSource
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    day_of,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.estimate.spans import Billing, Every
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from tests.billing.test_costs import book, number, options_of, period
from tests.conftest import StartMeter, address_of, entry_for, set_up
from tests.flows.test_price_flow import step

A_DAY = 2 * 0.1589 + 4 * 0.2142


async def meter_of(
    hass: HomeAssistant, start_meter: StartMeter, **options: Any
) -> MockConfigEntry:
    """Set up a meter that counts nothing, with 100 days in its ledger."""
    meter = await start_meter("standard_hc", load=(0.0,))
    entry = entry_for(address_of("standard_hc"), meter.path, **options)
    assert await set_up(hass, entry)
    for ago in range(1, 100):
        book(entry, ago, {1: 2000, 2: 4000})
    await hass.async_block_till_done()
    return entry


def attribute(hass: HomeAssistant, key: str, name: str) -> Any:
    """Return an attribute of one of our sensors."""
    state = hass.states.get(f"sensor.linky_{key}")
    assert state is not None, key
    return state.attributes[name]


@pytest.mark.usefixtures("all_enabled")
async def test_sums_and_when_they_began(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Energy and cost alike, each from its own first day, over a restart as well."""
    today = day_of(dt_util.utcnow())
    begun = today - 40 * DAY
    billing = Billing(date(begun.year - 1, begun.month, min(begun.day, 28)), Every.YEAR)
    first = billing.span(today).first
    entry = await meter_of(
        hass, start_meter, **options_of(period(subscription=0), billing=billing)
    )
    for _ in range(2):
        view = entry.runtime_data.costs.view
        starts = {
            "today": view.day,
            "month": view.day.replace(day=1),
            "calendar_year": view.day.replace(month=1, day=1),
            "bill": first,
        }
        for part, start in starts.items():
            days = min((view.day - start).days, 99)
            wh = number(hass, f"energy_{part}")
            assert wh == pytest.approx(6 * days, abs=0.01)
            assert attribute(hass, f"energy_{part}", "unit_of_measurement") == "kWh"
            cost = number(hass, f"cost_{part}")
            assert cost == pytest.approx(A_DAY * days, abs=0.01)
            for key in (f"energy_{part}", f"cost_{part}"):
                said = attribute(hass, key, "last_reset")
                assert datetime.fromisoformat(said) == midnight(start)
                assert attribute(hass, key, "state_class") == "total"
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_day_after_the_last_of_a_bill(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A new bill begins at the French midnight, at nothing."""
    today = day_of(dt_util.utcnow())
    billing = Billing(today + DAY)
    entry = await meter_of(hass, start_meter, **options_of(period(), billing=billing))
    assert number(hass, "energy_bill") > 100
    costs = entry.runtime_data.costs
    tomorrow = midnight(today + DAY)
    past = costs.book.past(today + DAY)
    found = costs.book.look(past, tomorrow).sums.spans["bill"]
    assert found.span.start == tomorrow
    assert found.wh == 0
    assert found.total == 0
    before = costs.book.look(costs.book.past(today), tomorrow - timedelta(seconds=1))
    assert before.sums.spans["bill"].wh == number(hass, "energy_bill") * 1000
    await hass.config_entries.async_unload(entry.entry_id)


async def test_bills_are_followed_when_they_are_told(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """By the form of prices, and no more once the day is taken back."""
    entry = await meter_of(hass, start_meter, **options_of(period()))
    registry = er.async_get(hass)
    assert hass.states.get("sensor.linky_cost_bill") is None
    first = day_of(dt_util.utcnow()) - 10 * DAY
    asked = {"bill_every": "two_months", "bill_first": first.isoformat()}
    result = await step(hass, entry, "prices", "billing", asked)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert number(hass, "cost_bill") > 0
    assert number(hass, "energy_bill") > 0
    # What was there stays
    assert number(hass, "cost_month") >= 0
    settings = PriceSettings.of(entry.options)
    assert settings.billing == Billing(first, Every.TWO_MONTHS)
    assert settings.periods.periods
    form = await step(hass, entry, "prices", "billing")
    proposed = {
        str(key): key.description["suggested_value"]
        if key.description
        else key.default()
        for key in form["data_schema"].schema
    }
    assert proposed == asked
    await step(hass, entry, "prices", "billing", {"bill_every": "month"})
    assert PriceSettings.of(entry.options).billing is None
    assert registry.async_get("sensor.linky_cost_bill") is None
    assert registry.async_get("sensor.linky_energy_bill") is None
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_the_next_change_of_prices(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A price that is known; 1 February or August for regulated ones; else unknown."""
    today = day_of(dt_util.utcnow())
    entry = await meter_of(hass, start_meter, **options_of(period()))
    key = "sensor.linky_next_price_change"

    def said() -> str:
        state = hass.states.get(key)
        assert state is not None
        return state.state

    async def choose(options: dict[str, Any]) -> None:
        hass.config_entries.async_update_entry(entry, options=options)
        await hass.async_block_till_done()

    assert said() == "unknown"
    assert "announced" not in hass.states.get(key).attributes  # type: ignore[union-attr]
    later = period(start=today + 20 * DAY, prices={1: Decimal("0.3")})
    await choose(options_of(period(), later))
    assert said() == (today + 20 * DAY).isoformat()
    assert attribute(hass, "next_price_change", "announced") is True
    await choose(options_of(source=PriceSource.REGULATED, power=6))
    found = date.fromisoformat(said())
    assert today < found
    if not attribute(hass, "next_price_change", "announced"):
        assert (found.day, found.month) in {(1, 2), (1, 8)}
    await choose({})
    assert hass.states.get(key) is None
    await hass.config_entries.async_unload(entry.entry_id)


def test_options_of_before() -> None:
    """Those without bills are read as ever, and written as they were."""
    old = options_of(period())
    assert "billing" not in old["prices"]
    settings = PriceSettings.of(old)
    assert settings.billing is None
    assert settings.as_options({}) == old
