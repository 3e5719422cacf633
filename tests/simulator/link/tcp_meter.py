"""A meter behind a TCP port: for the reader, a network serial port."""

import asyncio
from collections.abc import Callable
from typing import override

from tests.simulator.config import MeterConfig
from tests.simulator.frames.wire import View
from tests.simulator.meter import SimulatedMeter

from .faults import Faults
from .line import Line
from .server import MeterServer, SentFrame

_HOST = "127.0.0.1"
# A reader this far behind is not reading: it misses what comes, as on a real line.
_UNREAD = 65_536


class TcpMeter(MeterServer):
    """A meter on a TCP port of this machine; every client gets the same bytes."""

    def __init__(
        self,
        meter: SimulatedMeter | MeterConfig | None = None,
        *,
        port: int = 0,
        speed: float | None = 1.0,
        view: View = "8bit",
        faults: Faults | None = None,
        line: Line | None = None,
        on_frame: Callable[[SentFrame], None] | None = None,
    ) -> None:
        """Prepare the port; 0 takes any free one and then keeps it."""
        super().__init__(
            meter, speed=speed, view=view, faults=faults, line=line, on_frame=on_frame
        )
        self.port = port
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """What a reader opens."""
        return f"socket://{_HOST}:{self.port}"

    @property
    def clients(self) -> int:
        """How many read."""
        return len(self._clients)

    async def unplug(self) -> None:
        """Break all connections and refuse new ones."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for client in list(self._clients):
            client.transport.abort()
        await server.wait_closed()

    async def replug(self) -> None:
        """Listen again on the same port."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, _HOST, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    @override
    async def _open(self) -> None:
        await self.replug()

    @override
    async def _close(self) -> None:
        await self.unplug()

    @override
    def _write(self, data: bytes) -> bool:
        ready = [
            client
            for client in self._clients
            if client.transport.get_write_buffer_size() < _UNREAD
        ]
        for client in ready:
            client.write(data)
        return bool(ready)

    @override
    async def _write_all(self, data: bytes) -> None:
        while not self._clients:
            await self._look_again()
        for client in list(self._clients):
            client.write(data)
            try:
                await client.drain()
            except ConnectionError:
                self._clients.discard(client)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Keep a client until it leaves; what it says is not heard."""
        self._clients.add(writer)
        try:
            while await reader.read(1024):
                pass
        except ConnectionError:
            pass
        finally:
            self._clients.discard(writer)
            writer.close()
