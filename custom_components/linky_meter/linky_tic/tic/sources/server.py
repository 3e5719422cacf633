"""Frames from one meter of a TIC2WebSocket server, as ``serial.py`` gives a port's."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

import aiohttp

from ..errors import (
    ClosedError,
    NoAnswerError,
    NoTicError,
    NotProgrammedError,
    SourceError,
)
from ..frame import Frame
from .listen import agreed_address
from .server_url import ServerUrl
from .tic2websocket.client import HEARTBEAT_SECONDS, Client
from .tic2websocket.messages import Identifier, ModemInfo, ServerError, why_no_data

LISTEN_SECONDS = 30.0
"""Enough for release 1, which tries historic mode for 10 s first."""

_MOST_TICS = 32


class ServerSource:
    """One meter of a server: connected to, listened to, closed.

    ``on_frame`` gets each frame, ``on_error`` what the server reports of the meter,
    ``on_lost`` the loss of the connection. The session is closed with the source if it
    was not given.
    """

    def __init__(
        self,
        url: str,
        on_frame: Callable[[Frame], None],
        on_lost: Callable[[], None] | None = None,
        *,
        on_error: Callable[[ServerError], None] | None = None,
        session: aiohttp.ClientSession | None = None,
        heartbeat: float | None = HEARTBEAT_SECONDS,
    ) -> None:
        """Prepare; nothing is connected yet."""
        self.url = url
        self.counts: Counter[str] = Counter()
        """``frames``, ``groups``, ``unknown`` and ``damaged`` groups, ``errors``."""
        self.last_error: ServerError | None = None
        """What the server last reported of the meter, since its last frame."""
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._on_error = on_error
        self._session = session
        self._heartbeat = heartbeat
        self._client: Client | None = None
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """Connect and begin to listen.

        Raises ServerUnreachableError, NotAServerError, TokenRefusedError, NoAnswerError,
        ClosedError or RequestError; NoTicError when the server has no such meter.
        """
        server = ServerUrl.parse(self.url)
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(
                connected(server, self._session, self._heartbeat, self._lost)
            )
            tics = await client.available_tics()
            wanted = server.identifier
            # A server knows a serial number after the first frame only
            if not tics or (wanted and all(wanted.decides(t) is False for t in tics)):
                raise NoTicError
            await client.subscribe(self._frame, self._error, [wanted or tics[0]])
            self._client, self._stack = client, stack.pop_all()

    async def close(self) -> None:
        """Close the connection."""
        self._client = None
        await self._stack.aclose()

    async def resubscribe(self) -> None:
        """Subscribe again, for when nothing comes; raises as ``Client.resubscribe``."""
        if self._client is None:
            raise ClosedError
        await self._client.resubscribe()

    def _frame(self, frame: Frame, _identifier: Identifier) -> None:
        """Count a frame and give it to the owner."""
        self.last_error = None
        self.counts.update(frame.tally)
        self._on_frame(frame)

    def _error(self, error: ServerError) -> None:
        """Count an error and tell the owner."""
        self.last_error = error
        self.counts["errors"] += 1
        if self._on_error is not None:
            self._on_error(error)

    def _lost(self, _code: int) -> None:
        """Tell the owner, unless it closed or never had the connection."""
        if self._client is not None and self._on_lost is not None:
            self._on_lost()


@asynccontextmanager
async def connected(
    server: ServerUrl,
    session: aiohttp.ClientSession | None = None,
    heartbeat: float | None = HEARTBEAT_SECONDS,
    on_closed: Callable[[int], None] | None = None,
) -> AsyncGenerator[Client]:
    """Give a connected client, closed in the end, with a session of its own if need be.

    Raises as ``Client.connect``.
    """
    async with AsyncExitStack() as stack:
        if session is None:
            session = await stack.enter_async_context(aiohttp.ClientSession())
        client = Client(
            session,
            server.host,
            server.port,
            token=server.token,
            heartbeat=heartbeat,
            on_closed=on_closed,
        )
        stack.push_async_callback(client.close)
        await client.connect()
        yield client


async def modems(
    url: str, *, session: aiohttp.ClientSession | None = None
) -> tuple[ModemInfo, ...]:
    """Return the adapters of a server, none where it cannot tell.

    On a connection of its own: release 1 closes it when it has a native port. Raises as
    ``Client.connect``.
    """
    async with connected(ServerUrl.parse(url), session, None) as client:
        with suppress(SourceError):
            return await client.modems()
    return ()


@dataclass(frozen=True)
class FoundTic:
    """A meter of a server, and what it said within the time."""

    identifier: Identifier
    """As complete as it is known."""
    address: str | None = None
    """What two frames agree on; None without them."""
    frames: tuple[Frame, ...] = ()
    """Its last frames, first to last."""
    last_error: ServerError | None = None
    """What the server reported instead of the next frame."""


async def identify(
    url: str,
    *,
    session: aiohttp.ClientSession | None = None,
    in_all: float = LISTEN_SECONDS,
) -> tuple[FoundTic, ...]:
    """Return the meters of a server, once each has told its address or time is up.

    A query in the URL is for one of them. Raises the server's own errors, and NoTicError
    when it has no such meter. ``in_all`` are the seconds to listen.
    """
    server = ServerUrl.parse(url)
    wanted = server.identifier
    found: list[FoundTic] = []
    news = asyncio.Event()
    closed: list[bool] = []

    def place(identifier: Identifier) -> int | None:
        """Return the place of a meter in the list, a new one for a new meter."""
        for number, tic in enumerate(found):
            if tic.identifier.matches(identifier):
                return number
        if (
            not identifier
            or len(found) >= _MOST_TICS
            or (wanted and not wanted.matches(identifier))
        ):
            return None
        found.append(FoundTic(identifier))
        return len(found) - 1

    def on_frame(frame: Frame, identifier: Identifier) -> None:
        if (number := place(identifier)) is not None:
            frames = (*found[number].frames[-9:], frame)
            address = agreed_address(list(frames))
            found[number] = FoundTic(identifier, address, frames)
            news.set()

    def on_error(error: ServerError) -> None:
        if (number := place(error.identifier)) is not None:
            found[number] = replace(found[number], last_error=error)

    def on_closed(_code: int) -> None:
        closed.append(True)
        news.set()

    async def all_named() -> None:
        while not all(tic.address for tic in found):
            await news.wait()
            news.clear()
            if closed:
                raise ClosedError

    async with connected(server, session, HEARTBEAT_SECONDS, on_closed) as client:
        tics = await client.available_tics()
        found += [
            FoundTic(t) for t in tics if not wanted or wanted.decides(t) is not False
        ]
        if not found:
            raise NoTicError
        await client.subscribe(on_frame, on_error)
        with suppress(TimeoutError):
            await asyncio.wait_for(all_named(), in_all)
    return tuple(found)


async def frames(
    url: str,
    *,
    session: aiohttp.ClientSession | None = None,
    patience: float = LISTEN_SECONDS,
    on_error: Callable[[ServerError], None] | None = None,
) -> AsyncGenerator[Frame]:
    """Yield the frames of one meter of a server for ever.

    ``on_error`` gets what the server reports of it. Raises SourceError when the server
    cannot be reached, has no such meter, gives nothing usable for ``patience`` seconds, or
    is lost.
    """
    queue: asyncio.Queue[Frame | None] = asyncio.Queue()
    source = ServerSource(
        url,
        queue.put_nowait,
        lambda: queue.put_nowait(None),
        on_error=on_error,
        session=session,
    )
    await source.open()
    try:
        loop = asyncio.get_running_loop()
        since, silent, asked = loop.time(), True, False
        while True:
            try:
                limit = since + (patience if asked else patience / 2)
                async with asyncio.timeout_at(limit):
                    frame = await queue.get()
            except TimeoutError:
                if asked:
                    why = why_no_data(source.last_error)
                    raise (why if silent else NotProgrammedError()) from None
                asked = True
                # Silence is an answer too: the frames decide
                with suppress(NoAnswerError):
                    await source.resubscribe()
                continue
            if frame is None:
                raise ClosedError
            silent = False
            if not frame.address_only:
                yield frame
                since, silent, asked = loop.time(), True, False
    finally:
        await source.close()
