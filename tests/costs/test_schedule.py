"""Windows of offers."""

from datetime import UTC, datetime, time, timedelta
import itertools
import json

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    day_of,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    Schedule,
    Window,
    parse_windows,
    schedule_of_profile,
)
from custom_components.linky_meter.linky_tic.costs.errors import ScheduleError
from custom_components.linky_meter.linky_tic.costs.prices.offers import (
    NIGHT_SCHEDULE,
    TEMPO_SCHEDULE,
    WEEK_END_WINDOW,
)

from .helpers import day, paris

times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
windows = st.builds(
    Window,
    st.integers(1, 10),
    times,
    times,
    st.frozensets(st.integers(0, 6)),
    st.booleans(),
    st.none() | st.just(((4, 1), (10, 31))) | st.just(((11, 1), (3, 31))),
)
schedules = st.builds(
    Schedule, st.lists(windows, max_size=4).map(tuple), st.integers(1, 10)
)
moments = st.datetimes(
    datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)
)


@pytest.mark.parametrize(
    ("at", "index"),
    [("05:59", 1), ("06:00", 2), ("21:59", 2), ("22:00", 1), ("00:00", 1)],
)
def test_night(at: str, index: int) -> None:
    """Off-peak from 22:00 to 06:00."""
    assert NIGHT_SCHEDULE.index_at(paris(f"2026-10-01T{at}")) == index


def test_week_end_and_holidays() -> None:
    """The first window that holds decides."""
    schedule = Schedule((WEEK_END_WINDOW, *parse_windows("22:00-06:00", 1)), 2)
    assert schedule.index_at(paris("2026-10-03T12:00")) == 3
    assert schedule.index_at(paris("2026-10-04T23:59")) == 3
    assert schedule.index_at(paris("2026-10-05T00:00")) == 1
    assert schedule.index_at(paris("2026-11-11T12:00")) == 2
    holiday = Schedule((Window(3, weekdays=frozenset({6}), holidays=True),), 2)
    assert holiday.index_at(paris("2026-11-11T12:00")) == 3


def test_seasons_and_dates() -> None:
    """Off-peak hours move in summer, and are moved for good."""
    schedule = Schedule(
        (
            Window(1, time(12), time(15), season=((4, 1), (10, 31))),
            Window(
                1, time(1), time(4), season=((11, 1), (3, 31)), since=day("2026-11-15")
            ),
            Window(4, time(1), time(4), until=day("2026-11-14")),
        ),
        2,
    )
    expected = {
        "2026-10-31T12:00": 1,
        "2026-11-01T12:00": 2,
        "2026-11-14T02:00": 4,
        "2026-11-15T02:00": 1,
        "2027-03-31T02:00": 1,
        "2027-04-01T02:00": 2,
    }
    found = {at: schedule.index_at(paris(at)) for at in expected}
    assert found == expected


def test_change_of_clock() -> None:
    """A window in the hour that is left out is empty; nothing is lost."""
    schedule = Schedule((Window(1, time(2), time(3)),), 2)
    spring = list(
        schedule.sort(midnight(day("2026-03-29")), midnight(day("2026-03-30")), 2300)
    )
    assert sum(wh for _, index, wh in spring if index == 1) == 0
    autumn = list(
        schedule.sort(midnight(day("2026-10-25")), midnight(day("2026-10-26")), 2500)
    )
    assert sum(wh for _, index, wh in autumn if index == 1) == 200
    half = Schedule((Window(1, time(2, 30), time(3, 30)),), 2)
    assert (
        sum(
            wh
            for _, _, wh in half.sort(
                midnight(day("2026-03-29")), midnight(day("2026-03-30")), 2300
            )
        )
        == 2300
    )


def test_sort_a_gap() -> None:
    """By time over windows and days."""
    found = list(
        TEMPO_SCHEDULE.sort(
            paris("2026-09-30T20:00"), paris("2026-10-01T07:00"), 11_000
        )
    )
    assert found == [
        (day("2026-09-30"), 2, 2000),
        (day("2026-09-30"), 3, 2000),
        (day("2026-10-01"), 1, 6000),
        (day("2026-10-01"), 2, 1000),
    ]
    at = paris("2026-10-01T07:00")
    assert list(TEMPO_SCHEDULE.sort(at, at, 5)) == [(day("2026-10-01"), 2, 5)]


@settings(max_examples=200, deadline=None)
@given(schedules, moments)
def test_a_day_is_covered_whole(schedule: Schedule, at: datetime) -> None:
    """By stretches that follow each other; and it comes back from JSON."""
    segments = schedule.segments(day_of(at))
    assert segments[0].start == midnight(day_of(at))
    assert segments[-1].end == midnight(day_of(at) + DAY)
    for before, after in itertools.pairwise(segments):
        assert before.start < before.end == after.start
    assert 1 <= schedule.index_at(at) <= 10
    again = Schedule.from_dict(json.loads(json.dumps(schedule.as_dict())))
    assert again.key == schedule.key


@settings(max_examples=100, deadline=None)
@given(
    schedules,
    moments,
    st.timedeltas(timedelta(), timedelta(days=9)),
    st.integers(0, 10**6),
)
def test_sorting_loses_nothing(
    schedule: Schedule, start: datetime, spent: timedelta, wh: int
) -> None:
    """Whatever the windows."""
    found = list(schedule.sort(start, start + spent, wh))
    assert sum(part for _, _, part in found) == wh
    assert all(part > 0 for _, _, part in found)


def test_typed_windows() -> None:
    """As people write them."""
    assert parse_windows("22:00-06:00; 12h30 - 14h", 1) == (
        Window(1, time(22), time(6)),
        Window(1, time(12, 30), time(14)),
    )
    assert parse_windows("0:00–24:00,", 2) == (Window(2),)
    for text in ("", "22:00", "25:00-26:00", "a-b", "22:00-06:00-07:00"):
        with pytest.raises(ScheduleError):
            parse_windows(text, 1)


def test_learned_from_the_meter() -> None:
    """Its profile of the day, as the reading shows it."""
    schedule = schedule_of_profile("00:00 2, 02:56 1, 07:56 2, 11:56 1, 14:56 2")
    assert schedule is not None
    assert schedule.index_at(paris("2026-10-01T03:00")) == 1
    assert schedule.index_at(paris("2026-10-01T02:55")) == 2
    assert schedule.index_at(paris("2026-10-01T15:00")) == 2
    single = schedule_of_profile("00:00 1")
    assert single is not None
    assert single.index_at(paris("2026-10-01T15:00")) == 1
    assert schedule_of_profile("00:00 =, 02:56 1") is None
    assert schedule_of_profile("") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"index": 0},
        {"index": "x"},
        {"start": "25:00"},
        {"start": 5},
        {"weekdays": [7]},
        {"season": [[13, 1], [1, 1]]},
        {"season": [[1, 1]]},
        {"since": "2026-02-01", "until": "2026-01-01"},
        {"until": "x"},
    ],
)
def test_bad_windows(changes: dict[str, object]) -> None:
    """Are told."""
    data = Window(1).as_dict()
    assert Window.from_dict(data) == Window(1)
    with pytest.raises(ScheduleError):
        Window.from_dict(data | changes)
    with pytest.raises(ScheduleError):
        Schedule.from_dict({"windows": [data | changes], "default": 1})


def test_bad_schedules() -> None:
    """Are told."""
    for data in ({}, {"windows": 5, "default": 1}, {"windows": [], "default": 0}):
        with pytest.raises(ScheduleError):
            Schedule.from_dict(data)
