"""The day, month, calendar year and bill that go on, with what exported energy brings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ...costs.calendar.days import Month, day_of
from ...costs.estimate.contracts import OwnContracts
from ...costs.estimate.exports import ExportDay, exports_before
from ...costs.estimate.spans import Billing, Part, Span, SpanSum, open_span, spans_of
from ...costs.export.terms import ExportKind, ExportList


class Sums(NamedTuple):
    """What is summed up until a moment."""

    spans: Mapping[Part, SpanSum]
    """Of a month that is over, the month only."""
    export: ExportDay | None
    """Of the day; None without terms of export."""
    revenue: Decimal
    """What exported energy brought since the ledger began."""
    battery: bool
    """Whether there is a virtual battery."""


def sums_of(
    own: OwnContracts,
    terms: ExportList,
    billing: Billing | None,
    month: Month,
    now: datetime,
) -> Sums:
    """Return the sums at a moment, or at the end of a month that was over by then."""
    ledger = own.indexes.ledger
    over = month.end <= now
    now = min(now, month.end)
    today = day_of(now)
    exports = exports_before(ledger, own, terms, today)
    row, cost = (None, None) if over else (ledger.days.get(today), own.day(today))
    export = exports.today(today, row, cost)
    spans = spans_of(today, billing)
    if over:
        spans = {Part.MONTH: Span(month.first, month.next.first)}
    found = {
        part: open_span(own, ledger, exports, span, today).at(row, cost, export, now)
        for part, span in spans.items()
    }
    return Sums(
        found,
        export if terms else None,
        exports.revenue + export.revenue,
        terms.has(ExportKind.BATTERY),
    )
