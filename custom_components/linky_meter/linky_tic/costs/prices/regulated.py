"""The regulated prices (TRVE, Tarif Bleu) of metropolitan France, dated.

A grid of rows by option, subscribed power and first day, all taxes included. What is
bundled is in ``regulated_prices.txt``; newer rows come from the CRE's files.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..calendar.calendars import BASE, EJP, INDEXES, OFF_PEAK, TEMPO
from ..calendar.days import begun
from ..errors import DamagedFileError
from .prices import Powers, Prices, PricesByPower, Quote

OPTIONS: dict[str, str] = {
    "base": BASE,
    "hphc": OFF_PEAK,
    "tempo": TEMPO,
    "ejp": EJP,
}
"""The calendar of each option of the grid."""

# Read with the module, which Home Assistant imports outside of its event loop
_BUNDLED = Path(__file__).with_name("regulated_prices.txt").read_text(encoding="utf-8")
_CHANGES = ((2, 1), (8, 1))
"""Month and day on which prices usually change."""
_PATIENCE = timedelta(days=10)
_EARLY = timedelta(days=40)
_LAST_DIGIT = Decimal("0.0001")


class RowKey(NamedTuple):
    """What a row is about."""

    calendar: str
    power: int
    """kVA."""
    start: date


@dataclass(frozen=True, slots=True)
class Row:
    """Prices of an option at a subscribed power, from a day on."""

    calendar: str
    power: int
    start: date
    prices: tuple[Decimal, ...]
    """Euros per kWh by index."""
    end: date | None = None
    """The last day; None where none was told."""
    yearly: Decimal | None = None
    """Subscription as the CRE tells it, euros a year."""
    monthly: Decimal | None = None
    """Subscription as EDF bills it, euros a month, where that is known."""
    source: str = ""

    @property
    def key(self) -> RowKey:
        """What it is about."""
        return RowKey(self.calendar, self.power, self.start)

    @property
    def subscription(self) -> Decimal | None:
        """Euros a month, as billed if that is known."""
        if self.monthly is not None or self.yearly is None:
            return self.monthly
        return self.yearly / 12


class Found(NamedTuple):
    """The row in force on a day."""

    row: Row
    stale: bool
    """Whether it is over and no later one is known."""


class Grid:
    """Rows, looked up by calendar, power and day. It does not change."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Take rows; of two about the same the later one holds."""
        self._rows = {row.key: row for row in rows}
        self._by_power: dict[tuple[str, int], list[Row]] = {}
        for key in sorted(self._rows):
            rows_of = self._by_power.setdefault((key.calendar, key.power), [])
            rows_of.append(self._rows[key])

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows by option, first day and power."""
        order = list(OPTIONS.values())
        yield from sorted(
            self._rows.values(),
            key=lambda row: (order.index(row.calendar), row.start, row.power),
        )

    def merged(self, rows: Iterable[Row]) -> Grid:
        """Return the grid with newer rows, which replace those about the same.

        The billed subscription of a replaced row stays, as the CRE's files lack it; so
        does the source where nothing changes. Rows from before the grid begins are left
        out.
        """
        known = dict(self._rows)
        begins = {
            row.calendar: min(one.end or row.start for one in self._of(row.calendar))
            for row in self._rows.values()
        }
        for row in rows:
            old = known.get(row.key)
            if row.end is not None and row.end < begins.get(row.calendar, row.end):
                continue
            known[row.key] = row if old is None else _over(row, old)
        return Grid(known.values())

    def _of(self, calendar: str) -> list[Row]:
        return [row for row in self._rows.values() if row.calendar == calendar]

    def in_force(self, calendar: str, power: int, day: date) -> Found | None:
        """Return the row in force: the last that has begun.

        A row that is over still serves when nothing later is known; it is then stale.
        Between two known rows there is none where neither holds the day.
        """
        rows = self._by_power.get((calendar, power), [])
        place = bisect_right(rows, day, key=lambda row: row.start)
        if not place:
            return None
        row = rows[place - 1]
        over = row.end is not None and row.end < day
        if over and place < len(rows):
            return None
        return Found(row, over)

    def powers(self, calendar: str) -> tuple[int, ...]:
        """Return the powers at which an option is, or was, sold, kVA."""
        return tuple(sorted(kva for of, kva in self._by_power if of == calendar))

    def power_for(self, calendar: str, power: int) -> int | None:
        """Return the power at which an option is sold: this, or the next above."""
        return next((kva for kva in self.powers(calendar) if kva >= power), None)

    def stale(self, calendar: str, power: int, today: date) -> bool:
        """Return whether newer prices should be known.

        Prices change on 1 February and 1 August. Ten days later a row should be there
        that began then, or up to 40 days before.
        """
        found = self.in_force(calendar, power, today)
        if found is None:
            return False
        if found.stale:
            return True
        due = max(
            day
            for year in (today.year - 1, today.year)
            for month, number in _CHANGES
            if (day := date(year, month, number)) <= today
        )
        late = today >= due + _PATIENCE
        told = found.row.end is not None
        return late and not told and found.row.start < due - _EARLY


def next_regulated_change(today: date) -> date:
    """Return the next day on which regulated prices change as a rule."""
    return min(
        day
        for year in (today.year, today.year + 1)
        for month, number in _CHANGES
        if (day := date(year, month, number)) > today
    )


_VAT = Decimal("1.2")
_EXCISES = (
    (date(2022, 2, 1), Decimal("0.0010")),
    (date(2024, 2, 1), Decimal("0.0210")),
    (date(2025, 2, 1), Decimal("0.0337")),
    (date(2025, 8, 1), Decimal("0.02998")),
    (date(2026, 2, 1), Decimal("0.03085")),
    (date(2026, 8, 1), Decimal("0.03061")),
)
"""Euros of excise (accise sur l'électricité) on a kWh without VAT, by the first day: what
the CRE's prices with and without taxes differ by."""


def excise(day: date) -> Decimal | None:
    """Return the excise on a kWh without VAT, None before the first that is known."""
    found = begun(_EXCISES, day, lambda row: row[0])
    return None if found is None else found[1]


def discounted(price: Decimal, day: date, part: Decimal) -> Decimal | None:
    """Return a price with a part off what is left without taxes, as offers promise.

    ``part`` is 0 to 1; None where the excise of the day is not known. A price that came
    later than it held from has the excise of its own first day.
    """
    if not part:
        return price
    if (tax := excise(day)) is None:
        return None
    return ((price / _VAT - tax) * (1 - part) + tax) * _VAT


class RegulatedPrices:
    """The regulated prices at a subscribed power, as lists of prices are."""

    def __init__(self, grid: Grid, power: int, discount: Decimal = Decimal(0)) -> None:
        """Take a grid and a power in kVA; one that is not sold is the next above.

        A kWh may cost some per cent less than the regulated price, before taxes.
        """
        self.grid = grid
        self._discount = discount / 100
        self._powers = {
            calendar: grid.power_for(calendar, power) for calendar in INDEXES
        }

    def _in_force(self, day: date, calendar: str) -> Found | None:
        power = self._powers.get(calendar)
        return None if power is None else self.grid.in_force(calendar, power, day)

    def price(self, day: date, calendar: str, index: int) -> Quote | None:
        """Return the price of a kWh, None when it is not known."""
        found = self._in_force(day, calendar)
        if found is None or not 1 <= index <= len(found.row.prices):
            return None
        row = found.row
        value = discounted(row.prices[index - 1], row.start, self._discount)
        if value is None:
            return None
        return Quote(value, row.start, row.source, found.stale)

    def subscription(self, day: date, calendar: str) -> Quote | None:
        """Return the subscription of a month, None when it is not known."""
        found = self._in_force(day, calendar)
        if found is None or (monthly := found.row.subscription) is None:
            return None
        return Quote(monthly, found.row.start, found.row.source, found.stale)

    def stale(self, calendar: str, today: date) -> bool:
        """Return whether newer prices should be known."""
        power = self._powers.get(calendar)
        return power is not None and self.grid.stale(calendar, power, today)


def regulated_prices(
    grid: Grid, typed: int, powers: Powers = (), discount: Decimal = Decimal(0)
) -> Prices:
    """Return the regulated prices at the powers that the meter told, else a typed one.

    Powers are in kVA; the discount is in per cent before taxes.
    """
    return PricesByPower(
        powers or ((date.min, typed),),
        lambda power: RegulatedPrices(grid, power, discount),
    )


def parse_grid(text: str) -> Grid:
    """Return a grid from our own form; raise DamagedFileError.

    A line ``option first-day last-day source`` (``-`` is no last day) is followed by
    lines ``kVA yearly monthly price...``, ``-`` where a subscription is not known.
    """
    rows: list[Row] = []
    head: tuple[str, date, date | None, str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if words[0] in OPTIONS:
                option, start, end, *source = words
                head = (
                    OPTIONS[option],
                    date.fromisoformat(start),
                    None if end == "-" else date.fromisoformat(end),
                    " ".join(source),
                )
            else:
                assert head is not None
                calendar, first, last, origin = head
                yearly, monthly = (
                    None if word == "-" else Decimal(word) for word in words[1:3]
                )
                prices = tuple(map(Decimal, words[3:]))
                assert len(prices) == INDEXES[calendar]
                power = int(words[0])
                rows.append(
                    Row(calendar, power, first, prices, last, yearly, monthly, origin)
                )
        except (ValueError, InvalidOperation, AssertionError) as err:
            raise DamagedFileError(f"Line {number}: {line!r}") from err
    return Grid(rows)


def _over(row: Row, old: Row) -> Row:
    """Return a row with what only the one that it replaces knows.

    A copy from before the row ended does not open it again. Prices that were read from
    a bill's own list stay where the other differs in its last digit only.
    """
    row = replace(row, monthly=row.monthly or old.monthly, end=row.end or old.end)
    if old.monthly is not None and all(
        abs(new - billed) <= _LAST_DIGIT
        for new, billed in zip(row.prices, old.prices, strict=True)
    ):
        row = replace(row, prices=old.prices)
    return old if old == replace(row, source=old.source) else row


@cache
def bundled() -> Grid:
    """Return the grid that comes with this package."""
    return parse_grid(_BUNDLED)
