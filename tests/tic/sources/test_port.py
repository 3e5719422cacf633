"""Ports of the network: the real ser2net, and servers that know less than it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
import errno
from pathlib import Path
import socket
from typing import Any

import pytest
import serialx

from custom_components.linky_meter.linky_tic.tic.errors import (
    NoiseError,
    NotRfc2217Error,
    PortBusyError,
    PortFailedError,
    PortMissingError,
    SilentError,
    TextError,
)
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.tic.sources import port as port_module
from custom_components.linky_meter.linky_tic.tic.sources.listen import frames, identify
from custom_components.linky_meter.linky_tic.tic.sources.port import port_url
from custom_components.linky_meter.linky_tic.tic.sources.serial import SerialSource
from tests.ser2net import Ser2Net
from tests.simulator import PRESETS, PtyMeter
from tests.tic.helpers import HISTORIC, STANDARD, eight_bits, encode
from tests.tic.ports import Log, Talk, listening

pytestmark = pytest.mark.usefixtures("socket_enabled")

FAST = 10.0


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide sooner, and say anew what is said once."""
    monkeypatch.setattr(port_module, "_NEGOTIATE_SECONDS", 0.5)
    monkeypatch.setattr(port_module, "_TOLD", set())


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("meter.local:3333", "socket://meter.local:3333"),
        ("192.0.2.7:8888", "socket://192.0.2.7:8888"),
        ("[2001:db8::7]:8888", "socket://[2001:db8::7]:8888"),
        ("socket://meter:1", "socket://meter:1"),
        ("rfc2217://meter:1", "rfc2217://meter:1"),
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0",) * 2,
        ("COM3", "COM3"),
        ("COM3:", "COM3:"),
    ],
)
def test_names(name: str, url: str) -> None:
    """A host and a port are a raw socket; a device is what it is."""
    assert port_url(name) == url


# ser2net


@asynccontextmanager
async def shared(
    folder: Path, *, rfc2217: bool, preset: str = "standard_hc"
) -> AsyncIterator[tuple[PtyMeter, Ser2Net]]:
    """Give a meter whose port is on the network."""
    speed = 1200 if preset.startswith("historic") else 9600
    async with (
        PtyMeter(PRESETS[preset], speed=FAST) as meter,
        Ser2Net(folder, meter.path, rfc2217=rfc2217, speed=speed) as server,
    ):
        yield meter, server


@pytest.mark.parametrize("rfc2217", [False, True])
@pytest.mark.parametrize("scheme", ["", "socket://", "rfc2217://"])
@pytest.mark.parametrize("preset", ["standard_hc", "historic_hc"])
async def test_ser2net(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    preset: str,
    scheme: str,
    rfc2217: bool,
) -> None:
    """However it is set up, and whatever it is called: the meter is found.

    Behind a pseudo-terminal it never acknowledges the control lines.
    """
    async with shared(tmp_path, rfc2217=rfc2217, preset=preset) as (meter, server):
        url = f"{scheme}127.0.0.1:{server.port}"
        for _ in range(2):
            found = await identify(url, per_speed=3, in_all=10)
            assert found.address == meter.meter.address
            assert {frame.mode for frame in found.frames} == {
                Mode.STANDARD if preset.startswith("standard") else Mode.HISTORIC
            }
    said = [
        record.getMessage()
        for record in caplog.records
        if record.levelname == "WARNING" and record.name == port_module.__name__
    ]
    assert len(said) == (scheme == "rfc2217://")
    assert all("no RFC 2217" in text and "127.0.0.1" not in text for text in said)


@pytest.mark.parametrize("rfc2217", [False, True])
@pytest.mark.parametrize("scheme", ["", "rfc2217://"])
async def test_ser2net_in_use(tmp_path: Path, scheme: str, rfc2217: bool) -> None:
    """The second one is told so, and the first goes on."""
    log = Log()
    async with shared(tmp_path, rfc2217=rfc2217) as (_, server):
        url = f"127.0.0.1:{server.port}"
        first = SerialSource(url, log.frames.append, log.lost, speeds=(9600,))
        await first.open()
        await log.wait(lambda: len(log.frames) > 1)
        with pytest.raises(PortBusyError):
            await identify(scheme + url, in_all=3)
        seen = len(log.frames)
        await log.wait(lambda: len(log.frames) > seen + 1)
        assert log.losses == 0
        await first.close()
        await identify(url, in_all=5)


async def test_ser2net_without_its_device(tmp_path: Path) -> None:
    """The modem is not there, at the far end."""
    async with Ser2Net(tmp_path, str(tmp_path / "none")) as server:
        with pytest.raises(PortMissingError):
            await identify(f"127.0.0.1:{server.port}", in_all=3)


async def test_ser2net_ends(tmp_path: Path) -> None:
    """It is a loss like any other."""
    async with shared(tmp_path, rfc2217=False) as (_, server):
        stream = frames(f"127.0.0.1:{server.port}")
        await anext(stream)
        await server.stop()
        with pytest.raises(PortFailedError):
            async for _ in stream:
                pass


# Servers that know less


def saying(*pieces: bytes, every: float = 0.02, for_ever: bool = True) -> Talk:
    """Return a talk of the same words."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(every)
            if not for_ever:
                return

    return talk


class AccessServer:
    """An RFC 2217 server (sections 3 and 4 of it), which may not do all that is asked."""

    def __init__(self, *, control: bool = True, accepts: bool = True) -> None:
        """``control``: acknowledges control lines; ``accepts``: does RFC 2217 at all."""
        self.asked: list[tuple[int, bytes]] = []
        self._control, self._accepts = control, accepts

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Negotiate, and send frames all the while."""
        sending = asyncio.create_task(
            saying(eight_bits(encode(STANDARD)))(reader, writer)
        )
        try:
            while True:
                await self._answer(reader, writer)
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        finally:
            sending.cancel()
            with suppress(ConnectionError, asyncio.CancelledError):
                await sending

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        assert await reader.readexactly(1) == b"\xff"
        command = (await reader.readexactly(1))[0]
        if command == 0xFA:
            content = (await reader.readuntil(b"\xff\xf0"))[1:-2]
            self.asked.append((content[0], content[1:]))
            if content[0] != 5 or self._control:
                answer = bytes([44, content[0] + 100]) + content[1:]
                writer.write(b"\xff\xfa" + answer + b"\xff\xf0")
            return
        option = (await reader.readexactly(1))[0]
        if command in (0xFB, 0xFD):  # WILL is answered with DO, DO with WILL
            agreed = self._accepts or option != 44
            answers = {0xFB: (0xFE, 0xFD), 0xFD: (0xFC, 0xFB)}
            writer.write(bytes([0xFF, answers[command][agreed], option]))


@pytest.mark.parametrize(
    ("server", "query", "plain"),
    [
        (AccessServer(), "", False),
        (AccessServer(), "?ign_set_control", False),
        (AccessServer(control=False), "", True),
        (AccessServer(control=False), "?ign_set_control", False),
        (AccessServer(control=False), "/?logging=debug&ign_set_control", False),
        (AccessServer(accepts=False), "", True),
    ],
)
async def test_access_servers(server: AccessServer, query: str, plain: bool) -> None:
    """What is asked for and refused is left, and the meter is read all the same."""
    log = Log()
    async with listening(server) as where:
        url = f"rfc2217://{where}{query}"
        source = SerialSource(url, log.frames.append, log.lost, speeds=(9600, 1200))
        await source.open()
        assert source.plain is plain
        await log.wait(lambda: any(frame.undamaged for frame in log.frames))
        if not plain:
            assert (1, (9600).to_bytes(4)) in server.asked
            controls = [value for kind, value in server.asked if kind == 5]
            assert bool(controls) is (not query)
            # The answer comes with the meter's bytes
            async with asyncio.timeout(3):
                await source._next_speed()
            assert (1, (1200).to_bytes(4)) in server.asked
        await source.close()


@pytest.mark.parametrize(
    "talk", [saying(b"U\x81" * 40), saying(b"", for_ever=True)], ids=["noise", "silent"]
)
async def test_neither_rfc2217_nor_a_meter(talk: Talk) -> None:
    """It is said that the port is not what it was called."""
    async with listening(talk) as url:
        with pytest.raises(NotRfc2217Error):
            await identify(f"rfc2217://{url}", in_all=0.8)
        with pytest.raises((NoiseError, SilentError)):
            await identify(f"socket://{url}", in_all=0.8)


async def test_not_even_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that answers once is none that can be read."""
    connect = serialx.create_serial_connection

    async def once(loop: Any, factory: Any, url: str, *args: Any, **more: Any) -> Any:
        if url.startswith("socket://"):
            raise error
        return await connect(loop, factory, url, *args, **more)

    monkeypatch.setattr(serialx, "create_serial_connection", once)
    async with listening(saying(b"x")) as where:
        url = f"rfc2217://{where}"
        error: Exception = ConnectionRefusedError(errno.ECONNREFUSED, "no")
        with pytest.raises(NotRfc2217Error) as info:
            await identify(url)
        assert info.value.__cause__ is error
        error = TimeoutError()
        with pytest.raises(PortMissingError):
            await identify(url)


@pytest.mark.parametrize(
    "url",
    ["rfc2217://127.0.0.1:{port}", "rfc2217://127.0.0.1", "rfc2217://127.0.0.1:99999"],
)
async def test_nobody_there(url: str) -> None:
    """Nothing answers: the port is missing, and no socket is tried."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = url.format(port=free.getsockname()[1])
        with pytest.raises(PortMissingError):
            await identify(url)


# What is said instead of frames


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"Port already in use\r\n", PortBusyError),
        (b"Port's device already in use\n\r", PortBusyError),
        (b"Port's device failed open: Value or file not found\r\n", PortMissingError),
        (b"", PortFailedError),
        (b"Bye.\r\n", PortFailedError),
    ],
)
async def test_refused(said: bytes, error: type[Exception]) -> None:
    """Why a server hangs up is in its words."""
    async with listening(saying(said, every=0, for_ever=False)) as url:
        with pytest.raises(error) as info:
            await identify(url, in_all=1)
    assert type(info.value) is error


async def test_refused_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow server's words tell why the port is lost."""
    monkeypatch.setattr(port_module, "_GREETING_SECONDS", 0.05)
    talk = saying(b"", b"Port already in use\r\n", every=0.2, for_ever=False)
    log = Log()
    async with listening(talk) as url:
        with pytest.raises(PortBusyError):
            await identify(url, in_all=2)
        with pytest.raises(PortBusyError):
            await anext(frames(url))
        source = SerialSource(url, log.frames.append, log.lost)
        await source.open()
        await log.wait(lambda: log.losses > 0)
        assert isinstance(source.why_lost, PortBusyError)
        await source.close()


async def test_given_up_while_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays open when opening is cancelled, however far it was."""
    monkeypatch.setattr(port_module, "_GREETING_SECONDS", 10)
    ended = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        ended.set()

    async with listening(talk) as url:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await SerialSource(url, print).open()
        async with asyncio.timeout(2):
            await ended.wait()


@pytest.mark.parametrize(
    "printed",
    [
        b"PAPP=490 IINST=2 HCHC=1234567 HCHP=7654321\r\n",
        b'{"papp": 490, "iinst": 2, "hchc": 1234567}\n',
        b"SINSTS\t00490\r\nIRMS1\t002\r\nURMS1\t230\r\n",
    ],
)
async def test_a_bridge_that_prints(printed: bytes) -> None:
    """Text of its own is named; groups without their frame's boundaries are read."""
    async with listening(saying(printed)) as url:
        with pytest.raises(TextError):
            await identify(url, in_all=0.8)
    lines = encode(HISTORIC)[2:-1].replace(b"\r\n", b"\r").split(b"\r")
    talk = saying(*(line + b"\r\n" for line in lines if line), every=0.002)
    async with listening(talk) as url:
        found = await identify(url, in_all=5)
        assert found.address == HISTORIC["ADCO"]
        stream = frames(url)
        got = [await anext(stream) for _ in range(5)]
        await stream.aclose()
    assert got[-1].undamaged
