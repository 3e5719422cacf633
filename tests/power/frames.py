"""What a meter shows of a house: series of frames, and the truth beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil
from random import Random

from tests.simulator.ledger import Balance
from tests.simulator.truth import Phase

from .houses import House


@dataclass(frozen=True, slots=True)
class Shown:
    """One frame: what the meter says, and the true watts that it measured."""

    measured: float
    """Second of the series at which the frame's values hold."""
    at: float
    """When the frame has arrived, s."""
    imported: int
    exported: int | None
    apparent: int
    apparent_export: int | None
    exporting: bool | None
    currents: tuple[int, ...]
    phases: tuple[tuple[int | None, int, int | None], ...]
    """Apparent import in VA, A and V of each phase."""
    watts: float


@dataclass(frozen=True, slots=True)
class Series:
    """The frames of a house, and its true watts second by second."""

    house: House
    frames: Sequence[Shown]
    watts: Sequence[float]


# Period of a frame on the wire, s
_PERIODS = {
    ("standard", 1): (0.95, 1.6),
    ("standard", 3): (1.3, 2.2),
    ("historic", 1): (1.4, 2.0),
    ("historic", 3): (2.0, 2.7),
}


def series(house: House) -> Series:
    """Return what the meter of a house shows.

    Power and current are those of the last whole second, the index has counted it.
    """
    rng = Random(f"frames {house.seed} {house.name}")
    seconds = ceil(house.hours * 3600)
    mean = rng.uniform(*_PERIODS[house.mode, house.phases])
    opened = [rng.random(), rng.random()]
    total = [rng.randrange(10**7), rng.randrange(10**6)]
    frames: list[Shown] = []
    watts: list[float] = []
    start = 2.0 + rng.random()
    for second, phases in enumerate(islice(house.flows(house), seconds)):
        balance = Balance.of(phases)
        watts.append(balance.watts)
        way = 0 if balance.watts >= 0 else 1
        opened[way] += abs(balance.watts) / 3600
        whole = int(opened[way])
        opened[way] -= whole
        total[way] += whole
        while start < second + 2:
            period = mean * rng.uniform(0.95, 1.05)
            if start >= second + 1:
                at = start + period + rng.uniform(0, 0.05)
                frames.append(_shown(house, phases, (start, at), total))
            start += period
    return Series(house, frames, watts)


def _shown(
    house: House,
    phases: Sequence[Phase],
    times: tuple[float, float],
    total: list[int],
) -> Shown:
    """Return a frame; ``times`` are those of its values and of its end."""
    balance = Balance.of(phases)
    standard, producer = house.mode == "standard", house.producer
    apparent = balance.import_va
    several = standard and house.phases == 3
    shown = tuple(
        (
            round(phase.imported_va if several else apparent) if standard else None,
            round(phase.amperes),
            round(phase.volts) if standard else None,
        )
        for phase in phases
    )
    return Shown(
        *times,
        total[0],
        total[1] if producer else None,
        round(apparent) if standard else int(apparent + 5) // 10 * 10,
        round(balance.export_va) if producer else None,
        balance.watts < 0 if standard else None,
        tuple(amperes for _, amperes, _ in shown),
        shown,
        balance.watts,
    )
