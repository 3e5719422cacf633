"""How often a meter speaks, and so for how long what it measured is of now."""

from __future__ import annotations

from collections import deque

from ..frame import Frame

_KEEP_SECONDS = 10.0
_KEEP_PERIODS = 3
# PAPP comes with the long frame only, once in up to 26 s of an overload's short frames
_KEEP_SECONDS_SHORT_CYCLE = 30.0
# What takes longer is silence, not a slow source
_LONGEST_INTERVAL = 60.0


class Rhythm:
    """The pace of one meter's long frames."""

    def __init__(self) -> None:
        self.short_cycle = False
        """Whether the last whole, undamaged frame was one of an overload's short ones."""
        self._intervals: deque[float] = deque(maxlen=20)
        self._last_long: float | None = None
        self._last_gap = 0.0

    def begin_anew(self) -> None:
        """Forget the pace: another mode has its own."""
        self._intervals.clear()
        self._last_long = None
        self.short_cycle = False

    @property
    def interval(self) -> float | None:
        """Mean seconds between long frames, None before the second one."""
        gaps = self._intervals
        return sum(gaps) / len(gaps) if gaps else None

    @property
    def keep(self) -> float:
        """For how long measurements are of now, s."""
        if self.short_cycle or (interval := self.interval) is None:
            return _KEEP_SECONDS
        return min(_KEEP_SECONDS, _KEEP_PERIODS * interval)

    def keep_of(self, label: str) -> float:
        """Return for how long a measurement is of now, s."""
        if self.short_cycle and label == "PAPP":
            return _KEEP_SECONDS_SHORT_CYCLE
        return self.keep

    def process(self, frame: Frame, at: float) -> None:
        """Measure the pace of long frames."""
        if frame.short or not frame.complete:
            self._last_long = None
            return
        if self._last_long is not None:
            gap, before = at - self._last_long, self._last_gap
            self._last_gap = gap
            # A long gap is a loss, two in a row are a slow source
            slow = before >= _KEEP_SECONDS
            if 0 < gap < (_LONGEST_INTERVAL if slow else _KEEP_SECONDS):
                self._intervals.append(gap)
        self._last_long = at
