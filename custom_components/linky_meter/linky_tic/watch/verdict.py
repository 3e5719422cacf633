"""Whether what a house uses is unusual, and since when: one verdict for each meter.

What is over the usual is compared with how far this very house strays from it, over one,
two, three… days: a single odd night says little, ten a little odd ones much. The same
household in another month, a cold wave or guests stray too, and so raise what it takes.
An alarm is raised once in 30 days at most, but for what is far worse, and ends when use
is usual again, or when it has lasted so long that it is usual now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import inf
from statistics import median
from typing import Any, NamedTuple

PAUSE = timedelta(days=30)
"""Between two alarms."""
ACCEPTED = timedelta(days=28)
"""What lasts as long is usual from then on."""
LEARNED_DAYS = 14
"""Days that must have been compared before anything is unusual."""
_LOOKED_AT = 180
"""Days that tell how far a house strays."""
_LIKE = 40
"""Days most like a day tell how far such days stray."""
_HARDER, _FEW = 1.1, 3
"""So few days have to be over by so much more than as few ever were."""
_WORSE, WORSE_NIGHTS, _NIGHTS_BEFORE = 3, 4, 7
"""So many times what was told, and what the nights before took, over so many nights."""
_COLD_WAVE = 600.0
"""W that are not far worse where no temperature tells of the cold."""
_HEATING_STRAYS = 0.07
"""At least, as a part of what the weather adds."""
_SIGMA = 1.4826
"""Standard deviations in a median deviation."""


class Span(StrEnum):
    """What is over the usual."""

    NIGHT = "night"
    """The lowest hour of the night, W."""
    DAY = "day"
    """The energy of a day, Wh."""


class Over(NamedTuple):
    """A day's value beside the usual."""

    day: date
    value: float
    usual: float
    doubt: float = 0.0
    """How far the usual may be off."""

    @property
    def excess(self) -> float:
        """By how much it is over."""
        return self.value - self.usual


@dataclass(frozen=True, slots=True)
class Rule:
    """What it takes to be unusual."""

    windows: dict[int, float]
    """How many spreads over so many days."""
    least: float
    """The least excess, in the unit of the value…"""
    share: float
    """…and as a share of the usual."""
    single: float
    """One day alone has to be so many times the usual."""


RULES = {
    Span.NIGHT: Rule(
        {3: 2.0, 5: 1.25, 7: 0.9, 10: 0.7, 14: 0.55, 21: 0.42}, 40.0, 0.05, 0
    ),
    Span.DAY: Rule({1: 8.0, 2: 6.0, 3: 5.0}, 2500.0, 0.6, 2.5),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Use that is unusual."""

    span: Span
    since: date
    raised: date
    excess: float
    """W at night, or Wh a day."""
    usual: float
    weather: bool = False
    """Whether the usual is that of the weather."""

    @property
    def watts(self) -> float:
        """By how much it is over, W."""
        return self.excess if self.span is Span.NIGHT else self.excess / 24

    @property
    def times(self) -> float:
        """How many times the usual it is."""
        return (self.usual + self.excess) / max(self.usual, 1.0)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "span": str(self.span),
            "since": self.since.isoformat(),
            "raised": self.raised.isoformat(),
            "excess": round(self.excess, 1),
            "usual": round(self.usual, 1),
            "weather": self.weather,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Verdict:
        """Return what ``as_dict`` gave; raise what is wrong."""
        return cls(
            Span(data["span"]),
            date.fromisoformat(data["since"]),
            date.fromisoformat(data["raised"]),
            float(data["excess"]),
            float(data["usual"]),
            bool(data.get("weather")),
        )


def unusual(history: Sequence[Over], span: Span) -> tuple[date, Over] | None:
    """Return since when the last day's use is unusual, and the middle of that time.

    ``history`` has the days that were compared, the oldest first, the last of them to be
    judged; those that were told as unusual before are not in it.
    """
    rule, end = RULES[span], history[-1].day
    lately = [one for one in history if one.day > end - timedelta(days=_LOOKED_AT)]
    if len(lately) <= LEARNED_DAYS:
        return None
    spreads = _spreads(lately, rule)
    strayed = [one.excess / by for one, by in zip(lately, spreads, strict=True)]
    for days, sigmas in rule.windows.items():
        window = lately[-days:]
        middle = _middle(window, key=lambda one: one.excess)
        least = max(rule.least, rule.share * middle.usual)
        before = _HARDER * _before(strayed[:-days], days) if days <= _FEW else 0.0
        if (
            len(lately) >= LEARNED_DAYS + days
            and end - window[0].day <= timedelta(days=days + 2)
            and _middle(strayed[-days:], float) >= max(sigmas, before)
            and middle.excess >= least
            and window[-1].excess >= least / 2
            and (days > 1 or middle.value >= rule.single * middle.usual)
        ):
            return _since(lately, max(least, middle.excess / 2)), middle
    return None


def far_worse(nights: Sequence[Over], told: float | None, *, weather: bool) -> bool:
    """Return whether the last nights are suddenly far over what was told already, in W."""
    lately = [one.excess for one in nights[-WORSE_NIGHTS - _NIGHTS_BEFORE :]]
    last, before = min(lately[-WORSE_NIGHTS:]), lately[:-WORSE_NIGHTS]
    return (
        bool(before)
        and last >= _WORSE * max(told or inf, *before)
        and (weather or last >= _COLD_WAVE)
    )


def _before(strayed: Sequence[float], days: int) -> float:
    """Return the most that so many days strayed before."""
    return max(
        (
            _middle(strayed[end - days : end], float)
            for end in range(days, len(strayed) + 1)
        ),
        default=0.0,
    )


def _middle[T](values: Sequence[T], key: Callable[[T], float]) -> T:
    """Return what two thirds are above: what lasts is on all days, or nearly."""
    return sorted(values, key=key)[(len(values) - 1) // 3]


def _spreads(history: Sequence[Over], rule: Rule) -> list[float]:
    """Return how far the house strays on days like each: in the cold by more."""
    order = sorted(range(len(history)), key=lambda number: history[number].usual)
    lowest = history[order[len(order) // 10]].usual
    spreads = [0.0] * len(history)
    for place, number in enumerate(order):
        one = history[number]
        first = max(min(place - _LIKE // 2, len(order) - _LIKE), 0)
        alike = [abs(history[n].excess) for n in order[first : first + _LIKE]]
        spreads[number] = max(
            _SIGMA * median(alike),
            rule.least / 5 + _HEATING_STRAYS * max(one.usual - lowest, 0.0),
            one.doubt,
        )
    return spreads


def _since(history: Sequence[Over], least: float) -> date:
    """Return the first day of the last run that is over."""
    since, missed = history[-1].day, 0
    for one in reversed(history):
        if one.excess >= least:
            since, missed = one.day, 0
        elif (missed := missed + 1) > 1:
            break
    return since
