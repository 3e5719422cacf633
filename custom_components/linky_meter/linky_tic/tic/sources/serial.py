"""Frames from a serial port or URL.

The line is 7E1; it is opened 8N1, which has as many bits, so that bit 7 carries the
parity to the decoder. Mode and speed are found by listening and told by the separator in
valid groups, never by the speed: some modems deliver historic frames at 9600 baud.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
import logging
import re

import serialx

from ..decode.codec import DAMAGE, Decoder
from ..errors import PortFailedError, SourceError
from ..frame import Frame, Group
from .guard import Guard, end_if_cancelled
from .intake import Intake
from .pause import Pause
from .port import open_port, refusal

_LOGGER = logging.getLogger(__name__)

SPEEDS = (1200, 9600)
"""Bauds of historic and standard mode (54E, section 5.3)."""

LISTEN_PER_SPEED = 8.0
# A wrong speed shows as bytes without a group; a group takes 1 s at most at 1200 baud
_NOISE_SECONDS = 3.0
NOISE_BYTES = 60
_LOOK_SECONDS = 0.25
_LOOK_SECONDS_FOUND = 1.0
_RECONFIGURE_SECONDS = 10.0
_LONGEST_WAIT = 60.0

# A line of printed text, as no wrong speed gives it
_TEXT = re.compile(rb"[\t\x20-\x7e]{8,}[\r\n]+")
_ONLY_TEXT = re.compile(rb"[\t\r\n\x20-\x7e]{40,}")


class SerialSource:
    """One port: opened, listened to at the right speed, closed.

    ``on_frame`` gets each frame as it ends, ``on_lost`` the loss of the port,
    ``on_bytes`` the received bytes, ``on_groups`` the groups so far of a frame,
    ``on_speed`` each speed that is tried after the first.
    ``pauses`` stops reading while no measurement and no end of a frame is due.
    ``passes`` are exceptions of a transport that the owner knows.
    ``keeps_lines`` leaves the control lines of a device as they are.
    ``speeds`` are tried in turn until groups come; a speed that was right is left only
    for noise, not for silence.
    """

    def __init__(
        self,
        url: str,
        on_frame: Callable[[Frame], None],
        on_lost: Callable[[], None] | None = None,
        *,
        on_bytes: Callable[[bytes], None] | None = None,
        on_groups: Callable[[list[Group]], object] | None = None,
        on_speed: Callable[[int], object] | None = None,
        pauses: bool = False,
        speeds: tuple[int, ...] = SPEEDS,
        per_speed: float = LISTEN_PER_SPEED,
        passes: tuple[type[Exception], ...] = (),
        keeps_lines: bool = False,
    ) -> None:
        """Prepare; nothing is opened yet."""
        self.url = url
        self.baudrate = speeds[0]
        self.found = False
        """Whether valid groups came at this speed."""
        self._speeds = speeds
        self._per_speed = per_speed
        self._passes = passes
        self._keeps_lines = keeps_lines
        self._on_lost = on_lost
        self._on_speed = on_speed
        self.plain = False
        """Whether it is read as a socket though RFC 2217 was asked for."""
        self._protocol = Intake(
            on_frame,
            self._lost,
            on_bytes=on_bytes,
            on_groups=on_groups,
            pause=Pause() if pauses else None,
        )
        self._guard = Guard(_LOGGER, "Looking for the speed")
        self._before: Counter[str] = Counter()
        self._received_before = 0
        self._transport: serialx.BaseSerialTransport | None = None
        self._hunt_task: asyncio.Task[None] | None = None

    @property
    def decoder(self) -> Decoder:
        """The decoder of the present speed."""
        return self._protocol.decoder

    @property
    def counts(self) -> Counter[str]:
        """What was received and lost since the port was opened, at all speeds."""
        return self._before + self.decoder.counts

    @property
    def received(self) -> int:
        """Bytes received since the port was opened, at all speeds."""
        return self._received_before + self.decoder.received

    @property
    def damaged(self) -> int:
        """Groups lost to damage since the port was opened, at all speeds."""
        return sum(self.counts[kind] for kind in DAMAGE)

    @property
    def rejected(self) -> tuple[tuple[str, bytes], ...]:
        """The last damaged groups of the present speed: why, and their 7-bit bytes."""
        return tuple(self.decoder.rejected)

    @property
    def only_text(self) -> bool:
        """Whether lines of text came instead of groups."""
        said = self._protocol.sample
        return bool(
            not self.decoder.last_valid
            and _TEXT.search(said)
            and _ONLY_TEXT.fullmatch(said)
        )

    @property
    def why_lost(self) -> SourceError:
        """Why the port was lost: what the far end said, or what was wrong with it."""
        refused = refusal(self._protocol.sample)
        return self._protocol.failure or refused or PortFailedError()

    async def open(self) -> None:
        """Open the port and begin to listen.

        Raises PortMissingError, PortBusyError, PortFailedError or NotRfc2217Error, from
        the cause.
        """
        self._transport, self.plain = await open_port(
            self.url,
            self.baudrate,
            self._protocol,
            self._passes,
            keeps_lines=self._keeps_lines,
        )
        _LOGGER.debug("Port open, listening at %d baud", self.baudrate)
        if len(self._speeds) > 1:
            self._hunt_task = asyncio.create_task(self._hunt(), name="tic speed")

    async def close(self) -> None:
        """Close the port; when this returns it can be opened again."""
        if self._hunt_task is not None:
            self._hunt_task.cancel()
            self._hunt_task = None
        self._guard.call(self._protocol.stop)
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
            with suppress(OSError, serialx.SerialException):
                await transport.wait_closed()

    def _lost(self) -> None:
        """Tell the owner, unless it closed the port itself."""
        self._guard.call(self._protocol.stop)
        if self._transport is not None and self._on_lost is not None:
            _LOGGER.debug("Port lost after %d bytes", self.received)
            self._on_lost()

    async def _hunt(self) -> None:
        """Look for the speed for ever, whatever goes wrong."""
        wait = _LOOK_SECONDS_FOUND
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await self._try_speeds()
            except Exception as err:  # noqa: BLE001
                self._guard.tell(err)
            end_if_cancelled()
            if asyncio.get_running_loop().time() - started > _LONGEST_WAIT:
                wait = _LOOK_SECONDS_FOUND
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    async def _try_speeds(self) -> None:
        """Try the other speeds while this one gives no group.

        Where one gives groups, nothing is looked at until some bytes make none.
        """
        loop, doubt = asyncio.get_running_loop(), self._protocol.doubt
        since, seen, valid = loop.time(), 0, 0
        while True:
            if self.found and not doubt.is_set():
                await doubt.wait()
                since, seen = loop.time(), self.decoder.received
                valid = self.decoder.last_valid
            await asyncio.sleep(_LOOK_SECONDS_FOUND if self.found else _LOOK_SECONDS)
            decoder = self.decoder
            if decoder.last_valid != valid:
                if not self.found:
                    _LOGGER.debug("Groups come at %d baud", self.baudrate)
                self.found = True
                doubt.clear()
                since, seen, valid = loop.time(), decoder.received, decoder.last_valid
                continue
            listened = loop.time() - since
            noise = decoder.received - seen > NOISE_BYTES
            if (noise and listened > _NOISE_SECONDS) or (
                not self.found and listened > self._per_speed
            ):
                await self._next_speed()
                since, seen, valid = loop.time(), 0, 0

    async def _next_speed(self) -> None:
        """Listen at the next speed, decoding anew."""
        turn = self._speeds.index(self.baudrate) + 1
        before, self.baudrate = self.baudrate, self._speeds[turn % len(self._speeds)]
        # Without a meter this goes on for ever
        if self.found:
            _LOGGER.debug("No group at %d baud, trying others", before)
        self.found = False
        self._before += self.decoder.counts
        self._received_before += self.decoder.received
        self._protocol.restart()
        transport = self._transport
        assert transport is not None  # closing ends the hunt first
        if transport.is_closing():
            return
        # Setting a port empties it, and serialx takes a read of nothing at that moment
        # for the loss of the port. Where the answer comes with the bytes of the meter, it
        # would not be read.
        pauses = not self.url.lower().startswith("rfc2217://")
        if pauses:
            self._protocol.let_read(on=False)
        try:
            # A port that refuses is lost in a moment, and says so itself
            with suppress(OSError, serialx.SerialException, ValueError):
                async with asyncio.timeout(_RECONFIGURE_SECONDS):
                    await transport.reconfigure_port(baudrate=self.baudrate)
        finally:
            if pauses:
                self._protocol.let_read(on=True)
        if self._on_speed is not None:
            self._on_speed(self.baudrate)
