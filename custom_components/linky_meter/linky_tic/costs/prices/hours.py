"""The windows that follow from a contract's hours, seasons and week-ends.

Somebody tells off-peak hours once; a structure may need them for two seasons, and for
alert days as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, time

from ..calendar.days import days_between
from ..calendar.schedule import WEEK_END, Schedule, Season, Window
from .offers import INDEXES, NIGHT, Structure

SUMMER: Season = (4, 1), (10, 31)
"""That of the off-peak reform of 2025 to 2027."""

_YEAR = tuple(days_between(date(2028, 1, 1), date(2029, 1, 1)))
"""A year with all days that there may be."""

ALL_YEAR, IN_SUMMER, IN_WINTER = "all_year", "summer", "winter"


@dataclass(frozen=True)
class Hours:
    """What differs from home to home; the index of its windows does not matter."""

    off_peak: tuple[Window, ...] = NIGHT
    off_peak_summer: tuple[Window, ...] = ()
    """Where those of summer are others."""
    super_off_peak: tuple[Window, ...] = ()
    summer: Season = SUMMER
    off_peak_week_ends: str | None = None
    """When all of Saturday and Sunday is off-peak: all year, in summer, in winter."""
    holidays: bool = False
    """Whether national holidays are as Sundays."""
    alert: tuple[Window, ...] = ()
    """The hours of alert days that have a price of their own; none: all of them."""
    alert_from: time = time()


def other_season(season: Season) -> Season:
    """Return the rest of the year; its edges need not be days of the calendar."""
    (first, first_day), (last, last_day) = season
    return (
        (last, last_day + 1) if last_day < 31 else (last % 12 + 1, 1),
        (first, first_day - 1) if first_day > 1 else ((first - 2) % 12 + 1, 31),
    )


def schedule_of(structure: Structure, hours: Hours) -> Schedule:
    """Return the windows of a structure whose indexes have names."""
    names = INDEXES[structure]
    number = {name: index for index, name in enumerate(names, 1)}
    seasonal = "summer_peak" in number
    windows: list[Window] = []
    alerts = "alert_peak" in number
    if alerts and hours.alert:
        index = number["alert_peak"]
        windows += [replace(one, index=index, alert=True) for one in hours.alert]
    seasons: dict[str, Season | None] = {ALL_YEAR: None}
    if seasonal or hours.off_peak_summer:
        seasons = {
            IN_SUMMER: hours.summer,
            IN_WINTER: other_season(hours.summer),
        }
    for alert in (True, False) if alerts and not hours.alert else (False,):
        for name, season in seasons.items():
            prefix = "alert_" if alert else f"{name}_" if seasonal else ""
            windows += (
                replace(
                    window,
                    index=number[prefix + kind],
                    season=season,
                    alert=alert,
                )
                for kind, window in _day(hours, name)
                if prefix + kind in number
            )
    return Schedule(tuple(windows), number.get("peak", len(names)), hours.alert_from)


def _day(hours: Hours, season: str) -> Iterator[tuple[str, Window]]:
    """Yield what may count on a day, the first that holds decides."""
    for window in hours.super_off_peak:
        yield "super_off_peak", window
    week_end = Window(1, weekdays=WEEK_END, holidays=hours.holidays)
    yield "week_end", week_end
    if hours.off_peak_week_ends in (ALL_YEAR, season):
        yield "off_peak", week_end
    other = hours.off_peak_summer if season == IN_SUMMER else ()
    for window in other or hours.off_peak:
        yield "off_peak", window
    yield "peak", Window(1)


def overlapping(schedule: Schedule) -> tuple[tuple[int, int], ...]:
    """Return the indexes whose hours overlap, first the one that wins.

    Where the first ones are of fewer days, as week-ends before all days, that is no
    overlap but an exception.
    """
    found: list[tuple[int, int]] = []
    days = [frozenset(filter(one.on, _YEAR)) for one in schedule.windows]
    for place, one in enumerate(schedule.windows):
        for after, other in enumerate(schedule.windows[place + 1 :], place + 1):
            exception = one.alert and not other.alert
            if (
                days[place] >= days[after]
                and not exception
                and one.index != other.index
                and (one.holds(other.first_minute) or other.holds(one.first_minute))
            ):
                found.append((one.index, other.index))
    return tuple(dict.fromkeys(found))


def never(schedule: Schedule, indexes: Iterable[int]) -> tuple[int, ...]:
    """Return the indexes that count in no hour of a year, alert days or not."""
    counted = {
        segment.index
        for day in _YEAR
        for one in schedule.variants
        for segment in one.segments(day)
    }
    return tuple(sorted(set(indexes) - counted))
