"""Off-peak hours as they were seen: historic mode does not tell them.

The meter only says which index counts now. Two days with the same changes at the same
times are believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

from ..errors import CorruptStoreError, refusing
from .days import DAY, PARIS, utc
from .schedule import Schedule, Window

_GAP = timedelta(minutes=10)
"""Longer, and a change in it has no time."""
_SAME_MINUTES = 3
"""The meter's clock may be that far from ours, or move so much."""
_MINUTES = 24 * 60


@dataclass
class ObservedHours:
    """The changes of index of the last two days, and what they tell."""

    since: datetime | None = None
    """From when on no change was missed."""
    last: datetime | None = None
    index: int | None = None
    changes: list[tuple[datetime, int]] = field(default_factory=list)
    """Moments, with the index that counts from then on."""

    def feed(self, at: datetime, index: int) -> Schedule | None:
        """Take which index counts at a moment; return a schedule once it is told.

        Raise NaiveTimeError.
        """
        at = utc(at)
        before, last = self.index, self.last
        if last is not None and at < last:
            return None
        self.index, self.last = index, at
        if before is None or last is None or (at - last > _GAP and index != before):
            self.since, self.changes = at, []
            return None
        if index == before:
            return None
        self.changes = [
            *(change for change in self.changes if at - change[0] <= 2 * DAY + _GAP),
            (at, index),
        ]
        return self._told(at)

    def _told(self, at: datetime) -> Schedule | None:
        """Return the hours of the day up to a change, if the day before had the same."""
        if self.since is None or at - self.since < 2 * DAY - _GAP:
            return None
        newer = _by_minute(self.changes, at - DAY, at)
        older = _by_minute(self.changes, at - 2 * DAY, at - DAY)
        if len(newer) != len(older) or len(newer) < 2:
            return None
        for (minute, index), (minute_before, index_before) in zip(
            newer, older, strict=True
        ):
            apart = abs(minute - minute_before)
            if index != index_before or min(apart, _MINUTES - apart) > _SAME_MINUTES:
                return None
        windows = tuple(
            Window(index, _time(start), _time(end))
            for (start, index), (end, _) in pairwise([*newer, newer[0]])
        )
        return Schedule(windows, windows[-1].index)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "since": self.since.isoformat() if self.since else None,
            "last": self.last.isoformat() if self.last else None,
            "index": self.index,
            "changes": [[at.isoformat(), index] for at, index in self.changes],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ObservedHours:
        """Return what ``as_dict`` gave; raise CorruptStoreError."""
        with refusing(CorruptStoreError, "observed hours"):
            since, last, index = data["since"], data["last"], data["index"]
            return cls(
                since=utc(datetime.fromisoformat(since)) if since else None,
                last=utc(datetime.fromisoformat(last)) if last else None,
                index=None if index is None else int(index),
                changes=[
                    (utc(datetime.fromisoformat(at)), int(index))
                    for at, index in data["changes"]
                ],
            )


def _by_minute(
    changes: list[tuple[datetime, int]], after: datetime, until: datetime
) -> list[tuple[int, int]]:
    """Return the minutes of the day of changes, to the nearest, with their indexes.

    A change that is a little late or early belongs to its own day.
    """
    found = []
    for at, index in changes:
        if after + _GAP < at <= until + _GAP:
            local = at.astimezone(PARIS) + timedelta(seconds=30)
            found.append((local.hour * 60 + local.minute, index))
    return found


def _time(minute: int) -> time:
    return time(*divmod(minute, 60))
