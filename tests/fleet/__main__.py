"""Read many meters on this machine: ``scripts/bench fleet``.

Database, broker and a tenth of the programs are restarted meanwhile. In the end every
frame that was read must be in the database.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from statistics import mean
import sys
import tempfile
import time

from .fleet import Fleet, fleet, memory, processor


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench fleet")
    parser.add_argument("--meters", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=120, help="that are measured")
    parser.add_argument("--away", type=float, default=20, help="s without database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(bench(Path(folder), options))


async def bench(folder: Path, options: argparse.Namespace) -> int:
    """Run it, print what came of it, return whether that is right."""
    async with fleet(folder, options.meters, speed=1.0) as all_of:
        places = await all_of.all_online()
        await all_of.all_read(10)
        await measure(all_of, options.seconds)
        await all_of.server.stop()
        await all_of.broker.stop()
        await asyncio.sleep(options.away)
        await all_of.broker.start()
        await all_of.server.start()
        again = all_of.homes[:: 10 if options.meters >= 10 else 1]
        for home in again:
            await all_of.stop(home)
            await all_of.start(home)
        same = await all_of.all_online() == places
        for home in all_of.homes:
            await all_of.stop(home)
        frames = sum(len(home.frames()) for home in all_of.homes)
        lost = await all_of.lost()
    print(f"{frames} frames, {len(again)} programs, database and broker restarted")
    print(f"frames that are not in the database: {lost or 'none'}")
    print(f"each meter is online in its own place: {same}")
    return 0 if same and not lost else 1


async def measure(all_of: Fleet, seconds: float) -> None:
    """Print what each meter costs."""
    pids = [home.process.pid for home in all_of.homes if home.process]
    others = {"InfluxDB": all_of.server._process, "mosquitto": all_of.broker._process}
    servers = {name: one.pid for name, one in others.items() if one is not None}
    began = time.monotonic()
    before = {pid: processor(pid) for pid in [*pids, *servers.values()]}
    await asyncio.sleep(seconds)
    passed = time.monotonic() - began
    shares = {pid: (processor(pid) - was) / passed for pid, was in before.items()}
    sizes = [memory(pid) for pid in pids]
    print(
        f"a meter: {mean(shares[pid] for pid in pids):.2%} of a core,"
        f" {mean(rss for rss, _ in sizes) / 1000:.1f} MB resident,"
        f" {mean(pss for _, pss in sizes) / 1000:.1f} MB of its own"
    )
    for name, pid in servers.items():
        rss, _ = memory(pid)
        print(f"{name}: {shares[pid]:.2%} of a core, {rss / 1000:.0f} MB resident")


if __name__ == "__main__":
    sys.exit(main())
