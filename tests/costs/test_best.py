"""The best contract of a year, and the power to subscribe."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
import random

import pytest

from custom_components.linky_meter.linky_tic.costs.book.book import CostBook
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    Month,
    length,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
    may_be_red,
    season_days,
)
from custom_components.linky_meter.linky_tic.costs.estimate.adviser import (
    Advice,
    advise,
    sold_powers,
    trips,
)
from custom_components.linky_meter.linky_tic.costs.estimate.best import (
    REGULATED,
    Judgement,
    judge,
    regulated_contracts,
    saving_of_power,
    year_cost,
)
from custom_components.linky_meter.linky_tic.costs.estimate.compare import OfferCosts
from custom_components.linky_meter.linky_tic.costs.estimate.daily import OwnCosts
from custom_components.linky_meter.linky_tic.costs.estimate.month import period_cost
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.ledger.virtual import (
    VirtualRegisters,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import TEMPO_SCHEDULE
from custom_components.linky_meter.linky_tic.costs.prices.prices import PriceList
from custom_components.linky_meter.linky_tic.costs.prices.regulated import (
    RegulatedPrices,
    bundled,
)

from .helpers import day

TODAY = day("2026-11-01")
OWN = RegulatedPrices(bundled(), 6)


def house(days: int = 365, calendar: str = OFF_PEAK) -> Ledger:
    """Return a year of days: 6 kWh off-peak, 9 kWh peak."""
    ledger = Ledger(epochs=[(TODAY - days * DAY, calendar)])
    for ago in range(1, days + 1):
        one = TODAY - ago * DAY
        ledger.days[one] = DayRow(
            {Key(calendar, 1): 6_000, Key(calendar, 2): 9_000}, covered=length(one)
        )
    return ledger


def sorted_by_tempo(ledger: Ledger) -> VirtualRegisters:
    """Return registers that know when the energy was used."""
    registers = VirtualRegisters()
    registers.want([TEMPO_SCHEDULE])
    for one in ledger.days:
        registers.days[TEMPO_SCHEDULE.key][one] = {1: 4_500, 2: 9_000, 3: 1_500}
    return registers


def colours() -> Colours:
    """Return all colours of a year: the coldest 22 working days red, 43 white."""
    found, red, white = Colours(), 22, 43
    for ago in range(367, 0, -1):
        one = TODAY - ago * DAY
        colour = Colour.BLUE
        if may_be_red(one) and one.month in {12, 1} and red:
            colour, red = Colour.RED, red - 1
        elif one.month in {2, 3} and one.weekday() != 6 and white:
            colour, white = Colour.WHITE, white - 1
        found.learn(one, colour, Source.RTE)
    return found


def judged(ledger: Ledger, known: Colours, powers: tuple[int, ...] = (6,)) -> Judgement:
    """Return all contracts beside one's own, regulated off-peak at 6 kVA."""
    like = OfferCosts(REGULATED[0], OWN, ledger, sorted_by_tempo(ledger), known)
    regulated = regulated_contracts(like, bundled(), powers, TODAY)
    return judge(OwnCosts(ledger, OWN), {}, regulated, TODAY, len(ledger.days))


def test_a_year_to_the_cent() -> None:
    """At the prices of the last day, against a calculator of this test's own."""
    ledger, known = house(), colours()
    found = judged(ledger, known)
    assert found.enough
    costs = {(one.name, one.power): one.cost for one in found.contracts}
    own = Decimal(365) * (6 * Decimal("0.1589") + 9 * Decimal("0.2142")) + 12 * Decimal(
        "15.86"
    )
    base = 365 * 15 * Decimal("0.2001") + 12 * Decimal("15.86")
    off_peak = dict(
        zip(Colour, map(Decimal, ("0.1356", "0.1536", "0.1615")), strict=True)
    )
    peak = dict(zip(Colour, map(Decimal, ("0.1654", "0.1921", "0.7295")), strict=True))
    tempo = 12 * Decimal("15.80")
    for one in ledger.days:
        now, before = known.get(one), known.get(one - DAY)
        assert now is not None
        assert before is not None
        tempo += Decimal("4.5") * off_peak[before] + Decimal("1.5") * off_peak[now]
        tempo += 9 * peak[now]
    for key, expected in (
        (("", None), own),
        (("base", 6), base),
        (("off_peak", 6), own),
        (("tempo", 6), tempo),
    ):
        cost = costs[key]
        assert cost is not None
        assert abs(cost.expected - expected) < Decimal("0.005"), key
        assert cost.exact
    assert found.contracts[0].name == "tempo"
    best = found.best
    assert best is not None
    assert best.saves_surely
    assert best.cost is not None
    red_days = sum(known.get(one) is Colour.RED for one in ledger.days)
    avoidable = red_days * 9 * (Decimal("0.7295") - Decimal("0.1654"))
    assert abs(best.cost.red_peak - avoidable) < Decimal("0.005")


def test_unknown_colours_make_a_range() -> None:
    """Which holds what it turns out to be, and is as wide as 22 red days allow."""
    ledger = house()
    exact = judged(ledger, colours()).best
    assert exact is not None
    assert exact.cost is not None
    found = judged(ledger, Colours())
    tempo = next(one for one in found.contracts if one.name == "tempo")
    assert tempo.cost is not None
    assert tempo.cost.low < exact.cost.expected < tempo.cost.high
    assert not tempo.cost.exact
    assert tempo.cost.unsorted > 0
    # Its days alike, only which of two seasons' white days were in the year is open
    assert tempo.cost.high - tempo.cost.low < 32
    assert tempo.saves_surely
    # A season of which most days are red would have been dearer by hundreds
    assert tempo.cost.high < exact.cost.expected + 25


@pytest.mark.parametrize("seed", range(20))
def test_the_range_of_a_year_holds(seed: int) -> None:
    """Whatever days were red, how much was used on them, and how many are known."""
    chance = random.Random(seed)
    ledger, known = house(chance.choice((365, 352))), Colours()
    registers = sorted_by_tempo(ledger)
    for row, hours in zip(
        ledger.days.values(),
        registers.days[TEMPO_SCHEDULE.key].values(),
        strict=True,
    ):
        for slot in hours:
            hours[slot] = chance.randrange(12_000)
        row.energy = {Key(OFF_PEAK, 1): sum(hours.values())}
    for season in (day("2025-10-01"), day("2026-10-01")):
        days = list(season_days(season))
        red = chance.sample([one for one in days if may_be_red(one)], 22)
        may = [one for one in days if one.weekday() != 6 and one not in red]
        white = set(chance.sample(may, 43))
        for one in days:
            colour = Colour.RED if one in red else Colour.BLUE
            known.learn(one, Colour.WHITE if one in white else colour, Source.RTE)
    some = Colours()
    for one in ledger.days:
        told = known.get(one)
        if told is not None and chance.random() < chance.choice((0, 0.5)):
            some.learn(one, told, Source.RTE)
    costs = OfferCosts(REGULATED[2], OWN, ledger, registers, some)
    exact = year_cost(replace(costs, colours=known), TODAY)
    found = year_cost(costs, TODAY)
    assert exact is not None
    assert found is not None
    assert exact.exact
    assert found.low <= exact.expected <= found.high
    assert found.low <= found.expected <= found.high
    # The same of whole months, as entities show it
    now = midnight(TODAY)
    months = Month(2026, 5), Month(2026, 10)
    true = period_cost(replace(costs, colours=known), *months, now)
    likely = period_cost(costs, *months, now, some)
    assert likely.full_low <= true.full <= likely.full_high
    assert not likely.exact


def test_a_season_is_not_a_year() -> None:
    """Nothing is best before enough is known, nor without a price of one's own."""
    found = judged(house(200), colours())
    assert not found.enough
    assert found.best is None
    ledger = house()
    like = OfferCosts(REGULATED[0], OWN, ledger, sorted_by_tempo(ledger), colours())
    regulated = list(regulated_contracts(like, bundled(), (6,), TODAY))
    unpriced = judge(OwnCosts(ledger, PriceList()), {}, regulated, TODAY, 365)
    assert unpriced.own.cost is None
    assert unpriced.best is None
    assert unpriced.contracts[-1].own


def test_other_powers() -> None:
    """9 to 6 kVA under Base saves 48.24 €, less what its kWh cost more."""
    ledger = house(calendar=BASE)
    for row in ledger.days.values():
        row.energy = {Key(BASE, 1): 10_000}
    found = judged(ledger, colours(), (6, 9, 12))
    saving = saving_of_power(found, BASE, 9, 6)
    assert saving is not None
    expected = Decimal("48.24") - 3650 * Decimal("0.0016")
    assert abs(saving - expected) < Decimal("0.005")
    assert saving_of_power(found, BASE, 9, 36) is None
    assert saving_of_power(found, TEMPO, 3, 6) is None


def test_an_added_offer_is_judged() -> None:
    """Beside the others, under its own name."""
    ledger = house()
    mine = OfferCosts(REGULATED[0], OWN, ledger, VirtualRegisters(), Colours())
    found = judge(OwnCosts(ledger, OWN), {"x": mine}, (), TODAY, 365)
    assert {one.offer for one in found.contracts} == {None, "x"}
    assert year_cost(mine, day("2000-01-01")) is None


def advice(
    peaks: dict[int, int], now: int | None = 9, days: int = 365, last: date = TODAY
) -> Advice:
    """Return what is advised after so many days of 2 kVA, but for some (days ago)."""
    ledger = Ledger()
    for ago in range(1, days + 1):
        one = last - ago * DAY
        ledger.days[one] = DayRow(
            covered=length(one), peak=Peak(peaks.get(ago, 2000), seconds={3: 60})
        )
    return advise(ledger, (3, 6, 9, 12), now, last)


@pytest.mark.parametrize(
    ("peaks", "now", "comfortable", "possible", "recommended"),
    [
        ({}, 9, 3, 3, 3),
        # Above 3 kVA on a few days, far from a trip
        ({100: 3400, 101: 3300}, 9, 3, 3, 3),
        # Near to a trip at 3: possible up to 3719, comfortable up to 3509
        ({100: 3600}, 9, 6, 3, 6),
        ({100: 3720}, 9, 6, 6, 6),
        # Often above 3
        (dict.fromkeys(range(100, 110), 3200), 9, 6, 3, 6),
        # Another power is not advised for a day that was near and did not trip
        ({100: 7500}, 6, 9, 9, 6),
        # Yours tripped, or is exceeded often
        ({100: 7800}, 6, 9, 9, 9),
        (dict.fromkeys(range(100, 130), 6100), 6, 9, 6, 9),
        ({}, None, 3, 3, 3),
    ],
)
def test_which_power(
    peaks: dict[int, int],
    now: int | None,
    comfortable: int,
    possible: int,
    recommended: int,
) -> None:
    """Both ways, with room."""
    found = advice(peaks, now)
    assert found.known
    assert (found.comfortable, found.possible, found.recommended) == (
        comfortable,
        possible,
        recommended,
    )


def test_days_above_and_the_worst() -> None:
    """What shifting the water heater would do away with."""
    found = advice({40: 3100, 50: 3500, 60: 3300})
    assert found.above is not None
    above = found.above[3]
    assert (above.days, above.trips, above.minutes) == (3, 0, 3)
    assert above.worst_day == TODAY - 50 * DAY
    assert found.above[6].days == 0


def test_too_little_is_known() -> None:
    """A summer says nothing; it is said when enough will be."""
    few = advice({}, days=80)
    assert not few.known
    assert few.known_from is not None
    summer = advice({}, days=120, last=day("2026-10-01"))
    assert summer.winter_days == 0
    # 45 days from the first of December on
    assert summer.known_from == day("2027-01-15")
    # Days of before, of which only SMAXSN was kept, count with one phase
    ledger = Ledger()
    for ago in range(1, 366):
        one = TODAY - timedelta(days=ago)
        ledger.days[one] = DayRow(max_power=5000, covered=length(one))
    assert advise(ledger, (3, 6, 9), 9, TODAY).recommended == 6


def test_phases() -> None:
    """More than 12 kVA needs three of them; a breaker opens at 1.3 times its power."""
    assert sold_powers((3, 6, 9, 12, 15, 36), three_phase=False) == (3, 6, 9, 12)
    assert sold_powers((6, 36), three_phase=True) == (6, 36)
    assert trips(6, 7800)
    assert not trips(6, 7799)


def test_what_red_days_cost_on_ones_own_contract() -> None:
    """As the costs device judges it, with contracts that follow one another."""
    ledger = house(calendar=TEMPO)
    for row in ledger.days.values():
        row.energy = {Key(TEMPO, 6): 9_000, Key(TEMPO, 1): 6_000}
    book = CostBook(ledger, VirtualRegisters(), colours(), OWN, bundled())
    own = book.past(TODAY).judgement.own
    assert own.cost is not None
    # All peak energy at 0.7295 instead of 0.1654
    avoidable = 365 * 9 * (Decimal("0.7295") - Decimal("0.1654"))
    assert abs(own.cost.red_peak - avoidable) < Decimal("0.01")
