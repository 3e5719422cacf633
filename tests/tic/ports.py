"""Pseudo-terminals for the tests, and what a source told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import os
import tty

from custom_components.linky_meter.linky_tic.tic.frame import Frame


@contextmanager
def port() -> Iterator[tuple[int, str]]:
    """Give the far end of a pseudo-terminal and the path of the near one."""
    master, slave = os.openpty()
    tty.setraw(slave)
    try:
        yield master, os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)


class Log:
    """What a source told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.frames: list[Frame] = []
        self.data = b""
        self.losses = 0

    def lost(self) -> None:
        """Count a loss."""
        self.losses += 1

    def add(self, data: bytes) -> None:
        """Keep received bytes."""
        self.data += data

    async def wait(self, condition: Callable[[], bool], timeout: float = 5) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(timeout):
            while not condition():
                await asyncio.sleep(0.01)
