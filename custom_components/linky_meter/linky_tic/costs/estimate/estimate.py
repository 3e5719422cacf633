"""What the rest of a month will cost, and how far off that may be.

Recent days count more: the weight halves every six days back, into the month before.
For Tempo the energy is weighted so, and each day to come has the chances of its colour.

How far off it may be is what the same rule was off by: it is tried from each of the last
90 days over as many days as remain. Days are not independent of each other, as cold
weather and guests stay for a while, so their own spread tells too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
import math
from typing import NamedTuple

from ..calendar.calendars import TEMPO
from ..calendar.days import DAY, Month, day_of, days_between, length, passed_part
from ..calendar.tempo import COLOURS, Colours, off_peak_index
from ..prices.prices import Prices
from .daily import NOTHING, Costs, DayCost
from .month import Forecast, Outlook, decimal_of

DAYS = 28
HALF_LIFE = 6
ORIGINS = 90
"""How many days back the rule is tried."""
_LEAST_ORIGINS = 10
_UNTRIED = Decimal("0.5")
"""The part of a forecast that it may be off by while it was tried less often."""
_KNOWN_PART = 0.8
# Of the tries, so that it holds eight times in ten: they overlap, and the next month is
# not as the last ones were. scripts/bench money has what comes of it
_HELD = 0.85
_EIGHTY_PERCENT = Decimal("1.28")
_HOURS_24 = Decimal(24 * 3600)


WEIGHTS = tuple(Decimal(2) ** (Decimal(-age) / HALF_LIFE) for age in range(DAYS))
"""Of the last days, yesterday first."""


class Known(NamedTuple):
    """A complete day, at today's prices."""

    age: int
    """1 is yesterday."""
    factor: Decimal
    """What makes 24 hours of it."""
    cost: DayCost

    @property
    def weight(self) -> Decimal:
        """How much it counts."""
        return WEIGHTS[self.age - 1]


def complete_days(costs: Costs, today: date) -> list[Known]:
    """Return the complete days that a forecast, and its trial, may need.

    Those with energy that has no price today are left out.
    """
    found = []
    for age in range(1, ORIGINS + DAYS + 1):
        day = today - timedelta(days=age)
        cost = costs.day(day, today)
        if cost is not None and cost.complete and not cost.unpriced:
            seconds = Decimal(length(day) // timedelta(seconds=1))
            found.append(Known(age, _HOURS_24 / seconds, cost))
    return found


def off_by(values: Mapping[int, Decimal], horizon: int) -> Decimal:
    """Return the part of a forecast that it is off by at most, eight times in ten.

    ``values`` are what days cost by their age, 1 is yesterday; ``horizon`` is for how
    many days the forecast is.
    """
    past = {age: float(value) for age, value in values.items()}
    shares = [float(weight) for weight in WEIGHTS]
    errors: list[float] = []
    for origin in range(horizon, ORIGINS + 1):
        real = [
            past[age] for age in range(origin - horizon + 1, origin + 1) if age in past
        ]
        whole = mean = 0.0
        for before, share in enumerate(shares, 1):
            if (value := past.get(origin + before)) is not None:
                whole += share
                mean += share * value
        if mean > 0 and len(real) >= _KNOWN_PART * horizon:
            errors.append(abs(sum(real) * whole / (mean * len(real)) - 1))
    if len(errors) < _LEAST_ORIGINS:
        return _UNTRIED
    errors.sort()
    return Decimal(errors[min(math.ceil(_HELD * (len(errors) + 1)), len(errors)) - 1])


def days_left(today: date, end: datetime) -> int:
    """Return how many days are to come, today included."""
    return (day_of(end - timedelta(seconds=1)) - today).days + 1


def weighted_mean(values: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the mean of (weight, value)."""
    pairs = list(values)
    whole = sum((weight for weight, _ in pairs), NOTHING)
    return sum((weight * value for weight, value in pairs), NOTHING) / whole


def recent(days: Iterable[Known]) -> list[Known]:
    """Return the days that a forecast is made of."""
    return [known for known in days if known.age <= DAYS]


def recency(costs: Costs, today: date, end: datetime) -> Outlook | None:
    """Return the weighted mean day times the days that remain.

    None without a single complete day.
    """
    days = complete_days(costs, today)
    if not (last := recent(days)):
        return None
    values = {known.age: known.cost.expected * known.factor for known in days}
    mean = weighted_mean((known.weight, values[known.age]) for known in last)
    off = off_by(values, days_left(today, end))

    def at(now: datetime) -> Forecast:
        remaining = Decimal((end - now) // timedelta(seconds=1)) / _HOURS_24
        cost = mean * remaining
        return Forecast(cost, off * cost, "recency")

    return at


@dataclass(frozen=True)
class TempoForecaster:
    """The forecast of a Tempo contract; falls back to ``recency`` on any other."""

    colours: Colours
    prices: Prices

    def __call__(self, costs: Costs, today: date, end: datetime) -> Outlook | None:
        """Return the sum of the expected costs of the days that remain."""
        days = [
            known
            for known in complete_days(costs, today)
            if known.cost.tempo is not None
        ]
        last, by_colour = recent(days), self._prices(today)
        if not last or by_colour is None:
            return recency(costs, today, end)
        usual = _chances(self.colours, today, Month.of(today).next.first)
        expected = [
            sum((usual[i] * by_colour[i][n] for i in range(3)), NOTHING) for n in (0, 1)
        ]
        energy = {
            known.age: [
                Decimal(wh).scaleb(-3) * known.factor
                for wh in known.cost.tempo or (0, 0)
            ]
            for known in days
        }
        off_peak, peak = (
            weighted_mean((known.weight, energy[known.age][n]) for known in last)
            for n in (0, 1)
        )
        # Of the energy alone: which colour a day has is no habit of the house
        off = off_by(
            {
                age: low * expected[0] + high * expected[1]
                for age, (low, high) in energy.items()
            },
            days_left(today, end),
        )
        whole = [off_peak * low + peak * high for low, high in by_colour]

        def of(day: date) -> tuple[Decimal, Decimal]:
            """Return mean and variance of a whole day by its colour."""
            chance = _chances(self.colours, day, day + DAY)
            mean = sum((p * c for p, c in zip(chance, whole, strict=True)), NOTHING)
            variance = sum(
                (p * (c - mean) ** 2 for p, c in zip(chance, whole, strict=True)),
                NOTHING,
            )
            return mean, variance

        last_day = day_of(end - timedelta(seconds=1))
        (mean, variance), *later = map(of, days_between(today, last_day + DAY))
        mean_later = sum((one for one, _ in later), NOTHING)
        variance_later = sum((one for _, one in later), NOTHING)

        def at(now: datetime) -> Forecast:
            left = 1 - decimal_of(passed_part(today, now))
            cost = left * mean + mean_later
            colours = _EIGHTY_PERCENT**2 * (left**2 * variance + variance_later)
            return Forecast(cost, ((off * cost) ** 2 + colours).sqrt(), "tempo")

        return at

    def _prices(self, today: date) -> list[tuple[Decimal, Decimal]] | None:
        """Return off-peak and peak price by colour, None when one is not known."""
        found = []
        for colour in COLOURS:
            index = off_peak_index(colour)
            pair = [self.prices.price(today, TEMPO, index + n) for n in (0, 1)]
            if pair[0] is None or pair[1] is None:
                return None
            found.append((pair[0].value, pair[1].value))
        return found


def _chances(colours: Colours, first: date, end: date) -> list[Decimal]:
    days = [colours.chances(day) for day in days_between(first, end)]
    return [
        sum((day.get(colour, NOTHING) for day in days), NOTHING) / len(days)
        for colour in COLOURS
    ]
