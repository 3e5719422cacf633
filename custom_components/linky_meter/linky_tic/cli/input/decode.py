"""Readings from captured bytes, at any damage.

Time advances as it did on the line, so that what depends on it means what it means
live: by the bytes at the line's speed, by DATE where the meter sends it, and by the
recording's own times where there are some.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ...tic.decode.codec import EOT, Decoder
from ...tic.frame import Frame
from ...tic.labels import Mode
from ...tic.reading import MeterReading
from ...tic.values import parse_horodate
from .capture import ByteSource, read_capture
from .follow import Follower

SPEEDS = {Mode.HISTORIC: 1200, Mode.STANDARD: 9600}
_BITS_PER_CHARACTER = 10
# EOT with its even parity, which the decoder reads in every stream
_END = bytes([EOT | 0x80])


class Clock:
    """The time of a line that is no longer there to be asked."""

    def __init__(self, started: datetime) -> None:
        """Start with the wall clock of the first byte."""
        self.at = 0.0
        """Seconds since then; never falls."""
        self._origin = started
        self._date: datetime | None = None

    @property
    def received(self) -> datetime:
        """The wall clock."""
        return self._origin + timedelta(seconds=self.at)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.at += max(seconds, 0.0)

    def reach(self, at: float) -> None:
        """Let time pass until a moment."""
        self.at = max(self.at, at)

    def see(self, date: datetime) -> None:
        """Follow the meter's clock; when it is set back, time goes on from there."""
        if self._date is None or date < self._date:
            self._origin = date.astimezone(UTC) - timedelta(seconds=self.at)
        self.reach((date - self._origin).total_seconds())
        self._date = date


class _Event(NamedTuple):
    frame: Frame
    at: float
    received: datetime


def decode(
    source: bytes | ByteSource, *, started: datetime | None = None
) -> Iterator[MeterReading]:
    """Yield the readings of captured bytes, one for each frame that holds a group.

    ``source`` is bytes or a binary file, raw or a recording of ``linky-tic record``.
    ``started`` is the time of the first byte where nothing in the capture tells;
    default now. Nothing that is captured raises.
    """
    follower = Follower()
    for frame, at, received in _events(source, started):
        if frame.groups or frame.unknown:
            yield follower.process(frame, at=at, received=received)


def _events(source: bytes | ByteSource, started: datetime | None) -> Iterator[_Event]:
    """Yield the frames of a capture, each with the time at which it ended."""
    capture = read_capture(source)
    clock = Clock(capture.started or started or datetime.now(UTC))
    decoder, mode, baud = Decoder(), Mode.STANDARD, None
    waiting = 0
    timed = False

    def happen(frames: list[Frame]) -> Iterator[_Event]:
        nonlocal mode, waiting
        for frame in frames:
            mode = frame.mode or mode
            if not timed:
                clock.advance(waiting * _BITS_PER_CHARACTER / SPEEDS[mode])
                if (date := _date(frame)) is not None:
                    clock.see(date)
            waiting = 0
            yield _Event(frame, clock.at, clock.received)

    for chunk in capture.chunks:
        if chunk.baud is not None and chunk.baud != baud:
            if baud is not None:
                yield from happen(_rest(decoder))
                decoder = Decoder()
            baud = chunk.baud
        if chunk.t is not None:
            timed = True
            clock.reach(chunk.t)
        waiting += len(chunk.data)
        yield from happen(decoder.feed(chunk.data))
    yield from happen(_rest(decoder))


def _rest(decoder: Decoder) -> list[Frame]:
    """Return the frame that the end of the bytes cut short."""
    return decoder.feed(_END) if decoder.pending else []


def _date(frame: Frame) -> datetime | None:
    """Return the meter's clock, None when the frame does not tell."""
    group = frame.by_label.get("DATE")
    horodate = parse_horodate(group.horodate or "") if group else None
    return horodate.at if horodate else None
