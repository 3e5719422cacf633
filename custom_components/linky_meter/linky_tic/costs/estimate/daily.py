"""What each day costs on one's own contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from ..calendar.calendars import TEMPO
from ..calendar.days import Month, day_of, held
from ..ledger.ledger import Ledger
from ..ledger.rows import Carry, DayRow, Energy, Flag, FoldedMonth, Key
from ..prices.prices import Prices, Quote
from .seasons import ByColour

NOTHING = Decimal(0)


def euros(wh: int, price: Decimal) -> Decimal:
    """Return what energy costs, exactly; the price is per kWh."""
    return (wh * price).scaleb(-3)


@dataclass(slots=True)
class DayCost:
    """What a day costs: from low to high, which are the same where it is exact."""

    low: Decimal = NOTHING
    expected: Decimal = NOTHING
    high: Decimal = NOTHING
    energy: Energy = field(default_factory=dict)
    """Wh by what a price belongs to, as far as that is known."""
    costs: dict[Key, Decimal] = field(default_factory=dict)
    """Euros of each."""
    lacking: Energy = field(default_factory=dict)
    """Wh of each that have no price; they are not in the cost."""
    unsorted: int = 0
    """Wh of which it is not known which index of an offer counts them."""
    tempo: tuple[int, int] | None = None
    """Off-peak and peak Wh of a Tempo contract, whatever the colours."""
    by_colour: list[tuple[date, ByColour]] = field(default_factory=list)
    """What of the range depends on the colour of a Tempo day."""
    complete: bool = False
    interpolated: bool = False

    @classmethod
    def of(cls, row: DayRow, day: date) -> DayCost:
        """Return the cost of a day, of whose energy nothing was added yet."""
        return cls(
            complete=row.complete(day), interpolated=Flag.INTERPOLATED in row.flags
        )

    def add(self, key: Key, wh: int, quote: Quote | None) -> None:
        """Add energy whose index is known."""
        self.energy[key] = self.energy.get(key, 0) + wh
        if quote is None:
            self.lacking[key] = self.lacking.get(key, 0) + wh
            return
        self.add_cost(key, euros(wh, quote.value))

    def add_cost(self, key: Key, cost: Decimal) -> None:
        """Add what energy cost that was added already."""
        self.costs[key] = self.costs.get(key, NOTHING) + cost
        self.low += cost
        self.expected += cost
        self.high += cost

    @property
    def unpriced(self) -> int:
        """Wh that have no price."""
        return sum(self.lacking.values())

    def carries(self) -> dict[Key, Carry]:
        """Return energy and cost of what a price belongs to."""
        return {
            key: Carry(wh, self.costs.get(key, NOTHING), self.lacking.get(key, 0))
            for key, wh in self.energy.items()
        }

    def add_range(
        self, wh: int, low: Decimal, expected: Decimal, high: Decimal
    ) -> None:
        """Add energy of which it is only known what it may cost."""
        self.unsorted += wh
        self.low += low
        self.expected += expected
        self.high += high


def off_peak_and_peak(energy: Energy) -> tuple[int, int]:
    """Return the Wh of Tempo indexes: odd ones are off-peak."""
    parts = [0, 0]
    for key, wh in energy.items():
        parts[(key.index - 1) % 2] += wh
    return parts[0], parts[1]


class Costs(Protocol):
    """A contract, one's own or a compared one, as its days cost."""

    @property
    def ledger(self) -> Ledger:
        """Where the energy is."""

    def day(self, day: date, prices_of: date | None = None) -> DayCost | None:
        """Return what a day costs, at another day's prices if asked; None: no row."""

    def subscription(self, day: date) -> Quote | None:
        """Return the subscription of a month in force on a day."""

    def folded(self, day: date) -> FoldedMonth | None:
        """Return the month of a day if its rows are gone."""


def first_day(ledger: Ledger) -> date | None:
    """Return the first day whose energy a ledger knows, be it a part of it.

    A day may be there for its greatest power only, which the meter tells afterwards.
    """
    counted = [day for day, row in ledger.days.items() if row.covered or row.energy]
    began = [day_of(ledger.began.at)] if ledger.began else []
    return min(
        [*(month.first for month in ledger.months), *counted, *began], default=None
    )


@dataclass(frozen=True)
class OwnCosts:
    """One's own contract: the meter's indexes at their prices."""

    ledger: Ledger
    prices: Prices

    def day(self, day: date, prices_of: date | None = None) -> DayCost | None:
        """Return what a day costs, at another day's prices if asked; None: no row."""
        if (row := self.ledger.days.get(day)) is None:
            return None
        cost = DayCost.of(row, day)
        for key, wh in row.energy.items():
            quote = self.prices.price(prices_of or day, key.calendar, key.index)
            cost.add(key, wh, quote)
        if all(key.calendar == TEMPO for key in row.energy):
            cost.tempo = off_peak_and_peak(row.energy)
        return cost

    def subscription(self, day: date) -> Quote | None:
        """Return the subscription of a month in force on a day."""
        calendar = held(self.ledger.epochs, day)
        return None if calendar is None else self.prices.subscription(day, calendar)

    def folded(self, day: date) -> FoldedMonth | None:
        """Return the month of a day if its rows are gone."""
        return self.ledger.months.get(Month.of(day))
