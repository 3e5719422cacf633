"""What happened lately on a line."""

from __future__ import annotations

import logging
from typing import cast

import pytest

from custom_components.linky_meter.link import log as module
from custom_components.linky_meter.link.log import LinkLog
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
def log(source: FakeSource) -> LinkLog:
    """Return a log of that source."""
    made = LinkLog(LinkQuality())
    made.opening(cast(Source, source))
    return made


def test_the_last_frames(log: LinkLog) -> None:
    """Ten are kept as they came and shown masked."""
    for second in range(12):
        log.process(a_frame(second), second, read=True)
    assert log.secrets == {ADDRESS}
    shown = log.as_list(log.secrets)
    assert [frame["damaged"] for frame in shown] == list(range(2, 12))
    assert shown[0]["groups"] == ["ADCO 021875######", "IINST 002"]
    assert shown[0]["labels"] == "ADCO IINST"


def test_reconnections(log: LinkLog) -> None:
    """Tries count until a frame comes; a source counts when it gave one."""
    assert log.age(5) is None
    for _ in range(2):
        log.opening(cast(Source, FakeSource()))
    assert (log.tries, log.sources) == (3, 0)
    log.process(a_frame(), 10, read=False)
    log.process(a_frame(), 11, read=True)
    assert (log.tries, log.sources) == (0, 1)
    assert log.age(15) == 4
    log.opening(cast(Source, FakeSource()))
    log.process(a_frame(), 20, read=False)
    assert log.sources == 2


def test_damage_that_no_frame_tells(log: LinkLog, source: FakeSource) -> None:
    """Where every group was damaged there was no frame; the damage counts all the same."""
    quality = log._quality
    source.damaged = 7
    log.process(a_frame(1), 0, read=True)
    assert quality.damaged == 1
    source.damaged = 27
    log.process(a_frame(2), 3, read=True)
    assert quality.damaged == 21
    assert quality.percent(3) == 16.0
    # Both frames ended in the same bytes
    log.process(a_frame(2), 3, read=True)
    assert quality.damaged == 21
    # Noise while nobody spoke is no damaged group
    source.damaged = 500
    log.process(a_frame(1), 60, read=True)
    assert quality.damaged == 22
    # A new source counts from 0
    log.opening(cast(Source, FakeSource()))
    log.process(a_frame(3), 62, read=False)
    assert quality.damaged == 25


def test_without_a_source() -> None:
    """A frame tells its own damage."""
    log = LinkLog(LinkQuality())
    log.process(a_frame(2), 0, read=True)
    assert log._quality.damaged == 2


def test_one_line_when_the_line_is_bad(
    log: LinkLog, source: FakeSource, caplog: pytest.LogCaptureFixture
) -> None:
    """One line when it becomes bad, one when it is good; none of a lost meter."""
    caplog.set_level(logging.INFO, module.__name__)
    for second in range(600):
        source.damaged += second >= 200 and second < 400
        log.process(a_frame(), second, read=True)
    assert [record.getMessage() for record in caplog.records] == [
        "The line is bad: more than 10 % of the groups arrive damaged",
        "The line is good again",
    ]
    caplog.clear()
    for second in range(600, 1200):
        source.damaged += 5
        log.process(a_frame(), second, read=False)
    assert not caplog.records
