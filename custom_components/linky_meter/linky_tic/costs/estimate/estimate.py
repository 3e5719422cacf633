"""What the rest of a month will cost.

Recent days count more: the weight halves every six days back, into the month before.
For Tempo the energy is weighted so, and each day to come has the chances of its colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from ..calendar.calendars import TEMPO
from ..calendar.days import DAY, Month, day_of, days_between, length, passed_part
from ..calendar.tempo import COLOURS, Colours, off_peak_index
from ..prices.prices import Prices
from .daily import NOTHING, Costs, DayCost
from .month import Forecast, Outlook, decimal_of

DAYS = 28
HALF_LIFE = 6
_EIGHTY_PERCENT = Decimal("1.28")
_HOURS_24 = Decimal(24 * 3600)


@cache
def weights(count: int = DAYS) -> tuple[Decimal, ...]:
    """Return the weights of the last days, yesterday first."""
    return tuple(Decimal(2) ** (Decimal(-age) / HALF_LIFE) for age in range(count))


def complete_days(costs: Costs, today: date) -> list[tuple[Decimal, Decimal, DayCost]]:
    """Return the last complete days, at today's prices, with weight and 24 h factor.

    Those with energy that has no price today are left out.
    """
    found = []
    for age, weight in enumerate(weights(), 1):
        day = today - timedelta(days=age)
        cost = costs.day(day, today)
        if cost is not None and cost.complete and not cost.unpriced:
            seconds = Decimal(length(day) // timedelta(seconds=1))
            found.append((weight, _HOURS_24 / seconds, cost))
    return found


def mean_and_deviation(
    values: Sequence[tuple[Decimal, Decimal]],
) -> tuple[Decimal, Decimal]:
    """Return the weighted mean and standard deviation of (weight, value)."""
    whole = sum((weight for weight, _ in values), NOTHING)
    mean = sum((weight * value for weight, value in values), NOTHING) / whole
    variance = (
        sum((weight * (value - mean) ** 2 for weight, value in values), NOTHING) / whole
    )
    return mean, variance.sqrt()


def recency(costs: Costs, today: date, end: datetime) -> Outlook | None:
    """Return the weighted mean day times the days that remain.

    None without a single complete day.
    """
    days = complete_days(costs, today)
    if not days:
        return None
    mean, deviation = mean_and_deviation(
        [(weight, cost.expected * factor) for weight, factor, cost in days]
    )

    def at(now: datetime) -> Forecast:
        remaining = Decimal((end - now) // timedelta(seconds=1)) / _HOURS_24
        spread = _EIGHTY_PERCENT * deviation * remaining.sqrt()
        return Forecast(mean * remaining, spread, "recency")

    return at


@dataclass(frozen=True)
class TempoForecaster:
    """The forecast of a Tempo contract; falls back to ``recency`` on any other."""

    colours: Colours
    prices: Prices

    def __call__(self, costs: Costs, today: date, end: datetime) -> Outlook | None:
        """Return the sum of the expected costs of the days that remain."""
        days = [
            (weight, factor, cost)
            for weight, factor, cost in complete_days(costs, today)
            if cost.tempo is not None
        ]
        by_colour = self._prices(today)
        if not days or by_colour is None:
            return recency(costs, today, end)
        usual = _chances(self.colours, today, Month.of(today).next.first)
        expected = [
            sum((usual[i] * by_colour[i][n] for i in range(3)), NOTHING) for n in (0, 1)
        ]
        energy = [
            (weight, *(Decimal(wh).scaleb(-3) * factor for wh in cost.tempo or (0, 0)))
            for weight, factor, cost in days
        ]
        off_peak, _ = mean_and_deviation([(weight, low) for weight, low, _ in energy])
        peak, _ = mean_and_deviation([(weight, high) for weight, _, high in energy])
        _, deviation = mean_and_deviation(
            [
                (weight, low * expected[0] + high * expected[1])
                for weight, low, high in energy
            ]
        )
        whole = [off_peak * low + peak * high for low, high in by_colour]

        def of(day: date) -> tuple[Decimal, Decimal]:
            """Return mean and variance of a whole day."""
            chance = _chances(self.colours, day, day + DAY)
            mean = sum((p * c for p, c in zip(chance, whole, strict=True)), NOTHING)
            variance = sum(
                (p * (c - mean) ** 2 for p, c in zip(chance, whole, strict=True)),
                deviation**2,
            )
            return mean, variance

        last = day_of(end - timedelta(seconds=1))
        (mean, variance), *later = map(of, days_between(today, last + DAY))
        mean_later = sum((one for one, _ in later), NOTHING)
        variance_later = sum((one for _, one in later), NOTHING)

        def at(now: datetime) -> Forecast:
            left = 1 - decimal_of(passed_part(today, now))
            spread = (left**2 * variance + variance_later).sqrt()
            return Forecast(left * mean + mean_later, _EIGHTY_PERCENT * spread, "tempo")

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
