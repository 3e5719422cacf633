"""``linky-tic serve``, and the callback ``serve`` of ``run``: as processes of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
import signal
import socket
import sys
from typing import Any
from unittest.mock import AsyncMock, Mock

import aiohttp
import pytest
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from custom_components.linky_meter.linky_tic.cli import main
from custom_components.linky_meter.linky_tic.cli.commands import serve as serve_module
from custom_components.linky_meter.linky_tic.cli.environment import Environment
from custom_components.linky_meter.linky_tic.cli.input import ports
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.input.follow import LateWatch
from custom_components.linky_meter.linky_tic.cli.log import Log
from custom_components.linky_meter.linky_tic.cli.messages import Exit, Language
from custom_components.linky_meter.linky_tic.cli.output import serving
from custom_components.linky_meter.linky_tic.cli.output.serving import (
    Serving,
    announce,
    identity,
    why_not,
)
from custom_components.linky_meter.linky_tic.cli.serve_settings import (
    MeterSettings,
    ServeSettings,
    read_serve,
    with_arguments,
)
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.cli.toml_table import (
    SettingsError,
    read_table,
)
from custom_components.linky_meter.linky_tic.sharing import announce as announce_module
from custom_components.linky_meter.linky_tic.sharing.announce import SERVICE
from custom_components.linky_meter.linky_tic.sharing.server import (
    ServerSettings,
    SharingServer,
)
from custom_components.linky_meter.linky_tic.sharing.wire import Release
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from scripts.instance.folder import free_port
from tests.cli.conftest import ADDRESS, Heard, Run, Starter, sent
from tests.simulator import PRESETS, PtyMeter
from tests.tic.server_helpers import Heard as Frames, until

pytestmark = pytest.mark.usefixtures("socket_enabled")

SECONDS = 30.0
TOKEN = "not-a-real-token"


@asynccontextmanager
async def connected(port: int, path: str = "") -> AsyncIterator[Client]:
    """Give a client of a server that may be about to listen."""
    async with aiohttp.ClientSession() as session:
        # Of the start only: what is done with the client has limits of its own
        async with asyncio.timeout(60):
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{port}/health"):
                        break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
        limits: dict[str, Any] = {
            "connect_timeout": SECONDS,
            "request_timeout": SECONDS,
        }
        client = Client(session, "127.0.0.1", port, **limits)
        await client.connect()
        yield client
        await client.close()


async def test_two_meters(start: Starter, tmp_path: Path) -> None:
    """Two meters on one port, one of which is unplugged meanwhile; SIGTERM ends it."""
    port, link = free_port(), tmp_path / "modem"
    config = tmp_path / "linky-tic.toml"
    async with (
        PtyMeter(PRESETS["standard_hc"], speed=20, link=link) as first,
        PtyMeter(
            replace(PRESETS["historic_base"], address="042164999999"), speed=20
        ) as second,
    ):
        config.write_text(
            f"""
[serve]
port = {port}

[[serve.meters]]
source = "{first.path}"
name = "house"
baudrate = 9600

[[serve.meters]]
source = "{second.path}"
baudrate = 1200
"""
        )
        async with (
            start("serve", "--config", str(config)) as command,
            connected(port) as client,
        ):
            tics = await client.available_tics()
            assert {tic.port_name for tic in tics} == {first.path, second.path}
            frames = Frames()
            await client.subscribe(frames.on_frame, frames.on_error)
            seen = {first.meter.address, second.meter.address}
            await until(lambda: {f.address for f in frames.frames} >= seen, SECONDS)
            first.unplug()
            # A machine that stands still for a while adds silence to it
            await until(lambda: [e for e in frames.errors if e.code == 6], SECONDS)
            gone = next(error for error in frames.errors if error.code == 6)
            assert gone.identifier.port_name == str(link)
            first.replug()
            frames.frames.clear()
            await until(lambda: {f.address for f in frames.frames} >= seen, SECONDS)
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{port}/readings/house") as page,
            ):
                assert (await page.json())["mode"] == "standard"
            command.process.send_signal(signal.SIGTERM)
            _, err = await command.process.communicate()
    assert command.code == 0
    logged = [line.split(" ", 3)[3].strip() for line in err.decode().splitlines()]
    assert logged[0] == "Other programs can connect."
    assert logged[-1] == "Stopped."
    assert logged.count("house: The meter is read.") == 1
    assert logged.count("linky-2: The meter is read.") == 1
    # The unplugging, and whatever a machine that stood still for a while added
    lost = [line for line in logged if line.startswith("house: The meter is not read")]
    assert len([line for line in lost if "The port was lost" in line]) == 1
    assert logged.count("house: The meter is read again.") == len(lost)
    for secret in (*seen, str(link), second.path, str(port)):
        assert secret not in err.decode()


async def test_masked(start: Starter, tmp_path: Path) -> None:
    """With mask no number leaves, and two meters stay two."""
    port = free_port()
    config = tmp_path / "linky-tic.toml"
    config.write_text(f"[serve]\nport = {port}\nmask = true\nannounce = false\n")
    async with (
        PtyMeter(PRESETS["standard_hc"], speed=20) as first,
        PtyMeter(PRESETS["standard_hc"], speed=20) as second,
        start("serve", first.path, second.path, "--config", str(config)) as command,
        connected(port) as client,
    ):
        frames = Frames()
        await client.subscribe(frames.on_frame)

        def told(label: str) -> set[str]:
            """Return what was said so far; a busy machine may lose a group."""
            groups = (frame.by_label.get(label) for frame in frames.frames)
            return {group.value for group in groups if group is not None}

        await until(lambda: min(len(told("ADSC")), len(told("PRM"))) == 2, SECONDS)
        assert first.meter.address not in told("ADSC")
        assert first.meter.config.prm not in told("PRM")
        assert command.code is None


async def test_callback_of_run(start: Starter, tmp_path: Path) -> None:
    """``run`` shares its meter, and goes on with everything else."""
    port = free_port()
    config = tmp_path / "linky-tic.toml"
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        config.write_text(
            f"""
source = "{meter.path}"
baudrate = 1200
name = "house"
callbacks = ["serve", "jsonl"]
[serve]
token = "{TOKEN}"
"""
        )
        async with start(
            "run", "--config", str(config), LINKY_SERVE_PORT=str(port)
        ) as command:
            assert await command.line()
            async with aiohttp.ClientSession() as session:
                headers = {"Authorization": f"Bearer {TOKEN}"}
                url = f"http://127.0.0.1:{port}"
                async with session.get(f"{url}/metrics") as page:
                    assert page.status == 401
                async with session.get(f"{url}/metrics", headers=headers) as page:
                    assert 'linky_frames_total{meter="house"}' in await page.text()
                async with session.ws_connect(url, headers=headers) as ws:
                    await ws.send_json({"type": "REQUEST", "name": "SubscribeTIC"})
                    answer = await ws.receive_json(timeout=SECONDS)
                    assert answer["errorCode"] == 0
                    event = await ws.receive_json(timeout=SECONDS)
                    assert event["frame"]["ADCO"] == meter.meter.address
                    meter.unplug()
                    while event["name"] != "OnError":
                        event = await ws.receive_json(timeout=SECONDS)
                    assert event["errorCode"] == 6
                    command.process.send_signal(signal.SIGTERM)
                    while (await ws.receive(timeout=SECONDS)).type == 1:
                        pass
                    assert ws.close_code == 1006
            await command.process.communicate()
    assert command.code == 0


@pytest.mark.parametrize(
    ("text", "arguments", "code", "words"),
    [
        ('[serve]\nbind = "0.0.0.0"\n', (), 2, "serve.bind: other machines could read"),
        ("", ("--bind", "192.0.2.7"), 2, "serve.bind: other machines could read"),
        (
            '[serve]\ntoken = "short"\n',
            (),
            2,
            "line 2, serve.token: at least 8 characters are wanted",
        ),
        (
            '[[serve.meters]]\nname = "a"\n',
            (),
            2,
            "serve.meters.1.source: it is missing",
        ),
        ('[serve]\ntoken = "not-a-real-token"\n', ("--bind", "192.0.2.7"), 3, "bind"),
    ],
)
async def test_refused(  # noqa: PLR0917
    run: Run,
    tmp_path: Path,
    text: str,
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    """What is not wanted or not possible is told, and is the end."""
    config = tmp_path / "linky-tic.toml"
    config.write_text(text)
    result = await run("serve", "/dev/nothing", *arguments, "--config", str(config))
    assert result.code == code, result
    assert words in result.err


async def test_port_taken(run: Run) -> None:
    """A port that is taken ends the command, in words."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = await run("serve", "/dev/nothing", "--port", port)
    assert result.code == Exit.BUSY
    assert "another program uses this port of the network" in result.err


async def test_callback_waits_for_the_port(heard: Heard) -> None:
    """As a callback it is told once, tried again, and nothing else stops."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = ServeSettings(ServerSettings(port=taken.getsockname()[1]))
        callback = Serving(settings, MeterSettings("linky"), Log(Language.EN))
        await until(lambda: heard.messages, SECONDS)
    await until(lambda: len(heard.messages) == 2, SECONDS)
    assert "another program uses this port" in heard.messages[0]
    assert heard.messages[1] == "Other programs can connect."
    await callback.close()


def test_why_not() -> None:
    """Each reason has words and a code."""
    assert why_not(PermissionError(13, "no")) == ("serve_denied", Exit.LOST)
    assert why_not(OSError(99, "no")) == ("serve_no_address", Exit.MISSING)


def read(text: str, **environ: str) -> ServeSettings:
    """Return the settings of a text."""
    return read_serve(read_table(text), Environment(environ))


def test_settings() -> None:
    """The environment comes before the file, and arguments before both."""
    assert read("") == ServeSettings()
    settings = read(
        'bind = "192.0.2.7"\nport = 1\ntoken = "12345678"\ninsecure = true\n'
        'mask = true\nannounce = false\nrelease = "1"\n'
        '[[meters]]\nsource = "a"\n[[meters]]\nsource = "b"\nname = "c"\n'
    )
    assert settings == ServeSettings(
        ServerSettings("192.0.2.7", 1, "12345678", True, Release.FIRST),
        masked=True,
        announced=False,
        meters=(MeterSettings("linky", "a"), MeterSettings("c", "b")),
    )
    settings = read(
        'bind = "::1"\nport = 1',
        LINKY_SERVE_BIND="::",
        LINKY_SERVE_PORT="2",
        LINKY_SERVE_TOKEN=TOKEN,
        LINKY_SERVE_INSECURE="True",
    )
    assert settings.server == ServerSettings("::", 2, TOKEN, True)
    settings = with_arguments(settings, "house", ["a", "b"], "::1", 3)
    assert (settings.server.bind, settings.server.port) == ("::1", 3)
    assert [meter.name for meter in settings.meters] == ["house", "house-2"]
    assert with_arguments(settings, "house", [], None, None) == settings


@pytest.mark.parametrize(
    ("text", "environ", "problem"),
    [
        ('release = "3"', {}, "setting_choice"),
        ('token = "short"', {}, "serve_token"),
        ('[[meters]]\nname = "a"', {}, "setting_missing"),
        ("port = 0", {}, "setting_whole"),
        ("clients = 7", {}, "setting_unknown"),
        ('[[meters]]\nsource = "a"\nspeed = 1', {}, "setting_unknown"),
        (
            '[[meters]]\nsource="a"\n[[meters]]\nsource="b"\nname="linky"',
            {},
            "serve_twice",
        ),
        ("", {"LINKY_SERVE_PORT": "x"}, "setting_whole"),
        ("", {"LINKY_SERVE_INSECURE": "yes"}, "setting_flag"),
        ("", {"LINKY_SERVE_TOKEN": "short"}, "serve_token"),
    ],
)
def test_wrong_settings(text: str, environ: dict[str, str], problem: str) -> None:
    """What is wrong is told."""
    with pytest.raises(SettingsError) as error:
        read(text, **environ)
    assert error.value.problem == problem


def test_adapter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is known of the adapter is what udev and its descriptor tell."""
    device = tmp_path / "ttyUSB0"
    device.touch()
    places = tmp_path / "by-path"
    places.mkdir()
    (places / "pci-0000:00:14.0-usb-0:2:1.0-port0").symlink_to(device)
    (places / "other").symlink_to(tmp_path)

    class Port:
        """As serialx lists it."""

        def __init__(self, device: str) -> None:
            self.device, self.vid, self.pid = device, 0x0403, 0x6001
            self.product, self.manufacturer, self.serial_number = "A", "B", "C"

    found: list[Any] = [Port("/dev/ttyS0"), Port(str(device))]
    monkeypatch.setattr(ports, "list_serial_ports", lambda: found)
    monkeypatch.setattr(ports, "_BY_PATH", places)
    link = tmp_path / "linky"
    link.symlink_to(device)
    modem = ports.modem_of(str(link))
    assert modem.port_name == str(link)
    assert modem.port_id == "pci-0000:00:14.0-usb-0:2:1.0"
    assert (modem.vendor_id, modem.serial_number) == (0x0403, "C")
    monkeypatch.setattr(ports, "_BY_PATH", tmp_path / "nothing")
    assert ports.modem_of(str(link)).port_id is None
    assert ports.modem_of("/dev/other").port_name == "/dev/other"
    for source in (None, "socket://host:3333", "host:3333"):
        assert not ports.modem_of(source).port_name


async def test_announced(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other machines may reach is announced, where that can be done."""
    server = SharingServer(ServerSettings(port=0))
    await server.start()
    looking = AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)
    # It listens on loopback, which stands for all machines here
    monkeypatch.setattr(ServerSettings, "local", False)
    log = Log(Language.EN)
    stop = await announce(server, ServeSettings(server.settings), log)
    host = socket.gethostname().partition(".")[0]
    info = AsyncServiceInfo(SERVICE, f"Linky {host}.{SERVICE}")
    async with asyncio.timeout(SECONDS):
        while not await info.async_request(looking.zeroconf, 1000):
            pass
    assert info.port == server.port
    assert info.decoded_properties["id"] == identity(server.port)
    assert info.decoded_properties["auth"] == "none"
    await stop()
    await looking.async_close()
    await server.stop()
    settings = ServeSettings(server.settings, announced=False)
    await (await announce(server, settings, log))()
    with monkeypatch.context() as patched:
        patched.setattr(announce_module, "address_of", Mock(side_effect=OSError))
        await (await announce(server, ServeSettings(server.settings), log))()
    # What fails half-way leaves nothing open
    closed: list[AsyncZeroconf] = []
    close_it = AsyncZeroconf.async_close

    async def close(one: AsyncZeroconf) -> None:
        closed.append(one)
        await close_it(one)

    with monkeypatch.context() as patched:
        register = AsyncMock(side_effect=OSError)
        patched.setattr(AsyncZeroconf, "async_register_service", register)
        patched.setattr(AsyncZeroconf, "async_close", close)
        await (await announce(server, ServeSettings(server.settings), log))()
    assert len(closed) == 1
    assert not heard.messages
    monkeypatch.setitem(sys.modules, announce_module.__name__, None)
    await (await announce(server, ServeSettings(server.settings), log))()
    assert "linky-tic[zeroconf]" in heard.text


def test_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is the same each time, another for another port, and tells nothing."""
    machine = tmp_path / "machine-id"
    monkeypatch.setattr(serving, "_MACHINE", machine)
    without = identity(1)
    machine.write_text("0123456789abcdef\n")
    assert identity(1) == identity(1)
    assert len({identity(1), identity(2), without}) == 3
    assert "0123456789" not in identity(1)
    # An image of a container: that it has none is no name for a machine
    for nothing in ("", "\n", "uninitialized\n"):
        machine.write_text(nothing)
        assert identity(1) == without


@pytest.mark.parametrize("bind", ["127.0.0.1", "192.0.2.7"])
def test_address_that_is_named(bind: str) -> None:
    """An address that is listened on is the one to be announced."""
    assert announce_module.address_of(bind) == bind


def test_address_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all addresses the one is announced that leads to others."""
    monkeypatch.setattr(announce_module, "_ELSEWHERE", ("127.0.0.1", 9))
    assert announce_module.address_of("::") == "127.0.0.1"
    assert announce_module.address_of("localhost") in {"127.0.0.1", "localhost"}


async def test_announcement_that_was_not_made() -> None:
    """There is nothing to take back then."""
    await announce_module.Announcement(SharingServer(ServerSettings()), "").stop()


async def test_command(monkeypatch: pytest.MonkeyPatch, heard: Heard) -> None:
    """The command from its start to its end, with a meter whose server is late."""
    stop = asyncio.Event()
    monkeypatch.setattr(serve_module, "stopping", lambda: stop)
    news = iter([("late", 12), ("in_time", 0)])
    monkeypatch.setattr(LateWatch, "news", lambda *_: next(news, None))
    port = free_port()
    settings = ServeSettings(ServerSettings(port=port))
    pricing = read_settings("", {"CURRENT_POWER": "6"}).pricing
    async with PtyMeter(PRESETS["standard_hc"], speed=20) as meter:
        meters = (MeterSettings("linky", meter.path, 9600),)
        serving = asyncio.create_task(
            serve_module._serve(settings, meters, pricing, Language.EN)
        )
        async with connected(port) as client:
            frames = Frames()
            await client.subscribe(frames.on_frame)
            await until(lambda: len(frames.frames) > 1, SECONDS)
        await until(lambda: next(news, None) is None, SECONDS)
        pages = f"http://127.0.0.1:{port}/prices"
        async with aiohttp.ClientSession() as session, asyncio.timeout(SECONDS):
            while True:
                async with session.get(f"{pages}/evcc") as answer:
                    if answer.status == 200:
                        break
                await asyncio.sleep(0.05)
            async with session.get(f"{pages}/other") as answer:
                assert answer.status == 404
        stop.set()
        assert await serving == Exit.OK
    assert heard.messages[0] == "Other programs can connect."
    assert "The meter is read." in heard.messages
    assert heard.messages[-1] == "Stopped."
    assert is_free(port)


def is_free(port: int) -> bool:
    """Return whether nothing listens on a port."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) != 0


async def test_command_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be is told on standard error, and by the code."""
    monkeypatch.setattr(serve_module, "set_up", lambda _: None)
    monkeypatch.setattr(serve_module, "stopping", asyncio.Event)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        arguments = ["serve", "/dev/nothing", "--port", port]
        assert await asyncio.to_thread(main, arguments) == Exit.BUSY
    assert "another program uses this port" in capsys.readouterr().err
    open_to_all = ["serve", "/dev/nothing", "--bind", "::"]
    assert await asyncio.to_thread(main, open_to_all) == Exit.USAGE
    assert "set a token" in capsys.readouterr().err
    for wrong in ("0", "65536", "x"):
        with pytest.raises(SystemExit):
            main(["serve", "--port", wrong])


async def test_callback(heard: Heard) -> None:
    """The callback from its start to its end, masked, with a token."""
    server = ServerSettings(port=0, token=TOKEN)
    callback = Serving(
        ServeSettings(server, masked=True), MeterSettings("linky"), Log(Language.EN)
    )
    await until(lambda: heard.messages, SECONDS)
    *_, reading = decode(sent("historic_hc", 3))
    callback.compute_reading(reading)
    (meter,) = callback.server.board.meters.values()
    assert meter.reading is not None
    assert meter.reading.frame.address == meter.identifier.serial_number != ADDRESS
    callback.meter_lost()
    assert not meter.present
    await callback.close()
