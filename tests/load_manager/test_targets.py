"""Thermostats, chargers and other numbers: what each does, and what comes back."""

from __future__ import annotations

from typing import Any, override

import pytest

from homeassistant.components.climate import (
    PRESET_ECO,
    PRESET_NONE,
    ClimateEntity,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import ATTR_ENTITY_ID, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.setup import async_setup_component
from tests.conftest import StartMeter, set_up, until

from .conftest import Pass
from .house import (
    HEATER,
    OVERLOADED,
    PLUG,
    WALLBOX,
    House,
    entry_with,
    furnish,
    load,
    log_of,
    state,
)
from .test_life import disable

CLIMATE = "climate.living_room"


class Thermostat(ClimateEntity):
    """A thermostat with a preset that saves."""

    _attr_should_poll = False
    _attr_name = "Living room"
    _attr_hvac_modes = [HVACMode.HEAT, HVACMode.OFF]  # noqa: RUF012
    _attr_preset_modes = [PRESET_NONE, PRESET_ECO]  # noqa: RUF012
    _attr_temperature_unit = UnitOfTemperature.CELSIUS
    _attr_supported_features = (
        ClimateEntityFeature.PRESET_MODE
        | ClimateEntityFeature.TARGET_TEMPERATURE
        | ClimateEntityFeature.TURN_OFF
        | ClimateEntityFeature.TURN_ON
    )

    def __init__(self) -> None:
        """Heat to a temperature that somebody chose."""
        self.entity_id = CLIMATE
        self._attr_hvac_mode = HVACMode.HEAT
        self._attr_hvac_action = HVACAction.HEATING
        self._attr_preset_mode = PRESET_NONE
        self._attr_target_temperature = 20.5
        self._attr_current_temperature = 19.0

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Heat or not."""
        self._attr_hvac_mode = hvac_mode
        self.async_write_ha_state()

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Save or not; as many do, forget what was chosen by hand."""
        self._attr_preset_mode = preset_mode
        self._attr_target_temperature = 16.0
        self.async_write_ha_state()

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        """Take a temperature."""
        self._attr_target_temperature = kwargs["temperature"]
        self.async_write_ha_state()

    def cool_down(self, degrees: float) -> None:
        """Let the room get colder."""
        self._attr_current_temperature = degrees
        self.async_write_ha_state()


@pytest.fixture
async def thermostat(hass: HomeAssistant) -> Thermostat:
    """Return a thermostat of the house."""
    assert await async_setup_component(hass, "climate", {})
    component: EntityComponent[Any] = hass.data["climate"]
    found = Thermostat()
    await component.async_add_entities([found])
    return found


def radiator(**data: Any) -> Any:
    """Return the thermostat as a load."""
    kept = {"kind": "climate", "power": 6000, "preset": "eco"}
    return load(CLIMATE, "Radiator", **kept | data)


async def test_a_thermostat_saves_and_comes_back(
    hass: HomeAssistant, start_meter: StartMeter, thermostat: Thermostat, wait: Pass
) -> None:
    """To the temperature that somebody had chosen by hand."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {HEATER: 0})
    house.measure(4500)
    entry = entry_with(meter, radiator(power=2000))
    assert await set_up(hass, entry)
    await until(lambda: thermostat.preset_mode == PRESET_ECO)
    house.measure(300)
    await wait(entry, 120, lambda: thermostat.preset_mode == PRESET_NONE)
    await until(lambda: thermostat.target_temperature == 20.5)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_thermostat_is_switched_off(
    hass: HomeAssistant, start_meter: StartMeter, thermostat: Thermostat
) -> None:
    """Where off was chosen; it heats again when managing ends."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    House(hass, meter, {HEATER: 0}).measure(4500)
    entry = entry_with(meter, radiator(preset="off"))
    assert await set_up(hass, entry)
    await until(lambda: thermostat.hvac_mode is HVACMode.OFF)
    await disable(hass, entry)
    assert thermostat.hvac_mode is HVACMode.HEAT
    assert thermostat.target_temperature == 20.5


async def test_a_cold_room_is_left_alone(
    hass: HomeAssistant, start_meter: StartMeter, thermostat: Thermostat
) -> None:
    """Below its limit of comfort it is not shed: something else is."""
    await furnish(hass)
    thermostat.cool_down(16.0)
    meter = await start_meter(**OVERLOADED)
    House(hass, meter, {HEATER: 2400}).measure(2000)
    boiler = load(HEATER, "Water heater", priority=9, power=2400)
    entry = entry_with(meter, radiator(comfort=17, priority=1), boiler)
    assert await set_up(hass, entry)
    await until(lambda: state(hass, HEATER) == "off")
    assert thermostat.preset_mode == PRESET_NONE
    assert state(hass, "sensor.radiator_load") == "held"
    thermostat.cool_down(21.0)
    await until(lambda: state(hass, "sensor.radiator_load") == "allowed")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_room_that_gets_cold_is_heated_again(
    hass: HomeAssistant, start_meter: StartMeter, thermostat: Thermostat
) -> None:
    """Whether there is room or not."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    House(hass, meter, {HEATER: 0}).measure(4500)
    entry = entry_with(meter, radiator(comfort=17))
    lines = log_of(hass)
    assert await set_up(hass, entry)
    await until(lambda: thermostat.preset_mode == PRESET_ECO)
    thermostat.cool_down(16.5)
    await until(lambda: thermostat.preset_mode == PRESET_NONE)
    assert "it is too cold, 16.5°" in lines[-1]["message"]
    assert await hass.config_entries.async_unload(entry.entry_id)


def charger(**data: Any) -> Any:
    """Return a charger as a load."""
    kept = {"kind": "charger", "power": None, "least": 6, "most": 16, "pause": PLUG}
    return load(WALLBOX, "Wallbox", **kept | data)


async def test_a_charger_gets_less_before_it_stops(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """Down to what fits, and up again to what it was set to, never to more."""
    await furnish(hass)
    await hass.services.async_call(
        "input_number",
        "set_value",
        {ATTR_ENTITY_ID: WALLBOX, "value": 14},
        blocking=True,
    )
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {WALLBOX: 230})
    house.measure(1300)
    entry = entry_with(meter, charger())
    lines = log_of(hass)
    assert await set_up(hass, entry)
    await until(lambda: 6 <= float(state(hass, WALLBOX) or 0) < 14)
    assert state(hass, PLUG) == "on"
    await until(lambda: state(hass, "sensor.wallbox_load") == "lowered")
    assert lines[0]["event_type"] == "lowered"
    house.measure(300)
    await wait(entry, 240, lambda: float(state(hass, WALLBOX) or 0) == 14)
    await until(lambda: state(hass, "sensor.wallbox_load") == "allowed")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def choose(hass: HomeAssistant, amperes: float) -> None:
    """Set the charger by hand."""
    await hass.services.async_call(
        "input_number",
        "set_value",
        {ATTR_ENTITY_ID: WALLBOX, "value": amperes},
        blocking=True,
    )


async def test_what_a_charger_is_set_to_by_hand_afterwards_stays(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """It was set to more than it may have; once it is back, that is of no interest."""
    await furnish(hass)

    await choose(hass, 14)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {WALLBOX: 230})
    house.measure(1300)
    entry = entry_with(meter, charger(most=12))
    assert await set_up(hass, entry)
    await until(lambda: state(hass, "sensor.wallbox_load") == "lowered")
    house.measure(300)
    await wait(entry, 240, lambda: float(state(hass, WALLBOX) or 0) == 12)
    await until(lambda: state(hass, "sensor.wallbox_load") == "allowed")
    await wait(entry, 30)
    await choose(hass, 9)
    await wait(entry, 30)
    await disable(hass, entry)
    assert float(state(hass, WALLBOX) or 0) == 9


@pytest.mark.parametrize("anew", [None, 20.0])
async def test_a_charger_set_above_its_most_is_told_as_lowered(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass, anew: float | None
) -> None:
    """Even while that is more than it may have; what is chosen after it counts."""
    await furnish(hass)

    await choose(hass, 32)
    meter = await start_meter(kva=6)
    house = House(hass, meter, {WALLBOX: 230})
    # Not yet too much, but with what may come on
    house.measure(300)
    entry = entry_with(meter, charger(least=18, most=18))
    lines = log_of(hass)
    assert await set_up(hass, entry)
    await until(lambda: state(hass, "sensor.wallbox_load") == "lowered")
    assert [line["event_type"] for line in lines] == ["lowered"] * len(lines)
    house.measure(100)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.data["apparent_power"] == 18 * 230 + 100)
    await wait(entry, 240)
    # It goes no higher by itself, and that is no riddle
    assert float(state(hass, WALLBOX) or 0) == 18
    assert state(hass, "sensor.wallbox_load") == "lowered"
    if anew is not None:
        await choose(hass, anew)
        await until(lambda: state(hass, "sensor.wallbox_load") == "allowed")
    await disable(hass, entry)
    assert float(state(hass, WALLBOX) or 0) == (anew or 32)


async def test_a_charger_that_ignores_its_current_is_stopped(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """It draws as before at 6 A: then only its switch helps."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    # As much as at first, whatever its number says; nothing when it is switched off
    house = House(hass, meter, {PLUG: 3680})
    house.measure(700)
    entry = entry_with(meter, charger(min_off=30))
    assert await set_up(hass, entry)
    await until(lambda: float(state(hass, WALLBOX) or 0) < 16)
    await wait(entry, 30)
    await until(lambda: state(hass, PLUG) == "off")
    await until(lambda: state(hass, "sensor.wallbox_load") == "shed")
    house.measure(0)
    await disable(hass, entry)
    assert state(hass, PLUG) == "on"
    assert float(state(hass, WALLBOX) or 0) == 16


async def test_a_charger_without_a_switch(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """It goes down to the least that its number takes."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {WALLBOX: 230})
    house.measure(3800)
    entry = entry_with(meter, charger(pause=None))
    assert await set_up(hass, entry)
    await until(lambda: float(state(hass, WALLBOX) or 16) == 0)
    house.measure(0)
    await disable(hass, entry)
    assert float(state(hass, WALLBOX) or 0) == 16


async def test_another_number(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """It rests at the value that was chosen."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {WALLBOX: 230})
    house.measure(1200)
    entry = entry_with(meter, load(WALLBOX, "Diverter", power=3000, least=2))
    assert await set_up(hass, entry)
    await until(lambda: float(state(hass, WALLBOX) or 16) == 2)
    await disable(hass, entry)
    assert float(state(hass, WALLBOX) or 0) == 16


async def test_a_sensor_tells_what_a_load_draws(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """In whatever unit; what draws nothing is not worth shedding."""
    await furnish(hass)
    hass.states.async_set("sensor.plug", "0.0", {"unit_of_measurement": "kW"})
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {HEATER: 0})
    house.measure(4500)
    entry = entry_with(
        meter, load(HEATER, "Water heater", power=None, power_entity="sensor.plug")
    )
    assert await set_up(hass, entry)
    await until(lambda: state(hass, "sensor.water_heater_load") == "allowed")
    assert state(hass, HEATER) == "on"
    hass.states.async_set("sensor.plug", "2.4", {"unit_of_measurement": "kW"})
    await until(lambda: state(hass, HEATER) == "off")
    assert await hass.config_entries.async_unload(entry.entry_id)
