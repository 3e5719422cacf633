"""Recorded exchanges, said again by a server of ours."""

from __future__ import annotations

from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any, override

from aiohttp import WSMsgType

from .server import Connected, Tic2WebSocketServer


@dataclass(frozen=True)
class Exchange:
    """A recorded message."""

    from_server: bool
    text: str

    @property
    def message(self) -> Any:
        """The message as JSON, None if it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def is_reply(self) -> bool:
        """Whether it answers a request."""
        return self.from_server and self.message["type"] == "RESPONSE"

    @classmethod
    def load(cls, path: Path) -> list[Exchange]:
        """Return a recording."""
        lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return [cls(line["direction"] == "s2c", line["text"]) for line in lines]


class ReplayServer(Tic2WebSocketServer):
    """Says what was recorded, in order; each reply waits for a request.

    The first request is answered by itself: it is to be the client's subscription.
    """

    def __init__(self, exchanges: list[Exchange], version: int) -> None:
        """Prepare."""
        super().__init__(version=version)
        self.said = [exchange for exchange in exchanges if exchange.from_server]
        # Recordings of a crash end with the request that caused it
        self._crashes = not exchanges[-1].from_server

    @override
    async def serve(self, client: Connected) -> None:
        """Say everything, then close as it was closed."""
        first = await client.ws.receive_json()
        await client.ws.send_str(self.format.reply(first["name"]))
        for exchange in self.said:
            if exchange.is_reply:
                message = await client.ws.receive()
                if message.type is not WSMsgType.TEXT:
                    return
                self.requests.append(json.loads(message.data))
            await client.ws.send_str(exchange.text)
        # Until the client has read it all
        await client.ws.receive()
        if self._crashes:
            await client.ws.close(code=1000)
