"""Share a simulated meter with many programs: `python -m tests.bench.sharing.serve`.

Each frame must reach every client that reads, soon after its end and at about the same
time, while some never read; the server must not grow.
"""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AsyncExitStack
import os
from pathlib import Path
import re
import signal
from statistics import median
import sys
import tempfile
from typing import NamedTuple

from scripts.instance.folder import free_port
from tests.repository.package import make_package
from tests.sharing.deaf import deaf
from tests.simulator import PRESETS, PtyMeter
from tests.standalone.__main__ import watch

# Growth of the resident memory that is still flat, in kB
FLAT = 4_000


class Arrived(NamedTuple):
    """To how many clients a frame came, and when; by the kernel and by the clients."""

    clients: int
    first: float
    last: float
    first_seen: float
    last_seen: float


_DATE = re.compile(r"DATE\W+(?:\\t)?([EHeh]\d{12})")
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench serve")
    parser.add_argument("--minutes", type=float, default=60, help="of the meter")
    parser.add_argument("--speed", type=float, default=20)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--deaf", type=int, default=2, help="that never read")
    parser.add_argument(
        "--relay", action="store_true", help="a bare relay in place of the server"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(bench(Path(folder), options))


async def bench(folder: Path, options: argparse.Namespace) -> int:
    """Run it, print what came of it, return whether that is right."""
    ended: dict[str, float] = {}
    arrived: dict[str, Arrived] = {}
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
                check_speed=not options.relay,
                on_frame=lambda frame: note(frame.data, frame.finished),
            )
        )
        begin = start_relay if options.relay else start
        process = await begin(folder, meter.path, port)
        listeners = await listen(port, options.clients)
        reading = asyncio.create_task(read(listeners, arrived))
        peers = [await deaf(port) for _ in range(options.deaf)]
        watching = asyncio.create_task(watch(process.pid, memory))
        await asyncio.sleep(options.minutes * 60 / options.speed)
        processor = _processor(process.pid)
        for task in (watching, reading):
            task.cancel()
        await asyncio.wait([watching, reading])
        for program in (listeners, process):
            program.send_signal(signal.SIGTERM)
            await program.communicate()
        for peer in peers:
            peer.close()
    return report(options, ended, arrived, memory, processor)


def report(
    options: argparse.Namespace,
    ended: dict[str, float],
    arrived: dict[str, Arrived],
    memory: list[int],
    processor: float,
) -> int:
    """Print the figures; return whether they are right."""
    # The first frames come while clients connect, the last while they leave
    whole = [
        (ended[date], came)
        for date, came in list(arrived.items())[3:-3]
        if date in ended and ended[date] < came.first
    ]
    missed = sum(options.clients - came.clients for _, came in whole)
    first = [came.first - end for end, came in whole]
    last = [came.last - end for end, came in whole]
    spread = [came.last - came.first for _, came in whole]
    seen = [came.last_seen - end for end, came in whole]
    steady = memory[len(memory) // 6 :]
    growth = max(steady[len(steady) // 2 :]) - max(steady[: len(steady) // 2])
    print(f"{len(whole)} frames to {options.clients} clients, {missed} missed")
    for name, times in (
        ("from the end to the first client", first),
        ("from the end to the last client", last),
        ("spread", spread),
        ("from the end until the last client ran", seen),
    ):
        ordered = sorted(1000 * seconds for seconds in times)
        print(
            f"{name}: median {median(ordered):.1f} ms,"
            f" 99 % {ordered[len(ordered) * 99 // 100]:.1f} ms,"
            f" longest {ordered[-1]:.1f} ms"
        )
    print(f"memory {steady[0]} kB, greatest {max(steady)} kB, grew by {growth} kB")
    seconds = options.minutes * 60 / options.speed
    print(f"{100 * processor / seconds:.1f} % of a core at {options.speed:.0f}x")
    # What a busy machine adds is not the server's; the relay tells how much that is
    quick = 1000 * median(last) < 5 and 1000 * median(spread) < 20
    good = not missed and quick and growth < FLAT
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


async def start_relay(_: Path, source: str, port: int) -> asyncio.subprocess.Process:
    """Start the relay in place of the command."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.sharing.relay", source, str(port)),
        stderr=asyncio.subprocess.PIPE,
    )


async def listen(port: int, clients: int) -> asyncio.subprocess.Process:
    """Start the clients as soon as the server listens."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
    return await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "tests.bench.sharing.listeners",
            str(port),
            str(clients),
        ),
        stdout=asyncio.subprocess.PIPE,
    )


async def read(
    listeners: asyncio.subprocess.Process, arrived: dict[str, Arrived]
) -> None:
    """Take what the clients note."""
    assert listeners.stdout is not None
    async for line in listeners.stdout:
        date, clients, *times = line.decode().split()
        arrived[date] = Arrived(int(clients), *map(float, times))


def _processor(process: int) -> float:
    """Return the seconds of processor that a process took."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").split()
    return (int(fields[13]) + int(fields[14])) / _TICKS


if __name__ == "__main__":
    sys.exit(main())
