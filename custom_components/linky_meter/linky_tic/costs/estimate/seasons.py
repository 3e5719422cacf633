"""What Tempo days of which no colour is known cost together, whatever it was.

Each of them alone may have been red. But a season has 22 red and 43 white days, neither
more nor less, so that a year is known far better than its days are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from ..calendar.tempo import (
    RED_DAYS,
    WHITE_DAYS,
    Colour,
    Colours,
    possible,
    season_days,
    season_start,
)

type ByColour = Mapping[Colour, Decimal]
"""Euros that a day, or a part of it, costs by the colour that it may have."""

_COUNTS = ((Colour.RED, RED_DAYS), (Colour.WHITE, WHITE_DAYS))


def narrowed(
    low: Decimal,
    high: Decimal,
    parts: Iterable[tuple[date, ByColour]],
    colours: Colours,
) -> tuple[Decimal, Decimal]:
    """Return low and high of a sum, narrowed by how many days a season has of a colour.

    ``parts`` are in the sum, each from its least to its most, with their Tempo day.
    """
    seasons: dict[date, dict[date, dict[Colour, Decimal]]] = {}
    least = most = Decimal(0)
    for day, costs in parts:
        least += min(costs.values())
        most += max(costs.values())
        whole = seasons.setdefault(season_start(day), {}).setdefault(day, {})
        for colour, cost in costs.items():
            whole[colour] = whole.get(colour, Decimal(0)) + cost
    bounds = [_season(days, colours) for days in seasons.values()]
    return (
        max(low, low - least + sum((one for one, _ in bounds), Decimal(0))),
        min(high, high - most + sum((one for _, one in bounds), Decimal(0))),
    )


def _season(days: Mapping[date, ByColour], colours: Colours) -> tuple[Decimal, Decimal]:
    """Return the least and the most that unknown days of one season cost together.

    A day may count as red and as white there: that is further than need be, and true.
    """
    low = high = sum((costs[Colour.BLUE] for costs in days.values()), Decimal(0))
    for colour, needed, allowed in _counts(days, colours):
        dearer = sorted(
            costs[colour] - costs[Colour.BLUE]
            for costs in days.values()
            if colour in costs
        )
        low += _least(dearer, needed, allowed)
        high -= _least([-more for more in reversed(dearer)], needed, allowed)
    return low, high


def _counts(
    days: Mapping[date, ByColour], colours: Colours
) -> Iterator[tuple[Colour, int, int]]:
    """Yield how many of the days have a colour: at least, and at most."""
    season = list(season_days(next(iter(days))))
    told = [colours.get(day) for day in season]
    elsewhere = [
        day
        for day, colour in zip(season, told, strict=True)
        if colour is None and day not in days
    ]
    for colour, count in _COUNTS:
        left = max(count - told.count(colour), 0)
        yield (
            colour,
            max(left - sum(colour in possible(day) for day in elsewhere), 0),
            left,
        )


def _least(values: list[Decimal], needed: int, allowed: int) -> Decimal:
    """Return the least sum of so many of the values, which are in order."""
    return sum(
        (
            value
            for number, value in enumerate(values[:allowed])
            if number < needed or value < 0
        ),
        Decimal(0),
    )
