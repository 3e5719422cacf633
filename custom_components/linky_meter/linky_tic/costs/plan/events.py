"""What a calendar of tariffs shows: stretches with a word each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from ...tic.reading import MeterReading
from ..calendar.calendars import BASE, TEMPO
from ..calendar.days import DAY, PARIS, day_of, days_between, midnight, utc
from ..calendar.tempo import Colour
from ..prices.offers import CALENDARS, Structure
from .timeline import MOST_DAYS, Contract

LOOK_AHEAD = 3 * DAY
"""In which the next one is looked for."""
_PEAKS = range(1, 4)
_NO_HOURS = {BASE, CALENDARS[Structure.DYNAMIC]}

type ColourOf = Callable[[date], Colour | None]
"""The colour of a Tempo day, None while it is not known."""


class What(StrEnum):
    """What happens; the key of its word."""

    OFF_PEAK = "off_peak"
    BLUE_OFF_PEAK = "blue_off_peak"
    WHITE_OFF_PEAK = "white_off_peak"
    RED_OFF_PEAK = "red_off_peak"
    BLUE = "blue"
    WHITE = "white"
    RED = "red"
    MOBILE_PEAK = "mobile_peak"
    NEW_PRICES = "new_prices"


class Happening(NamedTuple):
    """A stretch of a calendar: aware times, or days for what lasts all of them."""

    start: datetime | date
    end: datetime | date
    """Not in it any more."""
    kind: What


def happenings(
    contract: Contract,
    reading: MeterReading,
    colour_of: ColourOf,
    start: datetime,
    end: datetime,
) -> list[Happening]:
    """Return what overlaps the time between two moments, in order."""
    start, end = utc(start), utc(end)
    end = min(end, start + timedelta(days=MOST_DAYS))
    found = [
        *_off_peak(contract, colour_of, start, end),
        *_colours(contract, colour_of, start, end),
        *_mobile_peaks(contract, reading),
        *_new_prices(contract, start, end),
    ]
    inside = [
        one for one in found if moment(one.start) < end and start < moment(one.end)
    ]
    return sorted(inside, key=lambda one: (moment(one.start), moment(one.end)))


def worth_showing(contract: Contract) -> bool:
    """Return whether there is much to see: one price at a time makes it empty."""
    return contract.calendar not in _NO_HOURS


def moment(at: datetime | date) -> datetime:
    """Return when a stretch begins or ends: a day at its French midnight."""
    return at if isinstance(at, datetime) else midnight(at)


def _off_peak(
    contract: Contract, colour_of: ColourOf, start: datetime, end: datetime
) -> Iterator[Happening]:
    """Yield whole off-peak stretches: also what is over or to come of one."""
    if contract.calendar == TEMPO:
        yield from _nights(colour_of, day_of(start) - DAY, day_of(end))
        return
    waiting: tuple[datetime, datetime] | None = None
    for slot in contract.slots(start - DAY, end + DAY):
        # Of alert days, seasons and super off-peak hours too
        if slot.index is None or not contract.tariff(slot.index).endswith("off_peak"):
            continue
        if waiting is not None and waiting[1] == slot.start:
            waiting = waiting[0], slot.end
            continue
        if waiting is not None:
            yield Happening(*waiting, What.OFF_PEAK)
        waiting = slot.start, slot.end
    if waiting is not None:
        yield Happening(*waiting, What.OFF_PEAK)


def _nights(colour_of: ColourOf, first: date, last: date) -> Iterator[Happening]:
    """Yield the off-peak hours of Tempo: known whatever the colours and prices are."""
    for day in days_between(first, last + DAY):
        colour = colour_of(day)
        kind = What(f"{colour}_off_peak") if colour else What.OFF_PEAK
        yield Happening(_at(day, 22), _at(day + DAY, 6), kind)


def _colours(
    contract: Contract, colour_of: ColourOf, start: datetime, end: datetime
) -> Iterator[Happening]:
    """Yield the Tempo days that are known, from 06:00 to 06:00."""
    if contract.calendar != TEMPO:
        return
    for day in days_between(day_of(start) - DAY, day_of(end) + DAY):
        if (colour := colour_of(day)) is not None:
            yield Happening(_at(day, 6), _at(day + DAY, 6), What(colour))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), PARIS)


def _mobile_peaks(contract: Contract, reading: MeterReading) -> Iterator[Happening]:
    """Yield the peaks that the meter announces (DPM and FPM of standard mode)."""
    # Those of Tempo are its white and red days, which are shown as such
    for number in _PEAKS if contract.calendar != TEMPO else ():
        start = reading[f"mobile_peak_start_{number}"]
        end = reading[f"mobile_peak_end_{number}"]
        if isinstance(start, datetime) and isinstance(end, datetime) and start < end:
            yield Happening(start, end, What.MOBILE_PEAK)


def _new_prices(
    contract: Contract, start: datetime, end: datetime
) -> Iterator[Happening]:
    """Yield the days on which a price is another than the day before."""
    before, indexes = None, range(1, 11)
    for day in days_between(day_of(start) - DAY, day_of(end) + DAY):
        prices = [contract.prices.price(day, contract.calendar, n) for n in indexes]
        values = [quote and quote.value for quote in prices]
        if before is not None and values != before and any(before):
            yield Happening(day, day + DAY, What.NEW_PRICES)
        before = values


def present(found: list[Happening], now: datetime) -> Happening | None:
    """Return what began last of what is now, else what comes next.

    The night of a Tempo day is told and not the day around it; what lasts whole days
    is told while nothing else is.
    """
    begun = [one for one in found if moment(one.start) <= now]
    if not begun:
        return found[0] if found else None
    return max(
        begun, key=lambda one: (isinstance(one.start, datetime), moment(one.start))
    )
