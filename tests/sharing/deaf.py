"""A client that subscribes and never reads."""

from __future__ import annotations

import asyncio
import json
import socket

SUBSCRIBE = {"type": "REQUEST", "name": "SubscribeTIC"}


def hello() -> bytes:
    """Return what a client sends that subscribes to everything."""
    text = json.dumps(SUBSCRIBE).encode()
    return (
        (
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n\r\n"
        )
        + bytes([0x81, 0x80 | len(text), *bytes(4)])
        + text
    )


async def deaf(port: int) -> socket.socket:
    """Connect one; whoever asked for it closes it."""
    loop = asyncio.get_running_loop()
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setblocking(False)
    await loop.sock_connect(peer, ("127.0.0.1", port))
    await loop.sock_sendall(peer, hello())
    return peer
