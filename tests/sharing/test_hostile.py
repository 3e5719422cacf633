"""Who may connect, and those who mean no good or know no better."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
import json
from typing import Any
from unittest.mock import Mock

import aiohttp
from aiohttp import WSMsgType
import pytest

from custom_components.linky_meter.linky_tic.cli.mqtt_settings import MqttSettings
from custom_components.linky_meter.linky_tic.sharing import (
    pages as pages_module,
    server as server_module,
)
from custom_components.linky_meter.linky_tic.sharing.client import MOST_READS
from custom_components.linky_meter.linky_tic.sharing.server import (
    OpenBindError,
    ServerSettings,
    SharingServer,
)
from custom_components.linky_meter.linky_tic.tic.errors import TokenRefusedError
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.sources.server import ServerSource
from custom_components.linky_meter.linky_tic.tic.sources.server_url import ServerUrl
from tests.tic.helpers import HISTORIC, STANDARD
from tests.tic.server_helpers import PORT, until

from .deaf import SUBSCRIBE, deaf
from .helpers import SECONDS, TOKEN, client_of, sharing, talking

pytestmark = pytest.mark.usefixtures("socket_enabled")

READ = {"type": "REQUEST", "name": "ReadTIC", "data": {"portName": PORT}}


async def status(url: str, **options: Any) -> int:
    """Return what a page answers."""
    async with aiohttp.ClientSession() as session, session.get(url, **options) as page:
        return page.status


@pytest.mark.parametrize(
    ("bind", "settings", "allowed"),
    [
        ("127.0.0.1", {}, True),
        ("127.8.8.8", {}, True),
        ("::1", {}, True),
        ("localhost", {}, True),
        ("0.0.0.0", {}, False),
        ("::", {}, False),
        ("192.0.2.7", {}, False),
        ("house.example", {}, False),
        ("::", {"token": TOKEN}, True),
        ("::", {"insecure": True}, True),
    ],
)
def test_open_to_other_machines(
    bind: str, settings: dict[str, Any], allowed: bool
) -> None:
    """Other machines need a token, or somebody's word that they do not."""
    asked = ServerSettings(bind, **settings)
    if allowed:
        SharingServer(asked)
    else:
        with pytest.raises(OpenBindError):
            SharingServer(asked)


async def test_token() -> None:
    """The token opens everything, by header or query; health needs none."""
    async with sharing(token=TOKEN) as shared:
        shared.read()
        for path in ("/", "/metrics", "/readings", "/readings/linky", "/events", "/x"):
            url = f"{shared.url}{path}"
            assert await status(url) == 401
            assert await status(f"{url}?token=wrong") == 401
            assert await status(f"{url}?token=") == 401
            for said in ("Bearer wrong", "Bearer", "Basic x", f"Token {TOKEN}", "é"):
                assert await status(url, headers={"Authorization": said}) == 401
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert await status(f"{shared.url}/readings", headers=headers) == 200
        assert await status(f"{shared.url}/readings?token={TOKEN}") == 200
        assert await status(f"{shared.url}/health") == 200
        async with talking(shared, f"/?token={TOKEN}") as talk:
            assert (await talk.request("SubscribeTIC"))["errorCode"] == 0
        async with talking(shared, headers=headers) as talk:
            assert (await talk.request("SubscribeTIC"))["errorCode"] == 0


async def test_web_pages_are_kept_out() -> None:
    """No page that a browser shows reads the meter, not even one whose name leads here."""
    async with sharing() as shared:
        for origin in ("https://bad.example", "null", shared.url):
            for path in ("/", "/readings", "/health"):
                headers = {"Origin": origin}
                assert await status(f"{shared.url}{path}", headers=headers) == 403
        for host, code in (
            ("bad.example", 403),
            ("bad.example:19584", 403),
            ("[bad", 403),
            ("localhost", 200),
            ("127.0.0.1:80", 200),
            ("[::1]:19584", 200),
        ):
            headers = {"Host": host}
            assert await status(f"{shared.url}/readings", headers=headers) == code
    async with sharing(bind="0.0.0.0", insecure=True) as shared:
        assert await status(f"{shared.url}/readings", headers={"Host": "pi"}) == 200


async def test_request_that_names_no_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused, and no name server is asked meanwhile."""
    monkeypatch.setattr("socket.getfqdn", Mock(side_effect=AssertionError))
    async with sharing() as shared:
        reader, writer = await asyncio.open_connection("127.0.0.1", shared.server.port)
        writer.write(b"GET /readings HTTP/1.0\r\n\r\n")
        async with asyncio.timeout(SECONDS):
            assert b" 403 " in await reader.readline()
        writer.close()


@pytest.mark.parametrize(
    "text",
    [
        f"GET /?token={TOKEN}{'a' * 20_000} HTTP/1.1\r\n\r\n",
        f"GET / HTTP/1.1\r\nAuthorization: {TOKEN}\0\r\n\r\n",
        f"GET / HTTP/1.1\r\nContent-Length: {TOKEN}\r\n\r\n",
        f"{TOKEN}\r\n\r\n",
    ],
    ids=["too long", "damaged header", "no length", "no HTTP"],
)
async def test_what_is_no_request_is_logged_nowhere(
    caplog: pytest.LogCaptureFixture, text: str
) -> None:
    """Not who sent it, and not the token in it; nobody fills the log."""
    async with sharing(token=TOKEN) as shared:
        reader, writer = await asyncio.open_connection("127.0.0.1", shared.server.port)
        writer.write(text.encode())
        async with asyncio.timeout(SECONDS):
            assert b" 400 " in await reader.readline()
            # Closed by the server: all that it would say is said
            await reader.read()
        writer.close()
    said = [one for one in caplog.records if one.name != "asyncio"]
    assert not said


async def test_what_fails_here_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where, and without words of its own."""
    broken = Mock(side_effect=KeyError(TOKEN))
    monkeypatch.setattr(pages_module, "exposition", broken)
    async with sharing(token=TOKEN) as shared:
        for _ in range(2):
            assert await status(f"{shared.url}/metrics?token={TOKEN}") == 500
        assert await status(f"{shared.url}/nothing?token={TOKEN}") == 404
    assert caplog.text.count("Sharing a meter: unexpected error") == 1
    assert "KeyError" in caplog.text
    assert TOKEN not in caplog.text


def test_secrets_are_in_no_traceback() -> None:
    """What is written of settings holds no token and no password."""
    assert TOKEN not in repr(ServerSettings(token=TOKEN))
    assert TOKEN not in repr(ServerUrl("house", token=TOKEN))
    assert TOKEN not in repr(MqttSettings(password=TOKEN))


async def test_port_taken() -> None:
    """A port that is taken is an OSError, and nothing is left behind."""
    async with sharing() as shared:
        other = SharingServer(ServerSettings(port=shared.server.port))
        with pytest.raises(OSError, match="in use"):
            await other.start()
        await other.stop()
        shared.read()
        assert await status(f"{shared.url}/health") == 200
    # Free again when the first has gone
    again = SharingServer(ServerSettings(port=shared.server.port))
    await again.start()
    await again.stop()


async def test_start_that_is_given_up() -> None:
    """A start that is cancelled, at whatever moment, keeps no port."""
    server = SharingServer(ServerSettings(port=0))
    for turns in range(8):
        starting = asyncio.create_task(server.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait([starting])
        await server.stop()


async def test_no_such_page() -> None:
    """What is not there is not there; a browser at / is no client."""
    async with sharing() as shared:
        assert await status(f"{shared.url}/foo") == 404
        assert await status(f"{shared.url}/readings/other") == 404
        assert await status(f"{shared.url}/readings/linky") == 404
        assert await status(shared.url) == 400


async def test_too_large_a_message() -> None:
    """64 KiB are taken, as Enedis's server does; more ends the connection."""
    async with sharing() as shared, talking(shared) as talk:
        request = json.dumps({**SUBSCRIBE, "any": ""})
        fitting = request.replace('""', f'"{"x" * (65_536 - len(request))}"')
        assert (await talk.ask(fitting))["errorCode"] == 0
        await talk.ws.send_str("x" * 65_537)
        message = await talk.ws.receive(timeout=SECONDS)
        assert message.type is WSMsgType.CLOSE
        assert message.data == 1009


async def test_message_cut_in_two() -> None:
    """A message in fragments is one message, and a binary one is none."""
    async with sharing() as shared, talking(shared) as talk:
        await talk.ws.send_bytes(b"\xff\x00")
        answer = await talk.next()
        assert (answer["name"], answer["errorCode"]) == ("ErrorResponse", -1)
        text = json.dumps(SUBSCRIBE).encode()
        writer = talk.ws._conn
        assert writer is not None
        assert writer.transport is not None
        for head, part in ((0x01, text[:9]), (0x80, text[9:])):
            # FIN, opcode; masked by zeros
            frame = bytes([head, 0x80 | len(part)]) + bytes(4) + part
            writer.transport.write(frame)
        assert (await talk.next())["name"] == "SubscribeTIC"


async def test_requests_without_end() -> None:
    """A storm of requests is answered, in order, and others are served meanwhile."""
    async with sharing() as shared, talking(shared) as storm, talking(shared) as talk:
        await talk.request("SubscribeTIC")
        for number in range(500):
            await storm.ws.send_json(
                {**SUBSCRIBE, "data": [{"portName": PORT}] * 50}
                if number % 2
                else SUBSCRIBE
            )
        shared.say()
        assert (await talk.next())["name"] == "OnTICData"
        answers = 0
        while answers < 500:
            message = await storm.next()
            answers += message["name"] == "SubscribeTIC"


async def test_reads_without_end() -> None:
    """So many ReadTIC wait for a frame, and the others are refused."""
    async with sharing() as shared, talking(shared) as talk:
        for _ in range(MOST_READS + 5):
            await talk.ws.send_json(READ)
        for _ in range(5):
            assert (await talk.next())["errorCode"] == -7
        shared.say()
        for _ in range(MOST_READS):
            answer = await talk.next()
            assert answer["data"]["frame"]["ADCO"] == HISTORIC["ADCO"]


async def test_client_leaves_while_it_waits() -> None:
    """Whoever goes while a ReadTIC waits leaves nothing behind."""
    async with sharing() as shared:
        async with talking(shared) as talk:
            await talk.ws.send_json(READ)
            await until(lambda: any(shared.server.board._readers.values()), SECONDS)
        await until(lambda: not shared.server.clients, SECONDS)
        assert not shared.server.board.listeners
        shared.say()


async def test_client_that_never_reads() -> None:
    """It holds up nobody, a few events wait for it, and it is let go in the end."""
    async with sharing(heartbeat=1.0) as shared, talking(shared) as talk:
        await talk.request("SubscribeTIC")
        peer = await deaf(shared.server.port)
        listeners = shared.server.board.listeners
        await until(lambda: len(listeners) == 2, SECONDS)
        async with asyncio.timeout(2 * SECONDS):
            while len(listeners) == 2:
                shared.say(STANDARD)
                assert (await talk.next())["frame"]["ADSC"] == STANDARD["ADSC"]
                assert all(len(listener.events) <= 3 for listener in listeners)
        await until(lambda: shared.server.clients == 1, SECONDS)
        shared.say(STANDARD)
        assert (await talk.next())["name"] == "OnTICData"
        peer.close()


async def test_frame_goes_out_at_once() -> None:
    """A client has it before anything else is made of it, in this turn of the loop."""
    async with sharing() as shared:
        peer = await deaf(shared.server.port)
        listeners = shared.server.board.listeners
        await until(lambda: any(one.everything for one in listeners), SECONDS)
        loop, said = asyncio.get_running_loop(), b""
        async with asyncio.timeout(SECONDS):
            while b"SubscribeTIC" not in said:
                said += await loop.sock_recv(peer, 4096)
        shared.say()
        assert b"OnTICData" in peer.recv(4096)
        peer.close()


async def test_a_hundred_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there is room for are served, the others are told to come later."""
    monkeypatch.setattr(server_module, "MOST_CONNECTIONS", 60)
    async with sharing() as shared, AsyncExitStack() as stack:
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        tries = [session.ws_connect(shared.url) for _ in range(100)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        served = [ws for ws in results if not isinstance(ws, BaseException)]
        refused = [err for err in results if isinstance(err, BaseException)]
        assert len(served) == 60
        assert all(
            isinstance(err, aiohttp.WSServerHandshakeError) and err.status == 503
            for err in refused
        )
        for ws in served:
            await ws.send_json(SUBSCRIBE)
            assert (await ws.receive_json(timeout=SECONDS))["errorCode"] == 0
        shared.say()
        for ws in served:
            assert (await ws.receive_json(timeout=SECONDS))["name"] == "OnTICData"
            await ws.close()
        await until(lambda: not shared.server.clients, SECONDS)


async def test_bare_end() -> None:
    """A server that stops ends as Enedis's does, and leaves no task.

    Enedis's own client, the Go package linkymeter, tells its subscribers of the bare
    end; after the frame of any goodbye it reads on in vain until it panics.
    """
    before = asyncio.all_tasks()
    async with aiohttp.ClientSession() as session:
        async with sharing() as shared:
            ws = await session.ws_connect(shared.url)
            await ws.send_json(SUBSCRIBE)
            await ws.receive_json(timeout=SECONDS)
            end = asyncio.create_task(ws.receive())
        assert (await end).type is aiohttp.WSMsgType.CLOSED
        assert ws.close_code == 1006
    await until(lambda: asyncio.all_tasks() <= before, SECONDS)


async def test_our_client_and_the_token() -> None:
    """Our client knows the token, or why it is refused."""
    async with sharing(token=TOKEN) as shared:
        async with client_of(shared, token=TOKEN) as client:
            assert len(await client.available_tics()) == 1
        for token in (None, "wrong", "é"):
            with pytest.raises(TokenRefusedError):
                async with client_of(shared, token=token):
                    pass
        frames: list[Frame] = []
        url = f"ws://127.0.0.1:{shared.server.port}?token={TOKEN}"
        source = ServerSource(url, frames.append)
        await source.open()
        await until(lambda: shared.server.board.listeners, SECONDS)
        shared.say()
        await until(lambda: frames, SECONDS)
        await source.close()
    assert TOKEN not in repr(ServerUrl.parse(url))
    assert str(ServerUrl.parse(url)) == url
