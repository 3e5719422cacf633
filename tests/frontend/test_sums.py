"""Bills and exported energy: told to those who told of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast
from unittest.mock import Mock

from custom_components.linky_meter.frontend.sums import sums_of
from custom_components.linky_meter.linky_tic.costs.estimate.exports import ExportDay
from custom_components.linky_meter.linky_tic.costs.estimate.spans import (
    Part,
    Span,
    SpanSum,
)
from custom_components.linky_meter.linky_tic.costs.export.terms import (
    ExportKind,
    ExportList,
    ExportTerms,
)

MONTH = SpanSum(
    Span(date(2026, 11, 1), date(2026, 12, 1)),
    *(10_000, Decimal(2), Decimal(3), 4_000, Decimal("0.4"), Decimal(1)),
)
FIRST = date(2026, 1, 1)


def shown(terms: ExportList, *parts: Part) -> Any:
    """Return what is told of sums that are all the same."""
    stored = ExportDay(stored=1_500)
    spans = dict.fromkeys(parts, MONTH)
    return sums_of(cast(Any, Mock(sums=Mock(spans=spans, export=stored))), terms)


def test_nothing_is_told_that_nobody_asked_for() -> None:
    """Without bills and without terms of export."""
    assert shown(ExportList(), Part.TODAY, Part.MONTH, Part.CALENDAR_YEAR) is None


def test_bills_alone() -> None:
    """Energy and cost, and no net cost of what is not sold."""
    found = shown(ExportList(), *Part)
    assert list(found) == ["month", "calendar_year", "bill"]
    assert found["bill"] == {
        "since": "2026-10-31T23:00:00+00:00",
        "kwh": 10,
        "eur": 5,
    }


def test_what_is_sold_and_what_is_kept() -> None:
    """Revenue and net cost with the fee; the balance of a battery only."""
    terms = ExportTerms(ExportKind.SALE, FIRST, Decimal("0.1"))
    found = shown(ExportList((terms,)), Part.MONTH, Part.CALENDAR_YEAR)
    assert found["month"]["exported"] == 4
    assert found["month"]["revenue"] == 0.4
    assert found["month"]["net"] == 5.6
    assert "battery" not in found
    kept = ExportTerms(ExportKind.BATTERY, FIRST, Decimal("0.1"))
    assert shown(ExportList((terms, kept)), Part.MONTH)["battery"] == 1.5
