"""Loads are shed before the breaker trips, and run again when there is room."""

from __future__ import annotations

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from homeassistant.const import EVENT_LOGBOOK_ENTRY
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests.conftest import StartMeter, set_up, until

from .conftest import Pass
from .house import (
    DRYER,
    HEATER,
    LOG,
    OVERLOADED,
    ROOM,
    House,
    entry_with,
    furnish,
    load,
    log_of,
    state,
)

BOILER = load(HEATER, "Water heater", priority=1, power=2400)


async def test_the_breaker_stays_closed(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """As fast as in a real house: what is missed least is off in time, and that is all."""
    await furnish(hass)
    await hass.services.async_call(
        "input_boolean", "turn_off", {"entity_id": HEATER}, blocking=True
    )
    meter = await start_meter(speed=1.0, **OVERLOADED)
    house = House(hass, meter, {HEATER: 6500, DRYER: 800})
    house.measure(1700)
    entry = entry_with(
        meter,
        load(HEATER, "Water heater", priority=1, power=6500),
        load(DRYER, "Dryer", priority=9, power=800),
    )
    lines = log_of(hass)
    assert await set_up(hass, entry)
    await until(lambda: state(hass, "sensor.dryer_load") == "allowed")
    await hass.services.async_call(
        "input_boolean", "turn_on", {"entity_id": HEATER}, blocking=True
    )
    await until(lambda: state(hass, HEATER) == "off", 60)
    await until(lambda: state(hass, "sensor.water_heater_load") == "shed")
    assert meter.meter.truth.breaker == "closed"
    assert state(hass, DRYER) == "on"
    assert [line["event_type"] for line in lines] == ["shed"]
    assert lines[0]["load"] == "Water heater"
    assert lines[0]["reason"] == "overload"
    assert lines[0]["message"].startswith("Water heater is shed: ")
    assert "3900 VA are allowed" in lines[0]["message"]
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_shed_and_restored(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """It runs again once there was room for it for a while, and the log says why."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {HEATER: 2400})
    house.measure(2200)
    entry = entry_with(meter, BOILER)
    lines = log_of(hass)
    assert await set_up(hass, entry)
    await until(lambda: state(hass, HEATER) == "off")
    house.measure(200)
    await wait(entry, 120, lambda: state(hass, HEATER) == "on")
    await until(lambda: state(hass, "sensor.water_heater_load") == "allowed")
    restored = [line for line in lines if line["event_type"] == "restored"]
    assert "there is room again" in restored[0]["message"]
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_less_important_waits(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """Room for one goes to the more important; the other waits for room of its own."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {HEATER: 2400, DRYER: 2000})
    house.measure(3000)
    entry = entry_with(meter, BOILER, load(DRYER, "Dryer", priority=9, power=2000))
    assert await set_up(hass, entry)
    await until(lambda: state(hass, HEATER) == state(hass, DRYER) == "off")
    house.measure(1000)
    await wait(entry, 120, lambda: state(hass, DRYER) == "on")
    await wait(entry, 120)
    assert state(hass, HEATER) == "off"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_log_is_the_cause(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The switch changed in the context of the event that tells why, as the activity does."""
    entries = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    House(hass, meter, {HEATER: 2400}).measure(2200)
    entry = entry_with(meter, BOILER)
    assert await set_up(hass, entry)
    await until(lambda: state(hass, HEATER) == "off" and state(hass, LOG))
    switched, told = hass.states.get(HEATER), hass.states.get(LOG)
    assert switched is not None
    assert told is not None
    assert switched.context.id == told.context.id
    (shown,) = entries
    assert shown.context.id == told.context.id
    assert shown.data["entity_id"] == LOG
    assert shown.data["message"] == told.attributes["message"]
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_dry_run_switches_nothing(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The log tells what it would do; switched on, it does it."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {HEATER: 6500})
    house.measure(2000)
    entry = entry_with(meter, BOILER, loads_mode="dry_run")
    lines = log_of(hass)
    assert await set_up(hass, entry)
    await until(lambda: state(hass, "sensor.water_heater_load") == "would_be_shed")
    assert lines[0]["dry_run"] is True
    assert lines[0]["message"].startswith("Dry run, nothing was switched. Water heater")
    assert not house.orders
    hass.config_entries.async_update_entry(
        entry, options=dict(entry.options) | {"loads_mode": "on"}
    )
    await until(lambda: state(hass, HEATER) == "off")
    # And back: what is off now runs again
    hass.config_entries.async_update_entry(
        entry, options=dict(entry.options) | {"loads_mode": "dry_run"}
    )
    await until(lambda: state(hass, HEATER) == "on")


async def test_entities_come_and_go_with_the_loads(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Without a load there is nothing; with the last of them all goes."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    House(hass, meter, {HEATER: 2400}).measure()
    entry = entry_with(meter)
    assert await set_up(hass, entry)
    registry, devices = er.async_get(hass), dr.async_get(hass)
    assert not registry.async_get(ROOM)
    subentry = entry_with(meter, BOILER).subentries
    (one,) = subentry.values()
    hass.config_entries.async_add_subentry(entry, one)
    await until(lambda: state(hass, "sensor.water_heater_load") == "allowed")
    await until(lambda: float(state(hass, ROOM) or 0) > 0)
    assert state(hass, LOG) == "unknown"
    room = registry.async_get(ROOM)
    assert room is not None
    device = devices.async_get(room.device_id or "")
    assert device is not None
    assert device.name == "Linky load manager"
    hass.config_entries.async_remove_subentry(entry, one.subentry_id)
    await until(lambda: not registry.async_get(ROOM) and not registry.async_get(LOG))
    await hass.async_block_till_done()
    assert not registry.async_get("sensor.water_heater_load")
    assert not devices.async_get(room.device_id or "")


async def test_the_margin_is_kept_free(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The room that is left is less by it."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    House(hass, meter, {HEATER: 1000}).measure(500)
    entry = entry_with(meter, BOILER)
    assert await set_up(hass, entry)
    await until(lambda: 1300 < float(state(hass, ROOM) or 0) < 1600)
    hass.config_entries.async_update_entry(
        entry, options=dict(entry.options) | {"loads_margin": 1000}
    )
    await until(lambda: 300 < float(state(hass, ROOM) or 0) < 600)


@pytest.mark.parametrize("language", ["fr"])
async def test_the_log_speaks_french(
    hass: HomeAssistant, start_meter: StartMeter, language: str
) -> None:
    """In Home Assistant's language."""
    hass.config.language = language
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    House(hass, meter, {HEATER: 2400}).measure(2200)
    entry = entry_with(meter, BOILER)
    lines = log_of(hass)
    assert await set_up(hass, entry)
    await until(lambda: lines)
    assert lines[0]["message"].startswith("Délestage de Water heater\u00a0: la maison")
    assert await hass.config_entries.async_unload(entry.entry_id)
