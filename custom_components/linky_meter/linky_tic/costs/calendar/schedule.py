"""Which index of an offer counts when: windows in local time.

The first window that holds a moment decides. Windows may be dated and seasonal, for the
off-peak hours that are being moved, and differ by weekday.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
import re
from typing import Any

from ..errors import ScheduleError, refusing
from .days import DAY, PARIS, day_of, is_holiday, midnight, share

EVERY_DAY = frozenset(range(7))
WEEK_END = frozenset({5, 6})

type Season = tuple[tuple[int, int], tuple[int, int]]
"""First and last (month, day) of each year; may go over the new year."""


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


@dataclass(frozen=True, slots=True)
class Window:
    """Hours in which an index counts; raise ScheduleError when it cannot be so."""

    index: int
    start: time = time()
    end: time = time()
    """Not after the start: the window goes over midnight, or lasts all day."""
    weekdays: frozenset[int] = EVERY_DAY
    """Monday is 0; the day that the moment itself lies in, after midnight too."""
    holidays: bool = False
    """Whether it holds on national holidays, whatever their weekday."""
    season: Season | None = None
    since: date | None = None
    until: date | None = None
    """The last day."""
    alert: bool = False
    """Whether it holds on alert days only: those that the supplier announces."""

    def __post_init__(self) -> None:
        if not 1 <= self.index <= 10:
            raise ScheduleError(f"Index {self.index}")
        if not self.weekdays <= EVERY_DAY:
            raise ScheduleError("A weekday is 0 to 6")
        if self.season is not None:
            for month, day in self.season:
                if not (1 <= month <= 12 and 1 <= day <= 31):
                    raise ScheduleError(f"No day {day} of month {month}")
        if self.since and self.until and self.until < self.since:
            raise ScheduleError("It ends before it starts")

    def on(self, day: date) -> bool:
        """Return whether it holds on a day at all."""
        if (self.since and day < self.since) or (self.until and day > self.until):
            return False
        if self.season is not None:
            first, last = self.season
            at = (day.month, day.day)
            inside = first <= at <= last if first <= last else not last < at < first
            if not inside:
                return False
        return day.weekday() in self.weekdays or (self.holidays and is_holiday(day))

    def holds(self, minute: int) -> bool:
        """Return whether it holds at a minute of a day on which it does."""
        start, end = _minute(self.start), _minute(self.end)
        if start < end:
            return start <= minute < end
        return minute >= start or minute < end

    @property
    def first_minute(self) -> int:
        """The minute of the day at which it starts."""
        return _minute(self.start)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "index": self.index,
            "start": f"{self.start:%H:%M}",
            "end": f"{self.end:%H:%M}",
            "weekdays": sorted(self.weekdays),
            "holidays": self.holidays,
            "season": [list(edge) for edge in self.season] if self.season else None,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            **({"alert": True} if self.alert else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Window:
        """Return what ``as_dict`` gave, or a form holds; raise ScheduleError."""
        with refusing(ScheduleError, "window"):
            season, since, until = (data.get(key) for key in ("season", *_DATES))
            return cls(
                index=int(data["index"]),
                start=_time(data["start"]),
                end=_time(data["end"]),
                weekdays=frozenset(int(day) for day in data.get("weekdays", EVERY_DAY)),
                holidays=bool(data.get("holidays", False)),
                season=_season(season) if season else None,
                since=date.fromisoformat(since) if since else None,
                until=date.fromisoformat(until) if until else None,
                alert=bool(data.get("alert", False)),
            )


_DATES = ("since", "until")


def _season(edges: Sequence[Sequence[int]]) -> Season:
    (first_month, first_day), (last_month, last_day) = edges
    return (int(first_month), int(first_day)), (int(last_month), int(last_day))


def _time(text: str) -> time:
    """Return a time of day as typed: 22:00, 22:00:00, 22h30, 24:00 is midnight."""
    match = re.fullmatch(r"\s*(\d{1,2})(?:[:hH](\d{2})?)?(?::00)?\s*", text)
    if match is None:
        raise ScheduleError(f"{text!r} is no time")
    hour, minute = int(match[1]), int(match[2] or 0)
    if hour == 24 and minute == 0:
        hour = 0
    try:
        return time(hour, minute)
    except ValueError:
        raise ScheduleError(f"{text!r} is no time") from None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a day in which one index counts, both ends UTC."""

    start: datetime
    end: datetime
    index: int


@dataclass(frozen=True)
class Schedule:
    """Windows, and the index that counts outside all of them."""

    windows: tuple[Window, ...]
    default: int
    alert_from: time = time()
    """When an alert day begins: until then the day before decides, as for Tempo."""
    alerts: tuple[bool, bool] = (False, False)
    """What is assumed: whether the day before, and the day itself, are alert days."""

    def on(self, *, before: bool, today: bool) -> Schedule:
        """Return the schedule of days whose alerts are known; it needs registers."""
        if not any(window.alert for window in self.windows):
            return self
        return replace(self, alerts=(before and self.alert_from != time(), today))

    @property
    def variants(self) -> tuple[Schedule, ...]:
        """The schedules among which alerts decide, the ordinary day first."""
        both = (False, True)
        found = (self.on(before=b, today=t) for b in both for t in both)
        return tuple(dict.fromkeys(found))

    @property
    def key(self) -> str:
        """A name that tells it from any other: registers belong to it."""
        return _key(self)

    def segments(self, day: date) -> tuple[Segment, ...]:
        """Return the stretches of a French day, without a gap."""
        return _segments(self, day)

    def index_at(self, at: datetime) -> int:
        """Return the index that counts at a moment."""
        return next(
            segment.index
            for segment in self.segments(day_of(at))
            if segment.start <= at < segment.end
        )

    def sort(
        self, start: datetime, end: datetime, wh: int
    ) -> Iterator[tuple[date, int, int]]:
        """Yield the Wh counted between two moments as (day, index, Wh) by time."""
        first, last = day_of(start), day_of(end)
        found: list[tuple[date, int, timedelta]] = []
        while first <= last:
            for segment in self.segments(first):
                spent = min(segment.end, end) - max(segment.start, start)
                here = segment.start <= end < segment.end
                if spent > timedelta() or (here and start >= end):
                    found.append((first, segment.index, max(spent, timedelta())))
            first += DAY
        shares = share(wh, [spent for _, _, spent in found])
        for (day, index, _), part in zip(found, shares, strict=True):
            if part:
                yield day, index, part

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "windows": [window.as_dict() for window in self.windows],
            "default": self.default,
            **(
                {"alert_from": f"{self.alert_from:%H:%M}"}
                if self.alert_from != time()
                else {}
            ),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schedule:
        """Return what ``as_dict`` gave; raise ScheduleError."""
        with refusing(ScheduleError, "schedule"):
            windows = tuple(Window.from_dict(window) for window in data["windows"])
            default = int(data["default"])
            alert_from = _time(data.get("alert_from", "00:00"))
        if not 1 <= default <= 10:
            raise ScheduleError(f"Index {default}")
        return cls(windows, default, alert_from)


@lru_cache(maxsize=64)
def _key(schedule: Schedule) -> str:
    """Return all that decides, as short text."""
    parts = [
        f"{window.index}@{window.start:%H%M}-{window.end:%H%M}"
        f"/{''.join(map(str, sorted(window.weekdays)))}{'h' * window.holidays}"
        f"/{window.season or ''}/{window.since or ''}/{window.until or ''}"
        f"{'/alert' * window.alert}"
        for window in schedule.windows
    ]
    if any(window.alert for window in schedule.windows):
        before, today = map(int, schedule.alerts)
        parts.append(f"{schedule.alert_from:%H%M}:{before}{today}")
    return " ".join([*parts, str(schedule.default)])


@lru_cache(maxsize=256)
def _segments(schedule: Schedule, day: date) -> tuple[Segment, ...]:
    """Cut a day at the edges of its windows."""
    windows = [window for window in schedule.windows if window.on(day)]
    edges = {_minute(edge) for one in windows for edge in (one.start, one.end)}
    turns = _minute(schedule.alert_from)
    edges.add(turns)
    found: list[Segment] = []
    after = midnight(day + DAY)
    moment = midnight(day)
    for minute, upto in pairwise([*sorted({0} | edges), 24 * 60]):
        end = after if upto == 24 * 60 else _local(day, upto)
        # In March a window may lie in the hour that is left out
        if end <= moment:
            continue
        alert = schedule.alerts[minute >= turns]
        index = next(
            (
                window.index
                for window in windows
                if window.holds(minute) and (alert or not window.alert)
            ),
            schedule.default,
        )
        found.append(Segment(moment, end, index))
        moment = end
    return tuple(found)


def _local(day: date, minute: int) -> datetime:
    at = time(minute // 60, minute % 60)
    return datetime.combine(day, at, PARIS).astimezone(UTC)


def parse_windows(text: str, index: int) -> tuple[Window, ...]:
    """Return windows from ``22:00-06:00; 12:30-14:30``; raise ScheduleError."""
    found = []
    for part in re.split(r"[;,]", text):
        if not part.strip():
            continue
        edges = re.split(r"\s*[-–]\s*", part.strip())
        if len(edges) != 2:
            raise ScheduleError(f"{part.strip()!r} is no window")
        found.append(Window(index, _time(edges[0]), _time(edges[1])))
    if not found:
        raise ScheduleError("No window")
    return tuple(found)


def schedule_of_profile(text: str) -> Schedule | None:
    """Return the schedule of a day profile ``00:00 1, 06:00 2, 22:00 1``.

    None when a slot leaves the index, or there is none.
    """
    slots = re.findall(r"(\d\d:\d\d) (\d+)(?:, |$)", text)
    if not slots or ", ".join(" ".join(slot) for slot in slots) != text:
        return None
    starts = [_time(start) for start, _ in slots]
    indexes = [int(index) for _, index in slots]
    windows = [
        Window(index, start, end)
        for index, start, end in zip(
            indexes, starts, [*starts[1:], starts[0]], strict=True
        )
    ]
    return Schedule(tuple(windows), indexes[-1])
