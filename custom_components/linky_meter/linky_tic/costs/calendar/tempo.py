"""Tempo days: which colour they had, may have, and how likely that is.

Rules (RTE, as published): a day runs from 06:00 to 06:00; a season from 1 September to
31 August has 22 red days, 1 November to 31 March, Monday to Friday, never a holiday,
and 43 white days, never a Sunday.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from ..errors import CorruptStoreError, refusing
from .days import PARIS, days_between, is_holiday, utc

RED_DAYS = 22
WHITE_DAYS = 43
_STARTS_AT = timedelta(hours=6)


class Colour(StrEnum):
    """The colour of a Tempo day; its place gives the indexes of the calendar."""

    BLUE = "blue"
    WHITE = "white"
    RED = "red"


COLOURS = tuple(Colour)


def off_peak_index(colour: Colour) -> int:
    """Return the supplier index of a colour's off-peak hours; peak comes after it."""
    return 2 * COLOURS.index(colour) + 1


class Source(StrEnum):
    """Who told a colour."""

    METER = "meter"
    RTE = "rte"


def tempo_day(at: datetime) -> date:
    """Return the Tempo day of a moment: until 06:00 it is the day before."""
    local = utc(at).astimezone(PARIS).replace(tzinfo=None)
    return (local - _STARTS_AT).date()


def season_start(day: date) -> date:
    """Return the first day of a day's season."""
    return date(day.year if day.month >= 9 else day.year - 1, 9, 1)


def season_days(day: date) -> Iterator[date]:
    """Yield the days of a day's season."""
    start = season_start(day)
    return days_between(start, start.replace(year=start.year + 1))


def season_name(day: date) -> str:
    """Return a day's season as ``2025-2026``."""
    year = season_start(day).year
    return f"{year}-{year + 1}"


def may_be_red(day: date) -> bool:
    """Return whether the rules allow red."""
    return (
        (day.month >= 11 or day.month <= 3)
        and day.weekday() < 5
        and not is_holiday(day)
    )


def possible(day: date) -> tuple[Colour, ...]:
    """Return the colours that the rules allow."""
    found = [Colour.BLUE]
    if day.weekday() != 6:
        found.append(Colour.WHITE)
    if may_be_red(day):
        found.append(Colour.RED)
    return tuple(found)


class _Told(NamedTuple):
    colour: Colour
    source: Source


@dataclass
class Colours:
    """The colours that are known, by Tempo day; the meter is believed first."""

    _told: dict[date, _Told] = field(default_factory=dict)
    _shares: dict[date, tuple[Decimal, Decimal]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """By season: how likely red is where it may be and is not known, and white where the
    day is not red."""

    def copy(self) -> Colours:
        """Return colours to read from, which stay as these are now."""
        return Colours(dict(self._told))

    def learn(self, day: date, colour: Colour, source: Source) -> bool:
        """Keep a colour; return whether that changes what is known."""
        before = self._told.get(day)
        if before and before.source is Source.METER and source is not Source.METER:
            return False
        self._told[day] = _Told(colour, source)
        self._shares.clear()
        return before is None or before.colour is not colour

    def learn_all(self, days: Mapping[date, Colour], source: Source) -> bool:
        """Keep several colours; return whether that changes what is known."""
        changes = [self.learn(day, colour, source) for day, colour in days.items()]
        return any(changes)

    def get(self, day: date) -> Colour | None:
        """Return the colour of a day, None when it is not known."""
        told = self._told.get(day)
        return told.colour if told else None

    def possible(self, day: date) -> tuple[Colour, ...]:
        """Return the colours that a day may have."""
        colour = self.get(day)
        return (colour,) if colour else possible(day)

    def chances(self, day: date) -> dict[Colour, Decimal]:
        """Return how likely each possible colour is; they sum up to 1.

        What is left of a season's red and white days falls evenly on the days whose
        colour is not known and may be so.
        """
        if (known := self.get(day)) is not None:
            return {known: Decimal(1)}
        colours = possible(day)
        red, white = self._season_shares(day)
        found: dict[Colour, Decimal] = {}
        if Colour.RED in colours:
            found[Colour.RED] = red
        if Colour.WHITE in colours:
            found[Colour.WHITE] = white * (1 - found.get(Colour.RED, Decimal(0)))
        found[Colour.BLUE] = 1 - sum(found.values(), Decimal(0))
        return found

    def _season_shares(self, day: date) -> tuple[Decimal, Decimal]:
        """Return how likely red is on a day of a season, and white if it is not red."""
        start = season_start(day)
        if (shares := self._shares.get(start)) is None:
            season = [(one, self.get(one)) for one in season_days(day)]
            unknown = [one for one, colour in season if colour is None]
            told = [colour for _, colour in season]
            winter = sum(map(may_be_red, unknown))
            red = _part(RED_DAYS - told.count(Colour.RED), Decimal(winter))
            others = sum(one.weekday() != 6 for one in unknown) - winter * red
            white = _part(WHITE_DAYS - told.count(Colour.WHITE), others)
            shares = self._shares[start] = red, white
        return shares

    def trim(self, before: date) -> None:
        """Forget what is older."""
        self._told = {day: told for day, told in self._told.items() if day >= before}
        self._shares.clear()

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            day.isoformat(): [told.colour, told.source]
            for day, told in sorted(self._told.items())
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Colours:
        """Return what ``as_dict`` gave; raise CorruptStoreError."""
        with refusing(CorruptStoreError, "colours"):
            return cls(
                {
                    date.fromisoformat(day): _Told(Colour(colour), Source(source))
                    for day, (colour, source) in data.items()
                }
            )


def _part(left: int, days: Decimal) -> Decimal:
    """Return what part of the days that may be so will be, 0 to 1."""
    return min(Decimal(max(left, 0)) / days, Decimal(1)) if days > 0 else Decimal(0)
