"""What a peer that floods does to the event loop: `python -m tests.bench.flood`.

Milliseconds of processor time of the longest turn while each kind of flood is read, over
TCP and from a server, with every frame judged as the integration does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
import os
from queue import SimpleQueue
import sys
from threading import Event
from time import thread_time

import aiohttp

from custom_components.linky_meter.linky_tic.tic.errors import SourceError
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.sources.serial import SerialSource
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from tests.tic.helpers import STANDARD, eight_bits, encode, line
from tests.tic.ports import listening
from tests.tic.server_helpers import tic
from tests.tic2websocket_server import Tic2WebSocketServer

from .report import Target, table

SIZE = 10_000_000
MESSAGES = 3000
LONGEST = Target(20)
"""Milliseconds."""
KINDS = {
    "noise, 10 MB": os.urandom(100_000),
    "groups without end": line("PPOT", "00") * 10_000,
    "frames without pause": eight_bits(encode(STANDARD)) * 100,
    "the smallest frames": (b"\x02" + line("PPOT", "00") + b"\x03") * 10_000,
}


class Judge:
    """Judges frames."""

    def __init__(self) -> None:
        """Begin without a meter."""
        self.meter = Meter()

    def __call__(self, frame: Frame) -> None:
        """Judge one."""
        self.meter.process(frame)


async def longest(work: Awaitable[object]) -> float:
    """Return the milliseconds of the longest turn while something is done."""
    loop = asyncio.get_running_loop()
    worst, last = 0.0, thread_time()
    handle: asyncio.Handle

    def turn() -> None:
        nonlocal worst, last, handle
        now = thread_time()
        worst, last = max(worst, now - last), now
        handle = loop.call_soon(turn)

    handle = loop.call_soon(turn)
    await work
    handle.cancel()
    return 1000 * worst


async def read(data: bytes, seconds: float) -> None:
    """Read a flood for some time, or until it is ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.bench.flood", "send"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(data)
    process.stdin.close()
    url = (await process.stdout.readline()).decode().strip()
    lost = asyncio.Event()
    source = SerialSource(url, Judge(), lost.set, pauses=True)
    with suppress(TimeoutError, SourceError):
        async with asyncio.timeout(seconds):
            await source.open()
            await lost.wait()
    await source.close()
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def talk(ports: SimpleQueue[int], done: Event) -> None:
    """Be a server that says much at once, as soon as somebody is subscribed."""
    meter = tic("standard_tempo_three_phase")
    async with Tic2WebSocketServer(meter) as server:
        ports.put(server.port)
        text = server.format.frame_event(meter, meter.meter.frame())
        while len(server.requests) < 1:
            await asyncio.sleep(0.01)
        for _ in range(MESSAGES):
            await server.say(text)
        while not done.is_set():
            await asyncio.sleep(0.1)


async def listen() -> None:
    """Take what a server says at once; it has a thread of its own."""
    ports: SimpleQueue[int] = SimpleQueue()
    done = Event()
    talking = asyncio.create_task(asyncio.to_thread(asyncio.run, talk(ports, done)))
    port = await asyncio.to_thread(ports.get)
    judge = Judge()
    async with aiohttp.ClientSession() as session:
        client = Client(session, "127.0.0.1", port)
        await client.connect()
        await client.subscribe(lambda frame, _: judge(frame))
        while client.counts["messages"] < MESSAGES:
            await asyncio.sleep(0.01)
        await client.close()
    done.set()
    await talking


async def send() -> None:
    """Listen, and send what standard input holds again and again."""
    data = sys.stdin.buffer.read()

    async def flood(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for _ in range(SIZE // len(data) + 1):
            writer.write(data)
            await writer.drain()
        writer.close()

    async with listening(flood) as url:
        print(url, flush=True)
        await asyncio.sleep(600)


async def measure(seconds: float) -> list[list[str]]:
    """Return the rows of the table."""
    rows: list[list[str]] = []
    works = {name: read(data, seconds) for name, data in KINDS.items()}
    works[f"{MESSAGES} messages of a server"] = listen()
    for name, work in works.items():
        worst = await longest(work)
        rows.append([name, f"{worst:.1f}", LONGEST.verdict(worst)])
    return rows


def main(arguments: Sequence[str]) -> int:
    """Measure, or be the peer."""
    if arguments == ["send"]:
        asyncio.run(send())
        return 0
    print(table(("flood", "longest turn, ms", ""), asyncio.run(measure(20))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
