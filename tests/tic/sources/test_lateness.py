"""How late frames are, by the meter's clock."""

from __future__ import annotations

import random

import pytest

from custom_components.linky_meter.linky_tic.tic.sources.lateness import Lateness

# Any moments will do
WALL, STEADY = 1_800_000_000.0, 5_000.0


class Meter:
    """A meter's clock, ours, and frames that come as late as the test says."""

    def __init__(self, clock: float = 0.0, kept: float | None = None) -> None:
        """Take what the meter's clock is ahead, and what is known of it, s."""
        self.lateness = Lateness(kept)
        self.clock = clock
        self.ours = 0.0
        self.delay = 0.0
        self.passed = 0.0

    def frame(self, seconds: float = 1.5, date: float | None = None) -> Lateness:
        """Give the frame of some seconds later; ``date`` is a damaged one."""
        self.passed += seconds
        true = WALL + self.passed
        shown = int(true + self.clock - self.delay)
        self.lateness.process(
            date if date is not None else shown,
            wall=true + self.ours,
            at=STEADY + self.passed,
        )
        return self.lateness

    def frames(self, count: int = 5) -> Lateness:
        """Give some."""
        for _ in range(count):
            self.frame()
        return self.lateness


@pytest.mark.parametrize("clock", [-3600, -7, 0, 42])
def test_the_meters_clock_is_no_delay(clock: float) -> None:
    """Whatever it says, as long as it goes."""
    meter = Meter(clock)
    assert not meter.frames(1000).late
    assert meter.lateness.seconds <= 1
    offset = meter.lateness.offset(WALL + meter.passed, STEADY + meter.passed)
    assert offset == pytest.approx(clock, abs=1.5)


def test_one_damaged_date_is_no_delay() -> None:
    """The delay is that of the frames around it, and 0 while they are in time."""
    meter = Meter(0, kept=0.0)
    assert meter.frames().delay == 0
    meter.delay = 30
    assert meter.frame().delay == 0
    assert meter.frames().delay == pytest.approx(30, abs=1.1)
    assert meter.frame(date=WALL - 86_400).delay == pytest.approx(30, abs=1.1)
    assert meter.frames().delay == pytest.approx(30, abs=1.1)
    meter.delay = 0
    assert meter.frame().delay == 0
    # After a hang the first frame is late already, and two that differ are too
    meter.delay = 60
    assert meter.frame(60).delay == pytest.approx(60, abs=1.1)
    meter.delay = 0
    assert meter.frame().delay == 0
    meter.delay = 12
    meter.frame()
    meter.delay = 20
    assert meter.frame().delay == pytest.approx(20, abs=1.1)


def test_from_ten_seconds_to_five() -> None:
    """One late frame may be damaged, the second is late; 5 s are none."""
    meter = Meter()
    meter.frames()
    meter.delay = 8
    assert not meter.frames().late
    meter.delay = 12
    assert not meter.frame().late
    assert meter.frame().late
    assert meter.lateness.seconds == pytest.approx(12, abs=1.1)
    meter.delay = 7
    assert meter.frames().late
    meter.delay = 3
    assert not meter.frame().late


def test_a_server_that_hung() -> None:
    """Its old frames are late from the first on, and it may catch up."""
    meter = Meter()
    meter.frames()
    meter.delay = 90
    assert meter.frame(90).late
    while meter.delay > 0:
        meter.delay -= 1.5
        meter.frame(0.05)
    assert not meter.lateness.late


@pytest.mark.parametrize("clock", [-20, 0, 20])
def test_a_delay_at_the_start_is_one(clock: float) -> None:
    """The clock is known over restarts and connections."""
    meter = Meter(clock, kept=clock)
    meter.delay = 28
    assert meter.frame().late
    assert meter.frames(10_000).late
    meter.delay = 0
    assert not meter.frames().late


def test_a_delay_at_the_very_first_start() -> None:
    """It cannot be told from the meter's clock until a frame comes sooner."""
    meter = Meter()
    meter.delay = 28
    assert not meter.frames().late
    meter.delay = 0
    meter.frames()
    meter.delay = 28
    assert meter.frames().late


@pytest.mark.parametrize("first", [True, False])
def test_a_damaged_date(first: bool) -> None:
    """A single one moves nothing, in either direction."""
    for far in (-86_400.0, 86_400.0):
        meter = Meter()
        if not first:
            meter.frames()
        meter.frame(date=WALL + far)
        assert not meter.frames(4).late
        assert not meter.frames(100).late


def test_clocks_that_are_set() -> None:
    """Ours does not count while we run; the meter's may be set ahead, or right."""
    meter = Meter(30)
    meter.frames()
    meter.ours = -500
    assert not meter.frames().late
    meter.ours = 0
    meter.clock = 90
    assert not meter.frames().late
    meter.clock = 0
    assert not meter.frames().late
    # While we did not run: both agree now
    assert not Meter(0, kept=30).frames().late


def test_a_clock_that_drifts() -> None:
    """By seconds a month, and frames that come now sooner, now later."""
    rng = random.Random(1)
    meter = Meter()
    for _ in range(60 * 24 * 60):
        meter.clock -= 10 / (30 * 24 * 60)
        meter.delay = rng.uniform(0, 2)
        assert not meter.frame(60).late
    meter.delay = 12
    assert meter.frames().late


def test_what_a_port_gives_is_in_time() -> None:
    """It teaches the clock, for a server later on."""
    lateness = Lateness()
    lateness.trust(WALL + 100, STEADY)
    assert lateness.offset(WALL, STEADY) == 100
    assert lateness.seconds == 0
    lateness.process(WALL + 101 - 30, wall=WALL + 1, at=STEADY + 1)
    lateness.process(WALL + 102 - 30, wall=WALL + 2, at=STEADY + 2)
    assert lateness.late
    assert Lateness().offset(WALL, STEADY) is None
