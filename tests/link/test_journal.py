"""What happened lately on a line."""

from __future__ import annotations

import logging
from typing import cast

import pytest

from custom_components.linky_meter.link import log as module
from custom_components.linky_meter.link.log import Journal
from custom_components.linky_meter.link.sources import Source
from custom_components.linky_meter.linky_tic.tic.frame import Frame, Group
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.tic.sources.quality import LinkQuality

ADDRESS = "021875123456"
GROUPS = (Group("ADCO", ADDRESS), Group("IINST", "002"))


class FakeSource:
    """A source of which only the damage counts."""

    damaged = 0


def a_frame(damaged: int = 0) -> Frame:
    """Return a frame of two groups."""
    return Frame(Mode.HISTORIC, GROUPS, damaged=damaged)


@pytest.fixture
def source() -> FakeSource:
    """Return a source."""
    return FakeSource()


@pytest.fixture
def journal(source: FakeSource) -> Journal:
    """Return a journal of that source."""
    made = Journal(LinkQuality())
    made.opening(cast(Source, source))
    return made


def test_the_last_frames(journal: Journal) -> None:
    """Ten are kept as they came and shown masked."""
    for second in range(12):
        journal.take(a_frame(second), second, read=True)
    assert journal.secrets == {ADDRESS}
    shown = journal.as_list(journal.secrets)
    assert [frame["damaged"] for frame in shown] == list(range(2, 12))
    assert shown[0]["groups"] == ["ADCO 021875######", "IINST 002"]
    assert shown[0]["labels"] == "ADCO IINST"


def test_reconnections(journal: Journal) -> None:
    """Tries count until a frame comes; a source counts when it gave one."""
    assert journal.age(5) is None
    for _ in range(2):
        journal.opening(cast(Source, FakeSource()))
    assert (journal.tries, journal.sources) == (3, 0)
    journal.take(a_frame(), 10, read=False)
    journal.take(a_frame(), 11, read=True)
    assert (journal.tries, journal.sources) == (0, 1)
    assert journal.age(15) == 4
    journal.opening(cast(Source, FakeSource()))
    journal.take(a_frame(), 20, read=False)
    assert journal.sources == 2


def test_damage_that_no_frame_tells(journal: Journal, source: FakeSource) -> None:
    """Where every group was damaged there was no frame; the damage counts all the same."""
    quality = journal._quality
    source.damaged = 7
    journal.take(a_frame(1), 0, read=True)
    assert quality.damaged == 1
    source.damaged = 27
    journal.take(a_frame(2), 3, read=True)
    assert quality.damaged == 21
    assert quality.percent(3) == 16.0
    # Both frames ended in the same bytes
    journal.take(a_frame(2), 3, read=True)
    assert quality.damaged == 21
    # Noise while nobody spoke is no damaged group
    source.damaged = 500
    journal.take(a_frame(1), 60, read=True)
    assert quality.damaged == 22
    # A new source counts from 0
    journal.opening(cast(Source, FakeSource()))
    journal.take(a_frame(3), 62, read=False)
    assert quality.damaged == 25


def test_without_a_source() -> None:
    """A frame tells its own damage."""
    journal = Journal(LinkQuality())
    journal.take(a_frame(2), 0, read=True)
    assert journal._quality.damaged == 2


def test_one_line_when_the_line_is_bad(
    journal: Journal, source: FakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    """One line when it becomes bad, one when it is good; none of a lost meter."""
    caplog.set_level(logging.INFO, module.__name__)
    for second in range(600):
        source.damaged += second >= 200 and second < 400
        journal.take(a_frame(), second, read=True)
    assert [record.getMessage() for record in caplog.records] == [
        "The line is bad: more than 10 % of the groups arrive damaged",
        "The line is good again",
    ]
    caplog.clear()
    for second in range(600, 1200):
        source.damaged += 5
        journal.take(a_frame(), second, read=False)
    assert not caplog.records
