"""Server, client and broker are killed and started again, in every order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import permutations
import os
from pathlib import Path
import sys

import pytest

from scripts.instance.folder import free_port
from tests.mosquitto import Mosquitto, listening
from tests.programs import Server
from tests.simulator import PRESETS, PtyMeter

pytestmark = pytest.mark.usefixtures("socket_enabled")

NAMES = ("server", "client", "broker")


class Program:
    """One of the command line's programs."""

    def __init__(self, package: Path, command: str, config: Path) -> None:
        """Prepare it."""
        self._command = (sys.executable, "-m", "linky_tic.cli", command)
        self._config, self._package = config, package
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; nothing is waited for."""
        self.process = await asyncio.create_subprocess_exec(
            *self._command,
            *("--config", str(self._config)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(self._package)},
        )

    async def kill(self) -> None:
        """Kill it: nothing of it can say goodbye."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            await process.wait()

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended by itself."""
        return self.process is not None and self.process.returncode is None


@asynccontextmanager
async def chain(
    folder: Path, package: Path
) -> AsyncIterator[tuple[Mapping[str, Program | Server], int]]:
    """Give a meter that is shared, read from there and told to a broker."""
    port = free_port()
    broker = Mosquitto(folder / "broker")
    async with AsyncExitStack() as stack:
        meter = await stack.enter_async_context(
            PtyMeter(PRESETS["standard_hc"], speed=20)
        )
        server, client = folder / "serve.toml", folder / "run.toml"
        server.write_text(
            f'source = "{meter.path}"\nbaudrate = 9600\n[serve]\nport = {port}\n'
        )
        client.write_text(
            f'source = "ws://127.0.0.1:{port}"\ncallbacks = ["mqtt"]\n'
            f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\nraw = true\n'
        )
        programs: dict[str, Program | Server] = {
            "server": Program(package, "serve", server),
            "client": Program(package, "run", client),
            "broker": broker,
        }
        for one in programs.values():
            stack.push_async_callback(one.kill)
            await one.start()
        yield programs, broker.port


async def flows(port: int) -> None:
    """Wait until the meter is read, and frame after frame reaches the broker."""
    async with listening(port) as ear:
        await ear.until(
            lambda: (
                ear.ending("/status")[-1:] == ["online"]
                and ear.ending("/meter")[-1:] == ["online"]
                and len(ear.ending("/raw")) > 1
            )
        )


async def test_every_order(tmp_path: Path, package: Path) -> None:
    """Two are killed and started, in each order; the third goes on. At last all three."""
    async with asyncio.timeout(110), chain(tmp_path, package) as (programs, port):
        await flows(port)
        for *pair, third in permutations(NAMES):
            for name in pair:
                await programs[name].kill()
            for name in pair:
                await programs[name].start()
            await flows(port)
            # It was not started again, and the others did not give up either
            assert programs[third].runs
            assert all(one.runs for one in programs.values())
        for name in NAMES:
            await programs[name].kill()
        for name in reversed(NAMES):
            await programs[name].start()
        await flows(port)
