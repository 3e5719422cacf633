"""Peers that flood: each turn of the event loop is short, and memory is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
import os
import time
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.errors import NotTicError
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.sources import intake, turn
from custom_components.linky_meter.linky_tic.tic.sources.listen import frames, identify
from custom_components.linky_meter.linky_tic.tic.sources.serial import SerialSource
from tests.tic.helpers import STANDARD, eight_bits, encode, line
from tests.tic.ports import Log, listening, port

pytestmark = pytest.mark.usefixtures("socket_enabled")

NOISE = bytes(range(256)) * 40
GROUPS = line("PPOT", "00") * 1000
TINY = (b"\x02" + line("PPOT", "00") + b"\x03") * 1000
GOOD = eight_bits(encode(STANDARD))


@asynccontextmanager
async def flooding(
    data: bytes, times: int = 1_000_000, *, first: bytes = b"", then: bytes = b""
) -> AsyncIterator[tuple[str, Callable[[], int]]]:
    """Send as fast as anybody reads; give the URL, and how much was sent."""
    sent = 0

    async def flood(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal sent
        if first:
            writer.write(first)
            await asyncio.sleep(0.1)
        for _ in range(times):
            writer.write(data)
            await writer.drain()
            sent += len(data)
        while then:
            writer.write(then)
            await writer.drain()
            await asyncio.sleep(0.05)

    async with listening(flood) as url:
        yield url, lambda: sent


class Turns:
    """What was done in each turn of the event loop."""

    def __init__(self) -> None:
        """Begin with the first."""
        self.bytes: list[int] = [0]
        self.frames: list[int] = [0]

    def frame(self, _: Frame) -> None:
        """Count a frame."""
        self.frames[-1] += 1


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Turns]:
    """Count what is decoded in each turn of the event loop."""
    loop = asyncio.get_running_loop()
    turns, feed = Turns(), Decoder.feed
    handle: asyncio.Handle

    def begin() -> None:
        nonlocal handle
        turns.bytes.append(0)
        turns.frames.append(0)
        handle = loop.call_soon(begin)

    def counting(decoder: Decoder, data: bytes) -> list[Frame]:
        turns.bytes[-1] += len(data)
        return feed(decoder, data)

    monkeypatch.setattr(Decoder, "feed", counting)
    begin()
    yield turns
    handle.cancel()


@pytest.mark.parametrize("data", [NOISE, TINY], ids=["noise", "frames"])
async def test_a_turn_is_short(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """When its time is over, no more than one piece or frame is added to it."""
    monkeypatch.setattr(turn, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(intake, "TURN_SECONDS", 0.001)
    async with flooding(data) as (url, _):
        with counted(monkeypatch) as turns:
            source = SerialSource(url, turns.frame, speeds=(9600,))
            await source.open()
            async with asyncio.timeout(10):
                while sum(turns.bytes) < 40_000 and sum(turns.frames) < 300:
                    await asyncio.sleep(0.01)
            # All that waits is what was received at once; the rest is the sender's
            assert len(source._protocol._waiting) <= intake.MOST_WAITING
            await source.close()
    assert max(turns.bytes) == intake.PIECE
    assert max(turns.frames) <= 1


async def test_slow_work_ends_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame is worked on for some milliseconds: few of them are one turn."""
    log = Log()

    def slowly(frame: Frame) -> None:
        time.sleep(0.003)
        turns.frame(frame)
        log.frames.append(frame)

    async with flooding(TINY) as (url, _):
        with counted(monkeypatch) as turns:
            source = SerialSource(url, slowly, speeds=(9600,))
            await source.open()
            await log.wait(lambda: len(log.frames) > 60, 10)
            await source.close()
    assert max(turns.frames) <= turn.TURN_SECONDS / 0.003 + 2


async def test_megabytes_of_noise() -> None:
    """They are passed over, and then the meter is found."""
    async with flooding(NOISE, times=300, then=GOOD) as (url, sent):
        waiting = 0
        log = Log()
        source = SerialSource(url, log.frames.append, log.lost)
        await source.open()
        async with asyncio.timeout(60):
            while not any(frame.undamaged for frame in log.frames):
                await asyncio.sleep(0.01)
                waiting = max(waiting, len(source._protocol._waiting))
        await source.close()
        assert sent() == 300 * len(NOISE)
        assert waiting <= intake.MOST_WAITING
        assert log.losses == 0


async def test_groups_without_end() -> None:
    """Nothing that a meter sends is so long: the stream is ended, with the reason."""
    async with flooding(GROUPS, first=GOOD) as (url, sent):
        log = Log()
        source = SerialSource(url, log.frames.append, log.lost)
        await source.open()
        await log.wait(lambda: log.losses > 0)
        assert isinstance(source.why_lost, NotTicError)
        assert log.losses == 1
        await source.close()
        assert sent() < 10_000_000
        with pytest.raises(NotTicError):
            await identify(url)
        with pytest.raises(NotTicError):
            async for _ in frames(url):
                pass
    # It may begin at once
    async with flooding(GROUPS) as (url, _):
        with pytest.raises(NotTicError):
            await SerialSource(url, print).open()


async def test_closed_while_others_have_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What waits is forgotten, and no timer is left."""
    monkeypatch.setattr(turn, "TURN_SECONDS", 0.0)
    log = Log()
    async with flooding(TINY) as (url, _):
        source = SerialSource(url, log.frames.append, log.lost, pauses=True)
        await source.open()
        await log.wait(lambda: source._protocol._held)
        again = source._protocol._again
        assert again is not None
        await source.close()
        assert again.cancelled()
        seen = len(log.frames)
        await asyncio.sleep(0.05)
    assert (len(log.frames), log.losses) == (seen, 0)


async def test_lost_in_the_middle_of_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that is being closed is told nothing more."""
    monkeypatch.setattr(turn, "TURN_SECONDS", 0.0)
    log = Log()

    def leave(frame: Frame) -> None:
        log.frames.append(frame)
        assert source._transport is not None
        source._transport.abort()

    async with flooding(TINY, first=GOOD) as (url, _):
        source = SerialSource(url, leave, log.lost, speeds=(9600,))
        await source.open()
        await log.wait(lambda: log.losses > 0)
        await source.close()
    assert len(log.frames) <= 3


async def test_a_port_that_cannot_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes meanwhile waits here, so much and no more."""
    monkeypatch.setattr(turn, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(intake, "MOST_WAITING", 6000)
    log = Log()

    def refuse(*_: Any) -> None:
        raise NotImplementedError

    with port() as (_, path):
        source = SerialSource(path, log.frames.append, log.lost, speeds=(9600,))
        await source.open()
        transport = source._transport
        assert transport is not None
        monkeypatch.setattr(transport, "pause_reading", refuse)
        monkeypatch.setattr(transport, "resume_reading", refuse)
        source._protocol.data_received(GOOD * 30)
        source._protocol.data_received(GOOD * 30)
        assert len(source._protocol._waiting) == 6000 - intake.PIECE + intake.PIECE
        await log.wait(lambda: not source._protocol._waiting)
        source._protocol.data_received(GOOD)
        await log.wait(lambda: bool(log.frames) and log.frames[-1].undamaged)
        await source.close()
    assert source.received < 10_000


async def test_a_pseudo_terminal_waits() -> None:
    """The system keeps what is not read, and its writer waits."""
    log = Log()
    with port() as (master, path):
        os.set_blocking(master, False)

        def slowly(frame: Frame) -> None:
            time.sleep(0.01)
            log.frames.append(frame)

        source = SerialSource(path, slowly, log.lost, speeds=(9600,), pauses=True)
        await source.open()
        written = 0
        async with asyncio.timeout(20):
            while len(log.frames) < 60:
                with suppress(BlockingIOError):
                    written += os.write(master, GOOD)
                await asyncio.sleep(0)
        assert written - source.received < 40_000
        await source.close()
    assert log.losses == 0
