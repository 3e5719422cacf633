"""One meter of a server as a source of frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import aiohttp
import pytest

from custom_components.linky_meter.linky_tic.tic.errors import (
    ClosedError,
    LineDamagedError,
    LineSilentError,
    ModemGoneError,
    NoDataError,
    NotAServerError,
    NoTicError,
    NotProgrammedError,
    ServerUnreachableError,
    SourceError,
)
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.sources.server import (
    ServerSource,
    frames,
    identify,
    modems,
)
from custom_components.linky_meter.linky_tic.tic.sources.server_url import ServerUrl
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Identifier,
    ServerError,
)
from tests.simulator import MeterConfig, SimulatedMeter
from tests.tic.server_helpers import (
    OTHER_PORT,
    PLACE,
    PORT,
    damage,
    other_tic,
    tic,
    until,
)
from tests.tic2websocket_server import ServedTic, Tic2WebSocketServer

pytestmark = pytest.mark.usefixtures("socket_enabled")
VERSIONS = pytest.mark.parametrize("version", [1, 2])


def address_only() -> ServedTic:
    """Return a meter whose output is not programmed."""
    return ServedTic(SimulatedMeter(MeterConfig(mode="historic", address_only=True)))


# The URL


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ws://localhost", ServerUrl("localhost")),
        ("ws://localhost:1/", ServerUrl("localhost", 1)),
        ("ws://[::1]:19584", ServerUrl("::1")),
        (
            "ws://pi:19584?serial=041876543210",
            ServerUrl("pi", 19584, Identifier("041876543210")),
        ),
        (
            f"ws://pi:19584?port_id={PLACE}&port_name={PORT}",
            ServerUrl("pi", 19584, Identifier(None, PORT, PLACE)),
        ),
    ],
)
def test_url(url: str, expected: ServerUrl) -> None:
    """A server, its port if need be, and its meter."""
    parsed = ServerUrl.parse(url)
    assert parsed == expected
    assert ServerUrl.parse(str(parsed)) == expected


def test_url_of_a_name_that_is_no_text() -> None:
    """A server may send half a character; the URL can be written all the same."""
    url = str(ServerUrl("host", identifier=Identifier(port_name="/dev/tty\ud800")))
    assert url.startswith("ws://host:19584?port_name=/dev/tty")
    url.encode("ascii")


def test_url_is_readable() -> None:
    """Ports are written as they are."""
    url = ServerUrl("::1", 7, Identifier("1", PORT, PLACE))
    assert str(url) == f"ws://[::1]:7?serial=1&port_id={PLACE}&port_name={PORT}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "http://localhost",
        "wss://localhost",
        "ws://",
        "ws://localhost/foo",
        "ws://localhost:99999",
        "ws://localhost:x",
        "ws://[::1",
        "ws://localhost?meter=1",
        "ws://localhost?serial",
    ],
)
async def test_url_of_something_else(url: str) -> None:
    """It names no server."""
    with pytest.raises(ServerUnreachableError):
        ServerUrl.parse(url)
    with pytest.raises(ServerUnreachableError):
        await ServerSource(url, print).open()


# The source


@VERSIONS
async def test_source(version: int) -> None:
    """It gives one meter's frames and errors, counts them, and tells of its loss."""
    meter, other = tic(), other_tic()
    got: list[Frame] = []
    errors: list[ServerError] = []
    lost: list[bool] = []
    async with Tic2WebSocketServer(meter, other, version=version) as server:
        source = ServerSource(
            f"{server.url}?serial={other.meter.address}",
            got.append,
            lambda: lost.append(True),
            on_error=errors.append,
        )
        with pytest.raises(ClosedError):
            await source.resubscribe()
        await source.open()
        await server.speak(meter)
        await server.speak(other)
        await server.speak(other, damage("IRMS1"))
        await server.report(other, 99, "TIC read failed")
        await until(lambda: errors and errors[-1].code == 99)
        assert [frame.address for frame in got] == [other.meter.address] * 2
        assert source.counts["frames"] == 2
        assert source.counts["groups"] == sum(len(frame.groups) for frame in got)
        assert source.counts["damaged"] == 1
        assert source.counts["errors"] == (2 if version == 1 else 1)
        assert source.last_error is errors[-1]
        await source.resubscribe()
        await server.close_all()
        await until(lambda: lost)
        await source.close()
        await source.close()
        assert lost == [True]


async def test_source_of_the_first_meter() -> None:
    """Closing it is no loss, and leaves nothing behind; a given session stays open."""
    got: list[Frame] = []
    async with (
        Tic2WebSocketServer(tic(), other_tic()) as server,
        aiohttp.ClientSession() as session,
    ):
        source = ServerSource(server.url, got.append, pytest.fail, session=session)
        await source.open()
        await server.speak(server.tics[1])
        await server.speak()
        await server.report(server.tics[0], 7, "TIC read timeout")
        await until(lambda: source.last_error)
        assert [frame.address for frame in got] == [server.tics[0].meter.address]
        await source.close()
        await until(lambda: not server.clients)
        assert not session.closed
        # Without anybody to tell, it is lost silently
        quiet = ServerSource(server.url, got.append)
        await quiet.open()
        client = quiet._client
        assert client is not None
        await server.close_all()
        await until(lambda: not client.connected)
        await quiet.close()


async def test_source_of_no_meter() -> None:
    """A server without the meter that is asked for; one that may have it yet."""
    async with Tic2WebSocketServer(tic()) as server:
        with pytest.raises(NoTicError):
            await ServerSource(f"{server.url}?port_name={OTHER_PORT}", print).open()
        # Before the first frame the server does not know the meter's number
        source = ServerSource(f"{server.url}?serial=042164999999", print)
        await source.open()
        await source.close()
        await server.speak()
        with pytest.raises(NoTicError):
            await source.open()
        server.tics.clear()
        with pytest.raises(NoTicError):
            await ServerSource(server.url, print).open()
        await until(lambda: not server.clients)
    with pytest.raises(ServerUnreachableError):
        await ServerSource(server.url, print).open()


# Its frames


async def first(source: AsyncIterator[Frame], count: int) -> list[Frame]:
    """Return some frames."""
    return [await anext(source) for _ in range(count)]


@VERSIONS
async def test_frames(version: int) -> None:
    """They come until the connection is lost."""
    async with Tic2WebSocketServer(tic(), version=version, interval=0.02) as server:
        async with aclosing(frames(server.url)) as source:
            got = await first(source, 3)
            assert all("PAPP" in frame.by_label for frame in got)
            await server.close_all()
            with pytest.raises(ClosedError):
                await first(source, 1000)
        await until(lambda: not server.clients)


async def test_frames_without_data() -> None:
    """Silence is told after one more try; frames of an address alone are told as such."""
    async with Tic2WebSocketServer(tic()) as server:
        async with aclosing(frames(server.url, patience=0.1)) as source:
            with pytest.raises(NoDataError):
                await anext(source)
        asked = [request["name"] for request in server.requests]
        assert asked == ["GetAvailableTICs", "SubscribeTIC", "SubscribeTIC"]
    async with (
        Tic2WebSocketServer(address_only(), interval=0.02) as server,
        aclosing(frames(server.url, patience=0.2)) as source,
    ):
        with pytest.raises(NotProgrammedError):
            await anext(source)


@pytest.mark.parametrize(
    ("code", "preset", "error"),
    [
        (6, None, ModemGoneError),
        (7, None, LineSilentError),
        (1006, "historic_base", LineSilentError),
        (1001, "standard_hc", ModemGoneError),
        (None, "standard_hc", LineDamagedError),
        (27, "standard_hc", LineDamagedError),
        (99, None, LineDamagedError),
    ],
)
async def test_frames_end_with_the_server_s_reason(
    code: int | None, preset: str | None, error: type[SourceError]
) -> None:
    """What the server said last tells why."""
    meter = tic(preset or "historic_base")
    heard: list[ServerError] = []
    async with Tic2WebSocketServer(meter) as server:
        stream = frames(server.url, patience=0.3, on_error=heard.append)
        async with aclosing(stream):
            first_one = asyncio.ensure_future(anext(stream))
            await until(lambda: len(server.requests) == 2)
            if preset is not None:
                await server.speak(meter)
                await first_one
                first_one = asyncio.ensure_future(anext(stream))
            await server.say(
                server.format.event(
                    "OnError",
                    {"errorCode": code, "errorMessage": "x"}
                    | {"identifier": {"portName": PORT, "portId": PLACE}},
                )
            )
            with pytest.raises(SourceError) as info:
                await first_one
    assert type(info.value) is error
    assert [one.code for one in heard] == [code]
    assert getattr(info.value, "code", code) == code


async def test_frames_come_back_after_asking_again() -> None:
    """A server that forgot us gives frames once it is asked again."""
    async with (
        Tic2WebSocketServer(tic(), interval=0.02) as server,
        aclosing(frames(server.url, patience=0.8)) as source,
    ):
        await first(source, 1)
        server._clients[0].everything = False
        assert len(await first(source, 20)) == 20


# What a server has


@VERSIONS
async def test_identify(version: int) -> None:
    """The meters, their addresses as soon as two frames agree, their frames."""
    meter, other = tic(), other_tic()
    async with Tic2WebSocketServer(
        meter, other, version=version, interval=0.02
    ) as server:
        found = await identify(server.url)
        assert [one.address for one in found] == [
            meter.meter.address,
            other.meter.address,
        ]
        assert found[0].identifier == Identifier(meter.meter.address, PORT, PLACE)
        assert all(len(one.frames) >= 2 for one in found)
        assert all(one.last_error is None for one in found)
        (only,) = await identify(f"{server.url}?port_name={OTHER_PORT}")
        assert only.address == other.meter.address
        await until(lambda: not server.clients)


async def test_identify_silent_meters() -> None:
    """Those that say nothing are listed with the reason, and new ones too."""
    meter, other = tic(), other_tic()
    async with Tic2WebSocketServer(meter) as server:
        identifying = asyncio.create_task(identify(server.url, in_all=0.4))
        await until(lambda: server.clients and len(server.requests) == 2)
        server.tics.append(other)
        await server.report(meter, 7, "TIC read timeout")
        await server.speak(other)
        await server.say(server.format.event("OnTICData", {"frame": {"PAPP": "00490"}}))
        await server.say(server.format.event("OnError", {"errorCode": 99}))
        for number in range(40):
            body = {"identifier": {"portName": f"COM{number}"}, "errorCode": 7}
            await server.say(server.format.event("OnError", body))
        mute, heard, *others = await identifying
        assert mute.identifier == Identifier(None, PORT, PLACE)
        assert mute.address is None
        assert mute.last_error is not None
        assert mute.last_error.code == 7
        assert heard.identifier.port_name == OTHER_PORT
        assert heard.address is None
        assert len(heard.frames) == 1
        assert len(others) == 30


async def test_identify_nothing() -> None:
    """No meter, not the one that is asked for, no server."""
    async with Tic2WebSocketServer() as server:
        with pytest.raises(NoTicError):
            await identify(server.url)
        server.tics.append(tic())
        with pytest.raises(NoTicError):
            await identify(f"{server.url}?port_name={OTHER_PORT}")
    async with Tic2WebSocketServer(http="plain") as server:
        with pytest.raises(NotAServerError):
            await identify(server.url)


async def test_identify_on_a_server_that_crashes() -> None:
    """The loss is told at once."""
    async with Tic2WebSocketServer(tic()) as server:
        identifying = asyncio.create_task(identify(server.url))
        await until(lambda: len(server.requests) == 2)
        await server.close_all()
        with pytest.raises(ClosedError):
            await identifying


@VERSIONS
async def test_modems(version: int) -> None:
    """Where the server cannot tell, there are none."""
    native = other_tic()
    native.port_id = None
    async with (
        Tic2WebSocketServer(tic(), version=version) as server,
        aiohttp.ClientSession() as session,
    ):
        (modem,) = await modems(server.url, session=session)
        assert modem.product_name == "TICMeter"
        server.tics.append(native)
        assert len(await modems(server.url)) == (0 if version == 1 else 1)
        await until(lambda: not server.clients)
