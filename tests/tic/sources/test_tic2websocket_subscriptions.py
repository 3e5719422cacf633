"""Subscriptions to a TIC2WebSocket server: who gets which frames and errors."""

from __future__ import annotations

import pytest

from custom_components.linky_meter.linky_tic.tic.errors import (
    ClosedError,
    NoAnswerError,
    NoTicError,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Identifier,
)
from tests.tic.server_helpers import (
    OTHER_PLACE,
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
from tests.tic2websocket_server import Json, Tic2WebSocketServer

pytestmark = pytest.mark.usefixtures("socket_enabled")
VERSIONS = pytest.mark.parametrize("version", [1, 2])


@VERSIONS
async def test_subscriptions(version: int) -> None:
    """Meters are chosen on our side; ending one subscription leaves the others."""
    first, second = tic(), other_tic()
    everyone, one, none, place = Heard(), Heard(), Heard(), Heard()
    async with (
        Tic2WebSocketServer(first, second, version=version) as server,
        client_of(server) as client,
    ):
        wire = await client.subscribe(everyone.on_frame)
        serial = await client.subscribe(
            one.on_frame, None, [Identifier(serial_number=second.meter.address)]
        )
        await client.subscribe(none.on_frame, None, [Identifier("999999999999", PORT)])
        await client.subscribe(
            place.on_frame, None, [Identifier(port_id=PLACE), Identifier(port_name="x")]
        )
        assert names(server) == ["SubscribeTIC"]
        for _ in range(2):
            await server.speak(first)
            await server.speak(second)
        await until(lambda: len(everyone.frames) == 4)
        assert [frame.address for frame in one.frames] == [second.meter.address] * 2
        assert one.identifiers[0] == Identifier(
            second.meter.address, OTHER_PORT, OTHER_PLACE
        )
        assert [frame.address for frame in place.frames] == [first.meter.address] * 2
        assert not none.frames

        assert len(client.subscriptions) == 4
        assert client.subscriptions[serial].identifiers[0].serial_number
        await client.unsubscribe(wire)
        await client.unsubscribe(wire)
        assert wire not in client.subscriptions
        assert serial in client.subscriptions
        await server.speak(second)
        await until(lambda: len(one.frames) == 3)
        assert len(everyone.frames) == 4
        for subscription in client.subscriptions:
            await client.unsubscribe(subscription)
        assert names(server) == ["SubscribeTIC", "UnsubscribeTIC"]
        await server.speak(second)
        await client.available_tics()
        assert len(one.frames) == 3


async def test_subscribe_to_the_first() -> None:
    """An empty identifier is resolved on our side, when subscribing."""
    meter, heard = tic(), Heard()
    async with (
        Tic2WebSocketServer(meter, other_tic()) as server,
        client_of(server) as client,
    ):
        subscription = await client.subscribe(heard.on_frame, None, [Identifier()])
        assert names(server) == ["GetAvailableTICs", "SubscribeTIC"]
        (wanted,) = client.subscriptions[subscription].identifiers
        assert wanted == Identifier(None, PORT, PLACE)
        await server.speak(server.tics[1])
        await server.speak(meter)
        await until(lambda: heard.frames)
        assert [frame.address for frame in heard.frames] == [meter.meter.address]
        server.tics.clear()
        with pytest.raises(NoTicError):
            await client.subscribe(heard.on_frame, None, [Identifier()])
        assert list(client.subscriptions) == [subscription]


async def test_failed_subscription() -> None:
    """It does not stand, and the next one tries again."""
    heard = Heard()
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, request_timeout=0.3) as client,
    ):
        server.silent.add("SubscribeTIC")
        with pytest.raises(NoAnswerError):
            await client.subscribe(heard.on_frame)
        assert not client.subscriptions
        server.silent.clear()
        subscription = await client.subscribe(heard.on_frame)
        server.silent.add("UnsubscribeTIC")
        with pytest.raises(NoAnswerError):
            await client.unsubscribe(subscription)
        assert not client.subscriptions
        await client.subscribe(heard.on_frame)
        assert names(server)[-1] == "SubscribeTIC"


async def test_subscription_outlives_a_crash() -> None:
    """It is resumed with the next connection, or ended between the two."""
    heard = Heard()
    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, request_timeout=0.3) as client,
    ):
        subscription = await client.subscribe(heard.on_frame)
        gone = await client.subscribe(Heard().on_frame)
        await server.close_all()
        await until(lambda: not client.connected)
        assert subscription in client.subscriptions
        await client.unsubscribe(gone)
        with pytest.raises(ClosedError):
            await client.resubscribe()
        server.silent.add("SubscribeTIC")
        with pytest.raises(NoAnswerError):
            await client.connect()
        assert not client.connected
        server.silent.clear()
        await client.connect()
        await server.speak()
        await until(lambda: heard.frames)
        await client.close()
        assert not client.subscriptions


@VERSIONS
async def test_unplug_and_replug(version: int) -> None:
    """The subscription without data stays; frames come again."""
    meter, heard = tic(), Heard()
    async with (
        Tic2WebSocketServer(meter, version=version) as server,
        client_of(server) as client,
    ):
        wanted = [Identifier(serial_number=meter.meter.address)]
        await client.subscribe(heard.on_frame, heard.on_error, wanted)
        await server.speak()
        await server.unplug(meter)
        await until(lambda: heard.errors)
        (error,) = heard.errors
        assert error.code == 6
        assert "unplugged" in error.message
        assert error.identifier == Identifier(meter.meter.address, PORT, PLACE)
        # What comes on that port before it names itself may be another meter
        await server.report(meter, 1006, "TIC read timeout")
        server.replug(meter)
        await server.speak()
        await until(lambda: len(heard.frames) == 2)
        assert len(heard.errors) == 1


async def test_forced_unsubscription() -> None:
    """A server that forgot us is told again."""
    heard = Heard()
    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        await client.subscribe(heard.on_frame)
        server._clients[0].everything = False
        await server.speak()
        await client.available_tics()
        assert not heard.frames
        await client.resubscribe()
        await server.speak()
        await until(lambda: heard.frames)


@VERSIONS
async def test_errors(version: int) -> None:
    """They go to those who want the meter and take errors; unknown codes too."""
    meter, heard, deaf = tic(), Heard(), Heard()
    async with (
        Tic2WebSocketServer(meter, other_tic(), version=version) as server,
        client_of(server) as client,
    ):
        await client.subscribe(
            heard.on_frame, heard.on_error, [Identifier(port_name=PORT)]
        )
        await client.subscribe(deaf.on_frame)
        await server.report(meter, 7, "TIC read timeout")
        await server.report(server.tics[1], 7, "TIC read timeout")
        await server.report(meter, 4711, "new")
        await until(lambda: client.counts["errors"] == 3)
        assert [error.code for error in heard.errors] == [7, 4711]
        assert heard.errors[0].identifier == Identifier(None, PORT, PLACE)
        assert heard.errors[0].frame is None


@VERSIONS
@pytest.mark.parametrize("label", ["PAPP", "ADCO"])
async def test_damaged_frames(version: int, label: str) -> None:
    """A frame with a bad group goes to its meter, whose address was heard before."""
    meter, heard = tic(), Heard()
    async with (
        Tic2WebSocketServer(meter, version=version) as server,
        client_of(server) as client,
    ):
        wanted = [Identifier(serial_number=meter.meter.address)]
        await client.subscribe(heard.on_frame, heard.on_error, wanted)
        await server.speak()
        await server.speak(damage=damage(label))
        await until(lambda: len(heard.frames) == 2)
        good, bad = heard.frames
        assert bad.damaged == 1
        assert bad.by_label.keys() == good.by_label.keys() - {label}
        assert heard.identifiers[1] == heard.identifiers[0]
        assert [error.code for error in heard.errors] == ([27] if version == 1 else [])


async def test_frames_without_a_port() -> None:
    """They belong to the meter that they name, or to nobody; ports are not kept for ever."""
    heard, everyone = Heard(), Heard()
    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        await client.subscribe(heard.on_frame, None, [Identifier("042164123456")])
        await client.subscribe(everyone.on_frame)
        bodies: list[Json] = [
            {"frame": {"ADCO": "042164123456"}},
            {"frame": {"PAPP": "00490"}},
            {"frame": {}},
            {"frame": {"!PAPP": "00490"}},
        ]
        bodies += [
            {
                "identifier": {"portName": f"/dev/ttyUSB{number}"},
                "frame": {"ADCO": "042164999999"},
            }
            for number in range(100)
        ]
        for body in bodies:
            await server.say(server.format.event("OnTICData", body))
        await until(lambda: len(everyone.frames) == 102)
        assert len(heard.frames) == 1
        assert len(client._router._addresses) == 64


async def test_callback_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """It ends neither the connection nor the others' frames; one line tells of it."""
    heard = Heard()

    def fail(*_args: object) -> None:
        raise RuntimeError("mine")

    async with (
        Tic2WebSocketServer(tic()) as server,
        client_of(server, on_closed=fail) as client,
    ):
        await client.subscribe(fail, fail)
        await client.subscribe(heard.on_frame, heard.on_error)
        await server.speak()
        await server.report(server.tics[0], 99, "TIC read failed")
        await server.speak()
        await until(lambda: len(heard.frames) == 2)
        assert len(heard.errors) == 1
        await server.close_all()
        await until(lambda: not client.connected)
    assert caplog.text.count("A callback of the TIC2WebSocket client: unexpected") == 1


async def test_client_says_who_it_talks_to() -> None:
    """Counts tell what came."""
    heard = Heard()
    async with Tic2WebSocketServer(tic()) as server, client_of(server) as client:
        assert isinstance(client, Client)
        await client.subscribe(heard.on_frame)
        await server.speak()
        await until(lambda: heard.frames)
        assert client.counts == {"messages": 2, "replies": 1, "frames": 1}
