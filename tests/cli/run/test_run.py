"""``linky-tic run``: as its own process, and its parts."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import UTC, datetime
import json
import logging
import os
from pathlib import Path
import signal
import threading
import time
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.cli import log as log_module, main
from custom_components.linky_meter.linky_tic.cli.accounts import bookkeeper
from custom_components.linky_meter.linky_tic.cli.accounts.book import Book, Costs
from custom_components.linky_meter.linky_tic.cli.accounts.bookkeeper import Bookkeeper
from custom_components.linky_meter.linky_tic.cli.accounts.state import (
    State,
    load_state,
    save_state,
)
from custom_components.linky_meter.linky_tic.cli.commands import run as run_module
from custom_components.linky_meter.linky_tic.cli.commands.run import Service
from custom_components.linky_meter.linky_tic.cli.input import link, ports
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.input.link import Link
from custom_components.linky_meter.linky_tic.cli.log import Log
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.errors import (
    PortMissingError,
    RequestError,
)
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Identifier,
    ServerError,
)
from tests.cli.conftest import ADDRESS, Heard, Starter, sent
from tests.influx_server import InfluxServer
from tests.simulator import PRESETS, PtyMeter
from tests.tic.server_helpers import tic
from tests.tic2websocket_server import Tic2WebSocketServer

LOG = Log(Language.EN)

# The sample plugin of linkypy's README
PLUGIN = """\
class MyPlugin(object):

    def compute(self, data, timestamp):
        print(timestamp)
        for key, value in data.items():
            print(f"{key} = {value}")
"""


def configure(folder: Path, text: str) -> str:
    """Write a configuration and the sample plugin."""
    (folder / "your_package.py").write_text(PLUGIN)
    path = folder / "linky-tic.toml"
    path.write_text(text)
    return str(path)


async def lines(path: Path, count: int) -> list[str]:
    """Wait until a file has so many lines."""
    async with asyncio.timeout(40):
        while not path.exists() or len(path.read_text().splitlines()) < count:
            await asyncio.sleep(0.05)
    return path.read_text().splitlines()


async def test_sample_plugin(start: Starter, tmp_path: Path) -> None:
    """Linkypy's plugin works unchanged, and SIGTERM ends all in order."""
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        config = configure(tmp_path, 'callbacks = ["your_package.MyPlugin"]')
        async with (
            asyncio.timeout(60),
            start(
                "run",
                "--config",
                config,
                LINKY_PORT=meter.path,
                LINKY_BAUDRATE="1200",
                TZ="Europe/Paris",
                PYTHONUNBUFFERED="1",
            ) as command,
        ):
            told = [(await command.line()).decode().strip() for _ in range(12)]
            command.process.send_signal(signal.SIGTERM)
            _, err = await command.process.communicate()
    assert command.code == 0
    at = datetime.fromisoformat(told[0])
    assert at.utcoffset() is not None
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert told[1] == f"ADCO = {meter.meter.address}"
    assert told[2] == "OPTARIF = HC.."
    logged = err.decode().splitlines()
    assert [line.split(" ", 3)[2:] for line in logged] == [
        ["INFO", "   The meter is read."],
        ["INFO", "   Stopped."],
    ]


@pytest.mark.usefixtures("socket_enabled")
async def test_all_together(start: Starter, tmp_path: Path) -> None:
    """A plug that is pulled and callbacks that misbehave lose no frame that came."""
    (tmp_path / "bad.py").write_text(
        "import sys, time\n"
        "class Blocking:\n  def compute(self, data, timestamp): time.sleep(60)\n"
        "class Leaving:\n  async def compute_reading(self, reading): sys.exit(1)\n"
    )
    link_path = tmp_path / "modem"
    async with (
        asyncio.timeout(110),
        InfluxServer(tmp_path / "influxdb") as server,
        PtyMeter(PRESETS["standard_hc"], speed=20, link=link_path) as meter,
    ):
        config = configure(
            tmp_path,
            f"""
source = "{meter.path}"
baudrate = 9600
log_level = "debug"
callbacks = ["jsonl", "bad.Blocking", "bad.Leaving", "nowhere.Class", "influxdb"]
state = "state.json"
[jsonl]
file = "frames"
[influxdb]
host = "127.0.0.1"
port = {server.port}
seconds = 1
[prices]
power = 6
regulated = true
""",
        )
        frames = tmp_path / "frames"
        async with start("run", "--config", config) as command:
            before = len(await lines(frames, 10))
            meter.unplug()
            await asyncio.sleep(0.5)
            meter.replug()
            await lines(frames, before + 20)
            started = time.monotonic()
            command.process.send_signal(signal.SIGTERM)
            _, err = await command.process.communicate()
            assert time.monotonic() - started < 15
        kept = [json.loads(line) for line in frames.read_text().splitlines()]
        assert await server.count("apparent_power", "linky_power") == len(kept)
        costs = await server.query("SELECT * FROM linky_cost", "linky")
    assert command.code == 0
    assert all(reading["complete"] for reading in kept)
    assert {row["offer"] for row in costs} >= {"own", "base_6"}
    logged = err.decode()
    assert "nowhere.Class cannot be loaded: ModuleNotFoundError" in logged
    assert "bad.Leaving failed, which is said once only: SystemExit: 1" in logged
    assert "bad.Blocking does not end: it is left behind." in logged
    assert logged.count("The meter is not read") == 1
    assert logged.count("The meter is read again.") == 1
    for secret in (meter.meter.address, str(link_path), "127.0.0.1", str(server.port)):
        assert secret not in logged
    state = json.loads((tmp_path / "state.json").read_text())["linky-tic 1"]
    assert state["address"] == meter.meter.address
    assert state["book"]["ledger"]["days"]
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0


async def test_ctrl_c_and_french(start: Starter, tmp_path: Path) -> None:
    """Without a meter it waits; Ctrl-C is as good an end as any."""
    config = configure(tmp_path, f'source = "{tmp_path}/nothing"\nlog_level = "debug"')
    async with (
        asyncio.timeout(30),
        start("run", "--config", config, LANG="fr_FR.UTF-8") as command,
    ):
        assert command.process.stderr is not None
        first = (await command.process.stderr.readline()).decode()
        _, err = await command.interrupt()
    assert command.code == 0
    assert "Le compteur n'est pas lu" in first
    assert "Le port ou l'hôte n'existe pas" in first
    assert str(tmp_path) not in first + err.decode()


@pytest.mark.usefixtures("socket_enabled")
async def test_server(start: Starter, tmp_path: Path) -> None:
    """A TIC2WebSocket server is a source too, and is found again."""
    server = Tic2WebSocketServer(tic("historic_hc"), interval=0.1)
    frames = tmp_path / "frames"
    async with asyncio.timeout(60), server:
        config = configure(
            tmp_path, f'source = "{server.url}"\n[jsonl]\nfile = "frames"'
        )
        async with start("run", "--config", config) as command:
            before = len(await lines(frames, 3))
            await server.close_all()
            await lines(frames, before + 3)
            command.process.send_signal(signal.SIGTERM)
            await command.process.communicate()
    assert command.code == 0


class Source:
    """Frames and errors in a given order."""

    def __init__(self, *steps: Frame | Exception | ServerError | float) -> None:
        """Take the steps; a number is a silence in seconds."""
        self.steps = list(steps)
        self.hints: list[tuple[str, int | None, float]] = []

    async def __call__(
        self,
        url: str,
        baudrate: int | None = None,
        *,
        patience: float,
        on_error: Callable[[ServerError], None] | None = None,
    ) -> AsyncGenerator[Frame]:
        """Yield frames until an error."""
        self.hints.append((url, baudrate, patience))

        while self.steps:
            step = self.steps.pop(0)
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Frame):
                yield step
            elif isinstance(step, ServerError):
                assert on_error is not None
                on_error(step)
            else:
                await asyncio.sleep(step)
        await asyncio.Event().wait()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Wait no longer than needed, and keep how long it should have been."""
    found: list[float] = []
    sleep = asyncio.sleep

    async def wait(seconds: float) -> None:
        found.append(seconds)
        await sleep(0)

    class Asyncio:
        """The module, with another sleep."""

        sleep = staticmethod(wait)
        get_running_loop = staticmethod(asyncio.get_running_loop)

    monkeypatch.setattr(link, "asyncio", Asyncio)
    return found


def frame_of(preset: str) -> Frame:
    """Return a frame."""
    return Decoder().feed(sent(preset, 2))[-1]


async def test_link(
    waits: list[float], heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait grows to a minute, and a valid frame makes it short again."""
    missing = [PortMissingError() for _ in range(8)]
    frame = frame_of("historic_hc")
    source = Source(
        *missing, frame, RequestError(-5, "x"), PortMissingError(), frame, 0.0
    )
    monkeypatch.setattr(link, "frames", source)
    frames = Link("x", None, LOG).frames()
    assert [await anext(frames) for _ in range(2)] == [frame, frame]
    await frames.aclose()
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 1, 2]
    assert heard.messages == [
        (
            "The meter is not read, trying again and again. The port or host is not"
            " there: check its name and the plug."
        ),
        "The meter is read again.",
        (
            "The meter is not read, trying again and again. The server refused the"
            " request (code -5): restart TIC2WebSocket, try again."
        ),
        (
            "The meter is still not read. The port or host is not there: check its name"
            " and the plug."
        ),
        "The meter is read again.",
    ]
    assert source.hints[0] == ("x", None, 30.0)
    assert source.hints[-1] == ("x", 1200, 60.0)


def reported(code: int) -> ServerError:
    """Return what a server reports of a meter."""
    return ServerError(code, "x", Identifier())


async def test_reasons_behind_a_server(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are the server's, and each is told once."""
    monkeypatch.setattr(link, "LINK_SECONDS", 0.05)
    frame = frame_of("standard_hc")
    unplugged, silent, damaged = reported(6), reported(7), reported(27)
    source = Source(
        *(silent, frame, 0.2, unplugged, silent, damaged, unplugged, frame),
        *(damaged, 0.2, PortMissingError()),
    )
    monkeypatch.setattr(link, "frames", source)
    frames = Link("ws://x", None, LOG).frames()
    reading = asyncio.create_task(anext_for_ever(frames))
    async with asyncio.timeout(5):
        while len(heard.messages) < 8:
            await asyncio.sleep(0.01)
    reading.cancel()
    await asyncio.wait([reading])
    for message in heard.messages:
        assert "wires" not in message
        assert "baud" not in message
    told = [message.split(".")[0] for message in heard.messages]
    lost = "The meter is not read, trying again and again"
    still = "The meter is still not read"
    assert told[:5] == ["The meter is read", lost, still, still, still]
    assert '"ticMode": "HISTORIC"' in heard.messages[1]
    assert '"ticMode": "STANDARD"' in heard.messages[1]
    assert "unplugged" in heard.messages[2]
    assert "hears nothing" in heard.messages[3]
    assert "error 27" in heard.messages[4]
    assert told[5:7] == ["The meter is read again", lost]
    assert "error 27" in heard.messages[6]


async def anext_for_ever(frames: AsyncGenerator[Frame]) -> None:
    """Read until cancelled."""
    try:
        async for _ in frames:
            pass
    finally:
        await frames.aclose()


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("/dev/secret"),
        TypeError(),
        AttributeError(),
        AssertionError(),
        KeyError("x"),
        IndexError(),
        MemoryError(),
        OSError(5, "/dev/secret"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_nobody_expects(
    waits: list[float],
    heard: Heard,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    """It is logged once with its traceback, and the meter is read again."""
    frame = frame_of("historic_hc")
    source = Source(error, error, frame, error, frame, 0.0)
    monkeypatch.setattr(link, "frames", source)
    frames = Link("x", None, LOG).frames()
    assert [await anext(frames) for _ in range(2)] == [frame, frame]
    await frames.aclose()
    assert waits == [1, 2, 1]
    said = [message.split(":")[0].split(",")[0] for message in heard.messages]
    assert said == [
        "Reading the meter",
        "The meter is not read",
        "The meter is read again.",
        "The meter is not read",
        "The meter is read again.",
    ]
    assert caplog.text.count("Traceback") == 1
    assert "secret" not in caplog.text


async def test_a_frame_that_breaks_us(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The next ones are handed on."""
    frames = Decoder().feed(sent("standard_hc", 6))
    monkeypatch.setattr(link, "frames", Source(*frames))
    settings = read_settings('source = "x"\n[jsonl]\nfile = "out"', {}, tmp_path)
    service = Service(settings, load_state(None, settings.pricing), LOG)
    process, count = service._follower.process, 0

    def fail(*args: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count in (2, 3):
            raise RuntimeError
        return process(*args, **options)

    monkeypatch.setattr(service._follower, "process", fail)
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop))
    await lines(tmp_path / "out", 3)
    stop.set()
    assert await running
    assert caplog.text.count("Working on a frame: unexpected error") == 1


async def test_link_without_a_name(
    waits: list[float], heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only modem is taken once there is one, and which is not clear is said."""
    found: list[str | Exception | None] = [LookupError(), None, "y"]

    def choose() -> str | None:
        step = found.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    monkeypatch.setattr(ports, "choose", choose)
    source = Source(frame_of("standard_hc"))
    monkeypatch.setattr(link, "frames", source)
    frames = Link(None, 9600, LOG).frames()
    await anext(frames)
    await frames.aclose()
    assert source.hints == [("y", 9600, 30.0)]
    assert "There is no serial port" in heard.messages[0]


async def test_silence_and_a_bad_line(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence is told after ten seconds, a bad line once, and a good one once."""
    monkeypatch.setattr(link, "LINK_SECONDS", 0.05)
    frame = frame_of("standard_hc")
    empty = Frame(None, ())
    source = Source(empty, frame, frame, 0.2, frame, frame, frame)
    monkeypatch.setattr(link, "frames", source)
    one = Link("x", None, LOG)
    states = iter([False, True, True])

    def add(*_: object) -> bool:
        one._watch.bad = not one._watch.bad
        return next(states)

    monkeypatch.setattr(one._watch, "add", add)
    frames = one.frames()
    for _ in range(6):
        await anext(frames)
    await frames.aclose()
    assert heard.messages[0] == "The meter is read."
    assert "Nothing arrives" in heard.messages[1]
    assert heard.messages[2:] == [
        "The meter is read again.",
        "The line is bad: more than 10 % of the groups arrive damaged.",
        "The line is good again.",
    ]


def test_state(tmp_path: Path, heard: Heard) -> None:
    """What is kept comes back; what cannot be read is put aside."""
    pricing = read_settings("", {"CURRENT_POWER": "6"}).pricing
    assert load_state(None, pricing).address is None
    path = tmp_path / "state"
    assert not load_state(path, pricing).aside
    book = Book(pricing)
    for reading in decode(
        sent("historic_tempo", 5), started=datetime(2026, 1, 5, tzinfo=UTC)
    ):
        book.feed(reading)
    save_state(path, book.as_dict(), None)
    again = load_state(path, pricing)
    assert again.book.as_dict() == book.as_dict()
    assert again.book.look() == book.look()
    for wrong in ("", "[]", '{"linky-tic 2": {}}', '{"linky-tic 1": {"book": {}}}'):
        path.write_text(wrong)
        state = load_state(path, pricing)
        assert state.aside
        assert state.book.ledger.last is None
        assert not path.exists()
        assert (tmp_path / "state.unreadable").read_text() == wrong


def test_bookkeeper(
    tmp_path: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Costs are told once a minute, and a folder that is missing once."""
    path = tmp_path / "later" / "state"
    told: list[Costs] = []
    pricing = read_settings("", {"CURRENT_POWER": "6"}).pricing
    keeper = Bookkeeper(Book(pricing), path, LOG, told.append)
    keeper.keep_meter({"address": None, "memory": {}})
    keeper.keep_meter({"address": ADDRESS, "memory": {}})
    now = time.monotonic()
    for number, reading in enumerate(decode(sent("standard_hc", 8))):
        keeper.keep(reading, now + 20 * number)
    assert len(told) == 3
    assert not path.exists()
    path.parent.mkdir()
    monkeypatch.setattr(bookkeeper, "SAVE_SECONDS", 10)
    keeper.keep(reading, now + 200)
    assert json.loads(path.read_text())["linky-tic 1"]["address"] == ADDRESS
    keeper.close()
    assert heard.messages == [
        "What is learned and counted cannot be kept: No such file or directory.",
        "What is learned and counted is kept again.",
    ]
    Bookkeeper(Book(pricing), None, LOG, told.append).close()


async def test_service(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Memory outlives a restart, incomplete frames are left out, steps are told."""
    frames = Decoder().feed(sent("standard_hc", 6))
    partial = Frame(frames[0].mode, frames[0].groups[:3], whole=False)
    source = Source(partial, *frames)
    monkeypatch.setattr(link, "frames", source)
    path = tmp_path / "state.json"
    settings = read_settings(
        'source = "x"\nstate = "state.json"\n[jsonl]\nfile = "out"', {}, tmp_path
    )
    service = Service(settings, load_state(path, settings.pricing), LOG)
    service._wall -= 3600
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop))
    await lines(tmp_path / "out", 5)
    monkeypatch.setattr(
        "custom_components.linky_meter.linky_tic.cli.commands.run.SAVE_SECONDS", 0
    )
    service._process(frames[-1])
    stop.set()
    assert await running
    assert "The clock of this machine jumped by 3600 s." in heard.messages
    assert (
        len(await lines(tmp_path / "out", 6))
        == len([f for f in frames if f.complete]) + 1
    )
    again: State = load_state(path, settings.pricing)
    assert again.address == ADDRESS
    assert again.memory.phases == 1
    assert "energy_import" in again.memory.keys


@pytest.fixture
def own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put logging back as it was."""
    root = logging.getLogger()
    before = root.level
    monkeypatch.setattr(root, "handlers", [])
    levels = {name: logging.getLogger(name).level for name in log_module._SILENCED}
    yield
    root.setLevel(before)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("own_logging")
@pytest.mark.parametrize("stuck", [False, True])
def test_command(
    stuck: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command runs until a signal comes; what hangs is not waited for."""
    monkeypatch.setattr(link, "frames", Source(*Decoder().feed(sent("standard_hc", 4))))
    monkeypatch.setattr(run_module, "STOP_SECONDS", 0.5)
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    go = threading.Event()

    class Stuck:
        """Waits for ever."""

        def compute(self, data: object, timestamp: object) -> None:
            """Wait."""
            go.wait(20)

    monkeypatch.setattr(run_module, "loader", lambda *_: Stuck)
    (tmp_path / "state").write_text("nothing")
    config = configure(
        tmp_path,
        'source = "x"\nstate = "state"\n[jsonl]\nfile = "out"\n'
        if not stuck
        else 'source = "x"\ncallbacks = ["a.B", "jsonl", "influxdb"]\n'
        '[jsonl]\nfile = "out"\n[influxdb]\nhost = "no host"',
    )

    def interrupt() -> None:
        while not (tmp_path / "out").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert main(["run", "--config", config]) == 0
    thread.join()
    go.set()
    for left_behind in threading.enumerate():
        if left_behind.name == "a.B":
            left_behind.join()
    err = capsys.readouterr().err
    assert err.endswith("Stopped.\n")
    assert ("put aside" in err) is not stuck
    assert ("left behind" in err) is stuck
    assert ended == ([0] if stuck else [])


@pytest.mark.usefixtures("own_logging")
def test_logging(capsys: pytest.CaptureFixture[str]) -> None:
    """What callbacks log is shown, what libraries log of ports is not."""
    log_module.set_up("warning")
    logging.getLogger("my_plugin").warning("of a plugin")
    logging.getLogger("serialx").error("/dev/secret")
    err = capsys.readouterr().err
    assert err.endswith("WARNING of a plugin\n")
    assert "secret" not in err
