"""What is usual of a kind of day: the weather, the day of the week, and the level lately.

Heating and cooling follow the outdoor temperature, so that is fitted; without one, what
was usual in the last weeks has the season in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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


class Usual(NamedTuple):
    """What is usual of a day."""

    value: float
    doubt: float = 0.0
    """How far it may be off because such weather is new, in the same unit."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """A value as the weather makes it."""

    base: float
    heating: float = 0.0
    cooling: float = 0.0
    below: float = 16.0

    def at(self, outdoor: float | None) -> float:
        """Return the value at an outdoor temperature."""
        if outdoor is None:
            return self.base
        return (
            self.base
            + self.heating * max(0.0, self.below - outdoor)
            + self.cooling * max(0.0, outdoor - _COOLED_ABOVE)
        )


def usual(
    history: Sequence[Point],
    day: date,
    outdoor: float | None,
    *,
    by_weekday: bool,
) -> Usual | None:
    """Return what is usual of a day, None while too little is known.

    ``history`` has the days before, the oldest first, without those that were unusual.
    """
    end = day - timedelta(days=LAG)
    known = [one for one in history if one.day < end]
    known = known[:-_DENSE:3] + known[-_DENSE:]
    lately = [one for one in known if one.day >= end - timedelta(days=_LEVEL)]
    if len(known) < LEAST_DAYS or len(lately) < LEAST_DAYS // 2:
        return None
    told = [one for one in known if one.outdoor is not None]
    fit, strange = _Fit(0.0), 0.0
    if outdoor is not None and len(told) >= 0.8 * len(known):
        colder = sorted(one.outdoor or 0.0 for one in told)
        if outdoor < colder[2] - _UNSEEN:
            return None
        strange = max(colder[len(told) // 5] - outdoor, 0.0)
        known, fit = told, _fitted(told)
        lately = [one for one in lately if one.outdoor is not None] or known
    found = fit.at(outdoor) + median(one.value - fit.at(one.outdoor) for one in lately)
    if by_weekday:
        found += _of_weekday(known, fit, day)
    # Once heating is off, less than the least is no house
    values = sorted(one.value for one in known)
    found = max(found, values[len(values) // 20])
    return Usual(found, found * _DOUBT_PER_DEGREE * strange)


def _of_weekday(known: Sequence[Point], fit: _Fit, day: date) -> float:
    """Return by how much a day of the week differs from the others."""
    rest = [(one.day.weekday(), one.value - fit.at(one.outdoor)) for one in known[-70:]]
    same = [value for weekday, value in rest if weekday == day.weekday()]
    if not same:
        return 0.0
    apart = median(same) - median(value for _, value in rest)
    return apart * len(same) / (len(same) + _DOUBT)


def _fitted(points: Sequence[Point]) -> _Fit:
    """Return what the weather makes of a value, without the days that are far off."""
    best, least = _Fit(median(one.value for one in points)), float("inf")
    for below in _HEATED_BELOW:
        kept = points
        fit = best
        for _ in "ab":
            fit = _least_squares(kept, below)
            off = [abs(one.value - fit.at(one.outdoor)) for one in points]
            limit = 3 * median(off)
            kept = [one for one, far in zip(points, off, strict=True) if far <= limit]
            if len(kept) < LEAST_DAYS:
                break
        error = fmean(
            sorted(abs(one.value - fit.at(one.outdoor)) for one in points)[
                : max(1, len(points) * 3 // 4)
            ]
        )
        if error < 0.98 * least:
            best, least = fit, error
    return best


def _least_squares(points: Sequence[Point], below: float) -> _Fit:
    """Return the best fit of heating below a temperature, and of cooling above another."""
    cold = [max(0.0, below - (one.outdoor or 0.0)) for one in points]
    hot = [max(0.0, (one.outdoor or 0.0) - _COOLED_ABOVE) for one in points]
    values = [one.value for one in points]
    mean_cold, mean_hot, mean = fmean(cold), fmean(hot), fmean(values)
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
    return _Fit(
        mean - heating * mean_cold - cooling * mean_hot, heating, cooling, below
    )
