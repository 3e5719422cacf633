"""One client of the server: its requests are answered, its events sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import ClientError, WSMsgType, web

from ..tic.sources.tic2websocket.messages import ERROR_RESPONSE, READ_TIC
from .board import Board, Listener
from .requests import INTERNAL, NO_JSON, UNSUPPORTED, BadRequestError, parse_request

MOST_REPLIES = 16
"""Replies that wait for a client; nothing more of it is read meanwhile."""
MOST_READS = 16
"""ReadTIC that wait for a frame."""

_WORDS = {
    NO_JSON: "Input is not a valid JSON string",
    UNSUPPORTED: "Failed to decode Message from JSON object",
}


class Client:
    """A connected WebSocket, from its first message to its last."""

    def __init__(
        self, board: Board, ws: web.WebSocketResponse, transport: asyncio.Transport
    ) -> None:
        self._board, self._ws, self._transport = board, ws, transport
        self._listener = Listener(self._send_soon)
        self._replies: asyncio.Queue[str] = asyncio.Queue(MOST_REPLIES)
        self._reads: set[asyncio.Task[None]] = set()
        self._sending: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Serve until it has gone."""
        self._board.listeners.add(self._listener)
        try:
            async for message in self._ws:
                if message.type is WSMsgType.TEXT:
                    await self._answer(message.data)
                elif message.type is WSMsgType.BINARY:
                    await self._reply(self._refuse(NO_JSON))
        finally:
            self._board.listeners.discard(self._listener)
            tasks = [*self._reads, *([self._sending] if self._sending else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # Who does not read would keep what was sent in memory for ever
            if self._transport.get_write_buffer_size():
                self._transport.abort()

    async def _answer(self, text: str) -> None:
        """Answer a message, whatever it is."""
        try:
            request = parse_request(text)
        except BadRequestError as err:
            await self._reply(self._refuse(err.code))
            return
        answer = self._board.answer(self._listener, request)
        if request.name != READ_TIC:
            await self._reply(await answer)
        elif len(self._reads) >= MOST_READS:
            answer.close()
            words = "Too many requests wait"
            await self._reply(self._board.writer.reply(READ_TIC, INTERNAL, words))
        else:
            task = asyncio.create_task(self._read(answer), name="sharing read")
            self._reads.add(task)
            task.add_done_callback(self._reads.discard)

    async def _read(self, answer: Any) -> None:
        await self._reply(await answer)

    def _refuse(self, code: int) -> str:
        return self._board.writer.reply(ERROR_RESPONSE, code, _WORDS[code])

    async def _reply(self, text: str) -> None:
        await self._replies.put(text)
        self._send_soon()

    def _send_soon(self) -> None:
        """Begin to send: at once, before whoever told the news goes on."""
        if self._sending is None or self._sending.done():
            loop = asyncio.get_running_loop()
            self._sending = asyncio.Task(self._send(), loop=loop, eager_start=True)

    async def _send(self) -> None:
        """Send what there is to be sent, replies first."""
        events = self._listener.events
        with suppress(ClientError, OSError):
            while events or not self._replies.empty():
                await self._ws.send_str(
                    events.popleft()
                    if self._replies.empty()
                    else self._replies.get_nowait()
                )
