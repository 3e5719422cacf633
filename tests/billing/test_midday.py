"""A contract that changes in the middle of a day."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, day_of
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.ledger.samples import Booking
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter
from tests.flows.test_own_contract import SUPER, own
from tests.flows.test_price_flow import meter_entry

from .test_costs import options_of, period
from .test_price_entity import Clock, clock

__all__ = ["clock"]


def spend(entry: Any, clock: Clock, calendar: str, wh: int) -> None:
    """Let the ledger book the energy of the hour before, under a calendar."""
    keeper = entry.runtime_data.costs
    key = Key(calendar, 1)
    today = day_of(clock.now)
    keeper.kept.ledger.days.setdefault(today, DayRow()).add(key, wh)
    hour = Booking(clock.now - timedelta(hours=1), clock.now, key, wh)
    keeper.kept.registers.feed([hour])
    keeper.async_prices_changed()


def cost(entry: Any) -> Any:
    """Return what today costs."""
    own_costs, _ = entry.runtime_data.costs.book.contracts
    return own_costs.day(day_of(dt_util.utcnow()))


async def test_a_contract_typed_at_noon(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock
) -> None:
    """It holds for all of the day; hours that nobody sorted make a range until then."""
    entry = await meter_entry(hass, start_meter, **options_of(period()))
    clock.still(entry)
    keeper = entry.runtime_data.costs
    keeper.kept.ledger.days.clear()
    spend(entry, clock, OFF_PEAK, 2000)
    assert cost(entry).expected == 2 * Decimal("0.1589")
    since = {"valid_from": day_of(clock.now).isoformat()}
    await own(hass, entry, "super_off_peak", SUPER | since)
    # Which of three prices the morning had is not known
    found = cost(entry)
    assert found.unsorted == 2000
    assert (found.low, found.high) == (2 * Decimal("0.13"), 2 * Decimal("0.22"))
    # From now on it is: at noon peak hours count
    clock.now += timedelta(hours=1)
    spend(entry, clock, OFF_PEAK, 1000)
    found = cost(entry)
    assert found.unsorted == 2000
    assert found.costs == {Key("OFFER SUPER_OFF_PEAK", 2): Decimal("0.22")}
    # A day before it is as it was, and one that begins tomorrow changes nothing today
    yesterday = day_of(clock.now) - DAY
    keeper.kept.ledger.days[yesterday] = DayRow({Key(OFF_PEAK, 1): 1000})
    own_costs, _ = keeper.book.contracts
    assert own_costs.day(yesterday).expected == Decimal("0.1589")
    before = cost(entry)
    later = {"valid_from": (day_of(clock.now) + DAY).isoformat(), "price_2": 0.21}
    await own(hass, entry, "super_off_peak", SUPER | later)
    assert cost(entry) == before
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("calendar", ["BASE", "ZEN FLEX"])
async def test_the_meter_changes_its_contract_at_noon(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock, calendar: str
) -> None:
    """Hours of one's own do not mind; without them what has no price is told."""
    entry = await meter_entry(hass, start_meter, **options_of(period()))
    clock.still(entry)
    keeper = entry.runtime_data.costs
    keeper.kept.ledger.days.clear()
    spend(entry, clock, OFF_PEAK, 2000)
    clock.now += timedelta(hours=1)
    spend(entry, clock, calendar, 1000)
    found = cost(entry)
    assert (found.expected, found.unpriced) == (2 * Decimal("0.1589"), 1000)
    since = {"valid_from": (day_of(clock.now) - DAY).isoformat()}
    await own(hass, entry, "super_off_peak", SUPER | since)
    clock.now += timedelta(hours=1)
    spend(entry, clock, calendar, 500)
    found = cost(entry)
    assert (found.unpriced, found.unsorted) == (0, 3000)
    assert found.costs == {Key("OFFER SUPER_OFF_PEAK", 2): Decimal("0.11")}
    await hass.config_entries.async_unload(entry.entry_id)
