"""Meters, each with a ``linky-tic run`` of its own, one database and one broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
import json
import os
from pathlib import Path
import signal
import sys

from tests.influx_server import InfluxServer
from tests.mosquitto import Mosquitto, listening
from tests.repository.package import make_package
from tests.simulator import PRESETS, PtyMeter

# A hundred programs that start at once take their time
_SECONDS = 600.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Home:
    """A meter and its program."""

    name: str
    folder: Path
    process: asyncio.subprocess.Process | None = None

    def frames(self) -> list[str]:
        """Return what was read, a line for each frame."""
        path = self.folder / "frames.jsonl"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@dataclass
class Fleet:
    """All of it, while it runs."""

    server: InfluxServer
    broker: Mosquitto
    homes: list[Home] = field(default_factory=list)
    package: Path = Path()

    async def start(self, home: Home) -> None:
        """Start a program."""
        home.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "linky_tic.cli", "run"),
            *("--config", str(home.folder / "linky-tic.toml")),
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(self.package), "LANG": "C.UTF-8"},
        )

    async def stop(self, home: Home) -> None:
        """Stop it as a system does, and wait until it ended."""
        process, home.process = home.process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(_SECONDS):
                await process.wait()
            assert process.returncode == 0

    async def all_online(self) -> set[str]:
        """Wait until each meter has a place of its own at the broker; return these."""
        async with listening(self.broker.port, "linky/+/status") as ear:
            async with asyncio.timeout(_SECONDS):
                while list(ear.last.values()).count("online") < len(self.homes):
                    await asyncio.sleep(0.1)
            return set(ear.last)

    async def all_read(self, frames: int) -> None:
        """Wait until each meter was read so often."""
        async with asyncio.timeout(_SECONDS):
            while any(len(home.frames()) < frames for home in self.homes):
                await asyncio.sleep(0.2)

    async def lost(self) -> dict[str, tuple[int, int]]:
        """Return frames and points of each meter of which they are not the same."""
        rows = await self.server.query(
            'SELECT count("apparent_power") FROM linky_power GROUP BY meter', "linky"
        )
        points = {row["meter"]: int(row["count"]) for row in rows}
        told = {
            home.name: (len(home.frames()), points.get(home.name, 0))
            for home in self.homes
        }
        return {name: pair for name, pair in told.items() if pair[0] != pair[1]}


@asynccontextmanager
async def fleet(folder: Path, meters: int, speed: float) -> AsyncIterator[Fleet]:
    """Start so many meters and their programs; all are stopped at the end."""
    async with AsyncExitStack() as stack:
        found = Fleet(
            await stack.enter_async_context(InfluxServer(folder / "influxdb")),
            await stack.enter_async_context(Mosquitto(folder / "mosquitto")),
        )
        (folder / "package").mkdir()
        found.package = make_package(folder / "package")
        for number in range(1, meters + 1):
            config = replace(
                PRESETS["standard_hc"], address=f"042164{number:06}", load=None
            )
            meter = await stack.enter_async_context(PtyMeter(config, speed=speed))
            home = Home(f"home-{number}", folder / f"home-{number}")
            home.folder.mkdir()
            (home.folder / "linky-tic.toml").write_text(
                _toml(home.name, meter.path, found), encoding="utf-8"
            )
            found.homes.append(home)
            stack.push_async_callback(found.stop, home)
            await found.start(home)
        yield found


def _toml(name: str, port: str, fleet: Fleet) -> str:
    return f"""
source = "{port}"
baudrate = 9600
name = "{name}"
callbacks = ["influxdb", "mqtt", "jsonl"]
state = "state.json"

[influxdb]
host = "127.0.0.1"
port = {fleet.server.port}

[mqtt]
host = "127.0.0.1"
port = {fleet.broker.port}

[jsonl]
file = "frames.jsonl"
"""


def processor(pid: int) -> float:
    """Return the processor time that a process took so far, s."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory(pid: int) -> tuple[int, int]:
    """Return resident memory, and what of it is not shared with others, kB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    rows = {line.split()[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
    return rows["Rss:"], rows["Pss:"]


def last_energy(home: Home) -> int:
    """Return the last register that was read, Wh."""
    found = json.loads(home.frames()[-1])["reading"]["energy_import"]
    assert isinstance(found, int)
    return found
