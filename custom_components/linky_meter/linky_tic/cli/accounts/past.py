"""What the days that are over cost: worked out now and then, the present day is added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from ...costs.calendar.days import day_of
from ...costs.calendar.tempo import Colours
from ...costs.estimate.adviser import Advice
from ...costs.estimate.best import Judgement
from ...costs.estimate.compare import OfferCosts
from ...costs.estimate.contracts import OwnContracts
from ...costs.estimate.exports import ExportDay, Exports, exports_before
from ...costs.estimate.month import MonthCost
from ...costs.estimate.spans import (
    Billing,
    OpenSpan,
    Part,
    SpanSum,
    next_change,
    open_span,
    spans_of,
)
from ...costs.estimate.totals import by_index, lifetime, month_before, whole_years
from ...costs.export.terms import ExportList
from ...costs.ledger.rows import Carry, Key


class Year(NamedTuple):
    """Which contract and which power twelve months speak for."""

    today: date
    judgement: Judgement
    advice: Advice
    saving: Decimal | None
    """Euros a year that the recommended power saves."""


@dataclass(frozen=True)
class Past:
    """The past as it is seen on a day."""

    carries: Mapping[Key, Carry] = field(default_factory=dict)
    """Energy and cost since the ledger began, without the day itself."""
    last_month: MonthCost | None = None
    years: Mapping[str | None, MonthCost] = field(default_factory=dict)
    """The last twelve whole months by offer, None is one's own; only those of which all
    is known."""
    spans: Mapping[Part, OpenSpan] = field(default_factory=dict)
    """The day, month, calendar year and bill that go on."""
    exports: Exports = field(default_factory=Exports)
    next_change: date | None = None
    """When another price of one's own holds, as far as that is known."""
    year: Year | None = None
    """None where nothing is priced."""

    def by_index(self, own: OwnContracts, now: datetime) -> dict[int, Carry]:
        """Return energy and cost of each index since the ledger began."""
        today = own.day(day_of(now))
        return by_index(self.carries, today.carries() if today else {})

    def export(self, own: OwnContracts, now: datetime) -> ExportDay:
        """Return what the day's exported energy brought."""
        day = day_of(now)
        return self.exports.today(day, own.indexes.ledger.days.get(day), own.day(day))

    def sums(
        self, own: OwnContracts, export: ExportDay, now: datetime
    ) -> dict[Part, SpanSum]:
        """Return energy and cost of the day, month, calendar year and bill."""
        day = day_of(now)
        row, cost = own.indexes.ledger.days.get(day), own.day(day)
        return {
            part: span.at(row, cost, export, now) for part, span in self.spans.items()
        }


def past_of(
    own: OwnContracts,
    offers: Mapping[str, OfferCosts],
    colours: Colours,
    now: datetime,
    *,
    billing: Billing | None,
    terms: ExportList,
) -> Past:
    """Return what is over at a moment."""
    today, ledger = day_of(now), own.indexes.ledger
    exports = exports_before(ledger, own, terms, today)
    return Past(
        lifetime(ledger, own.indexes.prices, today, own),
        month_before(own, today),
        whole_years(own, offers, colours, today),
        {
            part: open_span(own, ledger, exports, span, today)
            for part, span in spans_of(today, billing).items()
        },
        exports,
        next_change(own, ledger, today),
    )
