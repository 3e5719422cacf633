"""By what the sum of a register is wrong, and when nothing is to be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.linky_meter.linky_tic.tic.judge.registers import Pace
from custom_components.linky_meter.replace.correction import Correction, after_gap
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .house import Clock

SENSOR = "sensor.counter"
PACE = Pace.of(60, 1, None)


class Counter:
    """A register of anybody's, with statistics."""

    def __init__(
        self, hass: HomeAssistant, instance: Recorder, clock: Clock, unit: str
    ) -> None:
        """Take what it lives in."""
        self._hass, self._instance, self._clock = hass, instance, clock
        kind = "reactive_energy" if "varh" in unit else "energy"
        self.unit = unit
        self._attributes = {
            "unit_of_measurement": unit,
            "device_class": kind,
            "state_class": "total_increasing",
        }

    async def show(self, *states: float) -> None:
        """Show numbers in one row, and compile it."""
        for state in states:
            self._hass.states.async_set(SENSOR, str(state), self._attributes)
            await async_wait_recording_done(self._hass)
        await self._clock.next_row(self._hass, self._instance)

    async def be_silent(self, days: float) -> None:
        """Show nothing for days, at the end of an hour."""
        self._hass.states.async_set(SENSOR, "unavailable", self._attributes)
        await self._clock.next_hour(self._hass, self._instance)
        await self._clock.pass_by(self._hass, self._instance, days)

    async def look(self, since: datetime) -> Correction | None:
        """Look for what is wrong since a time."""
        await async_wait_recording_done(self._hass)
        return await self._instance.async_add_executor_job(
            after_gap, self._hass, SENSOR, self.unit, since, PACE
        )


@pytest.fixture
async def make(
    hass: HomeAssistant, recorder_mock: Recorder, clock: Clock
) -> Callable[[str], Counter]:
    """Return a function that makes a register."""
    assert await async_setup_component(hass, "sensor", {})
    return partial(Counter, hass, recorder_mock, clock)


@pytest.mark.parametrize(
    ("unit", "after", "total"),
    [
        # 60 A for eleven days are 4.4 MWh at most
        ("kWh", (5000.0, 5001.0), 8.0 + 4001.0),
        ("Wh", (5000.0, 5001.0), 8.0 + 4001.0),
        ("kvarh", (5000.0, 5001.0), 8.0 + 4001.0),
        # Another meter's: what it counted in its row
        ("kWh", (9000.0, 9001.0), 8.0 + 1.0),
        ("kWh", (3.0, 5.0), 8.0 + 2.0),
        ("Wh", (999.0, 999.5), 8.0 + 0.5),
        ("kWh", (1000.0, 1000.0), 8.0),
    ],
)
async def test_from_where_a_sum_goes_on(
    make: Callable[[str], Counter],
    unit: str,
    after: tuple[float, float],
    total: float,
) -> None:
    """From what was counted since, if the register can have counted it."""
    counter = make(unit)
    await counter.show(992.0, 1000.0)
    await counter.be_silent(11)
    since = datetime.now(UTC)
    assert await counter.look(since) is None
    await counter.show(*after)
    found = await counter.look(since)
    assert found is not None
    assert found.size == pytest.approx(total - (after[1] - after[0]))
    assert found.unit == unit


@pytest.mark.parametrize("what", ["short", "adjusted", "cleared", "new"])
async def test_nothing_is_corrected(
    recorder_mock: Recorder, make: Callable[[str], Counter], what: str
) -> None:
    """A sum that went on, or that the user adjusted or began anew, is left as it is."""
    counter = make("kWh")
    if what != "new":
        await counter.show(992.0, 1000.0)
    await counter.be_silent(2 if what == "short" else 11)
    if what == "cleared":
        recorder_mock.async_clear_statistics([SENSOR])
    since = datetime.now(UTC)
    await counter.show(1500.0, 1501.0)
    first = await counter.look(since)
    assert first is not None
    if what == "adjusted":
        recorder_mock.async_adjust_statistics(SENSOR, first.start, 8.0, "kWh")
        first = await counter.look(since)
    assert first is not None
    assert first.size == 0


async def test_a_sum_that_the_user_adjusted_before(
    recorder_mock: Recorder, make: Callable[[str], Counter]
) -> None:
    """It goes on from what the user made it."""
    counter = make("kWh")
    await counter.show(992.0, 1000.0)
    await counter.be_silent(11)
    start = datetime.now(UTC) - timedelta(days=12)
    recorder_mock.async_adjust_statistics(SENSOR, start, 100.0, "kWh")
    since = datetime.now(UTC)
    await counter.show(1500.0, 1501.0)
    found = await counter.look(since)
    assert found is not None
    assert found.size == pytest.approx(100 + 8 + 501 - 1)
