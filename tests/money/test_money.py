"""What `scripts/bench money` measures at full size, on a few households."""

from __future__ import annotations

from .coverage import LEAST, MOST, measure
from .households import KINDS, household


def test_the_range_holds_eight_times_in_ten() -> None:
    """In every part of the month; with so few households a little less sharply."""
    homes = [household(kind, 1) for kind in KINDS]
    shares = measure(homes, step=5).shares()
    for part, share in shares.items():
        assert LEAST - 0.12 <= share <= MOST + 0.08, (part, share)


def test_households_are_the_same_each_time() -> None:
    """So that a change of the rule is measured by the same years."""
    first, again = (household(KINDS[3], 7) for _ in range(2))
    assert first == again
    assert first != household(KINDS[3], 8)
