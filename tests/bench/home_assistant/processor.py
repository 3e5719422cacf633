"""What a frame costs a whole Home Assistant: `python -m tests.bench.home_assistant.processor`.

A process of its own reads a three-phase standard meter at real speed, balanced. Its
processor time, all threads and the recorder's included, is compared with its own time
while the entry is disabled. Both take turns, because an idle Home Assistant calms down.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from datetime import datetime
import logging
from statistics import median
from time import monotonic
from typing import Any

from tests.bench.report import Target
from tests.simulator.clock import PARIS
from tests.simulator.link import server

from .instance import Instance, instance

TARGET = Target(2.3)
"""Milliseconds a frame."""
SETTLE = 12.0
"""Seconds after the entry was set up or unloaded; the recorder commits in between."""
TURNS = 2
IDLE_SECONDS = 40.0
PIECE = 33.0
"""Milliseconds of the line that an adapter hands over at once: 32 bytes."""


@dataclass(frozen=True)
class Stretch:
    """A time without anything else."""

    seconds: float
    processor: float
    frames: int = 0
    rows: int = 0


async def stretch(found: Instance, seconds: float) -> Stretch:
    """Measure for so long."""
    frames, rows = len(found.meter.marker.frames), found.rows
    began, processor = monotonic(), found.processor
    await asyncio.sleep(seconds)
    took, used = monotonic() - began, found.processor - processor
    # What is not committed yet is some seconds' worth, at both ends
    return Stretch(
        took, used, len(found.meter.marker.frames) - frames, found.rows - rows
    )


def above(idle: Stretch, busy: Stretch) -> float:
    """Return the milliseconds a frame that the idle process does not take."""
    rate = idle.processor / idle.seconds
    return 1000 * (busy.processor - rate * busy.seconds) / busy.frames


async def measure(frames: int, hour: int | None, piece: float) -> None:
    """Measure and print."""
    changes: dict[str, Any] = {}
    if hour is not None:
        # Not the true time: only the meter's own clock shows it
        changes["start"] = datetime(2026, 1, 13, hour, 15, tzinfo=PARIS)
    async with instance(**changes) as found:
        # Each piece wakes Home Assistant up
        server.GRAIN = piece / 1000
        await asyncio.sleep(SETTLE)
        entities = len(await found.entities())
        idles: list[Stretch] = []
        busies: list[Stretch] = []
        seconds = 1.45 * frames / TURNS
        for _ in range(TURNS):
            await found.enable(on=False)
            await asyncio.sleep(SETTLE)
            idles.append(await stretch(found, IDLE_SECONDS))
            await found.enable(on=True)
            await asyncio.sleep(SETTLE)
            busies.append(await stretch(found, seconds))
        changed = 0

        def count(event: dict[str, dict[str, object]], _: float) -> None:
            nonlocal changed
            changed += sum("linky_" in entity for entity in event.get("c", ()))

        await found.client.subscribe(count, "subscribe_entities")
        watched = await stretch(found, seconds / 2)
    idle = Stretch(sum(s.seconds for s in idles), sum(s.processor for s in idles))
    each = [above(*pair) for pair in zip(idles, busies, strict=True)]
    total, rows = sum(s.frames for s in busies), sum(s.rows for s in busies)
    value = median(each)
    print(
        f"idle: {1000 * idle.processor / idle.seconds:.2f} ms of processor time a "
        f"second, {idle.seconds:.0f} s\n"
        f"with the meter, {entities} entities, {total} frames: {value:.2f} ms a frame "
        f"more than idle, {TARGET.verdict(value)} "
        f"(in turn {', '.join(f'{one:.2f}' for one in each)})\n"
        f"pieces of {piece:g} ms; recorder: {rows / total:.2f} rows a frame\n"
        f"and with a browser that follows all states: {above(idle, watched):.2f} ms a "
        f"frame, {changed / watched.frames:.2f} changed states a frame",
        flush=True,
    )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench processor")
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument(
        "--piece", type=float, default=PIECE, help="handed over at once, milliseconds"
    )
    parser.add_argument("--hour", type=int, help="of the meter's day; without: now")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    asyncio.run(measure(options.frames, options.hour, options.piece))


if __name__ == "__main__":
    main()
