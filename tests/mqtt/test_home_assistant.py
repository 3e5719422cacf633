"""Home Assistant's own MQTT integration has the entities that ours has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.settings import PriceSettings, PriceSource
from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.output.mqtt.mqtt import Mqtt
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)
from custom_components.linky_meter.linky_tic.publish.profiles import Profile
from homeassistant.components.mqtt.const import (
    CONFIG_ENTRY_MINOR_VERSION,
    CONFIG_ENTRY_VERSION,
)
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from scripts.mqtt_entities import TABLE, text
from tests.conftest import Replay, address_of, entry_for, frame_of, set_up, until
from tests.mosquitto import Mosquitto
from tests.simulator import PRESETS

from .feed import Feed, House, telling

# What depends on when a frame comes, not on the meter
UNSTEADY = {"clock_offset", "frame_interval"}
ATTRIBUTES = (
    "unit_of_measurement",
    "device_class",
    "state_class",
    "options",
    "event_types",
)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Use the network of this machine."""


@pytest.fixture(autouse=True)
def _no_yaml(hass: HomeAssistant) -> Iterator[None]:
    """Have a configuration.yaml that says nothing: the integration looks into it."""
    with patch("homeassistant.config.load_yaml_config_file", return_value={}):
        yield


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    """Start a broker."""
    async with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


async def set_up_mqtt(hass: HomeAssistant, port: int) -> MockConfigEntry:
    """Set up Home Assistant's own integration."""
    entry = MockConfigEntry(
        domain="mqtt",
        data={"broker": "127.0.0.1", "port": port},
        version=CONFIG_ENTRY_VERSION,
        minor_version=CONFIG_ENTRY_MINOR_VERSION,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


def test_the_table_is_the_integrations() -> None:
    """Names, classes and units are the same; scripts/mqtt_entities writes them anew."""
    assert TABLE.read_text(encoding="utf-8") == text()


def entities(
    hass: HomeAssistant, entry: MockConfigEntry
) -> dict[str, er.RegistryEntry]:
    """Return an entry's entities, by platform and key."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {
        f"{one.domain}.{one.unique_id.partition('_')[2]}": one
        for one in found
        # Home Assistant has no calendar over MQTT
        if one.domain != "calendar"
        and not one.unique_id.partition("_")[2].startswith("costs")
    }


async def read(hass: HomeAssistant, replay: Replay, preset: str) -> MockConfigEntry:
    """Return the entry of a meter of ours that is read for a while."""
    port = replay(frame_of(preset))
    baudrate = 1200 if PRESETS[preset].mode == "historic" else 9600
    entry = entry_for(address_of(preset), port.path, baudrate=baudrate)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.frames > 3, 30)
    return entry


async def tell_often(mqtt: Mqtt, frame: bytes) -> None:
    """Tell a frame six times."""
    feed = Feed()
    for _ in range(6):
        for told in feed.told(frame):
            await mqtt.compute_told(told)


def value(state: str) -> float | str:
    """Return a state as a number if it is one."""
    try:
        return round(float(state), 6)
    except ValueError:
        return state


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("preset", sorted(PRESETS))
async def test_the_same_entities(
    hass: HomeAssistant, replay: Replay, broker: Mosquitto, preset: str
) -> None:
    """Each entity of both ways: what it is, what it is called, and what it shows."""
    frame = frame_of(preset)
    ours = await read(hass, replay, preset)
    theirs = await set_up_mqtt(hass, broker.port)
    async with telling(broker.port, profile=Profile.EVERY_FRAME) as mqtt:
        await tell_often(mqtt, frame)
        wanted = entities(hass, ours)
        with suppress(TimeoutError):
            await until(lambda: entities(hass, theirs).keys() >= wanted.keys(), 30)
        found = entities(hass, theirs)
        assert sorted(found) == sorted(wanted)

        def there() -> bool:
            states = [hass.states.get(one.entity_id) for one in found.values()]
            return all(s is not None and s.state != STATE_UNAVAILABLE for s in states)

        await until(there, 30)
        link = found["binary_sensor.link"].entity_id
        await until(lambda: hass.states.is_state(link, "on"), 30)
        with suppress(TimeoutError):
            await until(lambda: _differences(hass, wanted, found) == {}, 30)
        assert _differences(hass, wanted, found) == {}
    for key, one in wanted.items():
        other = found[key]
        assert other.entity_category == one.entity_category, key
        assert other.original_name == one.original_name, key
        assert other.unit_of_measurement == one.unit_of_measurement, key
        if one.original_icon:
            assert other.original_icon == one.original_icon, key
    device = dr.async_get(hass).async_get(found["sensor.energy_import"].device_id or "")
    own = dr.async_get(hass).async_get(wanted["sensor.energy_import"].device_id or "")
    assert device is not None
    assert own is not None
    for name in ("name", "manufacturer", "model", "sw_version"):
        assert getattr(device, name) == getattr(own, name)
    assert await hass.config_entries.async_unload(theirs.entry_id)
    await hass.config_entries.async_unload(ours.entry_id)


def _differences(
    hass: HomeAssistant,
    wanted: dict[str, er.RegistryEntry],
    found: dict[str, er.RegistryEntry],
) -> dict[str, Any]:
    """Return what is not the same."""
    differences: dict[str, Any] = {}
    for key, one in wanted.items():
        first, second = (
            hass.states.get(entity.entity_id) for entity in (one, found[key])
        )
        if first is None or second is None:
            differences[key] = (first, second)
            continue
        pairs = [
            (first.attributes.get(name), second.attributes.get(name))
            for name in ATTRIBUTES
        ]
        if key.partition(".")[2] not in UNSTEADY:
            pairs.append((value(first.state), value(second.state)))
        if different := [pair for pair in pairs if pair[0] != pair[1]]:
            differences[key] = different
    return differences


@pytest.mark.parametrize("preset", sorted(PRESETS))
async def test_enabled_as_ours(
    hass: HomeAssistant, replay: Replay, broker: Mosquitto, preset: str
) -> None:
    """What is of use at a meter is enabled, the rest waits in the registry; same ids."""
    frame = frame_of(preset)
    ours = await read(hass, replay, preset)
    disabled = {key for key, one in entities(hass, ours).items() if one.disabled}
    ids = {key: one.entity_id for key, one in entities(hass, ours).items()}
    await hass.config_entries.async_unload(ours.entry_id)
    await hass.config_entries.async_remove(ours.entry_id)
    theirs = await set_up_mqtt(hass, broker.port)
    async with telling(broker.port) as mqtt:
        await tell_often(mqtt, frame)
        await until(lambda: entities(hass, theirs).keys() >= ids.keys(), 30)
        found = entities(hass, theirs)
        assert {key for key, one in found.items() if one.disabled} == disabled
        assert {key: one.entity_id for key, one in found.items()} == ids
    assert await hass.config_entries.async_unload(theirs.entry_id)


async def test_events_and_availability(hass: HomeAssistant, broker: Mosquitto) -> None:
    """An overload is an event; without the meter, and without us, nothing is there."""
    entry = await set_up_mqtt(hass, broker.port)
    async with telling(broker.port) as mqtt:
        house = House(mqtt, "standard_hc", load=(1000.0,))
        await house.speak(4)
        keys = ("event.overload", "sensor.apparent_power", "binary_sensor.link")
        await until(lambda: entities(hass, entry).keys() >= set(keys), 30)
        event, power, link = (entities(hass, entry)[key].entity_id for key in keys)
        await until(lambda: hass.states.is_state(event, "unknown"), 30)
        house.line.meter.set_load(7000.0)
        await house.speak(6)

        def begun() -> bool:
            state = hass.states.get(event)
            return state is not None and state.attributes.get("event_type") == "begun"

        await until(begun, 30)
        await until(lambda: hass.states.is_state(link, "on"), 30)
        mqtt.compute_link(False)
        await until(lambda: hass.states.is_state(power, STATE_UNAVAILABLE), 30)
        await until(lambda: hass.states.is_state(link, "off"), 30)
        await house.speak(1)
        await until(lambda: not hass.states.is_state(power, STATE_UNAVAILABLE), 30)
        await until(lambda: hass.states.is_state(link, "on"), 30)
    await until(lambda: hass.states.is_state(link, STATE_UNAVAILABLE), 30)
    await until(lambda: hass.states.is_state(power, STATE_UNAVAILABLE), 30)
    assert await hass.config_entries.async_unload(entry.entry_id)


PRICES = """
[[prices.periods]]
calendar = "HC.."
prices = [0.15, 0.21]
subscription = 15
[[offers]]
name = "Other"
supplier = "Someone"
structure = "base"
prices = [0.19]
subscription = 12
"""
# What needs more than a month, or what only Home Assistant keeps
NOT_TOLD = re.compile(
    r"cost_(index_\d+|total|last_month|year|calendar_year|bill)|prices_\w+|price_source|cheapest_offer"
)
COSTS = r"_((?:cost|price|current_price|subscription$|unpriced).*)"


def matching(
    hass: HomeAssistant, entry: MockConfigEntry, pattern: str
) -> dict[str, er.RegistryEntry]:
    """Return the entities whose unique id is so, by the first group of it."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    matches = ((re.match(pattern, one.unique_id), one) for one in found)
    return {match[1]: one for match, one in matches if match is not None}


@pytest.mark.usefixtures("all_enabled")
async def test_costs(hass: HomeAssistant, replay: Replay, broker: Mosquitto) -> None:
    """What the month costs and would cost: what is told is what ours shows."""
    frame = frame_of("standard_hc")
    port = replay(frame)
    prices = {1: Decimal("0.15"), 2: Decimal("0.21")}
    period = PricePeriod("HC..", date(2000, 1, 1), prices, Decimal(15))
    settings = PriceSettings(source=PriceSource.MANUAL, periods=PriceList([period]))
    ours = entry_for(address_of("standard_hc"), port.path, **settings.as_options({}))
    assert await set_up(hass, ours)
    await until(lambda: hass.states.get("sensor.linky_cost_month"), 30)
    theirs = await set_up_mqtt(hass, broker.port)
    book = Book(read_settings(PRICES, {}).pricing)
    async with telling(broker.port, offers=["Other"]) as mqtt:
        feed = Feed()
        for _ in range(6):
            for told in feed.told(frame):
                book.feed(told.reading, told.at)
                await mqtt.compute_told(told)
        await mqtt.compute_costs(book.look())
        own = matching(hass, ours, rf"[0-9A-Z]{{12}}{COSTS}")
        wanted = {key: one for key, one in own.items() if not NOT_TOLD.fullmatch(key)}
        assert "current_price" in wanted

        def told_of() -> dict[str, er.RegistryEntry]:
            return matching(hass, theirs, rf"[0-9a-f]{{12}}{COSTS}")

        with suppress(TimeoutError):
            await until(lambda: told_of().keys() >= wanted.keys(), 10)
        assert sorted(told_of()) == sorted(wanted)
        found = told_of()
        assert found.keys() == wanted.keys()
        price = found["current_price"].entity_id
        await until(lambda: (s := hass.states.get(price)) and s.state[:2] == "0.", 30)
        with suppress(TimeoutError):
            await until(lambda: not _other_costs(hass, wanted, found), 30)
        assert not _other_costs(hass, wanted, found)
        for key, one in wanted.items():
            assert found[key].original_name == one.original_name
        offered = matching(hass, theirs, r"[0-9a-f]{12}_offer_other_(offer_.*)")
        assert offered.keys() >= {"offer_cost", "offer_estimate", "offer_difference"}
        cost = offered["offer_cost"].entity_id
        assert cost == "sensor.other_cost_this_month"
        await until(lambda: not hass.states.is_state(cost, "unknown"), 30)
    assert await hass.config_entries.async_unload(theirs.entry_id)
    await hass.config_entries.async_unload(ours.entry_id)


def _other_costs(
    hass: HomeAssistant,
    wanted: dict[str, er.RegistryEntry],
    found: dict[str, er.RegistryEntry],
) -> dict[str, Any]:
    """Return what is not the same but for what a moment costs."""
    others: dict[str, Any] = {}
    for key, one in wanted.items():
        states = hass.states.get(one.entity_id), hass.states.get(found[key].entity_id)
        if None in states:
            others[key] = states
            continue
        first, second = ({**s.attributes, "state": value(s.state)} for s in states if s)
        amount = first["state"]
        if isinstance(amount, float):
            first["state"] = pytest.approx(amount, abs=0.02)
        names = (*ATTRIBUTES, "last_reset", "state")
        pairs = [(first.get(name), second.get(name)) for name in names]
        if different := [pair for pair in pairs if pair[0] != pair[1]]:
            others[key] = different
    return others
