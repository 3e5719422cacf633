"""French days and months."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    Month,
    day_of,
    is_holiday,
    length,
    passed_part,
    share,
    slices,
    utc,
)
from custom_components.linky_meter.linky_tic.costs.errors import NaiveTimeError

from .helpers import day, paris

moments = st.datetimes(
    datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)
)


@pytest.mark.parametrize(
    ("month", "hours"), [("2026-03", 743), ("2026-10", 745), ("2026-02", 672)]
)
def test_hours_of_a_month(month: str, hours: int) -> None:
    """The change of clock counts."""
    found = Month.parse(month)
    assert found.end - found.start == timedelta(hours=hours)
    assert str(found) == month
    assert sum((length(one) for one in found.each_day()), timedelta()) == (
        found.end - found.start
    )


def test_months() -> None:
    """They follow each other and read as they are written."""
    assert Month(2026, 12).next == Month(2027, 1)
    assert Month.of(day("2026-10-31")).days == 31
    for text in ("2026-13", "2026-1", "26-10", ""):
        with pytest.raises(ValueError, match=r".*"):
            Month.parse(text)


def test_no_naive_time() -> None:
    """A time without zone would be that of the machine."""
    with pytest.raises(NaiveTimeError):
        utc(datetime(2026, 1, 1))


def test_midnights() -> None:
    """A gap is cut at each, in local time."""
    assert slices(paris("2026-09-30T18:00"), paris("2026-10-01T04:00")) == [
        (day("2026-09-30"), timedelta(hours=6)),
        (day("2026-10-01"), timedelta(hours=4)),
    ]
    autumn = slices(paris("2026-10-24T12:00"), paris("2026-10-26T00:00"))
    assert [spent for _, spent in autumn] == [timedelta(hours=12), timedelta(hours=25)]
    at = paris("2026-10-01T00:00")
    assert slices(at, at) == [(day("2026-10-01"), timedelta())]


def test_passed_part() -> None:
    """Of a day of 23 hours."""
    assert passed_part(day("2026-03-29"), utc(paris("2026-03-29T04:30"))) * 46 == 7
    assert passed_part(day("2026-03-29"), utc(paris("2026-03-28T04:30"))) == 0
    assert passed_part(day("2026-03-29"), utc(paris("2026-03-31T04:30"))) == 1


@given(moments, moments)
def test_slices_are_the_whole(one: datetime, other: datetime) -> None:
    """In order, each in its day."""
    start, end = sorted((one, other))
    found = slices(start, end)
    assert sum((spent for _, spent in found), timedelta()) == end - start
    assert [one for one, _ in found] == sorted({one for one, _ in found})
    assert found[-1][0] in {day_of(end), day_of(end - timedelta(microseconds=1))}


@given(
    st.integers(0, 10**9),
    st.lists(st.timedeltas(timedelta(), timedelta(days=9)), min_size=1, max_size=9),
)
def test_shares_are_the_whole(amount: int, parts: list[timedelta]) -> None:
    """No Wh is lost, and none is off by more than one."""
    shares = share(amount, parts)
    assert sum(shares) == amount
    assert min(shares) >= 0
    if whole := sum(parts, timedelta()):
        for part, given_ in zip(parts, shares, strict=True):
            assert abs(given_ - amount * (part / whole)) < 1 + amount / 10**9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-04-06", True),
        ("2025-04-21", True),
        ("2027-03-29", True),
        ("2026-05-14", True),
        ("2026-05-25", True),
        ("2026-11-11", True),
        ("2026-01-01", True),
        ("2026-04-05", False),
        ("2026-12-26", False),
    ],
)
def test_holidays(text: str, expected: bool) -> None:
    """Easter Monday, Ascension and Pentecost move."""
    assert is_holiday(day(text)) is expected


def test_holidays_are_few() -> None:
    """Eleven a year, unless two fall together."""
    for year in range(2020, 2040):
        start = date(year, 1, 1)
        found = sum(is_holiday(start + timedelta(days=n)) for n in range(365))
        assert found in {10, 11}
