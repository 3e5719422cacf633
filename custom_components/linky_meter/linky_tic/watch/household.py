"""One household: fed with its energy index, it knows its base load and what is unusual."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median
from typing import Any

from ..costs.errors import CorruptStoreError, refusing
from .counting import Counting, Day
from .usual import LAG, Point, usual
from .verdict import (
    ACCEPTED,
    PAUSE,
    WORSE_NIGHTS,
    Over,
    Span,
    Verdict,
    far_worse,
    unusual,
)

KEPT = 400
"""Days."""
_APART = 3
"""Days of which the middle tells how far night and day are apart."""
_BASE_NIGHTS, _LEAST_NIGHTS = 14, 3


@dataclass
class Household:
    """What is known of a house; nothing is said before it is learned."""

    counting: Counting = field(default_factory=Counting)
    days: list[Day] = field(default_factory=list)
    over: dict[Span, list[Over]] = field(
        default_factory=lambda: {span: [] for span in Span}
    )
    """The days that were compared."""
    odd: dict[Span, set[date]] = field(
        default_factory=lambda: {span: set() for span in Span}
    )
    """Those that were unusual, and teach nothing."""
    verdict: Verdict | None = None
    raised: date | None = None
    """When the last alarm was raised."""
    told: float | None = None
    """What that was of, W; None where an earlier release did not keep it."""

    @property
    def base_load(self) -> float | None:
        """The lowest hour of each night in the middle of two weeks, W."""
        lows = [day.low for day in self.days[-_BASE_NIGHTS:] if day.low]
        return median(lows) if len(lows) >= _LEAST_NIGHTS else None

    @property
    def learned(self) -> bool:
        """Whether enough is known for a verdict."""
        return len(self.over[Span.NIGHT]) > LAG + 4

    def feed(self, at: datetime, wh: int, outdoor: float | None = None) -> bool:
        """Take the energy index at an aware moment; return whether a day has news."""
        news = self.counting.feed(at, wh, outdoor)
        for day in news:
            if not self.days or self.days[-1] is not day:
                self.days.append(day)
                del self.days[:-KEPT]
            span = Span.DAY if day.wh is not None else Span.NIGHT
            self._judge(span, day)
        return bool(news)

    def _judge(self, span: Span, day: Day) -> None:
        if _value(span, day) is None:
            return
        odd = self.odd[span]
        points = self._points(span)
        found = usual(
            [one for one in points[:-1] if one.day not in odd],
            points[-1],
            by_weekday=span is Span.DAY,
        )
        if found is None:
            return
        value = points[-1].value
        over = self.over[span]
        over.append(Over(day.day, value, found.value, found.doubt))
        del over[:-KEPT]
        self._decide(span, day.day, weather=found.weather)

    def _points(self, span: Span) -> list[Point]:
        """Return the days of which a value is known."""
        points, apart = [], deque[float](maxlen=_APART)
        for day in self.days:
            value, outdoor = _value(span, day), _outdoor(span, day)
            if value is not None:
                points.append(
                    Point(day.day, value, outdoor, median(apart) if apart else None)
                )
            if day.quiet is not None and day.low is not None:
                apart.append(day.quiet - day.low)
        return points

    def _decide(self, span: Span, day: date, *, weather: bool) -> None:
        """Raise an alarm, or end one."""
        over, odd = self.over[span], self.odd[span]
        if self.verdict is not None and self.verdict.span is span:
            self._follow(day)
        paused = self.verdict is not None or (
            self.raised is not None and day - self.raised < PAUSE
        )
        if paused and not (
            span is Span.NIGHT and far_worse(over, self.told, weather=weather)
        ):
            return
        lately = over[-WORSE_NIGHTS].day if paused else day
        known = [one for one in over if one.day not in odd or one.day >= lately]
        found = unusual(known, span)
        if found is None:
            return
        since, middle = found
        self.verdict = Verdict(span, since, day, middle.excess, middle.usual, weather)
        self.raised, self.told = day, self.verdict.watts
        odd |= {one.day for one in over if one.day >= since}

    def _follow(self, day: date) -> None:
        """See whether what is unusual goes on."""
        verdict = self.verdict
        assert verdict is not None
        over, odd = self.over[verdict.span], self.odd[verdict.span]
        last = over[-1]
        if last.excess >= verdict.excess / 2:
            odd.add(day)
            if day - verdict.since >= ACCEPTED:
                # It is how this house is now
                odd.difference_update(
                    one.day for one in over if one.day >= verdict.since
                )
                self.verdict = None
        elif len(over) > 1 and over[-2].excess < verdict.excess / 2:
            self.verdict = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        said = self.verdict
        return {
            "counting": self.counting.as_dict(),
            "days": [day.as_list() for day in self.days],
            "over": {
                str(span): [
                    [one.day.isoformat(), *(round(part, 1) for part in one[1:])]
                    for one in self.over[span]
                ]
                for span in Span
            },
            "odd": {
                str(span): sorted(day.isoformat() for day in self.odd[span])
                for span in Span
            },
            "verdict": None if said is None else said.as_dict(),
            "raised": self.raised.isoformat() if self.raised else None,
            "told": self.told,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Household:
        """Return what ``as_dict`` gave; raise CorruptStoreError."""
        with refusing(CorruptStoreError, "the household"):
            said, raised = data["verdict"], data["raised"]
            household = cls(
                Counting.from_dict(data["counting"]),
                [Day.from_list(row) for row in data["days"]],
                {
                    span: [
                        Over(
                            date.fromisoformat(day), *map(float, (value, usual, doubt))
                        )
                        for day, value, usual, doubt in data["over"][span]
                    ]
                    for span in Span
                },
                {
                    span: {date.fromisoformat(day) for day in data["odd"][span]}
                    for span in Span
                },
                None if said is None else Verdict.from_dict(said),
                date.fromisoformat(raised) if raised else None,
                None if (told := data.get("told")) is None else float(told),
            )
        now, days = household.counting.day, household.days
        if now is not None and days and days[-1].day == now.day:
            # One and the same: the rest of the day goes where its night is
            days[-1] = now
        return household


def _value(span: Span, day: Day) -> float | None:
    return day.low if span is Span.NIGHT else day.wh


def _outdoor(span: Span, day: Day) -> float | None:
    return day.cold_night if span is Span.NIGHT else day.outdoor
