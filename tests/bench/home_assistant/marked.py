"""A meter on a pseudo-terminal that notes when it has said what."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any, override

from tests.simulator import PtyMeter
from tests.simulator.meter import SimulatedMeter

STX, ETX = b"\x02", b"\x03"
LAST_MEASUREMENT = b"\nSINSTS3\t"
"""Three-phase standard: nothing after it is a measurement."""


@dataclass
class Marks:
    """When the marked bytes of one frame were on the line."""

    measured: float = 0.0
    """The last byte of the last measurement."""
    ended: float = 0.0
    """The last byte of the frame."""


class Marker:
    """Follows what is written, in any pieces, and notes the times."""

    def __init__(self, last: bytes = LAST_MEASUREMENT) -> None:
        """Wait for a frame to begin; ``last`` begins its last measurement."""
        self.frames: list[Marks] = []
        self._last = last
        self._open: Marks | None = None
        self._said = b""

    def take(self, data: bytes, now: float) -> None:
        """Take what is on the line from now on."""
        plain = bytes(byte & 0x7F for byte in data)
        while plain:
            piece, etx, rest = plain.partition(ETX)
            self._take(piece, now)
            if etx and self._open is not None:
                self._open.ended = now
                self.frames.append(self._open)
            if etx:
                self._open = None
            plain = rest

    def _take(self, piece: bytes, now: float) -> None:
        """Take a piece of at most one frame."""
        before, stx, after = piece.partition(STX)
        if stx:
            self._open, self._said, before = Marks(), b"", after
        if self._open is None or self._open.measured:
            return
        self._said += before
        _, found, group = self._said.partition(self._last)
        if found and b"\r" in group:
            self._open.measured = now


class MarkedMeter(PtyMeter):
    """Marks every frame, and gives each another load when it is asked to."""

    def __init__(
        self, meter: SimulatedMeter, *, last: bytes = LAST_MEASUREMENT, **options: Any
    ) -> None:
        """Prepare the port; ``last`` begins the last measurement of each frame."""
        super().__init__(meter, **options)
        self.marker = Marker(last)

    @override
    def _write(self, data: bytes) -> bool:
        # What the reader does with it comes after it was written
        now = monotonic()
        taken = super()._write(data)
        self.marker.take(data, now)
        return taken
