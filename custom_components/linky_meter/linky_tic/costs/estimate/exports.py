"""What the exported energy of each day brings, and what a virtual battery holds.

Each day the battery takes what was exported, and then gives back what was imported, as
far as it goes. What it gives is spread over the tariffs of the day as the import was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ..calendar.days import DAY, Month
from ..export.terms import ExportKind, ExportList, ExportTerms
from ..ledger.rows import DayRow
from .daily import NOTHING, Costs, DayCost, euros
from .month import decimal_of


@dataclass(frozen=True, slots=True)
class ExportDay:
    """A day of exported energy."""

    exported: int = 0
    """Wh."""
    revenue: Decimal = NOTHING
    """Euros: what was sold, or what was saved by the battery; without its fee.

    With what was sold of that for which it had no room.
    """
    given: int = 0
    """Wh that the battery gave back."""
    stored: int = 0
    """Wh in the battery at the end of the day."""


NO_EXPORT = ExportDay()


@dataclass
class Account:
    """Follows the days in their order."""

    terms: ExportList
    stored: int = 0
    before: ExportTerms | None = None
    """The terms of the day before."""

    def day(
        self,
        day: date,
        row: DayRow | None,
        cost: DayCost | None,
        *,
        over: bool = True,
    ) -> ExportDay:
        """Return what a day brings, and go on to the next.

        Of a day that is not over nothing is sold yet of what has no room: the evening
        may draw it.
        """
        terms, before = self.terms.on(day), self.before
        self.before = terms
        exported = row.exported if row else 0
        if terms is None or terms.kind is ExportKind.SALE:
            self.stored = 0
            price = terms.price if terms else NOTHING
            return ExportDay(exported, euros(exported, price))
        if terms is not before and terms.stored is not None:
            self.stored = terms.stored
        imported = row.total if row else 0
        self.stored += exported
        given = min(self.stored, imported)
        self.stored -= given
        size = self.stored if terms.size is None else terms.size
        beyond = max(self.stored - size, 0)
        self.stored -= beyond
        revenue = _saved(terms, given, imported, cost)
        revenue += euros(beyond if over else 0, terms.surplus)
        return ExportDay(exported, revenue, given, self.stored)


def _saved(
    terms: ExportTerms, given: int, imported: int, cost: DayCost | None
) -> Decimal:
    """Return what given energy costs less than if it was bought; it has no other price.

    Energy without a price saves nothing.
    """
    if cost is None or not given:
        return NOTHING
    drawn = euros(imported - cost.unpriced, terms.price)
    return decimal_of(Fraction(cost.expected - drawn) * given / imported)


@dataclass(frozen=True)
class Exports:
    """The exported energy of all days before one."""

    terms: ExportList = field(default_factory=ExportList)
    days: Mapping[date, ExportDay] = field(default_factory=dict)
    before: Account = field(default_factory=lambda: Account(ExportList()))
    """As it was when the day began."""
    folded: Decimal = NOTHING
    """What months brought whose days are gone."""

    def today(self, day: date, row: DayRow | None, cost: DayCost | None) -> ExportDay:
        """Return the day itself, as far as it is known."""
        return replace(self.before).day(day, row, cost, over=False)

    @property
    def revenue(self) -> Decimal:
        """What all days before brought."""
        return self.folded + sum((one.revenue for one in self.days.values()), NOTHING)

    def fee(self, day: date) -> Fraction:
        """Return a day's part of the monthly fee."""
        terms = self.terms.on(day)
        return Fraction(terms.monthly if terms else 0) / Month.of(day).days


def exports_before(costs: Costs, terms: ExportList, until: date) -> Exports:
    """Return what the days before one brought."""
    if not terms:
        return Exports()
    ledger = costs.ledger
    months = {
        month: one for month, one in ledger.months.items() if one.stored is not None
    }
    account = Account(terms)
    if months:
        last = max(months)
        account.stored = months[last].stored or 0
        account.before = terms.on(last.next.first - DAY)
    found = {
        day: account.day(day, row, costs.day(day))
        for day, row in sorted(ledger.days.items())
        if day < until
    }
    revenue = sum((one.revenue for one in ledger.months.values()), NOTHING)
    return Exports(terms, found, account, revenue)
