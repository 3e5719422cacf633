"""A load that may be shed, and what its owner wants of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import ClassVar

VOLTS = 230.0
"""What an ampere of a charger is worth, for each of its phases."""
LEAST_AMPERES = 6.0
"""Below it no car charges (IEC 61851-1): it is paused."""
MOST_AMPERES = 16.0
"""Of a charger of which nobody told."""


class LoadKind(StrEnum):
    """How a load is shed."""

    SWITCH = "switch"
    """Switched off and on."""
    CLIMATE = "climate"
    """Set to another preset and back."""
    NUMBER = "number"
    """Given less power, in W, step by step, and then 0."""
    CHARGER = "charger"
    """Given less current, in A, step by step, and then paused."""


class WhenLost(StrEnum):
    """What becomes of a load when the meter is lost."""

    KEEP = "keep"
    """It stays as it is: shed if it was."""
    RELEASE = "release"
    """It may run again; nobody watches over the breaker."""
    SHED = "shed"
    """It is shed until the meter is back."""


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day by the local clock; ``end`` may be on the next day."""

    start: time
    end: time

    def holds(self, now: datetime) -> bool:
        """Return whether a local time lies in it; equal ends mean the whole day."""
        at = now.time()
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Something that may be shed."""

    key: str
    """What it is called in orders; unique."""
    entities: tuple[str, ...] = ()
    """What it is switched by. Two loads may not share one."""
    kind: LoadKind = LoadKind.SWITCH
    priority: int = 1
    """The load with the lowest number is shed first and restored last."""
    power: float | None = None
    """W while it runs at most; None: learned when it switches."""
    phase: int | None = None
    """1 to 3; None: evenly on all phases that the meter has."""
    min_on: float = 300.0
    """Seconds that it runs at least once it was restored."""
    min_off: float = 300.0
    """Seconds that it is shed at least."""
    delay: float = 5.0
    """Seconds from an order until its power has fallen, at most."""
    never: tuple[Window, ...] = ()
    """Local times at which it is never shed."""
    when_lost: WhenLost = WhenLost.KEEP
    comfort: float | None = None
    """It is not shed, or no longer, while ``Observation.comfort`` is below."""
    least: float | None = None
    """The least that it can be set to, above 0: A of a charger (6 where None), W of a
    number (``step`` where None)."""
    most: float | None = None
    """The most that it is set to: A of a charger (16 where None), W of a number
    (``power`` where None; it needs one of the two)."""
    step: float = 1.0
    """By how many A or W the least change of the setting is."""
    phases: int = 1
    """Of a charger: 1 or 3."""

    @property
    def adjustable(self) -> bool:
        """Whether it can be lowered before it is shed."""
        return self.kind in {LoadKind.NUMBER, LoadKind.CHARGER}

    @property
    def lowest(self) -> float:
        """The least level at which it runs, A or W."""
        if self.least is not None:
            return self.least
        return LEAST_AMPERES if self.kind is LoadKind.CHARGER else self.step

    @property
    def highest(self) -> float:
        """The greatest level, A or W; 0 where nobody told."""
        if self.most is not None:
            return self.most
        return MOST_AMPERES if self.kind is LoadKind.CHARGER else self.power or 0.0

    @property
    def unit(self) -> float:
        """VA of one A or W of its level."""
        return VOLTS * self.phases if self.kind is LoadKind.CHARGER else 1.0

    def parts(self, power: float, phases: int) -> list[float]:
        """Return how much of its power is on each of the meter's phases."""
        if self.phases == 1 and self.phase is not None and self.phase <= phases:
            return [power if n == self.phase else 0.0 for n in range(1, phases + 1)]
        return [power / phases] * phases

    def never_shed(self, now: datetime) -> bool:
        """Return whether a local time lies in the hours in which it is never shed."""
        return any(window.holds(now) for window in self.never)


class LoadsError(ValueError):
    """Loads that cannot be managed together; ``key`` finds the words for it."""

    key: ClassVar[str] = "loads"

    def __init__(self, loads: Sequence[str], entity: str = "") -> None:
        """Keep the keys of the loads, and the entity that they share."""
        super().__init__(f"{self.key}: {', '.join(loads)}")
        self.loads = tuple(loads)
        self.entity = entity


class SameEntityError(LoadsError):
    """Two loads are switched by one entity."""

    key = "same_entity"


class SameKeyError(LoadsError):
    """Two loads have one key."""

    key = "same_key"


class LoadLimitsError(LoadsError):
    """The least that a load can be set to is above the most, or below 6 A."""

    key = "load_limits"


def check(loads: Sequence[Load]) -> None:
    """Raise SameKeyError, SameEntityError or LoadLimitsError for what cannot be."""
    keys: set[str] = set()
    owners: dict[str, str] = {}
    for load in loads:
        if load.key in keys:
            raise SameKeyError((load.key,))
        keys.add(load.key)
        for entity in load.entities:
            if (other := owners.setdefault(entity, load.key)) != load.key:
                raise SameEntityError((other, load.key), entity)
        least = LEAST_AMPERES if load.kind is LoadKind.CHARGER else 0.0
        if load.adjustable and not least <= load.lowest <= load.highest:
            raise LoadLimitsError((load.key,))
