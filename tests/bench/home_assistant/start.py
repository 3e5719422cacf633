"""From set-up to the first values, on a port that already streams: `-m tests.bench.start`.

A Home Assistant in a process of its own sets the entry up again and again, at moments
spread over the frame. What a modem hears of the frame under way has no beginning, so
one frame period is lost at most, and the next frame takes another.
"""

from __future__ import annotations

import argparse
import asyncio
from itertools import pairwise
import logging
from statistics import median
from time import monotonic

from scripts.instance.client import Json
from tests.bench.report import Spread, Target

from .instance import Instance, instance
from .latency import POWER

TARGET = Target(2)
"""Frame periods."""


class FirstValue:
    """Waits for the power to be shown."""

    def __init__(self) -> None:
        """Wait for nothing yet."""
        self.shown: asyncio.Future[float] | None = None

    def listen(self, event: Json, arrived: float) -> None:
        """Take what `subscribe_entities` gives."""
        for kind in ("a", "c"):
            change = event.get(kind, {}).get(POWER, {})
            state = str(change.get("+", change).get("s", ""))
            if state.isdigit() and self.shown is not None and not self.shown.done():
                self.shown.set_result(arrived)


async def once(found: Instance, first: FirstValue, wait: float) -> float:
    """Set the entry up so long after the end of a frame; return the seconds it took."""
    await found.enable(on=False)
    await asyncio.sleep(1)
    frames = found.meter.marker.frames
    number = len(frames)
    while len(frames) == number:
        await asyncio.sleep(0.001)
    await asyncio.sleep(wait)
    first.shown = asyncio.get_running_loop().create_future()
    began = monotonic()
    await found.enable(on=True)
    async with asyncio.timeout(20):
        return await first.shown - began


async def measure(starts: int) -> None:
    """Measure and print."""
    async with instance() as found:
        await asyncio.sleep(10)
        frames = found.meter.marker.frames
        period = median(b.ended - a.ended for a, b in pairwise(frames[-6:]))
        first = FirstValue()
        await found.client.subscribe(first.listen, "subscribe_entities")
        took = [
            await once(found, first, period * number / starts)
            for number in range(starts)
        ]
    spread = Spread.of([one / period for one in took])
    print(
        f"{starts} starts, from the click to the first value in a browser, in frame "
        f"periods of {period:.2f} s: median {spread.median:.2f}, worst "
        f"{spread.worst:.2f}; {TARGET.verdict(spread.worst)}\n"
        f"by the moment of the start: {', '.join(f'{one / period:.2f}' for one in took)}",
        flush=True,
    )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench start")
    parser.add_argument("--starts", type=int, default=10)
    logging.disable(logging.WARNING)
    asyncio.run(measure(parser.parse_args().starts))


if __name__ == "__main__":
    main()
