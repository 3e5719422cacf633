"""How good a line is: the share of groups that arrive undamaged."""

from __future__ import annotations

from collections import deque

_MINUTES = 60

STEP_SECONDS = 10.0
"""What a line's state is judged in."""
BAD_PERCENT, _BAD_STEPS = 10, 6
GOOD_PERCENT, _GOOD_STEPS = 2, 18


class _Steps:
    """Good and damaged groups per step of time."""

    def __init__(self, seconds: float, most: int) -> None:
        """Keep so many steps of so many seconds."""
        self._seconds = seconds
        self._rows: deque[tuple[int, int, int]] = deque(maxlen=most)

    def add(self, at: float, good: int, damaged: int) -> int:
        """Count groups; return the number of the step."""
        step = int(at // self._seconds)
        if self._rows and self._rows[-1][0] == step:
            _, before, lost = self._rows.pop()
            good, damaged = good + before, damaged + lost
        self._rows.append((step, good, damaged))
        return step

    def recent(self, at: float, steps: int) -> tuple[int, int]:
        """Return the good and the damaged groups of the last steps."""
        since = int(at // self._seconds) - steps
        rows = [row for row in self._rows if row[0] > since]
        return sum(row[1] for row in rows), sum(row[2] for row in rows)


class LinkQuality:
    """Counts good and damaged groups, over an hour and in all."""

    def __init__(self) -> None:
        self.damaged = 0
        self._minutes = _Steps(60, _MINUTES)

    def add(self, at: float, good: int, damaged: int) -> None:
        """Count the groups of one frame; ``at`` is a steady clock in seconds."""
        self.damaged += damaged
        self._minutes.add(at, good, damaged)

    def percent(self, at: float) -> float | None:
        """Return the undamaged share of the last hour in %, None without a group."""
        good, damaged = self._minutes.recent(at, _MINUTES)
        total = good + damaged
        return round(100 * good / total, 1) if total else None


class LineWatch:
    """Tells when a line becomes bad, and when it is good again.

    More than 10 % damaged over a minute is bad, less than 2 % over three is good: what
    lies between changes nothing, so that a line on the edge is no news again and again.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew: what was received before says nothing of now."""
        self.bad = False
        self._since: int | None = None
        self._steps = _Steps(STEP_SECONDS, _GOOD_STEPS)

    def add(self, at: float, good: int, damaged: int) -> bool:
        """Count the groups of one frame; return whether ``bad`` changed."""
        step = self._steps.add(at, good, damaged)
        if self._since is None:
            self._since = step
        if not damaged and not self.bad:
            # No good frame makes a line bad
            return False
        wanted = _GOOD_STEPS if self.bad else _BAD_STEPS
        if step - self._since < wanted:
            return False
        good, damaged = self._steps.recent(at, wanted)
        share, total = 100 * damaged, good + damaged
        if self.bad:
            changed = share < GOOD_PERCENT * total
        else:
            changed = share > BAD_PERCENT * total
        if changed:
            self.bad, self._since = not self.bad, step
        return changed
