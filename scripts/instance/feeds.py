"""Where the demo's meter is read: on a serial port, or behind a TIC2WebSocket server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.simulator import MeterConfig, PtyMeter, SimulatedMeter
from tests.tic2websocket_server import ServedTic, Tic2WebSocketServer
from tests.tic2websocket_server.server import HOST

from .client import Json

SOURCES = ("serial", "tic2websocket")
SERVER_PORT = 19584
# About as long as a frame of standard mode takes on the line
_INTERVAL = 1.3


@dataclass(frozen=True)
class Feed:
    """A meter that can be set up."""

    meter: SimulatedMeter
    option: str
    """The choice in the set-up's menu."""
    form: Json
    """What the form after it takes."""
    typed: str
    """The same, for people."""


@asynccontextmanager
async def serial_feed(config: MeterConfig, folder: Path) -> AsyncIterator[Feed]:
    """Put a meter on a pseudo-terminal."""
    async with PtyMeter(SimulatedMeter(config), link=folder / "meter") as port:
        yield Feed(port.meter, "serial", {"device": port.path}, port.path)


@asynccontextmanager
async def server_feed(config: MeterConfig, port: int) -> AsyncIterator[Feed]:
    """Put a meter behind a server of ours on this machine."""
    tic = ServedTic(SimulatedMeter(config))
    server = Tic2WebSocketServer(tic, version=2)
    server.port = port
    async with server:
        speaker = asyncio.create_task(_speak(server, tic))
        try:
            form = {"host": HOST, "port": port}
            yield Feed(tic.meter, "server", form, f"host {HOST}, port {port}")
        finally:
            speaker.cancel()
            await asyncio.wait([speaker])


async def _speak(server: Tic2WebSocketServer, tic: ServedTic) -> None:
    """Send frames for ever, with the meter's clock at the true time."""
    while True:
        await asyncio.sleep(_INTERVAL)
        passed = (datetime.now(UTC) - tic.meter.now).total_seconds()
        with suppress(ConnectionError):
            await server.speak(tic, seconds=max(passed, 0.0))
