"""How much is worked out each minute, and that it is the same as working out all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import threading
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.linky_tic.costs.book.book import CostBook
from custom_components.linky_meter.linky_tic.costs.book.view import CostView, PastCosts
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, PARIS
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import Colour, Source
from custom_components.linky_meter.linky_tic.costs.estimate.compare import (
    OfferCosts,
    compare,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import OwnCosts
from custom_components.linky_meter.linky_tic.costs.estimate.totals import (
    by_index,
    lifetime,
)
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from tests.bench.costs import NOW, make
from tests.conftest import StartMeter, address_of, entry_for, set_up
from tests.costs.helpers import own_month

from .test_costs import book, number, options_of, period
from .test_offers import BASE, add, reconfigure


def day_at(now: datetime) -> date:
    """Return the French day of a moment."""
    return now.astimezone(PARIS).date()


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """Return the days that are priced from now on, each time one is."""
    days: list[date] = []
    for costs in (OwnCosts, OfferCosts):
        price: Callable[..., Any] = costs.day

        def noted(
            self: Any, day: date, prices_of: date | None = None, price: Any = price
        ) -> Any:
            days.append(day)
            return price(self, day, prices_of)

        monkeypatch.setattr(costs, "day", noted)
    return days


@pytest.mark.parametrize("calendar", [OFF_PEAK, TEMPO])
def test_a_minute_prices_no_day_but_today(calendar: str, priced: list[date]) -> None:
    """However long the ledger, and however many offers; a new day prices all once."""
    costs = make(calendar)
    assert len(costs.ledger.days) > 400
    assert len(costs.offers) == 5
    past = costs.past(day_at(NOW))
    assert len(set(priced)) == 400
    priced.clear()
    for minute in range(3):
        costs.look(past, NOW + timedelta(minutes=minute))
    assert set(priced) == {day_at(NOW)}
    # Its own contract twice, for the month and for the day
    assert len(priced) == 3 * (2 + len(costs.offers))


@pytest.mark.parametrize("calendar", [OFF_PEAK, TEMPO])
@pytest.mark.parametrize(
    "now",
    [
        NOW,
        # The first minute of a month, its last, and the hour that comes twice
        datetime(2026, 9, 30, 22, 1, tzinfo=UTC),
        datetime(2026, 10, 31, 22, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ],
)
def test_it_is_what_working_out_all_gives(calendar: str, now: datetime) -> None:
    """At any moment, and after energy of today that came since the past was looked at."""
    costs, today = make(calendar, now), day_at(now)
    past = costs.copy().past(today)
    for minutes in (0, 1):
        row = costs.ledger.days.setdefault(today, DayRow())
        row.add(Key(calendar, 2), 1234)
        at = now + timedelta(minutes=minutes / 2)
        view = costs.look(past, at)
        own = own_month(costs.ledger, costs.prices, costs.colours, view.month.month, at)
        assert view.month == own
        for name, offer in costs.offers.items():
            whole = OfferCosts(
                offer,
                offer.price_list(costs.grid),
                costs.ledger,
                costs.registers,
                costs.colours,
            )
            assert view.comparisons[name] == compare(whole, own, at)
        assert view.by_index == by_index(lifetime(OwnCosts(costs.ledger, costs.prices)))


def test_a_copy_stays_as_it_is() -> None:
    """Another thread may read it while the meter counts."""
    costs = make(OFF_PEAK)
    today = day_at(NOW)
    before, copy = costs.past(today + DAY), costs.copy()
    costs.ledger.days[today].add(Key(OFF_PEAK, 1), 5000)
    costs.ledger.days[today - DAY].add(Key(OFF_PEAK, 9), 5000)
    costs.ledger.days.pop(today - 2 * DAY)
    for days in costs.registers.days.values():
        days[today][7] = 1
    costs.colours.learn(today, Colour.WHITE, Source.METER)
    after = copy.past(today + DAY)
    assert after.carries == before.carries
    assert after.month.over == before.month.over
    assert {name: one.over for name, one in after.offers.items()} == {
        name: one.over for name, one in before.offers.items()
    }


@pytest.fixture
async def entry(hass: HomeAssistant, start_meter: StartMeter) -> MockConfigEntry:
    """Return a silent meter with prices, offers and a past."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    meter.silence()
    await hass.async_block_till_done()
    for ago in range(1, 70):
        book(entry, ago, {1: 4000, 2: 6000})
    prices = {f"price_{n}": 0.1 * n for n in range(1, 7)}
    await add(hass, entry, "tempo", {**BASE, **prices, "name": "Tempo"})
    await add(hass, entry, "base", BASE)
    entry.runtime_data.costs._tick(dt_util.utcnow())
    await hass.async_block_till_done()
    return entry


def shown(entry: MockConfigEntry) -> CostView:
    """Return what is shown, which must be what working out all of it gives."""
    keeper = entry.runtime_data.costs
    view: CostView = keeper.view
    anew = keeper.book.copy()
    assert view == anew.look(anew.past(day_at(view.at)), view.at)
    return view


async def say(hass: HomeAssistant, entry: MockConfigEntry, **changes: Any) -> None:
    """Let the meter say something new, and a minute pass."""
    data = entry.runtime_data
    reading = data.coordinator.data
    at = changes.pop("at", reading.received + timedelta(seconds=30))
    values: dict[str, Any] = {**reading.values, **changes}
    values["energy_index_1"] += 50
    values["energy_meter_total"] += 50
    data.coordinator.data = MeterReading(
        reading.mode, reading.address, values, reading.frame, at
    )
    data.costs._tick(dt_util.utcnow())
    await hass.async_block_till_done()


async def test_what_is_kept_of_the_past_follows_every_change(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prices, colours, offers, contracts, folded days, energy of yesterday, midnight."""
    keeper = entry.runtime_data.costs
    ledger, today = keeper.kept.ledger, day_at(dt_util.utcnow())
    before = shown(entry)
    await say(hass, entry)
    assert shown(entry).today != before.today
    assert keeper.view.yesterday is before.yesterday
    # A colour that comes late
    (tempo,) = (name for name, o in keeper.book.offers.items() if o.name == "Tempo")
    expected = keeper.view.comparisons[tempo]
    for ago in range(1, 5):
        keeper.kept.colours.learn(today - ago * DAY, Colour.BLUE, Source.RTE)
    keeper.async_prices_changed()
    await hass.async_block_till_done()
    assert shown(entry).comparisons[tempo] != expected
    # Another price of an offer
    (base,) = (name for name in keeper.book.offers if name != tempo)
    form = await reconfigure(hass, entry, entry.subentries[base])
    await hass.config_entries.subentries.async_configure(
        form["flow_id"], BASE | {"price_1": 0.3, "valid_from": "2021-01-01"}
    )
    await hass.async_block_till_done()
    assert shown(entry).comparisons[base].difference.expected > 0
    # Another contract has another subscription
    await say(hass, entry, contract="base", calendar_name="BASE")
    assert shown(entry).subscription is None
    # Energy of a gap over midnight belongs to both days
    known = keeper.view.yesterday
    ledger.last -= DAY
    ledger._uptime = None
    ledger.registers.shift(-DAY)
    await say(hass, entry)
    assert shown(entry).yesterday != known
    # Old days are folded
    book(entry, 900, {1: 1000, 2: 1000})
    keeper._tick(dt_util.utcnow())
    await hass.async_block_till_done()
    assert len(ledger.months) == 1
    assert shown(entry).by_index[1].wh > 0
    # A day and a month are over while the meter is silent
    later = dt_util.utcnow() + 40 * DAY
    with monkeypatch.context() as patch:
        patch.setattr(dt_util, "utcnow", lambda: later)
        keeper._tick(later)
        await hass.async_block_till_done()
        view = shown(entry)
        assert view.day == day_at(later)
        assert view.today is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_is_outdated_when_it_comes_is_dropped(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prices change while a thread still works with those before."""
    keeper = entry.runtime_data.costs
    before = number(hass, "cost_month")
    begun, go_on, runs = threading.Event(), threading.Event(), list[Decimal]()
    work_out = CostBook.past

    def slow(self: CostBook, today: date) -> PastCosts:
        price = self.prices.price(today, OFF_PEAK, 1)
        assert price is not None
        runs.append(price.value)
        begun.set()
        assert go_on.wait(5)
        return work_out(self, today)

    monkeypatch.setattr(CostBook, "past", slow)
    seen: list[CostView] = []

    @callback
    def look() -> None:
        seen.append(keeper.view)

    keeper.async_add_listener(look)
    old = keeper.view
    dear = {1: Decimal("0.5"), 2: Decimal("0.5")}
    for prices in ({1: Decimal("0.4"), 2: Decimal("0.4")}, dear):
        options = options_of(period(prices=prices))
        hass.config_entries.async_update_entry(entry, options=options)
        await hass.async_add_executor_job(begun.wait, 5)
        # Nobody is added before there is something to show
        assert not keeper.ready
        assert number(hass, "cost_month") == before
    go_on.set()
    await hass.async_block_till_done()
    assert runs == [Decimal("0.4"), Decimal("0.5")]
    assert keeper.ready
    assert number(hass, "cost_month") > before
    assert all(view is old or view == keeper.view for view in seen)
    assert shown(entry).yesterday is not None
    assert keeper.view.yesterday.costs[Key(OFF_PEAK, 1)] == 2
    await hass.config_entries.async_unload(entry.entry_id)


async def test_leaving_while_a_thread_works(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The meter is unloaded, and what comes then is for nobody."""
    keeper, go_on = entry.runtime_data.costs, threading.Event()
    work_out = CostBook.past

    def slow(self: CostBook, today: date) -> PastCosts:
        assert go_on.wait(5)
        return replace(work_out(self, today), changes=-1)

    monkeypatch.setattr(CostBook, "past", slow)
    view = keeper.view
    keeper.async_prices_changed()
    assert await hass.config_entries.async_unload(entry.entry_id)
    go_on.set()
    await hass.async_block_till_done()
    assert keeper.view is view
