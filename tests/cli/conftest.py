"""The command line, run as people run it: without Home Assistant."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
import logging
import os
from pathlib import Path
import re
import signal
import sys
from typing import Any

import pytest

from tests.repository.package import make_package
from tests.simulator import PRESETS, Line, SimulatedMeter
from tests.simulator.frames.wire import View

ROOT = Path(__file__).parents[2]
ADDRESS = "042164123456"
PRM = "12345678901234"


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


type Run = Callable[..., Coroutine[Any, Any, Result]]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak English unless a test says otherwise."""
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the package as the wheel has it."""
    return make_package(tmp_path_factory.mktemp("package"))


class Command:
    """A command that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Hold its process."""
        self.process = process

    @property
    def code(self) -> int | None:
        """How it ended."""
        return self.process.returncode

    async def line(self) -> bytes:
        """Return its next line of output."""
        assert self.process.stdout is not None
        return await self.process.stdout.readline()

    async def interrupt(self) -> tuple[bytes, bytes]:
        """Press Ctrl-C; return the rest of its output and its errors."""
        self.process.send_signal(signal.SIGINT)
        return await self.process.communicate()


@dataclass(frozen=True)
class Starter:
    """Starts commands."""

    package: Path

    @asynccontextmanager
    async def __call__(
        self, *arguments: str, stdin: Any = asyncio.subprocess.DEVNULL, **env: str
    ) -> AsyncIterator[Command]:
        """Start a command; it is stopped at the end if it still runs."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # As "-X dev" does, without its words about a machine that is slow
            *("-W", "default", "-X", "faulthandler"),
            "-m",
            "linky_tic.cli",
            *arguments,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(self.package), **env},
        )
        try:
            yield Command(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.fixture
def start(package: Path) -> Starter:
    """Start commands as their own process."""
    return Starter(package)


@pytest.fixture
def run(start: Starter) -> Run:
    """Run commands to their end as their own process."""

    async def run(*arguments: str, stdin: bytes | None = None, **env: str) -> Result:
        async with (
            asyncio.timeout(60),
            start(*arguments, stdin=asyncio.subprocess.PIPE, **env) as command,
        ):
            out, err = await command.process.communicate(stdin)
            assert command.code is not None
            return Result(command.code, out.decode(), err.decode())

    return run


def sent(preset: str, frames: int, view: View = "8bit", **faults: float) -> bytes:
    """Return what a meter sends in some frames, as a port gives it."""
    line = Line(SimulatedMeter(PRESETS[preset]), view=view)
    for name, share in faults.items():
        setattr(line.faults, name, share)
    return b"".join(line.send().data for _ in range(frames))


@pytest.fixture
def capture(tmp_path: Path) -> Callable[..., Path]:
    """Write what a meter sends to a file."""

    def write(preset: str, frames: int = 3, **options: Any) -> Path:
        path = tmp_path / f"{preset}.raw"
        path.write_bytes(sent(preset, frames, **options))
        return path

    return write


@pytest.fixture
def fences() -> Callable[[Path, str], list[str]]:
    """Return a function that gives the blocks of a language on a page."""

    def find(page: Path, language: str) -> list[str]:
        text = page.read_text(encoding="utf-8")
        pattern = rf"^```{language}\n(.*?)^```$"
        return re.findall(pattern, text, re.MULTILINE | re.DOTALL)

    return find


class Heard:
    """What ``linky-tic run`` logged."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        """Hear what is said from now on."""
        self._caplog = caplog

    @property
    def records(self) -> list[logging.LogRecord]:
        """Our own lines."""
        return [
            record
            for record in self._caplog.records
            if record.name.startswith("custom_components.linky_meter.linky_tic.cli")
        ]

    @property
    def messages(self) -> list[str]:
        """What they say."""
        return [record.getMessage() for record in self.records]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.messages)

    def clear(self) -> None:
        """Forget it."""
        self._caplog.clear()


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Heard:
    """Hear what is logged."""
    caplog.set_level(logging.INFO, "custom_components.linky_meter")
    return Heard(caplog)
