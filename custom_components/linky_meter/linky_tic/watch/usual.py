"""What is usual of a kind of day: the weather, the day of the week, and the level lately.

Heating and cooling follow the outdoor temperature, so that is fitted. Without one, the
date tells the season, and the days before tell the weather: who heats with electricity
heats more by day than at night, the more so the colder it is. What runs day and night,
as a fault does, changes nothing of how far these two are apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
import math
from statistics import fmean, median
from typing import NamedTuple

LAG = 14
"""Days: the latest are judged, and are no part of what is usual."""
_LEVEL = 28
"""Days over which the level is taken; what lasts longer has become usual."""
_DENSE = 100
"""Days of which all are looked at to learn heating; of those before, each third."""
LEAST_DAYS = 14
"""Days without which nothing is usual yet."""
_HEATED_BELOW = (13.0, 17.0)
_COOLED_ABOVE = 22.0
_PER_DEGREE = 30.0
"""W by which day and night are further apart for about a °C."""
_UNSEEN = 3.0
"""°C by which a day may be colder than all before; beyond, nobody knows."""
_DOUBT_PER_DEGREE = 0.06
"""Of the usual, for each °C that a day is colder than the coldest fifth."""
# Of a day's weekday as much is believed as if so many others had said nothing of it
_DOUBT = 4


@dataclass(frozen=True, slots=True)
class Point:
    """A value of one day, with the outdoor temperature in °C where that is known."""

    day: date
    value: float
    outdoor: float | None = None
    apart: float | None = None
    """By how much the last days took more in their quiet hours than at night, W."""


class Usual(NamedTuple):
    """What is usual of a day."""

    value: float
    doubt: float = 0.0
    """How far it may be off because such weather is new, in the same unit."""
    weather: bool = False
    """Whether it is that of an outdoor temperature."""


type _Drivers = Callable[[Point, float], tuple[float, float]]
"""What use follows on a day, two of them in °C; heating is on below a temperature."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """A value as the weather makes it, or what stands for that."""

    by: _Drivers
    base: float
    first: float = 0.0
    second: float = 0.0
    below: float = 16.0

    def at(self, point: Point) -> float:
        """Return the value of a day."""
        first, second = self.by(point, self.below)
        return self.base + self.first * first + self.second * second


def _by_weather(point: Point, below: float) -> tuple[float, float]:
    outdoor = point.outdoor or 0.0
    return max(0.0, below - outdoor), max(0.0, outdoor - _COOLED_ABOVE)


def _by_season(point: Point, below: float) -> tuple[float, float]:
    return max(0.0, below - _normal(point.day)), 0.0


def _by_days_before(point: Point, below: float) -> tuple[float, float]:
    return max(0.0, below - _normal(point.day)), (point.apart or 0.0) / _PER_DEGREE


def _normal(day: date) -> float:
    """Return the mean temperature of a day of the year in France, °C."""
    return 12.0 - 8.0 * math.cos(math.tau * (day.timetuple().tm_yday - 20) / 365.25)


def usual(
    history: Sequence[Point],
    today: Point,
    *,
    by_weekday: bool,
) -> Usual | None:
    """Return what is usual of a day, None while too little is known.

    ``history`` has the days before, the oldest first, without those that were unusual.
    """
    outdoor = today.outdoor
    end = today.day - timedelta(days=LAG)
    known = [one for one in history if one.day < end]
    known = known[:-_DENSE:3] + known[-_DENSE:]
    lately = [one for one in known if one.day >= end - timedelta(days=_LEVEL)]
    if len(known) < LEAST_DAYS or len(lately) < LEAST_DAYS // 2:
        return None
    told = [one for one in known if one.outdoor is not None]
    apart = [one for one in known if one.apart is not None]
    by, strange = _by_season, 0.0
    if outdoor is not None and len(told) >= 0.8 * len(known):
        colder = sorted(one.outdoor or 0.0 for one in told)
        if outdoor < colder[2] - _UNSEEN:
            return None
        strange = max(colder[len(told) // 5] - outdoor, 0.0)
        by, known = _by_weather, told
    elif today.apart is not None and len(apart) >= 2 * LEAST_DAYS:
        by, known = _by_days_before, apart
    lately = [one for one in known if one.day >= lately[0].day] or known
    fit = _fitted(known, by)
    found = fit.at(today) + median(one.value - fit.at(one) for one in lately)
    if by_weekday:
        found += _of_weekday(known, fit, today.day)
    # Once heating is off, less than the least is no house
    values = sorted(one.value for one in known)
    found = max(found, values[len(values) // 20])
    return Usual(found, found * _DOUBT_PER_DEGREE * strange, by is _by_weather)


def _of_weekday(known: Sequence[Point], fit: _Fit, day: date) -> float:
    """Return by how much a day of the week differs from the others."""
    rest = [(one.day.weekday(), one.value - fit.at(one)) for one in known[-70:]]
    same = [value for weekday, value in rest if weekday == day.weekday()]
    if not same:
        return 0.0
    apart = median(same) - median(value for _, value in rest)
    return apart * len(same) / (len(same) + _DOUBT)


def _fitted(points: Sequence[Point], by: _Drivers) -> _Fit:
    """Return what the weather makes of a value, without the days that are far off."""
    best, least = _Fit(by, median(one.value for one in points)), float("inf")
    for below in _HEATED_BELOW:
        rows = [(one.value, *by(one, below)) for one in points]
        kept = rows
        for _ in "ab":
            base, first, second = _least_squares(kept)
            off = [abs(v - base - first * x - second * y) for v, x, y in rows]
            limit = 3 * median(off)
            kept = [row for row, far in zip(rows, off, strict=True) if far <= limit]
            if len(kept) < LEAST_DAYS:
                break
        error = fmean(sorted(off)[: max(1, len(points) * 3 // 4)])
        if error < 0.98 * least:
            best, least = _Fit(by, base, first, second, below), error
    return best


def _least_squares(
    rows: Sequence[tuple[float, float, float]],
) -> tuple[float, float, float]:
    """Return the best fit of a value by two drivers, of which neither lowers it."""
    count = len(rows)
    values, cold, hot = zip(*rows, strict=True)
    mean, mean_cold, mean_hot = sum(values) / count, sum(cold) / count, sum(hot) / count
    cc = sum((c - mean_cold) ** 2 for c in cold)
    hh = sum((h - mean_hot) ** 2 for h in hot)
    ch = sum((c - mean_cold) * (h - mean_hot) for c, h in zip(cold, hot, strict=True))
    cv = sum((c - mean_cold) * (v - mean) for c, v in zip(cold, values, strict=True))
    hv = sum((h - mean_hot) * (v - mean) for h, v in zip(hot, values, strict=True))
    # A few cold or hot hours tell no slope
    cc, hh = cc + 20.0, hh + 20.0
    scale = cc * hh - ch * ch
    heating = max((cv * hh - hv * ch) / scale, 0.0)
    cooling = max((hv * cc - cv * ch) / scale, 0.0)
    return mean - heating * mean_cold - cooling * mean_hot, heating, cooling
