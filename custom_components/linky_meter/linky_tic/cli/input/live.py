"""Readings as they come from a port or a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from typing import Any

from ...tic.reading import MeterReading
from ...tic.sources.lateness import Lateness
from ...tic.sources.listen import LISTEN_IN_ALL
from .follow import Follower
from .sources import frames, has_bytes


async def readings(
    url: str, *, baudrate: int | None = None, patience: float = LISTEN_IN_ALL
) -> AsyncGenerator[MeterReading]:
    """Yield the readings of a meter, one for each frame, for ever.

    ``url`` is a port, such as ``/dev/ttyUSB0`` or ``COM3``, or a URL, such as
    ``socket://host:port``; ``ws://host:port`` is a TIC2WebSocket server, and a query,
    ``?serial=``, ``?port_id=`` or ``?port_name=``, one of its meters, else the first.
    ``baudrate`` is a hint that a port tries first. Raises SourceError when the source
    cannot be opened, gives nothing usable for ``patience`` seconds, or is lost. Wrap it
    in ``contextlib.aclosing`` to leave early and have it closed at once. What a server
    gives late has a ``delay``, and nothing that loads are switched by.
    """
    follower = Follower(lateness=None if has_bytes(url) else Lateness())
    async with aclosing(frames(url, baudrate, patience=patience)) as source:
        async for frame in source:
            yield follower.process(frame)


class Subscription:
    """A running subscription: call it to end it, await it until it has ended."""

    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task

    def __call__(self) -> None:
        """End the subscription; its source closes a moment later."""
        self._task.cancel()

    def __await__(self) -> Generator[Any]:
        """Wait for the end, when all is closed; raises what ended it."""
        return self._wait().__await__()

    async def _wait(self) -> None:
        try:
            await asyncio.shield(self._task)
        except asyncio.CancelledError:
            # Whoever awaits may be cancelled too, and the subscription then goes on
            if not self._task.cancelled():
                raise


def subscribe(
    url: str,
    callback: Callable[[MeterReading], object],
    *,
    baudrate: int | None = None,
    patience: float = LISTEN_IN_ALL,
) -> Subscription:
    """Call back with each reading of a ``url``, see ``readings``.

    Call what is returned to unsubscribe.
    Awaiting what is returned waits for the end and raises the SourceError behind it.
    """

    async def read() -> None:
        source = readings(url, baudrate=baudrate, patience=patience)
        async with aclosing(source):
            async for reading in source:
                callback(reading)

    return Subscription(asyncio.get_running_loop().create_task(read(), name="tic"))
