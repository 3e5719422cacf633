"""Servers that are none, and servers that do harm: bounded time, bounded memory."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
import hashlib
from itertools import pairwise
import json
import time
import tracemalloc
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest

from custom_components.linky_meter.linky_tic.tic.errors import (
    ClosedError,
    NoAnswerError,
    NotAServerError,
    ServerUnreachableError,
    SourceError,
)
from custom_components.linky_meter.linky_tic.tic.sources import turn
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket import (
    connection as tic2websocket_connection,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    parse_message,
)
from tests.tic.server_helpers import Heard, client_of, tic, until
from tests.tic2websocket_server import Tic2WebSocketServer

pytestmark = pytest.mark.usefixtures("socket_enabled")

UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
)
TLS_ALERT = b"\x15\x03\x01\x00\x02\x02\x46"


@asynccontextmanager
async def raw_server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Listen on a port, say what ``talk`` says, and hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        server.close_clients()
        await server.wait_closed()
        await asyncio.sleep(0.01)


def answers(data: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
    """Return a talk of one sentence."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(data)
        await writer.drain()

    return talk


async def error_of(
    port: int, host: str = "127.0.0.1", limit: float = 3.0
) -> SourceError:
    """Return what connecting raises, within the limit."""
    async with aiohttp.ClientSession() as session:
        client = Client(session, host, port, connect_timeout=limit)
        async with asyncio.timeout(limit + 1):
            with pytest.raises(SourceError) as caught:
                await client.connect()
        assert not client.connected
        await client.close()
    return caught.value


# No such server


async def test_nobody_listens() -> None:
    """A refused connection is an unreachable server."""
    async with raw_server(answers(b"")) as port:
        pass
    assert isinstance(await error_of(port), ServerUnreachableError)


@pytest.mark.parametrize(
    ("host", "port"),
    [("", 1), ("a b", 1), ("x" * 300, 1), ("a..b", 1), ("127.0.0.1", 99999)],
)
async def test_no_such_name(host: str, port: int) -> None:
    """A name that cannot be is an unreachable server."""
    assert isinstance(await error_of(port, host), ServerUnreachableError)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00" * 1000,
        TLS_ALERT,
        b"SSH-2.0-OpenSSH_10.2\r\n",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        UPGRADED + b"Sec-WebSocket-Accept: wrong\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: mailto:me\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_something_else_answers(answer: bytes) -> None:
    """A router's page, TLS, SSH, silence after the first word: no such server."""
    async with raw_server(answers(answer)) as port:
        error = await error_of(port)
    redirected = b"127.0.0.1:1/" in answer
    assert isinstance(error, ServerUnreachableError if redirected else NotAServerError)


async def test_plain_http() -> None:
    """A web page is no such server."""
    async with Tic2WebSocketServer(http="plain") as server:
        assert isinstance(await error_of(server.port), NotAServerError)


async def test_silence() -> None:
    """A wrong server may never answer."""
    async with Tic2WebSocketServer(http="hang") as server:
        assert isinstance(await error_of(server.port, limit=0.2), NoAnswerError)


async def test_redirection() -> None:
    """We go to no other server than to the one that was named."""
    async with (
        Tic2WebSocketServer(tic()) as target,
        Tic2WebSocketServer(
            http="redirect", redirect_to=f"http://127.0.0.1:{target.port}/"
        ) as server,
    ):
        assert isinstance(await error_of(server.port), NotAServerError)
        await until(lambda: target.connections == 1 and not target.clients)
        assert not target.requests


async def test_redirection_for_ever() -> None:
    """It has an end."""
    async with Tic2WebSocketServer(http="redirect", redirect_to="/") as server:
        assert isinstance(await error_of(server.port), NotAServerError)


async def test_another_websocket_server() -> None:
    """One that echoes, as test servers do, answers nothing that we understand."""
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, request_timeout=0.2) as client,
    ):
        for name in ("GetAvailableTICs", "SubscribeTIC"):
            server.replies[name] = json.dumps({"type": "REQUEST", "name": name})
        with pytest.raises(NoAnswerError):
            await client.available_tics()
        with pytest.raises(NoAnswerError):
            await client.subscribe(Heard().on_frame)
        assert client.counts == {"messages": 2, "invalid": 2}


# Harm


NONSENSE: list[str | bytes] = [
    "",
    "\x00",
    "nonsense",
    "[" * 60_000,
    '{"type":"EVENT","name":"OnTICData","frame":' + '{"a":' * 5000,
    "9" * 60_000,
    b"\x00\x01",
    '{"type":"EVENT","name":"OnTICData","frame":[1]}',
    '{"type":"EVENT","name":"OnTICData","data":{"content":{"ADCO":{},"PAPP":[1],"X":null}}}',
    '{"type":"EVENT","name":"OnTICData","data":{"identifier":7,"content":{"ADCO":1e999}}}',
    '{"type":"EVENT","name":"OnError","data":7,"errorCode":"x","identifier":[]}',
    '{"type":"RESPONSE","name":"GetAvailableTICs","data":7}',
    '{"type":"RESPONSE","name":["GetAvailableTICs"]}',
]


async def test_nonsense() -> None:
    """Nothing of it gets through, and nothing of it harms."""
    heard = Heard()
    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        await client.subscribe(heard.on_frame, heard.on_error)
        for text in NONSENSE:
            await server.say(text)
        await server.speak()
        await until(lambda: heard.frames)
        assert len(heard.frames) == 1
        assert [error.code for error in heard.errors] == [None]
        assert client.counts["invalid"] == 9
        assert await client.available_tics()


async def test_message_too_large() -> None:
    """More than 64 KiB are not taken in: the connection ends."""
    codes: list[int] = []
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, on_closed=codes.append) as client,
    ):
        await server.say("x" * 65_536)
        await until(lambda: client.counts["invalid"])
        await server.say("x" * 65_537)
        await until(lambda: codes)
        assert codes == [1009]


async def test_flood() -> None:
    """What is too much is dropped unread, without growing memory; then all is well."""
    heard = Heard()
    meter = tic()
    async with Tic2WebSocketServer(meter) as server, client_of(server) as client:
        await client.subscribe(heard.on_frame)
        event = server.format.frame_event(meter, meter.meter.frame())
        count = 3000
        tracemalloc.start()
        start = time.monotonic()
        for _ in range(count):
            await server.say(event)
        await until(lambda: client.counts["messages"] >= count, 30)
        seconds = time.monotonic() - start
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20_000_000
        assert client.counts["flood"] > 0
        assert len(heard.frames) <= 300 + 200 * seconds
        await asyncio.sleep(0.1)
        assert await client.available_tics()


@pytest.mark.parametrize(
    "text", ["x" * 60_000, "[" * 60_000], ids=["no JSON", "deep JSON"]
)
async def test_a_turn_is_short(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """When its time is over, the others have a turn: no second message is worked on."""
    monkeypatch.setattr(turn, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(tic2websocket_connection, "TURN_SECONDS", 0.001)
    loop = asyncio.get_running_loop()
    handle: asyncio.Handle
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, heartbeat=None) as client,
    ):
        counts = [0]

        def begin() -> None:
            nonlocal handle
            counts.append(client.counts["messages"])
            handle = loop.call_soon(begin)

        handle = loop.call_soon(begin)
        for _ in range(40):
            await server.say(text)
        await until(lambda: client.counts["messages"] == 40, 30)
        handle.cancel()
    assert max(after - before for before, after in pairwise(counts)) == 1


async def test_frame_too_long() -> None:
    """No meter sends so many groups: the connection ends, and may be made again."""
    codes: list[int] = []
    groups = {f"X{n:04}": "7" for n in range(1000)}
    meter = tic()
    async with (
        Tic2WebSocketServer(meter) as server,
        client_of(server, on_closed=codes.append, heartbeat=None) as client,
    ):
        await server.say(server.format.event("OnTICData", {"frame": groups}))
        await until(lambda: codes)
        assert codes == [1009]
        assert client.counts["invalid"] == 1
        await client.connect()
        server.replies["ReadTIC"] = json.dumps(
            {"type": "RESPONSE", "name": "ReadTIC", "errorCode": 0}
            | {"data": {"content": groups}}
        )
        with pytest.raises(NotAServerError):
            await client.read()


async def test_message_that_breaks_us(caplog: pytest.LogCaptureFixture) -> None:
    """What nobody expects in reading one is told once, and the next is read."""
    heard = Heard()

    def fail(text: str) -> object:
        if "broken" in text:
            raise RuntimeError
        return parse_message(text)

    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        await client.subscribe(heard.on_frame)
        with patch.object(tic2websocket_connection, "parse_message", fail):
            for _ in range(3):
                await server.say("broken")
            await server.speak()
            await until(lambda: heard.frames)
    assert caplog.text.count("A server's message: unexpected error") == 1


async def test_flood_while_closing() -> None:
    """A server that goes on talking does not keep us."""
    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:

        async def talk() -> None:
            with suppress(ConnectionError, aiohttp.ClientError):
                while True:
                    await server._clients[0].ws.send_str("x" * 1000)

        talking = asyncio.create_task(talk())
        await until(lambda: client.counts["messages"] > 10)
        async with asyncio.timeout(3):
            await client.close()
        talking.cancel()
        await asyncio.wait([talking])


async def test_server_that_does_not_read() -> None:
    """Closing has its limit even when nothing can be written any more."""

    async def stuck(*_args: object) -> None:
        await asyncio.sleep(60)

    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        with (
            patch.object(tic2websocket_connection, "_CLOSE_SECONDS", 0.05),
            patch.object(aiohttp.ClientWebSocketResponse, "close", stuck),
        ):
            async with asyncio.timeout(1):
                ws = client._connection._ws
                await client.close()
        assert ws is not None
        await ws.close()


async def test_write_that_fails() -> None:
    """A request on a connection that just broke raises the named error."""
    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        with (
            patch.object(
                aiohttp.ClientWebSocketResponse,
                "send_str",
                side_effect=aiohttp.ClientConnectionResetError,
            ),
            pytest.raises(ClosedError),
        ):
            await client.available_tics()


async def test_read_that_fails() -> None:
    """So does what breaks while listening."""
    codes: list[int] = []
    async with Tic2WebSocketServer(tic()) as server:
        with patch.object(
            aiohttp.ClientWebSocketResponse,
            "receive",
            side_effect=aiohttp.ClientConnectionResetError,
        ):
            async with client_of(server, on_closed=codes.append) as client:
                await until(lambda: codes)
                assert codes == [1006]
                assert not client.connected


async def test_close_without_a_code() -> None:
    """Such a close frame is legal."""
    codes: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(
            line.split(": ")[1]
            for line in head.splitlines()
            if line.lower().startswith("sec-websocket-key")
        )
        magic = f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()
        accept = base64.b64encode(hashlib.sha1(magic).digest())
        writer.write(UPGRADED + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        writer.write(b"\x88\x00")
        await writer.drain()
        await reader.read(100)

    async with raw_server(talk) as port, aiohttp.ClientSession() as session:
        client = Client(session, "127.0.0.1", port, on_closed=codes.append)
        await client.connect()
        await until(lambda: codes)
        assert codes == [1005]
        await client.close()
