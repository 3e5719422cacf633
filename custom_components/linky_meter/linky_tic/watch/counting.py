"""The energy index of a house, taken apart: the lowest hour of each night, and the day.

Whoever feeds it does so about once a minute. An hour counts when the index was seen at
both of its ends, a day when it was seen at both midnights, whatever was missed between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from ..costs.calendar.days import PARIS, midnight
from ..costs.errors import CorruptStoreError, refusing

NIGHT = range(6)
"""The hours of the night, of French legal time."""
_HOURS_OF_A_NIGHT = 4
"""So many hours have to be known, or the lowest of them says nothing."""
_WAKING = range(7, 23)
"""The hours of the day, of which the fourth part that takes least is quiet."""
_HOURS_OF_A_DAY = 12
_LATE_HOUR, _LATE_DAY = timedelta(minutes=3), timedelta(minutes=30)
"""How late the index may be seen after the end of an hour, and of a day."""


@dataclass(slots=True)
class Day:
    """What one day tells."""

    day: date
    low: float | None = None
    """The lowest hour of its night, W."""
    wh: int | None = None
    """Its energy, once it is over."""
    cold_night: float | None = None
    """The mean outdoor temperature of the night, °C."""
    outdoor: float | None = None
    """That of the day."""
    quiet: float | None = None
    """Its quiet hours while people are up, W."""

    def as_list(self) -> list[Any]:
        """Return it as JSON has it."""
        return [
            self.day.isoformat(),
            *(
                None if one is None else round(one, 1)
                for one in (
                    self.low,
                    self.wh,
                    self.cold_night,
                    self.outdoor,
                    self.quiet,
                )
            ),
        ]

    @classmethod
    def from_list(cls, data: list[Any]) -> Day:
        """Return what ``as_list`` gave; raise what is wrong."""
        day, low, wh, cold_night, outdoor, *later = data
        (quiet,) = later or (None,)
        return cls(
            date.fromisoformat(day),
            None if low is None else float(low),
            None if wh is None else int(wh),
            None if cold_night is None else float(cold_night),
            None if outdoor is None else float(outdoor),
            None if quiet is None else float(quiet),
        )


@dataclass(slots=True)
class _Mean:
    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.total += value
        self.count += 1

    def value(self) -> float | None:
        return self.total / self.count if self.count else None


@dataclass(slots=True)
class Counting:
    """Makes days of what an index shows."""

    day: Day | None = None
    """The present day."""
    midnight_wh: int | None = None
    _hour: datetime | None = None
    _hour_wh: int | None = None
    _lows: list[float] = field(default_factory=list)
    _waking: list[float] = field(default_factory=list)
    _night: _Mean = field(default_factory=_Mean)
    _whole: _Mean = field(default_factory=_Mean)

    def feed(self, at: datetime, wh: int, outdoor: float | None) -> list[Day]:
        """Take the index at an aware moment; return the days that have news.

        That is a day whose night is over, and one that is over itself. ``outdoor`` is the
        temperature in °C, None where none is known.
        """
        local = at.astimezone(PARIS)
        hour = local.replace(minute=0, second=0, microsecond=0)
        news: list[Day] = []
        if (
            self._hour is None
            or hour != self._hour
            or hour.utcoffset() != self._hour.utcoffset()
        ):
            news = self._next_hour(local, hour, wh)
        if outdoor is not None:
            self._whole.add(outdoor)
            if local.hour in NIGHT:
                self._night.add(outdoor)
        return news

    def _next_hour(self, local: datetime, hour: datetime, wh: int) -> list[Day]:
        """Take the first look in an hour."""
        news = []
        before, self._hour = self._hour, hour
        in_time = local - hour <= _LATE_HOUR
        if (
            before is not None
            and self._hour_wh is not None
            and in_time
            and hour.timestamp() - before.timestamp() == 3600
        ):
            if before.hour in NIGHT:
                self._lows.append(float(wh - self._hour_wh))
            elif before.hour in _WAKING:
                self._waking.append(float(wh - self._hour_wh))
        self._hour_wh = wh if in_time else None
        day = self.day
        if (
            day is not None
            and day.low is None
            and (hour.hour not in NIGHT or hour.date() != day.day)
        ):
            day.cold_night = self._night.value()
            if len(self._lows) >= _HOURS_OF_A_NIGHT:
                day.low = max(min(self._lows), 0.0)
                news.append(day)
            self._lows.clear()
        if day is None or hour.date() != day.day:
            news += self._next_day(local, wh)
        return news

    def _next_day(self, local: datetime, wh: int) -> list[Day]:
        """Take the first look in a day."""
        day, start = self.day, midnight(local.date())
        in_time = local - start <= _LATE_DAY
        news = []
        if day is not None:
            day.outdoor = self._whole.value()
            if len(self._waking) >= _HOURS_OF_A_DAY:
                day.quiet = sorted(self._waking)[len(self._waking) // 4]
            if (
                in_time
                and self.midnight_wh is not None
                and local.date() - day.day == timedelta(days=1)
            ):
                day.wh = wh - self.midnight_wh
                news.append(day)
        self.midnight_wh = wh if in_time else None
        self._waking.clear()
        self.day, self._night, self._whole = Day(local.date()), _Mean(), _Mean()
        return news

    def as_dict(self) -> dict[str, Any]:
        """Return what a restart may not lose, as JSON has it."""
        return {
            "day": None if self.day is None else self.day.as_list(),
            "midnight": self.midnight_wh,
            "lows": list(self._lows),
            "waking": list(self._waking),
            "night": [self._night.total, self._night.count],
            "whole": [self._whole.total, self._whole.count],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Counting:
        """Return what ``as_dict`` gave; raise CorruptStoreError."""
        with refusing(CorruptStoreError, "the watched day"):
            day, wh = data["day"], data["midnight"]
            (night, nights), (whole, wholes) = data["night"], data["whole"]
            return cls(
                None if day is None else Day.from_list(day),
                None if wh is None else int(wh),
                _lows=[float(one) for one in data["lows"]],
                _waking=[float(one) for one in data.get("waking", ())],
                _night=_Mean(float(night), int(nights)),
                _whole=_Mean(float(whole), int(wholes)),
            )
