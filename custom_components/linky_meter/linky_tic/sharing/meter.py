"""A meter that is shared: what is known of it, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
import time

from ..tic.frame import Frame
from ..tic.reading import MeterReading
from ..tic.sources.tic2websocket.messages import Identifier, ModemInfo
from .wire import SILENT, UNPLUGGED, Trouble

SILENT_SECONDS = 10.0
"""Without a frame, after which both releases say that nothing comes."""
AGAIN_SECONDS = 60.0

_MODEM_TYPES = {(0x0403, 0x6001): "MICHAUD", (0x0403, 0x6015): "TELEINFO"}


class SharedMeter:
    """One meter, whose owner gives its frames as they come.

    ``name`` tells it from the others where its number must not stand, ``modem`` is the
    adapter as far as it is known; its ``port_name`` is what clients call the meter by.
    """

    def __init__(self, name: str, modem: ModemInfo) -> None:
        self.name = name
        kind = _MODEM_TYPES.get((modem.vendor_id or 0, modem.product_id or 0))
        native = modem.port_id is None
        self.modem = replace(
            modem, port_name=modem.port_name or name, modem_type=kind, native=native
        )
        self.present = True
        """Whether it is being read, as far as is known."""
        self.reading: MeterReading | None = None
        """The last one, if the owner makes readings."""
        self.prices: Callable[[str], object] = lambda _: None
        """Gives the prices ahead in a shape, ready for JSON; None: it knows none."""
        self.frames = 0
        self.damaged = 0
        """Damaged groups."""
        self.last_frame: float | None = None
        """Time of the last complete frame, seconds since 1970."""
        self.arrived: float | None = None
        """The same by a clock that never steps, s."""
        self.on_frame: Callable[[SharedMeter, Frame], None] = lambda *_: None
        self.on_trouble: Callable[[SharedMeter, Trouble], None] = lambda *_: None
        self.on_reading: Callable[[SharedMeter, MeterReading], None] = lambda *_: None
        self._serial: str | None = None
        self._silence: asyncio.TimerHandle | None = None

    @property
    def identifier(self) -> Identifier:
        """What it is called; the meter's address is known after its first frame."""
        return Identifier(self._serial, self.modem.port_name, self.modem.port_id)

    @property
    def age(self) -> float | None:
        """Seconds since the last complete frame, None without one."""
        return None if self.arrived is None else time.monotonic() - self.arrived

    @property
    def read(self) -> bool:
        """Whether frames come."""
        return self.present and self.age is not None and self.age < SILENT_SECONDS

    def start(self) -> None:
        """Begin to notice silence."""
        self._listen_for_silence(SILENT_SECONDS)

    def stop(self) -> None:
        """Notice it no more."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    def process(self, frame: Frame) -> None:
        """Share a frame; one whose beginning was missed is only counted."""
        self.damaged += frame.damaged
        if not frame.whole or not frame.groups:
            return
        self.frames += 1
        self.present = True
        if frame.address is not None:
            self._serial = frame.address
        if frame.complete:
            self.last_frame, self.arrived = time.time(), time.monotonic()
            self._listen_for_silence(SILENT_SECONDS)
        self.on_frame(self, frame)

    def process_reading(self, reading: MeterReading) -> None:
        """Share what was made of a frame."""
        self.reading = reading
        self.on_reading(self, reading)

    def lose(self) -> None:
        """Say that it is not read any more; a frame will tell that it is."""
        if not self.present:
            return
        self.stop()
        self.on_trouble(self, UNPLUGGED)
        # Whatever comes on that port next may be another meter
        self.present, self._serial = False, None

    def _listen_for_silence(self, seconds: float) -> None:
        self.stop()
        loop = asyncio.get_running_loop()
        self._silence = loop.call_later(seconds, self._tell_silence)

    def _tell_silence(self) -> None:
        self._listen_for_silence(AGAIN_SECONDS)
        self.on_trouble(self, SILENT)
