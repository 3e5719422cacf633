"""Costs and the calendar over MQTT: what is told is what ours shows, one by one."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import json
from types import MappingProxyType
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.settings import PriceSettings, PriceSource
from custom_components.linky_meter.const import DOMAIN, SUBENTRY_OFFER
from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.output.mqtt.mqtt import node_of
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    day_of,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import Colour, Source
from custom_components.linky_meter.linky_tic.costs.estimate.dynamic import TOLD
from custom_components.linky_meter.linky_tic.costs.estimate.spans import Billing, Every
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from tests.conftest import Replay, address_of, entry_for, frame_of, set_up, until
from tests.mosquitto import Mosquitto, listening

from .both_ways import ATTRIBUTES, set_up_mqtt, value
from .feed import Feed, telling

pytestmark = pytest.mark.usefixtures("socket_enabled", "no_yaml", "all_enabled")

OFFER = {
    "structure": "base",
    "supplier": "Someone",
    "prices": [
        {
            "calendar": "BASE",
            "start": "2000-01-01",
            "prices": {"1": "0.19"},
            "subscription": "12",
        }
    ],
    "schedule": None,
    "regulated": None,
}
OFFER_TOML = """
[[offers]]
name = "Other"
supplier = "Someone"
structure = "base"
prices = [0.19]
subscription = 12
"""
TYPED_TOML = """
[prices]
bill_first = 2024-01-31
bill_every = "two_months"
[[prices.periods]]
calendar = "HC.."
prices = [0.15, 0.21]
subscription = 15
end = {end}
[[prices.periods]]
calendar = "HC.."
start = {start}
prices = [0.16, 0.22]
subscription = 15
"""
BY_HOURS_TOML = """
[prices]
bill_first = 2024-03-10
[[prices.contracts]]
structure = "super_off_peak"
off_peak = "22:00-06:00"
super_off_peak = "02:00-06:00"
[[prices.contracts.periods]]
start = 2020-02-01
prices = [0.16, 0.22, 0.13]
subscription = 16.50
[[prices.export]]
start = 2020-06-01
delivery_price = 0.09
battery_fee = 9.99
stored = 12.5
"""
REGULATED_TOML = """
[prices]
power = 6
regulated = true
bill_first = 2024-03-10
"""
type Pairs = dict[str, tuple[er.RegistryEntry, er.RegistryEntry]]


def typed() -> tuple[PriceSettings, str]:
    """Return prices that change in ten days, and bills."""
    start = day_of(dt_util.utcnow()) + 10 * DAY
    periods = [
        PricePeriod("HC..", first, {1: low, 2: high}, Decimal(15), end)
        for first, low, high, end in (
            (date(2000, 1, 1), Decimal("0.15"), Decimal("0.21"), start - DAY),
            (start, Decimal("0.16"), Decimal("0.22"), None),
        )
    ]
    settings = PriceSettings(
        source=PriceSource.MANUAL,
        periods=PriceList(periods),
        billing=Billing(date(2024, 1, 31), Every.TWO_MONTHS),
    )
    return settings, TYPED_TOML.format(start=start, end=start - DAY)


def regulated() -> tuple[PriceSettings, str]:
    """Return the regulated prices, and a bill each month."""
    settings = PriceSettings(
        source=PriceSource.REGULATED, power=6, billing=Billing(date(2024, 3, 10))
    )
    return settings, REGULATED_TOML


def by_hours() -> tuple[PriceSettings, str]:
    """Return a contract with hours of its own, and a virtual battery."""
    pricing = read_settings(BY_HOURS_TOML, {}).pricing
    settings = PriceSettings(
        source=PriceSource.MANUAL,
        contracts=pricing.contracts,
        export=pricing.export,
        billing=pricing.billing,
    )
    return settings, BY_HOURS_TOML


def fill(entry: MockConfigEntry) -> None:
    """Let a year and a day be known."""
    kept = entry.runtime_data.costs.kept
    ledger, today = kept.ledger, day_of(dt_util.utcnow())
    for ago in range(366, 0, -1):
        one = today - ago * DAY
        assert ledger.backfill(one, "HC..", {1: 6_000 + 17 * (ago % 31), 2: 5_000})
        at = midnight(one) + timedelta(hours=19, minutes=42)
        load = 3_500 if ago in {100, 101, 110} else 1_000 + 5 * (ago % 300)
        ledger.days[one].peak = Peak(load, at=at, seconds={3: 600})
        kept.colours.learn(one, Colour.BLUE, Source.RTE)
    ledger.powers[:] = [(today - 366 * DAY, 6)]
    entry.runtime_data.costs.async_prices_changed()


def on_device(
    hass: HomeAssistant, entry: MockConfigEntry, identifier: tuple[str, str], start: str
) -> dict[str, er.RegistryEntry]:
    """Return the entities of a device, by what follows in their unique ids."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        identifier, entry.entry_id
    )
    if device is None:
        return {}
    return {
        one.unique_id.removeprefix(start): one
        for one in er.async_entries_for_device(
            er.async_get(hass), device.id, include_disabled_entities=True
        )
    }


def plain(attribute: object) -> object:
    """Return an attribute as anybody sees it."""
    return attribute.isoformat() if isinstance(attribute, date) else attribute


def shown(state: State, *, unrecorded: bool) -> dict[str, Any]:
    """Return what a state shows: what it is, its value, and what is told beside it."""
    found: dict[str, Any] = {name: state.attributes.get(name) for name in ATTRIBUTES}
    if unrecorded:
        others = {"friendly_name", "icon", "attribution"}
        found = {
            name: plain(told)
            for name, told in state.attributes.items()
            if name not in others
        }
    found["last_reset"] = plain(state.attributes.get("last_reset"))
    return found | {"state": value(state.state)}


JUDGED = {"best_contract", "recommended_power", "next_price_change"}


def differences(hass: HomeAssistant, pairs: Pairs) -> dict[str, Any]:
    """Return what is not the same, but for what a moment costs."""
    found: dict[str, Any] = {}
    for key, (one, other) in pairs.items():
        states = hass.states.get(one.entity_id), hass.states.get(other.entity_id)
        if states[0] is None or states[1] is None:
            found[key] = states
            continue
        first, second = (shown(s, unrecorded=key in JUDGED) for s in states if s)
        if key == "price_source":
            first["options"] = [o for o in first["options"] if o != TOLD]
        if isinstance(first["state"], float):
            first["state"] = pytest.approx(first["state"], abs=0.02)
        if first != second:
            found[key] = first, second
    return found


@pytest.mark.parametrize(
    ("prices", "year"), [(typed, False), (regulated, True), (by_hours, False)]
)
async def test_costs(
    hass: HomeAssistant,
    replay: Replay,
    broker: Mosquitto,
    prices: Any,
    *,
    year: bool,
) -> None:
    """All of the device of costs and of an offer; nothing of ours is missing."""
    frame = frame_of("standard_hc")
    settings, toml = prices()
    port = replay(frame)
    ours = entry_for(address_of("standard_hc"), port.path, **settings.as_options({}))
    ours.add_to_hass(hass)
    other = ConfigSubentry(
        data=MappingProxyType(OFFER),
        subentry_type=SUBENTRY_OFFER,
        title="Other",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(ours, other)
    assert await hass.config_entries.async_setup(ours.entry_id)
    await until(lambda: hass.states.get("sensor.linky_cost_month"), 30)
    keeper = ours.runtime_data.costs
    if year:
        fill(ours)
    await hass.async_block_till_done()
    await until(lambda: keeper.ready and keeper.view is not None, 30)
    theirs = await set_up_mqtt(hass, broker.port)
    pricing = read_settings(toml + OFFER_TOML, {}).pricing
    book = Book.from_dict(json.loads(json.dumps(keeper._as_dict())), pricing)
    address, node = address_of("standard_hc"), node_of(address_of("standard_hc"))
    async with telling(broker.port, offers=["Other"]) as mqtt:
        feed = Feed()
        for _ in range(6):
            for told in feed.told(frame):
                book.feed(told.reading, told.at)
                await mqtt.compute_told(told)
        await mqtt.compute_costs(book.look())
        offer, offer_told = f"offer_{other.subentry_id}", f"{node}_offer_other"
        for mine, start, others, others_start in (
            (f"{address}_costs", f"{address}_", f"{node}_costs", f"{node}_"),
            (offer, f"{offer}_", offer_told, f"{offer_told}_"),
        ):
            wanted = on_device(hass, ours, (DOMAIN, mine), start)
            assert len(wanted) > 15
            found: dict[str, er.RegistryEntry] = {}

            def all_there() -> bool:
                nonlocal found
                found = on_device(hass, theirs, ("mqtt", others), others_start)  # noqa: B023
                return found.keys() >= wanted.keys()  # noqa: B023

            with suppress(TimeoutError):
                await until(all_there, 30)
            assert sorted(found) == sorted(wanted)
            pairs = {key: (one, found[key]) for key, one in wanted.items()}
            with suppress(TimeoutError):
                await until(lambda: not differences(hass, pairs), 30)  # noqa: B023
            assert differences(hass, pairs) == {}
            for one, told_one in pairs.values():
                assert told_one.original_name == one.original_name
                assert told_one.entity_category == one.entity_category
                # Both are here, which nobody has
                assert told_one.entity_id == f"{one.entity_id}_2"
    state = hass.states.get("sensor.linky_best_contract")
    assert state is not None
    assert (state.state == "not_enough_data") is not year
    assert await hass.config_entries.async_unload(theirs.entry_id)
    await hass.config_entries.async_unload(ours.entry_id)


async def test_an_offer_that_is_gone(hass: HomeAssistant, broker: Mosquitto) -> None:
    """Its device leaves Home Assistant with the next start of linky-tic."""
    theirs = await set_up_mqtt(hass, broker.port)
    devices = dr.async_get(hass)
    gone = f"{node_of(address_of('standard_hc'))}_offer_other"

    def device() -> dr.DeviceEntry | None:
        return devices.async_get_device_by_identifier(("mqtt", gone), theirs.entry_id)

    for offers in ["Other"], []:
        book = Book(read_settings(OFFER_TOML if offers else "", {}).pricing)
        async with telling(broker.port, offers=offers) as mqtt:
            for told in Feed().told(frame_of("standard_hc") * 6):
                book.feed(told.reading, told.at)
                await mqtt.compute_told(told)
            await mqtt.compute_costs(book.look())
            await until(lambda: (device() is not None) is bool(offers), 30)  # noqa: B023
    assert await hass.config_entries.async_unload(theirs.entry_id)


def calendar_of(state: State) -> tuple[object, ...]:
    """Return what a calendar, or what stands in for it, shows."""
    told = state.attributes
    # A calendar's own are of the house, without an offset
    times = [
        dt_util.parse_datetime(told.get(name, ""))
        for name in ("start_time", "end_time")
    ]
    return (
        state.state,
        told.get("message"),
        told.get("all_day"),
        *(dt_util.as_local(at) for at in times if at is not None),
    )


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("preset", ["standard_hc", "standard_tempo_three_phase"])
async def test_calendar(
    hass: HomeAssistant, replay: Replay, broker: Mosquitto, preset: str, language: str
) -> None:
    """What is now or comes next is what our calendar shows; all days ahead are told."""
    await hass.config.async_set_time_zone("Europe/Paris")
    hass.config.language = language
    calendar = "TEMPO" if "tempo" in preset else "HC.."
    frame = frame_of(preset)
    port = replay(frame)
    prices = {n: Decimal("0.15") + n * Decimal("0.01") for n in range(1, 7)}
    period = PricePeriod(calendar, date(2000, 1, 1), prices, Decimal(15))
    settings = PriceSettings(source=PriceSource.MANUAL, periods=PriceList([period]))
    ours = entry_for(address_of(preset), port.path, **settings.as_options({}))
    assert await set_up(hass, ours)
    keeper = ours.runtime_data.costs
    await until(lambda: keeper.kept.ledger.calendar, 30)
    for days in range(-1, 2):
        day = day_of(dt_util.utcnow()) + days * DAY
        keeper.kept.colours.learn(day, Colour.WHITE, Source.RTE)
    keeper.async_prices_changed()
    theirs = await set_up_mqtt(hass, broker.port)
    toml = f'[[prices.periods]]\ncalendar = "{calendar}"\nsubscription = 15\n'
    told_prices = ", ".join(f"{n} = {price}" for n, price in prices.items())
    pricing = read_settings(f"{toml}prices = {{ {told_prices} }}", {}).pricing
    book = Book.from_dict(json.loads(json.dumps(keeper._as_dict())), pricing)
    async with (
        telling(broker.port, lang=Language(language)) as mqtt,
        listening(broker.port, "linky/+/calendar") as ear,
    ):
        feed = Feed(dt_util.utcnow() - timedelta(seconds=6))
        for _ in range(6):
            for told in feed.told(frame):
                book.feed(told.reading, told.at)
                await mqtt.compute_told(told)
        await mqtt.compute_costs(book.look())
        both = "calendar.linky_tariffs", "binary_sensor.linky_tariffs"

        def same() -> bool:
            states = [hass.states.get(entity_id) for entity_id in both]
            if any(s is None or s.state == STATE_UNAVAILABLE for s in states):
                return False
            found = [calendar_of(s) for s in states if s]
            return found[0] == found[1]

        with suppress(TimeoutError):
            await until(same, 30)
        one, other = (hass.states.get(entity_id) for entity_id in both)
        assert one is not None
        assert other is not None
        assert calendar_of(other) == calendar_of(one)
        assert other.name == one.name
        await ear.until(lambda: ear.last)
        (text,) = ear.last.values()
        events = json.loads(text)["events"]
        answer: Any = await hass.services.async_call(
            "calendar",
            "get_events",
            {
                "entity_id": both[0],
                "start_date_time": datetime.now(UTC).isoformat(),
                "duration": {"days": 3},
            },
            blocking=True,
            return_response=True,
        )
        parse = datetime.fromisoformat
        wanted = [
            (e["summary"], parse(e["start"]), parse(e["end"]))
            for e in answer[both[0]]["events"]
        ]
        # One may end, or another come into sight, while this is asked
        assert len(wanted) > 2
        assert set(wanted[:3]) <= {
            (e["message"], parse(e["start_time"]), parse(e["end_time"])) for e in events
        }
    assert await hass.config_entries.async_unload(theirs.entry_id)
    await hass.config_entries.async_unload(ours.entry_id)
