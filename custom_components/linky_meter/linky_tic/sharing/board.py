"""Which meters there are, and who wants to know what of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress

from ..tic.frame import Frame
from ..tic.reading import MeterReading
from ..tic.sources.tic2websocket.messages import (
    GET_AVAILABLE_TICS,
    READ_TIC,
    SUBSCRIBE_TIC,
    UNSUBSCRIBE_TIC,
    Identifier,
)
from .meter import SharedMeter
from .requests import NOT_FOUND, NOT_SUBSCRIBED, TIMED_OUT, Request
from .wire import Json, Release, Trouble, Writer, modem

READ_SECONDS = 30.0
MOST_EVENTS = 3
"""Events a meter that wait for a client: who is slower than that gets the newest."""

type Place = tuple[str, str | None]
"""A meter's name, and its number if it was asked for by it."""


class Listener:
    """A client: what it is subscribed to, and the events that wait for it."""

    def __init__(self, on_news: Callable[[], object]) -> None:
        """``on_news`` is told of each event that was put."""
        self.everything = False
        self.places: set[Place] = set()
        self.events: deque[str] = deque()
        self.dropped = 0
        """Events that it was too slow for."""
        self._on_news = on_news

    def wants(self, meter: SharedMeter) -> bool:
        """Return whether it is subscribed to a meter."""
        serial = meter.identifier.serial_number
        return self.everything or bool(
            self.places & {(meter.name, None), (meter.name, serial)}
        )

    def put(self, text: str, most: int) -> None:
        """Have an event sent, in place of the oldest if too many wait."""
        if len(self.events) >= most:
            self.events.popleft()
            self.dropped += 1
        self.events.append(text)
        self._on_news()


class Board:
    """The meters, and what is told of them to whom."""

    def __init__(self, release: Release = Release.BOTH) -> None:
        self.writer = Writer(release)
        self.meters: dict[str, SharedMeter] = {}
        """By name."""
        self.listeners: set[Listener] = set()
        self.on_reading: set[Callable[[SharedMeter, MeterReading], None]] = set()
        self._readers: dict[str, list[asyncio.Future[Frame]]] = {}

    def add(self, meter: SharedMeter) -> None:
        """Share a meter; its name must be new."""
        self.meters[meter.name] = meter
        meter.on_frame, meter.on_trouble = self._frame, self._trouble
        meter.on_reading = self._reading
        meter.start()

    def remove(self, meter: SharedMeter) -> None:
        """Share a meter no more."""
        meter.lose()
        meter.stop()
        self.meters.pop(meter.name, None)

    @property
    def present(self) -> list[SharedMeter]:
        """The meters that are being read."""
        return [meter for meter in self.meters.values() if meter.present]

    async def answer(self, listener: Listener, request: Request) -> str:
        """Return the answer to a request; that of ReadTIC takes until the next frame."""
        name = request.name
        if name == READ_TIC:
            return await self._read(request.identifiers or ())
        if name == GET_AVAILABLE_TICS:
            return self.writer.reply(name, data=[_json(m) for m in self.present])
        if name == SUBSCRIBE_TIC:
            return self._subscribe(listener, request)
        if name == UNSUBSCRIBE_TIC:
            self._unsubscribe(listener, request)
            return self.writer.reply(name)
        return self.writer.reply(name, data=[modem(m.modem) for m in self.present])

    def _find(self, identifier: Identifier) -> SharedMeter | None:
        return next((m for m in self.present if identifier.matches(m.identifier)), None)

    def _subscribe(self, listener: Listener, request: Request) -> str:
        """Subscribe to all that is named, or to nothing."""
        if request.identifiers is None:
            listener.everything = True
            return self.writer.reply(request.name)
        places: set[Place] = set()
        for identifier in request.identifiers:
            if (meter := self._find(identifier)) is None:
                return self.writer.reply(
                    request.name, NOT_SUBSCRIBED, "Stream not found! (5)"
                )
            places.add((meter.name, identifier.serial_number))
        listener.places |= places
        return self.writer.reply(request.name)

    def _unsubscribe(self, listener: Listener, request: Request) -> None:
        """End what is named, by whichever field it was named before."""
        if request.identifiers is None:
            listener.everything, listener.places = False, set()
            return
        gone = {
            meter.name
            for meter in self.meters.values()
            if any(wanted.matches(meter.identifier) for wanted in request.identifiers)
        }
        numbers = {wanted.serial_number for wanted in request.identifiers} - {None}
        listener.places = {
            (name, number)
            for name, number in listener.places
            if name not in gone and number not in numbers
        }

    async def _read(self, identifiers: Iterable[Identifier]) -> str:
        """Return a meter's next undamaged frame, or why there is none."""
        for identifier in identifiers:
            if (meter := self._find(identifier)) is None:
                continue
            waiting = self._readers.setdefault(meter.name, [])
            arrived = asyncio.get_running_loop().create_future()
            waiting.append(arrived)
            try:
                async with asyncio.timeout(READ_SECONDS):
                    frame = await arrived
            except TimeoutError:
                return self.writer.reply(READ_TIC, TIMED_OUT, "TIC read timeout (7)")
            finally:
                with suppress(ValueError):
                    waiting.remove(arrived)
            body = self.writer.read(_json(meter), frame)
            return self.writer.reply(READ_TIC, data=body)
        return self.writer.reply(READ_TIC, NOT_FOUND, "Stream not found! (5)")

    def _frame(self, meter: SharedMeter, frame: Frame) -> None:
        if frame.undamaged:
            for arrived in self._readers.pop(meter.name, []):
                if not arrived.done():
                    arrived.set_result(frame)
        self._tell(meter, lambda: self.writer.frame(_json(meter), frame))

    def _trouble(self, meter: SharedMeter, trouble: Trouble) -> None:
        self._tell(meter, lambda: self.writer.trouble(_json(meter), trouble))

    def _tell(self, meter: SharedMeter, write: Callable[[], str]) -> None:
        """Give an event, written once, to all who want it."""
        if wanting := [one for one in self.listeners if one.wants(meter)]:
            text = write()
            for one in wanting:
                one.put(text, MOST_EVENTS * len(self.meters))

    def _reading(self, meter: SharedMeter, reading: MeterReading) -> None:
        for listener in list(self.on_reading):
            listener(meter, reading)


def _json(meter: SharedMeter) -> Json:
    return dict(meter.identifier.as_dict())
