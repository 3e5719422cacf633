"""Commands on the meters of a TIC2WebSocket server, each as its own process."""

import asyncio
from contextlib import aclosing
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.cli import main
from custom_components.linky_meter.linky_tic.cli.commands import served
from custom_components.linky_meter.linky_tic.cli.input import live
from custom_components.linky_meter.linky_tic.cli.messages import Exit, Language
from custom_components.linky_meter.linky_tic.cli.output.share import hide_number
from custom_components.linky_meter.linky_tic.tic.errors import ClosedError, NoTicError
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.cli.conftest import Run, Starter
from tests.tic.server_helpers import (
    OTHER_PLACE,
    OTHER_PORT,
    PLACE,
    PORT,
    other_tic,
    tic,
    until,
)
from tests.tic2websocket_server import Json, Tic2WebSocketServer

pytestmark = pytest.mark.usefixtures("socket_enabled")
VERSIONS = pytest.mark.parametrize("version", [1, 2])
INTERVAL = 0.1
OTHER = "042164999999"
NOWHERE = "ws://127.0.0.1:1"


@VERSIONS
@pytest.mark.parametrize("preset", ["historic_three_phase", "standard_hc"])
async def test_read(run: Run, version: int, preset: str) -> None:
    """A server is as good as a port."""
    source = tic(preset)
    async with Tic2WebSocketServer(
        source, version=version, interval=INTERVAL
    ) as server:
        result = await run("read", "--json", server.url)
        masked = await run("read", server.url, "--mask", "--baudrate", "1200")
    assert (result.code, result.err) == (0, "")
    reading = json.loads(result.out)
    assert reading["ended_by"] == "server"
    assert reading["mode"] == source.meter.config.mode
    assert source.meter.address in result.out
    assert reading["reading"]["phases"] == source.meter.config.phases
    assert reading["reading"]["available_current"] is not None
    assert (masked.code, masked.err) == (0, "")
    assert "\nWorked out\n" in masked.out
    assert source.meter.address not in masked.out


@VERSIONS
@pytest.mark.parametrize(
    "query", [f"serial={OTHER}", f"port_id={OTHER_PLACE}", f"port_name={OTHER_PORT}"]
)
async def test_one_of_several(run: Run, version: int, query: str) -> None:
    """A query tells which meter is meant."""
    async with Tic2WebSocketServer(
        tic(), other_tic(), version=version, interval=INTERVAL
    ) as server:
        result = await run("read", "--json", f"{server.url}?{query}")
    assert json.loads(result.out)["groups"]["ADSC"]["value"] == OTHER


@VERSIONS
async def test_watch(start: Starter, version: int) -> None:
    """Each frame is a line, and the end of the server ends it."""
    async with asyncio.timeout(60):
        async with (
            Tic2WebSocketServer(tic(), version=version, interval=INTERVAL) as server,
            start("watch", server.url) as command,
        ):
            lines = [(await command.line()).decode() for _ in range(3)]
            await server.close_all()
            _, err = await command.process.communicate()
    assert all("historic mode" in line for line in lines)
    assert command.code == 7
    assert err.startswith(b"linky-tic: The connection to the server ended")


async def listed(
    server: Tic2WebSocketServer, *, masked: bool = True
) -> list[dict[str, Any]]:
    """Return what a server has, as JSON."""
    host = server.url.removeprefix("ws://")
    lines = await served.lines(host, Language.EN, as_json=True, masked=masked)
    return [json.loads(line) for line in lines]


@VERSIONS
async def test_ports(run: Run, version: int) -> None:
    """What a server has is listed with what to read it by, and without numbers."""
    first, second = tic(), other_tic(serial=OTHER)
    async with Tic2WebSocketServer(first, second, version=version) as server:
        result = await run("ports", "--server", server.url)
        rows = await listed(server)
        shown = await listed(server, masked=False)
        said = await run("ports", "--json", "--no-mask", "--server", server.url)
        words = await served.lines(server.url, Language.EN, as_json=False, masked=True)
    modem = "TELEINFO  TICMeter  FTDI  0403:6015  DA2VYTKG"
    urls = [f"{server.url}?port_id={place}" for place in (PLACE, OTHER_PLACE)]
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        f"{urls[0]}  {PORT}  number not known yet  {modem}",
        f"{urls[1]}  {OTHER_PORT}  xxxx64xxxxxx          {modem}",
    ]
    assert result.out.splitlines() == words
    assert [row["device"] for row in rows] == urls
    assert [row["meter"] for row in rows] == [None, "xxxx64xxxxxx"]
    assert [row["meter"] for row in shown] == [None, OTHER]
    assert list(map(json.loads, said.out.splitlines())) == shown
    assert rows[1] | {"device": "", "meter": ""} == {
        "device": "",
        "product": "TICMeter",
        "manufacturer": "FTDI",
        "usb": "0403:6015",
        "serial_number": "DA2VYTKG",
        "meter": "",
        "port_name": OTHER_PORT,
        "port_id": OTHER_PLACE,
        "modem_type": "TELEINFO",
    }


@VERSIONS
async def test_what_is_listed_can_be_read(run: Run, version: int) -> None:
    """A native port has no place and tells no modem, and is read like any other."""
    native = tic("standard_hc", port_name="/dev/ttyAMA0", port_id=None)
    async with Tic2WebSocketServer(
        native, version=version, interval=INTERVAL
    ) as server:
        (row,) = await listed(server)
        result = await run("read", "--json", row["device"])
    assert row["device"] == f"{server.url}?port_name=/dev/ttyAMA0"
    assert (row["product"], row["usb"]) == (None, None)
    assert native.meter.address in result.out


async def test_modem_without_meter(run: Run) -> None:
    """A modem that the server cannot use is listed too."""
    server = Tic2WebSocketServer(tic())
    server.replies["GetAvailableTICs"] = server.format.reply(
        "GetAvailableTICs", data=[]
    )
    async with server:
        result = await run("ports", "--server", server.url, LANG="fr_FR.UTF-8")
        (row,) = await listed(server)
    assert result.out.startswith(f"-  {PORT}  modem sans compteur  TELEINFO  ")
    assert (row["device"], row["meter"]) == (None, None)


async def test_ports_of_an_empty_server(run: Run) -> None:
    """No modem is said in words, and no failure, as without a server."""
    async with Tic2WebSocketServer() as server:
        result = await run("ports", "--server", server.url)
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("linky-tic: The server has no modem")
    assert "0403:6001" in result.err


async def test_words_of_a_server_are_only_words(run: Run) -> None:
    """What a server says commands no terminal."""
    bad: Json = {"portName": "/dev/tty\x1b[2J", "serialNumber": "\x1b]0;1\x07"}
    server = Tic2WebSocketServer()
    server.replies["GetAvailableTICs"] = server.format.reply(
        "GetAvailableTICs", data=[bad]
    )
    async with server:
        result = await run("ports", "--server", server.url, "--no-mask")
    assert result.code == 0
    assert result.out.rstrip("\n").isprintable()


async def refusing(run: Run, *arguments: str) -> tuple[int, str]:
    """Return how a command ends and its only line of errors."""
    result = await run(*arguments)
    assert result.out == ""
    assert result.err.startswith("linky-tic: ")
    assert result.err.count("\n") == 1
    return result.code, result.err


@pytest.mark.parametrize(
    "url", [NOWHERE, "ws://[", "ws://", "ws://127.0.0.1:1/?meter=1", "WS://127.0.0.1:1"]
)
async def test_unreachable(run: Run, url: str) -> None:
    """It is said where a server can be reached from, for names that are none too."""
    code, err = await refusing(run, "read", url)
    assert code == 3
    assert "own machine only" in err
    assert "127.0.0.1" not in err


async def test_not_a_server(run: Run) -> None:
    """Something else answers."""
    async with Tic2WebSocketServer(http="plain") as server:
        for arguments in (("read", server.url), ("ports", "--server", server.url)):
            code, err = await refusing(run, *arguments)
            assert code == 6
            assert "no TIC2WebSocket server" in err


@VERSIONS
async def test_no_meter(run: Run, version: int) -> None:
    """The server has none, or not this one."""
    async with Tic2WebSocketServer(version=version) as empty:
        code, err = await refusing(run, "watch", empty.url)
    assert (code, "0403:6015" in err) == (3, True)
    async with Tic2WebSocketServer(tic(), version=version) as server:
        code, err = await refusing(run, "read", f"{server.url}?port_name=/dev/ttyS7")
    assert (code, "linky-tic ports --server" in err) == (3, True)


@VERSIONS
async def test_no_data(run: Run, version: int) -> None:
    """The mode is what is wrong most often with release 2."""
    async with Tic2WebSocketServer(tic(), version=version) as server:
        code, err = await refusing(run, "read", server.url, "--timeout", "0.5")
    assert code == 5
    assert '"ticMode": "HISTORIC"' in err


@VERSIONS
async def test_refused(run: Run, version: int) -> None:
    """The server's own words stay out: they may name the meter."""
    server = Tic2WebSocketServer(tic(), version=version)
    reply = json.loads(server.format.reply("SubscribeTIC", -10, OTHER))
    async with server:
        for number in ("-10", "?"):
            server.replies["SubscribeTIC"] = json.dumps(reply)
            code, err = await refusing(run, "read", server.url)
            assert code == 7
            assert f"(code {number})" in err
            assert OTHER not in err
            reply["errorCode"] = None


async def test_no_bytes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A recording of a server is refused before anything is written or connected."""
    path = tmp_path / "capture"
    assert main(["record", str(path), NOWHERE]) == Exit.USAGE
    assert "watch --json" in capsys.readouterr().err
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert main(["record", str(path), NOWHERE]) == Exit.USAGE
    assert "pas d'octets" in capsys.readouterr().err
    assert not path.exists()


@VERSIONS
async def test_readings_and_subscription(version: int) -> None:
    """Programs name a server as they name a port."""
    source = tic("standard_hc")
    got: list[MeterReading] = []
    async with (
        asyncio.timeout(30),
        Tic2WebSocketServer(source, version=version, interval=INTERVAL) as server,
    ):
        async with aclosing(live.readings(server.url)) as readings:
            async for reading in readings:
                got.append(reading)
                if len(got) == 2:
                    break
        await until(lambda: not server.clients)
        subscription = live.subscribe(f"{server.url}?port_id={PLACE}", got.append)
        await until(lambda: len(got) >= 4)
        await server.close_all()
        with pytest.raises(ClosedError):
            await subscription
        await until(lambda: not server.clients)
        with pytest.raises(NoTicError):
            await live.subscribe(f"{server.url}?port_id=elsewhere", got.append)
    # Two frames have to agree on it
    assert [got[place].address for place in (1, 3)] == [source.meter.address] * 2


@pytest.mark.parametrize(
    ("number", "hidden"),
    [("042164123456", "xxxx64xxxxxx"), ("0421641234", "xxxxxxxxxx"), ("", "")],
)
def test_hidden_number(number: str, hidden: str) -> None:
    """What is no number is hidden altogether."""
    assert hide_number(number) == hidden
