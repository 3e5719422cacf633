"""A year on contracts with hours of their own, to the cent.

Beside them stands a calculator that shares nothing with the code: it asks for each hour
what a bill would call it, with rules written out by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.alerts import AlertDays
from custom_components.linky_meter.linky_tic.costs.calendar.days import Month
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    Schedule,
    Window,
    parse_windows,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import Colours
from custom_components.linky_meter.linky_tic.costs.errors import CorruptStoreError
from custom_components.linky_meter.linky_tic.costs.estimate.compare import OfferCosts
from custom_components.linky_meter.linky_tic.costs.estimate.contracts import (
    OwnContracts,
    in_force,
    starts_on,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import (
    Costs,
    OwnCosts,
    first_day,
)
from custom_components.linky_meter.linky_tic.costs.estimate.month import period_cost
from custom_components.linky_meter.linky_tic.costs.estimate.totals import fold, lifetime
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.virtual import (
    VirtualRegisters,
)
from custom_components.linky_meter.linky_tic.costs.prices.hours import (
    ALL_YEAR,
    IN_SUMMER,
    Hours,
    other_season,
    schedule_of,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import (
    CALENDARS,
    INDEXES,
    Offer,
    Structure,
)
from custom_components.linky_meter.linky_tic.costs.prices.prices import PriceList
from tests.costs.helpers import day, feed, paris, period

PARIS = ZoneInfo("Europe/Paris")
FIRST, END = datetime(2025, 10, 1), datetime(2026, 10, 1)
MONTHS = Month(2025, 10), Month(2026, 9)
DEARER = date(2026, 2, 1)
HOLIDAYS = {
    *(date(2025, 11, 1), date(2025, 11, 11), date(2025, 12, 25), date(2026, 1, 1)),
    *(date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 8), date(2026, 5, 14)),
    *(date(2026, 5, 25), date(2026, 7, 14), date(2026, 8, 15)),
}
"""Of the year, from the calendar on the wall."""
ALERTS = {
    *(date(2025, 11, 18), date(2025, 12, 9), date(2025, 12, 10), date(2026, 1, 5)),
    *(date(2026, 1, 6), date(2026, 1, 14), date(2026, 2, 10), date(2026, 3, 31)),
}
RULES = dict[str, tuple[str, str]]

type Named = Callable[[datetime], str]
"""What a bill calls an hour, by its local time."""


def windows(text: str) -> tuple[Window, ...]:
    """Return hours whose index does not matter."""
    return parse_windows(text, 1)


def summer(at: datetime) -> bool:
    """Return whether it is April to October."""
    return 4 <= at.month <= 10


def zen_week_end(at: datetime) -> str:
    """Saturday and Sunday, and nights of the other days."""
    if at.weekday() >= 5:
        return "week_end"
    return "off_peak" if at.hour >= 23 or at.hour < 7 else "peak"


def super_off_peak(at: datetime) -> str:
    """Within the night some hours are cheaper still."""
    if 2 <= at.hour < 6:
        return "super_off_peak"
    return "off_peak" if at.hour >= 22 or at.hour < 2 else "peak"


def zen_estival(at: datetime) -> str:
    """Six prices: in summer the sun's hours are cheap."""
    if summer(at):
        if 14 <= at.hour < 16:
            return "summer_super_off_peak"
        off = at.hour in {11, 12, 13, 16} or 2 <= at.hour < 6
        return "summer_off_peak" if off else "summer_peak"
    if 14 <= at.hour < 16:
        return "winter_super_off_peak"
    off = at.hour >= 22 or at.hour < 6
    return "winter_off_peak" if off else "winter_peak"


def octo_tempo(at: datetime) -> str:
    """Begin a red day at six, and so end it at six."""
    off = at.hour >= 22 or at.hour < 6
    kind = "off_peak" if off else "peak"
    its_day = at.date() if at.hour >= 6 else at.date() - timedelta(days=1)
    if its_day in ALERTS:
        return f"alert_{kind}"
    return f"summer_{kind}" if summer(at) else f"winter_{kind}"


def two_seasons(at: datetime) -> str:
    """In summer week-ends and holidays are off-peak altogether."""
    off = at.hour >= 23 or at.hour < 7
    if summer(at):
        off |= at.weekday() >= 5 or at.date() in HOLIDAYS
    season = "summer" if summer(at) else "winter"
    return f"{season}_off_peak" if off else f"{season}_peak"


def zen_flex(at: datetime) -> str:
    """Peak from 8 to 13 and from 18 to 20; dearer on sobriety days."""
    kind = "peak" if 8 <= at.hour < 13 or 18 <= at.hour < 20 else "off_peak"
    return f"alert_{kind}" if at.date() in ALERTS else kind


def eco_session(at: datetime) -> str:
    """From 18 to 20 on the days that are announced."""
    if at.date() in ALERTS and 18 <= at.hour < 20:
        return "alert_peak"
    return "off_peak" if at.hour >= 22 or at.hour < 6 else "peak"


def eight_prices(at: datetime) -> str:
    """As many as there may be, of any kind."""
    if at.date() in ALERTS and 7 <= at.hour < 23:
        return "8"
    if at.month == 8:
        return "7"
    if at.weekday() == 6 or at.date() in HOLIDAYS:
        return "6"
    if at.weekday() == 2:
        return "5"
    for name, hours in (("4", range(4)), ("3", range(12, 14)), ("2", range(18, 21))):
        if at.hour in hours:
            return name
    return "1"


EIGHT = Schedule(
    (
        Window(8, time(7), time(23), alert=True),
        Window(7, season=((8, 1), (8, 31))),
        Window(6, weekdays=frozenset({6}), holidays=True),
        Window(5, weekdays=frozenset({2})),
        Window(4, time(0), time(4)),
        Window(3, time(12), time(14)),
        Window(2, time(18), time(21)),
    ),
    1,
)


@dataclass(frozen=True)
class Case:
    """A contract as the code has it, and as it is told by hand."""

    structure: Structure
    named: Named
    hours: Hours = field(default_factory=Hours)
    schedule: Schedule | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the indexes are called."""
        return INDEXES.get(self.structure, tuple(map(str, range(1, 9))))

    def price(self, name: str, on: date) -> Decimal:
        """Return a price of its own for each index, and a later one."""
        number = self.names.index(name)
        return Decimal("0.1117") + Decimal("0.0319") * number + self.rise(on)

    @staticmethod
    def rise(on: date) -> Decimal:
        """Return by how much all became dearer."""
        return Decimal("0.0123") if on >= DEARER else Decimal(0)

    def prices(self, calendar: str) -> PriceList:
        """Return the price list of the year."""
        return PriceList(
            [
                period(
                    start.isoformat(),
                    *(str(self.price(name, start)) for name in self.names),
                    subscription=monthly,
                    calendar=calendar,
                )
                for start, monthly in ((date(2025, 1, 1), "14.5"), (DEARER, "15.86"))
            ]
        )

    @property
    def offer(self) -> Offer:
        """Return it as an offer, or one's own contract."""
        schedule = self.schedule or schedule_of(self.structure, self.hours)
        prices = self.prices(CALENDARS[self.structure])
        return Offer("It", self.structure, prices, schedule=schedule, alert="flex")


CASES = {
    "zen week-end": Case(
        Structure.WEEK_END, zen_week_end, Hours(windows("23:00-07:00"))
    ),
    "super off-peak": Case(
        Structure.SUPER_OFF_PEAK,
        super_off_peak,
        Hours(windows("22:00-06:00"), super_off_peak=windows("02:00-06:00")),
    ),
    "zen estival": Case(
        Structure.SEASONS_SUPER,
        zen_estival,
        Hours(
            windows("22:00-06:00"),
            windows("11:00-17:00; 02:00-06:00"),
            super_off_peak=windows("14:00-16:00"),
        ),
    ),
    "octotempo": Case(
        Structure.SEASONS_ALERT,
        octo_tempo,
        Hours(windows("22:00-06:00"), alert_from=time(6)),
    ),
    "enercoop 2 saisons": Case(
        Structure.SEASONS,
        two_seasons,
        Hours(windows("23:00-07:00"), off_peak_week_ends=IN_SUMMER, holidays=True),
    ),
    "zen flex": Case(
        Structure.ALERT_DAYS, zen_flex, Hours(windows("13:00-18:00; 20:00-08:00"))
    ),
    "eco-sessions": Case(
        Structure.ALERT_DAYS,
        eco_session,
        Hours(windows("22:00-06:00"), alert=windows("18:00-20:00")),
    ),
    "eight prices": Case(Structure.CUSTOM, eight_prices, schedule=EIGHT),
}


def year() -> Iterator[tuple[datetime, int]]:
    """Yield the hours of a year, in UTC, each with Wh; the clock changes twice."""
    chance = Random(19)
    at, end = (one.replace(tzinfo=PARIS).astimezone(UTC) for one in (FIRST, END))
    while at < end:
        yield at, chance.randrange(80, 4200)
        at += timedelta(hours=1)


def bill(case: Case) -> Decimal:
    """Return what the year costs, by hand."""
    kwh: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    for at, wh in year():
        local = at.astimezone(PARIS)
        kwh[case.named(local), local.date() >= DEARER] += Decimal(wh) / 1000
    energy = sum(
        amount * case.price(name, DEARER if later else date(2025, 1, 1))
        for (name, later), amount in kwh.items()
    )
    # Four months at the old subscription, eight at the new one
    return energy + 4 * Decimal("14.5") + 8 * Decimal("15.86")


def cents(amount: Decimal) -> Decimal:
    """Return an amount as a bill has it."""
    return amount.quantize(Decimal("0.01"), "ROUND_HALF_UP")


def total(costs: Costs) -> Decimal:
    """Return what the code makes of the year."""
    found = period_cost(costs, *MONTHS, END.replace(tzinfo=PARIS))
    assert found.complete
    assert found.exact
    assert not found.unpriced
    return cents(found.full)


@dataclass(frozen=True)
class Historic:
    """A meter in historic mode: one register, whatever the contract."""

    ledger: Ledger
    registers: VirtualRegisters

    def costs(self, offer: Offer, alerts: AlertDays | None = None) -> OfferCosts:
        """Return a contract as its days cost."""
        return OfferCosts(
            offer,
            offer.prices,
            self.ledger,
            self.registers,
            Colours(),
            alerts=alerts or AlertDays.of(ALERTS),
        )


@pytest.fixture(scope="module", name="historic")
def _historic() -> Historic:
    ledger, registers = Ledger(), VirtualRegisters()
    registers.want(
        schedule for case in CASES.values() for schedule in case.offer.schedules()
    )
    shown = 1_000_000
    for at, wh in year():
        registers.feed(feed(ledger, at, {1: shown}, "BASE").bookings)
        shown += wh
    registers.feed(feed(ledger, END.replace(tzinfo=PARIS), {1: shown}, "BASE").bookings)
    return Historic(ledger, registers)


@pytest.mark.parametrize("name", CASES)
def test_a_year_in_historic_mode(name: str, historic: Historic) -> None:
    """As an offer and as one's own contract, which the meter reads as Base."""
    case = CASES[name]
    costs = historic.costs(case.offer)
    assert total(costs) == cents(bill(case))
    own = OwnContracts(
        OwnCosts(historic.ledger, PriceList()), {starts_on(case.offer): costs}
    )
    assert total(own) == cents(bill(case))
    carries = lifetime(own)
    assert len(carries) == len({case.named(at.astimezone(PARIS)) for at, _ in year()})


@pytest.mark.parametrize("name", CASES)
def test_a_year_in_standard_mode(name: str) -> None:
    """Each index of the supplier's calendar has its own price."""
    case = CASES[name]
    ledger = Ledger()
    shown = {index: 5_000 * index for index in range(1, len(case.names) + 1)}
    for at, wh in year():
        feed(ledger, at, shown, "SUPPLIER'S OWN")
        shown[case.names.index(case.named(at.astimezone(PARIS))) + 1] += wh
    feed(ledger, END.replace(tzinfo=PARIS), shown, "SUPPLIER'S OWN")
    own = OwnCosts(ledger, case.prices("SUPPLIER'S OWN"))
    assert total(own) == cents(bill(case))


def test_alert_days_that_nobody_told(historic: Historic) -> None:
    """A range that holds the bill; ordinary until somebody says so."""
    case = CASES["octotempo"]
    told = AlertDays()
    found = period_cost(
        historic.costs(case.offer, told), *MONTHS, END.replace(tzinfo=PARIS)
    )
    right = bill(case)
    # Here each alert is dearer
    assert found.energy_low == found.energy < found.energy_high
    assert found.energy_low < right - found.subscription < found.energy_high
    for n in range(-1, 365):
        one = FIRST.date() + timedelta(days=n)
        assert told.tell(one, alert=one in ALERTS)
    assert total(historic.costs(case.offer, told)) == cents(right)
    # Said twice, and never taken back: an entity may be off again in the evening
    assert not told.tell(date(2026, 1, 5), alert=False)
    assert told.tell(date(2026, 1, 7), alert=True)
    assert AlertDays.from_dict(told.as_dict()).days == told.days
    copy = told.copy()
    told.trim(date(2026, 9, 1))
    assert min(told.days) == date(2026, 9, 1)
    assert min(copy.days) == date(2025, 9, 30)
    with pytest.raises(CorruptStoreError):
        AlertDays.from_dict({"yesterday": True})


def test_which_index_counts_now(historic: Historic) -> None:
    """By the clock, and by what is announced."""
    costs = historic.costs(CASES["octotempo"].offer)
    for at, name in (
        ("2026-01-05T12:00", "alert_peak"),
        ("2026-01-05T05:59", "winter_off_peak"),
        ("2026-01-07T05:59", "alert_off_peak"),
        ("2026-07-14T12:00", "summer_peak"),
    ):
        index = costs.index_at(paris(at))
        assert index is not None
        assert INDEXES[Structure.SEASONS_ALERT][index - 1] == name
    tempo = Offer("Tempo", Structure.TEMPO, regulated=9)
    assert historic.costs(tempo).index_at(paris("2026-01-05T12:00")) is None
    base = Offer("Base", Structure.BASE, regulated=9)
    assert historic.costs(base).index_at(paris("2026-01-05T12:00")) == 1


def test_contracts_one_after_the_other(historic: Historic) -> None:
    """Each for its days: the meter's indexes, then hours of one's own, then others."""
    first, second = CASES["zen week-end"].offer, CASES["super off-peak"].offer

    def since(offer: Offer, start: str) -> Offer:
        prices = [
            period(
                start,
                *(str(one.prices[index]) for index in sorted(one.prices)),
                subscription="10",
                calendar=offer.calendar,
            )
            for one in offer.prices.periods[:1]
        ]
        return Offer("It", offer.structure, PriceList(prices), schedule=offer.schedule)

    contracts = [since(first, "2025-12-15"), since(second, "2026-03-01")]
    assert in_force(contracts, day("2025-12-14")) is None
    assert in_force(contracts, day("2025-12-15")) is contracts[0]
    assert in_force(contracts, day("2026-06-01")) is contracts[1]
    base = PriceList([period("2020-01-01", "0.2", subscription="12", calendar="BASE")])
    own = OwnContracts(
        OwnCosts(historic.ledger, base),
        {starts_on(one): historic.costs(one) for one in contracts},
    )
    for one, costs in (
        ("2025-12-14", own.indexes),
        ("2025-12-15", historic.costs(contracts[0])),
        ("2026-04-01", historic.costs(contracts[1])),
    ):
        assert own.day(day(one)) == costs.day(day(one))
        assert own.subscription(day(one)) == costs.subscription(day(one))
    # At today's prices means on today's contract
    assert own.day(day("2025-11-01"), day("2026-04-01")) == historic.costs(
        contracts[1]
    ).day(day("2025-11-01"), day("2026-04-01"))
    assert first_day(own.ledger) == FIRST.date()
    assert own.unpriced(day("2026-04-01"), day("2026-04-02")) == frozenset()
    assert own.unpriced(day("1999-04-01"), day("2026-04-02")) == frozenset()
    # What is folded has cost what it cost on the contract of its time
    ledger = historic.ledger.copy()
    before = lifetime(own)
    later = OwnContracts(OwnCosts(ledger, base), own.contracts)
    assert fold(later, date(2027, 2, 20))
    assert lifetime(later) == before


def test_hours_that_are_others_in_summer() -> None:
    """Also where prices have no seasons; the seasons leave no day out."""
    schedule = schedule_of(
        Structure.OFF_PEAK, Hours(windows("22:00-06:00"), windows("12:00-16:00"))
    )
    for at, index in (
        ("2026-01-10T23:00", 1),
        ("2026-01-10T13:00", 2),
        ("2026-07-10T13:00", 1),
        ("2026-07-10T23:00", 2),
    ):
        assert schedule.index_at(paris(at)) == index
    for season in (((4, 1), (10, 31)), ((11, 1), (2, 29)), ((6, 15), (9, 14))):
        rest = other_season(season)
        inside, outside = Window(1, season=season), Window(1, season=rest)
        for n in range(366):
            one = date(2028, 1, 1) + timedelta(days=n)
            assert inside.on(one) != outside.on(one), (season, one)
    all_year = schedule_of(
        Structure.OFF_PEAK, Hours(windows("22:00-06:00"), off_peak_week_ends=ALL_YEAR)
    )
    assert all_year.index_at(paris("2026-01-10T13:00")) == 1


def test_windows_are_kept() -> None:
    """As they were, the registers of earlier versions too."""
    for case in CASES.values():
        offer = case.offer
        assert Offer.from_dict(offer.as_dict()) == offer
    plain = CASES["super off-peak"].offer.schedule
    assert plain is not None
    assert plain.variants == (plain,)
    assert "alert" not in plain.key
    octo = CASES["octotempo"].offer.schedule
    assert octo is not None
    assert len({one.key for one in octo.variants}) == 4
    flex = CASES["zen flex"].offer.schedule
    assert flex is not None
    assert len({one.key for one in flex.variants}) == 2
