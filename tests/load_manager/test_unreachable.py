"""Loads that cannot be switched: not there, renamed, or their action fails."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.linky_meter.const import SUBENTRY_LOAD
from custom_components.linky_meter.loads.manager import LoadManager
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import (
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STARTED,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tests.conftest import StartMeter, set_up, until

from .conftest import Pass
from .house import DRYER, HEATER, OVERLOADED, House, entry_with, furnish, load, state
from .test_life import BOILER, STATUS, disable, shed, stop, switch

BOTH = (BOILER, load(DRYER, "Dryer", power=2000))


async def test_not_there_when_managing_ends(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """It is restored after the next start, when it is there and there is room."""
    entry, house, _ = await shed(hass, start_meter, *BOTH)
    await until(lambda: state(hass, DRYER) == "off")
    hass.states.async_set(HEATER, "unavailable")
    await disable(hass, entry)
    assert state(hass, DRYER) == "on"
    # There is room for one of them
    await switch(hass, DRYER, "turn_off")
    house.measure(200)
    assert await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await until(lambda: state(hass, STATUS) == "not_available")
    hass.states.async_set(HEATER, "off")
    await until(lambda: state(hass, STATUS) == "shed")
    await wait(entry, 120, lambda: state(hass, HEATER) == "on")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_not_there_when_it_is_removed(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """It is restored with the next start, once all integrations are there."""
    entry, _, _ = await shed(hass, start_meter)
    hass.states.async_set(HEATER, "unavailable")
    (heater,) = entry.subentries.values()
    hass.config_entries.async_remove_subentry(entry, heater.subentry_id)
    await hass.async_block_till_done()
    await stop(hass, entry)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(entry.entry_id)
    hass.states.async_set(HEATER, "off")
    await hass.async_block_till_done()
    assert state(hass, HEATER) == "off"
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until(lambda: state(hass, HEATER) == "on")


async def test_another_entity_is_chosen(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What was shed runs again; what it was is nothing to the new one."""
    entry, _, _ = await shed(hass, start_meter)
    (heater,) = entry.subentries.values()

    def choose(entity_id: str) -> None:
        hass.config_entries.async_update_subentry(
            entry, heater, data={**heater.data, "entity_id": entity_id}
        )

    choose(DRYER)
    await until(lambda: state(hass, HEATER) == "on")
    await until(lambda: state(hass, DRYER) == "off")
    hass.states.async_set(DRYER, "unavailable")
    choose(HEATER)
    await until(lambda: state(hass, HEATER) == "off")
    await disable(hass, entry)
    assert state(hass, HEATER) == "on"


async def test_an_entity_gets_another_id(
    hass: HomeAssistant, start_meter: StartMeter, hass_ws_client: WebSocketGenerator
) -> None:
    """The load goes on with it, and what was shed comes back."""
    await furnish(hass)
    assert await async_setup_component(hass, "http", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {"type": "input_boolean/create", "name": "Boiler", "initial": True}
    )
    assert (await client.receive_json())["success"]
    before, after = "input_boolean.boiler", "input_boolean.hot_water"
    await until(lambda: state(hass, before) == "on")
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {before: 2400, after: 2400})
    house.measure(2000)
    entry = entry_with(meter, load(before, "Boiler", power=2400), BOTH[1])
    assert await set_up(hass, entry)
    await until(lambda: state(hass, before) == "off")
    registry = er.async_get(hass)
    registry.async_update_entity(before, name="Warm")
    registry.async_update_entity(before, new_entity_id=after)
    await hass.async_block_till_done()
    assert [one.data["entity_id"] for one in entry.subentries.values()] == [
        after,
        DRYER,
    ]
    await until(lambda: state(hass, after) == "off")
    # And it is not switched on for a moment
    frames = entry.runtime_data.coordinator.frames
    await until(lambda: entry.runtime_data.coordinator.frames > frames + 2)
    assert (after, "on") not in house.orders
    await disable(hass, entry)
    assert state(hass, after) == "on"


async def test_a_load_is_removed_that_is_slow(
    hass: HomeAssistant, start_meter: StartMeter, caplog: pytest.LogCaptureFixture
) -> None:
    """Until it is on again, the others are decided about as ever."""
    entry, _, _ = await shed(hass, start_meter)
    coordinator = entry.runtime_data.coordinator
    called, go = asyncio.Event(), asyncio.Event()

    async def turn_on(_: ServiceCall) -> None:
        called.set()
        await go.wait()
        hass.states.async_set(HEATER, "on")

    hass.services.async_register("input_boolean", "turn_on", turn_on)
    (heater,) = entry.subentries.values()
    dryer = ConfigSubentry(
        data=MappingProxyType(dict(BOTH[1]["data"])),
        subentry_type=SUBENTRY_LOAD,
        title="Dryer",
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, dryer)
    await until(lambda: state(hass, "sensor.dryer_load"))
    hass.config_entries.async_remove_subentry(entry, heater.subentry_id)
    await called.wait()
    frames = coordinator.frames
    await until(lambda: coordinator.frames > frames + 2)
    assert "Unexpected error" not in caplog.text
    go.set()
    await until(lambda: state(hass, HEATER) == "on")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_action_fails(
    hass: HomeAssistant,
    start_meter: StartMeter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged without what the other integration says; then it works again."""
    await furnish(hass)
    broken = [True]
    ran = []

    async def turn(call: ServiceCall) -> None:
        if broken[0]:
            raise HomeAssistantError("http://192.0.2.7 does not answer")
        ran.append(call.service)
        hass.states.async_set(HEATER, call.service.removeprefix("turn_"))

    for action in ("turn_off", "turn_on"):
        hass.services.async_register("input_boolean", action, turn)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {HEATER: 2400})
    house.measure(2000)
    entry = entry_with(meter, BOILER)
    assert await set_up(hass, entry)
    await until(lambda: "could not be switched: HomeAssistantError" in caplog.text)
    assert "192.0.2.7" not in caplog.text
    # Whether it is off is not known: so it is asked to run
    broken[0] = False
    await disable(hass, entry)
    assert ran == ["turn_on"]


async def test_stopping_saves_once(
    hass: HomeAssistant, start_meter: StartMeter, storage: Path
) -> None:
    """When Home Assistant stops, all stays as it is, and is kept."""
    entry, _, _ = await shed(hass, start_meter)
    loads: LoadManager = entry.runtime_data.loads
    for file in storage.glob("*.loads"):
        file.unlink()
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await until(lambda: list(storage.glob("*.loads")))
    for file in storage.glob("*.loads"):
        file.unlink()
    await loads.async_stop()
    assert not list(storage.glob("*.loads"))
    assert state(hass, HEATER) == "off"
    hass.set_state(CoreState.running)


async def test_what_cannot_be_managed_is_left_alone(
    hass: HomeAssistant, start_meter: StartMeter, caplog: pytest.LogCaptureFixture
) -> None:
    """Two loads of one entity: forms refuse it, a renamed entity can do it."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    House(hass, meter, {HEATER: 2400}).measure(2000)
    again: Any = load(HEATER, "Twin", power=2400)
    entry = entry_with(meter, BOILER, again)
    assert await set_up(hass, entry)
    await until(lambda: state(hass, HEATER) == "off")
    assert "The load Twin is left alone" in caplog.text
    assert state(hass, "sensor.twin_load") == "unavailable"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_an_order_that_got_lost_is_given_again(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """The other integration says nothing, and nothing changes: it is asked once more."""
    entry, house, _ = await shed(hass, start_meter)
    asked = []

    async def lose(call: ServiceCall) -> None:
        asked.append(call.service)
        if len(asked) > 1:
            hass.states.async_set(HEATER, "on")

    hass.services.async_register("input_boolean", "turn_on", lose)
    house.measure(200)
    for _ in range(20):
        if len(asked) < 2:
            await wait(entry, 30)
    assert asked == ["turn_on"] * 2
    await until(lambda: state(hass, STATUS) == "allowed")
    await until(lambda: not entry.runtime_data.loads._switching.before)
