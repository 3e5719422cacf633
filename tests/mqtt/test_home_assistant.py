"""Home Assistant's own MQTT integration has the entities that ours has."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.cli.output.mqtt.mqtt import Mqtt
from custom_components.linky_meter.linky_tic.publish.profiles import Profile
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from scripts.mqtt_entities import TABLE, text
from tests.conftest import Replay, frame_of, until
from tests.mosquitto import Mosquitto
from tests.simulator import PRESETS

from .both_ways import ATTRIBUTES, entities, read, set_up_mqtt, value
from .feed import Feed, House, telling

# What depends on when a frame comes, not on the meter
UNSTEADY = {"clock_offset", "frame_interval"}
pytestmark = pytest.mark.usefixtures("socket_enabled", "no_yaml")


def test_the_table_is_the_integrations() -> None:
    """Names, classes and units are the same; scripts/mqtt_entities writes them anew."""
    assert TABLE.read_text(encoding="utf-8") == text()


async def tell_often(mqtt: Mqtt, frame: bytes) -> None:
    """Tell a frame six times."""
    feed = Feed()
    for _ in range(6):
        for told in feed.told(frame):
            await mqtt.compute_told(told)


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
