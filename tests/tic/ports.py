"""Pseudo-terminals and listening ports for the tests, and what a source told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
import os
import tty
from typing import Any

from custom_components.linky_meter.linky_tic.tic.frame import Frame
from tests.simulator.link.pty_meter import open_pair

type Talk = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]
]
"""What is said to somebody who connects."""


@contextmanager
def port() -> Iterator[tuple[int, str]]:
    """Give the far end of a pseudo-terminal and the path of the near one."""
    master, slave = open_pair()
    tty.setraw(slave)
    try:
        yield master, os.ttyname(slave)
    finally:
        os.close(slave)
        os.close(master)


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[str]:
    """Give the host and port at which a talk is held with everybody who connects."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(talk(reader, writer))
        tasks.add(task)
        with suppress(ConnectionError, asyncio.CancelledError):
            await task
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        server.abort_clients()
        await server.wait_closed()
        await asyncio.sleep(0.01)


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

    async def wait(self, condition: Callable[[], bool], timeout: float = 30) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(timeout):
            while not condition():
                await asyncio.sleep(0.01)
