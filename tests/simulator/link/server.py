"""What serving a meter has in common, whatever the way to the reader."""

from abc import ABC, abstractmethod
import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import NamedTuple, Self

from tests.simulator.config import MeterConfig
from tests.simulator.frames.wire import Mode, View
from tests.simulator.meter import SimulatedMeter

from .faults import Faults
from .line import Line, Transmission, at_speed

# Bytes reach the reader in pieces of this many seconds, as from a USB adapter.
GRAIN = 0.008
# Behind by more than this the machine was asleep: what is missed is not made up.
_ASLEEP = 5.0
# How often to look for a reader when there is none.
_LOOK_AGAIN = 0.005


class SentFrame(NamedTuple):
    """A frame whose last byte has just been written."""

    finished: float
    """Monotonic time at which it was."""
    data: bytes


class MeterServer(ABC):
    """A running meter; an asynchronous context manager."""

    def __init__(
        self,
        meter: SimulatedMeter | MeterConfig | None = None,
        *,
        speed: float | None = 1.0,
        view: View = "8bit",
        faults: Faults | None = None,
        line: Line | None = None,
        on_frame: Callable[[SentFrame], None] | None = None,
    ) -> None:
        """Prepare to serve a meter.

        A speed of 1 is real time, 10 is ten times faster; None is as fast as the
        reader reads, and then nothing is ever lost.
        """
        if line is None:
            if not isinstance(meter, SimulatedMeter):
                meter = SimulatedMeter(meter)
            line = Line(meter, view=view, faults=faults)
        self.line = line
        self.speed = speed
        self.on_frame = on_frame
        self.frame_times: deque[SentFrame] = deque(maxlen=1000)
        self._task: asyncio.Task[None] | None = None

    @property
    def meter(self) -> SimulatedMeter:
        """The meter at the other end."""
        return self.line.meter

    async def __aenter__(self) -> Self:
        """Start to send."""
        await self._open()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop and close."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._close()

    def silence(self) -> None:
        """Send nothing from now on; the meter goes on measuring."""
        self.line.silent = True

    def resume(self) -> None:
        """Send again, from the next frame."""
        self.line.silent = False

    def switch_mode(self, mode: Mode) -> None:
        """Send the other mode from the next frame on, at its own speed."""
        self.meter.switch_mode(mode)

    @abstractmethod
    async def _open(self) -> None:
        """Offer the line."""

    @abstractmethod
    async def _close(self) -> None:
        """Take the line away."""

    @abstractmethod
    def _write(self, data: bytes) -> bool:
        """Hand bytes over without waiting; say whether all were taken."""

    @abstractmethod
    async def _write_all(self, data: bytes) -> None:
        """Wait for a reader, and until it has room for all."""

    def _reader_speed(self) -> int | None:
        """Return the speed of the reader's port, if it has one."""
        return None

    async def _run(self) -> None:
        start = monotonic()
        while True:
            sent, speed = self.line.send(), self.speed
            # A frame with nothing to wait for must not starve the reader.
            await asyncio.sleep(0)
            if speed is None:
                await self._send_whole(sent)
                start = monotonic()
                continue
            await self._send_paced(sent, start, speed)
            start += sent.duration / speed
            if monotonic() - start > _ASLEEP:
                start = monotonic()

    async def _send_whole(self, sent: Transmission) -> None:
        if not sent.data:
            await asyncio.sleep(_LOOK_AGAIN)
            return
        seen = self._seen(sent, sent)
        await self._write_all(seen.data)
        if seen.whole:
            self._finished(seen.data)

    async def _send_paced(self, sent: Transmission, start: float, speed: float) -> None:
        """Write each byte when its time has come, by a schedule that cannot drift."""
        seen, done, complete = sent, 0.0, bool(sent.data)
        last = sent.ends[-1] if sent.ends else 0.0
        while True:
            elapsed = (monotonic() - start) * speed
            if done < last and (seen := self._seen(sent, seen)).data:
                first = bisect_right(seen.ends, done)
                end = bisect_right(seen.ends, elapsed)
                if end > first:
                    taken = not self.line.silent and self._write(seen.data[first:end])
                    complete = complete and taken and seen.whole
                if complete and done < last <= elapsed:
                    self._finished(sent.data)
            done = elapsed
            if elapsed >= sent.duration:
                return
            target = sent.duration
            if elapsed < last:
                following = bisect_right(seen.ends, elapsed)
                due = seen.ends[following] if following < len(seen.ends) else last
                # The last byte is never made to wait for its piece to fill.
                target = min(max(due, elapsed + GRAIN * speed), last)
            await asyncio.sleep((target - elapsed) / speed)

    def _seen(self, sent: Transmission, previous: Transmission) -> Transmission:
        """Return what the reader's port makes of a transmission."""
        speed = self._reader_speed() or sent.speed
        if speed == previous.speed:
            return previous
        return at_speed(sent, speed)

    def _finished(self, data: bytes) -> None:
        frame = SentFrame(monotonic(), data)
        self.frame_times.append(frame)
        if self.on_frame is not None:
            self.on_frame(frame)

    @staticmethod
    async def _look_again() -> None:
        await asyncio.sleep(_LOOK_AGAIN)
