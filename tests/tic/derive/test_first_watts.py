"""Active power of a steady load in the first minutes: of a meter never read, and restarted.

The frames are those of ``tests/power``: their pace, and PAPP in steps of 10 VA.
"""

from dataclasses import replace
import json

import pytest

from custom_components.linky_meter.linky_tic.tic.derive.active_power import (
    ActivePower,
    Sample,
)
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from tests.power.figures import sample
from tests.power.frames import Shown, series
from tests.power.houses import House, fixed

STEADY = (40, 100, 300, 2000)
FACTORS = (0.6, 0.85, 1.0)
METERS = [("standard", 1), ("standard", 3), ("historic", 1), ("historic", 3)]
SEEDS = range(2)


def frames(
    kind: tuple[str, int], watts: float, factor: float, seed: int, hours: float
) -> list[Shown]:
    """Return what a meter shows of a load that stays."""
    mode, phases = kind
    flows = fixed(watts, factor)
    house = House(
        name="steady", mode=mode, phases=phases, hours=hours, seed=seed, flows=flows
    )
    return list(series(house).frames)


@pytest.mark.parametrize("kind", METERS)
@pytest.mark.parametrize("watts", STEADY)
def test_after_a_restart(kind: tuple[str, int], watts: int) -> None:
    """Within 10 % or 10 W from the second frame on, whatever was used in between."""
    for factor in FACTORS:
        for seed in SEEDS:
            power, last = (
                ActivePower(),
                sample(frames(kind, watts, factor, seed, 0.01)[0]),
            )
            for load, part in ((watts, factor), (2 * watts, 0.95), (watts / 2, 0.6)):
                shown = frames(kind, load, part, seed, 0.25)
                last = _feed(power, shown, last)
            kept = json.loads(json.dumps(Memory(factors=power.kept).as_dict()))
            power = ActivePower(Memory.from_dict(kept).factors)
            for number, one in enumerate(frames(kind, watts, factor, seed, 0.1)):
                estimate = power.update(sample(one))
                assert (estimate.watts is None) is (number == 0)
                if estimate.watts is not None:
                    assert estimate.watts == pytest.approx(one.watts, rel=0.1, abs=10)


def _feed(power: ActivePower, shown: list[Shown], last: Sample) -> Sample:
    """Feed frames that go on where the last ones ended; return the last."""
    assert last.imported is not None
    later, more = last.at, last.imported - shown[0].imported
    for one in shown:
        taken = sample(one)
        last = replace(taken, at=later + one.at, imported=one.imported + more)
        power.update(last)
    return last


@pytest.mark.parametrize("kind", METERS)
@pytest.mark.parametrize("watts", STEADY)
def test_the_first_minutes_ever(kind: tuple[str, int], watts: int) -> None:
    """The first value is within 15 %, and so is each of the first two minutes.

    PAPP has steps of 10 VA: at 40 W they alone are up to 10 % more.
    """
    within = 0.25 if kind[0] == "historic" and watts == 40 else 0.15
    for factor in (0.85, 0.95, 1.0):
        for seed in SEEDS:
            power = ActivePower()
            for one in frames(kind, watts, factor, seed, 0.05):
                estimate = power.update(sample(one))
                if estimate.watts is not None:
                    assert estimate.watts == pytest.approx(one.watts, rel=within)
