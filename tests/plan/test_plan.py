"""Prices ahead: actions, the list over HTTP, and the calendar."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import EJP, TEMPO
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    day_of,
)
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    Schedule,
    Window,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
    tempo_day,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.plan.events import (
    LOOK_AHEAD,
    What,
    happenings,
    present,
)
from custom_components.linky_meter.linky_tic.costs.plan.timeline import Contract
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)
from custom_components.linky_meter.linky_tic.tic.reading import EMPTY
from custom_components.linky_meter.plan.ahead import colour_of
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.billing.test_costs import options_of, period
from tests.conftest import StartMeter, address_of, entry_for, set_up, until
from tests.test_services import device_of

CALENDAR = "calendar.linky_tariffs"
TEMPO_PRICES = {
    n: Decimal(price)
    for n, price in enumerate(("0.13", "0.16", "0.15", "0.19", "0.16", "0.71"), 1)
}


async def started(
    hass: HomeAssistant, start_meter: StartMeter, preset: str, **options: Any
) -> MockConfigEntry:
    """Return a meter whose contract is booked."""
    meter = await start_meter(preset)
    entry = entry_for(address_of(preset), meter.path, **options)
    assert await set_up(hass, entry)
    await until(lambda: entry.runtime_data.costs.kept.ledger.calendar)
    return entry


async def ask(
    hass: HomeAssistant, entry: MockConfigEntry, action: str, **data: Any
) -> Any:
    """Return what an action answers."""
    return await hass.services.async_call(
        DOMAIN,
        action,
        {"device_id": device_of(hass, entry.entry_id), **data},
        blocking=True,
        return_response=True,
    )


def at(text: str) -> datetime:
    """Return a French time."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


async def test_timeline_of_off_peak_hours(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The meter's own hours, each with its price, tariff and both ends."""
    entry = await started(hass, start_meter, "standard_hc", **options_of(period()))
    answer = await ask(
        hass,
        entry,
        "get_price_timeline",
        start="2026-01-10T18:00:00+01:00",
        end="2026-01-11T07:00:00+01:00",
    )
    assert answer["prices"] == [
        {
            "start": "2026-01-10T18:00:00+01:00",
            "end": "2026-01-10T22:30:00+01:00",
            "tariff": "peak",
            "price": 0.2142,
            "likely_price": 0.2142,
            "color": None,
        },
        {
            "start": "2026-01-10T22:30:00+01:00",
            "end": "2026-01-11T06:30:00+01:00",
            "tariff": "off_peak",
            "price": 0.1589,
            "likely_price": 0.1589,
            "color": None,
        },
        {
            "start": "2026-01-11T06:30:00+01:00",
            "end": "2026-01-11T07:00:00+01:00",
            "tariff": "peak",
            "price": 0.2142,
            "likely_price": 0.2142,
            "color": None,
        },
    ]
    whole = await ask(hass, entry, "get_price_timeline")
    ends = dt_util.parse_datetime(whole["prices"][-1]["end"])
    assert ends is not None
    assert day_of(ends) == day_of(dt_util.utcnow()) + 2 * DAY
    await hass.config_entries.async_unload(entry.entry_id)


async def test_shapes_of_other_programs(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Evcc takes start, end and value; EMHASS a value for each of its steps."""
    entry = await started(hass, start_meter, "standard_hc", **options_of(period()))
    span = {"start": "2026-01-10T21:30:00+01:00", "end": "2026-01-10T23:30:00+01:00"}
    evcc = await ask(hass, entry, "get_price_timeline", format="evcc", **span)
    assert evcc == {
        "prices": [
            {
                "start": "2026-01-10T21:30:00+01:00",
                "end": "2026-01-10T22:30:00+01:00",
                "value": 0.2142,
            },
            {
                "start": "2026-01-10T22:30:00+01:00",
                "end": "2026-01-10T23:30:00+01:00",
                "value": 0.1589,
            },
        ]
    }
    emhass = await ask(hass, entry, "get_price_timeline", format="emhass", **span)
    assert emhass == {"load_cost_forecast": [0.2142, 0.2142, 0.1589, 0.1589]}
    hourly = await ask(
        hass, entry, "get_price_timeline", format="emhass", step="01:00:00", **span
    )
    assert hourly == {"load_cost_forecast": [0.2142, 0.1589]}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_cheapest_window_and_charge(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """When, at what price, what it costs, and what waiting saves."""
    entry = await started(hass, start_meter, "standard_hc", **options_of(period()))
    span = {"start": "2026-01-10T18:00:00+01:00", "end": "2026-01-11T07:30:00+01:00"}
    window = await ask(
        hass, entry, "find_cheapest_window", duration="02:00:00", power=2000, **span
    )
    assert window == {
        "start": "2026-01-10T22:30:00+01:00",
        "end": "2026-01-11T00:30:00+01:00",
        "active": False,
        "pieces": [
            {
                "start": "2026-01-10T22:30:00+01:00",
                "end": "2026-01-11T00:30:00+01:00",
            }
        ],
        "price": 0.1589,
        "sure": True,
        "price_at_once": 0.2142,
        "cost": 0.6356,
        "saved": 0.2212,
    }
    charge = await ask(hass, entry, "plan_charge", energy=30, power=3000, **span)
    # Eight hours are off-peak, two are not
    assert charge["cost"] == pytest.approx(24 * 0.1589 + 6 * 0.2142)
    assert charge["pieces"] == [
        {"start": "2026-01-10T18:00:00+01:00", "end": "2026-01-10T20:00:00+01:00"},
        {"start": "2026-01-10T22:30:00+01:00", "end": "2026-01-11T06:30:00+01:00"},
    ]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("action", "data", "error"),
    [
        (
            "get_price_timeline",
            {"start": "2026-01-11T00:00:00", "end": "2026-01-10T00:00:00"},
            "bad_stretch",
        ),
        ("get_price_timeline", {"end": "2226-01-10T00:00:00"}, "bad_stretch"),
        ("get_price_timeline", {"start": "0001-01-01T00:00:00"}, "bad_stretch"),
        ("get_price_timeline", {"start": "9999-12-30T00:00:00"}, "bad_stretch"),
        (
            "find_cheapest_window",
            {
                "duration": "05:00:00",
                "start": "2026-01-11T00:00:00",
                "end": "2026-01-11T04:00:00",
            },
            "too_little_time",
        ),
        (
            "plan_charge",
            {
                "energy": 10,
                "power": 3000,
                "start": "2019-06-01T00:00:00",
                "end": "2019-06-02T00:00:00",
            },
            "no_price_ahead",
        ),
    ],
)
async def test_what_cannot_be_answered(
    hass: HomeAssistant,
    start_meter: StartMeter,
    action: str,
    data: dict[str, Any],
    error: str,
) -> None:
    """Each says what to do."""
    entry = await started(hass, start_meter, "standard_hc", **options_of(period()))
    with pytest.raises(ServiceValidationError) as err:
        await ask(hass, entry, action, **data)
    assert err.value.translation_key == error
    await hass.config_entries.async_unload(entry.entry_id)


async def test_without_prices_or_contract(
    hass: HomeAssistant, start_meter: StartMeter, hass_client: ClientSessionGenerator
) -> None:
    """Hours are known without prices; a plan needs them."""
    entry = await started(hass, start_meter, "standard_hc")
    answer = await ask(hass, entry, "get_price_timeline")
    assert {slot["price"] for slot in answer["prices"]} == {None}
    assert {slot["tariff"] for slot in answer["prices"]} == {"peak", "off_peak"}
    with pytest.raises(ServiceValidationError) as err:
        await ask(hass, entry, "find_cheapest_window", duration="01:00:00")
    assert err.value.translation_key == "no_prices"
    entry.runtime_data.costs.kept.ledger.epochs.clear()
    with pytest.raises(ServiceValidationError) as err:
        await ask(hass, entry, "get_price_timeline")
    assert err.value.translation_key == "no_calendar"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_prices_over_http(
    hass: HomeAssistant,
    start_meter: StartMeter,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """For who is logged in only; nothing is told of what is not there."""
    entry = await started(hass, start_meter, "standard_hc", **options_of(period()))
    client, stranger = await hass_client(), await hass_client_no_auth()
    url = "/api/linky_meter/prices/evcc"
    answer = await client.get(url)
    assert answer.status == HTTPStatus.OK
    prices = await answer.json()
    assert {price["value"] for price in prices} == {0.1589, 0.2142}
    assert [price["end"] for price in prices[:-1]] == [
        price["start"] for price in prices[1:]
    ]
    assert (await stranger.get(url)).status == HTTPStatus.UNAUTHORIZED
    device = device_of(hass, entry.entry_id)
    again = await (await client.get(f"{url}?device_id={device}")).json()
    assert [price["end"] for price in again] == [price["end"] for price in prices]
    for missing in (f"{url}?device_id=other", f"{url}x"):
        assert (await client.get(missing)).status == HTTPStatus.NOT_FOUND
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await client.get(url)).status == HTTPStatus.NOT_FOUND


async def events(
    hass: HomeAssistant, start: datetime, end: datetime
) -> list[tuple[str, str, str]]:
    """Return what the calendar shows: (what, from, to)."""
    answer = await hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": CALENDAR,
            "start_date_time": start.isoformat(),
            "end_date_time": end.isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    shown: Any = answer and answer[CALENDAR]
    return [
        (one["summary"], _local(one["start"]), _local(one["end"]))
        for one in shown["events"]
    ]


def _local(text: str) -> str:
    if len(text) == 10:
        return text
    return datetime.fromisoformat(text).astimezone(PARIS).strftime("%d %H:%M")


@pytest.mark.usefixtures("all_enabled")
async def test_calendar_of_tempo(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """In the user's language: off-peak hours, colours that are known, new prices."""
    hass.config.language = "fr"
    winter = period(TEMPO, prices=TEMPO_PRICES)
    cheaper = {n: price - Decimal("0.01") for n, price in TEMPO_PRICES.items()}
    spring = period(TEMPO, prices=cheaper, start=date(2026, 2, 1))
    entry = await started(
        hass, start_meter, "standard_tempo_three_phase", **options_of(winter, spring)
    )
    colours = entry.runtime_data.costs.kept.colours
    colours.learn(date(2026, 1, 30), Colour.RED, Source.RTE)
    colours.learn(date(2026, 1, 31), Colour.WHITE, Source.RTE)
    assert await events(hass, at("2026-01-30T12:00"), at("2026-02-01T12:00")) == [
        ("Jour rouge", "30 06:00", "31 06:00"),
        ("Heures creuses, jour rouge", "30 22:00", "31 06:00"),
        ("Jour blanc", "31 06:00", "01 06:00"),
        ("Heures creuses, jour blanc", "31 22:00", "01 06:00"),
        ("Nouveaux prix", "2026-02-01", "2026-02-02"),
    ]
    # Nobody told this one, but its peak hours were counted
    ledger = entry.runtime_data.costs.kept.ledger
    ledger.days[date(2026, 1, 20)] = DayRow(energy={Key(TEMPO, 4): 5000})
    assert await events(hass, at("2026-01-20T12:00"), at("2026-01-20T23:00")) == [
        ("Jour blanc", "20 06:00", "21 06:00"),
        ("Heures creuses, jour blanc", "20 22:00", "21 06:00"),
    ]
    await hass.config_entries.async_unload(entry.entry_id)


PEAK = replace(
    EMPTY,
    values={
        "mobile_peak_start_2": at("2026-01-30T06:00"),
        "mobile_peak_end_2": at("2026-01-31T06:00"),
    },
)


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2026-01-30T12:00", "red"),
        ("2026-01-30T23:30", "red_off_peak"),
        ("2026-01-31T00:30", "red_off_peak"),
        ("2026-01-31T05:59", "red_off_peak"),
        ("2026-01-31T06:00", "white"),
        # Of the night after, only the hours are known, then only the prices
        ("2026-02-01T00:30", "white_off_peak"),
        ("2026-02-01T12:00", "new_prices"),
        ("2026-02-01T22:00", "off_peak"),
        # Nothing is now: what comes next
        ("2026-02-02T12:00", "off_peak"),
    ],
)
def test_what_the_calendar_says_now(now: str, shown: str) -> None:
    """The night and not the day that it is a part of, with the colour of that day."""
    colours = {date(2026, 1, 30): Colour.RED, date(2026, 1, 31): Colour.WHITE}
    cheaper = {**TEMPO_PRICES, 1: Decimal("0.12")}
    prices = PriceList(
        [
            PricePeriod(TEMPO, date(2026, 1, 1), TEMPO_PRICES),
            PricePeriod(TEMPO, date(2026, 2, 1), cheaper),
        ]
    )
    begin = at(now)
    found = happenings(
        Contract(TEMPO, prices), PEAK, colours.get, begin, begin + LOOK_AHEAD
    )
    told = present(found, begin)
    assert told is not None
    assert told.kind == shown
    # A red day is announced as a mobile peak too, and called red alone
    assert What.MOBILE_PEAK not in {one.kind for one in found}


def test_mobile_peaks_of_ejp() -> None:
    """As the meter announces them."""
    begin = at("2026-01-30T12:00")
    contract = Contract(EJP, PriceList([]))
    found = happenings(contract, PEAK, lambda _: None, begin, begin + LOOK_AHEAD)
    assert [
        (one.start, one.kind) for one in found if one.kind is not What.OFF_PEAK
    ] == [(at("2026-01-30T06:00"), What.MOBILE_PEAK)]


@pytest.mark.usefixtures("all_enabled")
async def test_calendar_of_tempo_without_prices(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Each night is off-peak, though neither a colour nor a price is known."""
    entry = await started(hass, start_meter, "standard_tempo_three_phase")
    assert await events(hass, at("2026-03-10T12:00"), at("2026-03-12T12:00")) == [
        ("Off-peak", "10 22:00", "11 06:00"),
        ("Off-peak", "11 22:00", "12 06:00"),
    ]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_calendar_is_on_in_off_peak_hours(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """And tells the next ones before."""
    entry = await started(hass, start_meter, "standard_hc")
    costs = entry.runtime_data.costs
    now = dt_util.utcnow().astimezone(PARIS)
    for start, state in (
        (now - timedelta(hours=1), "on"),
        (now + timedelta(hours=2), "off"),
    ):
        window = Window(1, start.time(), (start + timedelta(hours=3)).time())
        costs.kept.learned = Schedule((window,), 2)
        costs.async_prices_changed()
        await hass.async_block_till_done()
        shown = hass.states.get(CALENDAR)
        assert shown is not None
        assert (shown.state, shown.attributes["message"]) == (state, "Off-peak")
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_calendar_that_is_open_follows_what_is_announced(
    hass: HomeAssistant, start_meter: StartMeter, hass_ws_client: WebSocketGenerator
) -> None:
    """A colour of a day to come, while what is now stays as it is."""
    assert await async_setup_component(hass, "http", {})
    entry = await started(
        hass,
        start_meter,
        "standard_tempo_three_phase",
        **options_of(period(TEMPO, prices=TEMPO_PRICES)),
    )
    costs, now = entry.runtime_data.costs, dt_util.utcnow()
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "calendar/event/subscribe",
            "entity_id": CALENDAR,
            "start": now.isoformat(),
            "end": (now + 4 * DAY).isoformat(),
        }
    )
    assert (await client.receive_json())["success"]
    day = tempo_day(now) + 2 * DAY

    async def told() -> bool:
        answer = await client.receive_json()
        return any(
            one["summary"] == "Blue day" and one["start"].startswith(day.isoformat())
            for one in answer["event"]["events"]
        )

    assert not await told()
    costs.kept.colours.learn(day, Colour.BLUE, Source.RTE)
    costs.async_prices_changed()
    async with asyncio.timeout(30):
        while not await told():
            pass
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("preset", "enabled"), [("standard_producer", False), ("standard_hc", True)]
)
async def test_calendar_of_one_price_is_off(
    hass: HomeAssistant, start_meter: StartMeter, preset: str, enabled: bool
) -> None:
    """An empty calendar is of no use; whoever wants it can enable it."""
    entry = await started(hass, start_meter, preset)
    await hass.async_block_till_done()
    found = er.async_get(hass).async_get(CALENDAR)
    assert found is not None
    assert (found.disabled_by is None) is enabled
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_hours_of_historic_mode_are_learned(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """From two days of changes; they survive a restart."""
    entry = await started(hass, start_meter, "historic_hc", **options_of(period()))
    costs = entry.runtime_data.costs
    answer = await ask(hass, entry, "get_price_timeline")
    assert {slot["tariff"] for slot in answer["prices"]} == {None}
    observed = costs.kept.observed
    observed.last = observed.index = None
    begin = dt_util.utcnow().replace(second=0, microsecond=0) - 3 * DAY
    # What the meter counts now must not be taken for one of these changes
    near = begin.astimezone(PARIS).hour in {6, 7, 22, 23}
    off, on = (20, 4) if near else (23, 7)
    told = None
    for minute in range(int(3 * DAY / timedelta(minutes=1))):
        moment = begin + timedelta(minutes=minute)
        hour = moment.astimezone(PARIS).hour
        told = observed.feed(moment, 1 if hour >= off or hour < on else 2) or told
    assert told is not None
    costs.book.learn(told)
    costs.kept.learned = told
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: entry.runtime_data.costs.kept.ledger.calendar)
    answer = await ask(
        hass,
        entry,
        "get_price_timeline",
        start="2030-01-10T18:00:00+01:00",
        end="2030-01-11T12:00:00+01:00",
        format="evcc",
    )
    assert [(_local(one["start"]), one["value"]) for one in answer["prices"]] == [
        ("10 18:00", 0.2142),
        (f"10 {off}:00", 0.1589),
        (f"11 {on:02}:00", 0.2142),
    ]
    assert entry.runtime_data.costs.kept.observed.changes
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("energy", "colour"),
    [({1: 900}, None), ({1: 900, 2: 0}, None), ({3: 1, 4: 2}, Colour.WHITE)],
)
def test_a_colour_that_only_the_meter_told(
    energy: dict[int, int], colour: Colour | None
) -> None:
    """A night belongs to the day before: only peak hours tell the colour of a day."""
    day, ledger = date(2026, 11, 24), Ledger()
    ledger.days[day] = DayRow({Key(TEMPO, index): wh for index, wh in energy.items()})
    assert colour_of(day, Colours(), ledger) is colour
    assert colour_of(day - timedelta(days=1), Colours(), ledger) is None
