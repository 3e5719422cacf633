"""Conditions, in automations that run or do not."""

from __future__ import annotations

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from tests.conftest import StartMeter, until
from tests.entities.test_event import EVENING, frames
from tests.test_services import device_of

from .helpers import ACTED, automate, numbers, plugged


def when(kind: str, target: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return an automation that asks one of our conditions at an event."""
    condition = {
        "condition": f"linky_meter.{kind}",
        "target": target,
        "options": options,
    }
    return {
        "triggers": {"trigger": "event", "event_type": "ask"},
        "conditions": condition,
    }


async def answers(hass: HomeAssistant, acted: list[Any], of: int) -> list[int]:
    """Ask, and return which of so many automations act."""
    del acted[:]
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    assert len(acted) <= of
    assert all(event.event_type == ACTED for event in acted)
    return sorted(numbers(acted))


async def test_what_a_meter_says(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """The tariff, what is left, and whether it is read at all."""
    meter, entry = await plugged(
        hass, start_meter, "standard_hc", start=EVENING, load=(1000.0,)
    )
    target = {"device_id": device_of(hass, entry.entry_id)}
    much = {"type": "above", "value": {"number": 10}}
    little = {"type": "below", "value": {"number": 10}}
    made = [
        when("is_tariff", target, tariff=["peak", "normal"]),
        when("is_tariff", target, tariff="off_peak"),
        when("is_available_current", target, threshold=much),
        when("is_available_current", target, threshold=little),
        when("is_meter_read", target),
        when("is_meter_read", {"entity_id": "sensor.linky_apparent_power"}),
        when("is_meter_read", {"entity_id": "sensor.other"}),
        when("is_meter_read", target, **{"for": {"hours": 1}}),
    ]
    acted = await automate(hass, *made)
    assert await answers(hass, acted, len(made)) == [0, 2, 4, 5]
    meter.silence()
    coordinator = entry.runtime_data.coordinator
    await until(lambda: not coordinator.link)
    await hass.async_block_till_done()
    assert 4 not in await answers(hass, acted, len(made))
    await hass.config_entries.async_unload(entry.entry_id)
    # Nothing is known, and nothing is so
    assert await answers(hass, acted, len(made)) == []


@pytest.mark.parametrize(
    ("today", "tomorrow", "true"),
    [("red", None, [0, 3]), ("white", "red", [2]), ("blue", "blue", [])],
)
async def test_tempo(
    hass: HomeAssistant,
    start_meter: StartMeter,
    today: Any,
    tomorrow: Any,
    true: list[int],
) -> None:
    """The colour of today, that of tomorrow, or that there is none yet."""
    meter, entry = await plugged(hass, start_meter, "standard_tempo_three_phase")
    meter.meter.set_tempo(today, tomorrow)
    await frames(entry, 5)
    await hass.async_block_till_done()
    target = {"device_id": device_of(hass, entry.entry_id)}
    made = [
        when("is_tempo_today", target, color=["red"]),
        when("is_tempo_tomorrow", target, color=["white"]),
        when("is_tempo_tomorrow", target, color=["red"]),
        when("is_tempo_tomorrow", target, color=["not_announced"]),
    ]
    acted = await automate(hass, *made)
    assert await answers(hass, acted, len(made)) == true
    await hass.config_entries.async_unload(entry.entry_id)
