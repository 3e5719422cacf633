"""The server: who may connect, and what is found where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from ipaddress import ip_address
import logging
import re

from aiohttp import web

from ..tic.sources.guard import Guard
from ..tic.sources.tic2websocket.client import DEFAULT_PORT
from .board import Board
from .client import Client
from .pages import Pages
from .wire import Release

LOOPBACK = "127.0.0.1"
HEARTBEAT_SECONDS = 30.0
MOST_CONNECTIONS = 64
SHORTEST_TOKEN = 8

_LARGEST_MESSAGE = 65_537
"""aiohttp refuses what is not smaller."""
_STOP_SECONDS = 2.0
_HEALTH = "/health"
# Of whatever is no request it would tell who sent it, and what: a token may be in that
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.disabled = True
_HOST = re.compile(r"(\[[^\]]*\]|[^:\[]*)(?::\d*)?")


class OpenBindError(ValueError):
    """Other machines could connect, and nothing was said of who may."""


@dataclass(frozen=True)
class ServerSettings:
    """Where a server listens, and who may connect."""

    bind: str = LOOPBACK
    port: int = DEFAULT_PORT
    token: str | None = field(default=None, repr=False)
    insecure: bool = False
    """Whether other machines may connect without a token."""
    release: Release = Release.BOTH

    @property
    def local(self) -> bool:
        """Whether this machine alone can connect."""
        return self.bind == "localhost" or (
            _is_address(self.bind) and ip_address(self.bind).is_loopback
        )

    def check(self) -> None:
        """Raise OpenBindError where a token is missing.

        The meter's number, the PRM and whether somebody is at home are in each frame.
        """
        if not (self.local or self.token or self.insecure):
            raise OpenBindError


class SharingServer:
    """A TIC2WebSocket server of both releases, with pages for other programs."""

    def __init__(
        self, settings: ServerSettings, *, heartbeat: float = HEARTBEAT_SECONDS
    ) -> None:
        """Prepare; raises OpenBindError. ``heartbeat`` is seconds between pings."""
        settings.check()
        self.settings = settings
        self.board = Board(settings.release)
        self.port = settings.port
        """The one that is listened on, once it is."""
        self._heartbeat = heartbeat
        self._clients: set[asyncio.Transport] = set()
        self._pages = Pages(self.board, lambda: self.clients)
        self._runner: web.AppRunner | None = None
        self._unexpected = Guard(logging.getLogger(__name__), "Sharing a meter")

    @property
    def clients(self) -> int:
        """How many are connected, pages that stream included."""
        return len(self._clients) + self._pages.streams

    async def start(self) -> None:
        """Listen. Raises OSError when the address is not there or the port is taken."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._serve)
        self._pages.add_to(app.router)
        runner = web.AppRunner(
            app, access_log=None, logger=_SILENT, shutdown_timeout=_STOP_SECONDS
        )
        await runner.setup()
        site = web.TCPSite(runner, self.settings.bind, self.settings.port)
        starting = asyncio.create_task(site.start(), name="sharing start")
        try:
            await asyncio.shield(starting)
        except BaseException:
            # What is cancelled halfway would keep the port
            await asyncio.wait([starting])
            starting.exception()
            await runner.cleanup()
            raise
        self._runner = runner
        self.port = runner.addresses[0][1]

    async def stop(self) -> None:
        """End all connections and free the port, within seconds.

        Without a goodbye, as Enedis's server ends: Enedis's own client knows the bare
        end alone, and after any other reads on until it panics.
        """
        self._pages.stop()
        for transport in self._clients:
            transport.close()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @web.middleware
    async def _guard(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Keep out browsers, and those without the token."""
        token = self.settings.token
        if "Origin" in request.headers or not (token or self._is_named(request)):
            raise web.HTTPForbidden(text="Not for web pages\n")
        if token and request.path != _HEALTH and not _knows(request, token):
            raise web.HTTPUnauthorized(
                text="A token is wanted\n", headers={"WWW-Authenticate": "Bearer"}
            )
        try:
            return await handler(request)
        except (web.HTTPException, OSError):
            raise
        except Exception as err:
            self._unexpected.tell(err)
            raise

    def _is_named(self, request: web.Request) -> bool:
        """Return whether it was called by an address, where only this machine may call.

        A page of the internet whose name was made to lead here sends no Origin to what
        is then its own.
        """
        # Without the header aiohttp would ask a name server, and all would wait
        named = _HOST.fullmatch(request.headers.get("Host", ""))
        host = named[1].strip("[]") if named else ""
        return not self.settings.local or host == "localhost" or _is_address(host)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Serve a client for as long as it is connected."""
        if self.clients >= MOST_CONNECTIONS:
            raise web.HTTPServiceUnavailable(text="Too many clients\n")
        ws = web.WebSocketResponse(
            heartbeat=self._heartbeat, max_msg_size=_LARGEST_MESSAGE, compress=False
        )
        await ws.prepare(request)
        transport = request.transport
        if transport is None:
            return ws
        self._clients.add(transport)
        try:
            await Client(self.board, ws, transport).serve()
        finally:
            self._clients.discard(transport)
        return ws


def _knows(request: web.Request, token: str) -> bool:
    """Return whether a request carries the token."""
    kind, _, said = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        said = request.query.get("token", "")
    return compare_digest(said.strip().encode(errors="replace"), token.encode())


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
