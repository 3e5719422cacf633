"""What a reading costs in the event loop when little of it is new."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from custom_components.linky_meter.coordinator import LinkyCoordinator
from custom_components.linky_meter.entity import LinkyEntity
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.runtime import LinkyData
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import async_get_platforms
from tests.conftest import Replay, address_of, entry_for, frame_of, set_up
from tests.life.conftest import state_of

PRESET = "standard_tempo_three_phase"
ENTITIES = 60
MOVING = (
    "apparent_power",
    "apparent_power_l1",
    "apparent_power_l2",
    "current_l1",
    "current_l2",
    "current_l3",
    "voltage_l1",
    "voltage_l2",
    "voltage_l3",
    "energy_import",
    "available_power",
    "subscribed_power_usage",
)


@pytest.fixture
async def data(hass: HomeAssistant, replay: Replay, all_enabled: None) -> LinkyData:
    """Return a meter with as many entities as are asked, and no frames of its own."""
    port = replay(frame_of(PRESET))
    entry = entry_for(address_of(PRESET), port.path)
    assert await set_up(hass, entry)
    data: LinkyData = entry.runtime_data
    await data.coordinator.async_close()
    # The ledger is not shown, and measured by itself
    await data.costs.async_stop()
    port.frame = b""
    # Events and sensors may share a key: what moves is kept first
    kept = sorted(
        entities(hass),
        key=lambda entity: entity.entity_id.partition(".linky_")[2] not in MOVING,
    )
    for entity in kept[ENTITIES:]:
        await entity.async_remove()
    hass.loop.set_debug(False)
    return data


@pytest.fixture
def coordinator(data: LinkyData) -> LinkyCoordinator:
    """Return the meter."""
    return data.coordinator


def entities(hass: HomeAssistant) -> list[LinkyEntity]:
    """Return the entities that take readings."""
    return [
        entity
        for platform in async_get_platforms(hass, "linky_meter")
        for entity in platform.entities.values()
        if isinstance(entity, LinkyEntity)
    ]


def readings(coordinator: LinkyCoordinator, changes: int) -> list[MeterReading]:
    """Return two readings that differ in so many values."""
    values = dict(coordinator.data.values)
    moved = {key: 1 + (values[key] or 0) for key in MOVING[:changes]}  # type: ignore[operator]
    return [coordinator.data, replace(coordinator.data, values=values | moved)]


@pytest.mark.parametrize("changes", [0, 3, 12])
async def test_what_changed(
    benchmark: BenchmarkFixture,
    hass: HomeAssistant,
    coordinator: LinkyCoordinator,
    changes: int,
) -> None:
    """Every frame is chosen: all that changed is written, and only that."""
    assert len(entities(hass)) == ENTITIES
    turns, now = readings(coordinator, changes), count(1)

    def publish() -> None:
        at = next(now)
        coordinator._push(turns[at % 2], float(at))

    benchmark(publish)
    before = state_of(hass, "sensor.linky_apparent_power")
    publish()
    changed = state_of(hass, "sensor.linky_apparent_power") != before
    assert changed is (changes > 0)


async def test_the_ledger(benchmark: BenchmarkFixture, data: LinkyData) -> None:
    """What costs add to each reading, whether they are shown or not."""
    turns, now = readings(data.coordinator, 1), count(1)

    def feed() -> None:
        data.coordinator.data = turns[next(now) % 2]
        data.costs.async_process()

    benchmark(feed)


@pytest.mark.parametrize("changes", [3, 12])
async def test_every_entity(
    benchmark: BenchmarkFixture,
    hass: HomeAssistant,
    coordinator: LinkyCoordinator,
    changes: int,
) -> None:
    """What most integrations do: each entity writes on each frame."""
    turns, now, every = readings(coordinator, changes), count(1), entities(hass)

    def publish() -> None:
        coordinator.data = turns[next(now) % 2]
        for entity in every:
            entity._take(entity._present()[1])
            entity.async_write_ha_state()

    benchmark(publish)
    assert state_of(hass, "sensor.linky_apparent_power").isdigit()
