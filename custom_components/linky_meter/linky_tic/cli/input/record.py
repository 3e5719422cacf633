"""Recording: raw bytes with the times at which they arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from ...tic.sources.listen import why_nothing
from ...tic.sources.serial import SPEEDS, SerialSource
from .capture import Chunk, chunk_line, header_line


@dataclass
class Recording:
    """What was recorded."""

    bytes: int = 0
    frames: int = 0


async def record(
    url: str,
    output: Callable[[], AbstractContextManager[TextIO]],
    recording: Recording,
    *,
    baudrate: int | None,
    seconds: float | None,
) -> None:
    """Write what arrives on a port to a file, for a time or until cancelled.

    ``output`` opens the file when the first bytes come: a wrong port, or a silent one,
    replaces no recording that was there before. Raises SourceError when the port cannot be opened, is lost, or gave
    nothing usable.
    """
    speeds: tuple[int, ...] = SPEEDS
    if baudrate is not None:
        speeds = (baudrate, *(speed for speed in SPEEDS if speed != baudrate))
    loop = asyncio.get_running_loop()
    failure: asyncio.Future[None] = loop.create_future()
    started, began = loop.time(), datetime.now(UTC)
    files, file = ExitStack(), None

    def keep(data: bytes) -> None:
        nonlocal file
        recording.bytes += len(data)
        try:
            if file is None:
                file = files.enter_context(output())
                file.write(header_line(began))
            file.write(chunk_line(Chunk(data, loop.time() - started, source.baudrate)))
            # What was recorded stays, however this ends
            file.flush()
        except OSError as err:
            fail(err)

    def fail(err: Exception) -> None:
        if not failure.done():
            failure.set_exception(err)

    def count(_frame: object) -> None:
        recording.frames += 1

    source = SerialSource(
        url, count, lambda: fail(source.why_lost), on_bytes=keep, speeds=speeds
    )
    with files:
        await source.open()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await failure
        finally:
            await source.close()
    if not source.counts["groups"]:
        raise why_nothing(source, [])
