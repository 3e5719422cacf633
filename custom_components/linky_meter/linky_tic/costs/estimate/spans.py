"""Energy and money of a day, a month, a calendar year, or the time of a bill."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from ..calendar.days import DAY, Month, days_between, midnight, passed_part
from ..errors import PeriodError, refusing
from ..export.terms import ExportKind, ExportList
from ..ledger.rows import DayRow, Key
from .contracts import OwnContracts
from .daily import NOTHING, Costs, DayCost, first_day
from .exports import NO_EXPORT, ExportDay, Exports, exports_before
from .month import day_share, decimal_of


class Span(NamedTuple):
    """French days that follow each other."""

    first: date
    end: date
    """Not in it any more."""

    @property
    def start(self) -> datetime:
        """The moment at which it starts, in UTC."""
        return midnight(self.first)


class Every(StrEnum):
    """How often there is a bill."""

    MONTH = "month"
    TWO_MONTHS = "two_months"
    YEAR = "year"


_AHEAD = 366
_MONTHS = {Every.MONTH: 1, Every.TWO_MONTHS: 2, Every.YEAR: 12}


@dataclass(frozen=True)
class Billing:
    """The first day of any bill, and how often there is one.

    In a month that has no such day, a bill begins on its last.
    """

    first: date
    every: Every = Every.MONTH

    def span(self, day: date) -> Span:
        """Return the time of the bill that a day is on."""
        months = (day.year - self.first.year) * 12 + day.month - self.first.month
        number = months // _MONTHS[self.every]
        if day < self._begins(number):
            number -= 1
        return Span(self._begins(number), self._begins(number + 1))

    def _begins(self, number: int) -> date:
        months = self.first.year * 12 + self.first.month - 1
        year, month = divmod(months + number * _MONTHS[self.every], 12)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(self.first.day, last))

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"first": self.first.isoformat(), "every": str(self.every)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Billing:
        """Return what ``as_dict`` gave; raise PeriodError."""
        with refusing(PeriodError, "billing period"):
            return cls(date.fromisoformat(data["first"]), Every(data["every"]))


class Part(StrEnum):
    """What sums are made of; each holds the present day."""

    TODAY = "today"
    MONTH = "month"
    CALENDAR_YEAR = "calendar_year"
    BILL = "bill"


def spans_of(day: date, billing: Billing | None) -> dict[Part, Span]:
    """Return all that a day is in; a bill only where it is known when they begin."""
    month = Month.of(day)
    found = {
        Part.TODAY: Span(day, day + DAY),
        Part.MONTH: Span(month.first, month.next.first),
        Part.CALENDAR_YEAR: Span(date(day.year, 1, 1), date(day.year + 1, 1, 1)),
    }
    return found | ({} if billing is None else {Part.BILL: billing.span(day)})


@dataclass(frozen=True)
class SpanSum:
    """What a span counted and cost until a moment."""

    span: Span
    wh: int = 0
    energy: Decimal = NOTHING
    """What the energy cost; where that is a range, what is to be expected."""
    subscription: Decimal = NOTHING
    """The part of it that is over."""
    exported: int = 0
    """Wh that were fed in."""
    revenue: Decimal = NOTHING
    """What these brought."""
    fee: Decimal = NOTHING
    """The part of a virtual battery's that is over."""

    @property
    def total(self) -> Decimal:
        """Energy and subscription."""
        return self.energy + self.subscription

    @property
    def net(self) -> Decimal:
        """What is left to pay, with the fee of a virtual battery; below zero is earned."""
        return self.total + self.fee - self.revenue


@dataclass(frozen=True)
class OpenSpan:
    """A span on one of its days: those that are over are summed up once."""

    over: SpanSum
    """Without the day itself, and without subscription."""
    today: date
    accrued: Fraction = Fraction(0)
    """Subscription of the days that are over."""
    part: Fraction = Fraction(0)
    """Subscription of the day."""
    fee: Fraction = Fraction(0)
    """Fee of the days that are over."""
    fee_part: Fraction = Fraction(0)
    """Fee of the day."""

    def at(
        self,
        row: DayRow | None,
        cost: DayCost | None,
        export: ExportDay,
        now: datetime,
    ) -> SpanSum:
        """Return the sum at a moment of the day, in UTC, of which all else is given."""
        part = passed_part(self.today, now)
        return replace(
            _with_day(self.over, row, cost, export),
            subscription=decimal_of(self.accrued + self.part * part),
            fee=decimal_of(self.fee + self.fee_part * part),
        )


@dataclass(frozen=True)
class Sums:
    """What is summed up until a moment, with what exported energy brings."""

    spans: Mapping[Part, SpanSum] = field(default_factory=dict)
    export: ExportDay | None = None
    """Of the day; None without terms of export."""
    revenue: Decimal = NOTHING
    """What exported energy brought since the ledger began."""
    battery: bool = False
    """Whether there is a virtual battery."""


@dataclass(frozen=True)
class OpenSums:
    """The spans that hold a day, as all that is over before it makes them."""

    spans: Mapping[Part, OpenSpan] = field(default_factory=dict)
    exports: Exports = field(default_factory=Exports)

    def at(
        self, day: date, row: DayRow | None, cost: DayCost | None, now: datetime
    ) -> Sums:
        """Return the sums at a moment of the day, in UTC, of which all else is given."""
        exports = self.exports
        export = exports.today(day, row, cost)
        return Sums(
            {part: one.at(row, cost, export, now) for part, one in self.spans.items()},
            export if exports.terms else None,
            exports.revenue + export.revenue,
            exports.terms.has(ExportKind.BATTERY),
        )


def open_sums(
    costs: Costs,
    terms: ExportList,
    spans: Mapping[Part, Span],
    today: date,
) -> OpenSums:
    """Return spans that hold a day, as all that is over before the day makes them."""
    exports = exports_before(costs, terms, today)
    return OpenSums(
        {part: open_span(costs, exports, span, today) for part, span in spans.items()},
        exports,
    )


def open_span(costs: Costs, exports: Exports, span: Span, today: date) -> OpenSpan:
    """Return a span that holds a day, as all that is over before the day makes it.

    Its days have rows: the ledger keeps those of more than a year. Subscription counts
    from the first day of which energy is known.
    """
    found, accrued, fee = SpanSum(span), Fraction(0), Fraction(0)
    ledger = costs.ledger
    began = first_day(ledger) or today
    for day in days_between(max(span.first, began), today):
        accrued += day_share(costs.subscription(day), Month.of(day))
        fee += exports.fee(day)
        export = exports.days.get(day, NO_EXPORT)
        found = _with_day(found, ledger.days.get(day), costs.day(day), export)
    part = day_share(costs.subscription(today), Month.of(today))
    return OpenSpan(found, today, accrued, part, fee, exports.fee(today))


def _with_day(
    found: SpanSum, row: DayRow | None, cost: DayCost | None, export: ExportDay
) -> SpanSum:
    return replace(
        found,
        wh=found.wh + (row.total if row else 0),
        energy=found.energy + (cost.expected if cost else NOTHING),
        exported=found.exported + (row.exported if row else 0),
        revenue=found.revenue + export.revenue,
    )


def next_change(costs: OwnContracts, today: date) -> date | None:
    """Return the next day with another price or subscription; None: none is known."""
    if (calendar := costs.ledger.calendar) is None:
        return None
    now = _quotes(costs, calendar, today)
    for day in days_between(today + DAY, today + (_AHEAD + 1) * DAY):
        if _quotes(costs, calendar, day) != now:
            return day
    return None


def _quotes(
    costs: OwnContracts, calendar: str, day: date
) -> tuple[Decimal | None, ...]:
    """Return all that a day's energy may cost, and the subscription."""
    found = [costs.price(day, Key(calendar, index)) for index in range(1, 11)]
    return tuple(one and one.value for one in (*found, costs.subscription(day)))
