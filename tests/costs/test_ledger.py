"""The energy ledger."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    day_of,
    held,
    length,
)
from custom_components.linky_meter.linky_tic.costs.errors import (
    CorruptStoreError,
    NaiveTimeError,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.registers import cap
from custom_components.linky_meter.linky_tic.costs.ledger.rows import (
    Carry,
    DayRow,
    Flag,
    FoldedMonth,
    Key,
)
from custom_components.linky_meter.linky_tic.costs.ledger.samples import (
    Event,
    Fed,
    Sample,
)

from .helpers import day, feed, paris

HC, HP = Key(OFF_PEAK, 1), Key(OFF_PEAK, 2)


def events(fed: Fed) -> list[Event]:
    """Return what happened."""
    return [note.event for note in fed.notes]


def wh(ledger: Ledger, text: str, key: Key = HC) -> int:
    """Return the energy of a day."""
    row = ledger.days.get(day(text))
    return row.energy.get(key, 0) if row else 0


def test_first_sample_counts_nothing() -> None:
    """There is nothing to count from."""
    ledger = Ledger()
    assert feed(ledger, "2026-10-01T10:00", {1: 681183, 2: 475484}) == Fed()
    assert ledger.days == {}
    assert ledger.calendar == OFF_PEAK


def test_continuous() -> None:
    """What each register rose by, on the day."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 1000, 2: 500})
    fed = feed(ledger, "2026-10-01T10:05", {1: 1010, 2: 500})
    assert [(one.key, one.wh) for one in fed.bookings] == [(HC, 10)]
    feed(ledger, "2026-10-01T10:06", {1: 1010, 2: 503})
    row = ledger.days[day("2026-10-01")]
    assert row.energy == {HC: 10, HP: 3}
    assert row.covered == timedelta(minutes=6)
    assert not row.flags
    assert row.total == 13


def test_short_step_over_midnight() -> None:
    """Is cut there and marks nothing."""
    ledger = Ledger()
    feed(ledger, "2026-09-30T23:59", {1: 0})
    feed(ledger, "2026-10-01T00:03", {1: 8})
    assert (wh(ledger, "2026-09-30"), wh(ledger, "2026-10-01")) == (2, 6)
    assert not ledger.days[day("2026-10-01")].flags


def test_gap_vector() -> None:
    """18:00 to 04:00 over the end of the month, 10 kWh: 6 and 4."""
    ledger = Ledger()
    feed(ledger, "2026-09-30T18:00", {1: 0})
    fed = feed(ledger, "2026-10-01T04:00", {1: 10_000})
    assert events(fed) == [Event.GAP]
    assert (wh(ledger, "2026-09-30"), wh(ledger, "2026-10-01")) == (6000, 4000)
    assert all(row.flags == {Flag.INTERPOLATED} for row in ledger.days.values())
    assert ledger.days[day("2026-09-30")].covered == timedelta(hours=6)


def test_gap_within_a_day() -> None:
    """Loses nothing of the day: it is told and marks nothing."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T08:00", {1: 0})
    assert events(feed(ledger, "2026-10-01T18:00", {1: 10_000})) == [Event.GAP]
    assert not ledger.days[day("2026-10-01")].flags


@pytest.mark.parametrize(("text", "hours"), [("2026-10-25", 25), ("2026-03-29", 23)])
def test_day_of_the_change_of_clock(text: str, hours: int) -> None:
    """Has its own length, also in a gap."""
    ledger = Ledger()
    start = paris(f"{text}T00:00") - timedelta(days=1)
    feed(ledger, start, {1: 0})
    end = paris(f"{text}T00:00").astimezone(UTC) + timedelta(hours=hours)
    feed(ledger, end, {1: 1000 * (24 + hours)})
    assert wh(ledger, text) == 1000 * hours
    assert ledger.days[day(text)].complete(day(text))
    assert length(day(text)) == timedelta(hours=hours)


def test_change_of_clock_live() -> None:
    """The hour that comes twice is two hours."""
    ledger = Ledger()
    for number, at in enumerate(
        (
            "2026-10-25T01:59:59+02:00",
            "2026-10-25T02:59:59+02:00",
            "2026-10-25T02:59:59+01:00",
        )
    ):
        feed(ledger, at, {1: 1000 * number})
    assert wh(ledger, "2026-10-25") == 2000


def test_meter_changed() -> None:
    """What is booked stays, the new meter starts from what it shows."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 1000})
    feed(ledger, "2026-10-01T10:01", {1: 1005})
    fed = feed(ledger, "2026-10-01T12:00", {1: 12_345_000}, serial="B")
    assert events(fed) == [Event.METER_CHANGED]
    feed(ledger, "2026-10-01T12:01", {1: 12_345_007}, serial="B")
    assert wh(ledger, "2026-10-01") == 12
    assert Flag.METER_CHANGED in ledger.days[day("2026-10-01")].flags


def test_calendar_changed() -> None:
    """Indexes go on under another name: the step itself belongs to the old one."""
    ledger = Ledger()
    shown = {1: 35_736_275, 2: 0}
    feed(ledger, "2026-10-01T10:00", shown, BASE)
    fed = feed(ledger, "2026-10-02T10:01", {1: 35_737_275, 2: 0}, TEMPO)
    assert events(fed) == [Event.GAP, Event.CALENDAR_CHANGED]
    feed(ledger, "2026-10-02T10:02", {1: 35_737_280, 2: 3}, TEMPO)
    row = ledger.days[day("2026-10-02")]
    assert row.energy[Key(TEMPO, 1)] == 5
    assert row.energy[Key(TEMPO, 2)] == 3
    booked = sum(one.energy.get(Key(BASE, 1), 0) for one in ledger.days.values())
    assert booked == 1000
    assert Flag.CALENDAR_CHANGED in row.flags
    assert ledger.epochs == [(day("2026-10-01"), BASE), (day("2026-10-02"), TEMPO)]
    assert held(ledger.epochs, day("2026-09-01")) == BASE
    assert held(ledger.epochs, day("2026-10-01")) == BASE
    assert held(ledger.epochs, day("2026-12-01")) == TEMPO
    assert held(Ledger().epochs, day("2026-12-01")) is None


def test_calendar_there_and_back() -> None:
    """On one day leaves the calendar as it was."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 0}, BASE)
    for minute, calendar in enumerate((TEMPO, BASE, TEMPO, BASE), 1):
        feed(ledger, f"2026-10-02T10:0{minute}", {1: 0}, calendar)
    assert ledger.epochs == [(day("2026-10-01"), BASE)]


def test_mode_changed() -> None:
    """HC.. and H PLEINE/CREUSE are one calendar, with the same registers."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 1000, 2: 500}, "HC..")
    fed = feed(ledger, "2026-10-01T10:03", {1: 1010, 2: 505}, " H PLEINE/CREUSE ")
    assert not fed.notes
    assert len(fed.bookings) == 2


def test_spike_of_one_frame() -> None:
    """Is held and leaves nothing."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 1000})
    fed = feed(ledger, "2026-10-01T10:01", {1: 65_001_000})
    assert events(fed) == [Event.SPIKE_HELD]
    feed(ledger, "2026-10-01T10:02", {1: 1020})
    assert wh(ledger, "2026-10-01") == 20


def test_level_that_stays() -> None:
    """Is taken the third time, without counting the jump."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 1000, 2: 0})
    assert events(feed(ledger, "2026-10-01T10:01", {1: 90_000, 2: 1})) == [
        Event.SPIKE_HELD
    ]
    assert events(feed(ledger, "2026-10-01T10:02", {1: 90_004, 2: 2})) == []
    fed = feed(ledger, "2026-10-01T10:03", {1: 90_008, 2: 3})
    assert events(fed) == [Event.SPIKE_DROPPED]
    assert (fed.notes[0].index, fed.notes[0].wh) == (1, 89_008)
    feed(ledger, "2026-10-01T10:04", {1: 90_010, 2: 4})
    assert wh(ledger, "2026-10-01") == 2
    assert wh(ledger, "2026-10-01", HP) == 4
    assert Flag.SPIKE in ledger.days[day("2026-10-01")].flags


def test_level_that_wanders() -> None:
    """Is never taken."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 1000})
    for minute, value in enumerate((900_000, 300_000, 900_000, 300_000, 1006), 1):
        feed(ledger, f"2026-10-01T10:0{minute}", {1: value})
    assert wh(ledger, "2026-10-01") == 6


def test_fallen_index() -> None:
    """Starts anew; what it shows counts if it may be that much."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 50_000, 2: 50_000})
    fed = feed(ledger, "2026-10-01T10:05", {1: 30, 2: 40_000})
    assert events(fed) == [Event.INDEX_FELL, Event.INDEX_FELL]
    assert (wh(ledger, "2026-10-01"), wh(ledger, "2026-10-01", HP)) == (30, 0)


def test_incomplete_frame_waits() -> None:
    """The total tells that a register is missing; nothing is lost."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 1000, 2: 500}, total=1500)
    assert feed(ledger, "2026-10-01T10:01", {1: 1000}, total=1560) == Fed()
    fed = feed(ledger, "2026-10-01T10:02", {1: 1000, 2: 620}, total=1620)
    assert [one.wh for one in fed.bookings] == [120]


def test_total_that_never_agrees() -> None:
    """Is not waited for for ever."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 1000}, total=5000)
    assert feed(ledger, "2026-10-01T10:01", {1: 1060}, total=5000) == Fed()
    assert feed(ledger, "2026-10-01T10:02", {1: 1060}, total=5000) == Fed()
    fed = feed(ledger, "2026-10-01T10:03", {1: 1060}, total=5000)
    assert events(fed) == [Event.TOTAL_MISMATCH]
    assert wh(ledger, "2026-10-01") == 60
    assert not feed(ledger, "2026-10-01T10:04", {1: 1065}, total=5005).notes
    assert not feed(ledger, "2026-10-01T10:05", {1: 1065}).notes


def test_new_register() -> None:
    """Counts from where it is first seen."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 1000})
    feed(ledger, "2026-10-01T10:01", {1: 1000, 2: 77_000})
    feed(ledger, "2026-10-01T10:02", {1: 1000, 2: 77_005})
    assert wh(ledger, "2026-10-01", HP) == 5


def test_clock_steps_while_running() -> None:
    """The steady clock tells: nothing is shared over days that were not."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 0}, uptime=0)
    feed(ledger, "2026-10-01T10:01", {1: 5}, uptime=60)
    fed = feed(ledger, "2027-10-01T10:02", {1: 10}, uptime=120)
    assert events(fed) == [Event.CLOCK_STEPPED]
    fed = feed(ledger, "2026-10-01T10:03", {1: 15}, uptime=180)
    assert events(fed) == [Event.CLOCK_STEPPED]
    feed(ledger, "2026-10-01T10:04", {1: 20}, uptime=240)
    assert wh(ledger, "2026-10-01") == 15
    assert wh(ledger, "2027-10-01") == 5
    assert len(ledger.days) == 2
    assert ledger.days[day("2026-10-01")].flags == {Flag.CLOCK_STEPPED}


def test_small_clock_steps_are_nothing() -> None:
    """A second back, as the network's time sets it."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00:00", {1: 0}, uptime=0)
    assert not feed(ledger, "2026-10-01T09:59:59", {1: 3}, uptime=1).notes
    assert not feed(ledger, "2026-10-01T09:59:40", {1: 4}).notes
    assert wh(ledger, "2026-10-01") == 4


def test_machine_slept() -> None:
    """Much energy and no time on the steady clock: the wall clock is right."""
    ledger = Ledger()
    feed(ledger, "2026-09-30T18:00", {1: 0}, uptime=0)
    fed = feed(ledger, "2026-10-01T04:00", {1: 10_000}, uptime=2)
    assert events(fed) == [Event.GAP]
    assert wh(ledger, "2026-09-30") == 6000


def test_clock_back_after_a_restart() -> None:
    """Waits until the clock is right, and then counts all."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T20:00", {1: 0}, uptime=900)
    ledger = Ledger.from_dict(json.loads(json.dumps(ledger.as_dict())))
    assert events(feed(ledger, "2026-10-01T10:00", {1: 500}, uptime=1)) == [
        Event.CLOCK_DOUBTED
    ]
    assert feed(ledger, "2026-10-01T10:01", {1: 501}, uptime=61) == Fed()
    fed = feed(ledger, "2026-10-02T04:00", {1: 800}, uptime=121)
    assert events(fed) == [Event.GAP]
    assert (wh(ledger, "2026-10-01"), wh(ledger, "2026-10-02")) == (400, 400)


def test_clock_that_stays_back() -> None:
    """Was ahead before: after a quarter of an hour it is believed."""
    ledger = Ledger()
    feed(ledger, "2027-10-01T20:00", {1: 0})
    for minute in range(15):
        fed = feed(ledger, f"2026-10-01T10:{minute:02}", {1: 10 * minute})
        assert not fed.bookings
    fed = feed(ledger, "2026-10-01T10:15", {1: 150})
    assert Event.CLOCK_STEPPED in events(fed)
    assert wh(ledger, "2026-10-01") == 150
    assert Flag.CLOCK_STEPPED in ledger.days[day("2026-10-01")].flags


def test_clock_far_ahead() -> None:
    """More than three years: believed after a while, its energy is not."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T20:00", {1: 0})
    assert events(feed(ledger, "2035-10-01T10:00", {1: 5})) == [Event.CLOCK_DOUBTED]
    assert feed(ledger, "2035-10-01T10:10", {1: 10}) == Fed()
    fed = feed(ledger, "2035-10-01T10:15", {1: 15})
    assert events(fed) == [Event.GAP_TOO_LONG]
    assert wh(ledger, "2035-10-01") == 0
    feed(ledger, "2035-10-01T10:16", {1: 20})
    assert wh(ledger, "2035-10-01") == 5


def test_naive_time() -> None:
    """Is refused."""
    with pytest.raises(NaiveTimeError):
        Ledger().feed(Sample(datetime(2026, 1, 1), BASE, {1: 0}))


def test_greatest_power() -> None:
    """Of its own day, which the meter may still show after midnight."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 0}, max_power=3000)
    feed(ledger, "2026-10-01T23:59", {1: 0}, max_power=5000)
    feed(
        *(ledger, "2026-10-02T00:01", {1: 0}),
        max_power=5000,
        max_power_at=paris("2026-10-01T19:00"),
    )
    feed(ledger, "2026-10-02T00:02", {1: 0}, max_power=400)
    feed(
        *(ledger, "2026-10-02T00:03", {1: 0}),
        max_power=9999,
        max_power_at=paris("2020-10-01T19:00"),
    )
    feed(
        *(ledger, "2026-10-02T00:04", {1: 0}),
        max_power=401,
        max_power_at=datetime(2020, 1, 1),
    )
    assert ledger.days[day("2026-10-01")].max_power == 5000
    assert ledger.days[day("2026-10-02")].max_power == 401
    assert len(ledger.days) == 2


def test_backfill() -> None:
    """Days from before; those that the ledger has stay."""
    ledger = Ledger()
    feed(ledger, "2026-10-02T10:00", {1: 0})
    feed(ledger, "2026-10-02T10:01", {1: 5})
    assert ledger.backfill(day("2026-10-01"), "HC..", {1: 4000, 2: 6000})
    assert not ledger.backfill(day("2026-10-01"), "HC..", {1: 1})
    assert not ledger.backfill(day("2026-10-02"), "HC..", {1: 1})
    assert ledger.backfill(day("2026-09-30"), BASE, {1: 1})
    assert ledger.epochs == [(day("2026-09-30"), BASE), (day("2026-10-01"), OFF_PEAK)]
    assert ledger.days[day("2026-10-01")].complete(day("2026-10-01"))
    # A hole after the first day takes the calendar that was in force
    assert ledger.backfill(day("2026-10-05"), BASE, {1: 1})
    assert len(ledger.epochs) == 2
    assert Ledger().backfill(day("2026-09-30"), BASE, {1: 1})


def test_cap() -> None:
    """1.3 times full load, and a little."""
    assert cap(9000, timedelta(hours=1)) == 11_723
    assert cap(None, timedelta()) == 33


def full_ledger() -> Ledger:
    """Return one with something of everything."""
    ledger = Ledger()
    feed(ledger, "2026-09-30T18:00", {1: 0, 2: 5}, total=5, max_power=3000)
    feed(ledger, "2026-10-01T04:00", {1: 10_000, 2: 5}, total=10_005)
    feed(ledger, "2026-10-01T04:01", {1: 10_001, 2: 5}, TEMPO, total=10_006)
    return ledger


def test_store() -> None:
    """What is written comes back, through JSON."""
    ledger = full_ledger()
    again = Ledger.from_dict(json.loads(json.dumps(ledger.as_dict())))
    assert again == ledger
    fed = feed(again, "2026-10-01T04:02", {1: 10_003, 2: 5}, TEMPO, total=10_008)
    assert [one.wh for one in fed.bookings] == [2]
    assert Ledger.from_dict(Ledger().as_dict()) == Ledger()


def paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value."""
    found = [path] if path else []
    items = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, value in items:
        found += paths(value, (*path, key))
    return found


JUNK = st.sampled_from(
    [None, "x", -1, 1.5, [], {}, "NaN", True, [[1]], {"x": 1}, "9" * 99]
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_corrupt_store(data: st.DataObject) -> None:
    """Whatever became of it, it is either a ledger or told to be corrupt."""
    kept: Any = json.loads(json.dumps(full_ledger().as_dict()))
    *way, last = data.draw(st.sampled_from(paths(kept)))
    inner = kept
    for key in way:
        inner = inner[key]
    if data.draw(st.booleans()):
        inner[last] = data.draw(JUNK)
    else:
        del inner[last]
    try:
        ledger = Ledger.from_dict(kept)
    except CorruptStoreError:
        return
    assert Ledger.from_dict(json.loads(json.dumps(ledger.as_dict()))) == ledger


@pytest.mark.parametrize("data", [{}, {"version": 2}, [], None, "x", {"version": 1}])
def test_no_store(data: Any) -> None:
    """Other shapes are told."""
    with pytest.raises(CorruptStoreError):
        Ledger.from_dict(data)


def test_corrupt_rows() -> None:
    """Each kind of value is checked."""
    good = full_ledger().as_dict()
    row = good["days"]["2026-10-01"]
    changes: list[dict[str, Any]] = [
        {"energy": {OFF_PEAK: {"11": 1}}},
        {"energy": []},
        {"covered": 1e9},
        {"covered": True},
        {"flags": ["new"]},
        {"max_power": -1},
    ]
    for change in changes:
        data = good | {"days": {"2026-10-01": row | change}}
        with pytest.raises(CorruptStoreError):
            Ledger.from_dict(data)
    folded = FoldedMonth({HC: Carry(1, Decimal("0.1"), 0)}).as_dict()
    assert Ledger.from_dict(good | {"months": {"2026-01": folded}}).months
    for money in ("x", "NaN", 1.5, None):
        months = {"2026-01": folded | {"subscription": money}}
        with pytest.raises(CorruptStoreError):
            Ledger.from_dict(good | {"months": months})


steps = st.lists(
    st.tuples(
        st.timedeltas(timedelta(), timedelta(days=3)),
        st.floats(0, 1),
        st.sampled_from([1, 2]),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_sum_of_days_is_sum_of_registers(
    moves: list[tuple[timedelta, float, int]],
) -> None:
    """However long the gaps, and through restarts."""
    ledger = Ledger()
    at = paris("2026-10-24T07:13:11").astimezone(UTC)
    shown = {1: 5000, 2: 7000}
    feed(ledger, at, shown)
    for elapsed, load, index in moves:
        at += elapsed
        shown[index] += int(cap(9000, elapsed) * load)
        fed = feed(ledger, at, shown)
        assert not set(events(fed)) - {Event.GAP}
        ledger = Ledger.from_dict(json.loads(json.dumps(ledger.as_dict())))
    for index, start in ((1, 5000), (2, 7000)):
        key = Key(OFF_PEAK, index)
        booked = sum(row.energy.get(key, 0) for row in ledger.days.values())
        assert booked == shown[index] - start
    for one, row in ledger.days.items():
        assert day_of(paris("2026-10-24T00:00")) <= one <= day_of(at)
        assert row.covered <= length(one)


def test_row() -> None:
    """Ten minutes may be missing from a day."""
    assert DayRow(covered=timedelta(hours=23, minutes=50)).complete(day("2026-10-01"))
    assert not DayRow(covered=timedelta(hours=23)).complete(day("2026-10-01"))


def test_the_subscribed_power_is_dated() -> None:
    """A change is a day's; a value that lasts for a moment leaves nothing."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 0}, power=9000)
    feed(ledger, "2026-10-02T10:00", {1: 10}, power=9000)
    assert ledger.powers == [(day("2026-10-01"), 9)]
    feed(ledger, "2026-10-03T10:00", {1: 20}, power=12000)
    feed(ledger, "2026-10-03T10:01", {1: 20}, power=9000)
    feed(ledger, "2026-10-03T10:02", {1: 20}, power=None)
    assert ledger.powers == [(day("2026-10-01"), 9)]
    feed(ledger, "2026-10-04T10:00", {1: 30}, power=6000)
    assert ledger.powers == [(day("2026-10-01"), 9), (day("2026-10-04"), 6)]
    assert ledger.power == 6
    assert Ledger.from_dict(ledger.as_dict()).powers == ledger.powers
    assert ledger.copy().powers == ledger.powers
    # What was kept before has none, and is read all the same
    kept = ledger.as_dict()
    del kept["powers"]
    assert Ledger.from_dict(kept).powers == []
    assert Ledger.from_dict(kept).power is None
