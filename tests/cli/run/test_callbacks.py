"""Callbacks: whatever they do, reading goes on."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
import errno
import json
import os
from pathlib import Path
import sys
import threading
import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.log import Log
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.output.callbacks import (
    Worker,
    describe,
    loader,
)
from custom_components.linky_meter.linky_tic.cli.output.jsonl import JsonLines
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.cli.conftest import ADDRESS, Heard, sent

LOG = Log(Language.EN)
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def readings() -> list[MeterReading]:
    """Return some readings of a meter."""
    return list(
        decode(sent("standard_hc", 5), started=datetime(2026, 7, 1, tzinfo=UTC))
    )


async def feed(
    target: object, readings: list[MeterReading], seconds: float = 10
) -> Worker:
    """Give readings to a callback, and end it."""
    worker = Worker("callback", lambda: target, LOG, PARIS)
    worker.start()
    for reading in readings:
        worker.put("compute_reading", reading)
    await worker.stop(seconds)
    return worker


class Plain:
    """What linkypy calls."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.got: list[tuple[Mapping[str, str], datetime]] = []
        self.thread = 0

    def compute(self, data: dict[str, str], timestamp: datetime) -> None:
        """Keep it."""
        self.got.append((data, timestamp))
        self.thread = threading.get_ident()


async def test_plain(readings: list[MeterReading]) -> None:
    """Text by label and an aware time of the zone that was asked for."""
    target = Plain()
    await feed(target, readings)
    assert len(target.got) == len(readings)
    data, timestamp = target.got[-1]
    assert data["ADSC"] == ADDRESS
    assert data["EASF01"].isdecimal()
    assert timestamp == readings[-1].received
    assert timestamp.utcoffset() == readings[-1].received.astimezone(PARIS).utcoffset()
    assert target.thread != threading.get_ident()


async def test_async_with_both(readings: list[MeterReading]) -> None:
    """Both methods may be there, and may be async; ``close`` ends it."""
    calls: list[str] = []

    class Both:
        async def compute(self, data: dict[str, str], timestamp: datetime) -> None:
            await asyncio.sleep(0)
            calls.append("compute")
            data.clear()

        async def compute_reading(self, reading: MeterReading) -> None:
            assert reading.frame.groups
            calls.append("compute_reading")

        async def close(self) -> None:
            calls.append("close")

    await feed(Both(), readings[:2])
    assert calls == ["compute", "compute_reading"] * 2 + ["close"]


async def test_reading_only(readings: list[MeterReading]) -> None:
    """The reading alone will do."""
    got: list[MeterReading] = []

    class Only:
        def compute_reading(self, reading: MeterReading) -> None:
            got.append(reading)

    await feed(Only(), readings)
    assert got == readings


@pytest.mark.parametrize(
    "error", [ValueError(f"of {ADDRESS}"), SystemExit(3), asyncio.CancelledError()]
)
async def test_failing(
    error: BaseException, readings: list[MeterReading], heard: Heard
) -> None:
    """One that raises is told once, without what is private, and called on."""
    calls: list[datetime] = []

    class Failing:
        def compute(self, data: object, timestamp: datetime) -> None:
            calls.append(timestamp)
            raise error

    await feed(Failing(), readings)
    assert len(calls) == len(readings)
    (record,) = heard.records
    assert "callback failed" in record.getMessage()
    assert type(error).__name__ in record.getMessage()
    assert "test_callbacks.py:" in record.getMessage()
    assert ADDRESS not in heard.text


async def test_slow(readings: list[MeterReading], heard: Heard) -> None:
    """A slow one misses the oldest frames; giving it one takes no time."""
    got: list[MeterReading] = []
    go = threading.Event()

    class Slow:
        def compute_reading(self, reading: MeterReading) -> None:
            go.wait(10)
            got.append(reading)

    worker = Worker("slow", Slow, LOG, most=3)
    worker.start()
    worker.put("compute_reading", readings[0])
    await asyncio.sleep(0.2)
    started = time.monotonic()
    for reading in readings * 20:
        worker.put("compute_reading", reading)
    assert time.monotonic() - started < 0.5
    assert worker.dropped == len(readings) * 20 - 3
    go.set()
    assert await worker.stop(10)
    assert got == [readings[0], *readings[-3:]]
    told = heard.messages
    assert told == [
        "The callback slow is too slow: frames are left out for it.",
        "The callback slow missed 97 frames because it was too slow.",
    ]


async def test_blocking_for_ever(readings: list[MeterReading], heard: Heard) -> None:
    """One that never returns is left behind."""
    for blocks in (True, False):
        go = threading.Event()

        class Blocking:
            def __init__(
                self, go: threading.Event = go, *, late: bool = blocks
            ) -> None:
                self.go = go
                if not late:
                    go.wait(10)

            async def compute_reading(self, reading: MeterReading) -> None:
                self.go.wait(10)

        worker = Worker("stuck", Blocking, LOG)
        worker.start()
        worker.put("compute_reading", readings[0])
        assert not await worker.stop(0.2)
        assert heard.messages[-1] == (
            "The callback stuck does not end: it is left behind."
        )
        go.set()
        assert await worker.stop(10)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
async def test_forking(readings: list[MeterReading], tmp_path: Path) -> None:
    """A child that a callback forgets does not go on reading."""
    path = tmp_path / "children"

    class Forking:
        def compute(self, data: object, timestamp: datetime) -> None:
            if os.fork():
                os.wait()
                return
            with path.open("a") as file:
                file.write("x")

    assert not (await feed(Forking(), readings[:2])).dropped
    assert path.read_text() == "xx"


@pytest.fixture
def plugins(tmp_path: Path) -> Iterator[Callable[[str], Callable[[], object]]]:
    """Return a function that gives a loader of a class in a new module."""
    before = list(sys.path)

    def write(source: str) -> Callable[[], object]:
        (tmp_path / "plugin_of_test.py").write_text(source)
        return loader("plugin_of_test.MyPlugin", tmp_path)

    yield write
    sys.path[:] = before
    sys.modules.pop("plugin_of_test", None)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("MyPlugin = 1 +", "SyntaxError"),
        ("Other = 1", "AttributeError"),
        ("def MyPlugin(): raise SystemExit(1)", "SystemExit"),
        ("class MyPlugin:\n  def __init__(self, wanted): pass", "TypeError"),
        ("class MyPlugin: pass", "neither compute nor"),
    ],
)
async def test_not_loaded(
    plugins: Callable[[str], Callable[[], object]],
    readings: list[MeterReading],
    heard: Heard,
    source: str,
    what: str,
) -> None:
    """What cannot be loaded is told once, and nothing waits for it."""
    worker = Worker("bad", plugins(source), LOG)
    worker.start()
    worker.put("compute_reading", readings[0])
    assert await worker.stop(10)
    worker.put("compute_reading", readings[0])
    assert worker.failed
    (record,) = heard.records
    assert what in record.getMessage()
    assert "callback bad" in record.getMessage()


async def test_loaded_twice(plugins: Callable[[str], Callable[[], object]]) -> None:
    """A class beside the configuration is found, and made in its own thread."""
    load = plugins("class MyPlugin:\n  def compute(self, data, timestamp): pass")
    assert type(load()) is type(load())
    assert (
        sys.path.count(str(Path(sys.modules["plugin_of_test"].__file__ or "").parent))
        == 1
    )


def test_description_of_a_file() -> None:
    """Why a file cannot be used is told, not which."""
    error = OSError(errno.ENOSPC, "No space left on device", "/home/me/file")
    assert describe(error) == "OSError: No space left on device"


def test_jsonl(readings: list[MeterReading], tmp_path: Path) -> None:
    """Each reading is a line, and a file that is moved away begins anew."""
    path = tmp_path / "frames"
    target = JsonLines(str(path))
    target.compute_reading(readings[0])
    target.compute_reading(readings[1])
    path.rename(tmp_path / "old")
    target.compute_reading(readings[2])
    target.close()
    target.close()
    old = (tmp_path / "old").read_text().splitlines()
    assert [json.loads(line) for line in old] == [one.as_dict() for one in readings[:2]]
    assert json.loads(path.read_text()) == readings[2].as_dict()
    target = JsonLines(str(path), masked=True)
    target.compute_reading(readings[3])
    target.close()
    first, second = path.read_text().splitlines()
    assert ADDRESS in first
    assert ADDRESS not in second


def test_jsonl_to_standard_output(
    readings: list[MeterReading], capsys: pytest.CaptureFixture[str]
) -> None:
    """A dash is standard output."""
    target = JsonLines("-")
    target.compute_reading(readings[0])
    target.close()
    assert json.loads(capsys.readouterr().out)["mode"] == "standard"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
async def test_unwritable(
    readings: list[MeterReading], heard: Heard, tmp_path: Path
) -> None:
    """A full disk and a missing folder are told once, without names."""
    for name, why in (("/dev/full", "No space"), (tmp_path / "no" / "file", "No such")):
        heard.clear()
        await feed(JsonLines(str(name)), readings)
        (record,) = heard.records
        assert why in record.getMessage()
        assert str(name) not in record.getMessage()


def test_torn_line(readings: list[MeterReading], tmp_path: Path) -> None:
    """After a disk was full in the middle of a line, the next one is whole."""
    path = tmp_path / "frames"
    target = JsonLines(str(path))
    target.compute_reading(readings[0])
    file = target._file
    assert file is not None
    write = file.write

    class Full:
        """A file with room for ten bytes."""

        room = 10

        def write(self, data: bytes) -> int:
            if not self.room:
                raise OSError(errno.ENOSPC, "full")
            written = write(data[: self.room])
            self.room = 0
            return written

        def __getattr__(self, name: str) -> Any:
            return getattr(file, name)

    target._file = Full()  # type: ignore[assignment]
    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            target.compute_reading(readings[1])
    target._file = file
    target.compute_reading(readings[2])
    target.compute_reading(readings[3])
    target.close()
    lines = path.read_text().splitlines()
    assert len(lines) == 4
    assert len(lines[1]) == 10
    assert [json.loads(lines[n])["received"] for n in (0, 2, 3)] == [
        readings[n].received.isoformat() for n in (0, 2, 3)
    ]
