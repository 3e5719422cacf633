"""How loaded the connection was: kept by day, from both modes of the meter."""

from __future__ import annotations

from datetime import timedelta

from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Load, Peak
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow

from .helpers import day, feed, paris

OCTOBER = day("2026-10-01")


def peak_of(ledger: Ledger, text: str) -> Peak:
    """Return the peak of a day."""
    peak = ledger.days[day(text)].peak
    assert peak is not None
    return peak


def test_the_greatest_of_a_day_with_its_time() -> None:
    """And how long it was above each power, as far as somebody looked."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 0}, load=Load(4000, 3900))
    feed(ledger, "2026-10-01T10:01", {1: 60}, load=Load(7000, 5100))
    when = paris("2026-10-01T10:01:20")
    feed(ledger, "2026-10-01T10:02", {1: 160}, load=Load(6500, 6700, at=when))
    # After an hour without a look nobody knows how long it lasted
    feed(ledger, "2026-10-01T11:02", {1: 2000}, load=Load(6500, 6700, at=when))
    peak = peak_of(ledger, "2026-10-01")
    assert (peak.most, peak.at) == (6700, when)
    assert peak.seconds == {3: 120, 6: 120}
    assert (peak.load, peak.phases, peak.estimated) == (6700, (), False)


def test_after_midnight_the_meter_still_tells_the_day_before() -> None:
    """Its clock may lag, and the greatest value belongs to its own day."""
    ledger, late = Ledger(), paris("2026-10-01T19:42")
    feed(ledger, "2026-10-01T19:43", {1: 0}, load=Load(1000, 8000, at=late))
    feed(ledger, "2026-10-01T19:44", {1: 10}, load=Load(1000, 8000, at=late))
    feed(ledger, "2026-10-02T00:00:10", {1: 900}, load=Load(1000, 8000, at=late))
    long_ago = paris("2026-09-01T19:42")
    feed(ledger, "2026-10-02T00:01", {1: 910}, load=Load(1000, 9000, at=long_ago))
    assert peak_of(ledger, "2026-10-01").most == 8000
    assert ledger.days[day("2026-10-02")].peak is None
    assert day("2026-09-01") not in ledger.days


def test_three_phases_are_each_against_a_third() -> None:
    """The one that is loaded most decides."""
    ledger = Ledger()
    feed(ledger, "2026-10-01T10:00", {1: 0}, load=Load(5000, 5000, (1, 1, 1)))
    feed(ledger, "2026-10-01T10:01", {1: 9}, load=Load(5000, 5000, (900, 3100, 1000)))
    feed(ledger, "2026-10-01T10:02", {1: 9}, load=Load(5000, 5000, (950, 3000, 1000)))
    assert peak_of(ledger, "2026-10-01").phases == (950, 3100, 1000)
    assert peak_of(ledger, "2026-10-01").load == 9300


def test_it_is_kept() -> None:
    """Rows of before have none, and a damaged one is told."""
    ledger, at = Ledger(), paris("2026-10-01T10:01")
    feed(ledger, "2026-10-01T10:00", {1: 0}, load=Load(7000, 1))
    feed(ledger, "2026-10-01T10:01", {1: 9}, load=Load(7000, 7100, estimated=True))
    row = ledger.days[OCTOBER]
    again = DayRow.from_dict(row.as_dict())
    assert again.peak == row.peak
    assert again.peak is not None
    assert again.peak.estimated
    assert again.peak.at == at
    copy = row.copy()
    assert copy.peak == row.peak
    assert copy.peak is not row.peak
    before = row.as_dict()
    del before["peak"]
    assert DayRow.from_dict(before).peak is None
    for wrong in ({"most": 1}, {**row.as_dict()["peak"], "phases": 3}):
        kept = ledger.as_dict()
        kept["days"][OCTOBER.isoformat()]["peak"] = wrong
        again = Ledger.from_dict(kept).days[OCTOBER]
        assert again.peak is None
        assert again.energy == row.energy


def test_a_past_from_elsewhere_has_none() -> None:
    """But what a day had stays with it."""
    ledger = Ledger()
    feed(ledger, "2026-10-02T10:00", {1: 0})
    ledger.days[OCTOBER] = DayRow(peak=Peak(5000))
    assert ledger.backfill(OCTOBER, "BASE", {1: 1000})
    assert peak_of(ledger, "2026-10-01").most == 5000
    assert ledger.days[OCTOBER].covered == timedelta(days=1)
