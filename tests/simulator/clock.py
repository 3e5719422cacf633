"""French legal time, and reproducible chance."""

from datetime import UTC, date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from .frames.wire import horodate

PARIS = ZoneInfo("Europe/Paris")

_MASK = (1 << 64) - 1


def chance(seed: int, *parts: int) -> float:
    """Return a number from 0 to 1 that these numbers alone decide."""
    state = seed & _MASK
    for part in parts:
        state = (state ^ (part & _MASK)) * 0xBF58476D1CE4E5B9 + 0x9E3779B97F4A7C15
        state &= _MASK
        state ^= state >> 31
    state = (state ^ (state >> 30)) * 0x94D049BB133111EB & _MASK
    return ((state ^ (state >> 27)) >> 11) / (1 << 53)


def local(second: int) -> datetime:
    """Return French legal time of a POSIX second."""
    return datetime.fromtimestamp(second, UTC).astimezone(PARIS)


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a moment of a French day."""
    return datetime.combine(day, time(hour, minute), PARIS)


def stamp(when: datetime, *, degraded: bool = False) -> str:
    """Return a time as the meter writes it, with its season."""
    summer = bool(when.dst())
    season: Literal["H", "E", "h", "e"]
    if degraded:
        season = "e" if summer else "h"
    else:
        season = "E" if summer else "H"
    return _write(when, season)


def blank_stamp(when: datetime) -> str:
    """Return a time without season, as mobile peaks have it."""
    return _write(when, " ")


def _write(when: datetime, season: Literal["H", "E", "h", "e", " "]) -> str:
    clock = (when.month, when.day, when.hour, when.minute, when.second)
    return horodate(when.year, clock, season)
