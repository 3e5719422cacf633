"""The event loop's time, which passes faster when a test wants it to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
import math
import time

# What runs in the executor takes real time
_REAL_SECONDS = 0.001
_LATE_SECONDS = 10


class Clock:
    """Makes the time of an event loop leap, and with it every timer and wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop over; its clock goes on as before until the first leap."""
        self._ahead = 0.0
        # A frozen time of day would freeze what the loop asks
        self._real = time.monotonic
        self._loop = loop
        loop.time = self.now  # type: ignore[method-assign]
        # A leap looks like a callback that took long
        loop.slow_callback_duration = math.inf

    def now(self) -> float:
        """Return the loop's time."""
        return self._real() + self._ahead

    @property
    def real(self) -> float:
        """Seconds that really passed, from some moment on."""
        return self._real()

    def close(self) -> None:
        """Give the loop its own clock back, which must not go backwards."""
        ahead, real = self._ahead, self._real
        self._loop.time = lambda: real() + ahead  # type: ignore[method-assign]

    async def leap(self, seconds: float) -> None:
        """Let so much time pass at once, and everything happen that is due."""
        self._ahead += seconds
        await asyncio.sleep(_REAL_SECONDS)

    def hop(self, seconds: float) -> None:
        """Let so much time pass; what is due happens when the caller waits."""
        self._ahead += seconds

    async def run(
        self, condition: Callable[[], object], seconds: float, step: float = 0.5
    ) -> float:
        """Let time pass until something is so; return how long it took."""
        began = self.now()
        while not condition():
            if self.now() - began > seconds:
                await self._settle(condition, seconds)
                break
            await self.leap(step)
        return self.now() - began

    async def _settle(self, condition: Callable[[], object], seconds: float) -> None:
        """Wait without a leap: on a busy machine the executor is late."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LATE_SECONDS):
                while not condition():
                    await asyncio.sleep(_REAL_SECONDS)
        assert condition(), f"Not so after {seconds} s"

    async def pass_time(self, seconds: float, step: float = 0.5) -> None:
        """Let time pass."""
        end = self.now() + seconds
        await self.run(lambda: self.now() >= end, seconds + step, step)
