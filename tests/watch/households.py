"""Simulated households, hour by hour over a year and more, with faults that are known.

What a house uses at night is what finds a fault, so the night is made of its parts: a
base with its refrigerators, the water heater and the car in off-peak hours, heating by
the weather, late evenings, guests, journeys, cold waves, and habits that change for good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
import math
import random

FIRST = date(2025, 9, 1)
DAYS = 430
"""The first weeks are for learning, and then comes a whole year."""
LEARNING = 56
"""Days before the first fault."""

type Hours = list[list[float]]
"""Wh by day and hour of the day."""


@dataclass(frozen=True)
class Kind:
    """What a household has; powers in W."""

    name: str
    base: float
    fridge: float
    per_degree: float = 0.0
    """Heating for each degree below 16 °C."""
    night: float = 0.7
    """How much of the heating is left at night."""
    activity: float = 5.0
    """kWh of a day that people use."""
    water: float = 0.0
    """kWh of a day, in off-peak hours."""
    car: float = 0.0
    """kWh of a charge."""
    cooling: float = 0.0
    """For each degree above 22 °C."""
    away: int = 3
    """Journeys in the time."""
    week_end: float = 1.25


KINDS = (
    Kind("flat, gas heating", 60, 35),
    Kind("flat, one person", 35, 25, activity=2.5, away=5),
    Kind("flat, electric heating", 70, 35, 45, night=0.6, water=4),
    Kind("house, gas heating", 160, 70, activity=8, week_end=1.2),
    Kind("house, heat pump", 180, 60, 60, night=0.85, activity=8, water=5),
    Kind("house, electric heating", 150, 60, 110, night=0.6, activity=9, water=8),
    Kind("house, car", 140, 60, activity=8, water=6, car=14),
    Kind("house, heat pump and car", 220, 80, 55, activity=9, water=6, car=18),
    Kind("house, cooled in summer", 170, 70, 30, activity=9, water=5, cooling=70),
    Kind("house, pool and office", 330, 90, activity=10, water=6, cooling=30),
    Kind("many people by turns", 120, 70, 40, activity=10, water=7, away=6),
    Kind("second home", 60, 40, 30, activity=6, water=4, away=0, week_end=3.0),
)


@dataclass
class Household:
    """A household's energy and weather."""

    kind: Kind
    seed: int
    hours: Hours
    outdoor: list[list[float]]
    """°C by day and hour."""


def weather(chance: random.Random) -> list[list[float]]:
    """Return the outdoor temperature of each hour: a year's wave, spells, and waves."""
    spell, days = 0.0, []
    waves = [
        (chance.randrange(70, 190), -9.0),
        (chance.randrange(70, 190), -7.0),
        (chance.randrange(280, 350), 8.0),
    ]
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        spell = 0.85 * spell + chance.gauss(0, 1.7)
        wave = math.cos(2 * math.pi * (day.timetuple().tm_yday - 20) / 365.25)
        mean = 12.0 - 8.0 * wave + spell
        mean += sum(by for start, by in waves if start <= number < start + 9)
        swing = 3.0 + 3.0 * (1 - wave) / 2
        days.append(
            [mean - swing * math.cos(math.pi * (hour - 3) / 12) for hour in range(24)]
        )
    return days


def _spells(chance: random.Random, count: int, least: int, most: int) -> set[int]:
    found = set[int]()
    for _ in range(count):
        start = chance.randrange(DAYS)
        found |= set(range(start, start + chance.randint(least, most)))
    return found


def household(kind: Kind, seed: int) -> Household:
    """Return a household's year without a fault; the same for the same seed."""
    chance = random.Random(f"{kind.name} {seed}")
    outdoor = weather(chance)
    away = _spells(chance, kind.away, 3, 14)
    guests = _spells(chance, 3, 3, 7)
    habit_from, habit = chance.randrange(90, DAYS), chance.uniform(-25, 60)
    lights = chance.random() < 0.4
    late = chance.uniform(21.5, 23.5)
    level, heated, lag = 0.0, chance.uniform(0.85, 1.15), outdoor[0][0]
    # Nobody heats in summer, whatever a cool night says
    heats_from, heats_until = chance.randrange(268, 290), chance.randrange(115, 141)
    hours: Hours = []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        off = number in away or (
            kind.week_end >= 3 and day.weekday() < 4 and chance.random() < 0.9
        )
        visit = number in guests and not off
        level = 0.97 * level + chance.gauss(0, 0.012)
        base = kind.base * math.exp(level) * (0.75 if off else 1.0)
        if number >= habit_from:
            base += habit
        if lights and not (1, 6) <= (day.month, day.day) <= (12, 5):
            base += 35
        bed = late + chance.gauss(0, 0.7) + (0.9 if day.weekday() in {4, 5} else 0)
        bed += 0.7 if visit else 0
        rises = 6.8 + chance.gauss(0, 0.4) + (1.5 if day.weekday() >= 5 else 0)
        forgotten = chance.uniform(40, 120) if chance.random() < 0.04 else 0.0
        heater = 600.0 if visit and chance.random() < 0.25 else 0.0
        heats = heated * math.exp(chance.gauss(0, 0.10))
        if heats_until <= day.timetuple().tm_yday < heats_from:
            heats = 0.0
        row = []
        for hour in range(24):
            # Walls are slow
            lag += (outdoor[number][hour] - lag) / 20
            watts = base + kind.fridge * math.exp(chance.gauss(0, 0.18))
            cold = max(0.0, 16.0 - lag)
            asleep = hour < 6 or hour >= 23
            watts += (
                kind.per_degree
                * heats
                * cold
                * (kind.night if asleep else 1.1)
                * (0.5 if off else 1.0)
                * math.exp(chance.gauss(0, 0.08))
            )
            if not off:
                hot = max(0.0, outdoor[number][hour] - 22.0)
                watts += kind.cooling * hot
                if asleep:
                    watts += heater + (forgotten if hour < 6 else 0)
            row.append(watts)
        if not off:
            _live(chance, kind, row, day, up=(rises, bed), visit=visit)
        _water(chance, kind, row, off=off, visit=visit)
        if kind.car and not off and chance.random() < 0.4:
            _fill(
                row,
                1000 * kind.car * chance.uniform(0.4, 1.6),
                3700,
                (22, 23, *range(6)),
            )
        hours.append(row)
    return Household(kind, seed, hours, outdoor)


def _live(
    chance: random.Random,
    kind: Kind,
    row: list[float],
    day: date,
    *,
    up: tuple[float, float],
    visit: bool,
) -> None:
    """Add what people use while they are up, from one hour to another."""
    rises, bed = up
    energy = 1000 * kind.activity * math.exp(chance.gauss(0, 0.28))
    energy *= kind.week_end if day.weekday() >= 5 else 1.0
    energy *= 1.45 if visit else 1.0
    weights = []
    for hour in range(24):
        awake = min(max(hour + 1 - rises, 0.0), 1.0)
        awake *= min(max(bed - hour, 0.0), 1.0)
        busy = 0.5 + 1.6 * (hour in {7, 12, 13}) + 2.4 * (18 <= hour <= 21)
        weights.append(busy * awake * math.exp(chance.gauss(0, 0.4)))
    whole = sum(weights) or 1.0
    for hour, weight in enumerate(weights):
        row[hour] += energy * weight / whole
    # Those who stay up past midnight
    if bed > 24:
        row[0] += 150 * min(bed - 24, 1.0)
        row[1] += 150 * min(max(bed - 25, 0.0), 1.0)
    if chance.random() < 0.3:
        _fill(row, 1200, 1100, (23, 2))


def _water(
    chance: random.Random, kind: Kind, row: list[float], *, off: bool, visit: bool
) -> None:
    if kind.water:
        wanted = 1000 * kind.water * (0.15 if off else chance.uniform(0.7, 1.3))
        _fill(row, wanted * (1.5 if visit else 1.0), 2200, (23, *range(6)))


def _fill(row: list[float], wh: float, power: float, hours: Sequence[int]) -> None:
    """Use energy at a power, one hour after the other."""
    for hour in hours:
        row[hour] += min(wh, power)
        wh -= min(wh, power)


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong and stays so for days."""

    name: str
    lasts: int
    """Days until somebody notices without us."""
    adds: Callable[[random.Random], Callable[[int, float], float]]
    """Returns what it adds in W at an hour of the day and a temperature."""


def _constant(
    low: float, high: float
) -> Callable[[random.Random], Callable[[int, float], float]]:
    def adds(chance: random.Random) -> Callable[[int, float], float]:
        watts = chance.uniform(low, high)
        return lambda hour, outdoor: watts

    return adds


def _cycling(
    low: float, high: float
) -> Callable[[random.Random], Callable[[int, float], float]]:
    """Something that a thermostat or a switch lets run for a part of the time."""

    def adds(chance: random.Random) -> Callable[[int, float], float]:
        watts = chance.uniform(low, high)
        return lambda hour, outdoor: watts * chance.uniform(0.7, 1.0)

    return adds


def _leak(chance: random.Random) -> Callable[[int, float], float]:
    """Return what a pump of 750 W adds that runs for 20 to 30 s every 2 to 4 minutes."""
    share = chance.uniform(20, 30) / chance.uniform(120, 240)
    return lambda hour, outdoor: 750 * share * chance.uniform(0.9, 1.1)


FAULTS = (
    Fault("freezer that never stops", 45, _constant(80, 100)),
    Fault("heater left on", 7, _cycling(800, 2000)),
    Fault("leak, the pump runs every few minutes", 30, _leak),
    Fault("pool pump or fan that is never switched off", 20, _constant(250, 700)),
)


def with_fault(home: Household, fault: Fault, start: int, seed: int) -> Household:
    """Return a household of which something goes wrong from a day on, at some hour."""
    chance = random.Random(f"{home.kind.name} {home.seed} {fault.name} {start} {seed}")
    adds, from_hour = fault.adds(chance), chance.randrange(24)
    hours = [list(row) for row in home.hours]
    for number in range(start, min(start + fault.lasts, DAYS)):
        for hour in range(24):
            if number > start or hour >= from_hour:
                hours[number][hour] += adds(hour, home.outdoor[number][hour])
    return Household(home.kind, home.seed, hours, home.outdoor)
