"""The tariffs of a day as they were seen: historic mode tells no day profile.

Such a day is known when the frames of all its half hours were heard without a gap; what
a gap hides may be a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..profile import Day
from ..values import PARIS

_GAP = timedelta(seconds=60)
_DAY_MINUTES = 24 * 60
_HALF_HOURS = 48
_ALL = (1 << _HALF_HOURS) - 1
# Seen once more so many minutes away, it is the same change at another time
_SAME_CHANGE = 90
# PTEC is believed with the second frame that says so
_LATE = timedelta(seconds=3)


@dataclass
class ObservedDay:
    """When each tariff of a day was seen to begin."""

    contract: str = ""
    """The contract of which it is."""
    changes: dict[int, int] = field(default_factory=dict)
    """The index that began, by minutes since midnight."""
    covered: int = 0
    """The half hours that were heard whole or in part, a bit each."""
    _last: tuple[datetime, int] | None = field(default=None, compare=False)
    """The last frame, and the index that it counted."""
    _changed: int | None = field(default=None, compare=False)
    """The last change, where nothing was missed since."""

    @property
    def day(self) -> Day | None:
        """The day, None until it is known and where its tariff never changes."""
        found = tuple(sorted(self.changes.items()))
        alternating = all(
            now[1] != before[1]
            for before, now in zip((found[-1:] + found)[:-1], found, strict=True)
        )
        return found if found and alternating and self.covered == _ALL else None

    def observe(self, contract: str, slot: int, received: datetime) -> None:
        """Take what a frame counts, ``received`` at an aware time."""
        if contract != self.contract:
            self.contract, self.changes, self.covered = contract, {}, 0
            self._last = None
        last, self._last = self._last, (received, slot)
        if last is None or not timedelta() <= received - last[0] <= _GAP:
            self._changed = None
            return
        local = (received - _LATE).astimezone(PARIS)
        self.covered |= 1 << (local.hour * 2 + local.minute // 30)
        if slot == last[1]:
            return
        minute = round(local.hour * 60 + local.minute + local.second / 60)
        self._change(minute % _DAY_MINUTES, slot)

    def _change(self, minute: int, slot: int) -> None:
        """Take a change that was seen, and drop what it contradicts."""
        before, self._changed = self._changed, minute
        since = None if before is None else (minute - before) % _DAY_MINUTES
        for start in list(self.changes):
            ago = (minute - start) % _DAY_MINUTES
            near = min(ago, _DAY_MINUTES - ago) <= _SAME_CHANGE
            unseen = since is not None and 0 < ago < since
            if unseen or (near and self.changes[start] == slot):
                del self.changes[start]
        self.changes[minute] = slot

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "contract": self.contract,
            "changes": {str(minute): slot for minute, slot in self.changes.items()},
            "covered": f"{self.covered:x}",
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ObservedDay:
        """Return what ``as_dict`` gave."""
        return cls(
            data.get("contract", ""),
            {int(minute): slot for minute, slot in data.get("changes", {}).items()},
            int(data.get("covered", "0"), 16),
        )
