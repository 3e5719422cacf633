"""What entities show of the readings that they are told of."""

from __future__ import annotations

from dataclasses import replace
import logging
from unittest.mock import patch

import pytest

from custom_components.linky_meter.coordinator import LinkyCoordinator
from custom_components.linky_meter.linky_tic.tic.fields import Value
from custom_components.linky_meter.linky_tic.tic.frame import Group
from custom_components.linky_meter.linky_tic.tic.tariffs import Tariff
from custom_components.linky_meter.linky_tic.tic.values import Colour
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_component import DATA_INSTANCES
from tests.conftest import Replay, address_of, entry_for, frame_of, set_up
from tests.life.conftest import state_of

from .test_publishing import writes

PRESET = "standard_tempo_three_phase"
FUTURE = 1e7
POWER, VOLTAGE = "sensor.linky_apparent_power", "sensor.linky_voltage_l1"


@pytest.fixture
async def coordinator(hass: HomeAssistant, replay: Replay) -> LinkyCoordinator:
    """Return a meter that shows what it is told, and no frames of its own."""
    port = replay(frame_of(PRESET))
    entry = entry_for(address_of(PRESET), port.path, publishing="balanced")
    assert await set_up(hass, entry)
    found: LinkyCoordinator = entry.runtime_data.coordinator
    await found.async_close()
    port.frame = b""
    # Those that are new look at what comes first
    for seconds in (-3600, -3599):
        push(found, seconds)
    return found


def push(coordinator: LinkyCoordinator, now: float, **values: Value | None) -> None:
    """Let the meter say something else at a time in the future, s."""
    known = dict(coordinator.data.values)
    coordinator._push(replace(coordinator.data, values=known | values), FUTURE + now)


async def test_what_waits_is_shown_in_its_time(
    hass: HomeAssistant, coordinator: LinkyCoordinator
) -> None:
    """A small change, though nothing is said of it any more."""
    push(coordinator, 0, apparent_power=3000, voltage_l1=240)
    assert state_of(hass, POWER) == "3000"
    push(coordinator, 1, apparent_power=3001, voltage_l1=241)
    for seconds in range(2, 299):
        push(coordinator, seconds)
        assert state_of(hass, POWER) == ("3000" if seconds < 60 else "3001")
        assert state_of(hass, VOLTAGE) == "240"
    push(coordinator, 301)
    assert state_of(hass, VOLTAGE) == "241"


async def test_a_step_counts_from_what_is_on_show(
    hass: HomeAssistant, coordinator: LinkyCoordinator
) -> None:
    """After an outage that is what came with its end."""
    push(coordinator, 0, apparent_power=1000)
    coordinator._set_unavailable()
    assert state_of(hass, POWER) == STATE_UNAVAILABLE
    push(coordinator, 10, apparent_power=1090)
    assert state_of(hass, POWER) == "1090"
    push(coordinator, 11, apparent_power=1110)
    assert state_of(hass, POWER) == "1090"
    push(coordinator, 12, apparent_power=1200)
    assert state_of(hass, POWER) == "1200"


async def test_all_is_shown_after_a_tariff_change(
    hass: HomeAssistant, coordinator: LinkyCoordinator
) -> None:
    """Its order is that of one reading."""
    tariff = "sensor.linky_tariff_period"
    for now, other in enumerate((Tariff.BLUE_PEAK, Tariff.RED_PEAK)):
        push(coordinator, now, tariff_period=other)
        assert state_of(hass, tariff) == other
    push(coordinator, 2, overvoltage=True, tempo_tomorrow=Colour.RED)
    assert state_of(hass, "binary_sensor.linky_overvoltage") == "on"
    assert state_of(hass, "sensor.linky_tempo_tomorrow") == "red"


async def test_one_that_fails_keeps_nobody_from_looking(
    hass: HomeAssistant,
    coordinator: LinkyCoordinator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As Home Assistant does it."""
    push(coordinator, 0)

    def fail() -> None:
        raise ValueError

    told = []
    coordinator.async_add_listener(fail)
    coordinator.async_add_listener(lambda: told.append(1))
    push(coordinator, 1)
    assert told == [1]
    push(coordinator, 2)
    assert told == [1, 1]
    assert caplog.text.count("showing a reading failed") == 1


async def test_a_state_that_cannot_be_written_is_told_once(
    hass: HomeAssistant,
    coordinator: LinkyCoordinator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The others go on; it is tried with each reading, and told anew once it worked."""
    caplog.set_level(logging.INFO)
    entity = hass.data[DATA_INSTANCES]["sensor"].get_entity(VOLTAGE)
    assert entity is not None
    push(coordinator, 0, apparent_power=1000, voltage_l1=230)
    for start, told in ((10, 1), (1000, 2)):
        with patch.object(entity, "async_write_ha_state", side_effect=ValueError):
            for second in range(start, start + 20):
                power = 1000 + 1000 * (second % 2)
                push(coordinator, second, apparent_power=power, voltage_l1=240)
                assert state_of(hass, POWER) == str(power)
        assert state_of(hass, VOLTAGE) == "230"
        assert caplog.text.count("showing a reading failed") == told
        # Though the value is the one that failed, and none of its time
        push(coordinator, start + 21)
        assert state_of(hass, VOLTAGE) == "240"
        assert caplog.text.count("works again, after 20 failures") == told
        push(coordinator, start + 400, voltage_l1=230)
        assert state_of(hass, VOLTAGE) == "230"


async def test_only_what_changed_is_written(
    hass: HomeAssistant, coordinator: LinkyCoordinator
) -> None:
    """A reading that says the same writes nothing at all."""
    push(coordinator, 0, overvoltage=False)
    with writes(hass) as seen:
        push(coordinator, 1)
        assert not seen
        push(coordinator, 2, overvoltage=True, tempo_tomorrow="red")
    assert sorted(entity for entity, _ in seen) == [
        "binary_sensor.linky_overvoltage",
        # It has a day of tomorrow more
        "calendar.linky_tariffs",
        "event.linky_tempo_announced",
        "sensor.linky_tempo_tomorrow",
    ]


async def test_a_message_may_come_again(
    hass: HomeAssistant, coordinator: LinkyCoordinator
) -> None:
    """MSG2 comes in one frame each; the same text an hour later is another one."""
    frame = replace(coordinator.data.frame, groups=(Group("MSG2", "HELLO"),))
    later = coordinator.data.received
    push(coordinator, 0, message_1="none")
    with writes(hass) as seen:
        for hours in (0, 2):
            coordinator.data = replace(coordinator.data, frame=frame)
            push(coordinator, 3600 * hours + 10, message_2="HELLO")
            coordinator.data = replace(
                coordinator.data, frame=replace(frame, groups=()), received=later
            )
            push(coordinator, 3600 * hours + 11)
    assert len({state for entity, state in seen if "meter_message" in entity}) == 1
