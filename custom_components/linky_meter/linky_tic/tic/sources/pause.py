"""Lets the line rest while nothing new can be shown.

Each piece of a frame that is read wakes the process up, which costs more than decoding
it. Something is shown twice a frame: when its measurements are there, and at its end.
Until then the port is not read, and the system keeps what comes. Measurements are awaited
from shortly before. The end brings no step: one look a little late finds it, unless who
reads is prompt.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from statistics import fmean

import serialx

from ..frame import Frame
from ..labels import Mode

MARGIN = 0.015
"""Seconds before something urgent can be there at the earliest: it is read again."""
WORTH = 0.05
"""A shorter rest saves too little, s."""
LONGEST = 3.0
"""Seconds; the system keeps 4 kB, and 960 bytes come in one."""
_UNEVEN = 0.2
# What was there at the first look came at any time before, and is looked for sooner the
# next time: else one late frame would make all looks late for ever, s
_SOONER = 0.001
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
        self._reads: int | None = None
        """How often it was read since the last rest."""

    @property
    def resting(self) -> bool:
        """Whether the port is not read now."""
        return self._timer is not None

    def read(self) -> None:
        """Hear that something is read."""
        if self._reads is not None:
            self._reads += 1

    def take(self, frames: list[Frame], beyond: int) -> None:
        """Take the frames that ended in what was read, and how many bytes followed."""
        if len(frames) > 1 or not frames[0].sound:
            self._forget()
            return
        self._character = _CHARACTER_SECONDS[frames[0].mode]
        self._pass(self._tails, beyond)
        self._begin(min(self._leads, default=0) - MARGIN)

    def settle(self, beyond: int, *, prompt: bool = False) -> None:
        """Rest until the present frame's end: before it no more of it is wanted.

        So many bytes came beyond what was wanted. Where it is urgent the end is awaited.
        """
        self._pass(self._leads, beyond)
        tails = self._tails or (0.0,)
        self._begin(min(tails) - MARGIN if prompt else fmean(tails))

    def stop(self) -> None:
        """Forget the pace and wake no more: whoever stops a rest reads on, or closes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._reads = None
        self._forget()

    def _forget(self) -> None:
        """Find the pace anew."""
        self._since = None
        self._leads.clear()
        self._tails.clear()

    def _pass(self, passed: deque[float], beyond: int) -> None:
        """Note how long it took.

        What was read late, after a rest, was on the line before what followed it.
        """
        now = asyncio.get_running_loop().time() - beyond * self._character
        if self._reads == 1 and not beyond:
            now -= _SOONER
        self._reads = None
        if self._since is not None:
            passed.append(now - self._since)
        self._since = now

    def _begin(self, span: float) -> None:
        """Rest for a span since then, if frames come regularly and it saves a lot."""
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
        seconds = min(self._since + span - loop.time(), LONGEST)
        if seconds < WORTH:
            return
        # Not every kind of port can pause
        with suppress(NotImplementedError):
            transport.pause_reading()
            self._timer = loop.call_later(seconds, self._wake, transport)

    def _wake(self, transport: serialx.BaseSerialTransport) -> None:
        """Read on; a port that was lost meanwhile says so now."""
        self._timer, self._reads = None, 0
        if not transport.is_closing():
            transport.resume_reading()
