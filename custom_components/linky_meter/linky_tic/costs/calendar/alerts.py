"""Alert days: those that a supplier announces, on which other prices hold.

Sobriety days, sessions, red days of a supplier's own. Somebody outside tells them, so a
day may be known to be one, known to be none, or not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..errors import CorruptStoreError, refusing
from .days import DAY
from .schedule import Schedule


@dataclass
class AlertDays:
    """What is known of alert days."""

    days: dict[date, bool] = field(default_factory=dict)
    otherwise: bool | None = None
    """What a day is that is not here; None: not known."""

    def tell(self, day: date, *, alert: bool) -> bool:
        """Keep what a day is; once an alert, it stays one. Return whether that is new."""
        before = self.days.get(day)
        if before is not None and (before or not alert):
            return False
        self.days[day] = alert
        return True

    def schedules(self, schedule: Schedule, day: date) -> tuple[Schedule, ...]:
        """Return the schedules that a day may have had, the ordinary one first."""
        before, today = (self._may_be(one) for one in (day - DAY, day))
        found = (schedule.on(before=b, today=t) for b in before for t in today)
        return tuple(dict.fromkeys(found))

    def _may_be(self, day: date) -> tuple[bool, ...]:
        told = self.days.get(day, self.otherwise)
        return (False, True) if told is None else (told,)

    def trim(self, before: date) -> None:
        """Forget what is older."""
        self.days = {day: told for day, told in self.days.items() if day >= before}

    def copy(self) -> AlertDays:
        """Return days to read from, which stay as these are now."""
        return AlertDays(dict(self.days), self.otherwise)

    def as_dict(self) -> dict[str, bool]:
        """Return it as JSON has it."""
        return {day.isoformat(): told for day, told in sorted(self.days.items())}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AlertDays:
        """Return what ``as_dict`` gave; raise CorruptStoreError."""
        with refusing(CorruptStoreError, "alert days"):
            return cls({date.fromisoformat(d): t is True for d, t in data.items()})

    @classmethod
    def of(cls, days: Iterable[date]) -> AlertDays:
        """Return days that are all known: the others are ordinary ones."""
        return cls(dict.fromkeys(days, True), otherwise=False)
