"""Client of a TIC2WebSocket server, Enedis's programme that shares meters.

Both releases, whose formats differ: see ``messages.py``. Their oddities
shape this client. A filtered subscription ends by itself, and all others of the
connection with it, when a modem is unplugged; a repeated one is not answered. So there
is one subscription to everything on the wire, and meters are chosen here.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp

from ...errors import ClosedError, NoDataError, NotAServerError, NoTicError
from ...frame import Frame
from .connection import Connection
from .frames import TooLongError
from .messages import (
    GET_AVAILABLE_TICS,
    GET_MODEMS_INFO,
    READ_TIC,
    SUBSCRIBE_TIC,
    UNSUBSCRIBE_TIC,
    Identifier,
    ModemInfo,
    Reply,
    parse_data,
)
from .router import OnError, OnFrame, Router, Subscription

DEFAULT_PORT = 19584
CONNECT_SECONDS = 10.0
REQUEST_SECONDS = 10.0
READ_SECONDS = 35.0
"""A server answers a ReadTIC within 30 s, with an error if need be."""
HEARTBEAT_SECONDS = 30.0


class Client:
    """One connection to a server; may be connected again after it was lost or closed.

    ``token`` is for our own server, which may want one; Enedis's never does.
    ``heartbeat`` is the seconds between pings, which notice a host that is gone. A server
    answers none while it serves a ReadTIC: ``read`` belongs on a connection of its own
    without it, and so does ``modems``. ``on_closed`` gets the close code when the
    connection ends otherwise than by ``close``: 1000 is a crash of the server, 1006 a
    broken connection. Subscriptions outlive such a loss and are resumed by ``connect``.
    Callbacks must not block; what they raise is logged, once, and goes no further.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int = DEFAULT_PORT,
        *,
        token: str | None = None,
        heartbeat: float | None = HEARTBEAT_SECONDS,
        connect_timeout: float = CONNECT_SECONDS,
        request_timeout: float = REQUEST_SECONDS,
        on_closed: Callable[[int], None] | None = None,
    ) -> None:
        """Prepare; nothing is connected yet. Times are seconds."""
        self._router = Router()
        self._connection = Connection(
            session,
            host,
            port,
            self._router.route,
            self._lost,
            token=token,
            heartbeat=heartbeat,
            connect_timeout=connect_timeout,
            request_timeout=request_timeout,
        )
        self._on_closed = on_closed
        self._syncing = asyncio.Lock()
        self._subscribed = False

    @property
    def connected(self) -> bool:
        """Whether requests can be made."""
        return self._connection.connected

    @property
    def counts(self) -> Counter[str]:
        """The messages received: ``messages``, and what each of them was.

        ``frames``, ``errors`` and ``replies`` were used. Not used were ``invalid`` ones,
        ``unexpected`` replies and those of a ``flood``.
        """
        return self._connection.counts

    async def connect(self) -> None:
        """Connect, and resume the subscriptions that outlived the last connection.

        Raises AlreadyConnectedError, ServerUnreachableError, NotAServerError,
        TokenRefusedError or NoAnswerError, and with subscriptions what ``resubscribe`` raises.
        """
        await self._connection.connect()
        self._router.forget_addresses()
        try:
            await self.resubscribe()
        except BaseException:
            await self._connection.close()
            raise

    async def close(self) -> None:
        """End all subscriptions and the connection, within seconds; does not raise."""
        self._router.subscriptions.clear()
        self._subscribed = False
        await self._connection.close()

    async def available_tics(self) -> tuple[Identifier, ...]:
        """Return the meters that the server has, possibly none.

        Raises ClosedError, NoAnswerError, RequestError or NotAServerError.
        """
        items = _items(await self._connection.request(GET_AVAILABLE_TICS))
        found = [Identifier.from_json(item) for item in items]
        return tuple(identifier for identifier in found if identifier)

    async def modems(self) -> tuple[ModemInfo, ...]:
        """Return the adapters of the server.

        Raises as ``available_tics``. With a native port, release 1 closes the connection
        (ClosedError) and release 2 tells nothing of that port.
        """
        items = _items(await self._connection.request(GET_MODEMS_INFO))
        return tuple(ModemInfo.from_json(item) for item in items if _is_object(item))

    async def read(
        self, identifier: Identifier | None = None, timeout: float = READ_SECONDS
    ) -> Frame:
        """Return the next frame of a meter, by default of the first available.

        The server does nothing else for this connection meanwhile, not even pongs.
        Raises as ``available_tics``; NoTicError when the server has no meter at all,
        NoDataError when its answer holds no group, or another meter's.
        """
        wanted = await self._resolve(identifier or Identifier())
        reply = await self._connection.request(READ_TIC, wanted.as_dict(), timeout)
        try:
            data = parse_data(reply.data)
        except TooLongError as err:
            raise NotAServerError from err
        if data is None or not data.frame.groups:
            raise NoDataError
        identifier = self._router.complete(data.identifier, data.frame.address)
        if wanted.decides(identifier) is False:
            # The late answer to a request that was given up
            raise NoDataError
        return data.frame

    async def subscribe(
        self,
        on_frame: OnFrame,
        on_error: OnError | None = None,
        identifiers: Sequence[Identifier] = (),
    ) -> int:
        """Get the frames and errors of some meters, return the subscription's id.

        Without identifiers it is for all meters, present and future; an empty one means
        the first available now. ``on_frame`` gets frames with at least one group, those
        that release 1 reports as damaged too, and what is known of their meter. Raises
        as ``available_tics``, and NoTicError when there is no first meter.
        """
        if not self.connected:
            raise ClosedError
        resolved = [await self._resolve(identifier) for identifier in identifiers]
        subscription = self._router.add(on_frame, on_error, resolved)
        try:
            await self._sync()
        except BaseException:
            self._router.subscriptions.pop(subscription, None)
            raise
        return subscription

    async def unsubscribe(self, subscription: int) -> None:
        """End one subscription and leave the others; an unknown one has ended already.

        Nothing more is delivered at once. The last one ends the subscription on the
        server too, and raises what that raises.
        """
        if self._router.subscriptions.pop(subscription, None) and self.connected:
            await self._sync()

    async def resubscribe(self) -> None:
        """Subscribe on the wire again, in case the server forgot; harmless otherwise.

        Does nothing without a subscription. Raises ClosedError, NoAnswerError or
        RequestError.
        """
        self._subscribed = False
        await self._sync()

    @property
    def subscriptions(self) -> dict[int, Subscription]:
        """Who is subscribed, by the subscriptions' ids."""
        return dict(self._router.subscriptions)

    async def _sync(self) -> None:
        """Subscribe on the wire if anybody here is subscribed, unsubscribe if not."""
        async with self._syncing:
            wanted = bool(self._router.subscriptions)
            if wanted and not self._subscribed:
                await self._connection.request(SUBSCRIBE_TIC)
                self._subscribed = True
            elif self._subscribed and not wanted:
                # Without an answer it may have happened all the same
                self._subscribed = False
                await self._connection.request(UNSUBSCRIBE_TIC)

    async def _resolve(self, identifier: Identifier) -> Identifier:
        """Return an identifier that is not empty: if need be the first meter's."""
        if identifier:
            return identifier
        for first in await self.available_tics():
            return first
        raise NoTicError

    def _lost(self, code: int) -> None:
        """Tell the owner that the connection ended by itself."""
        self._subscribed = False
        if self._on_closed is not None:
            self._router.guard.call(self._on_closed, code)


def _is_object(item: object) -> bool:
    """Return whether an item is what it should be; release 2 may say null."""
    return isinstance(item, dict)


def _items(reply: Reply) -> list[Any]:
    if reply.data is None:
        return []
    if not isinstance(reply.data, list):
        raise NotAServerError
    return reply.data
