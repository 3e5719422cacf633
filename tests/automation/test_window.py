"""The cheapest window of a day: when its trigger acts, when its condition holds."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, time, timedelta
from typing import Any

import probatio as vol
import pytest

from custom_components.linky_meter.automation.window import DailyWindow
from custom_components.linky_meter.linky_tic.costs.calendar.days import PARIS
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    Schedule,
    Window,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import condition, trigger
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.billing.test_costs import options_of, period
from tests.conftest import StartMeter, until
from tests.test_services import device_of

from .helpers import Clock, answers, at, automate, clock, on, plugged, when

_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def _french(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Paris")


async def priced(hass: HomeAssistant, start_meter: StartMeter) -> Any:
    """Return the entry of a meter that is off-peak from 22:30 to 06:30, with prices."""
    _, entry = await plugged(
        hass, start_meter, "standard_hc", options=options_of(period())
    )
    await until(lambda: entry.runtime_data.costs.kept.ledger.calendar)
    return entry


@pytest.mark.parametrize(
    ("after", "before", "hours", "fits"),
    [
        ("10:00:00", "11:00:00", 1, True),
        ("10:00:00", "11:00:00", 2, False),
        ("22:00:00", "06:00:00", 8, True),
        ("22:00:00", "06:00:00", 9, False),
        ("00:00:00", "00:00:00", 24, True),
        ("12:00:00", "12:00:00", 24, True),
    ],
)
async def test_what_never_fits_is_refused(
    hass: HomeAssistant, after: str, before: str, hours: int, fits: bool
) -> None:
    """It would wait for ever, and nobody would know why."""
    assert await async_setup_component(hass, "linky_meter", {})
    options = {"duration": {"hours": hours}, "after": after, "before": before}
    rest = {"target": {"entity_id": "sensor.linky"}, "options": options}
    with nullcontext() if fits else pytest.raises(vol.Invalid, match="longer than"):
        await trigger.async_validate_trigger_config(
            hass, [{"platform": "linky_meter.cheapest_window_started", **rest}]
        )
    with nullcontext() if fits else pytest.raises(vol.Invalid, match="longer than"):
        await condition.async_validate_condition_config(
            hass, {"condition": "linky_meter.is_cheapest_window", **rest}
        )


async def begun(
    hass: HomeAssistant, time_of: Clock, acted: list[Any], start: str, end: str
) -> list[str]:
    """Let minutes pass; return when the automation acted."""
    del acted[:]
    now, last, found = dt_util.as_utc(at(start)), dt_util.as_utc(at(end)), []
    while now <= last:
        time_of.tick(now)
        await hass.async_block_till_done()
        if acted:
            local = now.astimezone(PARIS)
            assert acted[0].data["start"] == local.replace(microsecond=0).isoformat()
            found += [local.strftime("%d %H:%M")] * len(acted)
            del acted[:]
        now += 5 * _MINUTE
    return found


@pytest.mark.parametrize(
    ("options", "span", "found"),
    [
        # A whole day: its first cheap hours are after midnight
        ({}, ("2026-01-10T12:00", "2026-01-12T12:00"), ["11 00:00", "12 00:00"]),
        (
            {"after": "18:00:00", "before": "07:00:00"},
            ("2026-01-10T12:00", "2026-01-12T12:00"),
            ["10 22:30", "11 22:30"],
        ),
        # Eight hours fit exactly, and cannot begin a moment later
        (
            {"duration": "08:00:00", "after": "18:00:00", "before": "06:30:00"},
            ("2026-01-10T12:00", "2026-01-11T12:00"),
            ["10 22:30"],
        ),
        # Nothing is off-peak then
        (
            {"after": "08:00:00", "before": "20:00:00"},
            ("2026-01-10T07:00", "2026-01-10T23:00"),
            ["10 08:00"],
        ),
        # Clock changes: 29 March has 23 hours, 25 October 25
        ({}, ("2026-03-28T12:00", "2026-03-30T12:00"), ["29 00:00", "30 00:00"]),
        ({}, ("2026-10-24T12:00", "2026-10-26T12:00"), ["25 00:00", "26 00:00"]),
        # The last day of a month and of a year
        (
            {"after": "18:00:00", "before": "07:00:00"},
            ("2025-12-31T12:00", "2026-01-01T12:00"),
            ["31 22:30"],
        ),
    ],
)
async def test_once_a_day(
    hass: HomeAssistant,
    start_meter: StartMeter,
    options: dict[str, Any],
    span: tuple[str, str],
    found: list[str],
) -> None:
    """It begins at the cheapest time, once between the two times of a day."""
    entry = await priced(hass, start_meter)
    target = {"device_id": device_of(hass, entry.entry_id)}
    with clock(at(span[0]) - _MINUTE) as time_of:
        acted = await automate(
            hass,
            on("cheapest_window_started", target, **{"duration": "02:00:00"} | options),
        )
        assert await begun(hass, time_of, acted, *span) == found
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_restart_begins_nothing_twice(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What began before the automation was there waits for the next day."""
    entry = await priced(hass, start_meter)
    device = device_of(hass, entry.entry_id)
    made = on(
        "cheapest_window_started",
        {"device_id": device},
        duration="02:00:00",
        after="18:00:00",
        before="07:00:00",
    )
    with clock(at("2026-01-10T22:30:30")) as time_of:
        acted = await automate(hass, made)
        # Loaded later than its automations
        await hass.config_entries.async_unload(entry.entry_id)
        span = "2026-01-10T22:35", "2026-01-10T22:45"
        assert await begun(hass, time_of, acted, *span) == []
        assert await hass.config_entries.async_setup(entry.entry_id)
        span = "2026-01-10T22:45", "2026-01-11T12:00"
        assert await begun(hass, time_of, acted, *span) == []
        time_of.tick(at("2026-01-11T22:30"))
        await hass.async_block_till_done()
        assert [event.data["device_id"] for event in acted] == [device]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_hours_that_become_known(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Move what has not begun: never into the past, never a second time."""
    entry = await priced(hass, start_meter)
    costs = entry.runtime_data.costs
    target = {"device_id": device_of(hass, entry.entry_id)}
    made = on(
        "cheapest_window_started",
        target,
        duration="02:00:00",
        after="18:00:00",
        before="07:00:00",
    )
    with clock(at("2026-01-10T17:00")) as time_of:
        acted = await automate(hass, made)
        span = "2026-01-10T17:00", "2026-01-10T21:00"
        assert await begun(hass, time_of, acted, *span) == []
        costs.kept.learned = Schedule((Window(1, time(20), time(5)),), 2)
        span = "2026-01-10T21:05", "2026-01-11T07:00"
        assert await begun(hass, time_of, acted, *span) == ["10 21:05"]
        costs.kept.learned = Schedule((Window(1, time(3), time(6)),), 2)
        span = "2026-01-11T00:00", "2026-01-11T07:00"
        assert await begun(hass, time_of, acted, *span) == []
    await hass.config_entries.async_unload(entry.entry_id)


async def test_condition(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """True while it lasts."""
    entry = await priced(hass, start_meter)
    target = {"device_id": device_of(hass, entry.entry_id)}
    made = [
        when(
            "is_cheapest_window",
            target,
            duration="02:00:00",
            after="18:00:00",
            before="07:00:00",
        ),
        when("is_cheapest_window", {"entity_id": "sensor.other"}, duration="02:00:00"),
    ]
    with clock(at("2026-01-10T22:00")) as time_of:
        acted = await automate(hass, *made)
        for now, true in (
            ("2026-01-10T12:00", []),
            ("2026-01-10T22:29:59", []),
            ("2026-01-10T22:30", [0]),
            ("2026-01-11T00:29", [0]),
            ("2026-01-11T00:30", []),
        ):
            time_of.now = at(now)
            assert await answers(hass, acted, 2) == true, now
        time_of.now = at("2026-01-10T23:00")
        await hass.config_entries.async_unload(entry.entry_id)
        assert await answers(hass, acted, 2) == []


async def test_without_prices(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """No window is cheapest where nothing has a price."""
    _, entry = await plugged(hass, start_meter, "standard_hc")
    await until(lambda: entry.runtime_data.costs.kept.ledger.calendar)
    target = {"device_id": device_of(hass, entry.entry_id)}
    made = when("is_cheapest_window", target, duration="02:00:00")
    with clock(at("2026-01-10T22:30")):
        acted = await automate(hass, made)
        assert await answers(hass, acted, 1) == []
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-03-29T12:00", 23), ("2026-10-25T12:00", 25), ("2026-01-31T23:59", 24)],
)
def test_length_of_a_day(now: str, hours: int) -> None:
    """From midnight to midnight, whatever the clock does."""
    options = {"duration": timedelta(hours=1), "after": time(), "before": time()}
    stretch = DailyWindow(options).stretch(dt_util.as_utc(at(now)))
    assert stretch is not None
    assert stretch.end - stretch.start == timedelta(hours=hours)
    assert stretch.start <= datetime.fromisoformat(now).replace(tzinfo=PARIS)
