"""What a port gives, on its way to frames: in pieces, and never too much at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
import logging
from typing import override

from ..decode.codec import Decoder
from ..errors import NotTicError, SourceError
from ..frame import Frame, Group
from .guard import Guard
from .pause import Pause
from .turn import TURN_SECONDS, Turn

_LOGGER = logging.getLogger(__name__)

PIECE = 2048
"""Bytes that are decoded in one go; a meter sends 960 a second."""
MOST_WAITING = 262_144
"""Bytes that wait for their turn, where the port cannot be told to wait."""
# More than the longest group: so many bytes without one may be noise
_DOUBTFUL_BYTES = 160
_SAMPLE = 256


class Intake(asyncio.Protocol):
    """Hands received bytes to the decoder and what it finds to callbacks.

    What callbacks raise is logged once and goes no further. While more has come than one
    turn of the event loop can take, the port is not read.
    """

    def __init__(
        self,
        on_frame: Callable[[Frame], object],
        on_lost: Callable[[], object],
        *,
        on_bytes: Callable[[bytes], object] | None = None,
        on_groups: Callable[[list[Group]], object] | None = None,
        pause: Pause | None = None,
    ) -> None:
        """Prepare; each of the callbacks is as ``SerialSource`` says."""
        self.decoder = Decoder()
        self.doubt = asyncio.Event()
        """Set by bytes that make no group."""
        self.heard = asyncio.Event()
        """Set by the first bytes, and by the loss of the port."""
        self.sample = b""
        """The last bytes before the first valid group."""
        self.failure: SourceError | None = None
        """Why the stream was ended here."""
        self.pause = pause
        self._on_frame, self._on_lost = on_frame, on_lost
        self._on_bytes, self._on_groups = on_bytes, on_groups
        self._guard = Guard(_LOGGER, "What a frame was given to")
        self._transport: asyncio.Transport | None = None
        self._waiting = bytearray()
        self._frames: deque[Frame] = deque()
        self._turn = Turn()
        self._again: asyncio.TimerHandle | None = None
        self._held = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self.pause is not None:
            self.pause.transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._guard.call(self._take, data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._guard.call(self.stop)
        self.heard.set()
        self._guard.call(self._on_lost)

    def _take(self, data: bytes) -> None:
        self.heard.set()
        if self._on_bytes is not None:
            self._guard.call(self._on_bytes, data)
        if not self.decoder.last_valid:
            self.sample = (self.sample + data)[-_SAMPLE:]
        self._waiting += data[: MOST_WAITING - len(self._waiting)]
        if self._again is None:
            self._work()

    def restart(self) -> None:
        """Decode anew, at another speed; what waits is of the one before."""
        self.stop()
        self.decoder = Decoder()

    def stop(self) -> None:
        """Forget what waits, and pause no more: whoever asks reads on, or closes."""
        self._waiting.clear()
        self._frames.clear()
        self._held = False
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if self.pause is not None:
            self._guard.call(self.pause.stop)

    def _work(self) -> None:
        """Decode what waits, as far as this turn of the event loop goes."""
        self._again = None
        while self._frames or self._waiting:
            self._step()
            if (self._frames or self._waiting) and self._turn.is_over():
                self._hold()
                return
        if self._held:
            self._held = False
            self.let_read(on=True)
        if self._on_groups is not None and self.decoder.pending:
            self._guard.call(self._on_groups, self.decoder.pending)

    def _step(self) -> None:
        """Hand on a frame, or decode a piece."""
        if self._frames:
            self._guard.call(self._on_frame, self._frames.popleft())
            return
        decoder = self.decoder
        piece = bytes(self._waiting[:PIECE])
        del self._waiting[:PIECE]
        frames = decoder.feed(piece)
        if decoder.received - decoder.last_valid > _DOUBTFUL_BYTES:
            self.doubt.set()
        if self.pause is not None and not self._held:
            self.pause.read(decoder, frames)
        self._frames.extend(frames)
        if decoder.endless:
            self._end(NotTicError())

    def _hold(self) -> None:
        """Read no more for a moment, and go on after it."""
        if self.pause is not None:
            self.pause.stop()
        self._held = True
        self.let_read(on=False)
        loop = asyncio.get_running_loop()
        self._again = loop.call_later(TURN_SECONDS, self._guard.call, self._work)

    def _end(self, failure: SourceError) -> None:
        """End the stream; the loss of the port follows."""
        self.failure = failure
        self.stop()
        assert self._transport is not None  # bytes came
        self._transport.abort()

    def let_read(self, *, on: bool) -> None:
        """Have the port read or not, if it is there and can be told so."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            with suppress(NotImplementedError):
                if on:
                    transport.resume_reading()
                else:
                    transport.pause_reading()
