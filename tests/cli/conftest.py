"""The command line, run as people run it: without Home Assistant."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import sys
from typing import Any

import pytest

from tests.simulator import PRESETS, Line, SimulatedMeter
from tests.simulator.wire import View

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
    folder = tmp_path_factory.mktemp("package")
    (folder / "linky_tic").mkdir()
    for name, target in (
        ("__init__.py", "packaging/linky_tic/__init__.py"),
        ("cli", "custom_components/linky_meter/cli"),
        ("tic", "custom_components/linky_meter/tic"),
    ):
        (folder / "linky_tic" / name).symlink_to(ROOT / target)
    return folder


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
            "-X",
            "dev",
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
