"""A server that shares meters, and those who talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
import json
from typing import Any
from unittest.mock import patch

import aiohttp
from zeroconf import IPVersion

from custom_components.linky_meter.linky_tic.sharing.meter import SharedMeter
from custom_components.linky_meter.linky_tic.sharing.server import (
    HEARTBEAT_SECONDS,
    ServerSettings,
    SharingServer,
)
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    ModemInfo,
)
from tests.tic.helpers import HISTORIC, Data, Lines, damaged, encode, frame_of
from tests.tic.server_helpers import OTHER_PLACE, OTHER_PORT, PLACE, PORT

SECONDS = 30.0
"""What a busy machine may take."""
TOKEN = "not-a-real-token"

MODEM = ModemInfo(
    PORT, PLACE, None, 0x6015, 0x0403, "TICMeter", "FTDI", "DA2VYTKG", "Bridge"
)
OTHER_MODEM = ModemInfo(OTHER_PORT, OTHER_PLACE)


@dataclass
class Shared:
    """A server with its first meter."""

    server: SharingServer
    meter: SharedMeter

    @property
    def url(self) -> str:
        """Where its pages begin."""
        return f"http://127.0.0.1:{self.server.port}"

    def say(
        self,
        lines: Lines = HISTORIC,
        changes: dict[str, Data | None] | None = None,
        *,
        damage: str | None = None,
        meter: SharedMeter | None = None,
    ) -> Frame:
        """Share a frame, as the line brought it."""
        data = encode(lines, changes)
        # A frame that is known to be whole: what is before it ended
        frame = frame_of(damaged(data, damage) if damage else data)
        (meter or self.meter).process(frame)
        return frame

    def read(self, lines: Lines = HISTORIC, times: int = 3) -> None:
        """Share frames and what is made of them."""
        judge = Meter()
        for _ in range(times):
            reading = judge.process(self.say(lines))
            assert reading is not None
            self.meter.process_reading(reading)


@asynccontextmanager
async def sharing(
    *, heartbeat: float = HEARTBEAT_SECONDS, modem: ModemInfo = MODEM, **settings: Any
) -> AsyncIterator[Shared]:
    """Give a server on a free port with one meter."""
    settings = {"port": 0, **settings}
    server = SharingServer(ServerSettings(**settings), heartbeat=heartbeat)
    meter = SharedMeter("linky", modem)
    server.board.add(meter)
    await server.start()
    try:
        yield Shared(server, meter)
    finally:
        await server.stop()
        server.board.remove(meter)


@asynccontextmanager
async def client_of(shared: Shared, **options: Any) -> AsyncIterator[Client]:
    """Give a connected client of ours."""
    async with aiohttp.ClientSession() as session:
        client = Client(session, "127.0.0.1", shared.server.port, **options)
        await client.connect()
        try:
            yield client
        finally:
            await client.close()


@contextmanager
def loopback_zeroconf() -> Iterator[None]:
    """Have Home Assistant's own zeroconf on loopback only, beside others of the test."""
    settings = {"interfaces": ["127.0.0.1"], "ip_version": IPVersion.V4Only}
    package = "homeassistant.components.zeroconf"
    with (
        patch(f"{package}._async_get_zc_args", return_value=settings),
        patch(f"{package}.install_multiple_zeroconf_catcher"),
    ):
        yield


class Talk:
    """A plain WebSocket, as any program opens one."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Wrap it."""
        self.ws = ws

    async def ask(self, request: str | dict[str, Any]) -> dict[str, Any]:
        """Send something, return the answer; events before it are left out."""
        await self.ws.send_str(
            request if isinstance(request, str) else json.dumps(request)
        )
        return await self.next(lambda message: message["type"] == "RESPONSE")

    async def request(self, name: str, data: Any = ...) -> dict[str, Any]:
        """Make a request, return its answer."""
        request = {"type": "REQUEST", "name": name}
        return await self.ask(request if data is ... else {**request, "data": data})

    async def next(
        self, wanted: Callable[[dict[str, Any]], object] = lambda _: True
    ) -> dict[str, Any]:
        """Return the next message that is wanted."""
        while True:
            message: dict[str, Any] = await self.ws.receive_json(timeout=SECONDS)
            if wanted(message):
                return message


@asynccontextmanager
async def talking(
    shared: Shared, path: str = "/", **options: Any
) -> AsyncIterator[Talk]:
    """Give a connected WebSocket."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{shared.url}{path}", **options) as ws,
    ):
        yield Talk(ws)
