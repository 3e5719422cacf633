"""The log of outages and voltage: what is an incident, and what is only not seen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
import json
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.days import Month
from custom_components.linky_meter.linky_tic.costs.errors import CorruptStoreError
from custom_components.linky_meter.linky_tic.watch.supply import (
    KEPT,
    MOST,
    Kind,
    Seen,
    SupplyLog,
)

AT = datetime(2026, 12, 31, 22, 50, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def begun() -> SupplyLog:
    """Return a log that looks since an hour."""
    log = SupplyLog()
    log.begin(AT - HOUR)
    return log


def test_means_that_follow_are_one_incident() -> None:
    """With the furthest of them; another phase, or a pause, is another."""
    log = begun()
    for number, volts in enumerate((254, 258, 255)):
        # Each frame of ten minutes repeats it
        for _ in range(3):
            log.mean(AT + number * 10 * MINUTE, 1, volts)
    log.mean(AT, 2, 201)
    log.mean(AT + HOUR, 1, 254)
    assert [
        (one.kind, one.phase, one.volts, one.start, one.seconds)
        for one in log.incidents
    ] == [
        (Kind.MEAN_HIGH, 1, 258, AT - 10 * MINUTE, 1800),
        (Kind.MEAN_LOW, 2, 201, AT - 10 * MINUTE, 600),
        (Kind.MEAN_HIGH, 1, 254, AT + 50 * MINUTE, 600),
    ]


def test_a_restart_tells_no_mean_twice() -> None:
    """The meter repeats it for ten minutes; the next one goes on with the incident."""
    log = begun()
    log.mean(AT, 1, 256)
    log.mean(AT, 2, 201)
    log.second(AT, 1, 255)
    again = SupplyLog.from_dict(json.loads(json.dumps(log.as_dict())))
    assert again.mean(AT, 1, 256) is None
    assert again.mean(AT + 10 * MINUTE, 1, 258) is None
    assert again.second(AT + SECOND, 1, 255) is None
    assert [
        (one.kind, one.phase, one.volts, one.seconds) for one in again.incidents
    ] == [
        (Kind.MEAN_HIGH, 1, 258, 1200),
        (Kind.MEAN_LOW, 2, 201, 600),
        (Kind.HIGH, 1, 255, 1),
    ]


def test_seconds_are_kept_apart_from_means() -> None:
    """And low after high is another incident."""
    log = begun()
    assert log.second(AT, 1, 255) is not None
    assert log.second(AT + 2 * SECOND, 1, 257) is None
    assert log.second(AT + 4 * SECOND, 1, 254) is None
    assert log.mean(AT + 4 * SECOND, 1, 255) is not None
    assert log.second(AT + 6 * SECOND, 1, 190) is not None
    high, _, low = log.incidents
    assert (high.kind, high.volts, high.seconds) == (Kind.HIGH, 257, 4)
    assert (low.kind, low.volts, low.seconds) == (Kind.LOW, 190, 0)


@pytest.mark.parametrize(
    ("rise", "base", "power", "outage"),
    [
        (0, 200.0, 900.0, True),
        (1, 200.0, 900.0, True),
        # It was supplied all the time: the modem was pulled out
        (32, 200.0, 900.0, False),
        # The sun covered what was used, or nothing is known yet
        (0, 200.0, 0.0, False),
        (0, None, 900.0, False),
        # The register was put back
        (-5, 200.0, 900.0, False),
    ],
)
def test_the_index_tells_an_outage_from_a_lost_modem(
    rise: int, base: float | None, power: float, outage: bool
) -> None:
    """While this program ran on."""
    log = begun()
    before = Seen(AT, 1000, AT - 3 * SECOND, power)
    after = Seen(AT + 9 * MINUTE, 1000 + rise, AT + 9 * MINUTE - 3 * SECOND, 300)
    found = log.gap(before, after, base, restarted=False)
    assert (found is not None) is outage
    if found is not None:
        # By the meter's clock
        assert (found.start, found.seconds) == (AT - 3 * SECOND, 540)
        assert not found.unsure
    else:
        assert log.unread == {date(2026, 12, 31): 540}


def test_unread_time_is_of_its_days() -> None:
    """Over midnight in France, and as long as incidents are kept."""
    log = begun()
    ten = 10 * MINUTE
    for _ in range(2):
        log.gap(Seen(AT, 1), Seen(AT + 25 * HOUR, 9000), 200, restarted=False)
    assert log.unread == {
        date(2026, 12, 31): 2 * 600,
        date(2027, 1, 1): 2 * 24 * 3600,
        date(2027, 1, 2): 2 * (3600 - 600),
    }
    late = AT + KEPT + 30 * HOUR
    log.gap(Seen(late, 1), Seen(late + ten, 9000), 200, restarted=False)
    assert list(log.unread.values()) == [2 * 3000, 600]


def test_where_both_had_no_power() -> None:
    """It began some time after the last reading: as long as it used, it was supplied."""
    log = begun()
    before = Seen(AT, 1000, AT)
    # The clock of a machine without a battery is wrong
    found = log.gap(before, Seen(AT, 1007, AT + 2 * HOUR), 200, restarted=True)
    assert found is not None
    assert found.unsure
    assert found.seconds == 7200 - 180
    # Restarted for an update: the house went on
    assert (
        log.gap(before, Seen(AT + HOUR, 1300, AT + HOUR), 200, restarted=True) is None
    )
    assert len(log.incidents) == 1


def test_a_short_pause_is_nothing() -> None:
    """Two frames that were damaged are no gap."""
    log = begun()
    assert log.gap(Seen(AT, 1), Seen(AT + 15 * SECOND, 1), 200, restarted=False) is None
    assert log.unread == {}


def test_it_is_bounded() -> None:
    """By number and by age; what it covers is told truly."""
    log = begun()
    for number in range(MOST + 5):
        log.second(AT + number * HOUR, 1, 254)
    assert len(log.incidents) == MOST
    assert log.since == log.incidents[0].start
    later = AT + KEPT + 20 * HOUR
    log.gap(Seen(AT, 1), Seen(AT + HOUR, 900), 200, restarted=False)
    log.second(later, 1, 254)
    assert log.incidents[0].start >= later - KEPT
    assert log.since is not None
    assert log.since >= later - KEPT


def test_a_time_is_cut_out() -> None:
    """With what reaches into it."""
    log = begun()
    log.mean(AT, 1, 254)
    log.second(AT + HOUR, 1, 254)
    assert len(log.between(AT - MINUTE, AT)) == 1
    assert len(log.between(AT + MINUTE, AT + 2 * HOUR)) == 1
    assert log.between(AT + 2 * HOUR, AT + 3 * HOUR) == []


def test_a_restart_changes_nothing() -> None:
    """All of it is kept."""
    log = begun()
    log.mean(AT, 3, 254)
    log.gap(Seen(AT, 1, AT), Seen(AT, 1, AT + HOUR), 200, restarted=True)
    log.gap(Seen(AT, 1), Seen(AT + HOUR, 900), 200, restarted=False)
    kept = json.loads(json.dumps(log.as_dict()))
    assert SupplyLog.from_dict(kept).as_dict() == kept
    assert SupplyLog.from_dict(SupplyLog().as_dict()) == SupplyLog()


def test_a_file_of_before_days_were_kept() -> None:
    """Its months go on to be told, and go in their time."""
    kept = {**SupplyLog().as_dict(), "unread": {"2026-11": 7200}}
    del kept["unread_days"]
    log = SupplyLog.from_dict(kept)
    log.gap(Seen(AT, 1), Seen(AT + HOUR, 900), 200, restarted=False)
    again = SupplyLog.from_dict(json.loads(json.dumps(log.as_dict())))
    assert again.unread_months == {Month(2026, 11): 7200}
    assert again.unread == log.unread
    again.second(AT + KEPT, 1, 254)
    assert not again.unread_months


@pytest.mark.parametrize(
    "damage",
    [
        {"since": 5},
        {"since": "2026-01-01T00:00:00"},
        {"incidents": [{"kind": "outage"}]},
        {"unread": {"2026": 5}},
        {"unread_days": {"2026-12": 5}},
    ],
)
def test_a_damaged_file_is_refused(damage: dict[str, Any]) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(CorruptStoreError):
        SupplyLog.from_dict({**SupplyLog().as_dict(), **damage})
