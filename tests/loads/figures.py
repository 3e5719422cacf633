"""What evenings come to: trips, shed minutes beside the oracle's, times switched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pool
import os

from .evenings import Outcome, manage
from .homes import evening
from .oracle import plan

type Home = tuple[int, int, bool]
"""Seed, number of phases, and whether the oracle's plans are made too."""


@dataclass(frozen=True, slots=True)
class Night:
    """One evening, four ways."""

    seed: int
    without: bool
    """Whether the breaker opens without a manager."""
    outcome: Outcome
    least: dict[str, float]
    """Seconds that the oracle sheds, by load; empty where it was not asked."""
    reserved: dict[str, float]
    """The same if it keeps the reserve of one who does not know what comes."""


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
    planned: int = 0
    """Evenings of which the oracle's plans were made; what follows is of these."""
    shed: Counter[str] = field(default_factory=Counter)
    least: Counter[str] = field(default_factory=Counter)
    reserved: Counter[str] = field(default_factory=Counter)

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
        if not night.least:
            return
        self.planned += 1
        self.shed.update(night.outcome.shed)
        self.least.update(night.least)
        self.reserved.update(night.reserved)

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
        yield f"evenings beside the oracle's           {self.planned:6}"
        for key in (*self.shed, None):
            shed, least, reserved = (
                float(all_of[key] if key else all_of.total()) / 60 / self.planned
                for all_of in (self.shed, self.least, self.reserved)
            )
            yield (
                f"shed, min an evening: {key or 'all':14} {shed:8.2f}, "
                f"oracle {least:.2f}, with a reserve {reserved:.2f}"
            )
        yield f"more than the oracle                   {shed / least - 1:6.0%}"
        yield f"more than it with the same reserve     {shed / reserved - 1:6.0%}"


def live(home: Home) -> Night:
    """Live through an evening, managed and not."""
    seed, phases, planned = home
    found = evening(seed, phases)
    outcome = manage(found, seed)
    least = plan(found) if planned else {}
    reserved = plan(found, reserve=True) if planned else {}
    return Night(seed, found.trips_without(), outcome, least, reserved)


def measure(seeds: Sequence[int], phases: int, planned: int) -> Figures:
    """Live through many evenings, the first beside the oracle's, on all processors."""
    found = Figures()
    homes = [(seed, phases, number < planned) for number, seed in enumerate(seeds)]
    with Pool(os.cpu_count()) as pool:
        for night in pool.imap(live, homes, chunksize=4):
            found.add(night)
    return found
