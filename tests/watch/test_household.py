"""A house under watch, day by day: counting, learning, the verdict, a restart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
import json
import math
import random
from statistics import median

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, midnight
from custom_components.linky_meter.linky_tic.costs.errors import CorruptStoreError
from custom_components.linky_meter.linky_tic.watch.household import Household
from custom_components.linky_meter.linky_tic.watch.verdict import Span

HOUR = timedelta(hours=1)
FIRST = date(2026, 9, 1)

type Load = Callable[[date, int], float]


def plain(day: date, hour: int) -> float:
    """Return the W of a house with a base load of 100 W that strays a little."""
    chance = random.Random(f"{day} {hour}")
    return 100 + chance.uniform(-4, 4) + (300 if 18 <= hour < 23 else 0)


def live(
    house: Household, load: Load, first: date, days: int, wh: float = 0.0
) -> tuple[float, list[date]]:
    """Feed some days; return the index, and the days on which an alarm was on."""
    alarms = list[date]()
    for number in range(days):
        day = first + number * DAY
        at, end = midnight(day), midnight(day + DAY)
        hour = 0
        while at < end:
            house.feed(at, round(wh))
            wh += load(day, min(hour, 23))
            at, hour = at + HOUR, hour + 1
        if house.verdict is not None:
            alarms.append(day)
    return wh, alarms


def test_the_base_load_is_the_lowest_hour_of_the_nights() -> None:
    """It is not known after one night, and is after three."""
    house = Household()
    wh, _ = live(house, plain, FIRST, 2)
    assert house.base_load is None
    live(house, plain, FIRST + 2 * DAY, 3, wh)
    assert house.base_load == pytest.approx(97, abs=3)


def test_days_of_a_changing_clock_are_days() -> None:
    """The 23 and 25 hours of them are no fault, and their nights are known."""
    for first in (date(2026, 10, 20), date(2027, 3, 23)):
        house = Household()
        live(house, plain, first, 10)
        assert all(day.low == pytest.approx(97, abs=5) for day in house.days)
        change = next(day for day in house.days if day.day.day in {25, 28})
        assert change.wh is not None


def test_what_was_not_seen_is_not_known() -> None:
    """A night that nobody read has no lowest hour; its day still has its energy."""
    house, wh = Household(), 0.0
    for number in range(4):
        start = midnight(FIRST + number * DAY)
        for hour in range(24):
            if number != 2 or hour == 0 or hour > 5:
                # Read late: nobody knows what the hour before it took
                late = timedelta(minutes=20 if number == 1 else 0)
                house.feed(start + hour * HOUR + late, round(wh))
            wh += 100
    lows = {day.day: day.low for day in house.days}
    assert lows.get(FIRST + DAY) is None
    assert lows.get(FIRST + 2 * DAY) is None
    assert {day.day: day.wh for day in house.days}[FIRST + 2 * DAY] == 2400
    assert lows[FIRST + 3 * DAY] == 100


def test_nothing_is_said_before_it_is_learned() -> None:
    """Not even of a kilowatt that is there in the third week."""
    house = Household()
    _, alarms = live(
        house,
        lambda d, h: plain(d, h) + (1000 if d > FIRST + 20 * DAY else 0),
        FIRST,
        27,
    )
    assert alarms == []
    assert not house.learned


def learned() -> tuple[Household, date, float]:
    """Return a house that is known, the next day, and its index."""
    house = Household()
    wh, alarms = live(house, plain, FIRST, 70)
    assert alarms == []
    assert house.learned
    return house, FIRST + 70 * DAY, wh


def test_a_freezer_that_never_stops() -> None:
    """Is told after some nights, with since when and how much, until it is repaired."""
    house, day, wh = learned()
    wh, alarms = live(house, lambda d, h: plain(d, h) + 90, day, 10, wh)
    assert alarms[0] == day + 2 * DAY
    assert house.verdict is not None
    assert house.verdict.span is Span.NIGHT
    assert house.verdict.since == day
    assert house.verdict.excess == pytest.approx(90, abs=8)
    _, alarms = live(house, plain, day + 10 * DAY, 5, wh)
    assert alarms == [day + 10 * DAY]


def test_what_stays_becomes_usual() -> None:
    """A new appliance is told once, for four weeks, and never again."""
    house, day, wh = learned()
    _, alarms = live(house, lambda d, h: plain(d, h) + 90, day, 120, wh)
    assert alarms == [day + number * DAY for number in range(2, 28)]
    assert house.base_load == pytest.approx(187, abs=5)


def test_a_day_of_three_times_the_usual() -> None:
    """One evening's load that no night shows."""
    house, day, wh = learned()
    heats = lambda d, h: plain(d, h) + (900 if d == day and 8 <= h < 18 else 0)  # noqa: E731
    _, alarms = live(house, heats, day, 4, wh)
    assert alarms == [day + DAY, day + 2 * DAY][: len(alarms)]
    assert alarms


def test_at_most_one_alarm_in_a_month() -> None:
    """Whatever happens."""
    house, day, wh = learned()
    raised = set[date]()
    for number in range(0, 90, 9):
        wh, _ = live(house, lambda d, h: plain(d, h) + 500, day + number * DAY, 4, wh)
        raised |= {house.raised} if house.raised else set()
        wh, _ = live(house, plain, day + (number + 4) * DAY, 5, wh)
    times = sorted(raised)
    assert len(times) >= 2
    assert all(b - a >= 30 * DAY for a, b in pairwise(times))


def test_what_is_far_worse_is_told_within_the_month() -> None:
    """A heater left on after a freezer that never stops; no more of the same is."""
    house, day, wh = learned()
    freezer: Load = lambda d, h: plain(d, h) + 90  # noqa: E731
    wh, _ = live(house, freezer, day, 9, wh)
    assert house.raised == day + 2 * DAY
    again = Household.from_dict(json.loads(json.dumps(house.as_dict())))
    wh, _ = live(again, lambda d, h: freezer(d, h) + 1200, day + 9 * DAY, 7, wh)
    assert again.verdict is not None
    assert again.verdict.since == day + 9 * DAY
    assert again.verdict.excess == pytest.approx(1290, abs=20)
    assert again.raised == day + 12 * DAY
    live(again, freezer, day + 16 * DAY, 3, wh)
    assert again.as_dict()["verdict"] is None
    # A release that did not keep what was told last
    del (old := house.as_dict())["told"]
    older = Household.from_dict(old)
    live(older, lambda d, h: freezer(d, h) + 1200, day + 9 * DAY, 7, wh)
    assert older.raised == day + 2 * DAY


def heated(outdoor: float, chance: random.Random) -> list[float]:
    """Return the hours of a house with electric heating, of which less is on at night."""
    cold = max(0.0, 15 - outdoor) * chance.uniform(0.95, 1.05)
    evening = chance.uniform(600, 1200)
    return [
        100
        + chance.uniform(-5, 5)
        + cold * (25 if hour < 6 else 50)
        + (evening if 18 <= hour < 22 else 0)
        for hour in range(24)
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_a_thermometer_the_days_tell_the_weather(seed: int) -> None:
    """A fortnight of 8 °C less takes 200 W more at night, most of which is usual then."""
    house, wh, chance = Household(), 0.0, random.Random(seed)
    spell = 0.0
    for number in range(125):
        spell = 0.8 * spell + chance.gauss(0, 2)
        wave = 10 - 7 * math.sin(math.tau * number / 365)
        outdoor = wave + spell - (8 if 110 <= number < 124 else 0)
        start = midnight(FIRST + number * DAY)
        for hour, watts in enumerate(heated(outdoor, chance)):
            house.feed(start + hour * HOUR, round(wh))
            wh += watts
    nights = house.over[Span.NIGHT]
    assert nights[-1].day == FIRST + 124 * DAY
    cold = [one.excess for one in nights if one.day > FIRST + 111 * DAY]
    assert median(cold) < 100


def test_days_of_an_earlier_release_are_kept() -> None:
    """They tell nothing of their quiet hours, and are judged as they were."""
    house, day, wh = learned()
    old = house.as_dict()
    old["days"] = [row[:5] for row in old["days"]]
    old["counting"]["day"] = old["counting"]["day"][:5]
    del old["counting"]["waking"], old["told"]
    again = Household.from_dict(json.loads(json.dumps(old)))
    assert [one.low for one in again.days] == [one.low for one in house.days]
    wh, alarms = live(again, lambda d, h: plain(d, h) + 90, day, 10, wh)
    assert alarms[0] == day + 2 * DAY
    assert again.days[-2].quiet == pytest.approx(190, abs=8)


def test_a_cold_wave_is_not_unusual() -> None:
    """Heating follows the weather: what was learned of it holds for a colder day."""
    house, wh = Household(), 0.0
    chance = random.Random(1)
    for number in range(110):
        start = midnight(FIRST + number * DAY)
        mild = 14 - number / 10 + chance.gauss(0, 2.5)
        outdoor = mild - 8 if number >= 100 else mild
        for hour in range(24):
            house.feed(start + hour * HOUR, round(wh), outdoor)
            wh += 100 + 40 * max(0, 16 - outdoor) * chance.uniform(0.95, 1.05)
        assert house.verdict is None, number
    lows = [day.low or 0 for day in house.days]
    assert lows[-1] > 1.4 * lows[-15]


def test_a_restart_changes_nothing() -> None:
    """Neither in the middle of a night nor of an alarm."""
    house, day, wh = learned()
    wh, _ = live(house, lambda d, h: plain(d, h) + 90, day, 5, wh)
    for stop in (3, 14):
        again = Household.from_dict(json.loads(json.dumps(house.as_dict())))
        assert again.verdict is not None
        index = wh
        for number in range(48):
            at = midnight(day + 5 * DAY) + number * HOUR
            if number == stop:
                again = Household.from_dict(json.loads(json.dumps(again.as_dict())))
            again.feed(at, round(index))
            index += 190
        assert [one.day for one in again.days][-2:] == [day + 5 * DAY, day + 6 * DAY]
        assert again.days[-2].wh == 24 * 190
        assert again.verdict is not None


@pytest.mark.parametrize(
    "damage",
    [
        {},
        {"days": [["2026-01-01", 1, 2]]},
        {"over": {"night": [], "day": [["today", 1, 2]]}},
        {"verdict": {"span": "hour"}},
        {"counting": {"day": 3}},
    ],
)
def test_a_damaged_file_is_refused(damage: dict[str, object]) -> None:
    """Whatever is wrong with it."""
    good = Household().as_dict()
    with pytest.raises(CorruptStoreError):
        Household.from_dict({**good, **damage} if damage else {})


def test_a_time_without_a_zone_is_refused_early() -> None:
    """Nobody's clock is guessed: an aware time is asked for."""
    house = Household()
    house.feed(datetime.fromisoformat("2026-10-25T02:30:00+02:00"), 5)
    house.feed(datetime.fromisoformat("2026-10-25T02:30:00+01:00"), 105)
    assert house.days == []
