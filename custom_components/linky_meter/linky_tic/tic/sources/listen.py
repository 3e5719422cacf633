"""Listens to a port: for a meter, for its frames, or for why there are none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum

from ..errors import (
    NoiseError,
    NotProgrammedError,
    NotRfc2217Error,
    NotTicError,
    SilentError,
    SourceError,
    TextError,
)
from ..frame import Frame
from ..identity import parse_address
from ..labels import ADDRESS_LABELS
from .serial import LISTEN_PER_SPEED, NOISE_BYTES, SPEEDS, SerialSource

LISTEN_IN_ALL = 30.0


@dataclass(frozen=True)
class Found:
    """A meter found on a port."""

    address: str
    baudrate: int
    frames: tuple[Frame, ...]
    """Its last frames, whole ones first to last."""


class Hearing(IntEnum):
    """What has come at one speed so far."""

    NOTHING = 0
    BYTES = 1
    FRAME = 2


async def identify(
    url: str,
    *,
    speeds: tuple[int, ...] = SPEEDS,
    per_speed: float = LISTEN_PER_SPEED,
    in_all: float = LISTEN_IN_ALL,
    keeps_lines: bool = False,
    passes: tuple[type[Exception], ...] = (),
    on_hearing: Callable[[int, Hearing], object] = lambda *_: None,
) -> Found:
    """Listen on a port until two frames agree on the meter's address.

    The port is closed again. Raises the port's own errors, what ``passes`` of a
    transport's, or, after ``in_all`` seconds, SilentError, NoiseError,
    NotProgrammedError or NotTicError. ``on_hearing`` is told what comes at which speed,
    ``keeps_lines`` leaves the control lines of a device as they are.
    """
    frames: list[Frame] = []
    queue: asyncio.Queue[Frame | None] = asyncio.Queue()
    said: tuple[int, Hearing] | None = None

    def hear(hearing: Hearing) -> None:
        """Say what came, unless as much was said of this speed."""
        nonlocal said
        now = (source.baudrate, hearing)
        if said is None or said[0] != now[0] or said < now:
            said = now
            on_hearing(*now)

    def on_frame(frame: Frame) -> None:
        queue.put_nowait(frame)
        hear(Hearing.FRAME)

    source = SerialSource(
        url,
        on_frame,
        lambda: queue.put_nowait(None),
        on_bytes=lambda _: hear(Hearing.BYTES),
        on_speed=lambda _: hear(Hearing.NOTHING),
        speeds=speeds,
        per_speed=per_speed,
        passes=passes,
        keeps_lines=keeps_lines,
    )
    hear(Hearing.NOTHING)
    await source.open()
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(in_all):
                while (frame := await queue.get()) is not None:
                    frames = [*frames[-9:], frame]
                    if (address := agreed_address(frames)) is not None:
                        return Found(address, source.baudrate, tuple(frames))
                raise source.why_lost
    finally:
        await source.close()
    raise why_nothing(source, frames)


def agreed_address(frames: list[Frame], enough: int = 2) -> str | None:
    """Return the address that the last frames agree on, with something besides it."""
    addresses = [
        frame.address
        for frame in frames
        if frame.address is not None and not frame.address_only
    ][-enough:]
    if (
        len(addresses) == enough
        and len(set(addresses)) == 1
        and parse_address(addresses[0]) is not None
    ):
        return addresses[0]
    return None


def why_nothing(source: SerialSource, frames: list[Frame]) -> SourceError:
    """Return the error for a source that named no meter."""
    if not source.received:
        return NotRfc2217Error() if source.plain else SilentError()
    labels = {group.label for frame in frames for group in frame.groups}
    if labels and labels <= set(ADDRESS_LABELS):
        return NotProgrammedError()
    counts = source.counts
    if counts["unknown"] > counts["groups"]:
        return NotTicError()
    if source.only_text:
        return TextError()
    return NotRfc2217Error() if source.plain else NoiseError()


async def frames(
    url: str, baudrate: int | None = None, *, patience: float = LISTEN_IN_ALL
) -> AsyncGenerator[Frame]:
    """Yield the frames of a port for ever; ``baudrate`` is a hint that is tried first.

    Raises SourceError when the port cannot be opened, gives nothing usable for
    ``patience`` seconds, or is lost. Frames with an address only are left out.
    """
    speeds: tuple[int, ...] = SPEEDS
    if baudrate is not None:
        speeds = (baudrate, *(speed for speed in SPEEDS if speed != baudrate))
    queue: asyncio.Queue[Frame | None] = asyncio.Queue()
    source = SerialSource(
        url, queue.put_nowait, lambda: queue.put_nowait(None), speeds=speeds
    )
    await source.open()
    try:
        loop = asyncio.get_running_loop()
        useless: list[Frame] = []
        since, received, valid = loop.time(), 0, 0
        while True:
            try:
                async with asyncio.timeout_at(since + patience):
                    frame = await queue.get()
            except TimeoutError:
                # A frame may have begun before the line fell silent
                begun = source.decoder.last_valid != valid
                if not useless and (begun or source.received - received < NOISE_BYTES):
                    raise SilentError from None
                raise why_nothing(source, useless) from None
            if frame is None:
                raise source.why_lost
            if not frame.address_only:
                yield frame
                since, received, useless = loop.time(), source.received, []
                valid = source.decoder.last_valid
            else:
                useless = [*useless[-9:], frame]
    finally:
        await source.close()
