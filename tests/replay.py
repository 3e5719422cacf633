"""A port that says the same frame for ever, for tests that compare exact values."""

from __future__ import annotations

import asyncio
from contextlib import suppress
import os
import tty

from tests.simulator.link.pty_meter import open_pair


class ReplayPort:
    """A pseudo-terminal on which one frame is repeated."""

    def __init__(self, frame: bytes, pause: float = 0.05) -> None:
        """Open the port and begin to speak; an event loop must run."""
        self.frame = frame
        self._pause = pause
        self._master, self._slave = open_pair()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._task = asyncio.get_running_loop().create_task(self._speak())

    async def close(self) -> None:
        """Stop speaking and take the port away."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        os.close(self._master)
        os.close(self._slave)

    async def _speak(self) -> None:
        """Write the frame again and again; what does not fit is lost."""
        while True:
            if self.frame:
                with suppress(BlockingIOError):
                    os.write(self._master, self.frame)
            await asyncio.sleep(self._pause)
