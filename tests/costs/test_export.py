"""Exported energy: booked by day, sold at dated prices, or kept in a virtual battery."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
import json
from typing import Any, NamedTuple

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    Month,
    days_between,
    length,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.errors import (
    AbsurdPriceError,
    NegativePriceError,
    PeriodError,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import OwnCosts
from custom_components.linky_meter.linky_tic.costs.estimate.exports import (
    exports_before,
)
from custom_components.linky_meter.linky_tic.costs.estimate.month import cents
from custom_components.linky_meter.linky_tic.costs.estimate.spans import (
    Billing,
    Every,
    Span,
    SpanSum,
    open_span,
)
from custom_components.linky_meter.linky_tic.costs.estimate.totals import fold
from custom_components.linky_meter.linky_tic.costs.export.terms import (
    MOST_STORED,
    ExportKind,
    ExportList,
    ExportTerms,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import (
    DayRow,
    FoldedMonth,
    Key,
)
from custom_components.linky_meter.linky_tic.costs.prices.prices import PriceList

from .helpers import AUTUMN, day, feed, paris, period


def sold(start: str, price: str, **more: Any) -> ExportTerms:
    """Return a price at which energy is sold."""
    return ExportTerms(ExportKind.SALE, day(start), Decimal(price), **more)


def battery(start: str, price: str, monthly: str = "0", **more: Any) -> ExportTerms:
    """Return a virtual battery."""
    return ExportTerms(
        ExportKind.BATTERY, day(start), Decimal(price), Decimal(monthly), **more
    )


def exported(ledger: Ledger) -> dict[str, int]:
    """Return what was fed in by day, as far as there was anything."""
    return {str(day): row.exported for day, row in ledger.days.items() if row.exported}


def test_export_is_booked_by_day() -> None:
    """A gap over midnight is shared by time; frames without the register wait."""
    ledger = Ledger()
    feed(ledger, "2026-06-01T22:00", {1: 1000, 2: 1000}, exported=5000)
    feed(ledger, "2026-06-01T22:01", {1: 1001, 2: 1000}, exported=5010)
    feed(ledger, "2026-06-01T23:00", {1: 1001, 2: 1000})
    feed(ledger, "2026-06-02T02:00", {1: 1001, 2: 1000}, exported=5010 + 239)
    assert exported(ledger) == {"2026-06-01": 10 + 119, "2026-06-02": 120}
    # More than the subscribed power may be fed in, but not what no connection carries
    feed(ledger, "2026-06-02T03:00", {1: 1001, 2: 1000}, exported=5249 + 20_000)
    feed(ledger, "2026-06-02T03:01", {1: 1001, 2: 1000}, exported=99_999_999)
    feed(ledger, "2026-06-02T03:02", {1: 1001, 2: 1000}, exported=25_250)
    assert exported(ledger)["2026-06-02"] == 120 + 20_000 + 1


def test_another_meter_begins_anew() -> None:
    """Its register is not the rise of the old one's."""
    ledger = Ledger()
    feed(ledger, "2026-06-01T10:00", {1: 1000}, exported=5000)
    feed(ledger, "2026-06-01T10:05", {1: 1000}, exported=9, serial="B")
    feed(ledger, "2026-06-01T10:10", {1: 1000}, exported=19, serial="B")
    assert exported(ledger) == {"2026-06-01": 10}


def test_it_is_kept() -> None:
    """Over a restart; what was kept before it was counted is read as ever."""
    ledger = Ledger()
    feed(ledger, "2026-06-01T10:00", {1: 1000}, exported=5000)
    feed(ledger, "2026-06-01T10:10", {1: 1000}, exported=5100)
    ledger.months[Month(2025, 1)] = FoldedMonth(revenue=Decimal("1.5"), stored=7)
    kept = json.loads(json.dumps(ledger.as_dict()))
    again = Ledger.from_dict(kept)
    assert again == ledger
    feed(again, "2026-06-01T10:20", {1: 1000}, exported=5150)
    assert exported(again) == {"2026-06-01": 150}
    assert again.copy().days[day("2026-06-01")].exported == 150
    for row in kept["days"].values():
        row.pop("exported", None)
    for month in kept["months"].values():
        del month["revenue"], month["stored"]
    del kept["export"]
    before = Ledger.from_dict(kept)
    assert exported(before) == {}
    assert before.months[Month(2025, 1)].stored is None
    feed(before, "2026-06-01T10:20", {1: 1000}, exported=5150)
    feed(before, "2026-06-01T10:30", {1: 1000}, exported=5170)
    assert exported(before) == {"2026-06-01": 20}


def test_the_clock_steps() -> None:
    """The register goes with it: nothing is lost, nothing twice."""
    ledger = Ledger()
    feed(ledger, "2026-06-01T10:00", {1: 1000}, exported=5000, uptime=0.0)
    feed(ledger, "2026-06-01T10:10", {1: 1000}, exported=5100, uptime=600.0)
    feed(ledger, "2026-06-01T08:20", {1: 1000}, exported=5200, uptime=1200.0)
    feed(ledger, "2026-06-01T08:30", {1: 1000}, exported=5300, uptime=1800.0)
    assert exported(ledger) == {"2026-06-01": 300}


def test_terms_are_dated() -> None:
    """Each holds until the next or its end; the same day replaces."""
    first, second = sold("2026-01-01", "0.10"), sold("2026-06-01", "0.04")
    listed = ExportList().with_terms(second).with_terms(first)
    assert listed.on(day("2025-12-31")) is None
    assert listed.on(day("2026-05-31")) == first
    assert listed.on(day("2026-06-01")) == second
    ended = replace(second, end=day("2026-06-30"))
    listed = listed.with_terms(ended, second)
    assert listed.on(day("2026-06-30")) == ended
    assert listed.on(day("2026-07-01")) is None
    other = battery("2026-06-01", "0.09", "9.99", stored=120_000)
    listed = listed.with_terms(other)
    assert listed.terms == (first, other)
    assert listed.has(ExportKind.BATTERY)
    assert ExportList.from_list(listed.as_list()) == listed
    assert not listed.without(first).without(other)


@pytest.mark.parametrize(
    ("error", "terms"),
    [
        (AbsurdPriceError, {"price": Decimal(10)}),
        (AbsurdPriceError, {"monthly": Decimal(120)}),
        (AbsurdPriceError, {"stored": MOST_STORED + 1}),
        (AbsurdPriceError, {"stored": -1}),
        (AbsurdPriceError, {"size": 0}),
        (AbsurdPriceError, {"size": MOST_STORED + 1}),
        (AbsurdPriceError, {"size": 5_000, "stored": 5_001}),
        (AbsurdPriceError, {"surplus": Decimal(10)}),
        (NegativePriceError, {"surplus": Decimal("-0.01")}),
        (NegativePriceError, {"price": Decimal("-0.01")}),
        (PeriodError, {"start": date(1999, 1, 1)}),
        (PeriodError, {"end": date(2026, 1, 31)}),
    ],
)
def test_what_cannot_be(error: type[Exception], terms: dict[str, Any]) -> None:
    """Cents, years, and ends before starts are refused."""
    good = battery("2026-02-01", "0.09")
    with pytest.raises(error):
        replace(good, **terms)
    with pytest.raises(PeriodError):
        ExportTerms.from_dict({**good.as_dict(), "kind": "lost"})


# A house with panels, hour by hour, and the calculator of its bills: nothing of it is
# shared with what is tested but the prices


class Hour(NamedTuple):
    """What was drawn and fed in during an hour, Wh."""

    start: datetime
    off_peak: bool
    drawn: int
    fed_in: int


def house(first: str, end: str) -> Iterator[Hour]:
    """Yield a household with 3 kWp: a base load, evenings, cold winters, clouds."""
    at, stop = midnight(day(first)), midnight(day(end))
    while at < stop:
        local = at.astimezone(PARIS)
        number = local.timetuple().tm_yday
        summer = max(0.0, 1 - abs(number - 172) / 183)
        light = max(0.0, 1 - ((local.hour - 13) / (4 + 4 * summer)) ** 2)
        clouds = (number * 7 + local.hour * 3) % 10 / 10
        sun = round(3000 * light * (0.3 + 0.7 * summer) * (1 - clouds * clouds))
        load = 250 + 900 * (18 <= local.hour < 22) + round(800 * (1 - summer))
        load += (number * 31 + local.hour * 17) % 97
        yield Hour(
            at,
            local.hour < 6 or local.hour >= 22,
            max(load - sun, 0),
            max(sun - load, 0),
        )
        at += timedelta(hours=1)


def counted(hours: list[Hour]) -> Ledger:
    """Return what a ledger makes of the meter's registers, looked at each hour."""
    ledger = Ledger()
    low, high, out = 1000, 2000, 3000
    feed(ledger, hours[0].start, {1: low, 2: high}, exported=out)
    for hour in hours:
        low += hour.drawn if hour.off_peak else 0
        high += 0 if hour.off_peak else hour.drawn
        out += hour.fed_in
        at = hour.start + timedelta(hours=1)
        feed(ledger, at, {1: low, 2: high}, exported=out)
    return ledger


PRICES = PriceList(
    [
        period("2025-01-01", "0.1696", "0.2146", subscription="16.01"),
        period("2025-08-01", "0.1635", "0.2081", subscription="15.74"),
        period("2026-02-01", "0.1578", "0.2065", subscription="15.69"),
    ]
)


def kwh_price(on: date, *, off_peak: bool) -> Fraction:
    """Return these prices."""
    if on < date(2025, 8, 1):
        return Fraction("0.1696") if off_peak else Fraction("0.2146")
    if on < date(2026, 2, 1):
        return Fraction("0.1635") if off_peak else Fraction("0.2081")
    return Fraction("0.1578") if off_peak else Fraction("0.2065")


def monthly(on: date) -> Fraction:
    """Return the subscription."""
    if on < date(2025, 8, 1):
        return Fraction("16.01")
    return Fraction("15.74") if on < date(2026, 2, 1) else Fraction("15.69")


def days_of(on: date) -> int:
    """Return how many days its month has."""
    after = date(on.year + on.month // 12, on.month % 12 + 1, 1)
    return (after - on.replace(day=1)).days


def look(ledger: Ledger, terms: ExportList, first: str, end: str) -> SpanSum:
    """Return what is shown in the last moment of a span."""
    span, last = Span(day(first), day(end)), day(end) - DAY
    costs = OwnCosts(ledger, PRICES)
    exports = exports_before(costs, terms, last)
    row, cost = ledger.days.get(last), costs.day(last)
    opened = open_span(costs, exports, span, last)
    return opened.at(row, cost, exports.today(last, row, cost), midnight(day(end)))


def euro_cents(amount: Fraction) -> int:
    """Return an amount in cents."""
    return round(amount * 100)


def test_solar_household_that_sells() -> None:
    """Net cost of each month and of a year, the price of the sale changed inside."""
    hours = list(house("2025-05-20", "2026-05-20"))
    ledger = counted(hours)
    terms = ExportList((sold("2025-05-20", "0.0761"), sold("2025-11-16", "0.0400")))

    def bill(first: str, end: str) -> Fraction:
        total = Fraction(0)
        for one in hours:
            on = one.start.astimezone(PARIS).date()
            if day(first) <= on < day(end):
                price = kwh_price(on, off_peak=one.off_peak)
                sale = "0.0761" if on < date(2025, 11, 16) else "0.0400"
                total += Fraction(one.drawn, 1000) * price
                total -= Fraction(one.fed_in, 1000) * Fraction(sale)
        for on in days_between(day(first), day(end)):
            total += monthly(on) / days_of(on)
        return total

    for first, end in pairwise(
        [
            *("2025-05-20", "2025-06-01", "2025-07-01", "2025-11-01", "2025-12-01"),
            *("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-20"),
        ]
    ):
        found = look(ledger, terms, first, end)
        assert cents(found.net) * 100 == euro_cents(bill(first, end)), first
    year = look(ledger, terms, "2025-05-20", "2026-05-20")
    assert cents(year.net) * 100 == euro_cents(bill("2025-05-20", "2026-05-20"))
    assert year.exported == sum(one.fed_in for one in hours) > 1_000_000
    assert year.wh == sum(one.drawn for one in hours)
    assert year.fee == 0


def test_solar_household_with_a_battery() -> None:
    """Each kWh given back costs network and taxes; the balance is that of the supplier.

    The calculator keeps the battery day by day: what was fed in is added, what was drawn
    is taken as far as it goes, off-peak and peak in proportion.
    """
    hours = list(house("2025-05-20", "2026-05-20"))
    ledger = counted(hours)
    bills = [Billing(date(2025, 5, 20), Every.TWO_MONTHS).span(date(2025, 5, 20))]
    while bills[-1].end < date(2026, 5, 20):
        bills.append(Span(bills[-1].end, bills[-1].end))
        bills[-1] = Billing(date(2025, 5, 20), Every.TWO_MONTHS).span(bills[-1].first)
    terms = ExportList(
        (
            battery("2025-05-20", "0.0951", "11.99", stored=25_000),
            battery("2025-12-10", "0.0877", "12.99"),
        )
    )
    balance, owed, emptied = 25_000, dict.fromkeys(bills, Fraction(0)), 0
    balances: dict[date, int] = {}
    for on in days_between(date(2025, 5, 20), date(2026, 5, 20)):
        mine = [one for one in hours if one.start.astimezone(PARIS).date() == on]
        low = sum(one.drawn for one in mine if one.off_peak)
        high = sum(one.drawn for one in mine if not one.off_peak)
        balance += sum(one.fed_in for one in mine)
        given = min(balance, low + high)
        balance -= given
        emptied += balance == 0
        balances[on] = balance
        later = on >= date(2025, 12, 10)
        kept = Fraction(given, low + high) if low + high else Fraction(0)
        cost = (
            Fraction(low, 1000) * kwh_price(on, off_peak=True)
            + Fraction(high, 1000) * kwh_price(on, off_peak=False)
        ) * (1 - kept) + Fraction(given, 1000) * Fraction(
            "0.0877" if later else "0.0951"
        )
        cost += monthly(on) / days_of(on)
        cost += Fraction("12.99" if later else "11.99") / days_of(on)
        (bill,) = [one for one in bills if one.first <= on < one.end]
        owed[bill] += cost
    # It fills in summer, is empty in winter, and fills again
    assert max(balances.values()) > 300_000
    assert emptied > 30
    for bill in bills:
        found = look(ledger, terms, str(bill.first), str(bill.end))
        assert cents(found.net) * 100 == euro_cents(owed[bill]), bill
        assert found.fee > 20
    costs = OwnCosts(ledger, PRICES)
    exports = exports_before(costs, terms, date(2026, 5, 20))
    assert {on: one.stored for on, one in exports.days.items()} == balances


@pytest.mark.parametrize("surplus", ["0.0400", "0"])
def test_a_battery_that_is_full(surplus: str) -> None:
    """What has no room at the end of a day is sold, or lost; a later size is another.

    The calculator keeps the balance from noon to noon on paper: all that the day fed in
    is added, what it drew is taken, and only then is the limit applied.
    """
    hours = list(house("2025-05-20", "2025-11-20"))
    ledger = counted(hours)
    first = battery("2025-05-20", "0.0951", "11.99", stored=40_000, size=100_000)
    first = replace(first, surplus=Decimal(surplus))
    second = replace(first, start=date(2025, 8, 15), stored=None, size=60_000)
    terms = ExportList((first, second))
    assert ExportList.from_list(json.loads(json.dumps(terms.as_list()))) == terms
    balance, brought, beyond_all = 40_000, Fraction(0), 0
    balances: dict[date, int] = {}
    for on in days_between(date(2025, 5, 20), date(2025, 11, 20)):
        mine = [one for one in hours if one.start.astimezone(PARIS).date() == on]
        low = sum(one.drawn for one in mine if one.off_peak)
        high = sum(one.drawn for one in mine if not one.off_peak)
        balance += sum(one.fed_in for one in mine)
        given = min(balance, low + high)
        balance -= given
        beyond = max(0, balance - (100_000 if on < date(2025, 8, 15) else 60_000))
        balance -= beyond
        beyond_all += beyond
        balances[on] = balance
        bought = Fraction(low) * kwh_price(on, off_peak=True)
        bought += Fraction(high) * kwh_price(on, off_peak=False)
        brought += bought / 1000 * given / (low + high)
        brought -= Fraction(given, 1000) * Fraction("0.0951")
        brought += Fraction(beyond, 1000) * Fraction(surplus)
    # It is full all summer long, and its new size takes what was beyond at once
    assert sum(one == 100_000 for one in balances.values()) > 30
    assert beyond_all > 200_000
    assert balances[date(2025, 8, 15)] == 60_000 < balances[date(2025, 8, 14)]
    costs = OwnCosts(ledger, PRICES)
    exports = exports_before(costs, terms, date(2025, 11, 20))
    assert {on: one.stored for on, one in exports.days.items()} == balances
    assert cents(exports.revenue) * 100 == euro_cents(brought)


def test_a_day_that_is_not_over_sells_nothing_yet() -> None:
    """The evening may draw what has no room at noon; the battery is shown full."""
    on = day("2026-10-01")
    ledger = Ledger(epochs=[(on, OFF_PEAK)])
    ledger.days[on] = DayRow({Key(OFF_PEAK, 1): 1_000}, exported=5_000)
    prices = PriceList([period("2026-01-01", "0.15", "0.20")])
    full = battery("2026-10-01", "0.15", stored=3_000, size=3_000)
    terms = ExportList((replace(full, surplus=Decimal("0.05")),))
    costs = OwnCosts(ledger, prices)
    noon = exports_before(costs, terms, on).today(on, ledger.days[on], costs.day(on))
    assert (noon.stored, noon.revenue) == (3_000, Decimal(0))
    over = exports_before(costs, terms, on + DAY).days[on]
    assert (over.stored, over.revenue) == (3_000, Decimal("0.2"))


def test_folded_months_keep_what_they_brought() -> None:
    """When rows are gone, the revenue of all time and the battery stay as they were."""
    ledger = Ledger(epochs=[(day("2025-01-01"), OFF_PEAK)])
    for on in days_between(day("2025-01-01"), day("2026-11-30")):
        summer = 4 <= on.month <= 9
        ledger.days[on] = DayRow(
            {Key(OFF_PEAK, 1): 3000, Key(OFF_PEAK, 2): 4000},
            covered=length(on),
            exported=9_500 if summer else 2_000,
        )
    for terms in (
        ExportList((sold("2025-01-01", "0.04"),)),
        ExportList((battery("2025-02-01", "0.09", stored=4_321),)),
        ExportList((sold("2025-01-01", "0.1"), battery("2025-09-10", "0.09"))),
        ExportList((battery("2025-01-01", "0.09", end=day("2025-12-31")),)),
    ):
        mine, today = ledger.copy(), day("2026-11-29")
        costs = OwnCosts(mine, PRICES)
        before = exports_before(costs, terms, today)
        months = fold(costs, today, terms)
        assert Month(2025, 9) in months
        again = Ledger.from_dict(json.loads(json.dumps(mine.as_dict())))
        after = exports_before(OwnCosts(again, PRICES), terms, today)
        assert len(after.days) < len(before.days)
        assert after.revenue == before.revenue > 0
        assert {on: before.days[on] for on in after.days} == after.days
        # The typed balance is of its own first day, and is not set again
        assert after.before == before.before


def test_without_terms() -> None:
    """Energy is counted and brings nothing, also when months are folded."""
    ledger = Ledger(epochs=[(day("2025-01-01"), OFF_PEAK)])
    ledger.days[day("2025-01-01")] = DayRow({Key(OFF_PEAK, 1): 3000}, exported=500)
    costs, today = OwnCosts(ledger, AUTUMN), day("2026-11-29")
    exports = exports_before(costs, ExportList(), today)
    assert exports.revenue == 0
    assert exports.days == {}
    fold(costs, today, ExportList())
    assert ledger.months[Month(2025, 1)].stored is None
    late = ExportList((battery("2025-01-01", "0.09", stored=1_000),))
    ledger.days[day("2026-11-01")] = DayRow({Key(OFF_PEAK, 1): 300}, exported=0)
    found = exports_before(OwnCosts(ledger, AUTUMN), late, day("2026-11-29"))
    assert found.days[day("2026-11-01")].stored == 700


def test_energy_without_a_price_saves_nothing() -> None:
    """But it leaves the battery."""
    on = day("2026-10-01")
    ledger = Ledger(epochs=[(on, "OTHER")])
    ledger.days[on] = DayRow({Key("OTHER", 1): 3000}, exported=5_000)
    terms = ExportList((battery("2026-10-01", "0.09"),))
    found = exports_before(OwnCosts(ledger, AUTUMN), terms, on + DAY)
    assert found.days[on].revenue == 0
    assert found.days[on].stored == 2_000
    assert found.today(on + DAY, None, None).stored == 2_000


def test_a_day_of_midsummer() -> None:
    """By hand: 6 kWh drawn of which the battery gives 4, at 0.15 and 0.20."""
    on = day("2026-10-01")
    ledger = Ledger(epochs=[(on, OFF_PEAK)])
    ledger.days[on] = DayRow(
        {Key(OFF_PEAK, 1): 2000, Key(OFF_PEAK, 2): 4000}, exported=3_000
    )
    prices = PriceList([period("2026-01-01", "0.15", "0.20")])
    terms = ExportList((battery("2026-10-01", "0.08", "31", stored=1_000),))
    found = exports_before(OwnCosts(ledger, prices), terms, on + DAY)
    # 1.10 euros for 6 kWh: 4 of them cost 0.7333, and 0.32 when given back
    assert cents(found.days[on].revenue) == Decimal("0.41")
    assert found.days[on].given == 4_000
    assert found.fee(on) == 1
    assert paris("2026-10-01T00:00") == midnight(on)
