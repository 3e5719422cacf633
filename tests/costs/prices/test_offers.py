"""Compared offers."""

from datetime import UTC, date, timedelta
from decimal import Decimal
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    EJP,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, Month
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    Schedule,
    parse_windows,
    schedule_of_profile,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
)
from custom_components.linky_meter.linky_tic.costs.errors import (
    CorruptStoreError,
    OfferError,
    PriceError,
    ScheduleError,
)
from custom_components.linky_meter.linky_tic.costs.estimate.compare import (
    Comparison,
    OfferCosts,
    cheapest,
    compare,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.ledger.virtual import (
    VirtualRegisters,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import (
    CALENDARS,
    NIGHT_SCHEDULE,
    TEMPO_SCHEDULE,
    Offer,
    Structure,
    regulated_offers,
)
from custom_components.linky_meter.linky_tic.costs.prices.prices import PriceList
from custom_components.linky_meter.linky_tic.costs.prices.regulated import (
    RegulatedPrices,
    bundled,
)
from tests.costs.helpers import day, feed, own_month, paris, period

OWN = RegulatedPrices(bundled(), 6)
JANUARY = Month(2026, 1)


def offer(structure: Structure, *prices: str, **more: Any) -> Offer:
    """Return an offer at 12 euros a month."""
    listed = period(
        *("2025-01-01", *prices), subscription="12", calendar=CALENDARS[structure]
    )
    return Offer("Other", structure, PriceList([listed]), **more)


def home(
    offers: list[Offer],
    hours: int = 24 * 5,
    calendar: str = OFF_PEAK,
    start: str = "2026-01-01T00:00",
) -> tuple[Ledger, VirtualRegisters]:
    """Return five days with 1 kWh in each hour, off-peak from 22:00 to 06:00."""
    ledger, registers = Ledger(), VirtualRegisters()
    registers.want(one.sorting() for one in offers)
    at = paris(start).astimezone(UTC)
    shown = {1: 0, 2: 0}
    feed(ledger, at, shown, calendar)
    for _ in range(hours):
        for _ in range(6):
            shown[NIGHT_SCHEDULE.index_at(at)] += 166
            at += timedelta(minutes=10)
            registers.feed(feed(ledger, at, shown, calendar).bookings)
    return ledger, registers


def compared(
    one: Offer,
    at: str = "2026-01-06T00:00",
    colours: Colours | None = None,
    calendar: str = OFF_PEAK,
    registers: VirtualRegisters | None = None,
) -> Comparison:
    """Return an offer beside the regulated one."""
    ledger, sorted_energy = home([one], calendar=calendar)
    colours = colours or Colours()
    costs = OfferCosts(
        *(one, one.price_list(bundled()), ledger, registers or sorted_energy, colours)
    )
    own = own_month(ledger, OWN, colours, JANUARY, paris(at))
    return compare(costs, own, paris(at))


def test_base_is_exact() -> None:
    """The sum of the indexes, without virtual registers."""
    found = compared(offer(Structure.BASE, "0.20"))
    kwh = Decimal(24 * 5 * 6 * 166) / 1000
    assert found.cost.exact
    assert found.cost.energy == kwh * Decimal("0.20")
    own = own_month(home([])[0], OWN, Colours(), JANUARY, paris("2026-01-06T00:00"))
    assert found.difference.low == found.difference.high
    assert found.difference.low == found.cost.total - own.total
    assert found.estimate is not None
    assert found.estimate.low == found.estimate.high
    assert found.cost.estimate is not None
    assert found.cost.complete


def test_same_hours_are_exact() -> None:
    """Off-peak on off-peak takes the meter's own hours, whatever they are."""
    one = offer(Structure.OFF_PEAK, "0.15", "0.21")
    assert one.mapping(OFF_PEAK) == {1: 1, 2: 2}
    found = compared(one, registers=VirtualRegisters())
    night = Decimal(8 * 5 * 6 * 166) / 1000
    assert found.cost.energy == night * Decimal("0.15") + 2 * night * Decimal("0.21")
    assert found.cost.unsorted == 0
    assert one.mapping(TEMPO) == {1: 1, 2: 2, 3: 1, 4: 2, 5: 1, 6: 2}
    assert one.mapping(EJP) is None
    typed = offer(Structure.OFF_PEAK, "0.15", "0.21", schedule=NIGHT_SCHEDULE)
    assert typed.mapping(TEMPO) == one.mapping(TEMPO)
    assert typed.mapping(OFF_PEAK) is None


def test_own_windows_are_sorted() -> None:
    """Virtual registers, to the second."""
    windows = Schedule(parse_windows("12:00-14:00; 02:00-06:00", 1), 2)
    one = offer(Structure.OFF_PEAK, "0.10", "0.30", schedule=windows)
    assert one.mapping(OFF_PEAK) is None
    found = compared(one)
    hour = Decimal(5 * 6 * 166) / 1000
    assert found.cost.exact
    assert found.cost.energy == 6 * hour * Decimal("0.10") + 18 * hour * Decimal("0.30")


def test_week_end() -> None:
    """1 January 2026 is a Thursday: two of five days."""
    found = compared(offer(Structure.WEEK_END, "0.15", "0.25", "0.10"))
    hour = Decimal(6 * 166) / 1000
    expected = 3 * (8 * Decimal("0.15") + 16 * Decimal("0.25")) + 48 * Decimal("0.10")
    assert found.cost.energy == hour * expected


def test_energy_from_before_the_offer() -> None:
    """Lies between the least and the dearest price that each day has."""
    one = offer(Structure.WEEK_END, "0.15", "0.25", "0.10")
    found = compared(one, registers=VirtualRegisters())
    kwh = Decimal(24 * 6 * 166) / 1000
    # Three working days, and a Saturday and a Sunday with one price all day
    week_end = 2 * kwh * Decimal("0.10")
    assert found.cost.energy_low == 3 * kwh * Decimal("0.15") + week_end
    assert found.cost.energy_high == 3 * kwh * Decimal("0.25") + week_end
    assert found.cost.unsorted == 3 * 24 * 6 * 166
    assert found.cost.wh == 5 * 24 * 6 * 166
    assert not found.cost.exact
    assert found.difference.low < found.difference.high
    assert found.estimate is not None
    assert found.estimate.low < found.estimate.high
    # By hours: eight at night, sixteen by day
    usual = (8 * Decimal("0.15") + 16 * Decimal("0.25")) / 24
    assert abs(found.cost.energy - 3 * kwh * usual - week_end) < Decimal("1e-20")


def test_unsorted_energy_is_used_as_that_which_was_sorted() -> None:
    """A house that heats water at night pays mostly the night's price."""
    one = offer(Structure.OFF_PEAK, "0.10", "0.30", schedule=NIGHT_SCHEDULE)
    registers = VirtualRegisters()
    registers.want([NIGHT_SCHEDULE])
    registers.days[NIGHT_SCHEDULE.key][day("2025-12-30")] = {1: 9_000, 2: 1_000}
    found = compared(one, registers=registers).cost
    kwh = Decimal(24 * 5 * 6 * 166) / 1000
    usual = Decimal("0.9") * Decimal("0.10") + Decimal("0.1") * Decimal("0.30")
    assert abs(found.energy - kwh * usual) < Decimal("1e-20")
    assert (found.energy_low, found.energy_high) == (
        kwh * Decimal("0.10"),
        kwh * Decimal("0.30"),
    )


def test_unsorted_energy_under_tempo() -> None:
    """Neither half the dearest price nor dearer than a colour that the day may have."""
    one = Offer("Tempo", Structure.TEMPO, regulated=6)
    prices, nothing = one.price_list(bundled()), VirtualRegisters()
    ledger = Ledger()
    for text in ("2026-06-10", "2026-01-14"):
        ledger.days[day(text)] = DayRow({Key(OFF_PEAK, 1): 1000}, covered=DAY)
    costs = OfferCosts(one, prices, ledger, nothing, Colours())
    summer, winter = (costs.day(day(text)) for text in ("2026-06-10", "2026-01-14"))
    assert summer is not None
    assert winter is not None
    # No red day in June: blue off-peak to white peak
    assert (summer.low, summer.high) == (Decimal("0.1325"), Decimal("0.1871"))
    assert Decimal("0.1325") < summer.expected < Decimal("0.17")
    assert (winter.low, winter.high) == (Decimal("0.1232"), Decimal("0.6468"))
    assert Decimal("0.15") < winter.expected < Decimal("0.30")
    # Known colours leave peak and off-peak open only
    costs.colours.learn(day("2026-01-13"), Colour.BLUE, Source.RTE)
    costs.colours.learn(day("2026-01-14"), Colour.WHITE, Source.RTE)
    known = costs.day(day("2026-01-14"))
    assert known is not None
    assert (known.low, known.high) == (Decimal("0.1232"), Decimal("0.1730"))


def known_colours() -> Colours:
    """Return the colours of a cold week."""
    colours = Colours()
    told = [Colour.BLUE, Colour.BLUE, Colour.RED, Colour.WHITE, Colour.BLUE, Colour.RED]
    for number, colour in enumerate(told):
        colours.learn(day("2025-12-31") + timedelta(days=number), colour, Source.RTE)
    return colours


def test_tempo_with_colours() -> None:
    """Before 06:00 the colour of the day before."""
    one = Offer("Tempo", Structure.TEMPO, regulated=6)
    found = compared(one, colours=known_colours())
    hour = Decimal(6 * 166) / 1000
    # Blue, blue, red, white, blue, red from 31 December, at the prices of August 2025
    off_peak = {"b": "0.1232", "w": "0.1391", "r": "0.1460"}
    peak = {"b": "0.1494", "w": "0.1730", "r": "0.6468"}
    expected = Decimal(0)
    for before, now in zip("bbrwb", "brwbr", strict=True):
        expected += 6 * Decimal(off_peak[before]) + 2 * Decimal(off_peak[now])
        expected += 16 * Decimal(peak[now])
    assert found.cost.exact
    assert found.cost.energy == hour * expected
    assert found.cost.method == "tempo"


def test_tempo_without_colours() -> None:
    """A range that holds what it turns out to be, and what is to be expected."""
    one = Offer("Tempo", Structure.TEMPO, regulated=6)
    known = compared(one, colours=known_colours()).cost
    found = compared(one).cost
    assert found.energy_low < found.energy < found.energy_high
    assert found.energy_low < known.energy < found.energy_high
    assert found.unsorted > 0
    assert found.wh == known.wh
    assert found.estimate is not None
    # Red is dear and rare: what is likely is far from the middle
    own = own_month(home([])[0], OWN, Colours(), JANUARY, paris("2026-01-06T00:00"))
    difference = compared(one).difference
    assert difference.expected == found.total - own.total
    assert difference.expected < (difference.low + difference.high) / 2
    partly = Colours()
    partly.learn(day("2026-01-02"), Colour.RED, Source.METER)
    closer = compared(one, colours=partly).cost
    assert closer.energy_high - closer.energy_low < found.energy_high - found.energy_low


def test_tempo_meter() -> None:
    """Tells everything by its indexes."""
    one = Offer("Tempo", Structure.TEMPO, regulated=6)
    found = compared(one, calendar=TEMPO, registers=VirtualRegisters())
    assert found.cost.exact
    assert list(found.difference) == [0, 0, 0]
    assert found.estimate is not None
    assert list(found.estimate) == [0, 0, 0]


def test_prices_that_are_missing() -> None:
    """Their energy is shown as without price, sorted or not."""
    one = Offer(
        "Tempo",
        Structure.TEMPO,
        PriceList([period("2025-01-01", "0.1", calendar=TEMPO)]),
    )
    for registers in (None, VirtualRegisters()):
        found = compared(one, registers=registers)
        assert found.cost.unpriced > 0
        assert not found.cost.subscription_known
        assert cheapest([found]) is None
    later = Offer(
        "Later",
        Structure.BASE,
        PriceList([period("2026-02-01", "0.1", calendar=BASE, subscription="1")]),
    )
    assert compared(later).cost.unpriced == 24 * 5 * 6 * 166


def test_custom() -> None:
    """Windows and indexes of one's own; an index that the meter has not seen."""
    schedule = Schedule(parse_windows("01:00-05:00", 7), 4)
    one = offer(
        Structure.CUSTOM, "1", "1", "1", "0.2", "1", "1", "0.1", schedule=schedule
    )
    assert one.indexes == (4, 7)
    hour = Decimal(5 * 6 * 166) / 1000
    expected = hour * (4 * Decimal("0.1") + 20 * Decimal("0.2"))
    assert compared(one).cost.energy == expected


def test_unknown_index_of_a_known_calendar() -> None:
    """Is sorted by time instead."""
    ledger, registers = Ledger(), VirtualRegisters()
    one = offer(Structure.OFF_PEAK, "0.1", "0.2")
    registers.want([one.sorting()])
    feed(ledger, "2026-01-01T10:00", {5: 0})
    registers.feed(feed(ledger, "2026-01-01T10:05", {5: 100}).bookings)
    costs = OfferCosts(one, one.prices, ledger, registers, Colours())
    found = costs.day(day("2026-01-01"))
    assert found is not None
    assert found.low == found.high == Decimal("0.02")
    assert costs.day(day("2026-01-02")) is None


def test_learned_hours() -> None:
    """The meter's own off-peak hours sort where its indexes cannot."""
    learned = schedule_of_profile("00:00 2, 02:56 1, 07:56 2, 11:56 1, 14:56 2")
    assert learned is not None
    one = offer(Structure.OFF_PEAK, "0.1", "0.2")
    sorting = one.sorting(learned)
    assert sorting is not None
    assert sorting.index_at(paris("2026-01-01T12:00")) == 1
    assert sorting.index_at(paris("2026-01-01T23:00")) == 2
    assert one.sorting() == NIGHT_SCHEDULE
    single = schedule_of_profile("00:00 2")
    assert one.sorting(single) == NIGHT_SCHEDULE
    week_end = offer(Structure.WEEK_END, "0.1", "0.2", "0.3").sorting(learned)
    assert week_end is not None
    assert week_end.index_at(paris("2026-01-03T12:00")) == 3
    assert offer(Structure.BASE, "0.1").sorting(learned) is None


def test_regulated_options() -> None:
    """In one step, at the power that is sold."""
    offers = regulated_offers(6, bundled())
    assert [one.structure for one in offers] == ["base", "off_peak", "tempo"]
    assert [one.regulated for one in regulated_offers(7, bundled())] == [9, 9, 9]
    assert [one.regulated for one in regulated_offers(3, bundled())] == [3, 3, 6]
    assert regulated_offers(40, bundled()) == ()
    found = [compared(one, colours=known_colours()) for one in offers]
    best = cheapest(found)
    assert best is not None
    assert best.cost.estimate == min(
        one.cost.estimate for one in found if one.cost.estimate is not None
    )
    assert cheapest([]) is None


def test_offers_come_back() -> None:
    """From JSON."""
    schedule = Schedule(parse_windows("12:00-14:00", 1), 2)
    for one in (
        *regulated_offers(6, bundled()),
        offer(Structure.OFF_PEAK, "0.1", "0.2", schedule=schedule, supplier="S"),
    ):
        assert Offer.from_dict(json.loads(json.dumps(one.as_dict()))) == one


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": " "}, OfferError),
        ({"structure": "custom"}, OfferError),
        ({"structure": "new"}, OfferError),
        ({"structure": "tempo"}, OfferError),
        ({"prices": []}, OfferError),
        ({"regulated": "x"}, OfferError),
        ({"prices": [{}]}, PriceError),
        ({"schedule": {"windows": 1}}, ScheduleError),
    ],
)
def test_bad_offers(changes: dict[str, Any], error: type[Exception]) -> None:
    """Are told."""
    data = offer(Structure.BASE, "0.1").as_dict()
    with pytest.raises(error):
        Offer.from_dict(data | changes)


def test_registers() -> None:
    """Shared by offers with the same windows, kept, trimmed and checked."""
    ledger, registers = home([Offer("Tempo", Structure.TEMPO, regulated=6)])
    assert ledger.days.keys() == registers.days[TEMPO_SCHEDULE.key].keys()
    again = VirtualRegisters.from_dict(json.loads(json.dumps(registers.as_dict())))
    again.want([TEMPO_SCHEDULE, TEMPO_SCHEDULE, None, NIGHT_SCHEDULE])
    assert again.days[TEMPO_SCHEDULE.key] == registers.days[TEMPO_SCHEDULE.key]
    assert len(again.schedules) == 2
    again.want([NIGHT_SCHEDULE])
    assert again.day(TEMPO_SCHEDULE, day("2026-01-01")) == {}
    registers.trim(date(2027, 4, 1))
    assert set(registers.days[TEMPO_SCHEDULE.key]) == set()
    damaged: list[Any] = [
        [],
        {"x": 1},
        {"x": {"y": {}}},
        {"x": {"2026-01-01": {"1": -1}}},
        {"x": {"2026-01-01": {"11": 1}}},
    ]
    for data in damaged:
        with pytest.raises(CorruptStoreError):
            VirtualRegisters.from_dict(data)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.timedeltas(timedelta(), timedelta(days=2)), st.integers(0, 20)),
        max_size=20,
    )
)
def test_registers_hold_what_the_ledger_booked(
    moves: list[tuple[timedelta, int]],
) -> None:
    """Day by day."""
    ledger, registers = Ledger(), VirtualRegisters()
    registers.want([TEMPO_SCHEDULE])
    at = paris("2026-03-28T07:13:11").astimezone(UTC)
    total = 0
    feed(ledger, at, {1: 0})
    for elapsed, rise in moves:
        at, total = at + elapsed, total + rise
        registers.feed(feed(ledger, at, {1: total}).bookings)
    for one, row in ledger.days.items():
        found = sum(registers.day(TEMPO_SCHEDULE, one).values())
        # Parts are rounded to whole Wh within a gap
        assert abs(found - row.total) <= len(moves)
    whole = sum(
        sum(row.values()) for row in registers.days[TEMPO_SCHEDULE.key].values()
    )
    assert whole == total
