"""Share a simulated meter with many programs: `python -m tests.bench.serve`.

Each frame must reach every client that reads, soon after its end and at about the same
time, while some never read; the server must not grow.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
import os
from pathlib import Path
import re
import signal
from statistics import median
import sys
import tempfile
import time

import aiohttp

from scripts.instance.folder import free_port
from tests.repository.package import make_package
from tests.sharing.deaf import SUBSCRIBE, deaf
from tests.simulator import PRESETS, PtyMeter
from tests.standalone.__main__ import watch

# Growth of the resident memory that is still flat, in kB
FLAT = 4_000
_DATE = re.compile(r"DATE\W+(?:\\t)?([EHeh]\d{12})")
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench serve")
    parser.add_argument("--minutes", type=float, default=60, help="of the meter")
    parser.add_argument("--speed", type=float, default=20)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--deaf", type=int, default=2, help="that never read")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(bench(Path(folder), options))


async def bench(folder: Path, options: argparse.Namespace) -> int:
    """Run it, print what came of it, return whether that is right."""
    ended: dict[str, float] = {}
    arrived: defaultdict[str, list[float]] = defaultdict(list)
    memory: list[int] = []
    port = free_port()

    def note(data: bytes, finished: float) -> None:
        text = bytes(byte & 0x7F for byte in data).decode("ascii")
        if (date := _DATE.search(text)) is not None:
            ended[date[1]] = finished

    async with AsyncExitStack() as stack:
        meter = await stack.enter_async_context(
            PtyMeter(
                PRESETS["standard_hc"],
                speed=options.speed,
                on_frame=lambda frame: note(frame.data, frame.finished),
            )
        )
        process = await start(folder, meter.path, port)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        await listening(session, port)
        tasks = [
            asyncio.create_task(listen(session, port, arrived))
            for _ in range(options.clients)
        ]
        peers = [await deaf(port) for _ in range(options.deaf)]
        watching = asyncio.create_task(watch(process.pid, memory))
        await asyncio.sleep(options.minutes * 60 / options.speed)
        processor = _processor(process.pid)
        for task in (watching, *tasks):
            task.cancel()
        await asyncio.wait([watching, *tasks])
        process.send_signal(signal.SIGTERM)
        await process.communicate()
        for peer in peers:
            peer.close()
    return report(options, ended, arrived, memory, processor)


def report(
    options: argparse.Namespace,
    ended: dict[str, float],
    arrived: dict[str, list[float]],
    memory: list[int],
    processor: float,
) -> int:
    """Print the figures; return whether they are right."""
    # The first frames come while clients connect, the last while they leave
    whole = {
        date: times
        for date, times in list(arrived.items())[3:-3]
        if date in ended and ended[date] < min(times)
    }
    missed = sum(options.clients - len(times) for times in whole.values())
    first = sorted(1000 * (min(times) - ended[date]) for date, times in whole.items())
    spread = sorted(1000 * (max(times) - min(times)) for times in whole.values())
    steady = memory[len(memory) // 6 :]
    growth = max(steady[len(steady) // 2 :]) - max(steady[: len(steady) // 2])
    print(f"{len(whole)} frames to {options.clients} clients, {missed} missed")
    for name, times in (("from the end to a client", first), ("spread", spread)):
        print(
            f"{name}: median {median(times):.1f} ms,"
            f" 99 % {times[len(times) * 99 // 100]:.1f} ms, longest {times[-1]:.1f} ms"
        )
    print(f"memory {steady[0]} kB, greatest {max(steady)} kB, grew by {growth} kB")
    seconds = options.minutes * 60 / options.speed
    print(f"{100 * processor / seconds:.1f} % of a core at {options.speed:.0f}x")
    good = not missed and median(first) < 5 and median(spread) < 20 and growth < FLAT
    return 0 if good else 1


async def start(folder: Path, source: str, port: int) -> asyncio.subprocess.Process:
    """Start the command."""
    config = folder / "linky-tic.toml"
    config.write_text(
        f'source = "{source}"\nbaudrate = 9600\n'
        f"[serve]\nport = {port}\nannounce = false\n",
        encoding="utf-8",
    )
    (folder / "package").mkdir()
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "linky_tic.cli", "serve", "--config", str(config)),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(make_package(folder / "package"))},
    )


async def listening(session: aiohttp.ClientSession, port: int) -> None:
    """Wait until the server listens and reads."""
    async with asyncio.timeout(60):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/health") as page:
                    if page.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)


async def listen(
    session: aiohttp.ClientSession, port: int, arrived: dict[str, list[float]]
) -> None:
    """Note when each frame comes."""
    async with session.ws_connect(f"http://127.0.0.1:{port}") as ws:
        await ws.send_json(SUBSCRIBE)
        async for message in ws:
            now = time.monotonic()
            text = str(message.data)
            if (date := _DATE.search(text)) is not None and "OnTICData" in text:
                arrived[date[1]].append(now)


def _processor(process: int) -> float:
    """Return the seconds of processor that a process took."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()
    return (int(fields[13]) + int(fields[14])) / _TICKS


if __name__ == "__main__":
    sys.exit(main())
