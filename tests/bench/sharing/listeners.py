"""Many clients of a server that only note when a frame comes; run by ``serve.py`` beside it.

In a process of their own, and without reading what came: neither the simulated meter nor
the clients' own work is to be taken for the server's. Of each message both the time at
which the kernel had it and the one at which the client ran are noted: on a busy machine
the second is a matter of its scheduler.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import sys
import time

from tests.sharing.deaf import hello

# Between two frames at twenty times the speed there are 50 ms
_QUIET_SECONDS = 0.015
_DATE = re.compile(rb"DATE\W+(?:\\t)?([EHeh]\d{12})")
_MOST_BYTES = 65_536
# asm-generic/socket.h; Python has no name for it
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@qq")


class Notes:
    """What came, until the clients have nothing else to do."""

    def __init__(self) -> None:
        self._came: list[tuple[float, float, bytes]] = []
        self._timer: asyncio.TimerHandle | None = None

    def read(self, peer: socket.socket) -> None:
        """Note what came to a client."""
        now = time.monotonic()
        data, told, _, _ = peer.recvmsg(_MOST_BYTES, socket.CMSG_SPACE(_TIMESPEC.size))
        if not data:
            asyncio.get_running_loop().remove_reader(peer)
        kernel = now
        for _, kind, content in told:
            if kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = _TIMESPEC.unpack(content)
                kernel = now - (time.time() - seconds - nanoseconds / 1e9)
        self._came.append((kernel, now, data))
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_QUIET_SECONDS, self._print)

    def _print(self) -> None:
        """Print each frame's DATE, to how many it came, and when: kernel and client."""
        self._timer = None
        came, self._came = self._came, []
        times: dict[str, list[tuple[float, float]]] = {}
        for kernel, now, data in came:
            # Both releases' forms tell it; on a busy machine two frames come at once
            for date in set(_DATE.findall(data)):
                times.setdefault(date.decode(), []).append((kernel, now))
        for named, both in times.items():
            arrived, seen = zip(*both, strict=True)
            told = (min(arrived), max(arrived), min(seen), max(seen))
            print(named, len(both), *told, flush=True)


async def listen(port: int, clients: int) -> None:
    """Listen for ever."""
    loop, notes = asyncio.get_running_loop(), Notes()
    for _ in range(clients):
        peer = socket.socket()
        peer.setblocking(False)
        peer.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        await loop.sock_connect(peer, ("127.0.0.1", port))
        await loop.sock_sendall(peer, hello())
        loop.add_reader(peer, notes.read, peer)
    await loop.create_future()


if __name__ == "__main__":
    asyncio.run(listen(int(sys.argv[1]), int(sys.argv[2])))
