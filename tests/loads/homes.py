"""A winter evening at home: what people use, and what of it may be shed.

Half past six to eleven, second by second. Everything follows from the seed.
What people cook and wash with nobody sheds; an evening on which that alone opens the
breaker is none that a manager can save, and another one is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import numpy as np
import numpy.typing as npt

from custom_components.linky_meter.linky_tic.loads.load import Load, LoadKind
from tests.simulator.frames.registers import Filter
from tests.simulator.meter import TRIP_RATIO

START = datetime(2027, 1, 14, 17, 30, tzinfo=UTC)
"""Half past six in France."""
SECONDS = 9 * 1800
_BEGIN = 18.5
_HOUR, _MINUTE = 3600, 60
VOLTS = 230.0
_ON = 120.0
"""Seconds that each runs at least; five minutes off are the default."""

type Series = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Appliance:
    """A load that may be shed: what it would draw if it always might."""

    load: Load
    wants: Series
    """VA of each second, on the phase that has the most of it."""
    phases: tuple[int, ...]
    """Those on which it draws, from 0."""
    measured: bool
    """Whether it tells its power by itself."""

    @property
    def levels(self) -> tuple[float, ...]:
        """The shares of its power at which it can run."""
        if not self.load.adjustable:
            return (1.0,)
        most, least = int(self.load.highest), int(self.load.lowest)
        return tuple(level / most for level in range(most, least - 1, -1))


@dataclass(frozen=True, slots=True)
class Evening:
    """What happens, whoever manages."""

    share: float
    """VA of each phase's part of the breaking power."""
    people: list[Series]
    """VA of each phase that nobody sheds."""
    appliances: list[Appliance] = field(default_factory=list)
    """In the order in which they are shed."""

    @property
    def limit(self) -> float:
        """VA at which the breaker's filter opens it."""
        return TRIP_RATIO * self.share

    def trips_without(self) -> bool:
        """Return whether the breaker opens if everything runs as it wants."""
        loads = [series.copy() for series in self.people]
        for one in self.appliances:
            for phase in one.phases:
                loads[phase] += one.wants
        return any(trips(series, self.limit) for series in loads)


def trips(loads: Series, limit: float) -> bool:
    """Return whether the breaker of the simulated meter opens under these loads."""
    breaker = Filter(state=float(loads[0]) ** 2)
    for load in loads.tolist():
        breaker.feed(load, 1)
        if breaker.power >= limit:
            return True
    return False


def evening(seed: int, phases: int) -> Evening:
    """Return a winter evening: 6 kVA on one phase, or 9 kVA on three."""
    for attempt in range(100):
        chance = Random(f"evening {phases} {seed} {attempt}")
        share = 6000.0 if phases == 1 else 3000.0
        people = _people(chance, phases)
        found = Evening(share, people, _appliances(chance, phases))
        if not any(trips(series, found.limit) for series in people):
            return found
    raise AssertionError("No evening without a trip of the people's own")


def _people(chance: Random, phases: int) -> list[Series]:
    """Return what is switched on by hand."""
    loads = [np.full(SECONDS, chance.uniform(100, 450) / phases) for _ in range(phases)]
    seconds = np.arange(SECONDS)

    def at(hour: float, spread: float) -> int:
        second = (hour - _BEGIN + spread * chance.uniform(-1, 1)) * _HOUR
        return max(int(second), 0)

    def use(
        phase: int,
        start: int,
        minutes: float,
        watts: float,
        pulse: tuple[int, float] = (0, 1.0),
    ) -> None:
        period, duty = pulse
        end = start + int(minutes * _MINUTE)
        on = (seconds >= start) & (seconds < end)
        if period:
            on &= (seconds - start) % period < duty * period
        loads[phase % phases][on] += watts

    # Lights and screens
    use(2, at(18, 0.5), chance.uniform(120, 350), chance.uniform(150, 450))
    # The hob: one to three zones, each pulsing by itself
    for _ in range(chance.choice((1, 2, 2, 3))):
        use(
            1,
            at(19.3, 0.5),
            chance.uniform(8, 40),
            chance.choice((1200, 1500, 1800)),
            (chance.choice((20, 24, 30, 45)), chance.uniform(0.4, 1)),
        )
    if chance.random() < 0.6:
        start, watts = at(19.1, 0.6), chance.choice((2000, 2400, 2800))
        heat = chance.uniform(8, 14)
        use(0, start, heat, watts)
        end = start + int(heat * _MINUTE)
        use(0, end, chance.uniform(15, 60), watts, (90, chance.uniform(0.3, 0.6)))
    for _ in range(chance.randint(0, 4)):  # kettle, microwave, iron, hair dryer
        watts = chance.choice((900, 1400, 1800, 2100))
        phase, start = chance.randrange(3), at(20.5, 3)
        use(phase, start, chance.uniform(2, 8), watts)
    if chance.random() < 0.5:  # the dishwasher heats twice
        start = at(21, 1.2)
        use(2, start + 300, 15, 1900)
        use(2, start + 3000, 12, 1900)
    if chance.random() < 0.3:
        start = at(20, 2)
        use(1, start + 400, 20, 2000)
    # Fridge, freezer
    for phase, period, watts in ((1, 2400, 110), (2, 3300, 140)):
        use(phase, 0, 24 * 60, watts, (period, 0.35))
    return loads


def _appliances(chance: Random, phases: int) -> list[Appliance]:
    """Return what may be shed, in the order in which it is."""
    seconds = np.arange(SECONDS)

    def between(start: float, end: float) -> npt.NDArray[np.bool_]:
        return (seconds >= start) & (seconds < end)

    # The car comes home and needs more than an evening
    three = phases == 3 and chance.random() < 0.5
    arrives = chance.uniform(0, 1.5) * _HOUR
    car = Load(
        key="car",
        kind=LoadKind.CHARGER,
        priority=1,
        phase=None if three or phases == 1 else 3,
        phases=3 if three else 1,
        min_on=_ON,
    )
    found = [
        Appliance(
            car,
            np.where(between(arrives, SECONDS), 16 * VOLTS, 0.0),
            (0, 1, 2) if three else (phases - 1,),
            chance.random() < 0.5,
        )
    ]
    heater = Load(
        key="water_heater",
        priority=2,
        power=2200,
        phase=None if phases == 1 else 3,
        min_on=_ON,
    )
    start = chance.choice((chance.uniform(0, 2), 3.5)) * _HOUR
    hours = chance.uniform(1, 3) * _HOUR
    found.append(
        Appliance(
            heater,
            np.where(between(start, start + hours), 2200.0, 0.0),
            (phases - 1,),
            chance.random() < 0.5,
        )
    )
    for number in range(2 if phases == 1 else 3):
        watts = float(chance.choice((1000, 1500) if phases == 1 else (750, 1000)))
        zone = Load(
            key=f"heating_{number + 1}",
            kind=LoadKind.CLIMATE,
            priority=3 + number,
            power=watts,
            phase=None if phases == 1 else number + 1,
            min_on=_ON,
        )
        period = chance.choice((600, 900))
        duty = chance.uniform(0.35, 0.8)
        on = (seconds + chance.randrange(period)) % period < duty * period
        found.append(
            Appliance(
                zone,
                np.where(on, watts, 0.0),
                (number % phases,),
                chance.random() < 0.5,
            )
        )
    return found
