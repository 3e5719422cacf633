"""Feed a real InfluxDB for an hour of the meter: `python -m tests.standalone`.

The server is down for a part of it. In the end every complete frame must be in the
database, and the memory of ``linky-tic run`` must not have grown.
"""

import argparse
import asyncio
import json
import os
from pathlib import Path
import signal
import sys
import tempfile
import time

from tests.influx_server import InfluxServer
from tests.repository.package import make_package
from tests.simulator import PRESETS, PtyMeter

# Growth of the resident memory that is still flat, in kB
FLAT = 4_000
_LOOK_SECONDS = 2.0


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench standalone")
    parser.add_argument("--minutes", type=float, default=60, help="of the meter")
    parser.add_argument(
        "--down", type=float, default=10, help="of them, without server"
    )
    parser.add_argument("--speed", type=float, default=20)
    parser.add_argument("--preset", choices=PRESETS, default="standard_hc")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(bench(Path(folder), options))


async def bench(folder: Path, options: argparse.Namespace) -> int:
    """Run it, print what came of it, return whether that is right."""
    seconds = options.minutes * 60 / options.speed
    down = options.down * 60 / options.speed
    memory: list[int] = []
    async with (
        InfluxServer(folder / "influxdb") as server,
        PtyMeter(PRESETS[options.preset], speed=options.speed) as meter,
    ):
        process = await start(folder, meter.path, server.port)
        began = time.monotonic()
        watching = asyncio.create_task(watch(process.pid, memory))
        try:
            await asyncio.sleep((seconds - down) / 3)
            await server.stop()
            await asyncio.sleep(down)
            await server.start()
            await asyncio.sleep(max(seconds - (time.monotonic() - began), 0))
        finally:
            watching.cancel()
            process.send_signal(signal.SIGTERM)
            _, err = await process.communicate()
        written = {
            name: await server.count(field, name)
            for name, field in (
                ("linky_power", "apparent_power"),
                ("linky_index", "energy_import"),
                ("linky_cost", "cost"),
            )
        }
    lines = (folder / "frames.jsonl").read_text(encoding="utf-8").splitlines()
    frames = [json.loads(line)["complete"] for line in lines]
    # The first minute loads modules and learns
    steady = memory[len(memory) // 6 :]
    growth = max(steady[len(steady) // 2 :]) - max(steady[: len(steady) // 2])
    print(err.decode(), end="")
    print(
        f"{len(frames)} complete frames in {seconds:.0f} s, {down:.0f} s without server"
    )
    print(*(f"{count:6} points {name}" for name, count in written.items()), sep="\n")
    print(f"memory {steady[0]} kB, greatest {max(steady)} kB, grew by {growth} kB")
    whole = all(frames) and written["linky_power"] == len(frames)
    good = whole and process.returncode == 0 and growth < FLAT
    print("every frame is in the database" if whole else "frames are missing")
    return 0 if good else 1


async def start(folder: Path, port: str, server: int) -> asyncio.subprocess.Process:
    """Start the command."""
    config = folder / "linky-tic.toml"
    config.write_text(
        f"""
source = "{port}"
baudrate = 9600
callbacks = ["influxdb", "jsonl"]
state = "state.json"

[influxdb]
host = "127.0.0.1"
port = {server}

[jsonl]
file = "frames.jsonl"

[prices]
power = 6
regulated = true
""",
        encoding="utf-8",
    )
    (folder / "package").mkdir()
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "linky_tic.cli", "run", "--config", str(config)),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(make_package(folder / "package"))},
    )


async def watch(process: int, memory: list[int]) -> None:
    """Note the resident memory of a process now and then, kB."""
    while True:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
        (line,) = (row for row in status.splitlines() if row.startswith("VmRSS:"))
        memory.append(int(line.split()[1]))
        await asyncio.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
