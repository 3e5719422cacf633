"""Simulated households: energy by day over a year and a half, with weather and habits.

The parts are those that real half-hourly curves show: a base that drifts for weeks, a
day's own chance, week-ends, heating by the weather, which is cold for days on end,
journeys, guests, and once in the time a change of habits that stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
import math
import random

FIRST = date(2025, 7, 1)
DAYS = 548
"""Until the end of 2026; the year before the last is for learning."""


@dataclass(frozen=True)
class Kind:
    """What a household has; energy in kWh."""

    name: str
    base: float
    """Of a day."""
    per_degree: float
    """Heating of a day for each degree below 16 °C."""
    drift: float = 0.12
    """How far the base drifts, as a part of it."""
    chance: float = 0.18
    """How far a day is off by chance."""
    week_end: float = 1.15
    away: int = 3
    """How many journeys in the time."""
    habit: tuple[float, float] = (0.8, 1.3)
    """From what to what the base changes once."""
    car: float = 0.0
    """What a car takes when it is charged, every few days."""


KINDS = (
    Kind("flat, gas heating", 6, 0.0),
    Kind("flat, electric heating", 6, 1.3),
    Kind("house, heat pump", 11, 2.2),
    Kind("house, electric heating and car", 12, 3.6, car=18),
    Kind("many people at home by turns", 14, 0.8, drift=0.3, chance=0.3, away=5),
    Kind("second home", 3, 1.2, drift=0.35, chance=0.35, week_end=3.0, away=8),
)


@dataclass(frozen=True)
class Household:
    """A household's energy."""

    kind: Kind
    energy: dict[date, tuple[int, int]]
    """Wh by day: off-peak and peak."""
    seed: int = 0


def temperatures(chance: random.Random) -> list[float]:
    """Return the mean temperature of each day, °C: a year's wave and spells."""
    spell, found = 0.0, []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        spell = 0.85 * spell + chance.gauss(0, 1.9)
        wave = math.cos(2 * math.pi * (day.timetuple().tm_yday - 20) / 365.25)
        found.append(12.0 - 8.0 * wave + spell)
    return found


def household(kind: Kind, seed: int) -> Household:
    """Return one household of a kind; the same for the same seed."""
    chance = random.Random(f"{kind.name} {seed}")
    warm = temperatures(chance)
    journeys = [
        (start, start + chance.randint(3, 14))
        for start in (chance.randrange(DAYS) for _ in range(kind.away))
    ]
    guests = [(start, start + 6) for start in (chance.randrange(DAYS) for _ in "ab")]
    changes, habit = chance.randrange(120, DAYS), chance.uniform(*kind.habit)
    heated = chance.uniform(0.8, 1.2)
    level = own = 0.0
    energy: dict[date, tuple[int, int]] = {}
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        level = 0.985 * level + chance.gauss(0, kind.drift * 0.17)
        own = 0.3 * own + chance.gauss(0, kind.chance)
        factor = math.exp(level + own)
        base = kind.base * factor * (habit if number >= changes else 1.0)
        heat = kind.per_degree * heated * max(0.0, 16.0 - warm[number])
        heat *= math.exp(chance.gauss(0, 0.08))
        if day.weekday() >= 5:
            base *= kind.week_end
        if any(start <= number < end for start, end in journeys):
            base, heat = 0.3 * kind.base, 0.5 * heat
        elif any(start <= number < end for start, end in guests):
            base *= 1.4
        car = kind.car if kind.car and chance.random() < 0.3 else 0.0
        whole = base + heat + car
        night = 0.28 * base + 0.36 * heat + 0.95 * car
        energy[day] = round(1000 * night), round(1000 * (whole - night))
    return Household(kind, energy, seed)
