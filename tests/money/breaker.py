"""The subscription adviser against a simulated breaker, over many years.

Each household's day is the greatest output of the breaker's filter, which runs here in
steps of ten seconds by the formula of the document, and not by the code under test. The
breaker of a power opens where it reaches 1.3 times it; with three phases, where one of
them reaches 1.3 times a third.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
import math
import random
from typing import Any, Self

from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, length
from custom_components.linky_meter.linky_tic.costs.estimate.adviser import (
    Advice,
    advise,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow

SOLD = {1: (3, 6, 9, 12), 3: (6, 9, 12, 15, 18, 24, 30, 36)}
"""kVA, by how many phases a meter has."""
TODAY = date(2027, 1, 1)
STEP = 10
_KEEP = 0.992**STEP
_APPLIANCES = (2200, 2500, 3600, 1800, 2000, 1500, 2000)
"""W of what a house may switch on in an evening."""

type Days = dict[date, tuple[int, ...]]
"""The greatest output of the filter of each phase by day, VA."""


@dataclass(frozen=True)
class House:
    """What a household has, and on which phase."""

    size: float
    heating: float
    phases: int
    wired: tuple[int, ...]
    """The phase of each appliance."""

    @classmethod
    def of(cls, chance: random.Random, phases: int) -> Self:
        """Return one; those with three phases are larger."""
        size = chance.uniform(0.4, 1.25) * (1.0 if phases == 1 else 1.4)
        heating = chance.choice((0, 0, 1500, 3000)) * (1 if phases == 1 else 2)
        wired = tuple(chance.randrange(phases) for _ in _APPLIANCES)
        return cls(size, heating, phases, wired)

    def peaks_of_day(self, chance: random.Random, day: date) -> tuple[int, ...]:
        """Return the greatest output of each phase's filter in an evening, VA."""
        cold = max(0.0, math.cos(2 * math.pi * (day.timetuple().tm_yday - 20) / 365))
        base = 300 + self.heating * cold * chance.uniform(0.6, 1.2)
        on = [
            (
                phase,
                power * self.size,
                chance.randrange(0, 600),
                chance.choice((6, 18, 60, 120, 240)),
            )
            for power, phase in zip(_APPLIANCES, self.wired, strict=True)
            if chance.random() < 0.45
        ]
        return tuple(
            _peak(base / self.phases, [one for at, *one in on if at == phase])
            for phase in range(self.phases)
        )

    def year(self, chance: random.Random) -> Days:
        """Return a year's days."""
        days = (TODAY - timedelta(days=n) for n in range(1, 366))
        return {day: self.peaks_of_day(chance, day) for day in days}

    def trips(self, peaks: Days, power: int) -> bool:
        """Return whether the breaker of a power opens: one phase at 1.3 times its part."""
        most = max(max(phases) for phases in peaks.values())
        return most >= 1300 * power / self.phases

    def least(self, peaks: Days) -> int:
        """Return the least power whose breaker stays closed all year, kVA."""
        sold = SOLD[self.phases]
        return next((one for one in sold if not self.trips(peaks, one)), sold[-1])


def _peak(base: float, on: list[list[Any]]) -> int:
    """Return the greatest output of a filter: ``on`` has watts, start and length."""
    edges = sorted({0, 900, *(s for _, s, _ in on), *(s + n for _, s, n in on)})
    state, most = base * base, base * base
    for start, end in pairwise(edges):
        load = base + sum(p for p, s, n in on if s <= start < s + n)
        square = load * load
        state = square + (state - square) * _KEEP ** (end - start)
        most = max(most, state)
    return round(math.sqrt(most))


def advice_of(house: House, peaks: Days) -> Advice:
    """Return what the adviser says of a year's days."""
    ledger = Ledger()
    for day, phases in peaks.items():
        peak = Peak(sum(phases), phases if house.phases > 1 else ())
        ledger.days[day] = DayRow(covered=length(day), peak=peak)
    sold = SOLD[house.phases]
    return advise(ledger, sold, sold[-1], max(peaks) + DAY)


def measure(years: int, phases: int = 1) -> Iterator[str]:
    """Yield what the adviser named, in words, over so many simulated years."""
    same = more = less = later = comfortable = 0
    for seed in range(years):
        house = House.of(random.Random(f"house {phases} {seed}"), phases)
        first = house.year(random.Random(f"breaker {phases} {seed}"))
        # The same household a year later: other days, the same appliances
        second = house.year(random.Random(f"later {phases} {seed}"))
        advice, truth = advice_of(house, first), house.least(first)
        assert advice.possible is not None
        assert advice.comfortable is not None
        same += advice.possible == truth
        more += advice.possible > truth
        less += advice.possible < truth
        later += house.trips(second, advice.possible)
        comfortable += house.trips(second, advice.comfortable)
    yield f"years: {years}, phases: {phases}"
    yield f"names the least power without a trip:  {same / years:7.1%}"
    yield f"names one more, as it came near:       {more / years:7.1%}"
    yield f"names one that would have tripped:     {less / years:7.1%}"
    yield f"'possible' trips in the year after:    {later / years:7.1%}"
    yield f"'comfortable' trips in the year after: {comfortable / years:7.1%}"
