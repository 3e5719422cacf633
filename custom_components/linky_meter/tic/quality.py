"""How good a line is: the share of groups that arrive undamaged."""

from __future__ import annotations

from collections import deque

_MINUTES = 60


class LinkQuality:
    """Counts good and damaged groups, over an hour and in all."""

    def __init__(self) -> None:
        """Start without a group."""
        self.damaged = 0
        self._minutes: deque[tuple[int, int, int]] = deque(maxlen=_MINUTES)

    def add(self, at: float, good: int, damaged: int) -> None:
        """Count the groups of one frame; ``at`` is a steady clock in seconds."""
        self.damaged += damaged
        minute = int(at // 60)
        if self._minutes and self._minutes[-1][0] == minute:
            _, before, lost = self._minutes.pop()
            good, damaged = good + before, damaged + lost
        self._minutes.append((minute, good, damaged))

    def percent(self, at: float) -> float | None:
        """Return the undamaged share of the last hour in %, None without a group."""
        since = int(at // 60) - _MINUTES
        recent = [row for row in self._minutes if row[0] > since]
        good = sum(row[1] for row in recent)
        total = good + sum(row[2] for row in recent)
        return round(100 * good / total, 1) if total else None
