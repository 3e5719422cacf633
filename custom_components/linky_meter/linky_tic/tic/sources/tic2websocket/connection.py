"""One connection to a TIC2WebSocket server: opened, asked, listened to, closed.

A server, or what pretends to be one, may be silent for ever, talk without end or talk
nonsense: each wait has its limit, and so has what is taken in.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
import logging

import aiohttp
from yarl import URL

from ...errors import (
    AlreadyConnectedError,
    ClosedError,
    NoAnswerError,
    NotAServerError,
    RequestError,
    ServerUnreachableError,
    TokenRefusedError,
)
from ..guard import Guard
from ..turn import TURN_SECONDS, Turn
from .frames import TooLongError
from .messages import (
    ERROR_RESPONSE,
    Data,
    Reply,
    ServerError,
    parse_message,
    request_text,
)

_LOGGER = logging.getLogger(__name__)

_CLOSE_SECONDS = 2.0
# A message of a meter has 2 kB; aiohttp refuses what is not smaller
_LARGEST_MESSAGE = 65_537
# A meter gives a frame a second, and at once those that waited for the server's thread
_MESSAGES_AT_ONCE = 300
_MESSAGES_PER_SECOND = 200.0

ABNORMAL = aiohttp.WSCloseCode.ABNORMAL_CLOSURE
"""1006: the connection broke without a close code."""
_NO_CODE = 1005


class Connection:
    """A connection, at most one at a time.

    ``on_event`` gets what the server tells unasked, ``on_closed`` the close code when
    the connection ends otherwise than by ``close``; neither may raise.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        port: int,
        on_event: Callable[[Data | ServerError], None],
        on_closed: Callable[[int], None],
        *,
        token: str | None,
        heartbeat: float | None,
        connect_timeout: float,
        request_timeout: float,
    ) -> None:
        self.host = host
        self.port = port
        self.counts: Counter[str] = Counter()
        self._session = session
        self._on_event = on_event
        self._on_closed = on_closed
        self._headers = {"Authorization": f"Bearer {token}"} if token else None
        self._heartbeat = heartbeat
        self._connect_timeout = connect_timeout
        self._request_timeout = request_timeout
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._connecting = False
        self._asking = asyncio.Lock()
        self._pending: tuple[str, asyncio.Future[Reply]] | None = None
        self._allowance, self._allowed_at = float(_MESSAGES_AT_ONCE), 0.0
        self._too_long = False
        self._turn = Turn()
        self._guard = Guard(_LOGGER, "A server's message")

    @property
    def connected(self) -> bool:
        """Whether requests can be made."""
        return self._ws is not None

    async def connect(self) -> None:
        """Connect.

        Raises AlreadyConnectedError, ServerUnreachableError, NotAServerError,
        TokenRefusedError or NoAnswerError.
        """
        if self.connected or self._connecting:
            raise AlreadyConnectedError
        self._connecting = True
        self._too_long = False
        try:
            await self._stop_reading()
            self._ws = ws = await self._open()
        finally:
            self._connecting = False
        # At once: what was never listened to does not close well
        self._reader = asyncio.Task(
            self._read(ws),
            loop=asyncio.get_running_loop(),
            name="tic2websocket",
            eager_start=True,
        )
        # A redirection is followed whether one likes it or not, and told here only
        if getattr(getattr(ws, "_response", None), "history", ()):
            await self.close()
            raise NotAServerError

    async def close(self) -> None:
        """Close, within seconds; does not raise."""
        ws, self._ws = self._ws, None
        with self._guard:
            self._fail_pending()
            await self._stop_reading()
        if ws is not None:
            with self._guard:
                await _close(ws)

    async def request(
        self,
        name: str,
        data: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Make a request when it is its turn, return the successful reply.

        Replies carry no number: one request is under way at a time. Raises ClosedError,
        NoAnswerError or RequestError.
        """
        async with self._asking:
            if self._ws is None:
                raise ClosedError
            answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            self._pending = (name, answer)
            try:
                async with asyncio.timeout(timeout or self._request_timeout):
                    await self._ws.send_str(request_text(name, data))
                    reply = await answer
            except TimeoutError as err:
                raise NoAnswerError from err
            except (aiohttp.ClientError, OSError) as err:
                raise ClosedError from err
            finally:
                self._pending = None
                answer.cancel()
        if not reply.ok:
            raise RequestError(reply.code, reply.message)
        return reply

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        try:
            url = URL.build(scheme="ws", host=self.host, port=self.port, path="/")
            async with asyncio.timeout(self._connect_timeout):
                return await self._session.ws_connect(
                    url,
                    headers=self._headers,
                    heartbeat=self._heartbeat,
                    max_msg_size=_LARGEST_MESSAGE,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
                )
        except TimeoutError as err:
            raise NoAnswerError from err
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL, ValueError) as err:
            raise ServerUnreachableError from err
        except aiohttp.WSServerHandshakeError as err:
            refused = err.status == HTTPStatus.UNAUTHORIZED
            raise (TokenRefusedError if refused else NotAServerError) from err
        except (aiohttp.ClientError, OSError) as err:
            raise NotAServerError from err

    async def _stop_reading(self) -> None:
        """End the task of this or the last connection."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.cancel()
            await asyncio.wait([reader])

    def _fail_pending(self) -> None:
        if self._pending is not None and not self._pending[1].done():
            self._pending[1].set_exception(ClosedError())

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        code: int = ABNORMAL
        try:
            # Even the answer to a ping can find the connection broken
            with self._guard, suppress(aiohttp.ClientError, OSError):
                code = await self._process_messages(ws)
        finally:
            # Whatever ended it: nobody reads this connection any more
            if self._ws is ws:
                self._ws = None
                self._guard.call(self._fail_pending)
                self._guard.call(self._on_closed, code)
                with self._guard:
                    await _close(ws)

    async def _process_messages(self, ws: aiohttp.ClientWebSocketResponse) -> int:
        """Process messages until the connection ends; return its close code."""
        while True:
            message = await ws.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                self._guard.call(self._process, message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._count("invalid")
            else:
                return _close_code(message)
            if self._too_long:
                return aiohttp.WSCloseCode.MESSAGE_TOO_BIG
            if self._turn.is_over():
                await asyncio.sleep(TURN_SECONDS)

    def _process(self, text: str) -> None:
        """Process one message, whatever it is."""
        now = asyncio.get_running_loop().time()
        earned = (now - self._allowed_at) * _MESSAGES_PER_SECOND
        self._allowance = min(_MESSAGES_AT_ONCE, self._allowance + earned)
        self._allowed_at = now
        if self._allowance < 1:
            self._count("flood")
            return
        self._allowance -= 1
        try:
            message = parse_message(text)
        except TooLongError:
            self._too_long, message = True, None
        if message is None:
            self._count("invalid")
        elif isinstance(message, Reply):
            self._count("replies" if self._answer(message) else "unexpected")
        else:
            self._count("frames" if isinstance(message, Data) else "errors")
            self._on_event(message)

    def _answer(self, reply: Reply) -> bool:
        """Give a reply to the request that waits for it, return whether there is one."""
        if self._pending is None:
            return False
        name, answer = self._pending
        if reply.name not in (name, ERROR_RESPONSE) or answer.done():
            return False
        answer.set_result(reply)
        return True

    def _count(self, what: str) -> None:
        self.counts["messages"] += 1
        self.counts[what] += 1


def _close_code(message: aiohttp.WSMessage) -> int:
    """Return the close code that the end of a connection carries."""
    if message.type is aiohttp.WSMsgType.CLOSE:
        return int(message.data or _NO_CODE)
    if isinstance(message.data, aiohttp.WebSocketError):
        return int(message.data.code)
    return ABNORMAL


async def _close(ws: aiohttp.ClientWebSocketResponse) -> None:
    """Close a connection, in time even when the other side goes on talking."""
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await ws.close()
