"""What `scripts/bench watch` measures at full size, on some months of two households."""

from __future__ import annotations

import pytest

from .households import FAULTS, KINDS, Kind, household
from .years import year


@pytest.mark.parametrize("kind", [KINDS[0], KINDS[3]], ids=lambda kind: kind.name)
def test_faults_are_found_and_little_is_said_in_vain(kind: Kind) -> None:
    """A freezer that never stops, a heater left on, a leak, a pump that is never off."""
    found = year(household(kind, 1), 2, weather=True, days=170)
    assert len(found.trials) == 2 * len(FAULTS)
    assert sum(trial.alarm is not None for trial in found.trials) >= 7
    assert found.in_a_month <= 1
    assert len(found.alarms) <= 2


def test_households_are_the_same_each_time() -> None:
    """So that a change of a rule is measured by the same years."""
    first, again = (household(KINDS[4], 7) for _ in range(2))
    assert first == again
    assert first != household(KINDS[4], 8)
