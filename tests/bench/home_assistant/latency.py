"""From the line to a browser at real speed: `python -m tests.bench.home_assistant.latency`.

A Home Assistant in a process of its own reads a three-phase standard meter from a
pseudo-terminal. Times begin when a byte is written there, and end when a WebSocket
client that follows all states has the new one.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import cycle
import logging
from math import inf

from scripts.instance.client import Json
from tests.bench.report import Spread, Target

from .instance import Instance, instance
from .marked import Marks

POWER = "sensor.linky_apparent_power"
LOADS = cycle((600.0, 1500.0, 900.0, 2400.0, 1200.0, 3000.0))
"""Each a step from the one before."""
AFTERWARDS = 2.0
"""Times the speed of the line, when only the ends of frames are looked at."""
MEDIAN, MOST = Target(10), Target(25)
"""Milliseconds, of all and of 99 in 100."""


@dataclass
class Arrivals:
    """What reached the client, and when."""

    power: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    """Of other entities of the meter."""

    def listen(self, event: Json, arrived: float) -> None:
        """Take what `subscribe_entities` gives."""
        for entity in event.get("c", ()):
            if entity == POWER:
                self.power.append(arrived)
            elif ".linky_" in entity:
                self.others.append(arrived)


def delays(
    times: Iterable[float], begins: list[float], ends: list[float]
) -> list[float]:
    """Return the milliseconds from each begin to the first arrival before its end."""
    found = []
    arrivals = iter(sorted(times))
    arrival = next(arrivals, inf)
    for begin, end in zip(begins, ends, strict=True):
        while arrival < begin:
            arrival = next(arrivals, inf)
        if arrival < end:
            found.append(1000 * (arrival - begin))
    return found


def after_measurement(arrivals: Arrivals, frames: list[Marks]) -> list[float]:
    """Return how soon the power was there, where it was before the frame ended."""
    return delays(
        arrivals.power,
        [mark.measured for mark in frames],
        [mark.ended for mark in frames],
    )


def after_frame(arrivals: Arrivals, frames: list[Marks]) -> list[float]:
    """Return how soon the first state was there that only the whole frame shows."""
    return delays(
        arrivals.others,
        [mark.ended for mark in frames[:-1]],
        [mark.measured for mark in frames[1:]],
    )


async def listen(found: Instance, frames: int) -> list[Marks]:
    """Listen to so many frames and one more; the first still have the old load."""
    marks = found.meter.marker.frames
    first = len(marks) + 3
    while len(marks) < first + frames + 1:
        await asyncio.sleep(0.5)
    return marks[first : first + frames + 1]


async def measure(frames: int) -> None:
    """Measure and print."""
    async with instance() as found:
        arrivals, meter = Arrivals(), found.meter.meter
        await asyncio.sleep(10)
        await found.client.subscribe(arrivals.listen, "subscribe_entities")
        found.meter.on_frame = lambda _: meter.set_load((next(LOADS), 500.0, 500.0))
        heard = (await listen(found, frames))[:-1]
        spread = Spread.of(after_measurement(arrivals, heard))
        lead = Spread.of([1000 * (mark.ended - mark.measured) for mark in heard])
        print(
            f"balanced: {spread.number} of {len(heard)} steps shown in their frame, "
            f"which goes on for {lead.median:.0f} ms\n"
            f"after the last measurement: {spread.line('ms')}; median "
            f"{MEDIAN.verdict(spread.median)}; 99 % {MOST.verdict(spread.most)}",
            flush=True,
        )
        # Balanced, few values need the whole frame
        await found.publish("every_frame")
        found.meter.speed = AFTERWARDS
        spread = Spread.of(after_frame(arrivals, await listen(found, frames)))
        print(
            "every frame: from its last byte to the first state that only the whole "
            f"frame shows: {spread.line('ms')}; median {MEDIAN.verdict(spread.median)};"
            f" 99 % {MOST.verdict(spread.most)}",
            flush=True,
        )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench latency")
    parser.add_argument("--frames", type=int, default=300)
    logging.disable(logging.WARNING)
    asyncio.run(measure(parser.parse_args().frames))


if __name__ == "__main__":
    main()
