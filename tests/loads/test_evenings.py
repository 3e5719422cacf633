"""Simulated evenings: no trip, and minimum times; the oracle on what is known."""

from __future__ import annotations

import numpy as np
import pytest

from custom_components.linky_meter.linky_tic.loads.load import Load

from .evenings import manage
from .homes import SECONDS, Appliance, Evening, evening, trips
from .oracle import plan


@pytest.mark.parametrize(("phases", "seed"), [(1, 2), (1, 102), (3, 1)])
def test_no_trip_and_minimum_times(phases: int, seed: int) -> None:
    """The breaker of the simulated meter stays closed, and would not without it.

    `scripts/bench loads` lives through a thousand.
    """
    found = evening(seed, phases)
    outcome = manage(found, seed)
    assert not outcome.tripped
    assert not outcome.too_often
    assert found.trips_without()
    assert outcome.switched or outcome.settings


@pytest.mark.parametrize("seed", [3321, 3480])
def test_no_trip_where_people_alone_are_near_it(seed: int) -> None:
    """A hob and an oven that pulse together, or come on together: seconds decide."""
    outcome = manage(evening(seed, 1), seed)
    assert not outcome.tripped
    assert outcome.worst > 0.97


def test_the_oracle_sheds_no_more_than_it_must() -> None:
    """Two loads of 4 kVA and ten minutes of people's own: what is left is arithmetic."""
    people = np.full(SECONDS, 1000.0)
    people[3600:4800] = 5000.0
    load = Load(key="load", min_on=20, min_off=20)
    wants = np.full(SECONDS, 4000.0)
    found = Evening(6000.0, [people], [Appliance(load, wants, (0,), measured=False)])
    assert found.trips_without()
    shed = plan(found)["load"]
    # 9 kVA is borne for long after 5, and for a while between two rests at 5
    assert 300 < shed < 1000
    # Who has to be ready for an oven sheds more
    assert shed < plan(found, reserve=True)["load"] < 1200
    # Nothing is shed where nothing has to be
    people[:] = 1000.0
    assert plan(found) == plan(found, reserve=True) == {"load": 0.0}
    assert not trips(people + wants, found.limit)
