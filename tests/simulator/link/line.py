"""The line: frames become bytes that arrive at certain times."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tests.simulator.frames.wire import BITS_PER_CHARACTER, View, with_parity
from tests.simulator.meter import SimulatedMeter

from .faults import Faults

# Silence between frames and, at most, between groups, in seconds.
FRAME_GAP = (0.0167, 0.0334)
LONGEST_GROUP_GAP = 0.0334

_CR = 0x0D
_ALL_CODES = bytes(range(128))


@dataclass(frozen=True, slots=True)
class Transmission:
    """One frame on the wire, and the silence after it."""

    data: bytes
    ends: tuple[float, ...]
    """Seconds from the start of the frame until each byte has arrived."""
    duration: float
    """Until the next frame starts."""
    speed: int
    whole: bool = True
    """Whether the data is a frame, with or without faults, and no noise."""


class Line:
    """Endless transmissions of a meter, whose time passes as they are sent."""

    def __init__(
        self,
        meter: SimulatedMeter,
        *,
        view: View = "8bit",
        group_gap: tuple[float, float] = (0.001, 0.009),
        faults: Faults | None = None,
    ) -> None:
        """Connect a line to a meter."""
        if not 0 <= group_gap[0] <= group_gap[1] <= LONGEST_GROUP_GAP:
            raise ValueError("Groups are at most 33.4 ms apart")
        self.meter = meter
        self.view: View = view
        self.faults = faults or Faults()
        self.silent = False
        """A silent line sends nothing while time passes."""
        self.speed: int | None = None
        """Another speed than the meter's."""
        self._group_gap = group_gap
        self._rng = Random(f"line:{meter.config.seed}")
        self._changes: list[Callable[[bytes], bytes]] = []

    def __iter__(self) -> Iterator[Transmission]:
        """Send for ever."""
        while True:
            yield self.send()

    def inject(self, change: Callable[[bytes], bytes]) -> None:
        """Change the next frame, once, as seven-bit characters."""
        self._changes.append(change)

    def send(self) -> Transmission:
        """Return the next frame and let its time pass."""
        speed = self.speed or self.meter.baud_rate
        frame = self.meter.frame()
        if self._changes:
            frame = self._changes.pop(0)(frame)
        character = BITS_PER_CHARACTER / speed
        ends, time = [], 0.0
        for byte in frame:
            time += character
            ends.append(time)
            if byte == _CR:
                time += self._rng.uniform(*self._group_gap)
        duration = (ends[-1] if ends else 0.0) + self._rng.uniform(*FRAME_GAP)
        self.meter.advance(duration)
        if self.silent:
            return Transmission(b"", (), duration, speed)
        data = self.show(frame)
        if self.faults.any:
            timed = list(zip(ends, data, strict=True))
            timed = self.faults.apply(self._rng, timed, self.show(_ALL_CODES))
            data, ends = bytes(byte for _, byte in timed), [time for time, _ in timed]
        return Transmission(data, tuple(ends), duration, speed)

    def show(self, frame: bytes) -> bytes:
        """Return seven-bit characters as the reader's port gives them."""
        return with_parity(frame) if self.view == "8bit" else frame


def at_speed(sent: Transmission, speed: int) -> Transmission:
    """Return what a port at another speed makes of a transmission.

    It waits for the line to fall, then looks at it in the middle of its own bits.
    """
    if speed == sent.speed:
        return sent
    changes = _waveform(sent)
    times = [time for time, _ in changes]
    bit = 1 / speed
    data, ends = bytearray(), []
    position, free = 0, 0.0
    while position < len(changes):
        start, level = changes[position]
        position += 1
        if level or start < free:
            continue
        byte = 0
        for place in range(8):
            sample = bisect_right(times, start + (1.5 + place) * bit) - 1
            byte |= changes[sample][1] << place
        data.append(byte)
        free = start + 9.5 * bit
        # What is seen late must not hold up the next frame.
        ends.append(min(free, sent.duration))
    return Transmission(bytes(data), tuple(ends), sent.duration, speed, whole=False)


def _waveform(sent: Transmission) -> list[tuple[float, int]]:
    """Return when the line changes, and to what; it rests at one."""
    bit = 1 / sent.speed
    changes: list[tuple[float, int]] = [(0.0, 1)]
    for end, byte in zip(sent.ends, sent.data, strict=True):
        # Whatever the view, the wire carries the parity.
        code = byte if byte & 0x80 else with_parity(bytes([byte]))[0]
        bits = code << 1 | 1 << (BITS_PER_CHARACTER - 1)
        start = end - BITS_PER_CHARACTER * bit
        for place in range(BITS_PER_CHARACTER):
            level = bits >> place & 1
            if level != changes[-1][1]:
                changes.append((start + place * bit, level))
    return changes
