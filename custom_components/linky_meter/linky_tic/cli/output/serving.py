"""A server that shares meters, as the command line has it: with words, and tried again."""

from __future__ import annotations

import asyncio
import errno

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
        self._log = log
        self.server = SharingServer(settings.server)
        self._served = Served(meter, 1, masked=settings.masked)
        self.server.board.add(self._served.shared)
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
                return

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
        await self.server.stop()
        self.server.board.remove(self._served.shared)


def why_not(err: OSError) -> tuple[str, Exit]:
    """Return the message and the exit code for a server that cannot listen."""
    if err.errno == errno.EADDRINUSE:
        return "serve_port_taken", Exit.BUSY
    if err.errno in {errno.EACCES, errno.EPERM}:
        return "serve_denied", Exit.LOST
    return "serve_no_address", Exit.MISSING
