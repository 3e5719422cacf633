"""What is seen of a load, and what brings it back, whatever its entity says."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from custom_components.linky_meter.const import SUBENTRY_LOAD
from custom_components.linky_meter.loads.settings import LoadSettings
from custom_components.linky_meter.loads.target import Before, Target, restoring
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant

HEATER, PLUG = "switch.water_heater", "sensor.plug"
CLIMATE = "climate.room"


def target(hass: HomeAssistant, **data: Any) -> Target:
    """Return what a load is switched by."""
    subentry = ConfigSubentry(
        data=MappingProxyType({"entity_id": HEATER, "power_entity": PLUG, **data}),
        subentry_type=SUBENTRY_LOAD,
        title="Water heater",
        unique_id=None,
    )
    return Target(hass, LoadSettings.of(subentry, 1))


@pytest.mark.parametrize(
    ("told", "unit", "power"),
    [
        ("2.4", "kW", 2400.0),
        ("2400", "W", 2400.0),
        ("2400", "Wh", None),
        ("2400", None, None),
        ("warm", "W", None),
        ("unavailable", "W", None),
        (None, None, None),
    ],
)
async def test_the_power_that_a_sensor_tells(
    hass: HomeAssistant, told: str | None, unit: str | None, power: float | None
) -> None:
    """In W, and not known where the sensor makes no sense."""
    hass.states.async_set(HEATER, "on")
    if told is not None:
        hass.states.async_set(PLUG, told, {"unit_of_measurement": unit})
    seen = target(hass).observe()
    assert seen.on is True
    assert seen.power == power


async def test_nothing_is_known_of_what_is_not_there(hass: HomeAssistant) -> None:
    """Nor is there anything to bring back."""
    for state in (None, "unavailable", "unknown"):
        if state is not None:
            hass.states.async_set(HEATER, state)
        assert target(hass).observe().on is None
        assert target(hass).before() is None


async def test_a_thermostat_comes_back(hass: HomeAssistant) -> None:
    """Its mode where it is another now; its temperature where no preset has its own."""

    def calls(before: Before) -> list[str]:
        return [action for _, action, _ in restoring(hass, before)]

    hass.states.async_set(CLIMATE, "off")
    by_hand = Before(entity_id=CLIMATE, state="heat", preset="none", temperature=20.5)
    assert calls(by_hand) == ["set_hvac_mode", "set_preset_mode", "set_temperature"]
    hass.states.async_set(CLIMATE, "heat")
    assert calls(by_hand) == ["set_preset_mode", "set_temperature"]
    eco = Before(entity_id=CLIMATE, state="heat", preset="comfort", temperature=20.5)
    assert calls(eco) == ["set_preset_mode"]
    assert calls(Before(entity_id=CLIMATE, state="heat")) == []


async def test_what_can_be_brought_back_now(hass: HomeAssistant) -> None:
    """Home Assistant calls nothing of what is not available, and says nothing."""
    before = Before(entity_id=HEATER, state="on")
    assert not before.reachable(hass)
    hass.states.async_set(HEATER, "unavailable")
    assert not before.reachable(hass)
    hass.states.async_set(HEATER, "off")
    assert before.reachable(hass)
    assert restoring(hass, before) == [("switch", "turn_on", {"entity_id": HEATER})]
