"""Connections that end in the middle of something."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from tests.tic.server_helpers import until

from .deaf import hello
from .helpers import SECONDS, sharing, talking

pytestmark = pytest.mark.usefixtures("socket_enabled")

_HELLO = hello()
_MESSAGE = _HELLO.index(b"\r\n\r\n") + 4


async def connected(port: int, data: bytes) -> socket.socket:
    """Connect and send something."""
    loop, peer = asyncio.get_running_loop(), socket.socket()
    peer.setblocking(False)
    await loop.sock_connect(peer, ("127.0.0.1", port))
    await loop.sock_sendall(peer, data)
    return peer


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(_HELLO[:40], id="in the request"),
        pytest.param(_HELLO[: _MESSAGE + 1], id="in the head of a message"),
        pytest.param(_HELLO[:-5], id="in a message"),
        pytest.param(_HELLO, id="after it subscribed"),
    ],
)
async def test_cut(sent: bytes, *, reset: bool) -> None:
    """Whoever goes without a goodbye leaves nothing behind and holds up nobody."""
    async with sharing() as shared, talking(shared) as talk:
        await talk.request("SubscribeTIC")
        board, tasks = shared.server.board, asyncio.all_tasks()
        peers = [await connected(shared.server.port, sent) for _ in range(5)]
        if len(sent) > _MESSAGE:
            await until(lambda: len(board.listeners) == 6, SECONDS)
        for peer in peers:
            if reset:
                # As a machine that was switched off and on again answers
                peer.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
            peer.close()
        shared.say()
        assert (await talk.next())["name"] == "OnTICData"
        await until(lambda: len(board.listeners) == 1, SECONDS)
        await until(lambda: shared.server.clients == 1, SECONDS)
        await until(lambda: not asyncio.all_tasks() - tasks, SECONDS)


async def test_what_comes_byte_by_byte() -> None:
    """A request that takes its time is a request like any other."""
    async with sharing() as shared:
        loop = asyncio.get_running_loop()
        peer = await connected(shared.server.port, b"")
        for number in range(len(_HELLO)):
            await loop.sock_sendall(peer, _HELLO[number : number + 1])
            await asyncio.sleep(0)
        await until(
            lambda: any(one.everything for one in shared.server.board.listeners)
        )
        peer.close()
