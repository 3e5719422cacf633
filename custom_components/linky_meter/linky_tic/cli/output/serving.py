"""A server that shares meters, as the command line has it: with words, and tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
import errno
import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import getnode

from ...sharing.meter import SharedMeter
from ...sharing.server import SharingServer
from ...tic.frame import Frame
from ...tic.reading import MeterReading
from ..input.ports import modem_of
from ..log import Log
from ..messages import Exit
from ..serve_settings import MeterSettings, ServeSettings
from .share import mask_frame, mask_reading

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_MACHINE = Path("/etc/machine-id")


class Served:
    """A meter that is shared, masked if that is wanted."""

    def __init__(self, meter: MeterSettings, number: int, *, masked: bool) -> None:
        """Take its number, which tells the invented ones of several meters apart."""
        self.shared = SharedMeter(meter.name, modem_of(meter.source))
        self._number = number if masked else None

    def process(self, frame: Frame) -> None:
        """Share a frame."""
        if self._number is not None:
            frame = mask_frame(frame, self._number)
        self.shared.process(frame)

    def process_reading(self, reading: MeterReading) -> None:
        """Share a reading."""
        if self._number is not None:
            reading = mask_reading(reading, self._number)
        self.shared.process_reading(reading)


class Serving:
    """The callback ``serve``: one meter, on a server that listens as soon as it can."""

    def __init__(self, settings: ServeSettings, meter: MeterSettings, log: Log) -> None:
        """Begin to listen, in the event loop that runs."""
        self._log, self._settings = log, settings
        self.server = SharingServer(settings.server)
        self._served = Served(meter, 1, masked=settings.masked)
        self.server.board.add(self._served.shared)
        self._silence: Callable[[], Coroutine[Any, Any, None]] | None = None
        self._listening = asyncio.create_task(self._listen(), name="serve")

    async def _listen(self) -> None:
        """Try until the address is there and the port is free."""
        wait, told = _FIRST_WAIT, ""
        while True:
            try:
                await self.server.start()
            except OSError as err:
                if (key := why_not(err)[0]) != told:
                    self._log.warning(key)
                    told = key
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            else:
                self._log.info("serve_listens")
                break
        self._silence = await announce(self.server, self._settings, self._log)

    def compute_reading(self, reading: MeterReading) -> None:
        """Share a frame, and what was made of it."""
        self._served.process(reading.frame)
        self._served.process_reading(reading)

    def meter_lost(self) -> None:
        """Tell clients that the meter is not read."""
        self._served.shared.lose()

    async def close(self) -> None:
        """Say goodbye to the clients."""
        self._listening.cancel()
        await asyncio.wait([self._listening])
        if self._silence is not None:
            await self._silence()
        await self.server.stop()
        self.server.board.remove(self._served.shared)


async def announce(
    server: SharingServer, settings: ServeSettings, log: Log
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Let a server be found that other machines may connect to; return what ends it."""

    async def nothing() -> None:
        """There is nothing to end."""

    if settings.server.local or not settings.announced:
        return nothing
    try:
        # An extra of the package
        module = import_module("...sharing.announce", __package__)
    except ImportError:
        log.info("serve_not_announced")
        return nothing
    announcement = module.Announcement(server, identity(server.port))
    # No network: whoever knows the address may connect later
    with suppress(OSError):
        await announcement.start()
    stop: Callable[[], Coroutine[Any, Any, None]] = announcement.stop
    return stop


def identity(port: int) -> str:
    """Return what a server is known by wherever it moves, which names nothing."""
    machine = ""
    with suppress(OSError, UnicodeDecodeError):
        machine = _MACHINE.read_text(encoding="ascii").strip()
    # Images of containers have none, an empty one or a word for that
    if machine in {"", "uninitialized"}:
        machine = f"{getnode():x}"
    return hashlib.sha256(f"linky-tic {machine} {port}".encode()).hexdigest()[:32]


def why_not(err: OSError) -> tuple[str, Exit]:
    """Return the message and the exit code for a server that cannot listen."""
    if err.errno == errno.EADDRINUSE:
        return "serve_port_taken", Exit.BUSY
    if err.errno in {errno.EACCES, errno.EPERM}:
        return "serve_denied", Exit.LOST
    return "serve_no_address", Exit.MISSING
