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
from ...costs.estimate.month import MonthCost
from ...costs.estimate.spans import (
    Billing,
    OpenSums,
    Sums,
    next_change,
    open_sums,
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
    open: OpenSums = field(default_factory=OpenSums)
    """The day, month, calendar year and bill that go on."""
    next_change: date | None = None
    """When another price of one's own holds, as far as that is known."""
    year: Year | None = None
    """None where nothing is priced."""

    def by_index(self, own: OwnContracts, now: datetime) -> dict[int, Carry]:
        """Return energy and cost of each index since the ledger began."""
        today = own.day(day_of(now))
        return by_index(self.carries, today.carries() if today else {})

    def sums(self, own: OwnContracts, now: datetime) -> Sums:
        """Return energy and cost of the day, month, calendar year and bill."""
        day = day_of(now)
        return self.open.at(day, own.indexes.ledger.days.get(day), own.day(day), now)


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
    return Past(
        lifetime(ledger, own.indexes.prices, today, own),
        month_before(own, today),
        whole_years(own, offers, colours, today),
        open_sums(own, ledger, terms, spans_of(today, billing), today),
        next_change(own, ledger, today),
    )
