"""A TIC2WebSocket server of ours: both wire formats, and every oddity on demand.

Written from the recorded exchanges; it shares no code with the client under test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from typing import Any, Literal, Self

from aiohttp import WSMsgType, web

from .formats import Format, Json, ServedTic, parse_groups

HOST = "127.0.0.1"
_NAMES = (
    "GetAvailableTICs",
    "GetModemsInfo",
    "ReadTIC",
    "SubscribeTIC",
    "UnsubscribeTIC",
)

type Http = Literal["websocket", "plain", "redirect", "hang"]


@dataclass(eq=False)
class Connected:
    """A connected client and what it is subscribed to."""

    request: web.Request
    ws: web.WebSocketResponse
    everything: bool = False
    filters: list[Json] = field(default_factory=list)


class Tic2WebSocketServer:
    """The server on a free port; frames are sent when told to, or every ``interval``."""

    def __init__(
        self,
        *tics: ServedTic,
        version: int = 2,
        interval: float | None = None,
        delay: float | None = None,
        http: Http = "websocket",
        redirect_to: str = "",
    ) -> None:
        """Prepare."""
        self.tics = list(tics)
        self.format = Format(version)
        self.port = 0
        self.requests: list[Any] = []
        """What clients asked, as JSON."""
        self.silent: set[str] = set()
        """Requests that are not answered."""
        self.replies: dict[str, str] = {}
        """What is answered in place of what should be, by request."""
        self.connections = 0
        """Connections made so far."""
        self.delay = delay
        """How late frames of the time of day are, s; None: any time goes by."""
        self._http = http
        self._redirect_to = redirect_to
        self._interval = interval
        self._clients: list[Connected] = []
        self._speaker: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """What a source opens."""
        return f"ws://{HOST}:{self.port}"

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    async def __aenter__(self) -> Self:
        """Listen; a server that was stopped takes its port again."""
        self._stopping.clear()
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]
        if self._interval is not None:
            self._speaker = asyncio.create_task(self._speak())
        return self

    async def __aexit__(self, *_args: object) -> None:
        """Stop: connections break without a close code."""
        if self._speaker is not None:
            self._speaker.cancel()
            await asyncio.wait([self._speaker])
        self.abort()
        self._stopping.set()
        for tic in self.tics:
            for reader in tic.readers:
                reader.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    # What a test decides

    def abort(self) -> None:
        """Break all connections."""
        for client in list(self._clients):
            if client.request.transport is not None:
                client.request.transport.abort()

    async def close_all(self, code: int = 1000) -> None:
        """Close all connections, as after an exception in the server."""
        for client in list(self._clients):
            await client.ws.close(code=code)

    async def say(self, text: str | bytes | Json) -> None:
        """Send something to all clients, whatever it is."""
        for client in list(self._clients):
            if isinstance(text, bytes):
                await client.ws.send_bytes(text)
            else:
                await client.ws.send_str(
                    text if isinstance(text, str) else json.dumps(text)
                )

    async def speak(
        self,
        tic: ServedTic | None = None,
        damage: Callable[[bytes], bytes] | None = None,
        *,
        seconds: float = 1.5,
    ) -> bytes:
        """Send a meter's frame of some seconds later, maybe damaged; return it."""
        tic = tic or self.tics[0]
        if self.delay is None:
            tic.meter.advance(seconds)
        else:
            tic.meter.advance_to(datetime.now(UTC) - timedelta(seconds=self.delay))
        sent = tic.meter.frame()
        frame = damage(sent) if damage else sent
        tic.serial = tic.meter.address
        event = self.format.frame_event(tic, frame)
        for reader in tic.readers:
            if not reader.done():
                reader.set_result(frame)
        tic.readers.clear()
        for client in list(self._clients):
            if client.everything or any(tic.matches(f) for f in client.filters):
                await client.ws.send_str(event)
        return frame

    async def report(self, tic: ServedTic, code: int, message: str) -> None:
        """Send an OnError."""
        error = {
            "identifier": tic.identifier(self.format.version),
            "errorCode": code,
            "errorMessage": message,
        }
        if self.format.version == 2:
            error["frame"] = None
        for client in list(self._clients):
            if client.everything or any(tic.matches(f) for f in client.filters):
                await client.ws.send_str(self.format.event("OnError", error))

    async def unplug(self, tic: ServedTic) -> None:
        """Take a modem away: filtered subscribers lose all they are subscribed to."""
        tic.plugged = False
        await self.report(tic, 6, "has been unplugged (unsubscribe has been forced)")
        for client in self._clients:
            if any(tic.matches(wanted) for wanted in client.filters):
                client.everything, client.filters = False, []
        tic.serial = None

    @staticmethod
    def replug(tic: ServedTic) -> None:
        """Bring it back; nobody is told."""
        tic.plugged = True

    # Serving

    async def _speak(self) -> None:
        """Send the frames of all meters for ever."""
        assert self._interval is not None
        while True:
            await asyncio.sleep(self._interval)
            for tic in self.tics:
                if tic.plugged:
                    with suppress(ConnectionError):
                        await self.speak(tic)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        """Answer HTTP."""
        if self._http == "plain":
            return web.Response(text="<h1>A router</h1>")
        if self._http == "redirect":
            raise web.HTTPFound(self._redirect_to)
        if self._http == "hang" or request.path_qs != "/":
            await self._stopping.wait()
            raise web.HTTPGone
        self.connections += 1
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        client = Connected(request, ws)
        self._clients.append(client)
        try:
            await self.serve(client)
        finally:
            self._clients.remove(client)
        return ws

    async def serve(self, client: Connected) -> None:
        """Take one request after the other."""
        async for message in client.ws:
            if message.type is WSMsgType.TEXT:
                await self._take(client, message.data)

    async def _take(self, client: Connected, text: str) -> None:
        """Answer one request, or not."""
        try:
            request = json.loads(text)
        except ValueError:
            request = None
        self.requests.append(request)
        if not isinstance(request, dict) or request.get("name") not in _NAMES:
            if self.format.version == 2:
                await client.ws.send_str(
                    self.format.reply("ErrorResponse", -5, "Failed to decode")
                )
            return
        name = request["name"]
        if name in self.replies:
            await client.ws.send_str(self.replies[name])
        elif name not in self.silent:
            answer = await getattr(self, f"_{name}")(client, request.get("data"))
            if answer is not None:
                await client.ws.send_str(answer)

    async def _GetAvailableTICs(self, _client: Connected, _data: Any) -> str:
        return self.format.reply(
            "GetAvailableTICs",
            data=[t.identifier(self.format.version) for t in self.tics if t.plugged],
        )

    async def _GetModemsInfo(self, client: Connected, _data: Any) -> str | None:
        tics = [tic for tic in self.tics if tic.plugged]
        if self.format.version == 1 and not all(tic.port_id for tic in tics):
            await client.ws.close(code=1000)
            return None
        modems = [
            tic.modem(self.format.version) if tic.port_id else None for tic in tics
        ]
        return self.format.reply("GetModemsInfo", data=modems)

    async def _ReadTIC(self, _client: Connected, data: Any) -> str:
        for tic in self.tics:
            if tic.plugged and tic.matches(data):
                reader: asyncio.Future[bytes] = (
                    asyncio.get_running_loop().create_future()
                )
                tic.readers.append(reader)
                groups = parse_groups(await reader)
                if self.format.version == 1 and not all(
                    group.valid for group in groups
                ):
                    return self.format.reply(
                        "ReadTIC", -7, "Invalid Checksum value (27)"
                    )
                return self.format.reply("ReadTIC", data=self.format.body(tic, groups))
        return self.format.reply(
            "ReadTIC", -12, f"Stream {json.dumps(data)} not found! (5)"
        )

    async def _SubscribeTIC(self, client: Connected, data: Any) -> str | None:
        if data is None:
            client.everything = True
            return self.format.reply("SubscribeTIC")
        wanted = data if isinstance(data, list) else [data]
        if not all(any(tic.matches(item) for tic in self.tics) for item in wanted):
            return self.format.reply("SubscribeTIC", -10, "Stream not found! (5)")
        if client.everything or all(item in client.filters for item in wanted):
            return None
        client.filters += wanted
        return self.format.reply("SubscribeTIC")

    async def _UnsubscribeTIC(self, client: Connected, data: Any) -> str:
        if data is None:
            client.everything, client.filters = False, []
        else:
            gone = data if isinstance(data, list) else [data]
            client.filters = [item for item in client.filters if item not in gone]
        return self.format.reply("UnsubscribeTIC")
