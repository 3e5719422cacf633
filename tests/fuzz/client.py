"""The client's target: a server that says anything, a message a line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, NamedTuple, cast

import aiohttp

from custom_components.linky_meter.linky_tic.tic.errors import SourceError
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.labels import LABELS
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Identifier,
    ServerError,
    parse_message,
)

_LINES = 250
"""Fewer than the client takes for a flood."""


def client(data: bytes) -> None:
    """Whatever a server says is understood, ignored or an error of ours."""
    lines = data.split(b"\n")[:_LINES]
    for line in lines:
        with suppress(UnicodeDecodeError):
            parse_message(line.decode())
    with asyncio.Runner(debug=False) as runner:
        runner.run(_talk(lines))


async def _talk(lines: list[bytes]) -> None:
    """Ask for everything, of a server that answers with these lines."""
    frames: list[tuple[Frame, Identifier]] = []
    errors: list[ServerError] = []

    def take(frame: Frame, identifier: Identifier) -> None:
        frames.append((frame, identifier))

    socket = _Socket(lines)
    subject = Client(cast("aiohttp.ClientSession", _Session(socket)), "meter.test")
    await subject.connect()
    requests: tuple[Callable[[], Awaitable[object]], ...] = (
        subject.available_tics,
        lambda: subject.subscribe(take, errors.append),
        subject.modems,
        subject.read,
        lambda: subject.subscribe(take, errors.append, [Identifier()]),
        lambda: subject.unsubscribe(1),
        subject.resubscribe,
    )
    for request in requests:
        with suppress(SourceError):
            result = await request()
            if isinstance(result, Frame):
                take(result, Identifier())
    # The rest is said unasked
    while subject.connected:
        await asyncio.sleep(0)
    await subject.close()
    counts = subject.counts
    assert counts["messages"] == counts.total() - counts["messages"] == socket.heard
    for frame, identifier in frames:
        _check_frame(frame, identifier)
    for error in errors:
        error.message.encode()
        _check_texts(error.identifier)


def _check_frame(frame: Frame, identifier: Identifier) -> None:
    """Expect a frame that a meter could have sent and a ``Meter`` takes."""
    assert frame.groups
    for group in frame.groups:
        row = LABELS[group.label]
        assert row.mode is frame.mode
        assert row.pattern.fullmatch(group.value)
        assert row.horodate or group.horodate is None
    reading = Meter().process(frame, at=0.0)
    assert reading is not None
    reading.as_json().encode()
    _check_texts(identifier)


def _check_texts(identifier: Identifier) -> None:
    """Expect fields that are texts or nothing."""
    for value in (identifier.serial_number, identifier.port_name, identifier.port_id):
        assert value != ""
        assert isinstance(value, str | None)
        # Home Assistant shows it: JSON has no lone surrogates
        (value or "").encode()


class _Message(NamedTuple):
    """A message as aiohttp gives it."""

    type: aiohttp.WSMsgType
    data: Any


class _Session:
    """What the client connects with."""

    def __init__(self, socket: _Socket) -> None:
        """Give this socket."""
        self._socket = socket

    async def ws_connect(self, *_args: object, **_options: object) -> _Socket:
        """Connect."""
        return self._socket


class _Socket:
    """A connection on which lines are said once something was asked."""

    def __init__(self, lines: list[bytes]) -> None:
        """Say these lines."""
        self.heard = 0
        self._lines = iter(lines)
        self._asked = asyncio.Event()

    async def send_str(self, _text: str) -> None:
        """Take a request."""
        self._asked.set()

    async def receive(self) -> _Message:
        """Say the next line, in no haste: who waits for it may ask again before."""
        await self._asked.wait()
        for _ in range(4):
            await asyncio.sleep(0)
        line = next(self._lines, None)
        if line is None:
            return _Message(aiohttp.WSMsgType.CLOSED, None)
        self.heard += 1
        try:
            return _Message(aiohttp.WSMsgType.TEXT, line.decode())
        except UnicodeDecodeError:
            return _Message(aiohttp.WSMsgType.BINARY, line)

    async def close(self) -> None:
        """Close."""
