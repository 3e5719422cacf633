"""Which power to subscribe, by the loads of the days that were seen.

A power is comfortable where it was exceeded on few days and no day came near to a trip,
and possible where no day would have tripped. Winter decides, so it must have been seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ..calendar.calendars import BASE
from ..calendar.days import DAY
from ..ledger.ledger import Ledger
from ..prices.regulated import Grid

SINGLE_PHASE_MOST = 12
"""kVA; more is sold in three phases only."""
TRIP, NEAR, CLOSE = 1300, 1240, 1170
"""VA per kVA: where a breaker opens, and how near to that a day may have come where a
power is called possible, and comfortable."""
_WINDOW = 365
_LEAST_DAYS, _LEAST_WINTER = 90, 45
_WINTER = {12, 1, 2}
_COMFORTABLE, _TOO_MUCH = 0.02, 0.05
"""The part of the days above a power where it is comfortable, and from which it is too
small."""


@dataclass(frozen=True, slots=True)
class Above:
    """How often a power would have been exceeded."""

    power: int
    """kVA."""
    days: int = 0
    trips: int = 0
    """Days on which the breaker would have opened."""
    worst: datetime | None = None
    """When the load was greatest, UTC; None where the meter did not tell."""
    worst_day: date | None = None
    minutes: int = 0
    """Above it, all days together."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What the days say of the subscribed power."""

    days: int
    """Days whose greatest load is known."""
    winter_days: int
    now: int | None
    """The subscribed power, kVA."""
    recommended: int | None = None
    """kVA; None while too little is known."""
    comfortable: int | None = None
    possible: int | None = None
    """The least power without a trip, kVA; less room than comfortable."""
    above: Mapping[int, Above] | None = None
    """By power, kVA."""
    known_from: date | None = None
    """When enough will be known if every day is; None where it is."""
    estimated: bool = False
    """Whether the loads are those of our filter, as the meter tells none."""

    @property
    def known(self) -> bool:
        """Whether there is a recommendation."""
        return self.recommended is not None


def three_phase(ledger: Ledger) -> bool:
    """Return whether the meter tells loads by phase."""
    return any(row.peak and row.peak.phases for row in ledger.days.values())


def loads(ledger: Ledger, today: date) -> dict[date, int]:
    """Return the greatest load of the complete days of a year, VA.

    With one phase also of days that were kept before more than SMAXSN was.
    """
    three = three_phase(ledger)
    found: dict[date, int] = {}
    for day, row in ledger.days.items():
        if not today - _WINDOW * DAY <= day < today or not row.complete(day):
            continue
        if row.peak and row.peak.load:
            found[day] = row.peak.load
        elif row.max_power and not three:
            found[day] = row.max_power
    return found


def sold_powers(powers: Iterable[int], *, three_phase: bool) -> tuple[int, ...]:
    """Return the powers of a list that can be had with as many phases, kVA."""
    return tuple(
        sorted(
            power for power in set(powers) if three_phase or power <= SINGLE_PHASE_MOST
        )
    )


def trips(power: int, load: int) -> bool:
    """Return whether a breaker of a power (kVA) opens at a day's load (VA)."""
    return load >= TRIP * power


def advise(ledger: Ledger, sold: Iterable[int], now: int | None, today: date) -> Advice:
    """Return which of the powers that are sold fits the days of the last year."""
    known = loads(ledger, today)
    winter = sum(day.month in _WINTER for day in known)
    if len(known) < _LEAST_DAYS or winter < _LEAST_WINTER:
        until = _known_from(len(known), winter, today)
        return Advice(len(known), winter, now, known_from=until)
    powers = sorted({*sold} | ({now} if now else set()))
    above = {power: _above(ledger, known, power) for power in powers}
    most, count = max(known.values()), len(known)
    comfortable = next(
        (
            power
            for power in powers
            if above[power].days <= _COMFORTABLE * count and most < CLOSE * power
        ),
        powers[-1],
    )
    possible = next((power for power in powers if most < NEAR * power), powers[-1])
    return Advice(
        count,
        winter,
        now,
        _recommended(above, comfortable, now, count),
        comfortable,
        possible,
        above,
        estimated=any(
            row.peak is not None and row.peak.estimated
            for day in known
            if (row := ledger.days.get(day))
        ),
    )


def advise_power(ledger: Ledger, grid: Grid, now: int | None, today: date) -> Advice:
    """Return which power fits, of those that are sold under the meter's contract."""
    powers = grid.powers(ledger.calendar or BASE) or grid.powers(BASE)
    sold = sold_powers(powers, three_phase=three_phase(ledger))
    return advise(ledger, sold, now, today)


def _recommended(
    above: Mapping[int, Above], comfortable: int, now: int | None, count: int
) -> int:
    if now is None or comfortable < now:
        return comfortable
    here = above[now]
    too_small = here.trips or here.days > _TOO_MUCH * count
    return comfortable if too_small else now


def _above(ledger: Ledger, known: Mapping[date, int], power: int) -> Above:
    days = [day for day, load in known.items() if load > 1000 * power]
    if not days:
        return Above(power)
    worst = max(days, key=lambda day: known[day])
    peaks = [row.peak for day in days if (row := ledger.days.get(day)) and row.peak]
    peak = ledger.days[worst].peak
    return Above(
        power,
        len(days),
        sum(trips(power, known[day]) for day in days),
        peak.at if peak else None,
        worst,
        round(sum(one.seconds.get(power, 0) for one in peaks) / 60),
    )


def _known_from(days: int, winter: int, today: date) -> date:
    """Return the day on which enough is known, if each day from now on is."""
    day = today
    while days < _LEAST_DAYS or winter < _LEAST_WINTER:
        days, winter = days + 1, winter + (day.month in _WINTER)
        day += DAY
    return day
