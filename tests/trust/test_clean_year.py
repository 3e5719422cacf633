"""Checks must not cost a clean line anything.

See ``year.py`` for what a year is: four houses of three months each, visited every half
hour for three frames in a row, and at full resolution around every transition. A value
may come two frames late, because a state, a text and a surprising measurement wait for
other frames to agree; it may not be lost. ``scripts/bench trust`` visits every ten
minutes.
"""

import pytest

from .year import HALF_HOUR, QUARTERS, live


@pytest.mark.parametrize("name", QUARTERS)
def test_nothing_is_lost(name: str) -> None:
    """What clean frames say is shown, at most two frames late."""
    tally = live(name, HALF_HOUR)
    assert tally.values > 300_000
    assert not tally.lost, "\n".join(tally.examples)
    assert tally.falls == 0
    # A frame's Wh at each change of contract and mode
    assert abs(tally.astray[name]) <= 20
