"""Dated price lists."""

from decimal import Decimal
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.costs import errors
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    OFF_PEAK,
    TEMPO,
    calendar_key,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import held
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceBook,
    PriceList,
    PricePeriod,
    PricesByPower,
    parse_amount,
)
from custom_components.linky_meter.linky_tic.costs.prices.regulated import (
    RegulatedPrices,
    bundled,
)
from tests.costs.helpers import AUTUMN, day, period


def test_one_calendar_one_key() -> None:
    """Whatever the mode and padding."""
    assert calendar_key(" H PLEINE/CREUSE ") == calendar_key("HC..") == OFF_PEAK
    assert calendar_key("off_peak") == OFF_PEAK
    assert calendar_key("BBR(") == calendar_key("Tempo") == TEMPO
    assert calendar_key("Zen Flex") == calendar_key("  ZEN  FLEX ") == "ZEN FLEX"
    assert calendar_key("") == ""


def test_price_in_force() -> None:
    """The last period that has begun."""
    quote = AUTUMN.price(day("2026-07-31"), OFF_PEAK, 2)
    assert quote is not None
    assert (quote.value, quote.since) == (Decimal("0.2065"), day("2026-02-01"))
    later = AUTUMN.price(day("2026-08-01"), OFF_PEAK, 2)
    assert later is not None
    assert later.value == Decimal("0.2142")
    assert AUTUMN.price(day("2026-01-31"), OFF_PEAK, 2) is None
    assert AUTUMN.price(day("2026-08-01"), OFF_PEAK, 3) is None
    assert AUTUMN.price(day("2026-08-01"), BASE, 1) is None
    assert AUTUMN.subscription(day("2026-01-31"), OFF_PEAK) is None


def test_end_is_inclusive() -> None:
    """And after it nothing is known."""
    prices = PriceList([period("2026-01-01", "0.2", end=day("2026-01-31"))])
    assert prices.price(day("2026-01-31"), OFF_PEAK, 1)
    assert prices.price(day("2026-02-01"), OFF_PEAK, 1) is None
    assert prices.subscription(day("2026-01-31"), OFF_PEAK) is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prices": {1: "-0.01"}}, errors.NegativePriceError),
        ({"prices": {1: "20.01"}}, errors.AbsurdPriceError),
        ({"prices": {1: "nan"}}, errors.NotANumberError),
        ({"prices": {1: "inf"}}, errors.NotANumberError),
        ({"prices": {1: "1.2.3"}}, errors.NotANumberError),
        ({"prices": {0: "0.2"}}, errors.UnknownIndexError),
        ({"prices": {11: "0.2"}}, errors.UnknownIndexError),
        ({"prices": {}}, errors.EmptyPeriodError),
        ({"subscription": "190.81"}, errors.AbsurdPriceError),
        ({"subscription": "-1"}, errors.NegativePriceError),
        ({"end": "2025-12-31"}, errors.PeriodError),
        ({"start": "1989-01-01"}, errors.PeriodError),
        ({"start": "01/01/2026"}, errors.PeriodError),
        ({"start": None}, errors.PeriodError),
        ({"prices": None}, errors.PeriodError),
        ({"prices": {"x": "0.2"}}, errors.PeriodError),
    ],
)
def test_bad_periods(changes: dict[str, Any], error: type[Exception]) -> None:
    """Each has its own error."""
    data = {"calendar": BASE, "start": "2026-01-01", "prices": {"1": "0.2"}}
    assert PricePeriod.from_dict(data).prices == {1: Decimal("0.2")}
    with pytest.raises(error) as raised:
        PricePeriod.from_dict(data | changes)
    assert type(raised.value) is error
    assert isinstance(raised.value, errors.PriceError)


def test_amounts_as_typed() -> None:
    """A French comma, a float of a form, nothing to pay."""
    assert parse_amount(" 0,2001 ") == parse_amount(0.2001) == Decimal("0.2001")
    free = PricePeriod(BASE, day("2026-01-01"), {1: Decimal(0)}, Decimal(0))
    assert free.prices == {1: 0}


def test_overlaps() -> None:
    """Open periods end at the next one; others may not hold the same day."""
    first = period("2026-01-01", "0.2")
    with pytest.raises(errors.OverlapError):
        PriceList([first, period("2026-01-01", "0.3")])
    closed = period("2026-01-01", "0.2", end=day("2026-03-01"))
    with pytest.raises(errors.OverlapError) as raised:
        PriceList([closed, period("2026-03-01", "0.3")])
    assert raised.value.day == day("2026-03-01")
    PriceList([closed, period("2026-03-01", "0.3", calendar=BASE)])
    with pytest.raises(errors.OverlapError):
        PriceList([first]).adding(period("2026-01-01", "0.3"))


def test_editing() -> None:
    """Add, change, remove, and put in force whatever was there."""
    old, new = period("2026-01-01", "0.2"), period("2026-02-01", "0.3")
    prices = PriceList([old]).adding(new)
    assert prices.replacing(old, None).periods == (new,)
    assert prices.replacing(new, period("2026-03-01", "0.3")).periods[1].start == day(
        "2026-03-01"
    )
    other = period("2026-01-01", "0.1", calendar=BASE)
    closed = period("2026-01-01", "0.2", end=day("2026-12-31"))
    found = PriceList([closed, other]).starting(new)
    assert found.periods == (
        other,
        period("2026-01-01", "0.2", end=day("2026-01-31")),
        new,
    )
    again = found.starting(period("2026-02-01", "0.4"))
    assert len(again.periods) == 3
    assert PriceList.from_list(again.as_list()) == again


def test_what_was_typed_wins() -> None:
    """For what it covers; the rest comes from the next list."""
    typed = PriceList([period("2026-10-01", "0.15", end=day("2026-10-31"))])
    book = PriceBook([typed, AUTUMN])
    values = [
        quote.value
        for when, index in (("2026-10-31", 1), ("2026-10-31", 2), ("2026-11-01", 1))
        if (quote := book.price(day(when), OFF_PEAK, index))
    ]
    assert values == [Decimal("0.15"), Decimal("0.2142"), Decimal("0.1589")]
    monthly = book.subscription(day("2026-10-01"), OFF_PEAK)
    assert monthly is not None
    assert monthly.value == Decimal("15.86")
    assert book.price(day("2026-10-01"), TEMPO, 1) is None
    assert book.subscription(day("2026-10-01"), TEMPO) is None


def test_prices_of_the_power_of_then() -> None:
    """A change of power moves no day before it."""
    powers = [(day("2026-03-01"), 9), (day("2026-09-01"), 6)]
    prices = PricesByPower(powers, lambda power: RegulatedPrices(bundled(), power))
    for on, power in (("2026-01-15", 9), ("2026-08-31", 9), ("2026-09-01", 6)):
        one, known = day(on), RegulatedPrices(bundled(), power)
        assert held(powers, one) == power
        assert prices.price(one, BASE, 1) == known.price(one, BASE, 1)
        assert prices.subscription(one, BASE) == known.subscription(one, BASE)
    assert held([], day("2026-01-15")) is None
