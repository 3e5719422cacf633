"""The calendar that stands in for Home Assistant's, at hours when days change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import json
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.output.mqtt.calendar import Calendar
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import PARIS
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    Schedule,
    parse_windows,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
)
from custom_components.linky_meter.linky_tic.costs.plan.timeline import Contract
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.conftest import frame_of

from .feed import Feed

NIGHT = Schedule(parse_windows("22:30-06:30", 1), 2)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """Return a French time."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def reading(now: datetime) -> MeterReading:
    """Return what a meter says then."""
    feed = Feed(now - timedelta(seconds=1))
    return next(iter(feed.told(frame_of("standard_hc")))).reading


def contract(calendar: str = OFF_PEAK, **more: Any) -> Contract:
    """Return one whose prices change with February."""
    periods = [
        PricePeriod(calendar, start, {1: low, 2: Decimal("0.2")}, Decimal(12))
        for start, low in (
            (date(2020, 1, 1), Decimal("0.15")),
            (date(2026, 2, 1), Decimal("0.14")),
        )
    ]
    return Contract(calendar, PriceList(periods), **more)


def told(calendar: Calendar, now: datetime) -> Any:
    """Return what is told at a moment."""
    text = calendar.at(now)
    assert text is not None
    return json.loads(text)


@pytest.mark.parametrize(
    ("now", "on", "start", "end"),
    [
        ("2026-01-14T22:29", False, "2026-01-14T22:30", "2026-01-15T06:30"),
        ("2026-01-14T23:30", True, "2026-01-14T22:30", "2026-01-15T06:30"),
        ("2026-01-15T00:30", True, "2026-01-14T22:30", "2026-01-15T06:30"),
        ("2026-01-15T06:30", False, "2026-01-15T22:30", "2026-01-16T06:30"),
        ("2026-02-28T23:59", True, "2026-02-28T22:30", "2026-03-01T06:30"),
        ("2026-12-31T23:30", True, "2026-12-31T22:30", "2027-01-01T06:30"),
        # An hour shorter, and an hour longer
        ("2026-03-29T03:30", True, "2026-03-28T22:30", "2026-03-29T06:30"),
        ("2026-10-25T02:30", True, "2026-10-24T22:30", "2026-10-25T06:30"),
    ],
)
def test_hours(now: str, *, on: bool, start: str, end: str) -> None:
    """It is on from the first to the last minute, and tells the next night before."""
    calendar = Calendar(Language.EN)
    moment = at(now)
    calendar.process(contract(hours=NIGHT), reading(moment))
    found = told(calendar, moment)
    assert found["on"] is on
    event = found["event"]
    assert event["message"] == "Off-peak"
    assert datetime.fromisoformat(event["start_time"]) == at(start)
    assert datetime.fromisoformat(event["end_time"]) == at(end)
    assert found["events"][0] == event
    # Worked out once, it follows the time
    assert told(calendar, at(end))["on"] is False
    assert told(calendar, at(end) - MINUTE)["on"] is True


def test_new_prices_and_no_contract() -> None:
    """A day of new prices lasts all day; without a contract nothing is told."""
    calendar = Calendar(Language.FR)
    now = at("2026-01-31T12:00")
    calendar.process(None, reading(now))
    assert calendar.at(now) is None
    calendar.process(contract(hours=NIGHT), reading(now))
    (day,) = (one for one in told(calendar, now)["events"] if one["all_day"])
    assert day == {
        "message": "Nouveaux prix",
        "kind": "new_prices",
        "all_day": True,
        "start_time": "2026-02-01T00:00:00+01:00",
        "end_time": "2026-02-02T00:00:00+01:00",
    }


def test_nothing_to_come() -> None:
    """With one price there is no event, and it is off."""
    periods = PriceList([PricePeriod("BASE", date(2020, 1, 1), {1: Decimal("0.2")})])
    calendar = Calendar(Language.EN)
    now = at("2026-01-14T12:00")
    calendar.process(Contract("BASE", periods), reading(now))
    assert told(calendar, now) == {"on": False, "event": None, "events": []}


def test_colours() -> None:
    """A day of a colour goes on until six in the morning."""
    colours = Colours()
    colours.learn(date(2026, 1, 14), Colour.RED, Source.RTE)
    calendar = Calendar(Language.EN)
    now = at("2026-01-15T00:30")
    calendar.process(contract(TEMPO, colours=colours), reading(now))
    found = told(calendar, now)
    assert (found["on"], found["event"]["message"]) == (True, "Off-peak, red day")
    assert [one["kind"] for one in found["events"][:2]] == ["red", "red_off_peak"]
