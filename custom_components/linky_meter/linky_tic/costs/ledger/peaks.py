"""How loaded the connection was on a day, for whoever thinks of another power.

The meter's greatest power of a day (SMAXSN) is the greatest output of the breaker's own
filter (Enedis-NOI-CPT_54E v3, section 7), which does not depend on the power that is
subscribed: the breaker would have opened on a day under another power if, and only if,
that reached 1.3 times it; in three-phase each phase against its third.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..calendar.days import utc

POWERS = (3, 6, 9, 12, 15, 18)
"""The powers, kVA, for which is kept how long a day was above them."""
_LOOK = timedelta(minutes=2)
"""Without a look for longer nobody knows how long the load lasted."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the meter shows of the load at a moment."""

    power: int | None = None
    """Apparent power that is drawn now, VA."""
    most: int | None = None
    """The greatest filtered power of the day, or where the meter tells none (historic
    mode) of the last moments by the same filter, VA."""
    phases: tuple[int, ...] = ()
    """The greatest of each phase of a three-phase meter, VA."""
    at: datetime | None = None
    """When ``most`` was; None: now."""
    estimated: bool = False


@dataclass
class Peak:
    """The load of one day."""

    most: int = 0
    """The greatest filtered power, VA."""
    phases: tuple[int, ...] = ()
    """That of each phase; empty with one phase."""
    at: datetime | None = None
    """When the greatest power was, UTC."""
    seconds: dict[int, int] = field(default_factory=dict)
    """How long it was above a power, by kVA."""
    estimated: bool = False
    """Whether the filter was ours and not the meter's."""

    @property
    def load(self) -> int:
        """What a breaker compares with 1.3 times its power, VA of the installation."""
        return max(self.most if not self.phases else 0, 3 * max(self.phases, default=0))

    def copy(self) -> Peak:
        """Return one that stays as this is now."""
        return Peak(self.most, self.phases, self.at, dict(self.seconds), self.estimated)

    def take(self, load: Load, at: datetime, since: datetime | None) -> None:
        """Take what is shown at a moment, after a look at another."""
        if load.most is not None and load.most > self.most:
            self.most, self.at = load.most, utc(load.at or at)
            self.estimated = load.estimated
        if load.phases:
            before = self.phases or (0,) * len(load.phases)
            self.phases = tuple(map(max, before, load.phases))
        spent = timedelta() if since is None else at - since
        if load.power is not None and timedelta() < spent <= _LOOK:
            for power in POWERS:
                if load.power > 1000 * power:
                    self.seconds[power] = self.seconds.get(power, 0) + round(
                        spent.total_seconds()
                    )

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "most": self.most,
            "phases": list(self.phases),
            "at": self.at.isoformat() if self.at else None,
            "seconds": {str(power): spent for power, spent in self.seconds.items()},
            "estimated": self.estimated,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Peak:
        """Return what ``as_dict`` gave; raise what is wrong."""
        at = data["at"]
        return cls(
            int(data["most"]),
            tuple(int(one) for one in _list(data["phases"])),
            utc(datetime.fromisoformat(at)) if at else None,
            {int(power): int(spent) for power, spent in data["seconds"].items()},
            data["estimated"] is True,
        )


def _list(value: object) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value
