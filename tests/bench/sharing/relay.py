"""The least that a server can be, to compare ours with: `python -m tests.bench.sharing.relay`.

Hands a frame's text to every connection when its last byte has come. It checks nothing,
makes nothing of it, and writes as many bytes as a message of ours has.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tty

_END = 0x03
_MESSAGE_BYTES = 4_000


async def relay(path: str, port: int) -> None:
    """Relay for ever."""
    loop = asyncio.get_running_loop()
    clients: set[asyncio.StreamWriter] = set()
    frame = bytearray()

    def read() -> None:
        frame.extend(byte & 0x7F for byte in os.read(line, 4096))
        end = frame.rfind(_END) + 1
        if end:
            text = bytes(frame[:end]).ljust(_MESSAGE_BYTES)
            del frame[:end]
            for client in clients:
                client.write(text)

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Who does not read would fill the memory
        writer.transport.set_write_buffer_limits(high=1 << 30)
        clients.add(writer)

    line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(line)
    loop.add_reader(line, read)
    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1], int(sys.argv[2])))
