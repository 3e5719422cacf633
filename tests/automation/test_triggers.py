"""Triggers on what a meter tells: each in an automation, from a meter on a port."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from custom_components.linky_meter.automation.trip import Danger
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from tests.conftest import StartMeter, until
from tests.entities.test_event import EVENING, frames
from tests.simulator.clock import PARIS
from tests.test_services import device_of

from .helpers import automate, numbers, plugged

NOON = datetime(2026, 1, 13, 12, tzinfo=PARIS)


def on(kind: str, target: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return an automation with one of our triggers."""
    trigger = {"trigger": f"linky_meter.{kind}", "target": target, "options": options}
    return {"triggers": trigger}


async def test_tariff_started(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Whatever names the meter: its device, its area, another of its entities."""
    meter, entry = await plugged(hass, start_meter, "standard_hc", start=EVENING)
    device = device_of(hass, entry.entry_id)
    area = ar.async_get(hass).async_create("Garage")
    dr.async_get(hass).async_update_device(device, area_id=area.id)
    any_of_it = {"entity_id": "sensor.linky_apparent_power"}
    acted = await automate(
        hass,
        on("tariff_started", {"device_id": device}, tariff=["off_peak"]),
        on("tariff_started", {"area_id": area.id}),
        on("tariff_started", any_of_it, tariff="off_peak"),
        on("tariff_started", any_of_it, tariff=["peak"]),
        on("tariff_started", {"entity_id": "sensor.other"}),
    )
    meter.meter.advance_to(EVENING + timedelta(minutes=11))
    await until(lambda: len(acted) >= 3)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await frames(entry, 4)
    await hass.async_block_till_done()
    assert sorted(numbers(acted)) == [0, 1, 2]
    assert {event.data["entity_id"] for event in acted} == {"event.linky_tariff_change"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_tariff_that_started_during_a_restart(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """It is told when automations listen again, once."""
    meter, entry = await plugged(hass, start_meter, "standard_hc", start=EVENING)
    await hass.config_entries.async_unload(entry.entry_id)
    meter.meter.advance_to(EVENING + timedelta(minutes=11))
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(entry.entry_id)
    target = {"device_id": device_of(hass, entry.entry_id)}
    acted = await automate(hass, on("tariff_started", target, tariff=["off_peak"]))
    await frames(entry, 3)
    assert not acted
    hass.set_state(CoreState.running)
    await until(lambda: acted)
    await frames(entry, 3)
    assert numbers(acted) == [0]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_renamed_entity_is_found(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """By what it is, not by its id."""
    meter, entry = await plugged(hass, start_meter, "standard_hc", start=EVENING)
    er.async_get(hass).async_update_entity(
        "event.linky_tariff_change", new_entity_id="event.other"
    )
    await hass.async_block_till_done()
    target = {"device_id": device_of(hass, entry.entry_id)}
    acted = await automate(hass, on("tariff_started", target))
    meter.meter.advance_to(EVENING + timedelta(minutes=11))
    await until(lambda: acted)
    assert acted[0].data["entity_id"] == "event.other"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_each_meter_for_itself(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Of two meters, the one that is meant."""
    meter, entry = await plugged(hass, start_meter, "standard_hc", start=EVENING)
    other, second = await plugged(
        hass, start_meter, "standard_hc", start=EVENING, address="041876543210"
    )
    devices = [device_of(hass, one.entry_id) for one in (entry, second)]
    acted = await automate(
        hass,
        on("tariff_started", {"device_id": devices[0]}),
        on("tariff_started", {"device_id": devices[1]}),
        on("tariff_started", {"device_id": devices}),
    )
    other.meter.advance_to(EVENING + timedelta(minutes=11))
    await until(lambda: len(acted) >= 2)
    assert sorted(numbers(acted)) == [1, 2]
    meter.meter.advance_to(EVENING + timedelta(minutes=11))
    await until(lambda: len(acted) >= 4)
    assert sorted(numbers(acted)) == [0, 1, 2, 2]
    for one in (entry, second):
        await hass.config_entries.async_unload(one.entry_id)


async def test_tempo(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """The colour of tomorrow announced, then begun."""
    meter, entry = await plugged(hass, start_meter, "standard_tempo_three_phase")
    meter.meter.set_tempo("blue")
    await frames(entry, 4)
    target = {"device_id": device_of(hass, entry.entry_id)}
    acted = await automate(
        hass,
        on("tempo_announced", target, color=["white", "red"]),
        on("tempo_announced", target, color=["blue"]),
        on("tempo_started", target, color=["white"]),
        on("tempo_started", target, color=["red"]),
    )
    meter.meter.set_tempo("blue", "white")
    await until(lambda: acted)
    assert numbers(acted) == [0]
    meter.meter.advance_to(datetime(2026, 1, 14, 6, 1, tzinfo=PARIS))
    await until(lambda: len(acted) > 1)
    assert numbers(acted) == [0, 2]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_available_current(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Below a threshold, above another for some time."""
    meter, entry = await plugged(hass, start_meter, "standard_hc", load=(1000.0,))
    target = {"device_id": device_of(hass, entry.entry_id)}

    def threshold(kind: str, amperes: float) -> dict[str, Any]:
        return {"type": kind, "value": {"number": amperes}}

    kind = "available_current_crossed_threshold"
    acted = await automate(
        hass,
        on(kind, target, threshold=threshold("below", 5)),
        on(kind, target, threshold=threshold("above", 10), **{"for": {"seconds": 1}}),
    )
    meter.meter.set_load(5800.0)
    await until(lambda: acted)
    assert numbers(acted) == [0]
    meter.meter.set_load(1000.0)
    await until(lambda: len(acted) > 1)
    assert numbers(acted) == [0, 1]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_meter_lost_and_found(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """No values for a while; a reload is no loss."""
    meter, entry = await plugged(hass, start_meter, "standard_hc")
    target = {"device_id": device_of(hass, entry.entry_id)}
    acted = await automate(
        hass,
        on("meter_lost", target, **{"for": {"milliseconds": 100}}),
        on("meter_found", target),
        on("meter_lost", target, **{"for": {"hours": 1}}),
    )
    assert await hass.config_entries.async_reload(entry.entry_id)
    await frames(entry, 3)
    assert not acted
    meter.silence()
    await until(lambda: acted)
    meter.resume()
    await until(lambda: len(acted) > 1)
    assert numbers(acted) == [0, 1]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_trip_imminent(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Once, as soon as the breaker will open within the time that is given."""
    meter, entry = await plugged(
        hass, start_meter, "standard_hc", load=(1000.0,), speed=4.0
    )
    target = {"device_id": device_of(hass, entry.entry_id)}
    acted = await automate(
        hass,
        on("trip_imminent", target, within="00:10:00"),
        on("trip_imminent", target, within={"seconds": 1}),
    )
    meter.meter.set_load(8400.0)
    await until(lambda: acted)
    await frames(entry, 4)
    meter.meter.set_load(1000.0)
    await frames(entry, 4)
    assert numbers(acted) == [0]
    assert acted[0].data["entity_id"] == "sensor.linky_time_to_trip"
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("told", "news"),
    [
        # Seconds of the clock, seconds to a trip
        ([(0, None), (1, 90), (2, 50), (3, 40)], [2]),
        ([(0, 50), (1, 40)], [0]),
        ([(0, 50), (1, 90), (2, 50)], [0]),
        ([(0, 50), (1, None), (5, 50)], [0]),
        ([(0, 50), (1, None), (11, 50)], [0, 11]),
        ([(0, 50), (1, 130), (5, 200), (11, 50)], [0, 11]),
    ],
)
def test_one_danger_is_told_once(
    told: list[tuple[int, float | None]], news: list[int]
) -> None:
    """A damaged frame makes the time unknown, and the danger not less."""
    danger = Danger(timedelta(minutes=1))
    assert [
        second
        for second, left in told
        if danger.begins(left, NOON + timedelta(seconds=second))
    ] == news
