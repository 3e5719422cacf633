"""What waits for other readings to agree with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .registers import Pace

SILENCE_SECONDS = 10.0
"""A longer silence says nothing of the line, nor of what waits."""


class PendingStep(NamedTuple):
    """A step of an index that only the user can confirm, Wh or varh."""

    register: str
    before: int
    """What was accepted last."""
    now: int
    """What the meter says."""


@dataclass(slots=True)
class PendingValue:
    """A number that waits for others to agree."""

    value: int
    at: float
    """When it came last, by a steady clock."""
    first: int
    """What it was when it began to wait."""
    seconds: float = 0.0
    """For how long readings agree."""
    count: int = 1
    """How many do."""
    misses: int = 0
    """How many readings since then said something else."""
    unconfirmed: bool = False
    """Whether only the user can confirm it…"""
    confirmed: bool = False
    """…and did."""

    def seconds_at(self, at: float) -> float:
        """Return for how long readings agree, with one of now."""
        return self.seconds + min(at - self.at, SILENCE_SECONDS)

    def add(self, value: int, at: float) -> None:
        """Wait on, with a reading that agrees."""
        self.seconds = self.seconds_at(at)
        self.value, self.at, self.misses = value, at, 0
        self.count += 1

    def follows(self, value: int, at: float, pace: Pace) -> bool:
        """Return whether an index may follow this one."""
        return 0 <= value - self.value <= pace.bound("", at - self.at)
