"""What a reading says of the house."""

from __future__ import annotations

import pytest

from custom_components.linky_meter.linky_tic.loads.draw import draw_of
from custom_components.linky_meter.linky_tic.tic.reading import EMPTY
from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    STANDARD,
    STANDARD_THREE,
    Lines,
    Timeline,
    read,
)


@pytest.mark.parametrize(
    ("lines", "loads", "rooms", "breaking"),
    [
        (STANDARD, [7165], [1835], 9000),
        (STANDARD_THREE, [3576, 464, 0], [-576, 2536, 3000], 9000),
        (HISTORIC, [2830], [5930], 9000),
        # Amperes are whole: it may be half of one more
        (HISTORIC_THREE, [805, 1035, 1265], [2070, 1840, 1610], 9000),
    ],
)
def test_each_kind_of_meter(
    lines: Lines, loads: list[float], rooms: list[float], breaking: float
) -> None:
    """VA of each phase, what is left of it, and where the breaker acts."""
    draw = draw_of(read(lines))
    assert draw is not None
    assert [phase.load for phase in draw.phases] == pytest.approx(loads)
    assert [phase.room for phase in draw.phases] == pytest.approx(rooms, abs=30)
    assert draw.breaking == breaking
    assert draw.closed is True
    assert draw.slow


def test_the_filter_of_the_meters_model() -> None:
    """It goes with the draw where it has as many phases."""
    meter = Timeline()
    reading = meter.feed(STANDARD, times=3)
    draw = draw_of(reading, meter.meter.filtered_powers)
    assert draw is not None
    assert draw.phases[0].filtered == pytest.approx(7165)
    other = draw_of(reading, (1.0, 2.0, 3.0), slow=False)
    assert other is not None
    assert other.phases[0].filtered is None
    assert not other.slow


def test_an_open_breaker_and_an_unknown_one() -> None:
    """Code 1 is open; 7 is undefined."""
    opened = draw_of(read(STANDARD, {"STGE": "003A4402"}))
    unknown = draw_of(read(STANDARD, {"STGE": "003A440E"}))
    assert opened is not None
    assert opened.closed is False
    assert unknown is not None
    assert unknown.closed is None


def test_powers_of_phases_that_are_wrong() -> None:
    """Then the current says it, with its half ampere."""
    wrong = {
        "SINSTS": "00417",
        "IRMS1": "000",
        "IRMS2": "001",
        "IRMS3": "001",
        "SINSTS1": "37059",
        "SINSTS2": "73569",
        "SINSTS3": "12345",
    }
    draw = draw_of(Timeline().feed(STANDARD_THREE, wrong, times=400))
    assert draw is not None
    assert [phase.load for phase in draw.phases] == pytest.approx([113.5, 346.5, 348])


def test_nothing_known() -> None:
    """No frame yet, or one without a load."""
    assert draw_of(EMPTY) is None
    without = dict.fromkeys(("SINSTS", "IRMS1", "URMS1"))
    assert draw_of(read(STANDARD, without)) is None
