"""Pages for other programs: health, the last readings, readings as they come, metrics."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
import json
from typing import Any

from aiohttp import web

from ..tic.reading import MeterReading
from .board import MOST_EVENTS, Board, Listener
from .meter import SharedMeter
from .metrics import CONTENT_TYPE, exposition

MOST_STREAMS = 32

_COMMENT_SECONDS = 15.0


class Pages:
    """Answers GET requests from what the board knows."""

    def __init__(self, board: Board, clients: Callable[[], int]) -> None:
        """``clients`` tells how many there are, for the metrics."""
        self._board, self._clients = board, clients
        self._streams: set[asyncio.Event] = set()
        self._stopping = False

    @property
    def streams(self) -> int:
        """How many listen to /events."""
        return len(self._streams)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Say what is found where."""
        self._stopping = False
        router.add_get("/health", self._health)
        router.add_get("/metrics", self._metrics)
        router.add_get("/readings", self._readings)
        router.add_get("/readings/{name}", self._reading)
        router.add_get("/prices/{shape}", self._prices)
        router.add_get("/events", self._events)

    def stop(self) -> None:
        """End what streams."""
        self._stopping = True
        for news in self._streams:
            news.set()

    async def _health(self, _: web.Request) -> web.Response:
        """Tell whether every meter is read: by the status, and by name."""
        meters = {
            name: {"read": meter.read, "age": meter.age and round(meter.age, 1)}
            for name, meter in self._board.meters.items()
        }
        well = bool(meters) and all(one["read"] for one in meters.values())
        return _json(
            {"status": "ok" if well else "not_read", "meters": meters},
            200 if well else 503,
        )

    async def _metrics(self, _: web.Request) -> web.Response:
        text = exposition(self._board.meters.values(), self._clients())
        return web.Response(text=text, headers={"Content-Type": CONTENT_TYPE})

    async def _readings(self, _: web.Request) -> web.Response:
        """Give the last reading of each meter by its name, null before the first."""
        return _json({m.name: _last(m) for m in self._board.meters.values()})

    async def _reading(self, request: web.Request) -> web.Response:
        meter = self._board.meters.get(request.match_info["name"])
        if meter is None or meter.reading is None:
            raise web.HTTPNotFound(text="No such meter, or no reading yet\n")
        return _json(_last(meter))

    async def _prices(self, request: web.Request) -> web.Response:
        """Give the prices ahead; ``?meter=`` chooses one of several meters."""
        meters = self._board.meters
        name = request.query.get("meter", next(iter(meters), ""))
        shape = request.match_info["shape"]
        found = meters[name].prices(shape) if name in meters else None
        if found is None:
            raise web.HTTPNotFound(text="No such meter or shape, or no price yet\n")
        return _json(found)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Give readings as they come, as server-sent events; ``?meter=`` chooses one."""
        if len(self._streams) >= MOST_STREAMS:
            raise web.HTTPServiceUnavailable(text="Too many clients\n")
        news = asyncio.Event()
        listener = Listener(news.set)
        chosen = request.query.get("meter")

        def put(meter: SharedMeter, _: MeterReading) -> None:
            if chosen in (None, meter.name):
                listener.put(_event(meter), MOST_EVENTS * len(self._board.meters))

        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        self._streams.add(news)
        self._board.on_reading.add(put)
        try:
            for meter in self._board.meters.values():
                if meter.reading is not None:
                    put(meter, meter.reading)
            # Who has gone, or does not read, is left
            with suppress(OSError, TimeoutError):
                await self._stream(response, listener.events, news)
        finally:
            self._board.on_reading.discard(put)
            self._streams.discard(news)
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _stream(
        self, response: web.StreamResponse, waiting: deque[str], news: asyncio.Event
    ) -> None:
        while not self._stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(_COMMENT_SECONDS):
                    await news.wait()
            news.clear()
            async with asyncio.timeout(_COMMENT_SECONDS):
                if not waiting:
                    # A line that says nothing finds out who has gone
                    await response.write(b":\n\n")
                while waiting:
                    await response.write(waiting.popleft().encode())


def _last(meter: SharedMeter) -> dict[str, Any] | None:
    """Return the last reading; of a meter that is not read its registers alone.

    A program that asks for the power now and then would take an old one for one of now.
    """
    if meter.reading is None:
        return None
    told = meter.reading.as_dict()
    if not meter.read:
        told["reading"] = {
            key: value if "energy_" in key else None
            for key, value in told["reading"].items()
        }
    return told


def _event(meter: SharedMeter) -> str:
    text = json.dumps({"meter": meter.name, **(_last(meter) or {})}, ensure_ascii=False)
    return f"event: reading\ndata: {text}\n\n"


def _json(content: Any, status: int = 200) -> web.Response:
    return web.json_response(
        content, status=status, headers={"Cache-Control": "no-store"}
    )
