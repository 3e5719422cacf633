"""The client of a TIC2WebSocket server: connections and requests."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.errors import (
    AlreadyConnectedError,
    ClosedError,
    NoAnswerError,
    NoDataError,
    NotAServerError,
    NoTicError,
    RequestError,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Identifier,
    ModemInfo,
)
from tests.tic.server_helpers import (
    OTHER_PORT,
    PLACE,
    PORT,
    Heard,
    client_of,
    damage,
    names,
    other_tic,
    tic,
    until,
)
from tests.tic2websocket_server import Tic2WebSocketServer

pytestmark = pytest.mark.usefixtures("socket_enabled")
VERSIONS = pytest.mark.parametrize("version", [1, 2])


# Connecting


async def test_connection() -> None:
    """A client connects once, and not before it is asked to."""
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, connect=False) as client,
    ):
        assert not client.connected
        with pytest.raises(ClosedError):
            await client.available_tics()
        with pytest.raises(ClosedError):
            await client.subscribe(Heard().on_frame)
        await client.connect()
        with pytest.raises(AlreadyConnectedError):
            await client.connect()
        await client.close()
        await client.close()
        with pytest.raises(ClosedError):
            await client.read(Identifier(port_name=PORT))
        await client.resubscribe()  # nobody is
        await client.connect()
        assert await client.available_tics()
        assert server.connections == 2


async def test_connecting_twice_at_once() -> None:
    """The second is refused while the first is under way."""
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, connect=False) as client,
    ):
        first = asyncio.create_task(client.connect())
        await asyncio.sleep(0)
        with pytest.raises(AlreadyConnectedError):
            await client.connect()
        await first
        assert client.connected


@VERSIONS
@pytest.mark.parametrize("code", [1000, 1001, 1011])
async def test_abnormal_closure(version: int, code: int) -> None:
    """Whatever the server closes with, it was not asked to; 1000 is its crash."""
    codes: list[int] = []
    async with (
        Tic2WebSocketServer(tic(), version=version) as server,
        client_of(server, on_closed=codes.append) as client,
    ):
        server.silent.add("GetAvailableTICs")
        asking = asyncio.create_task(client.available_tics())
        await until(lambda: server.requests)
        await server.close_all(code)
        with pytest.raises(ClosedError):
            await asking
        assert codes == [code]
        assert not client.connected
        await client.connect()
        assert await client.modems()


async def test_a_connection_that_was_given_up() -> None:
    """Its end is no news any more: the owner has another one by then, or none."""
    codes: list[int] = []
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, on_closed=codes.append) as client,
    ):
        reader = client._connection._reader
        assert reader is not None
        client._connection._ws = None
        await server.close_all(1001)
        await asyncio.wait([reader], timeout=5)
        assert reader.done()
        assert not codes


async def test_broken_connection() -> None:
    """It has no code of its own."""
    codes: list[int] = []
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, on_closed=codes.append) as client,
    ):
        server.abort()
        await until(lambda: codes)
        assert codes == [1006]
        with pytest.raises(ClosedError):
            await client.available_tics()


async def test_own_closure_is_no_news() -> None:
    """A request under way ends with the connection, the callback stays silent."""
    codes: list[int] = []
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, on_closed=codes.append) as client,
    ):
        server.silent.add("GetAvailableTICs")
        asking = asyncio.create_task(client.available_tics())
        await until(lambda: server.requests)
        await client.close()
        with pytest.raises(ClosedError):
            await asking
        await until(lambda: not server.clients)
        assert not codes


async def test_heartbeat_notices_a_blocked_server() -> None:
    """No pong comes while the server serves a ReadTIC."""
    codes: list[int] = []
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, on_closed=codes.append, heartbeat=0.4) as client,
    ):
        await asyncio.sleep(0.6)
        assert client.connected
        with pytest.raises(ClosedError):
            await client.read(Identifier(port_name=PORT), 5)
        assert codes == [1006]


# Requests


@VERSIONS
async def test_available_tics(version: int) -> None:
    """The serial number is unknown until a frame came."""
    meter = tic()
    native = other_tic()
    native.port_id = None
    async with (
        Tic2WebSocketServer(meter, native, version=version) as server,
        client_of(server) as client,
    ):
        assert await client.available_tics() == (
            Identifier(None, PORT, PLACE),
            Identifier(None, OTHER_PORT, None),
        )
        await server.speak()
        (first, _) = await client.available_tics()
        assert first == Identifier(meter.meter.address, PORT, PLACE)
        server.tics.clear()
        assert await client.available_tics() == ()
        assert names(server) == ["GetAvailableTICs"] * 3


@VERSIONS
async def test_modems(version: int) -> None:
    """All fields are given; a native port is null to one, and too much for the other."""
    native = other_tic()
    native.port_id = None
    codes: list[int] = []
    expected = ModemInfo(
        PORT,
        PLACE,
        "TELEINFO",
        24597,
        1027,
        "TICMeter",
        "FTDI",
        "DA2VYTKG",
        "Bridge(I2C/SPI/UART/FIFO)",
        False if version == 1 else None,
    )
    async with (
        Tic2WebSocketServer(tic(), version=version) as server,
        client_of(server, on_closed=codes.append) as client,
    ):
        assert await client.modems() == (expected,)
        server.tics.append(native)
        if version == 1:
            with pytest.raises(ClosedError):
                await client.modems()
            assert codes == [1000]
        else:
            assert await client.modems() == (expected,)


@VERSIONS
async def test_read(version: int) -> None:
    """The next frame of a meter, by any identifier; an empty one is the first's."""
    meter = tic()
    async with (
        Tic2WebSocketServer(meter, other_tic(), version=version) as server,
        client_of(server) as client,
    ):
        for wanted in (
            Identifier(port_name=PORT),
            Identifier(port_id=PLACE),
            Identifier(serial_number=meter.meter.address),
            Identifier(),
            None,
        ):
            reading = asyncio.create_task(client.read(wanted))
            await until(lambda: meter.readers)
            (sent,) = Decoder().feed(await server.speak())
            frame = await reading
            assert frame.by_label == sent.by_label
        assert len(server.requests) == 7
        names(server)


@VERSIONS
async def test_read_of_a_damaged_frame(version: int) -> None:
    """Release 1 refuses it, release 2 gives what is left."""
    meter = tic()
    async with (
        Tic2WebSocketServer(meter, version=version) as server,
        client_of(server) as client,
    ):
        reading = asyncio.create_task(client.read(Identifier(port_name=PORT)))
        await until(lambda: meter.readers)
        await server.speak(damage=damage("IINST"))
        if version == 1:
            with pytest.raises(RequestError) as caught:
                await reading
            assert caught.value.code == -7
            assert caught.value.message.endswith("(27)")
        else:
            frame = await reading
            assert "IINST" not in frame.by_label
            assert frame.damaged == 1


@VERSIONS
async def test_read_errors(version: int) -> None:
    """An unknown meter, no meter at all, no frame, another's frame, no answer."""
    meter = tic()
    async with (
        Tic2WebSocketServer(meter, version=version) as server,
        client_of(server) as client,
    ):
        with pytest.raises(RequestError) as caught:
            await client.read(Identifier(port_name="/dev/ttyUSB9"))
        assert caught.value.code == -12
        assert str(caught.value)
        for answer in (
            server.format.reply("ReadTIC"),
            server.format.reply("ReadTIC", data={"content": {}, "frame": {}}),
            server.format.reply(
                "ReadTIC",
                data={
                    "identifier": {"portName": OTHER_PORT},
                    "frame": {"PAPP": "00490"},
                },
            ),
        ):
            server.replies["ReadTIC"] = answer
            with pytest.raises(NoDataError):
                await client.read(Identifier(port_name=PORT))
        server.replies.clear()
        server.silent.add("ReadTIC")
        with pytest.raises(NoAnswerError):
            await client.read(Identifier(port_name=PORT), 0.05)
        meter.plugged = False
        with pytest.raises(NoTicError):
            await client.read()


@VERSIONS
async def test_refusals(version: int) -> None:
    """Release 2 names its refusals ErrorResponse, release 1 says nothing."""
    async with (
        Tic2WebSocketServer(tic(), version=version) as server,
        client_of(server) as client,
    ):
        request = client._connection.request
        if version == 1:
            with pytest.raises(NoAnswerError):
                await request("Foo", timeout=0.05)
        else:
            with pytest.raises(RequestError) as caught:
                await request("Foo")
            assert caught.value.code == -5
        # A repeated filtered subscription is not answered by either
        await request("SubscribeTIC", {"portName": PORT})
        with pytest.raises(NoAnswerError):
            await request("SubscribeTIC", {"portName": PORT}, 0.05)
        with pytest.raises(RequestError) as caught:
            await request("SubscribeTIC", {"serialNumber": "999999999999"})
        assert caught.value.code == -10
        assert await client.available_tics()


@pytest.mark.parametrize("data", [{}, "x", 7])
async def test_lists_of_wrong_type(data: Any) -> None:
    """Something that is no list was not said by such a server."""
    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        server.replies["GetAvailableTICs"] = server.format.reply(
            "GetAvailableTICs", data=data
        )
        with pytest.raises(NotAServerError):
            await client.available_tics()
        server.replies["GetModemsInfo"] = server.format.reply(
            "GetModemsInfo", data=data
        )
        with pytest.raises(NotAServerError):
            await client.modems()


async def test_lists_with_odd_items() -> None:
    """Null, empty and foreign items are left out, and so is a null list."""
    items = [None, {}, 7, {"portName": PORT}, {"portId": None}]
    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        server.replies["GetAvailableTICs"] = server.format.reply(
            "GetAvailableTICs", data=items
        )
        assert await client.available_tics() == (Identifier(port_name=PORT),)
        server.replies["GetModemsInfo"] = server.format.reply(
            "GetModemsInfo", data=items
        )
        assert ModemInfo(port_name=PORT) in await client.modems()
        server.replies["GetModemsInfo"] = server.format.reply("GetModemsInfo")
        assert await client.modems() == ()


async def test_one_request_at_a_time() -> None:
    """Requests wait for their turn; one that is not answered holds up no other."""
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, request_timeout=0.3) as client,
    ):
        server.silent.add("GetModemsInfo")
        mute = asyncio.create_task(client.modems())
        await asyncio.sleep(0.02)
        tics = asyncio.create_task(client.available_tics())
        await asyncio.sleep(0.05)
        assert names(server) == ["GetModemsInfo"]
        with pytest.raises(NoAnswerError):
            await mute
        assert await tics
        # The late answer, and one that nobody asked for
        await server.say(server.format.reply("GetModemsInfo", data=[]))
        await server.say(server.format.reply("GetAvailableTICs", data=[]))
        await until(lambda: client.counts["unexpected"] == 2)
        assert await client.available_tics()


async def test_answer_to_another_request() -> None:
    """A reply under another name answers nothing, a second one neither."""
    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        server.silent.add("GetAvailableTICs")
        asking = asyncio.create_task(client.available_tics())
        await until(lambda: server.requests)
        await server.say(server.format.reply("ReadTIC", -12))
        answer = server.format.reply("GetAvailableTICs", data=[{"portId": PLACE}])
        await server.say(answer)
        await server.say(answer)
        assert await asking == (Identifier(port_id=PLACE),)
        await until(lambda: client.counts["unexpected"] == 2)
