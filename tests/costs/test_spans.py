"""Energy and cost of a day, a month, a calendar year and a bill."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    Month,
    day_of,
    days_between,
    length,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.errors import PeriodError
from custom_components.linky_meter.linky_tic.costs.estimate.contracts import (
    OwnContracts,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import OwnCosts
from custom_components.linky_meter.linky_tic.costs.estimate.exports import (
    NO_EXPORT,
    Exports,
)
from custom_components.linky_meter.linky_tic.costs.estimate.month import month_cost
from custom_components.linky_meter.linky_tic.costs.estimate.spans import (
    Billing,
    Every,
    Part,
    Span,
    SpanSum,
    next_change,
    open_span,
    spans_of,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.prices.prices import PriceList
from custom_components.linky_meter.linky_tic.costs.prices.regulated import (
    RegulatedPrices,
    bundled,
    next_regulated_change,
)

from .helpers import AUTUMN, day, paris, period

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(
    first=DAYS, at=DAYS, every=st.sampled_from(list(Every)), far=st.integers(0, 4000)
)
def test_bills_follow_each_other(first: date, at: date, every: Every, far: int) -> None:
    """Every day is on one bill, and the next bill begins where one ends."""
    billing = Billing(first, every)
    one = billing.span(at)
    assert one.first <= at < one.end
    assert billing.span(one.first) == billing.span(one.end - DAY) == one
    assert billing.span(one.end).first == one.end
    assert billing.span(at - timedelta(days=far)).first <= one.first


@pytest.mark.parametrize(
    ("first", "every", "at", "begins", "ends"),
    [
        ("2026-01-31", Every.MONTH, "2026-02-27", "2026-01-31", "2026-02-28"),
        ("2026-01-31", Every.MONTH, "2026-02-28", "2026-02-28", "2026-03-31"),
        ("2026-01-30", Every.MONTH, "2028-02-29", "2028-02-29", "2028-03-30"),
        ("2026-01-29", Every.MONTH, "2028-02-29", "2028-02-29", "2028-03-29"),
        ("2026-10-15", Every.TWO_MONTHS, "2026-12-14", "2026-10-15", "2026-12-15"),
        ("2026-10-15", Every.TWO_MONTHS, "2026-10-14", "2026-08-15", "2026-10-15"),
        ("2026-11-15", Every.TWO_MONTHS, "2026-10-20", "2026-09-15", "2026-11-15"),
        ("2026-12-31", Every.TWO_MONTHS, "2027-02-28", "2027-02-28", "2027-04-30"),
        ("2024-02-29", Every.YEAR, "2026-02-28", "2026-02-28", "2027-02-28"),
        ("2024-02-29", Every.YEAR, "2028-02-28", "2027-02-28", "2028-02-29"),
        ("2027-06-01", Every.YEAR, "2026-05-31", "2025-06-01", "2026-06-01"),
    ],
)
def test_bills(first: str, every: Every, at: str, begins: str, ends: str) -> None:
    """Each second month, once a year, and on days that some months do not have."""
    found = Billing(day(first), every).span(day(at))
    assert found == Span(day(begins), day(ends))


def test_a_billing_period_is_kept() -> None:
    """As JSON, and refused where that is none."""
    billing = Billing(day("2026-10-31"), Every.TWO_MONTHS)
    assert Billing.from_dict(billing.as_dict()) == billing
    for wrong in ({}, {"first": "2026-10", "every": "month"}, {"first": 3}):
        with pytest.raises(PeriodError):
            Billing.from_dict(wrong)


def ledger_of(first: str, end: str) -> Ledger:
    """Return whole days with 4 to 10 kWh off-peak and 6 to 12 at peak."""
    ledger = Ledger(epochs=[(day(first), OFF_PEAK)])
    for one in days_between(day(first), day(end)):
        ledger.days[one] = DayRow(
            {
                Key(OFF_PEAK, 1): 4_000 + one.toordinal() % 7 * 1_000,
                Key(OFF_PEAK, 2): 6_000 + one.toordinal() % 5 * 1_500,
            },
            covered=length(one),
        )
    return ledger


def sum_of(ledger: Ledger, span: Span, at: str, prices: Any = AUTUMN) -> SpanSum:
    """Return a span at a French time."""
    now, costs = paris(at), OwnCosts(ledger, prices)
    today = day_of(now)
    row = ledger.days.get(today)
    found = open_span(costs, Exports(), span, today)
    return found.at(row, costs.day(today), NO_EXPORT, now)


def test_a_bill_over_a_change_of_prices() -> None:
    """Against sums made here: other prices and another subscription in its middle."""
    ledger = ledger_of("2026-06-01", "2026-08-20")
    bill = Billing(day("2026-06-15"), Every.TWO_MONTHS).span(day("2026-08-10"))
    found = sum_of(ledger, bill, "2026-08-10T12:00")
    wh, energy, subscription = 0, Decimal(0), Fraction(0)
    for one in days_between(day("2026-06-15"), day("2026-08-11")):
        low, high = ledger.days[one].energy.values()
        august = one >= day("2026-08-01")
        wh += low + high
        energy += low * Decimal("0.1589" if august else "0.1578") / 1000
        energy += high * Decimal("0.2142" if august else "0.2065") / 1000
        monthly = Fraction("15.86") / 31 if august else Fraction("15.69")
        if not august:
            monthly /= 30 if one.month == 6 else 31
        subscription += monthly / (2 if one == day("2026-08-10") else 1)
    assert found.span.first == day("2026-06-15")
    assert found.wh == wh
    assert found.energy == energy
    assert float(found.subscription) == pytest.approx(float(subscription), abs=1e-11)
    assert found.total == found.energy + found.subscription


@pytest.mark.parametrize(
    "at",
    [
        "2026-10-01T00:00",
        "2026-10-25T02:30+01:00",
        "2026-10-25T23:30",
        "2026-10-31T23:59:59",
        "2026-03-29T03:30",
        "2026-02-28T12:00",
    ],
)
def test_a_bill_from_the_first_is_the_month(at: str) -> None:
    """To the last digit, whatever the clock does."""
    ledger = ledger_of("2026-01-20", "2026-11-01")
    prices = RegulatedPrices(bundled(), 6)
    now = paris(at)
    spans = spans_of(day_of(now), Billing(day("2025-05-01")))
    assert spans[Part.BILL] == spans[Part.MONTH]
    found = sum_of(ledger, spans[Part.BILL], at, prices)
    costs = OwnCosts(ledger, prices)
    month = month_cost(costs, Month.of(day_of(now)), now)
    assert (found.energy, found.subscription) == (month.energy, month.accrued)
    assert found.wh == month.wh
    assert found.span.start == month.month.start


def test_a_year_is_its_days() -> None:
    """Each day counted once; before the ledger began nothing was paid."""
    ledger = ledger_of("2026-03-10", "2026-12-31")
    prices = RegulatedPrices(bundled(), 6)
    spans = spans_of(day("2026-12-30"), None)
    assert Part.BILL not in spans
    year = sum_of(ledger, spans[Part.CALENDAR_YEAR], "2026-12-31T00:00", prices)
    days = [
        sum_of(
            ledger,
            spans_of(one, None)[Part.TODAY],
            (midnight(one + DAY) - timedelta(microseconds=1)).isoformat(),
            prices,
        )
        for one in days_between(day("2026-03-10"), day("2026-12-31"))
    ]
    assert year.wh == sum(one.wh for one in days)
    assert year.energy == sum(one.energy for one in days)
    whole = float(sum(one.subscription for one in days))
    assert float(year.subscription) == pytest.approx(whole, abs=1e-6)


def test_nothing_is_known_yet() -> None:
    """An empty ledger has empty sums, and no price that could change."""
    ledger = Ledger()
    found = sum_of(ledger, Span(day("2026-10-01"), day("2026-11-01")), "2026-10-05")
    assert found.wh == found.total == 0
    costs = OwnContracts(OwnCosts(ledger, AUTUMN), {})
    assert next_change(costs, day("2026-07-01")) is None


def test_the_next_change_of_prices() -> None:
    """The first day with another price or subscription, or the end of what is known."""
    ledger = ledger_of("2026-06-01", "2026-06-02")

    def change(today: str, *periods: Any) -> date | None:
        prices = PriceList(periods)
        costs = OwnContracts(OwnCosts(ledger, prices), {})
        return next_change(costs, day(today))

    old = period("2026-02-01", "0.15", "0.20", subscription="15")
    new = period("2026-08-01", "0.16", "0.20", subscription="15")
    dearer = period("2026-09-01", "0.16", "0.20", subscription="16")
    assert change("2026-06-01", old) is None
    assert change("2026-06-01", old, new, dearer) == day("2026-08-01")
    assert change("2026-07-31", old, new, dearer) == day("2026-08-01")
    assert change("2026-08-01", old, new, dearer) == day("2026-09-01")
    same = period("2026-08-01", "0.15", "0.20", subscription="15")
    assert change("2026-06-01", old, same) is None
    ends = period("2026-02-01", "0.15", "0.20", end=day("2026-06-30"))
    assert change("2026-06-01", ends) == day("2026-07-01")


def test_regulated_prices_change_twice_a_year() -> None:
    """On 1 February and 1 August, seen from the day itself: the next one."""
    assert next_regulated_change(day("2026-01-31")) == day("2026-02-01")
    assert next_regulated_change(day("2026-02-01")) == day("2026-08-01")
    assert next_regulated_change(day("2026-08-01")) == day("2027-02-01")
