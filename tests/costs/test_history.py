"""Energy from before the ledger began, told by somebody who kept the registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    day_of,
    length,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import OwnCosts
from custom_components.linky_meter.linky_tic.costs.estimate.totals import lifetime
from custom_components.linky_meter.linky_tic.costs.ledger.history import (
    History,
    Point,
    adopt,
    before,
    fill,
    lacking,
    recall,
    sort_by,
    trusted,
    with_total,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import Flag, Key
from custom_components.linky_meter.linky_tic.costs.ledger.samples import Sample
from custom_components.linky_meter.linky_tic.costs.ledger.virtual import (
    VirtualRegisters,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import NIGHT_SCHEDULE
from custom_components.linky_meter.linky_tic.costs.prices.prices import PriceBook

HOUR = timedelta(hours=1)
BEGAN = datetime(2026, 10, 10, 8, 30, tzinfo=UTC)  # 10:30 in France
TODAY = day_of(BEGAN)
LONG_AGO = date(2026, 9, 1)


def begun(calendar: str = OFF_PEAK, at: datetime = BEGAN, **wh: int) -> Ledger:
    """Return a ledger that began with some registers."""
    indexes = {int(key.removeprefix("x")): value for key, value in wh.items()}
    ledger = Ledger()
    ledger.feed(Sample(at, calendar, indexes))
    more = {index: value + 1 for index, value in indexes.items()}
    ledger.feed(Sample(at + timedelta(minutes=1), calendar, more))
    return ledger


def hours(
    last: int, rise: Callable[[datetime], int], count: int = 240, until: int = 8
) -> list[Point]:
    """Return the ends of the hours until 10:00, where a register showed ``last``."""
    at = BEGAN.replace(hour=until, minute=0)
    points = [Point(at, last)]
    for _ in range(count):
        last -= rise(at)
        at -= HOUR
        points.append(Point(at, last))
    return points


def night(at: datetime) -> int:
    """Return 200 Wh for an hour that ended by 06:00."""
    return 200 if 1 <= (at + 2 * HOUR).hour <= 6 else 0


def daytime(at: datetime) -> int:
    """Return 100 Wh for any other hour."""
    return 0 if night(at) else 100


def both(at: datetime) -> int:
    """Return the Wh of an hour."""
    return night(at) + daytime(at)


def known(**changes: Sequence[Point]) -> History:
    """Return a history of ten days."""
    return History(
        {
            1: changes.get("night", hours(10_000, night)),
            2: changes.get("day", hours(50_000, daytime)),
        },
        changes.get("total", hours(60_000, both)),
    )


def test_whole_days_and_the_head_of_the_first() -> None:
    """Each day has 1.2 kWh of night and 1.8 kWh of day; the first until 10:30."""
    ledger = begun(x1=10_000, x2=50_060)
    assert recall(ledger, known(), LONG_AGO) == 10
    for ago in range(1, 10):
        day = TODAY - ago * DAY
        row = ledger.days[day]
        assert row.energy == {Key(OFF_PEAK, 1): 1200, Key(OFF_PEAK, 2): 1800}
        assert row.complete(day)
        assert row.flags == {Flag.BACKFILLED}
    first = ledger.days[TODAY]
    # 4 hours and what was used from 10:00 on, then what the ledger counted itself
    assert first.energy == {Key(OFF_PEAK, 1): 1201, Key(OFF_PEAK, 2): 461}
    assert first.covered == timedelta(hours=10, minutes=31)
    assert Flag.BACKFILLED in first.flags
    assert ledger.epochs == [(TODAY - 9 * DAY, OFF_PEAK)]
    # It may go back to a day only
    ledger = begun(x1=10_000, x2=50_060)
    assert recall(ledger, known(), TODAY - 3 * DAY) == 4


def test_through_a_copy_while_the_meter_goes_on() -> None:
    """What a copy is told comes to the same as what the ledger is told itself."""
    ledgers = [begun(x1=10_000, x2=50_060) for _ in range(2)]
    past = before(ledgers[0])
    assert recall(past, known(), LONG_AGO) == 10
    adopt(ledgers[0], past)
    assert recall(ledgers[1], known(), LONG_AGO) == 10
    assert ledgers[0].as_dict() == ledgers[1].as_dict()
    # One that has not begun has no past
    nothing = before(Ledger())
    adopt(Ledger(), nothing)
    assert not nothing.days


def test_what_is_kept() -> None:
    """Where the ledger began survives, and another meter does not move it."""
    ledger = begun(x1=10_000)
    again = Ledger.from_dict(ledger.as_dict())
    assert again.began == ledger.began
    old = ledger.as_dict()
    del old["began"]
    assert Ledger.from_dict(old).began is None
    assert not recall(Ledger.from_dict(old), known(), LONG_AGO)
    assert not recall(Ledger(), known(), LONG_AGO)
    ledger.feed(Sample(BEGAN + HOUR, BASE, {1: 5}, "other"))
    assert ledger.began == again.began


def test_only_what_can_be() -> None:
    """A fall, a jump, a rounding, and two values of one moment."""
    at = BEGAN
    points = [Point(at - n * HOUR, 1000 - n) for n in range(5)]
    assert [point.wh for point in trusted(points)] == [996, 997, 998, 999, 1000]
    fallen = [*points, Point(at - 6 * HOUR, 5000)]
    assert len(trusted(fallen)) == 5
    jumped = [*points, Point(at - 6 * HOUR, -900_000)]
    assert len(trusted(jumped)) == 5
    rounded = [*points, Point(at - 5 * HOUR, 997)]
    assert trusted(rounded)[0] == Point(at - 5 * HOUR, 996)
    assert len(trusted([*points, *points])) == 5
    assert trusted([]) == []


@pytest.mark.parametrize(
    ("history", "days"),
    [
        # No total: it is not known whether an index is missing
        (History({1: hours(10_000, night)}), 0),
        # An index that nobody kept: the total says so
        (known(day=[]), 0),
        # Neither the total nor this index goes back as far
        (known(day=hours(50_000, daytime, 60), total=hours(60_000, both, 60)), 3),
    ],
)
def test_an_index_that_is_missing(history: History, days: int) -> None:
    """Then the day's energy is not whole."""
    ledger = begun(x1=10_000, x2=50_060)
    assert recall(ledger, history, LONG_AGO) == days


def test_before_a_change_of_contract() -> None:
    """Nobody uses energy off-peak only: index 1 was that of BASE before."""
    change = datetime(2026, 10, 5, 22, tzinfo=UTC)

    def first(at: datetime) -> int:
        return night(at) if at > change else both(at)

    def second(at: datetime) -> int:
        return daytime(at) if at > change else 0

    history = known(night=hours(10_000, first), day=hours(50_000, second))
    ledger = begun(x1=10_000, x2=50_060)
    assert recall(ledger, history, LONG_AGO) == 5
    # Nor does a BASE contract count a second index; of the first day nobody knows
    ledger = begun(BASE, x1=10_000, x2=50_060)
    assert recall(ledger, known(), LONG_AGO) == 1
    # A calendar of which nothing is known may do anything
    ledger = begun("ZEN FLEX", x1=10_000, x2=50_060)
    assert recall(ledger, known(), LONG_AGO) == 10


def test_begun_before_dawn() -> None:
    """The head of the first day may well be off-peak only."""
    at = midnight(TODAY) + 3 * HOUR + HOUR / 2
    ledger = begun(at=at, x1=9500, x2=49_600)
    assert recall(ledger, known(), LONG_AGO) == 10
    assert ledger.days[TODAY].energy[Key(OFF_PEAK, 1)] == 701


def test_an_empty_house() -> None:
    """No energy at all is no reason to stop."""
    still = hours(60_000, lambda _: 0)
    history = History({1: hours(10_000, lambda _: 0)}, still)
    ledger = begun(TEMPO, x1=10_000)
    assert recall(ledger, history, LONG_AGO) == 10
    assert ledger.days[TODAY - 3 * DAY].energy == {}


def test_a_gap_over_midnight() -> None:
    """Its energy is shared by time, and both days say so."""
    left_out = {
        midnight(TODAY - 2 * DAY) + n * HOUR for n in range(-3, 4)
    }  # from 21:00 to 03:00
    lists = (hours(10_000, night), hours(50_000, daytime), hours(60_000, both))
    some = [[p for p in points if p.at not in left_out] for points in lists]
    history = History({1: some[0], 2: some[1]}, some[2])
    ledger = begun(x1=10_000, x2=50_060)
    assert recall(ledger, history, LONG_AGO) == 10
    flagged = {d for d, row in ledger.days.items() if Flag.INTERPOLATED in row.flags}
    assert flagged == {TODAY - 2 * DAY, TODAY - 3 * DAY}
    whole = sum(row.total for day, row in ledger.days.items() if day in flagged)
    assert whole == 2 * 3000


def test_a_day_that_is_there() -> None:
    """A row that only has a power is filled; one with energy of its own ends it."""
    ledger = begun(x1=10_000, x2=50_060)
    yesterday, before = TODAY - DAY, TODAY - 2 * DAY
    ledger._row(yesterday).max_power = 4000
    ledger._row(before).add(Key(OFF_PEAK, 1), 1)
    assert recall(ledger, known(), LONG_AGO) == 2
    assert ledger.days[yesterday].max_power == 4000
    assert ledger.days[yesterday].total == 3000


def test_told_again() -> None:
    """A history that goes back further adds its days, and nothing twice."""
    ledger = begun(x1=10_000, x2=50_060)
    short = known(day=hours(50_000, daytime, 60), total=hours(60_000, both, 60))
    assert recall(ledger, short, LONG_AGO) == 3
    before_that = {day: row.copy() for day, row in ledger.days.items()}
    for expected in (7, 0):
        past = before(ledger)
        assert recall(past, known(), LONG_AGO, later=True) == expected
        adopt(ledger, past)
    assert len(ledger.days) == 10
    assert before_that.items() <= ledger.days.items()
    later = ledger.days[TODAY - 9 * DAY]
    assert later.total == 3000
    assert later.flags == {Flag.BACKFILLED, Flag.LEARNED}
    # What was shown as paid before is no more by it
    prices = PriceBook([])
    earlier = OwnCosts(replace(ledger, days=before_that), prices)
    assert lifetime(OwnCosts(ledger, prices)) == lifetime(earlier)


def test_nobody_kept_the_sum() -> None:
    """Registers that all go back that far tell it themselves."""
    apart = known(total=[])
    ledger = begun(x1=10_000, x2=50_060)
    assert recall(ledger, apart, LONG_AGO) == 10
    # What was kept of the sum is gone on with, whatever it began at
    lately = known(total=hours(1_060_000, both, 30))
    ledger = begun(x1=10_000, x2=50_060, x3=0)
    assert recall(ledger, lately, LONG_AGO) == 10
    assert ledger.days[TODAY - 5 * DAY].total == 3000
    assert ledger.began is not None
    total = with_total(lately, ledger.began).total
    assert len(total) == 241
    assert len(trusted(total)) == 241


def sorted_by(ledger: Ledger, total: list[Point]) -> VirtualRegisters:
    """Return the registers of an offer that was added just now."""
    registers = VirtualRegisters()
    registers.want([NIGHT_SCHEDULE])
    days = lacking(ledger, registers)
    fill(ledger, registers, sort_by(registers.schedules, days, total))
    return registers


def test_an_offer_that_came_later() -> None:
    """The past is sorted by its hours, and sums up to what the ledger has."""
    ledger = begun(x1=10_000, x2=50_060)
    recall(ledger, known(), LONG_AGO)
    total = [*hours(60_000, both), Point(BEGAN + timedelta(minutes=1), 60_062)]
    registers = sorted_by(ledger, total)
    for ago in range(1, 9):
        # 22:00 to 06:00: six hours of 200 Wh, two of 100 Wh
        day = registers.day(NIGHT_SCHEDULE, TODAY - ago * DAY)
        assert day == {1: 1400, 2: 1600}
    today = registers.day(NIGHT_SCHEDULE, TODAY)
    assert sum(today.values()) == ledger.days[TODAY].total
    assert not lacking(ledger, registers)
    assert lacking(Ledger(), registers) == {}


def test_what_nobody_kept_stays_unsorted() -> None:
    """Days before the history, and days that the ledger has in part."""
    ledger = begun(x1=10_000, x2=50_060)
    recall(ledger, known(), LONG_AGO)
    registers = sorted_by(ledger, hours(60_000, both, 40))
    assert set(registers.days[NIGHT_SCHEDULE.key]) == {TODAY, TODAY - DAY}
    assert sort_by(registers.schedules, {}, []) == {}
    ledger = begun(x1=10_000, x2=50_060)
    assert TODAY not in lacking(ledger, registers).get(NIGHT_SCHEDULE.key, ())
    # An offer that is gone by now
    assert not fill(ledger, VirtualRegisters(), {NIGHT_SCHEDULE.key: {TODAY: {1: 5}}})
    assert length(TODAY) == DAY
