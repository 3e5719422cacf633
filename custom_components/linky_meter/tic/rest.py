"""Lets the line rest while nothing new can be shown.

Each piece of a frame that is read wakes the process up, which costs more than decoding
it. Something is shown twice a frame: when its measurements are there, and at its end.
Until shortly before that the port is not read, and the system keeps what comes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

import serialx

from .frame import Frame

MARGIN = 0.1
"""Seconds before something can be shown at the earliest: it is read again."""
WORTH = 0.2
"""A shorter rest saves too little, s."""
LONGEST = 1.2
"""Seconds; the system keeps 4 kB, and 960 bytes come in one."""
_UNEVEN = 0.2
# So many must be alike
_PERIODS = 4


class Rest:
    """Stops reading a port for a while, if its frames come regularly."""

    def __init__(self) -> None:
        """Start before the first frame."""
        self.transport: serialx.BaseSerialTransport | None = None
        """The open port; without one there is no rest."""
        self._timer: asyncio.TimerHandle | None = None
        self._end: float | None = None
        self._periods: deque[float] = deque(maxlen=_PERIODS)
        """Seconds from one frame's end to the next."""
        self._leads: deque[float] = deque(maxlen=_PERIODS)
        """Seconds from a frame's end until no more was wanted of the next."""
        self._woken = self._late = False

    @property
    def resting(self) -> bool:
        """Whether the port is not read now."""
        return self._timer is not None

    def take(self, frames: list[Frame]) -> None:
        """Take the frames that ended in what was read, most often none."""
        # What comes with the first read after a rest came who knows when
        self._late, self._woken = self._woken, False
        if not frames:
            return
        if self._late or len(frames) > 1 or frames[0].damaged or not frames[0].complete:
            self._forget()
            return
        now = asyncio.get_running_loop().time()
        if self._end is not None:
            self._periods.append(now - self._end)
        self._end = now
        self._begin(self._leads)

    def settle(self) -> None:
        """Rest until the present frame's end: before it no more of it is wanted."""
        if self._late:
            self._forget()
        if self._end is not None:
            self._leads.append(asyncio.get_running_loop().time() - self._end)
            self._begin(self._periods)

    def stop(self) -> None:
        """Forget the pace and wake no more: whoever stops a rest reads on, or closes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._forget()
        self._woken = False

    def _forget(self) -> None:
        """Find the pace anew."""
        self._end = None
        self._periods.clear()
        self._leads.clear()

    def _begin(self, spans: deque[float]) -> None:
        """Rest for the shortest of these spans after the last end, if it saves a lot."""
        transport = self.transport
        if transport is None or transport.is_closing() or self.resting:
            return
        if any(
            len(each) < _PERIODS or max(each) - min(each) > _UNEVEN
            for each in (spans, self._periods)
        ):
            return
        assert self._end is not None  # there are periods
        loop = asyncio.get_running_loop()
        seconds = min(self._end + min(spans) - MARGIN - loop.time(), LONGEST)
        if seconds < WORTH:
            return
        # Not every kind of port can pause
        with suppress(NotImplementedError):
            transport.pause_reading()
            self._timer = loop.call_later(seconds, self._wake, transport)

    def _wake(self, transport: serialx.BaseSerialTransport) -> None:
        """Read on; a port that was lost meanwhile says so now."""
        self._timer = None
        self._woken = True
        if not transport.is_closing():
            transport.resume_reading()
