"""The same households under Tempo: the colours follow the cold, as RTE chooses them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
import random

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import TEMPO
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    days_between,
    length,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    RED_DAYS,
    WHITE_DAYS,
    Colour,
    Colours,
    Source,
    may_be_red,
    off_peak_index,
    season_start,
)
from custom_components.linky_meter.linky_tic.costs.estimate.estimate import (
    TempoForecaster,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)

from .households import DAYS, FIRST, Household, Kind, temperatures

PRICES = PriceList(
    [
        PricePeriod(
            TEMPO,
            date(2025, 1, 1),
            dict(
                enumerate(
                    map(
                        Decimal,
                        ("0.1356", "0.1654", "0.1536", "0.1921", "0.1615", "0.7295"),
                    ),
                    1,
                )
            ),
            Decimal("15.80"),
        )
    ]
)
_PART_BEFORE_SIX = 0.75
"""Of the off-peak energy; its colour is that of the day before."""
_UNTIL_DECEMBER = {Colour.RED: 8, Colour.WHITE: 12}
"""Of a season that goes on after the simulated time."""


def colours_of(kind: Kind, seed: int) -> dict[date, Colour]:
    """Return the colour of each day: the coldest that may be red, then white."""
    warm = temperatures(random.Random(f"{kind.name} {seed}"))
    by_day = {FIRST + timedelta(days=n): warm[n] for n in range(DAYS)}
    found = dict.fromkeys(by_day, Colour.BLUE)
    for start in {season_start(day) for day in by_day}:
        season = [day for day in by_day if season_start(day) == start]
        coldest = sorted(season, key=lambda day: by_day[day])
        whole = max(season).month == 8
        if whole and min(season).month != 9:
            # The summer of a season before: all was spent
            continue
        red = RED_DAYS if whole else _UNTIL_DECEMBER[Colour.RED]
        white = WHITE_DAYS if whole else _UNTIL_DECEMBER[Colour.WHITE]
        for day in [day for day in coldest if may_be_red(day)][:red]:
            found[day] = Colour.RED
        left = [
            day
            for day in coldest
            if day.weekday() != 6 and found[day] is not Colour.RED
        ]
        for day in left[:white]:
            found[day] = Colour.WHITE
    return found


def ledger_of(home: Household, colours: dict[date, Colour]) -> Ledger:
    """Return the ledger of a meter that counted a household's energy under Tempo."""
    ledger = Ledger(epochs=[(FIRST, TEMPO)])
    for day, (off_peak, peak) in home.energy.items():
        now, before = colours[day], colours.get(day - DAY, Colour.BLUE)
        early = round(off_peak * _PART_BEFORE_SIX)
        energy: dict[Key, int] = {}
        for colour, plus, wh in (
            (before, 0, early),
            (now, 0, off_peak - early),
            (now, 1, peak),
        ):
            key = Key(TEMPO, off_peak_index(colour) + plus)
            energy[key] = energy.get(key, 0) + wh
        ledger.days[day] = DayRow(energy, covered=length(day))
    return ledger


def forecaster_on(colours: dict[date, Colour], today: date) -> TempoForecaster:
    """Return the forecaster on the morning of a day, whose colour was told before."""
    known = Colours()
    for day in days_between(season_start(today), today + DAY):
        if day in colours:
            known.learn(day, colours[day], Source.METER)
        else:
            # Before the simulated time it was summer
            known.learn(day, Colour.BLUE, Source.METER)
    return TempoForecaster(known, PRICES)
