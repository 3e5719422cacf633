"""What `scripts/bench money` measures at full size, on a few households."""

from __future__ import annotations

import random

import pytest

from .breaker import House, advice_of
from .coverage import LEAST, MOST, measure
from .households import KINDS, household


@pytest.mark.parametrize("tempo", [False, True])
def test_the_range_holds_eight_times_in_ten(*, tempo: bool) -> None:
    """In every part of the month; with so few households a little less sharply."""
    homes = [household(kind, 1) for kind in KINDS]
    shares = measure(homes, step=5, tempo=tempo).shares()
    for part, share in shares.items():
        assert LEAST - 0.12 <= share <= MOST + 0.08, (part, share)


@pytest.mark.parametrize("phases", [1, 3])
def test_no_power_that_would_have_tripped(phases: int) -> None:
    """And never more than one above the least, against a breaker for each phase."""
    for seed in range(8):
        house = House.of(random.Random(seed), phases)
        year = house.year(random.Random(seed))
        advice = advice_of(house, year)
        assert advice.possible is not None
        assert advice.comfortable is not None
        assert not house.trips(year, advice.possible)
        assert house.least(year) <= advice.possible <= advice.comfortable


def test_households_are_the_same_each_time() -> None:
    """So that a change of the rule is measured by the same years."""
    first, again = (household(KINDS[3], 7) for _ in range(2))
    assert first == again
    assert first != household(KINDS[3], 8)
