"""Prices that change by the quarter hour: booked, kept, and looked ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import BASE
from custom_components.linky_meter.linky_tic.costs.calendar.days import Month, day_of
from custom_components.linky_meter.linky_tic.costs.errors import (
    AbsurdPriceError,
    CorruptStoreError,
    NotANumberError,
    OfferError,
)
from custom_components.linky_meter.linky_tic.costs.estimate.contracts import (
    OwnContracts,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import (
    OwnCosts,
    first_day,
)
from custom_components.linky_meter.linky_tic.costs.estimate.dynamic import DynamicCosts
from custom_components.linky_meter.linky_tic.costs.estimate.month import month_cost
from custom_components.linky_meter.linky_tic.costs.estimate.totals import (
    by_index,
    fold,
    lifetime,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.quarters import (
    QUARTER,
    PricedEnergy,
    quarter_of,
)
from custom_components.linky_meter.linky_tic.costs.ledger.rows import Carry, Key
from custom_components.linky_meter.linky_tic.costs.ledger.samples import Booking
from custom_components.linky_meter.linky_tic.costs.plan.dynamic import DynamicContract
from custom_components.linky_meter.linky_tic.costs.plan.windows import cheapest
from custom_components.linky_meter.linky_tic.costs.prices.dynamic import (
    Formula,
    Told,
    told_ahead,
    told_price,
    unit_factor,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import Offer, Structure
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)

from .helpers import feed, paris

FRANCE = ZoneInfo("Europe/Paris")
DYNAMIC = "OFFER DYNAMIC"
FORMULA = Formula("spot", Decimal("0.0871"), Decimal("1.2"))
HELD = Formula("spot", Decimal("0.0871"), Decimal("1.2"), hold=True)
KEY = Key(DYNAMIC, 1)


def contract(formula: Formula = FORMULA, since: date = date(2026, 1, 1)) -> Offer:
    """Return a contract whose subscription is 14.20 € a month."""
    period = PricePeriod(DYNAMIC, since, {}, Decimal("14.20"))
    return Offer("spot", Structure.DYNAMIC, PriceList([period]), formula=formula)


def spot(number: int) -> Decimal:
    """Return a price of the market: a third leaves less than zero, taxes included."""
    return Decimal((number * 7919) % 600 - 280) / 1000


def used(number: int) -> int:
    """Return the Wh of a quarter hour; in some there are none."""
    return max((number * 37) % 900 - 100, 0)


def restarted(ledger: Ledger, energy: PricedEnergy) -> tuple[Ledger, PricedEnergy]:
    """Return what comes back after a restart: as JSON kept it."""
    kept: Any = json.loads(json.dumps([ledger.as_dict(), energy.as_dict()]))
    return Ledger.from_dict(kept[0]), PricedEnergy.from_dict(kept[1])


class Calculator:
    """A bill worked out by itself: each quarter hour's Wh times its price."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.by_day: dict[date, Fraction] = {}
        self.wh = 0

    def add(self, start: datetime, wh: int, price: Decimal) -> None:
        """Add a quarter hour: (price + 8.71 c) and 20 % VAT."""
        paid = (Fraction(price) + Fraction(871, 10_000)) * Fraction(6, 5)
        day = start.astimezone(FRANCE).date()
        self.by_day[day] = self.by_day.get(day, Fraction()) + paid * wh / 1000
        self.wh += wh

    def month(self, year: int, month: int) -> Fraction:
        """Return what the energy of a month costs."""
        return sum(
            (
                euros
                for day, euros in self.by_day.items()
                if (day.year, day.month) == (year, month)
            ),
            Fraction(),
        )


def quarters(first: str, end: str) -> Iterator[datetime]:
    """Yield the quarter hours between two French midnights."""
    at, last = paris(first).astimezone(UTC), paris(end).astimezone(UTC)
    while at < last:
        yield at
        at += QUARTER


def test_a_year_by_the_quarter_hour() -> None:
    """Hours, days, months and the sum of all are right, below zero and at both changes.

    With restarts, and prices that are away for hours: then energy waits, and is priced
    when they come back.
    """
    ledger, energy, bill = Ledger(), PricedEnergy(), Calculator()
    index = 1_000_000
    first = paris("2026-03-01T00:00")
    feed(ledger, first, {1: index}, BASE)
    energy.book([])
    offer = contract()
    costs = DynamicCosts(offer, ledger, energy)
    waiting: list[tuple[datetime, int]] = []
    negative = 0
    for number, start in enumerate(quarters("2026-03-01T00:00", "2027-03-01T00:00")):
        price, wh = spot(number), used(number)
        # For three hours each tenth day nobody tells a price
        away = number % 960 in range(100, 112)
        if number % 311 == 0:
            ledger, energy = restarted(ledger, energy)
            costs = DynamicCosts(offer, ledger, energy)
        if away:
            energy.now = None
        else:
            energy.now = price
            energy.tell(start + timedelta(seconds=4), price)
        if number % 960 == 112:
            for at, waited in waiting:
                bill.add(at, waited, price)
            waiting.clear()
        index += wh
        fed = feed(ledger, start + QUARTER, {1: index}, BASE)
        energy.book(fed.bookings)
        energy.settle(start + QUARTER, hold=False)
        if away:
            waiting.append((start, wh))
        else:
            bill.add(start, wh, price)
            negative += price < Decimal("-0.0871") and wh > 0
        if start.minute != 45 or waiting:
            continue
        # At the end of each hour: so each hour costs what it should
        cost = costs.day(day_of(start))
        assert cost is not None
        assert Fraction(cost.expected) == bill.by_day[day_of(start)]
    assert len(bill.by_day) == 365
    assert negative > 5000
    assert not energy.waiting
    for day, euros in bill.by_day.items():
        cost = costs.day(day)
        assert cost is not None
        assert Fraction(cost.expected) == euros, day
        assert cost.low == cost.high == cost.expected
        assert not cost.unpriced
        assert cost.complete
    own = OwnContracts(OwnCosts(ledger, PriceList()), {date(2026, 1, 1): costs})
    month = Month(2026, 3)
    while month <= Month(2027, 2):
        found = month_cost(own, month, month.end)
        assert Fraction(found.energy) == bill.month(month.year, month.number), month
        assert found.full == found.energy + Decimal("14.20")
        assert found.complete
        assert not found.unpriced
        month = month.next
    (total,) = by_index(lifetime(own)).values()
    assert (total.wh, total.unpriced) == (bill.wh, 0)
    assert Fraction(total.cost) == sum(bill.by_day.values(), Fraction())
    # Months that are folded later keep it
    later = date(2028, 6, 1)
    fold(own, later)
    energy.trim(later)
    assert not energy.days
    (folded,) = by_index(lifetime(own)).values()
    assert folded == total


def booking(start: datetime, end: datetime, wh: int) -> Booking:
    """Return energy that was counted between two moments."""
    return Booking(start, end, Key(BASE, 1), wh)


def test_a_reading_that_lies_across_quarter_hours() -> None:
    """Its energy is shared by time; a gap as well."""
    energy, at = PricedEnergy(), paris("2026-10-25T00:00").astimezone(UTC)
    energy.book([booking(at + timedelta(minutes=14), at + timedelta(minutes=16), 60)])
    assert energy.waiting == {at: 30, at + QUARTER: 30}
    energy = PricedEnergy()
    # 25 hours of a day on which clocks go back
    energy.book([booking(at, at + timedelta(hours=25), 100 * 100)])
    assert list(energy.waiting.values()) == [100] * 100
    assert {day_of(one) for one in energy.waiting} == {date(2026, 10, 25)}
    # At one moment alone
    energy = PricedEnergy()
    energy.book([booking(at, at, 5)])
    assert energy.waiting == {at - QUARTER: 5}


def test_the_last_price_of_a_quarter_hour_holds() -> None:
    """A market's sensor may be some seconds late, or correct itself."""
    energy, at = PricedEnergy(), paris("2026-06-01T12:00").astimezone(UTC)
    energy.tell(at + timedelta(seconds=2), Decimal("0.1"))
    energy.tell(at + timedelta(seconds=40), Decimal("0.3"))
    energy.book([booking(at, at + timedelta(minutes=5), 1000)])
    # Not over, and shown at what is told so far
    assert not energy.settle(at + timedelta(minutes=5), hold=False)
    priced, waits = energy.day(date(2026, 6, 1))
    assert (priced.wh, priced.value, waits) == (1000, Decimal(300), 0)
    energy.tell(at + QUARTER, Decimal("-0.2"))
    assert energy.settle(at + QUARTER, hold=False) == {date(2026, 6, 1)}
    assert energy.days[date(2026, 6, 1)].value == Decimal(300)
    # Energy that is booked late finds the price of its time
    energy.book([booking(at, at + timedelta(minutes=5), 10)])
    energy.settle(at + QUARTER, hold=False)
    assert energy.days[date(2026, 6, 1)].value == Decimal(303)


def test_the_last_price_may_go_on() -> None:
    """If the user chose so, also over a restart; else energy waits."""
    at = paris("2026-06-01T12:00").astimezone(UTC)
    for hold in (True, False):
        energy = PricedEnergy()
        energy.tell(at, Decimal("0.1"))
        energy = PricedEnergy.from_dict(json.loads(json.dumps(energy.as_dict())))
        energy.book([booking(at, at + timedelta(hours=3), 3000)])
        energy.settle(at + timedelta(hours=3), hold=hold)
        priced, waits = energy.day(date(2026, 6, 1))
        assert waits == (0 if hold else 2750)
        assert priced.value == priced.wh * Decimal("0.1")
        # Then the price is told again
        energy.tell(at + timedelta(hours=3), Decimal("0.5"))
        energy.now = Decimal("0.5")
        energy.settle(at + timedelta(hours=3), hold=hold)
        priced, waits = energy.day(date(2026, 6, 1))
        assert (priced.wh, waits) == (3000, 0)
        assert priced.value == (300 if hold else 25 + 2750 * Decimal("0.5"))


def test_a_list_of_prices_serves_for_what_waits() -> None:
    """Better than any other price: it is that quarter hour's own."""
    energy, at = PricedEnergy(), paris("2026-06-01T12:00").astimezone(UTC)
    energy.ahead = [
        Told(at + n * QUARTER, at + (n + 1) * QUARTER, Decimal(n) / 10)
        for n in range(4)
    ]
    energy.now = Decimal(9)
    energy.book([booking(at, at + timedelta(hours=1), 400)])
    energy.settle(at + timedelta(hours=1), hold=False)
    assert energy.days[date(2026, 6, 1)].value == Decimal(60)


def test_what_is_not_priced_has_no_price() -> None:
    """Energy from before the contract began, or that waits, is told as such."""
    ledger, energy = Ledger(), PricedEnergy()
    offer = contract(HELD)
    costs = DynamicCosts(offer, ledger, energy)
    at = paris("2026-06-01T12:00").astimezone(UTC)
    today = date(2026, 6, 1)
    assert costs.day(today) is None
    assert first_day(costs.ledger) is None
    ledger.backfill(today, BASE, {1: 5000})
    cost = costs.day(today)
    assert cost is not None
    assert (cost.unpriced, cost.expected) == (5000, Decimal(0))
    assert cost.carries()[KEY] == Carry(5000, Decimal(0), 5000)
    assert costs.price(today, 1) is None
    energy.tell(at, Decimal("0.05"))
    energy.book([booking(at, at + QUARTER, 1000)])
    cost = costs.day(today)
    assert cost is not None
    assert (cost.unpriced, cost.expected) == (4000, Decimal("0.16452"))
    # Of a day that is not today, the average
    quote = costs.price(today, 1)
    assert quote is not None
    assert quote.value == Decimal("0.164520")
    energy.quarter = quarter_of(at)
    assert costs.price(today, 1) == quote
    energy.now = Decimal("-0.2")
    quote = costs.price(today, 1)
    assert quote is not None
    assert quote.value == Decimal("-0.135480")
    assert costs.price(today, 2) is None
    assert costs.index_at(at) == 1
    assert costs.folded(today) is None
    subscription = costs.subscription(today)
    assert subscription is not None
    assert subscription.value == Decimal("14.20")
    energy.now = None
    costs = DynamicCosts(contract(), ledger, energy)
    assert costs.price(today, 1) is None


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("€/kWh", "1"),
        ("EUR / kWh", "1"),
        ("c€/kWh", "0.01"),
        ("ct/kWh", "0.01"),
        ("Cent/kWh", "0.01"),
        ("€/MWh", "0.001"),
        ("EUR/MWh", "0.001"),
        ("SEK/kWh", None),
        ("kWh", None),
        (None, None),
    ],
)
def test_units(unit: str | None, factor: str | None) -> None:
    """What is no price in euros is refused, not guessed."""
    assert unit_factor(unit) == (None if factor is None else Decimal(factor))


def test_what_is_told() -> None:
    """Numbers only, and none that no market can have."""
    assert told_price("-12.5", Decimal("0.001")) == Decimal("-0.0125")
    for text in ("unknown", "", "nan", "inf"):
        with pytest.raises(NotANumberError):
            told_price(text, Decimal(1))
    with pytest.raises(AbsurdPriceError):
        told_price("85", Decimal(1))


def test_lists_of_prices() -> None:
    """Three integrations list what is known, each in its way; the rest is left out."""
    start = paris("2026-06-01T12:00")
    hour = timedelta(hours=1)
    rows = [{"start": start + n * hour, "end": start + (n + 1) * hour} for n in (0, 1)]
    nordpool = {
        "raw_today": [rows[0] | {"value": 8.5}, rows[1] | {"value": None}, "x"],
        "raw_tomorrow": None,
    }
    (one,) = told_ahead(nordpool, Decimal("0.01"))
    assert one == (start, start + hour, Decimal("0.085"))
    entsoe = {
        "prices": [
            {"time": "2026-06-01 13:00:00+02:00", "price": -0.02},
            {"time": "2026-06-01 12:00:00+02:00", "price": 0.1},
            {"time": "2026-06-01 14:00:00", "price": 0.3},
        ]
    }
    assert told_ahead(entsoe, Decimal(1)) == (
        (start, start + hour, Decimal("0.1")),
        (start + hour, start + 2 * hour, Decimal("-0.02")),
    )
    epex = {
        "data": [
            {
                "start_time": start.isoformat(),
                "end_time": (start + QUARTER).isoformat(),
                "price_per_kwh": 0.12,
            }
        ]
    }
    # Its list is in euros per kWh whatever the entity shows
    assert told_ahead(epex, Decimal("0.001")) == (
        (start, start + QUARTER, Decimal("0.12")),
    )
    assert told_ahead({"prices": 3}, Decimal(1)) == ()
    assert told_ahead({"prices": [entsoe["prices"][0]]}, Decimal(1)) == ()


def test_prices_ahead() -> None:
    """Those listed, and the present one until its quarter hour is over; no more."""
    at = paris("2026-06-01T12:05").astimezone(UTC)
    quarter = quarter_of(at)
    assert quarter == paris("2026-06-01T12:00")
    hour = timedelta(hours=1)
    offer = contract()

    def ahead(*told: Told, price: Decimal | None) -> DynamicContract:
        return DynamicContract(
            *(DYNAMIC, offer.prices),
            formula=FORMULA,
            told=told,
            now=at,
            price=price,
        )

    only_now = ahead(price=Decimal("0.1"))
    slots = list(only_now.slots(at, at + hour))
    assert [(slot.start, slot.end, slot.price) for slot in slots] == [
        (at, quarter + QUARTER, Decimal("0.22452")),
        (quarter + QUARTER, at + hour, None),
    ]
    assert all(slot.index == 1 and slot.likely == slot.price for slot in slots)
    assert only_now.tariff(1) == "all_hours"
    assert cheapest(slots, hour) is None
    listed = ahead(
        Told(quarter, quarter + QUARTER, Decimal(1)),
        Told(quarter + QUARTER, quarter + 2 * QUARTER, Decimal("0.1")),
        Told(quarter + 3 * QUARTER, quarter + 4 * QUARTER, Decimal("-0.2")),
        price=Decimal("0.1"),
    )
    slots = list(listed.slots(at - hour, at + hour))
    assert [(slot.end, slot.price) for slot in slots] == [
        (quarter, None),
        # What is told now wins over the list, and equal prices are one stretch
        (quarter + 2 * QUARTER, Decimal("0.22452")),
        (quarter + 3 * QUARTER, None),
        (quarter + 4 * QUARTER, Decimal("-0.13548")),
        (at + hour, None),
    ]
    assert slots[0].start == at - hour
    plan = cheapest(slots, QUARTER)
    assert plan is not None
    assert plan.pieces[0].start == quarter + 3 * QUARTER
    away = list(ahead(price=None).slots(at, at + hour))
    assert [(slot.end, slot.price) for slot in away] == [(at + hour, None)]
    assert list(listed.slots(at, at)) == []


def test_a_contract_is_kept_and_read() -> None:
    """Exactly; one without a formula, or with one that cannot be, is refused."""
    offer = contract(HELD)
    kept = json.loads(json.dumps(offer.as_dict()))
    assert Offer.from_dict(kept) == offer
    assert offer.indexes == (1,)
    assert offer.schedules() == ()
    del kept["formula"]
    with pytest.raises(OfferError):
        Offer.from_dict(kept)
    with pytest.raises(OfferError):
        Offer.from_dict(kept | {"formula": {"source": "x"}})
    for bad in (
        {"source": ""},
        {"addend": Decimal(2)},
        {"factor": Decimal(0)},
        {"factor": Decimal(4)},
    ):
        with pytest.raises(OfferError):
            Formula(**{"source": "x"} | bad)


def test_what_cannot_be_read_is_refused() -> None:
    """So that the store starts anew with it, and keeps the rest."""
    for bad in ({}, {"days": {"x": [1, "2"]}, "waiting": {}, "seen": {}, "last": None}):
        with pytest.raises(CorruptStoreError):
            PricedEnergy.from_dict(bad)


def test_the_present_quarter_hour_costs_at_once() -> None:
    """Before its own price is taken for sure, the one that is shown serves."""
    energy, at = PricedEnergy(), paris("2026-06-01T12:00").astimezone(UTC)
    energy.now, energy.quarter = Decimal("0.1"), at
    energy.book([booking(at, at + timedelta(seconds=30), 10)])
    priced, waits = energy.day(date(2026, 6, 1))
    assert (priced.wh, priced.value, waits) == (10, Decimal(1), 0)
    assert energy.present(hold=False) == Decimal("0.1")
    energy.now, energy.last = None, Decimal("0.2")
    _, waits = energy.day(date(2026, 6, 1))
    assert waits == 10
    assert energy.present(hold=False) is None
    assert energy.present(hold=True) == Decimal("0.2")
