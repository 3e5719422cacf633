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
from .labels import Mode

MARGIN = 0.01
"""Seconds before something can be shown at the earliest: it is read again."""
WORTH = 0.05
"""A shorter rest saves too little, s."""
LONGEST = 3.0
"""Seconds; the system keeps 4 kB, and 960 bytes come in one."""
_UNEVEN = 0.2
# So many must be alike
_SPANS = 4
# 54E, section 5.3: ten bits a character
_CHARACTER_SECONDS = {Mode.HISTORIC: 10 / 1200, Mode.STANDARD: 10 / 9600, None: 0.0}


class Rest:
    """Stops reading a port for a while, if its frames come regularly."""

    def __init__(self) -> None:
        """Start before the first frame."""
        self.transport: serialx.BaseSerialTransport | None = None
        """The open port; without one there is no rest."""
        self._timer: asyncio.TimerHandle | None = None
        self._since: float | None = None
        """When the last frame ended, or no more was wanted of the present one."""
        self._leads: deque[float] = deque(maxlen=_SPANS)
        """Seconds from a frame's end until no more was wanted of the next…"""
        self._tails: deque[float] = deque(maxlen=_SPANS)
        """…and from then to its end."""
        self._character = 0.0

    @property
    def resting(self) -> bool:
        """Whether the port is not read now."""
        return self._timer is not None

    def take(self, frames: list[Frame], beyond: int) -> None:
        """Take the frames that ended in what was read, and how many bytes followed."""
        if len(frames) > 1 or frames[0].damaged or not frames[0].complete:
            self._forget()
            return
        self._character = _CHARACTER_SECONDS[frames[0].mode]
        self._pass(self._tails, self._leads, beyond)

    def settle(self, beyond: int) -> None:
        """Rest until the present frame's end: before it no more of it is wanted.

        So many bytes came beyond what was wanted.
        """
        self._pass(self._leads, self._tails, beyond)

    def stop(self) -> None:
        """Forget the pace and wake no more: whoever stops a rest reads on, or closes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._forget()

    def _forget(self) -> None:
        """Find the pace anew."""
        self._since = None
        self._leads.clear()
        self._tails.clear()

    def _pass(self, passed: deque[float], coming: deque[float], beyond: int) -> None:
        """Note how long it took, and rest for what comes.

        What was read late, after a rest, was on the line before what followed it.
        """
        now = asyncio.get_running_loop().time() - beyond * self._character
        if self._since is not None:
            passed.append(now - self._since)
        self._since = now
        self._begin(coming)

    def _begin(self, spans: deque[float]) -> None:
        """Rest for the shortest of these spans, if it saves a lot."""
        transport = self.transport
        if transport is None or transport.is_closing() or self.resting:
            return
        if any(
            len(each) < _SPANS or max(each) - min(each) > _UNEVEN
            for each in (self._leads, self._tails)
        ):
            return
        assert self._since is not None  # there are spans
        loop = asyncio.get_running_loop()
        seconds = min(self._since + min(spans) - MARGIN - loop.time(), LONGEST)
        if seconds < WORTH:
            return
        # Not every kind of port can pause
        with suppress(NotImplementedError):
            transport.pause_reading()
            self._timer = loop.call_later(seconds, self._wake, transport)

    def _wake(self, transport: serialx.BaseSerialTransport) -> None:
        """Read on; a port that was lost meanwhile says so now."""
        self._timer = None
        if not transport.is_closing():
            transport.resume_reading()
