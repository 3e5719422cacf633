"""How often the month ends between the low and the high of its estimate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import override

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    Month,
    days_between,
    length,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import (
    DayCost,
    OwnCosts,
)
from custom_components.linky_meter.linky_tic.costs.estimate.estimate import recency
from custom_components.linky_meter.linky_tic.costs.estimate.month import (
    Forecaster,
    month_cost,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)

from . import tempo as tempo_contract
from .households import FIRST, KINDS, Household, household

YEAR = date(2026, 1, 1), date(2027, 1, 1)
PARTS = {"1-5": 5, "6-15": 15, "16-25": 25, "26-31": 31}
"""The last day of each part of the month."""
LEAST, MOST = 0.75, 0.90
"""Between what and what the coverage should be; the page says eight times in ten."""

PRICES = PriceList(
    [
        PricePeriod(
            OFF_PEAK,
            date(2025, 1, 1),
            {1: Decimal("0.1589"), 2: Decimal("0.2142")},
            Decimal("15.86"),
        )
    ]
)


def ledger_of(home: Household, calendar: str = OFF_PEAK) -> Ledger:
    """Return the ledger of a meter that counted a household's energy."""
    ledger = Ledger(epochs=[(FIRST, calendar)])
    for day, parts in home.energy.items():
        keys = {Key(calendar, index): wh for index, wh in enumerate(parts, 1)}
        ledger.days[day] = DayRow(keys, covered=length(day))
    return ledger


@dataclass(frozen=True)
class Seen(OwnCosts):
    """What is known on the morning of a day."""

    today: date = date.min

    @override
    def day(self, day: date, prices_of: date | None = None) -> DayCost | None:
        """Return nothing of the future."""
        return super().day(day, prices_of) if day < self.today else None


@dataclass
class Coverage:
    """Counts by part of the month."""

    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    looks: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    width: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, day: date, *, held: bool, width: float) -> None:
        """Count one look."""
        part = next(name for name, last in PARTS.items() if day.day <= last)
        self.held[part] += held
        self.looks[part] += 1
        self.width[part] += width

    def shares(self) -> dict[str, float]:
        """Return how often it held, 0 to 1."""
        return {part: self.held[part] / self.looks[part] for part in PARTS}

    def widths(self) -> dict[str, float]:
        """Return how far low and high are from the estimate, as a part of it."""
        return {part: self.width[part] / self.looks[part] for part in PARTS}


def measure(
    homes: list[Household],
    step: int = 1,
    *,
    tempo: bool = False,
) -> Coverage:
    """Look at each home's month every ``step`` days of a year."""
    found = Coverage()
    for home in homes:
        colours = tempo_contract.colours_of(home.kind, home.seed) if tempo else {}
        ledger = tempo_contract.ledger_of(home, colours) if tempo else ledger_of(home)
        prices = tempo_contract.PRICES if tempo else PRICES
        real = {
            month: month_cost(OwnCosts(ledger, prices), month, month.end).full
            for month in (Month(2026, number) for number in range(1, 13))
        }
        for day in list(days_between(*YEAR))[::step]:
            costs = Seen(ledger, prices, day)
            month = Month.of(day)
            forecaster: Forecaster = recency
            if tempo:
                forecaster = tempo_contract.forecaster_on(colours, day)
            seen = month_cost(costs, month, midnight(day), forecaster)
            assert seen.low is not None
            assert seen.high is not None
            assert seen.estimate is not None
            held = seen.low <= real[month] <= seen.high
            width = float((seen.high - seen.low) / 2 / seen.estimate)
            found.add(day, held=held, width=width)
    return found


def homes_of(count: int) -> Iterator[tuple[str, list[Household]]]:
    """Yield the households of each kind."""
    for kind in KINDS:
        yield kind.name, [household(kind, seed) for seed in range(count)]
