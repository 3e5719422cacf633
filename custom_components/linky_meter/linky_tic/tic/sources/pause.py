"""Pauses a port while nothing that matters can arrive.

Each piece of a frame that is read wakes the process up, which costs more than decoding
it. Two moments of a frame matter: the last of its measurements, and its end. Until
shortly before the next of them the port is not read, and the system keeps what comes.
This knows the line only: where in a frame the measurements end (54E, section 6.2: the
order of groups is fixed), and how long it takes from one moment to the next.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from ..decode.codec import Decoder
from ..frame import Frame, Group
from ..labels import LABELS, Mode

MARGIN = 0.015
"""Seconds before a moment can be there at the earliest: the port is read again."""
WORTH = 0.05
"""A shorter pause saves too little, s."""
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


class Pause:
    """Stops reading a port for a while, if its frames come regularly."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        """The open port; without one there is no pause."""
        self._timer: asyncio.TimerHandle | None = None
        self._since: float | None = None
        """When the last moment was, by the loop's clock."""
        self._to_measurements: deque[float] = deque(maxlen=_SPANS)
        """Seconds from a frame's end to the last measurement of the next…"""
        self._to_end: deque[float] = deque(maxlen=_SPANS)
        """…and from there to its end."""
        self._last: str | None = None
        """The label of a frame's last measurement, None before a whole frame."""
        self._measured = False
        """Whether the measurements of the present frame have come."""
        self._character = 0.0
        self._reads: int | None = None
        """How often it was read since the last pause."""

    @property
    def paused(self) -> bool:
        """Whether the port is not read now."""
        return self._timer is not None

    def read(self, decoder: Decoder, frames: list[Frame]) -> None:
        """Hear that something was read, and which frames ended in it."""
        if self._reads is not None:
            self._reads += 1
        next_one: deque[float] | None = None
        if frames and self._end(frames, decoder.beyond(0)):
            next_one = self._to_measurements
        if not self._measured and (place := self._place(decoder.pending)):
            self._measured = True
            self._pass(self._to_measurements, decoder.beyond(place))
            next_one = self._to_end
        if next_one is not None:
            self._begin(next_one)

    def stop(self) -> None:
        """Forget the pace and wake no more: whoever stops a pause reads on, or closes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._forget()

    def _end(self, frames: list[Frame], beyond: int) -> bool:
        """Note the end of frames, the last so many bytes ago; return whether it tells."""
        measured, self._measured = self._measured, False
        frame = frames[-1]
        if len(frames) > 1 or not frame.undamaged:
            self._forget()
            return False
        self._character = _CHARACTER_SECONDS[frame.mode]
        self._last = next(
            (
                group.label
                for group in reversed(frame.groups)
                if LABELS[group.label].measurement
            ),
            None,
        )
        # Without the moment before, the way from there is not known
        self._pass(self._to_end if measured else None, beyond)
        return True

    def _place(self, groups: list[Group]) -> int:
        """Return how many groups there are up to the last measurement, 0 without it."""
        labels = enumerate(groups, 1)
        return next((place for place, group in labels if group.label == self._last), 0)

    def _forget(self) -> None:
        """Find the pace anew."""
        self._since = self._reads = None
        self._to_measurements.clear()
        self._to_end.clear()

    def _pass(self, spans: deque[float] | None, beyond: int) -> None:
        """Note how long it took to this moment, after which so many bytes came.

        What was read late, after a pause, was on the line before what followed it.
        """
        now = asyncio.get_running_loop().time() - beyond * self._character
        if self._reads == 1 and not beyond:
            now -= _SOONER
        self._reads = None
        if self._since is not None and spans is not None:
            spans.append(now - self._since)
        self._since = now

    def _begin(self, spans: deque[float]) -> None:
        """Pause until the next moment, if frames come regularly and it saves a lot."""
        transport = self.transport
        if transport is None or transport.is_closing() or self.paused:
            return
        if any(
            len(each) < _SPANS or max(each) - min(each) > _UNEVEN
            for each in (self._to_measurements, self._to_end)
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

    def _wake(self, transport: asyncio.Transport) -> None:
        """Read on; a port that was lost meanwhile says so now."""
        self._timer, self._reads = None, 0
        if not transport.is_closing():
            transport.resume_reading()
