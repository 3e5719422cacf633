"""A contract whose price an entity tells: in Home Assistant, over its whole life."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from http import HTTPStatus
from itertools import pairwise
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.linky_meter.billing.keeper import CostKeeper
from custom_components.linky_meter.billing.settings import PriceSettings
from custom_components.linky_meter.billing.store import Kept
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import PARIS, day_of
from custom_components.linky_meter.linky_tic.costs.ledger.quarters import QUARTER
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.ledger.samples import Booking
from custom_components.linky_meter.plan.ahead import cheapest_between
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, until
from tests.flows.test_own_contract import own
from tests.flows.test_price_flow import meter_entry

from .test_costs import number

SPOT = "sensor.spot"
FORM = {
    "price_entity": SPOT,
    "price_addend": 0.1,
    "price_factor": 1.2,
    "hold_last_price": False,
    "subscription": 14.2,
}
UNIT = {"unit_of_measurement": "€/MWh"}


class Clock:
    """What the integration takes for the time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Begin at noon of today, in France."""
        self._monkeypatch = monkeypatch
        noon = datetime.combine(day_of(dt_util.utcnow()), time(12), PARIS)
        self.now = dt_util.as_utc(noon)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def still(self, entry: MockConfigEntry) -> None:
        """Let the meter count no more, and no minute pass by itself."""
        self._monkeypatch.setattr(CostKeeper, "feed", lambda _: False)
        keeper = entry.runtime_data.costs
        while keeper._stop:
            keeper._stop.pop()()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let time stand until it is moved."""
    clock = Clock(monkeypatch)
    monkeypatch.setattr(dt_util, "utcnow", clock)
    return clock


def tell(hass: HomeAssistant, state: object, **attributes: Any) -> None:
    """Let the entity tell a price, €/MWh."""
    hass.states.async_set(SPOT, str(state), UNIT | attributes)


def spend(entry: MockConfigEntry, start: datetime, end: datetime, wh: int) -> None:
    """Let the ledger book energy."""
    keeper = entry.runtime_data.costs
    ledger = keeper.kept.ledger
    key = Key(OFF_PEAK, 1)
    row = ledger.days.setdefault(day_of(start), DayRow())
    row.add(key, wh)
    row.covered += end - start
    keeper._price_told(keeper.told.book([Booking(start, end, key, wh)], end))


def minute(entry: MockConfigEntry, clock: Clock, **passed: int) -> None:
    """Let time pass, and the keeper look."""
    clock.now += timedelta(**passed)
    entry.runtime_data.costs._tick(clock.now)


def today(entry: MockConfigEntry) -> Decimal:
    """Return what the energy of today costs."""
    keeper = entry.runtime_data.costs
    own_costs, _ = keeper.book.contracts
    cost = own_costs.day(day_of(dt_util.utcnow()))
    assert cost is not None
    expected: Decimal = cost.expected
    return expected


def raised(hass: HomeAssistant) -> set[str | None]:
    """Return the words of the repairs about the entity."""
    return {
        issue.translation_key
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and str(issue.translation_key).startswith("price_entity")
    }


async def spot_entry(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock, **form: Any
) -> MockConfigEntry:
    """Set up a meter on such a contract, since today."""
    tell(hass, 80)
    entry = await meter_entry(hass, start_meter)
    clock.still(entry)
    entry.runtime_data.costs.kept.ledger.days.clear()
    since = {"valid_from": day_of(dt_util.utcnow()).isoformat()}
    await own(hass, entry, "dynamic", FORM | since | form)
    return entry


@pytest.mark.usefixtures("all_enabled")
async def test_each_quarter_hour_at_its_price(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock
) -> None:
    """The price now, the cost of the tariff and of the day; below zero as well."""
    entry = await spot_entry(hass, start_meter, clock)
    # (0.08 + 0.1) × 1.2
    assert number(hass, "current_price") == 0.216
    assert number(hass, "price_index_1") == 0.216
    tariff = hass.states.get("sensor.linky_contract_tariff")
    assert tariff is not None
    assert tariff.state == "all_hours"
    source = hass.states.get("sensor.linky_price_source")
    assert source is not None
    assert source.state == "told"
    spend(entry, clock.now, clock.now + QUARTER, 1000)
    clock.now += QUARTER
    tell(hass, -300)
    await hass.async_block_till_done()
    assert number(hass, "current_price") == -0.24
    assert today(entry) == Decimal("0.216")
    spend(entry, clock.now, clock.now + QUARTER, 2000)
    await hass.async_block_till_done()
    assert today(entry) == Decimal("-0.264")
    assert number(hass, "cost_index_1") == -0.264
    assert number(hass, "cost_total") == -0.264
    assert number(hass, "cost_month_energy") == -0.264
    assert number(hass, "subscription") == 14.2
    assert number(hass, "unpriced_energy") == 0
    # Another formula from today on is the same contract's, for all of today
    since = {"valid_from": day_of(dt_util.utcnow()).isoformat()}
    await own(hass, entry, "dynamic", FORM | since | {"price_addend": 0.3})
    assert today(entry) == Decimal("0.456")
    (contract,) = PriceSettings.of(entry.options).contracts
    assert contract.formula is not None
    assert contract.formula.addend == Decimal("0.3")
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_an_entity_that_is_away_for_hours(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock
) -> None:
    """Energy waits, also over a restart, and is priced when a price comes back."""
    entry = await spot_entry(hass, start_meter, clock)
    spend(entry, clock.now, clock.now + QUARTER, 1000)
    clock.now += QUARTER
    tell(hass, "unavailable")
    await hass.async_block_till_done()
    state = hass.states.get("sensor.linky_current_price")
    assert state is not None
    assert state.state == "unknown"
    spend(entry, clock.now, clock.now + timedelta(hours=2), 4000)
    minute(entry, clock, hours=2)
    await hass.async_block_till_done()
    assert today(entry) == Decimal("0.216")
    assert number(hass, "unpriced_energy") == 4
    # What waits is no energy of a contract without prices
    assert raised(hass) == {"price_entity_unknown"}
    assert not any("unpriced_calendar" in one for _, one in ir.async_get(hass).issues)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    clock.still(entry)
    energy = entry.runtime_data.costs.kept.priced[SPOT]
    assert sum(energy.waiting.values()) == 4000
    entry.runtime_data.costs.told.book([], clock.now)
    tell(hass, 30)
    await hass.async_block_till_done()
    assert not energy.waiting
    assert today(entry) == Decimal("0.216") + 4 * Decimal("0.156")
    assert not raised(hass)
    # A list that the entity has tells the price of the very quarter hour
    tell(hass, "unavailable")
    await hass.async_block_till_done()
    before = today(entry)
    start = clock.now + QUARTER
    spend(entry, start, start + QUARTER, 1000)
    minute(entry, clock, hours=1)
    assert today(entry) == before
    row = {"start": start, "end": start + QUARTER, "value": -100}
    tell(hass, 30, raw_today=[row], raw_tomorrow=[])
    await hass.async_block_till_done()
    assert today(entry) == before
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_last_price_goes_on_if_wanted(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock
) -> None:
    """Then the price is never unknown."""
    entry = await spot_entry(hass, start_meter, clock, hold_last_price=True)
    tell(hass, "unavailable")
    await hass.async_block_till_done()
    assert number(hass, "current_price") == 0.216
    spend(entry, clock.now, clock.now + timedelta(hours=2), 4000)
    minute(entry, clock, hours=2)
    await hass.async_block_till_done()
    assert today(entry) == 4 * Decimal("0.216")
    assert raised(hass) == {"price_entity_unknown"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_price_of_before_does_not_begin_a_quarter_hour(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock
) -> None:
    """A sensor that is a little late, or fails just then, said it for the time before."""
    entry = await spot_entry(hass, start_meter, clock)
    energy = entry.runtime_data.costs.kept.priced[SPOT]
    minute(entry, clock, minutes=15)
    assert clock.now not in energy.seen
    assert energy.now == Decimal("0.08")
    minute(entry, clock, minutes=1)
    assert energy.seen[clock.now - timedelta(minutes=1)] == Decimal("0.08")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_price_told_again_is_nothing_new(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock
) -> None:
    """Whatever else the sensor tells: no cost is worked out again, and none shown."""
    entry = await spot_entry(hass, start_meter, clock)
    minute(entry, clock, minutes=1)
    heard: list[datetime] = []
    entry.runtime_data.costs.async_add_listener(lambda: heard.append(clock.now))
    tell(hass, 80, icon="mdi:flash")
    await hass.async_block_till_done()
    assert heard == []
    tell(hass, 90)
    await hass.async_block_till_done()
    assert heard == [clock.now]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_entity_that_is_renamed_damaged_and_removed(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock
) -> None:
    """It is known by its id in the registry; each trouble has its words."""
    registry = er.async_get(hass)
    registry.async_get_or_create(
        "sensor", "test", "spot", suggested_object_id="spot", unit_of_measurement="x"
    )
    entry = await spot_entry(hass, start_meter, clock)
    registry.async_update_entity(SPOT, new_entity_id="sensor.market")
    hass.states.async_set("sensor.market", "50", UNIT)
    hass.states.async_remove(SPOT)
    await hass.async_block_till_done()
    minute(entry, clock, minutes=1)
    assert number(hass, "current_price") == 0.18
    hass.states.async_set("sensor.market", "60", UNIT)
    await hass.async_block_till_done()
    assert number(hass, "current_price") == 0.192
    for state, attributes, words in (
        ("60", {}, "price_entity_unit"),
        ("high", UNIT, "price_entity_number"),
        ("85000", UNIT, "price_entity_absurd"),
        ("unknown", UNIT, "price_entity_unknown"),
    ):
        hass.states.async_set("sensor.market", state, attributes)
        await hass.async_block_till_done()
        assert not raised(hass)
        minute(entry, clock, minutes=16)
        assert raised(hass) == {words}
        hass.states.async_set("sensor.market", "60", UNIT)
        await hass.async_block_till_done()
        assert not raised(hass)
    registry.async_remove("sensor.market")
    hass.states.async_remove("sensor.market")
    await hass.async_block_till_done()
    minute(entry, clock, minutes=16)
    assert raised(hass) == {"price_entity_gone"}
    assert "unknown" in str(hass.states.get("sensor.linky_current_price"))
    # With the contract the repair goes
    hass.config_entries.async_update_entry(entry, options={})
    await hass.async_block_till_done()
    assert not raised(hass)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_prices_ahead_for_others(
    hass: HomeAssistant,
    start_meter: StartMeter,
    hass_client: ClientSessionGenerator,
    clock: Clock,
) -> None:
    """The present one alone, or those that the entity lists; nothing is made up."""
    entry = await spot_entry(hass, start_meter, clock)
    device = {"device_id": next(iter(_devices(hass, entry)))}
    assert await async_setup_component(hass, "http", {})

    async def call(action: str, **data: Any) -> Any:
        return await hass.services.async_call(
            DOMAIN, action, device | data, blocking=True, return_response=True
        )

    answer = await call("get_price_timeline", format="evcc")
    (one,) = answer["prices"]
    assert one["value"] == 0.216
    assert dt_util.parse_datetime(one["end"]) == clock.now + QUARTER
    start = clock.now + timedelta(hours=1)
    rows = [
        {"start": start + n * QUARTER, "end": start + (n + 1) * QUARTER, "value": value}
        for n, value in enumerate((90, -300, -300, 120))
    ]
    tell(hass, 80, raw_today=rows)
    await hass.async_block_till_done()
    plan = await call(
        "find_cheapest_window",
        duration={"minutes": 30},
        start=start.isoformat(),
        end=(start + 4 * QUARTER).isoformat(),
    )
    assert dt_util.parse_datetime(plan["start"]) == start + QUARTER
    assert (plan["price"], plan["sure"]) == (-0.24, True)
    client = await hass_client()
    response = await client.get(f"/api/{DOMAIN}/prices/slots")
    assert response.status == HTTPStatus.OK
    slots = await response.json()
    assert [slot["price"] for slot in slots] == [
        *(0.216, None, 0.228, -0.24, 0.264, None)
    ]
    assert {slot["tariff"] for slot in slots} == {"all_hours"}
    calendar = hass.states.get("calendar.linky_tariffs")
    assert calendar is None or calendar.state == "off"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_window_stays_when_the_list_of_a_day_is_gone(
    hass: HomeAssistant, start_meter: StartMeter, clock: Clock
) -> None:
    """At midnight the entity lists the new day alone: what has begun is not moved."""
    entry = await spot_entry(hass, start_meter, clock)
    keeper, noon = entry.runtime_data.costs, clock.now
    hours = [noon + timedelta(hours=n) for n in range(25)]
    rows = [
        {"start": start, "end": end, "value": 10 if n in {11, 12} else 50}
        for n, (start, end) in enumerate(pairwise(hours))
    ]

    def window() -> datetime:
        length = timedelta(hours=2)
        plan = cheapest_between(keeper, noon, noon + timedelta(hours=20), length)
        assert plan is not None
        return plan.pieces[0].start

    tell(hass, 50, raw_today=rows[:12], raw_tomorrow=rows[12:])
    await hass.async_block_till_done()
    assert window() == hours[11]
    clock.now = hours[12] + timedelta(minutes=5)
    tell(hass, 10, raw_today=rows[12:], raw_tomorrow=[])
    await hass.async_block_till_done()
    assert window() == hours[11]
    await hass.config_entries.async_unload(entry.entry_id)


def _devices(hass: HomeAssistant, entry: MockConfigEntry) -> list[str]:
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return [one.device_id for one in entities if one.device_id and one.original_name]


@pytest.mark.usefixtures("all_enabled")
async def test_the_energy_dashboard_takes_costs_that_fall(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    start_meter: StartMeter,
    hass_ws_client: WebSocketGenerator,
    clock: Clock,
) -> None:
    """Its statistics go down with a price below zero, and it objects to nothing."""
    assert await async_setup_component(hass, "energy", {})
    # States have the time that it is
    began = datetime.now(UTC).replace(second=0, microsecond=0)
    began -= timedelta(minutes=began.minute % 5)
    entry = await spot_entry(hass, start_meter, clock)
    await until(lambda: hass.states.get("sensor.linky_cost_total") is not None, 30)
    await async_wait_recording_done(hass)
    spend(entry, clock.now, clock.now + QUARTER, 1000)
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    clock.now += QUARTER
    tell(hass, -300)
    await hass.async_block_till_done()
    spend(entry, clock.now, clock.now + QUARTER, 2000)
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    total = "sensor.linky_cost_total"
    client = await hass_ws_client(hass)
    grid = {
        "type": "grid",
        "stat_energy_from": "sensor.linky_energy_import",
        "stat_energy_to": None,
        "stat_cost": total,
        "entity_energy_price": None,
        "number_energy_price": None,
        "stat_compensation": None,
        "entity_energy_price_export": None,
        "number_energy_price_export": None,
        "cost_adjustment_day": 0,
    }
    await client.send_json_auto_id(
        {"type": "energy/save_prefs", "energy_sources": [grid]}
    )
    saved = await client.receive_json()
    assert saved["success"], saved
    await client.send_json_auto_id({"type": "energy/validate"})
    answer = await client.receive_json()
    objections = [
        issue
        for source in answer["result"]["energy_sources"]
        for issue in source
        if total in str(issue)
    ]
    assert [one["type"] for one in objections] in ([], ["statistics_not_defined"])
    state = hass.states.get(total)
    assert state is not None
    assert float(state.state) == -0.264
    assert (state.attributes["state_class"], state.attributes["device_class"]) == (
        *("total", "monetary"),
    )
    start = began
    while start <= datetime.now(UTC):
        do_adhoc_statistics(hass, start=start)
        await async_wait_recording_done(hass)
        start += timedelta(minutes=5)
    sums = await get_instance(hass).async_add_executor_job(_sums, hass, total, began)
    # From the first state that the recorder saw on
    assert sums[-1] == pytest.approx(-0.264)
    await hass.config_entries.async_unload(entry.entry_id)


def _sums(hass: HomeAssistant, entity_id: str, since: datetime) -> list[float | None]:
    """Return the sums of the short-term statistics of an entity, in a thread."""
    found = statistics_during_period(
        hass, since, None, {entity_id}, "5minute", None, {"sum"}
    )
    return [row.get("sum") for row in found.get(entity_id, [])]


def test_stores_of_before_have_no_such_energy() -> None:
    """What was kept before is read, and one part that is damaged costs no other."""
    kept = Kept().as_dict()
    del kept["priced"]
    assert Kept.from_dict(json.loads(json.dumps(kept))).priced == {}
    good = {"days": {}, "waiting": {}, "seen": {}, "last": "0.1"}
    found = Kept.from_dict(kept | {"priced": {"a": {"days": 3}, "b": good}}).priced
    assert set(found) == {"b"}
    assert found["b"].last == Decimal("0.1")
