"""What a month costs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import Month, length
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import (
    OwnCosts,
    first_day,
)
from custom_components.linky_meter.linky_tic.costs.estimate.estimate import (
    WEIGHTS,
    TempoForecaster,
    off_by,
    recency,
)
from custom_components.linky_meter.linky_tic.costs.estimate.month import (
    MonthCost,
    cents,
    day_total,
    last_twelve_months,
    month_cost,
    period_cost,
)
from custom_components.linky_meter.linky_tic.costs.estimate.totals import (
    by_index,
    fold,
    lifetime,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Flag, Key
from custom_components.linky_meter.linky_tic.costs.prices.prices import PriceList
from custom_components.linky_meter.linky_tic.costs.prices.regulated import (
    RegulatedPrices,
    bundled,
)

from .helpers import AUTUMN, day, feed, paris, period

OCTOBER = Month(2026, 10)
HC, HP = Key(OFF_PEAK, 1), Key(OFF_PEAK, 2)


def book(
    ledger: Ledger, text: str, wh: dict[int, int], calendar: str = OFF_PEAK
) -> None:
    """Put the energy of a whole day into a ledger."""
    if not ledger.epochs:
        ledger.epochs.append((day(text), calendar))
    ledger.days[day(text)] = DayRow(
        {Key(calendar, index): amount for index, amount in wh.items()},
        covered=length(day(text)),
    )


def autumn() -> Ledger:
    """Return ten days of October: 150 kWh peak, 90 kWh off-peak."""
    ledger = Ledger()
    for number in range(1, 11):
        book(ledger, f"2026-10-{number:02}", {1: 9_000, 2: 15_000})
    return ledger


def unpriced_keys(ledger: Ledger, prices: Any) -> set[Key]:
    """Return what has energy and no price on some day."""
    return {
        key
        for key, carry in lifetime(OwnCosts(ledger, prices)).items()
        if carry.unpriced
    }


def cost(
    ledger: Ledger,
    at: str,
    prices: Any = AUTUMN,
    month: Month = OCTOBER,
    forecaster: Any = recency,
) -> MonthCost:
    """Return what a month costs at a moment."""
    return month_cost(OwnCosts(ledger, prices), month, paris(at), forecaster)


def test_vector() -> None:
    """HP/HC at 6 kVA on 11 October 2026, in a month of 745 hours."""
    found = cost(autumn(), "2026-10-11T00:00")
    assert found.energy == Decimal("46.431")
    assert found.linear is not None
    assert cents(found.linear) == Decimal("159.99")
    assert cents(found.full) == Decimal("62.29")
    assert found.accrued.quantize(Decimal("0.001")) == Decimal("5.116")
    assert found.subscription == Decimal("15.86")
    assert cents(found.total) == Decimal("51.55")
    assert found.carries[HP].wh == 150_000
    assert found.carries[HC].cost == Decimal("14.301")
    assert (found.wh, found.unpriced, found.unsorted) == (240_000, 0, 0)
    assert found.complete
    assert found.exact
    # 21 days and an hour are to come; ten days say little of how far off that may be
    remaining = Decimal(21 * 24 + 1) / 24
    expected = found.full + Decimal("4.6431") * remaining
    assert found.estimate is not None
    assert found.low is not None
    assert found.high is not None
    assert abs(found.estimate - expected) < Decimal("1e-20")
    rest = Decimal("4.6431") * remaining
    assert abs(found.high - expected - rest / 2) < Decimal("1e-10")
    assert abs(expected - found.low - rest / 2) < Decimal("1e-10")
    assert found.method == "recency"


def test_price_change_in_a_gap() -> None:
    """31 July 20:00 to 1 August 04:00, 8 kWh peak: 4 at each price."""
    ledger = Ledger()
    feed(ledger, "2026-07-31T20:00", {2: 0})
    feed(ledger, "2026-08-01T04:00", {2: 8000})
    both = [
        cost(ledger, "2026-08-01T04:00", month=Month(2026, number)) for number in (7, 8)
    ]
    assert sum(one.energy for one in both) == Decimal("1.6828")
    assert both[1].interpolated
    assert not both[0].complete


def test_subscription_change() -> None:
    """15.86 to 16.40 on the 16th of a month of 31 days."""
    prices = PriceList(
        [
            period("2026-08-01", "0.1", subscription="15.86"),
            period("2026-10-16", "0.1", subscription="16.40"),
        ]
    )
    found = cost(autumn(), "2026-11-02T00:00", prices)
    assert found.subscription.quantize(Decimal("0.0001")) == Decimal("16.1387")
    assert found.accrued == found.subscription
    assert found.estimate == found.linear == found.full
    assert found.estimate == found.low == found.high


@pytest.mark.parametrize(
    ("month", "at", "hours"),
    [("2026-03", "2026-03-30T00:00", 743), ("2026-10", "2026-10-26T00:00", 745)],
)
def test_linear_over_a_change_of_clock(month: str, at: str, hours: int) -> None:
    """Hours are those that pass."""
    ledger = Ledger()
    book(ledger, f"{month}-01", {1: 1_000_000})
    prices = PriceList([period("2026-01-01", "0.1", subscription="0")])
    found = cost(ledger, at, prices, Month.parse(month))
    left = {"2026-03": 48, "2026-10": 144}[month]
    assert found.linear is not None
    expected = Decimal(100) * hours / (hours - left)
    assert abs(found.linear - expected) < Decimal("1e-20")
    assert not found.complete


def test_accrued_within_the_long_day() -> None:
    """At its noon 13 of 25 hours are over."""
    found = cost(autumn(), "2026-10-25T12:00")
    expected = Decimal("15.86") / 31 * (24 + Decimal(13) / 25)
    assert abs(found.accrued - expected) < Decimal("1e-12")


def test_months_before_and_after() -> None:
    """Nothing of a month to come, and all of one that is over."""
    ledger = autumn()
    later = cost(ledger, "2026-10-11T00:00", month=Month(2026, 11))
    assert later.energy == later.accrued == 0
    assert (later.linear, later.estimate) == (None, None)
    assert cost(ledger, "2026-10-01T00:00").linear is None
    over = cost(ledger, "2026-12-01T00:00")
    assert over.total == over.full == over.estimate


def test_late_price() -> None:
    """Corrects the days that it holds, and shows on the day it comes."""
    ledger = autumn()
    late = AUTUMN.adding(period("2026-10-05", "0.2", "0.3", subscription="20"))
    before, after = (
        cost(ledger, "2026-10-11T00:00", prices) for prices in (AUTUMN, late)
    )
    change = 6 * (
        9 * (Decimal("0.2") - Decimal("0.1589"))
        + 15 * (Decimal("0.3") - Decimal("0.2142"))
    )
    assert after.energy - before.energy == change
    old, new = lifetime(OwnCosts(ledger, AUTUMN)), lifetime(OwnCosts(ledger, late))
    assert new[HP].cost + new[HC].cost - old[HP].cost - old[HC].cost == change


def test_unpriced() -> None:
    """Energy of a new calendar is kept, and shown as without price."""
    ledger = autumn()
    ledger.epochs.append((day("2026-10-08"), "ZEN FLEX"))
    ledger.days[day("2026-10-08")].add(Key("ZEN FLEX", 3), 700)
    found = cost(ledger, "2026-10-11T00:00")
    assert found.unpriced == 700
    assert found.energy == Decimal("46.431")
    assert not found.subscription_known
    assert found.subscription == 0 or found.subscription < Decimal("15.86")
    assert unpriced_keys(ledger, AUTUMN) == {Key("ZEN FLEX", 3)}
    prices = AUTUMN.adding(
        period("2026-10-01", "9", calendar="Zen Flex", prices={3: Decimal("0.1")})
    )
    assert cost(ledger, "2026-10-11T00:00", prices).unpriced == 0
    assert unpriced_keys(ledger, prices) == set()


def test_holes() -> None:
    """A month with a missing or partial day is not complete."""
    ledger = autumn()
    assert cost(ledger, "2026-10-11T00:10").complete
    assert not cost(ledger, "2026-10-11T12:00").complete
    del ledger.days[day("2026-10-05")]
    assert not cost(ledger, "2026-10-11T00:00").complete
    ledger = autumn()
    ledger.days[day("2026-10-05")].covered = timedelta(hours=3)
    assert not cost(ledger, "2026-10-11T00:00").complete


def test_estimate_weights_recent_days() -> None:
    """Half as much every six days, into the month before; partial days are left out."""
    assert WEIGHTS[6] == Decimal("0.5")
    ledger = Ledger()
    book(ledger, "2026-09-24", {1: 10_000})
    book(ledger, "2026-09-30", {1: 40_000})
    book(ledger, "2026-09-29", {1: 999_000})
    ledger.days[day("2026-09-29")].covered = timedelta(hours=5)
    book(ledger, "2026-08-01", {1: 999_000})
    found = cost(ledger, "2026-10-01T00:00")
    assert found.estimate is not None
    assert found.low is not None
    assert found.high is not None
    price = Decimal("0.1589")
    mean = (40 * price + 10 * price / 2) / Decimal("1.5")
    assert abs(found.estimate - 15 - Decimal("0.86") - mean * 745 / 24) < Decimal(
        "1e-9"
    )
    half = mean * 745 / 24 / 2
    assert abs(found.high - found.estimate - half) < Decimal("1e-9")
    assert found.low == found.estimate - half


def test_equal_days_leave_no_range() -> None:
    """The rule was never off, so it is believed."""
    ledger = Ledger()
    for number in range(92):
        one = day("2026-08-01") + timedelta(days=number)
        book(ledger, one.isoformat(), {1: 9_000, 2: 15_000})
    found = cost(ledger, "2026-10-11T00:00")
    assert found.high is not None
    assert found.low is not None
    # But for the 25 hours of the last Sunday of the month
    assert found.high - found.low < Decimal("0.01")


def test_the_range_is_what_the_rule_was_off_by() -> None:
    """Not what independent days would be: weeks that are alike do not cancel out."""
    ledger = Ledger()
    for number in range(110):
        one = day("2026-07-01") + timedelta(days=number)
        # Three weeks with guests, three without
        peak = 20_000 if number // 21 % 2 else 10_000
        book(ledger, one.isoformat(), {1: 5_000, 2: peak})
    found = cost(ledger, "2026-10-11T00:00")
    assert found.estimate is not None
    assert found.high is not None
    forecast = found.estimate - found.full
    assert Decimal("0.2") < (found.high - found.estimate) / forecast < Decimal("0.6")


def test_what_a_forecast_was_off_by() -> None:
    """The value of eight tries in ten, at as many days as are to come."""
    steady = {age: Decimal(10) for age in range(1, 119)}
    assert off_by(steady, 20) < Decimal("1e-9")
    # Every tenth day costs twice as much: seldom off for one day, never for ten
    spikes = {age: Decimal(20 if age % 10 == 0 else 10) for age in steady}
    assert 0 < off_by(spikes, 1) < Decimal("0.2")
    assert off_by(spikes, 10) < off_by(spikes, 1)
    # Too few tries, holes, nothing used at all
    assert off_by({age: Decimal(10) for age in range(1, 30)}, 20) == Decimal("0.5")
    assert off_by({}, 3) == Decimal("0.5")
    assert off_by(dict.fromkeys(steady, Decimal(0)), 3) == Decimal("0.5")
    holes = {age: Decimal(10) for age in steady if age % 2}
    assert off_by(holes, 20) == Decimal("0.5")


def test_no_estimate_without_a_whole_day() -> None:
    """Or with prices that are not known today."""
    ledger = Ledger()
    feed(ledger, "2026-10-10T18:00", {1: 0})
    feed(ledger, "2026-10-11T18:00", {1: 5000})
    found = cost(ledger, "2026-10-11T18:00")
    assert found.estimate is None
    assert found.linear is not None
    prices = PriceList([period("2026-10-01", "0.1", "0.2", end=day("2026-10-10"))])
    assert cost(autumn(), "2026-10-11T00:00", prices).estimate is None


def test_day_of_25_hours_counts_as_24() -> None:
    """In the mean day."""
    ledger = Ledger()
    book(ledger, "2026-10-25", {1: 25_000})
    prices = PriceList([period("2026-01-01", "0.1", subscription="0")])
    now, end = paris("2026-10-26T00:00"), paris("2026-10-27T00:00")
    outlook = recency(OwnCosts(ledger, prices), day("2026-10-26"), end)
    assert outlook is not None
    found = outlook(now)
    assert abs(found.cost - Decimal("2.4")) < Decimal("1e-20")


def test_tempo_estimate() -> None:
    """Known colours at their price, others by their chance."""
    prices = RegulatedPrices(bundled(), 9)
    ledger = Ledger()
    for number in range(1, 29):
        book(ledger, f"2026-10-{number:02}", {1: 5_000, 2: 20_000}, TEMPO)
    colours = Colours()
    forecast = TempoForecaster(colours, prices)
    costs = OwnCosts(ledger, prices)
    now, end = paris("2026-10-29T00:00"), paris("2026-11-01T00:00")
    for number, colour in ((29, Colour.BLUE), (30, Colour.WHITE), (31, Colour.BLUE)):
        colours.learn(day(f"2026-10-{number}"), colour, Source.RTE)
    outlook = forecast(costs, day("2026-10-29"), end)
    assert outlook is not None
    found = outlook(now)
    assert found.method == "tempo"
    blue = 5 * Decimal("0.1356") + 20 * Decimal("0.1654")
    white = 5 * Decimal("0.1536") + 20 * Decimal("0.1921")
    # The days weighed include that of no change: the clock changes on the 25th
    assert abs(found.cost - 2 * blue - white) < Decimal("0.05")
    guess = TempoForecaster(Colours(), prices)(costs, day("2026-10-29"), end)
    assert guess is not None
    unknown = guess(now)
    assert 3 * blue < unknown.cost < 3 * white
    assert unknown.spread > found.spread


def test_tempo_estimate_falls_back() -> None:
    """On another contract, or where a colour has no price."""
    forecast = TempoForecaster(Colours(), AUTUMN)
    now, end = paris("2026-10-11T00:00"), paris("2026-11-01T00:00")
    outlook = forecast(OwnCosts(autumn(), AUTUMN), day("2026-10-11"), end)
    assert outlook is not None
    found = outlook(now)
    assert found.method == "recency"


def long_ledger() -> Ledger:
    """Return 500 days, with a contract change and an index without price."""
    ledger = Ledger()
    first = day("2025-05-20")
    for number in range(500):
        one = first + timedelta(days=number)
        calendar = OFF_PEAK if number < 250 else TEMPO
        book(ledger, one.isoformat(), {1: 1000 + number, 2: 7 * number}, calendar)
        ledger.days[one].max_power = number
    ledger.epochs = [(first, OFF_PEAK), (first + timedelta(days=250), TEMPO)]
    return ledger


def test_folding_keeps_every_sum() -> None:
    """Of each month, of all time, of a year; later prices do not move what is folded."""
    prices = RegulatedPrices(bundled(), 9)
    ledger = long_ledger()
    now = paris("2026-10-02T00:00")
    first, last = last_twelve_months(now)
    months = [Month(2025, 5), Month(2025, 7), Month(2026, 8)]
    start = first_day(ledger)

    def sums() -> list[Any]:
        costs = OwnCosts(ledger, prices)
        each = [month_cost(costs, month, now) for month in months]
        return [
            lifetime(OwnCosts(ledger, prices)),
            period_cost(costs, first, last, now),
            period_cost(costs, Month(2025, 1), Month(2025, 12), now).full,
            *each,
        ]

    before = sums()
    assert fold(OwnCosts(ledger, prices), day("2026-10-02")) == [
        Month(2025, 5),
        Month(2025, 6),
        Month(2025, 7),
    ]
    assert fold(OwnCosts(ledger, prices), day("2026-10-02")) == []
    assert min(ledger.days) == day("2025-08-01")
    assert sums() == before
    assert first_day(ledger) == day("2025-05-01") <= start  # type: ignore[operator]
    again = Ledger.from_dict(ledger.as_dict())
    assert again.months == ledger.months
    assert ledger.months[Month(2025, 6)].max_power == 41
    key = Key(OFF_PEAK, 1)
    folded = sum(one.carries[key].cost for one in ledger.months.values())
    assert lifetime(OwnCosts(again, PriceList()))[key].cost == folded
    assert (first, last) == (Month(2025, 10), Month(2026, 9))


def test_row_in_a_folded_month() -> None:
    """Through a clock that was wrong: its energy is added when it is folded again."""
    prices = RegulatedPrices(bundled(), 9)
    ledger = long_ledger()
    fold(OwnCosts(ledger, prices), day("2026-10-02"))
    before = by_index(lifetime(OwnCosts(ledger, prices)))[1].wh
    book(ledger, "2025-06-03", {1: 10})
    assert fold(OwnCosts(ledger, prices), day("2026-10-02")) == [Month(2025, 6)]
    assert by_index(lifetime(OwnCosts(ledger, prices)))[1].wh == before + 10


def test_empty() -> None:
    """Nothing is known and nothing fails."""
    costs = OwnCosts(Ledger(), AUTUMN)
    assert first_day(costs.ledger) is None
    assert costs.subscription(day("2026-10-01")) is None
    found = month_cost(costs, OCTOBER, paris("2026-10-11T00:00"), recency)
    assert found.total == 0
    assert not found.complete


amounts = st.integers(0, 10**7)
prices_of = st.decimals(0, 2, places=7)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(amounts, amounts), min_size=1, max_size=10),
    prices_of,
    prices_of,
    st.integers(1, 1000),
)
def test_cost_is_linear(
    energy: list[tuple[int, int]], low: Decimal, high: Decimal, factor: int
) -> None:
    """In energy, exactly, and the sum of what each index costs."""
    prices = PriceList([period("2026-01-01", str(low), str(high), subscription="0")])

    def total(times: int) -> MonthCost:
        ledger = Ledger()
        for number, (off_peak, peak) in enumerate(energy, 1):
            book(
                ledger,
                f"2026-10-{number:02}",
                {1: off_peak * times, 2: peak * times},
            )
        return cost(ledger, "2026-10-31T00:00", prices, forecaster=None)

    once = total(1)
    assert total(factor).energy == once.energy * factor
    assert once.energy == sum(carry.cost for carry in once.carries.values())
    assert once.energy * 1000 == sum(one for one, _ in energy) * low + (
        sum(other for _, other in energy) * high
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(amounts, min_size=30, max_size=60), st.integers(0, 500))
def test_folding_changes_no_total(energy: list[int], later: int) -> None:
    """Whenever it happens."""
    ledger = Ledger()
    first = day("2025-01-17")
    for number, wh in enumerate(energy):
        book(ledger, (first + timedelta(days=number)).isoformat(), {2: wh})
    prices = RegulatedPrices(bundled(), 6)
    now = paris("2026-01-01T00:00") + timedelta(days=later)
    costs = OwnCosts(ledger, prices)
    months = (Month(2025, 1), Month(2025, 2), Month(2025, 3))

    def sums() -> list[Any]:
        year = period_cost(costs, Month(2025, 1), Month(2025, 12), now)
        each = [month_cost(costs, month, now) for month in months]
        return [
            *((one.energy, one.subscription, one.carries) for one in [year, *each]),
            lifetime(OwnCosts(ledger, prices)),
        ]

    before = sums()
    fold(OwnCosts(ledger, prices), now.date())
    assert sums() == before
    assert Flag.SPIKE not in {
        flag for row in ledger.days.values() for flag in row.flags
    }


def test_base() -> None:
    """One index."""
    ledger = Ledger()
    book(ledger, "2026-10-01", {1: 10_000}, BASE)
    found = cost(ledger, "2026-10-02T00:00", RegulatedPrices(bundled(), 6))
    assert found.energy == Decimal("2.001")
    assert found.subscription == Decimal("15.86")


def test_the_first_month_pays_from_its_first_day() -> None:
    """The subscription of days of which no energy is known is in no sum."""
    ledger = Ledger()
    for number in range(21, 24):
        book(ledger, f"2026-10-{number}", {1: 9_000, 2: 15_000})
    found = cost(ledger, "2026-10-24T00:00")
    assert abs(found.accrued - Decimal("15.86") * 3 / 31) < Decimal("1e-9")
    assert abs(found.subscription - Decimal("15.86") * 11 / 31) < Decimal("1e-9")
    assert not found.complete
    # The month after has all of it
    later = cost(ledger, "2026-12-01T00:00", month=Month(2026, 11))
    assert later.subscription == Decimal("15.86")


def test_days_sum_up_to_the_month() -> None:
    """Each with its part of the subscription, the day that is not over with less."""
    costs = OwnCosts(autumn(), AUTUMN)

    def total(text: str, now: str | None = None) -> Decimal | None:
        one = day(text)
        return day_total(costs, one, costs.day(one), paris(now) if now else None)

    days = [total(f"2026-10-{number:02}") for number in range(1, 10)]
    days.append(total("2026-10-10", "2026-10-10T18:00"))
    whole = sum((one for one in days if one is not None), Decimal(0))
    month = cost(costs.ledger, "2026-10-10T18:00")
    assert abs(whole - month.total) < Decimal("1e-9")
    # A day without energy is not known once it is over, and accrues until then
    assert total("2026-10-20") is None
    silent = total("2026-10-20", "2026-10-20T12:00")
    assert silent is not None
    assert abs(silent - Decimal("15.86") / 31 / 2) < Decimal("1e-9")


def test_a_day_that_had_a_peak_only_is_not_the_first() -> None:
    """The meter tells the greatest power of a day that nobody counted."""
    ledger = Ledger()
    feed(ledger, "2026-03-20T12:00", {1: 1000, 2: 1000})
    feed(ledger, "2026-03-20T13:00", {1: 1000, 2: 1500})
    ledger.days[day("2026-01-05")] = DayRow(max_power=5000)
    assert first_day(ledger) == day("2026-03-20")
