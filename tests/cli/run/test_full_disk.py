"""No room on the disk, of ours or of the broker: values go on, and are kept later."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
import resource
import signal
import sys

import pytest

from tests.conftest import until
from tests.mosquitto import Mosquitto, listening
from tests.simulator import PRESETS, PtyMeter

pytestmark = [
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(sys.platform != "linux", reason="prlimit"),
]

# A file may not grow, which nobody needs rights for; the signal would end the program
NO_ROOM = 'trap "" XFSZ; ulimit -S -f 0; exec "$@"'


def make_room(process: asyncio.subprocess.Process) -> None:
    """Let a program's files grow again."""
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))


class FullBroker(Mosquitto):
    """A broker that wants to keep what it is told, and has no room for it."""

    def __init__(self, folder: Path) -> None:
        """Prepare its folder."""
        super().__init__(
            folder,
            persistent=True,
            settings="autosave_interval 1\nautosave_on_changes true",
        )
        self._command = ("sh", "-c", NO_ROOM, "sh", *self._command)


async def test_full_disks(package: Path, tmp_path: Path) -> None:
    """Each is told once; the broker gets all there is meanwhile."""
    async with (
        asyncio.timeout(110),
        FullBroker(tmp_path / "broker") as broker,
        PtyMeter(PRESETS["standard_hc"], speed=20) as meter,
    ):
        config, frames = tmp_path / "linky-tic.toml", tmp_path / "frames"
        config.write_text(
            f"""
source = "{meter.path}"
baudrate = 9600
callbacks = ["mqtt", "jsonl"]
state = "state.json"
[jsonl]
file = "frames"
[mqtt]
host = "127.0.0.1"
port = {broker.port}
raw = true
"""
        )
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", NO_ROOM, "sh", sys.executable, "-m", "linky_tic.cli"),
            *("run", "--config", str(config)),
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(package)},
        )
        try:
            async with listening(broker.port) as ear:
                await ear.until(lambda: len(ear.ending("/raw")) > 5)
                # What came first is with the broker all the same
                assert any(topic.endswith("/energy") for topic in ear.last)
                assert frames.stat().st_size == 0
                make_room(process)
                await until(lambda: frames.stat().st_size > 10_000, 30)
                process.send_signal(signal.SIGTERM)
                _, err = await process.communicate()
                await ear.until(lambda: ear.ending("/status")[-1:] == ["offline"])
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0
    logged = err.decode()
    assert logged.count("What is learned and counted cannot be kept") == 1
    assert logged.count("What is learned and counted is kept again") == 1
    assert logged.count("The callback jsonl failed") == 1
    kept = (tmp_path / "broker").glob("mosquitto.db*")
    assert not any(path.stat().st_size for path in kept)
    assert all(json.loads(line) for line in frames.read_text().splitlines())
    state = json.loads((tmp_path / "state.json").read_text())["linky-tic 1"]
    assert state["address"] == meter.meter.address
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("broker", "frames", "linky-tic.toml", "state.json")
    ]
