"""Days of a file in the ledger: sums to the Wh, prices to the cent, taken out again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    EJP,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    Month,
    day_of,
    days_between,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
    may_be_red,
)
from custom_components.linky_meter.linky_tic.costs.enedis.booking import (
    UNSORTED,
    began_on,
    book_days,
    sort_days,
    take_out,
)
from custom_components.linky_meter.linky_tic.costs.enedis.energy import MeterEnergy
from custom_components.linky_meter.linky_tic.costs.enedis.file import read_file
from custom_components.linky_meter.linky_tic.costs.estimate.compare import OfferCosts
from custom_components.linky_meter.linky_tic.costs.estimate.daily import OwnCosts
from custom_components.linky_meter.linky_tic.costs.estimate.month import period_cost
from custom_components.linky_meter.linky_tic.costs.estimate.totals import fold, lifetime
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import Flag
from custom_components.linky_meter.linky_tic.costs.ledger.samples import Sample
from custom_components.linky_meter.linky_tic.costs.ledger.virtual import (
    VirtualRegisters,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import (
    NIGHT_SCHEDULE,
    Offer,
    Structure,
)
from custom_components.linky_meter.linky_tic.costs.prices.prices import PriceList
from custom_components.linky_meter.linky_tic.costs.prices.regulated import bundled
from tests.costs.helpers import period

from .enedis import curve, halves, text

FIRST, BEGAN = date(2025, 10, 1), date(2026, 11, 5)
YEAR = Month(2025, 11), Month(2026, 10)
COLOURS = Colours()
for _day in days_between(FIRST - DAY, BEGAN):
    _red = may_be_red(_day) and _day.day % 7 == 0
    COLOURS.learn_all({_day: Colour.RED if _red else Colour.BLUE}, Source.RTE)


@pytest.fixture(scope="module")
def energy() -> MeterEnergy:
    """Return thirteen months of a household, read from a file."""
    [meter] = read_file(text(curve(FIRST, BEGAN + 2 * DAY))).meters.values()
    return meter


def begun(calendar: str) -> Ledger:
    """Return a ledger that began on a morning."""
    ledger = Ledger()
    at = midnight(BEGAN) + timedelta(hours=9)
    ledger.feed(Sample(at, calendar, {1: 1000, 2: 1000}))
    ledger.feed(Sample(at + timedelta(minutes=1), calendar, {1: 1010, 2: 1000}))
    return ledger


def at_night(at: datetime) -> bool:
    """Return whether the night's off-peak hours hold."""
    return not 6 <= at.astimezone(PARIS).hour < 22


def by_hand(price: dict[str, str], calendar: str) -> Decimal:
    """Return what the year's energy costs, half hour by half hour."""
    cost = Decimal(0)
    for at, power in halves(YEAR[0].first, YEAR[1].next.first):
        name = "night" if at_night(at) else "day"
        if calendar == TEMPO:
            begun = day_of(at - timedelta(hours=6))
            name = f"{'red' if may_be_red(begun) and begun.day % 7 == 0 else 'blue'}_{name}"
        cost += Decimal(power) / 2000 * Decimal(price[name])
    return cost


OFFERS = {
    BASE: (
        Offer(
            "b", Structure.BASE, PriceList([period("2020-01-01", "0.2", calendar=BASE)])
        ),
        {"night": "0.2", "day": "0.2"},
    ),
    OFF_PEAK: (
        Offer(
            "o", Structure.OFF_PEAK, PriceList([period("2020-01-01", "0.15", "0.21")])
        ),
        {"night": "0.15", "day": "0.21"},
    ),
    TEMPO: (
        Offer(
            "t",
            Structure.TEMPO,
            PriceList(
                [
                    period(
                        "2020-01-01",
                        "0.13",
                        "0.16",
                        "0.15",
                        "0.19",
                        "0.16",
                        "0.73",
                        calendar=TEMPO,
                    )
                ]
            ),
        ),
        {
            "blue_night": "0.13",
            "blue_day": "0.16",
            "red_night": "0.16",
            "red_day": "0.73",
        },
    ),
}


@pytest.mark.parametrize("own", [BASE, OFF_PEAK, TEMPO])
def test_a_year_at_once(energy: MeterEnergy, own: str) -> None:
    """Offers and one's own contract cost what they do by hand, whichever is one's own."""
    ledger, registers = begun(own), VirtualRegisters()
    registers.want(offer.sorting() for offer, _ in OFFERS.values())
    days = book_days(
        ledger,
        registers,
        energy,
        end=BEGAN,
        calendar=own,
        colours=COLOURS,
        own=NIGHT_SCHEDULE,
    )
    assert len(days) == 400
    now = midnight(BEGAN)
    for calendar, (offer, price) in OFFERS.items():
        prices = offer.price_list(bundled())
        found = period_cost(
            OfferCosts(offer, prices, ledger, registers, COLOURS), *YEAR, now
        )
        assert abs(found.energy - by_hand(price, calendar)) < Decimal("0.01")
        assert found.complete
        assert found.energy_low == found.energy_high
        if calendar == own:
            mine = period_cost(OwnCosts(ledger, prices), *YEAR, now)
            assert abs(mine.energy - by_hand(price, calendar)) < Decimal("0.01")
            assert not mine.unpriced


def test_what_cannot_be_sorted(energy: MeterEnergy) -> None:
    """Without hours of one's own energy has no price, and offers have theirs."""
    ledger, registers = begun(EJP), VirtualRegisters()
    book_days(ledger, registers, energy, end=BEGAN, calendar=EJP, colours=Colours())
    assert {key for row in list(ledger.days.values())[1:] for key in row.energy} == {
        UNSORTED
    }
    offer, price = OFFERS[BASE]
    costs = OfferCosts(offer, offer.prices, ledger, registers, COLOURS)
    found = period_cost(costs, *YEAR, midnight(BEGAN))
    assert abs(found.energy - by_hand(price, BASE)) < Decimal("0.01")
    # An offer that comes later sorts what is not sorted yet
    offer, price = OFFERS[OFF_PEAK]
    registers.want([offer.sorting()])
    sort_days(ledger, registers, energy)
    costs = OfferCosts(offer, offer.prices, ledger, registers, COLOURS)
    found = period_cost(costs, *YEAR, midnight(BEGAN))
    assert abs(found.energy - by_hand(price, OFF_PEAK)) < Decimal("0.01")
    # Colours that nobody knows leave a part of Tempo without an index
    ledger = begun(TEMPO)
    july = Colours()
    july.learn_all({date(2026, 7, 1): Colour.BLUE}, Source.RTE)
    book_days(ledger, registers, energy, end=BEGAN, calendar=TEMPO, colours=july)
    assert set(ledger.days[date(2026, 1, 6)].energy) == {UNSORTED}


def test_days_only() -> None:
    """Sums of days serve what needs no hour, and show how unsure the others are."""
    lines = ["Date;Valeur (en kWh)"]
    lines += [f"{day:%d/%m/%Y};10" for day in days_between(FIRST, BEGAN)]
    [daily] = read_file(text(lines)).meters.values()
    ledger, registers = begun(OFF_PEAK), VirtualRegisters()
    offer, _ = OFFERS[OFF_PEAK]
    registers.want([NIGHT_SCHEDULE])
    book_days(
        ledger,
        registers,
        daily,
        end=BEGAN,
        calendar=OFF_PEAK,
        colours=COLOURS,
        own=NIGHT_SCHEDULE,
    )
    row = ledger.days[BEGAN - DAY]
    assert row.energy == {UNSORTED: 10_000}
    costs = OfferCosts(offer, offer.prices, ledger, registers, COLOURS)
    found = period_cost(costs, *YEAR, midnight(BEGAN))
    assert (found.energy_low, found.energy_high) == (Decimal("547.5"), Decimal("766.5"))


def test_registers() -> None:
    """The registers in a file tell what each index counted, to the Wh."""
    lines = [
        "Identifiant PRM;Unite",
        "1;Wh",
        "Horodate;Type de releve;EAS F1;EAS F2;EAS T",
    ]
    at = midnight(date(2026, 10, 1))
    for n in range(10):
        peak = 700 * n if n < 8 else 700 * n - 900
        lines.append(
            f"{at + n * DAY:%Y-%m-%dT%H:%M:%S}+00:00;x;{300 * n};{peak};{1000 * n}"
        )
    [energy] = read_file(text(lines)).meters.values()
    ledger, registers = begun(OFF_PEAK), VirtualRegisters()
    days = book_days(
        ledger, registers, energy, end=BEGAN, calendar=OFF_PEAK, colours=COLOURS
    )
    assert len(days) == 9
    found = {
        day.day: {key.index: wh for key, wh in ledger.days[day].energy.items()}
        for day in days
    }
    assert found[1] == {1: 300, 2: 700}
    assert found[8] == {1: 1000}  # the registers contradict their total
    assert Flag.IMPORTED in ledger.days[days[0]].flags


def test_own_days_stay(energy: MeterEnergy) -> None:
    """What the ledger counted itself stays, and all of the file can be taken out."""
    ledger, registers = begun(BASE), VirtualRegisters()
    ledger.backfill(date(2026, 10, 9), BASE, {1: 5})
    registers.want([NIGHT_SCHEDULE])
    before = ledger.as_dict()["days"]
    prices = PriceList([period("2020-01-01", "0.2", calendar=BASE)])
    whole = lifetime(OwnCosts(ledger, prices))
    days = book_days(
        ledger, registers, energy, end=BEGAN, calendar=BASE, colours=COLOURS
    )
    assert date(2026, 10, 9) not in days
    assert lifetime(OwnCosts(ledger, prices)) == whole
    again = Ledger.from_dict(ledger.as_dict())
    assert again.days == ledger.days
    assert (
        book_days(again, registers, energy, end=BEGAN, calendar=BASE, colours=COLOURS)
        == []
    )
    # Months that are folded leave no trace in what all time cost
    later = BEGAN + timedelta(days=500)
    fold(OwnCosts(again, prices), later)
    assert lifetime(OwnCosts(again, prices)) == whole
    assert take_out(ledger, registers) == 399
    assert ledger.as_dict()["days"] == before
    assert registers.days == {NIGHT_SCHEDULE.key: {}}


def test_began_on(energy: MeterEnergy) -> None:
    """A ledger of an earlier version tells it by its first day of its own."""
    assert began_on(Ledger()) is None
    ledger = begun(BASE)
    assert began_on(ledger) == BEGAN
    ledger.feed(Sample(midnight(BEGAN) + timedelta(hours=10), BASE, {1: 1100, 2: 1000}))
    ledger.began = None
    book_days(
        ledger,
        VirtualRegisters(),
        energy,
        end=BEGAN,
        calendar=BASE,
        colours=COLOURS,
    )
    assert min(ledger.days) < BEGAN
    assert began_on(ledger) == BEGAN


def test_nothing_before(energy: MeterEnergy) -> None:
    """Rows before a file ends are none where it has nothing whole."""
    ledger, registers = begun(BASE), VirtualRegisters()
    assert not book_days(
        ledger, registers, MeterEnergy(), end=BEGAN, calendar=BASE, colours=COLOURS
    )
