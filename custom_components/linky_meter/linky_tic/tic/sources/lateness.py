"""How late a meter's frames are, by the meter's own clock.

A server may keep frames back: release 2 of TIC2WebSocket gives one a second at most, and
one that hung gives old ones. Its times of capture stay those of now; only DATE shows the
delay. The meter's clock is seldom right to the second, but it moves by seconds a month.
"""

from __future__ import annotations

from collections import deque

from ..frame import Frame
from ..values import parse_horodate

TOLERANCE_SECONDS = 5.0
"""A delay up to here may be that of a frame on its way."""
LATE_SECONDS = 10.0
OF_NOW = frozenset(
    {
        "available_current",
        *(f"available_current_l{phase}" for phase in (1, 2, 3)),
        "available_power",
        "time_to_trip",
    }
)
"""The keys of a reading that loads are switched by: those of late frames are unknown."""

# So many must agree that the meter's clock is ahead of what was thought
_AGREE = 3
_DAY = 86_400.0


def date_of(frame: Frame) -> float | None:
    """Return what DATE says, in s since 1970; None in a frame that does not tell."""
    date = frame.by_label.get("DATE")
    moment = parse_horodate(date.horodate or "") if date is not None else None
    return None if moment is None else moment.at.timestamp()


class Lateness:
    """Compares DATE with a steady clock, so that steps of our own clock do not count.

    ``offset`` is what ``offset`` said before a restart: the meter's clock against ours,
    in seconds. Without it, the first frames are taken to be in time.
    """

    def __init__(self, offset: float | None = None) -> None:
        self.late = False
        """From 10 s on, until no more than 5 s are left."""
        self.seconds = 0.0
        """The delay of the last frame."""
        self.delay = 0.0
        """The same while frames are late, else 0; one damaged DATE does not count."""
        self._offset = offset
        self.known = offset is not None
        """Whether more than the first frames tell of the meter's clock."""
        self._expected: float | None = None
        """What DATE is ahead of the steady clock in a frame that is in time, s."""
        self._recent: deque[float] = deque(maxlen=_AGREE)
        self._last: tuple[float, float] | None = None
        """The last DATE and when it came."""
        self._doubted = False
        """Whether one frame was late, which may be a damaged one."""

    def offset(self, wall: float, at: float) -> float | None:
        """Return the meter's clock against ours, s; None before the first frame."""
        return None if self._expected is None else self._expected - (wall - at)

    def trust(self, date: float, at: float) -> None:
        """Take a frame that is in time for sure; arguments as of ``process``."""
        self._expected, self._last = date - at, (date, at)
        self.known = True
        self._recent.clear()
        self.late, self.seconds, self.delay = False, 0.0, 0.0

    def process(self, date: float, *, wall: float, at: float) -> None:
        """Take DATE and the time of day, both in s since 1970, and a steady clock, s."""
        ahead, right = date - at, abs(date - wall) <= TOLERANCE_SECONDS
        self._recent.append(ahead)
        gap, steady = LATE_SECONDS, True
        if self._last is not None:
            gap = at - self._last[1]
            before = self._last[0] - self._last[1]
            steady = gap >= LATE_SECONDS or abs(ahead - before) <= TOLERANCE_SECONDS
        if self._last is not None and right and date < self._last[0] - 1:
            # It was ahead, and has been set
            self._expected = ahead
        self._last = (date, at)
        self._expected = self._expect(ahead, wall - at, right=right)
        self.seconds = max(0.0, self._expected - ahead)
        if self.seconds <= TOLERANCE_SECONDS:
            self.late = self._doubted = False
            # The clock's own pace, which is slow
            self._expected -= self.seconds * min(1.0, gap / _DAY)
        elif self.seconds >= LATE_SECONDS:
            self.late = self.late or self._doubted or gap >= LATE_SECONDS
            self._doubted = True
        if not self.late:
            self.delay = 0.0
        elif steady or not self.delay:
            self.delay = self.seconds

    def _expect(self, ahead: float, ours: float, *, right: bool) -> float:
        """Return what DATE is ahead of the steady clock in a frame that is in time.

        ``ours`` is what our own clock is ahead, and ``right`` tells that both agree.
        """
        expected = self._expected
        if expected is None:
            # Where both clocks are right now, one of them was set meanwhile
            known = self._offset is not None and not right
            return (self._offset or 0.0) + ours if known else ahead
        least = min(self._recent)
        if len(self._recent) == _AGREE:
            self.known = True
            return max(expected, least)
        return expected if self.known else least
