"""What a kWh costs from now on, and when to use energy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.alerts import AlertDays
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    EJP,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    days_between,
    is_holiday,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.calendar.observed import (
    ObservedHours,
)
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    Schedule,
    parse_windows,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
)
from custom_components.linky_meter.linky_tic.costs.errors import (
    CorruptStoreError,
    NaiveTimeError,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import OwnCosts
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.plan.timeline import (
    Contract,
    Slot,
    mean_price,
    steps,
)
from custom_components.linky_meter.linky_tic.costs.plan.windows import (
    LEAST_PIECE,
    cheapest,
)
from custom_components.linky_meter.linky_tic.costs.prices.hours import (
    Hours,
    schedule_of,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import Structure
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)

from .helpers import day, feed, paris

QUARTER = timedelta(minutes=15)
_TEMPO_PRICES = ("0.13", "0.16", "0.15", "0.19", "0.16", "0.71")


def _list(calendar: str, *periods: tuple[str, tuple[str, ...]]) -> PriceList:
    return PriceList(
        tuple(
            PricePeriod(
                calendar,
                day(since),
                {n: Decimal(price) for n, price in enumerate(prices, 1)},
                Decimal(12),
            )
            for since, prices in periods
        )
    )


def _quarters(first: date, end: date) -> Iterator[datetime]:
    at = midnight(first)
    while at < midnight(end):
        yield at
        at += QUARTER


def _colours(season: int, seed: int) -> dict[date, Colour]:
    """Return a season as RTE might have drawn it."""
    chance = random.Random(seed)
    days = list(days_between(date(season, 9, 1), date(season + 1, 9, 1)))
    winter = [
        one
        for one in days
        if one.month in {11, 12, 1, 2, 3} and one.weekday() < 5 and not is_holiday(one)
    ]
    red = set(chance.sample(winter, 22))
    rest = [one for one in days if one.weekday() != 6 and one not in red]
    white = set(chance.sample(rest, 43))
    return {
        one: Colour.RED if one in red else Colour.WHITE if one in white else Colour.BLUE
        for one in days
    }


def test_each_quarter_of_a_tempo_year_costs_what_the_ledger_charges() -> None:
    """Over both changes of clock, two changes of prices and all colours."""
    told = _colours(2024, 5) | _colours(2025, 6)
    colours = Colours()
    colours.learn_all(told, Source.RTE)
    prices = _list(
        TEMPO,
        ("2025-01-01", _TEMPO_PRICES),
        (
            "2025-02-01",
            tuple(f"{Decimal(one) + Decimal('0.011')}" for one in _TEMPO_PRICES),
        ),
        (
            "2025-08-01",
            tuple(f"{Decimal(one) - Decimal('0.007')}" for one in _TEMPO_PRICES),
        ),
    )
    first, end = date(2025, 1, 2), date(2026, 1, 2)
    slots = list(
        Contract(TEMPO, prices, colours=colours).slots(midnight(first), midnight(end))
    )
    ledger = Ledger()
    registers = dict.fromkeys(range(1, 7), 1_000_000)
    feed(ledger, midnight(first), registers, TEMPO)
    costs: dict[date, Decimal] = {}
    place = 0
    for at in _quarters(first, end):
        local = at.astimezone(PARIS)
        counted = local.date() if local.hour >= 6 else local.date() - DAY
        index = 1 + 2 * list(Colour).index(told[counted]) + (6 <= local.hour < 22)
        registers[index] += 100
        booked = feed(ledger, at + QUARTER, registers, TEMPO).bookings
        while slots[place].end <= at:
            place += 1
        slot = slots[place]
        assert slot.start <= at < at + QUARTER <= slot.end
        assert [one.key.index for one in booked] == [slot.index]
        quote = prices.price(local.date(), TEMPO, booked[0].key.index)
        assert quote is not None
        assert slot.price == slot.likely == quote.value, local
        costs[local.date()] = costs.get(local.date(), Decimal(0)) + quote.value / 10
    own = OwnCosts(ledger, prices)
    for one, cost in costs.items():
        charged = own.day(one)
        assert charged is not None
        assert charged.expected == cost


def test_what_is_always_on() -> None:
    """Pays each hour of a year alike, whatever the month is."""
    first = date(2026, 9, 1)
    colours = Colours()
    colours.learn_all({first - DAY: Colour.BLUE} | _colours(2026, 5), Source.METER)
    prices = _list(TEMPO, ("2026-01-01", _TEMPO_PRICES))
    blue, white, red = (
        Decimal(8 * low + 16 * high) / 2400
        for low, high in ((13, 16), (15, 19), (16, 71))
    )
    by_hand = (300 * blue + 43 * white + 22 * red) / 365
    tempo = mean_price(Contract(TEMPO, prices, colours=colours), first)
    assert tempo == pytest.approx(by_hand, rel=Decimal("0.0005"))
    # In winter it is the same, and before the colours are known nearly so
    likely = mean_price(Contract(TEMPO, prices), date(2026, 11, 30))
    assert likely == pytest.approx(by_hand, rel=Decimal("0.02"))
    prices = _list(OFF_PEAK, ("2026-01-01", ("0.15", "0.21")))
    hours = Schedule(parse_windows("22-6", 1), 2)
    for known in (hours, None):
        found = mean_price(Contract(OFF_PEAK, prices, known), first)
        assert found == pytest.approx(Decimal("0.19"), rel=Decimal("0.0001"))
    assert mean_price(Contract(BASE, prices), first) is None


def test_what_is_not_announced_stays_unknown() -> None:
    """Beside it stands what it will cost on average."""
    colours = Colours()
    colours.learn(day("2026-01-06"), Colour.BLUE, Source.METER)
    contract = Contract(
        TEMPO, _list(TEMPO, ("2025-01-01", _TEMPO_PRICES)), colours=colours
    )
    slots = list(contract.slots(paris("2026-01-06T12:00"), paris("2026-01-08T00:00")))
    assert [
        (slot.start.astimezone(PARIS).strftime("%d %H"), slot.index, slot.colour)
        for slot in slots
    ] == [
        ("06 12", 2, Colour.BLUE),
        ("06 22", 1, Colour.BLUE),
        ("07 06", None, None),
        ("07 22", None, None),
    ]
    assert [slot.price for slot in slots] == [
        Decimal("0.16"),
        Decimal("0.13"),
        None,
        None,
    ]
    peak = slots[2].likely
    assert peak is not None
    assert Decimal("0.16") < peak < Decimal("0.71")


def test_off_peak_hours_that_are_not_known() -> None:
    """One price for all the day, of which a third is off-peak."""
    prices = _list(OFF_PEAK, ("2025-01-01", ("0.15", "0.21")))
    (slot,) = Contract(OFF_PEAK, prices).slots(
        paris("2026-03-01T00:00"), paris("2026-03-02T00:00")
    )
    assert (slot.index, slot.price) == (None, None)
    assert slot.likely == pytest.approx(Decimal("0.19"))
    hours = Schedule(parse_windows("22:30-06:30", 1), 2)
    known = list(
        Contract(OFF_PEAK, prices, hours).slots(
            paris("2026-03-01T00:00"), paris("2026-03-02T00:00")
        )
    )
    assert [(slot.index, slot.price) for slot in known] == [
        (1, Decimal("0.15")),
        (2, Decimal("0.21")),
        (1, Decimal("0.15")),
    ]


def test_base_is_one_stretch_until_its_price_changes() -> None:
    """A price that is known to come cuts the line at midnight."""
    prices = _list(BASE, ("2025-01-01", ("0.20",)), ("2026-02-01", ("0.19",)))
    slots = list(
        Contract(BASE, prices).slots(
            paris("2026-01-30T12:00"), paris("2026-02-03T12:00")
        )
    )
    assert [(slot.price, slot.end) for slot in slots] == [
        (Decimal("0.20"), paris("2026-02-01T00:00")),
        (Decimal("0.19"), paris("2026-02-03T12:00")),
    ]


def test_a_contract_of_another_kind_has_no_price_ahead() -> None:
    """Nothing is made up where neither hours nor prices are known."""
    (slot,) = Contract("ZEN", _list(BASE, ("2025-01-01", ("0.20",)))).slots(
        paris("2026-01-30T12:00"), paris("2026-01-31T12:00")
    )
    assert (slot.index, slot.price, slot.likely) == (None, None, None)


def test_a_contract_with_hours_of_its_own() -> None:
    """Its tariffs have its own names; what may be an alert day has no price."""
    prices = _list("OFFER ALERT_DAYS", ("2025-01-01", ("0.15", "0.21", "0.18", "0.60")))
    hours = schedule_of(Structure.ALERT_DAYS, Hours(parse_windows("22:00-06:00", 1)))
    told = AlertDays({day("2026-01-10"): False, day("2026-01-11"): False})
    contract = Contract("OFFER ALERT_DAYS", prices, hours, alerts=told)
    slots = list(contract.slots(paris("2026-01-11T12:00"), paris("2026-01-12T12:00")))
    known = [slot for slot in slots if slot.index is not None]
    assert {contract.tariff(slot.index or 0) for slot in known} == {"off_peak", "peak"}
    assert slots[-1].end == paris("2026-01-12T12:00")
    assert slots[-1].price is None
    assert all(slot.likely is not None for slot in slots)


def test_mobile_peaks_of_ejp() -> None:
    """Each day of the winter may be one, from 07:00 to 01:00; no other may."""
    prices = _list(EJP, ("2025-01-01", ("0.16", "1.60")))
    slots = list(
        Contract(EJP, prices).slots(
            paris("2026-03-31T00:00"), paris("2026-04-02T00:00")
        )
    )
    assert [
        (slot.start.astimezone(PARIS).strftime("%d %H"), slot.price) for slot in slots
    ] == [
        ("31 00", None),
        ("31 01", Decimal("0.16")),
        ("31 07", None),
        ("01 01", Decimal("0.16")),
    ]
    assert slots[0].likely == pytest.approx(Decimal("0.3698"), abs=Decimal("0.001"))


def test_a_time_without_zone_is_refused() -> None:
    """As everywhere in costs."""
    contract = Contract(BASE, _list(BASE, ("2025-01-01", ("0.20",))))
    with pytest.raises(NaiveTimeError):
        list(contract.slots(datetime(2026, 1, 1), datetime(2026, 1, 2)))


def test_equal_steps_for_planners() -> None:
    """A step over a change costs the average of both by time."""
    prices = _list(OFF_PEAK, ("2025-01-01", ("0.15", "0.21")))
    hours = Schedule(parse_windows("22:40-06:00", 1), 2)
    slots = list(
        Contract(OFF_PEAK, prices, hours).slots(
            paris("2026-01-10T22:00"), paris("2026-01-11T00:00")
        )
    )
    values = [value for _, _, value in steps(slots, timedelta(minutes=30))]
    assert values == [
        Decimal("0.21"),
        Decimal("0.17"),
        Decimal("0.15"),
        Decimal("0.15"),
    ]
    assert list(steps([], timedelta(minutes=30))) == []
    unknown = [Slot(slots[0].start, slots[-1].end, None, None, None)]
    assert {value for _, _, value in steps(unknown, timedelta(hours=1))} == {None}


# The cheapest stretch

_START = datetime(2026, 1, 10, 18, tzinfo=UTC)
_prices = st.none() | st.integers(-3, 9).map(lambda one: Decimal(one) / 20)
_lines = st.lists(st.tuples(st.integers(1, 12), _prices), min_size=1, max_size=8)


def _line(parts: list[tuple[int, Decimal | None]]) -> list[Slot]:
    """Return slots of so many quarters of an hour each."""
    slots, at = [], _START
    for quarters, price in parts:
        slots.append(Slot(at, at + quarters * QUARTER, 1, price, price))
        at += quarters * QUARTER
    return slots


def _by_quarter(parts: list[tuple[int, Decimal | None]]) -> list[Decimal | None]:
    return [price for quarters, price in parts for _ in range(quarters)]


@given(_lines, st.integers(1, 20))
@settings(max_examples=300)
def test_no_stretch_is_cheaper(
    parts: list[tuple[int, Decimal | None]], wanted: int
) -> None:
    """Against all stretches that start at a quarter of an hour."""
    line = _by_quarter(parts)
    stretches = [line[n : n + wanted] for n in range(len(line) - wanted + 1)]
    costs = [
        sum((price for price in one if price is not None), Decimal(0))
        for one in stretches
        if None not in one
    ]
    plan = cheapest(_line(parts), wanted * QUARTER)
    if not costs:
        assert plan is None
        return
    assert plan is not None
    assert plan.price * wanted == pytest.approx(min(costs))
    (piece,) = plan.pieces
    assert piece.end - piece.start == wanted * QUARTER
    assert plan.sure


@given(_lines, st.integers(1, 20))
@settings(max_examples=300)
def test_no_pieces_are_cheaper(
    parts: list[tuple[int, Decimal | None]], wanted: int
) -> None:
    """Against the cheapest quarters of an hour."""
    known = sorted(one for one in _by_quarter(parts) if one is not None)
    plan = cheapest(_line(parts), wanted * QUARTER, in_one_piece=False)
    if len(known) < wanted:
        assert plan is None
        return
    assert plan is not None
    assert plan.price * wanted == pytest.approx(sum(known[:wanted], Decimal(0)))
    assert (
        sum((one.end - one.start for one in plan.pieces), timedelta())
        == wanted * QUARTER
    )
    assert all(one.end - one.start >= LEAST_PIECE for one in plan.pieces)
    assert all(
        one.end < other.start
        for one, other in zip(plan.pieces, plan.pieces[1:], strict=False)
    )


def test_no_piece_is_too_short() -> None:
    """Five minutes too many take ten from the piece before."""
    line = _line([(4, Decimal("0.2")), (4, Decimal("0.1"))])
    plan = cheapest(line, timedelta(minutes=65), in_one_piece=False)
    assert plan is not None
    assert sorted(one.end - one.start for one in plan.pieces) == [
        timedelta(minutes=15),
        timedelta(minutes=50),
    ]
    assert plan.cost(3600.0) == pytest.approx(
        Decimal("0.1") * 3 + Decimal("0.2") * Decimal("0.9")
    )


def test_what_is_only_likely_is_said() -> None:
    """And what it would cost to start at once."""
    line = [
        Slot(_START, _START + 4 * QUARTER, 2, Decimal("0.2"), Decimal("0.2")),
        Slot(_START + 4 * QUARTER, _START + 8 * QUARTER, None, None, Decimal("0.1")),
    ]
    plan = cheapest(line, 2 * QUARTER)
    assert plan is not None
    assert (plan.sure, plan.at_once) == (False, Decimal("0.2"))
    assert cheapest(line, timedelta()) is None
    assert cheapest([], QUARTER) is None


# Hours as they were seen


def _seen(
    changes: list[tuple[str, int]], *, days: int = 3, skip: str = ""
) -> list[Schedule]:
    """Feed a few days, a reading a minute, and return the schedules that were told."""
    observed, told = ObservedHours(), []
    at, end = paris("2026-03-02T12:00:00"), paris("2026-03-02T12:00:00") + days * DAY
    index = changes[-1][1]
    hours = dict(changes)
    while at < end:
        local = at.astimezone(PARIS).strftime("%H:%M")
        index = hours.get(local, index)
        at += timedelta(minutes=1)
        if skip and skip in local:
            continue
        observed = ObservedHours.from_dict(observed.as_dict())
        if (schedule := observed.feed(at - timedelta(seconds=55), index)) is not None:
            told.append(schedule)
    return told


def test_hours_that_were_seen_two_days() -> None:
    """Historic mode has no day profile."""
    changes = [("01:38", 1), ("07:08", 2), ("13:08", 1), ("15:38", 2)]
    told = _seen(changes)
    assert told
    for moment, index in (
        ("01:39", 1),
        ("07:07", 1),
        ("07:08", 2),
        ("13:08", 1),
        ("15:38", 2),
    ):
        local = paris(f"2026-05-01T{moment}")
        assert told[-1].index_at(local) == index, moment
    assert {window.index for window in told[-1].windows} == {1, 2}


@pytest.mark.parametrize(
    ("changes", "skip", "days"),
    [
        ([("22:00", 1), ("06:00", 2)], "", 1),
        ([("22:00", 1), ("06:00", 2)], "22:", 4),
        ([("22:00", 2)], "", 4),
    ],
    ids=["one day", "the change is missed each day", "no change"],
)
def test_hours_that_are_not_told(
    changes: list[tuple[str, int]], skip: str, days: int
) -> None:
    """Rather unknown than made up."""
    assert _seen(changes, skip=skip, days=days) == []


def test_hours_that_differ_between_two_days() -> None:
    """Nothing is told until two days are the same."""
    observed = ObservedHours()
    at = paris("2026-03-02T12:00:00").astimezone(UTC)
    told = []
    for _ in range(6 * 24 * 12):
        at += timedelta(minutes=5)
        local = at.astimezone(PARIS)
        starts = 22 if local.day % 2 else 21
        index = 1 if local.hour >= starts or local.hour < 6 else 2
        told.append(observed.feed(at, index))
    assert set(told) == {None}
    assert observed.feed(at - DAY, 1) is None


def test_damaged_observations() -> None:
    """The store says so."""
    with pytest.raises(CorruptStoreError):
        ObservedHours.from_dict(
            {"since": "x", "last": None, "index": None, "changes": []}
        )
