"""A change of the subscribed power: costs follow the meter, and the past stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
import json

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.settings import PriceSettings, PriceSource
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.link.problems import Issue, issue_id
from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, day_of
from custom_components.linky_meter.linky_tic.costs.ledger.rows import Key
from custom_components.linky_meter.linky_tic.costs.prices.offers import Offer, Structure
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from homeassistant.components.repairs.issue_handler import RepairsFlowManager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up

from .test_costs import LONG_AGO, book, options_of, repairs


def own_contract() -> Offer:
    """Return a contract with week-ends, since long ago."""
    prices = {1: Decimal("0.16"), 2: Decimal("0.22"), 3: Decimal("0.15")}
    period = PricePeriod("OFFER WEEK_END", LONG_AGO, prices, Decimal("15.5"))
    return Offer("mine", Structure.WEEK_END, PriceList([period]))


async def tell(hass: HomeAssistant, entry: MockConfigEntry, kva: int) -> None:
    """Let the meter tell a subscribed power."""
    data = entry.runtime_data
    reading = data.coordinator.data
    values = dict(reading.values) | {"subscribed_power": 1000 * kva}
    at = max(reading.received, dt_util.utcnow()) + timedelta(seconds=1)
    data.coordinator.data = MeterReading(
        reading.mode, reading.address, values, reading.frame, at
    )
    data.costs._tick(dt_util.utcnow())
    await hass.async_block_till_done()


async def test_the_past_stays_and_a_repair_says_it(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """9 kVA until yesterday, 6 from today on; the repair takes the new one over."""
    assert await async_setup_component(hass, "repairs", {})
    meter = await start_meter("standard_hc", load=(0.0,))
    regulated = options_of(source=PriceSource.REGULATED, power=9)
    entry = entry_for(address_of("standard_hc"), meter.path, **regulated)
    assert await set_up(hass, entry)
    meter.silence()
    await hass.async_block_till_done()
    keeper = entry.runtime_data.costs
    for ago in range(1, 70):
        book(entry, ago, {1: 2000, 2: 4000})
    await hass.async_block_till_done()
    today = day_of(dt_util.utcnow())
    keeper.kept.ledger.powers[:] = [(today - 69 * DAY, 9)]
    keeper.async_prices_changed()
    await tell(hass, entry, 9)
    assert Issue.POWER_DIFFERS not in repairs(hass)
    before = keeper.view.last_month
    nine = keeper.view.subscription.value
    hass.config.language = "fr"
    await tell(hass, entry, 6)
    assert keeper.kept.ledger.powers[-1] == (today, 6)
    assert keeper.view.subscription.value < nine
    assert keeper.view.last_month == before
    repair = issue_id(Issue.POWER_DIFFERS, entry.entry_id)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, repair)
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["power"] == "6"
    assert issue.translation_placeholders["typed"] == "9"
    assert issue.translation_placeholders["since"] == f"{today:%d/%m/%Y}"
    manager: RepairsFlowManager = hass.data["repairs"]["flow_manager"]
    form = await manager.async_init(DOMAIN, context={"issue_id": repair})
    assert form["type"] is FlowResultType.FORM
    await manager.async_configure(form["flow_id"], {})
    await hass.async_block_till_done()
    assert PriceSettings.of(entry.options).power == 6
    assert Issue.POWER_DIFFERS not in repairs(hass)
    # And still no day of before is moved
    assert keeper.view.last_month == before
    # Nothing is kept while the meter is not read
    await tell(hass, entry, 12)
    form = await manager.async_init(DOMAIN, context={"issue_id": repair})
    await hass.config_entries.async_unload(entry.entry_id)
    end = await manager.async_configure(form["flow_id"], {})
    assert end["reason"] == "not_now"
    assert PriceSettings.of(entry.options).power == 6


@pytest.mark.parametrize("source", [PriceSource.REGULATED, PriceSource.MANUAL])
async def test_a_contract_of_ones_own_is_of_a_power(
    hass: HomeAssistant, start_meter: StartMeter, source: PriceSource
) -> None:
    """Its subscription is: a repair says which one to type, until it is typed."""
    meter = await start_meter("standard_hc", load=(0.0,))
    regulated = source is PriceSource.REGULATED
    settings = {"source": source, "power": 9 if regulated else None}
    contract = own_contract()
    entry = entry_for(
        address_of("standard_hc"),
        meter.path,
        **options_of(**settings, contracts=(contract,)),
    )
    assert await set_up(hass, entry)
    meter.silence()
    powers = entry.runtime_data.costs.kept.ledger.powers
    today = day_of(dt_util.utcnow())
    powers[:] = [(today - 60 * DAY, 9)]
    await tell(hass, entry, 9)
    assert entry.runtime_data.costs.contract is not None
    assert Issue.POWER_DIFFERS not in repairs(hass)
    hass.config.language = "fr"
    await tell(hass, entry, 6)
    repair = issue_id(Issue.POWER_DIFFERS, entry.entry_id)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, repair)
    assert issue is not None
    assert issue.translation_key == "contract_power_differs"
    assert not issue.is_fixable
    told = issue.translation_placeholders
    assert told is not None
    since = powers[-1][0]
    assert (told["typed"], told["power"]) == ("9", "6")
    days = f"{LONG_AGO:%d/%m/%Y}", f"{since:%d/%m/%Y}"
    assert (told["prices_since"], told["since"]) == days
    # The new subscription, from the day of the change on
    (period,) = contract.prices.periods
    cheaper = replace(period, start=since, subscription=Decimal(12))
    newer = replace(contract, prices=contract.prices.starting(cheaper))
    options = {**entry.options, **options_of(**settings, contracts=(newer,))}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.async_block_till_done()
    assert ir.async_get(hass).async_get_issue(DOMAIN, repair) is None
    # Without the contract the typed power counts again
    options = {**entry.options, **options_of(**settings)}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.async_block_till_done()
    assert (Issue.POWER_DIFFERS in repairs(hass)) is regulated
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("typed", [6, 9])
async def test_a_ledger_of_before_keeps_what_was_typed(
    hass: HomeAssistant, start_meter: StartMeter, typed: int
) -> None:
    """The first word of the meter is no reason to work the past out anew.

    ``linky-tic`` prices the same days alike, from the same ledger.
    """
    meter = await start_meter("standard_hc", load=(0.0,))
    regulated = options_of(source=PriceSource.REGULATED, power=typed)
    entry = entry_for(address_of("standard_hc"), meter.path, **regulated)
    assert await set_up(hass, entry)
    meter.silence()
    await hass.async_block_till_done()
    keeper = entry.runtime_data.costs
    for ago in range(1, 70):
        book(entry, ago, {1: 2000, 2: 4000})
    keeper.kept.ledger.powers.clear()
    keeper.async_prices_changed()
    await hass.async_block_till_done()
    before = keeper.view.last_month
    toml = f"[prices]\npower = {typed}\nregulated = true\n"
    kept = json.loads(json.dumps(keeper._as_dict()))
    alone = Book.from_dict(kept, read_settings(toml, {}).pricing)
    assert alone.look(dt_util.utcnow()).view.last_month == before
    await tell(hass, entry, 9)
    assert keeper.view.last_month == before
    alone.feed(entry.runtime_data.coordinator.data)
    assert alone.ledger.powers == keeper.kept.ledger.powers
    told = alone.look(dt_util.utcnow()).view
    assert told.last_month == before
    assert told.subscription == keeper.view.subscription
    assert keeper.kept.ledger.power == 9
    today = day_of(dt_util.utcnow())
    nine = keeper.updates.grid.in_force(
        keeper.kept.ledger.calendar, 9, today
    ).row.subscription
    assert keeper.view.subscription.value == nine
    assert (Issue.POWER_DIFFERS in repairs(hass)) is (typed != 9)
    assert Key(keeper.kept.ledger.calendar, 1) in before.carries
    await hass.config_entries.async_unload(entry.entry_id)
