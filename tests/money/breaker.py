"""The subscription adviser against a simulated breaker, over many years.

Each household's day is the greatest output of the breaker's filter, which runs here in
steps of ten seconds by the formula of the document, and not by the code under test. The
breaker of a power opens where it reaches 1.3 times it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
import math
import random

from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, length
from custom_components.linky_meter.linky_tic.costs.estimate.adviser import (
    Advice,
    advise,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow

SOLD = (3, 6, 9, 12)
TODAY = date(2027, 1, 1)
STEP = 10
_KEEP = 0.992**STEP
_APPLIANCES = (2200, 2500, 3600, 1800, 2000, 1500, 2000)
"""W of what a house may switch on in an evening."""


def peak_of_day(chance: random.Random, day: date, size: float, heating: float) -> int:
    """Return the greatest output of the filter in an evening, VA."""
    cold = max(0.0, math.cos(2 * math.pi * (day.timetuple().tm_yday - 20) / 365))
    base = 300 + heating * cold * chance.uniform(0.6, 1.2)
    on = [
        (power * size, chance.randrange(0, 600), chance.choice((6, 18, 60, 120, 240)))
        for power in _APPLIANCES
        if chance.random() < 0.45
    ]
    edges = sorted({0, 900, *(s for _, s, _ in on), *(s + n for _, s, n in on)})
    state, most = base * base, base * base
    for start, end in pairwise(edges):
        load = base + sum(p for p, s, n in on if s <= start < s + n)
        square = load * load
        state = square + (state - square) * _KEEP ** (end - start)
        most = max(most, state)
    return round(math.sqrt(most))


def year(chance: random.Random, last: date = TODAY) -> dict[date, int]:
    """Return the peaks of a year of one household."""
    size, heating = chance.uniform(0.4, 1.25), chance.choice((0, 0, 1500, 3000))
    days = (last - timedelta(days=n) for n in range(1, 366))
    return {day: peak_of_day(chance, day, size, heating) for day in days}


def least(peaks: dict[date, int]) -> int:
    """Return the least power whose breaker stays closed all year, kVA."""
    most = max(peaks.values())
    return next((power for power in SOLD if most < 1.3 * 1000 * power), SOLD[-1])


def advice_of(peaks: dict[date, int], now: int) -> Advice:
    """Return what the adviser says of a year's days."""
    ledger = Ledger()
    for day, most in peaks.items():
        ledger.days[day] = DayRow(covered=length(day), peak=Peak(most))
    return advise(ledger, SOLD, now, max(peaks) + DAY)


def measure(years: int) -> Iterator[str]:
    """Yield what the adviser named, in words, over so many simulated years."""
    same = more = less = later = comfortable = 0
    for seed in range(years):
        chance = random.Random(f"breaker {seed}")
        state = chance.getstate()
        first = year(chance)
        # The same household a year later: other days, the same appliances
        again = random.Random(f"later {seed}")
        chance.setstate(state)
        size, heating = chance.uniform(0.4, 1.25), chance.choice((0, 0, 1500, 3000))
        second = {day: peak_of_day(again, day, size, heating) for day in first}
        advice, truth = advice_of(first, 12), least(first)
        assert advice.possible is not None
        assert advice.comfortable is not None
        same += advice.possible == truth
        more += advice.possible > truth
        less += advice.possible < truth
        later += max(second.values()) >= 1300 * advice.possible
        comfortable += max(second.values()) >= 1300 * advice.comfortable
    yield f"years: {years}"
    yield f"names the least power without a trip:  {same / years:7.1%}"
    yield f"names one more, as it came near:       {more / years:7.1%}"
    yield f"names one that would have tripped:     {less / years:7.1%}"
    yield f"'possible' trips in the year after:    {later / years:7.1%}"
    yield f"'comfortable' trips in the year after: {comfortable / years:7.1%}"
