"""A client connected to our server, and what it heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Identifier,
    ServerError,
)
from tests.simulator import PRESETS, SimulatedMeter
from tests.tic2websocket_server import ServedTic, Tic2WebSocketServer

PORT = "/dev/ttyUSB0"
PLACE = "pci-0000:00:14.0-usb-0:2:1.0"
OTHER_PORT = "/dev/ttyUSB1"
OTHER_PLACE = "pci-0000:00:14.0-usb-0:3:1.0"


@dataclass
class Heard:
    """What a subscription was given."""

    frames: list[Frame] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    errors: list[ServerError] = field(default_factory=list)

    def on_frame(self, frame: Frame, identifier: Identifier) -> None:
        """Keep a frame."""
        self.frames.append(frame)
        self.identifiers.append(identifier)

    def on_error(self, error: ServerError) -> None:
        """Keep an error."""
        self.errors.append(error)


def tic(preset: str = "historic_base", **options: Any) -> ServedTic:
    """Return a served meter."""
    return ServedTic(SimulatedMeter(PRESETS[preset]), **options)


def other_tic(preset: str = "standard_hc", **options: Any) -> ServedTic:
    """Return a second one, on another port."""
    config = replace(PRESETS[preset], address="042164999999")
    return ServedTic(SimulatedMeter(config), OTHER_PORT, OTHER_PLACE, **options)


@asynccontextmanager
async def client_of(
    server: Tic2WebSocketServer, *, connect: bool = True, **options: Any
) -> AsyncIterator[Client]:
    """Give a client of a server, connected."""
    limits: dict[str, Any] = {"connect_timeout": 2.0, "request_timeout": 2.0}
    async with aiohttp.ClientSession() as session:
        client = Client(session, "127.0.0.1", server.port, **(limits | options))
        try:
            if connect:
                await client.connect()
            yield client
        finally:
            await client.close()


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def damage(label: str) -> Callable[[bytes], bytes]:
    """Return what damages one group of a frame on the line."""

    def spoil(frame: bytes) -> bytes:
        start = frame.index(b"\n" + label.encode())
        end = frame.index(b"\r", start) - 1
        check = bytes([frame[end] ^ 1])
        return frame[:end] + check + frame[end + 1 :]

    return spoil


def names(server: Tic2WebSocketServer) -> list[str]:
    """Return what was asked; nothing empty is ever sent."""
    for request in server.requests:
        assert request.keys() <= {"type", "name", "data"}
        assert request["type"] == "REQUEST"
        assert request.get("data", "absent") not in ({}, [], None)
    return [request["name"] for request in server.requests]
