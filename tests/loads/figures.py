"""What evenings come to: trips, shed minutes beside the oracle's, times switched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import Pool
import os

from .evenings import Outcome, manage
from .homes import evening
from .oracle import plan

type Home = tuple[int, int]
"""Seed and number of phases."""


@dataclass(frozen=True, slots=True)
class Night:
    """One evening, three ways."""

    seed: int
    without: bool
    """Whether the breaker opens without a manager."""
    outcome: Outcome
    least: dict[str, float]
    """Seconds that the oracle sheds, by load."""


@dataclass(slots=True)
class Figures:
    """Many evenings."""

    count: int = 0
    trips: list[int] = field(default_factory=list)
    """Seeds of the evenings that tripped although they were managed."""
    without: int = 0
    too_often: Counter[int] = field(default_factory=Counter)
    """By seed: states that were shorter than their minimum time."""
    switched: int = 0
    settings: int = 0
    worst: float = 0.0
    shed: Counter[str] = field(default_factory=Counter)
    least: Counter[str] = field(default_factory=Counter)

    def add(self, night: Night) -> None:
        """Count an evening."""
        self.count += 1
        self.without += night.without
        if night.outcome.tripped:
            self.trips.append(night.seed)
        if night.outcome.too_often:
            self.too_often[night.seed] = night.outcome.too_often
        self.switched += night.outcome.switched
        self.settings += night.outcome.settings
        self.worst = max(self.worst, night.outcome.worst)
        self.shed.update(night.outcome.shed)
        self.least.update(night.least)

    @property
    def more(self) -> float:
        """The share by which more is shed than the oracle would."""
        return self.shed.total() / self.least.total() - 1

    def words(self) -> Iterator[str]:
        """Yield a table's lines."""
        count = self.count
        yield f"evenings that trip without a manager   {self.without:6} of {count}"
        yield f"evenings that trip with it             {len(self.trips):6}"
        yield f"greatest output of the filter          {self.worst:6.1%} of the limit"
        shorter = self.too_often.total()
        yield f"states shorter than their minimum time {shorter:6}"
        yield f"switched, an evening                   {self.switched / count:6.1f}"
        yield f"levels set, an evening                 {self.settings / count:6.1f}"
        for key in (*self.shed, None):
            shed, least = (
                float(all_of[key] if key else all_of.total()) / 60 / count
                for all_of in (self.shed, self.least)
            )
            name = key or "all"
            yield f"shed, min an evening: {name:14} {shed:8.2f}, oracle {least:.2f}"
        yield f"more than the oracle                   {self.more:6.0%}"


def live(home: Home) -> Night:
    """Live through an evening, managed and not."""
    seed, phases = home
    found = evening(seed, phases)
    return Night(seed, found.trips_without(), manage(found, seed), plan(found))


def measure(seeds: Iterable[int], phases: int) -> Figures:
    """Live through many evenings, on all processors."""
    found = Figures()
    with Pool(os.cpu_count()) as pool:
        for night in pool.imap(live, [(seed, phases) for seed in seeds], chunksize=4):
            found.add(night)
    return found
