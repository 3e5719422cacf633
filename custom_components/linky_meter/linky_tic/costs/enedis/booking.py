"""Days of a file in the ledger, so that a year of offers is compared at once.

A file tells when energy was drawn, or how much a day, but seldom which index counted it.
That is worked out where it can be: from the registers in it, with one's own off-peak
hours, or with the colours of Tempo. What cannot be sorted has no price of one's own, but
offers that need no index, or sort it by their windows, have one for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from ..calendar.calendars import BASE, OFF_PEAK, TEMPO, calendar_key
from ..calendar.days import DAY, day_of
from ..calendar.schedule import Schedule
from ..calendar.tempo import Colours
from ..ledger.history import fill, may_be
from ..ledger.ledger import Ledger
from ..ledger.rows import KEPT_DAYS, Flag, Key
from ..ledger.virtual import Sorted, VirtualRegisters
from ..prices.offers import TEMPO_SCHEDULE, colour_day, tempo_index
from .energy import HALF_HOUR, MeterEnergy, Span, steps

UNSORTED = Key("UNSORTED", 1)
"""Energy of which it is not known which index counted it."""

_PART_OFF = 50


def began_on(ledger: Ledger) -> date | None:
    """Return the day on which a ledger began to count; None: it did not yet."""
    if ledger.began is not None:
        return day_of(ledger.began.at)
    # One that was kept before its first sample was
    own = (day for day, row in ledger.days.items() if Flag.IMPORTED not in row.flags)
    return min(own, default=None) if ledger.epochs else None


def book_days(
    ledger: Ledger,
    registers: VirtualRegisters,
    energy: MeterEnergy,
    *,
    end: date,
    calendar: str,
    colours: Colours,
    own: Schedule | None = None,
) -> list[date]:
    """Book the whole days of a file before an end that have no row; return them.

    Not those that are older than rows are kept. ``calendar`` was in force then; ``own``
    are its hours, where they are known.
    """
    first = end - timedelta(days=KEPT_DAYS)
    spans: dict[date, list[Span]] = {}
    for span in energy.spans():
        spans.setdefault(day_of(span.start), []).append(span)
    told = _by_registers(energy)
    booked = []
    for day, found in sorted(energy.found_days().items(), reverse=True):
        if not (found.complete and first <= day < end):
            continue
        parts = told.get(day, {})
        if not _agrees(parts, found.wh) or not may_be(calendar_key(calendar), parts):
            parts = _sorted(spans[day], calendar_key(calendar), colours, own)
        if not ledger.backfill(day, calendar, parts):
            continue
        row = ledger.days[day]
        row.flags.add(Flag.IMPORTED)
        if rest := found.wh - row.total:
            row.add(UNSORTED, rest)
        booked.append(day)
    sort_days(ledger, registers, energy)
    return booked


def sort_days(ledger: Ledger, registers: VirtualRegisters, energy: MeterEnergy) -> None:
    """Sort the imported days by the windows of offers that do not have them yet."""
    wanted = {
        key: {
            day
            for day, row in ledger.days.items()
            if Flag.IMPORTED in row.flags and day not in registers.days[key]
        }
        for key in registers.schedules
    }
    if not any(wanted.values()):
        return
    found: dict[str, Sorted] = {key: {} for key in wanted}
    for span in _halves(energy.spans()):
        day = day_of(span.start)
        for key, days in wanted.items():
            if day in days:
                row = found[key].setdefault(day, {})
                for _, index, wh in registers.schedules[key].sort(*span):
                    row[index] = row.get(index, 0) + wh
    fill(ledger, registers, found)


def take_out(ledger: Ledger, registers: VirtualRegisters) -> int:
    """Take the imported days out again; return how many."""
    days = [day for day, row in ledger.days.items() if Flag.IMPORTED in row.flags]
    for day in days:
        del ledger.days[day]
        for rows in registers.days.values():
            rows.pop(day, None)
    return len(days)


def _halves(spans: Iterable[Span]) -> Iterable[Span]:
    """Return what is known by the half hour: when in a day a sum was drawn is not."""
    return (span for span in spans if span.end - span.start <= HALF_HOUR)


def _by_registers(energy: MeterEnergy) -> dict[date, dict[int, int]]:
    """Return what each register counted on the days between two readings."""
    found: dict[date, dict[int, int]] = {}
    for index, points in energy.registers.items():
        for older, newer, wh in steps(points):
            day = day_of(older + DAY / 2)
            if index and wh and day_of(newer + DAY / 2) == day + DAY:
                found.setdefault(day, {})[index] = wh
    return found


def _agrees(parts: Mapping[int, int], wh: int) -> bool:
    """Return whether registers counted what the day is known to have had, but no more."""
    off = wh - sum(parts.values())
    return bool(parts) and 0 <= off <= max(wh // _PART_OFF, 1)


def _sorted(
    spans: Iterable[Span], calendar: str, colours: Colours, own: Schedule | None
) -> dict[int, int]:
    """Return the Wh of a day by the indexes of a calendar, as far as they are known."""
    found: dict[int, int] = {}
    if calendar == BASE:
        return {1: sum(span.wh for span in spans)}
    schedule = {OFF_PEAK: own, TEMPO: TEMPO_SCHEDULE}.get(calendar)
    for span in _halves(spans) if schedule else ():
        assert schedule is not None
        for day, slot, wh in schedule.sort(*span):
            index = slot
            if calendar == TEMPO:
                known = colours.possible(colour_day(day, slot))
                if len(known) > 1:
                    continue
                index = tempo_index(known[0], slot)
            found[index] = found.get(index, 0) + wh
    return found
