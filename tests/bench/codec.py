"""What decoding a frame costs: `python -m tests.bench.codec`.

Microseconds, bytes a second and allocation, for the five types of frame, next to the
simplest parser that is right.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
import gc
from statistics import median
import sys
from time import thread_time
import tracemalloc

from .feeds import ready, split_and_sum, successive_frames
from .report import Target, table

KINDS = {
    "historic_single": "historic, single-phase",
    "historic_three": "historic, three-phase",
    "standard_single": "standard, single-phase",
    "standard_three": "standard, three-phase",
    "producer": "standard, producer",
}
CHUNK = 32
"""Bytes that an adapter hands over at once."""
WHOLE, CHUNKS = Target(60), Target(80)
"""Microseconds, for a standard three-phase frame."""
JUDGED = "standard_three"
HEAD = (
    "frame",
    "bytes",
    "whole, µs",
    "32-byte chunks, µs",
    "split and sum, µs",
    "whole against split",
    "whole, MB/s",
    "chunks, MB/s",
    "allocated, kB: peak, kept",
    "objects kept",
    "split and sum: kB, objects",
)

type Take = Callable[[bytes], object]


def pieces(frame: bytes) -> list[bytes]:
    """Return a frame as an adapter hands it over."""
    return [frame[at : at + CHUNK] for at in range(0, len(frame), CHUNK)]


def taking(frames: list[bytes]) -> tuple[Take, Take, Take]:
    """Return what takes a frame whole, what takes it in chunks, and the simple parser."""
    whole, chunked = ready(frames), ready(frames)
    return (
        whole.feed,
        lambda frame: [chunked.feed(one) for one in pieces(frame)],
        (split_and_sum),
    )


def microseconds(
    frames: list[bytes], takes: Sequence[Take], rounds: int
) -> list[float]:
    """Return for each the median of rounds of all frames, for one frame.

    They take turns, so that whatever else the machine does meets all of them.
    """
    found: list[list[float]] = [[] for _ in takes]
    for _ in range(rounds):
        for take, times in zip(takes, found, strict=True):
            began = thread_time()
            for frame in frames:
                take(frame)
            times.append(1e6 * (thread_time() - began) / len(frames))
    return [median(times) for times in found]


def allocation(frames: list[bytes], take: Take) -> tuple[float, float, float]:
    """Return kB allocated at the peak, kB and objects of the result, for one frame."""
    peaks: list[int] = []
    kept: list[int] = []
    blocks: list[int] = []
    result: object = None
    gc.collect()
    gc.disable()
    try:
        for frame in frames:
            before = sys.getallocatedblocks()
            result = take(frame)
            after = sys.getallocatedblocks()
            blocks.append(after - before)
            result = None
        tracemalloc.start()
        for frame in frames:
            held = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            result = take(frame)
            now, peak = tracemalloc.get_traced_memory()
            peaks.append(peak - held)
            kept.append(now - held)
            result = None
    finally:
        tracemalloc.stop()
        gc.enable()
    assert result is None
    return median(peaks) / 1000, median(kept) / 1000, median(blocks)


def measure(kind: str, number: int, rounds: int) -> tuple[list[str], float, float]:
    """Return a line of the table, and the two figures that have a target."""
    frames = successive_frames(kind, number)
    size = sum(map(len, frames)) / len(frames)
    whole, chunked, split = taking(frames)
    times = microseconds(frames, (whole, chunked, split), rounds)
    peak, kept, blocks = allocation(frames, whole)
    split_peak, _, split_blocks = allocation(frames, split)
    line = [
        KINDS[kind],
        f"{size:.0f}",
        *(f"{time:.0f}" for time in times),
        f"{times[2] / times[0]:.1f} times less",
        *(f"{size / time:.0f}" for time in times[:2]),
        f"{peak:.1f}, {kept:.1f}",
        f"{blocks:.0f}",
        f"{split_peak:.1f}, {split_blocks:.0f}",
    ]
    return line, times[0], times[1]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench codec")
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    found = {kind: measure(kind, options.frames, options.rounds) for kind in KINDS}
    print(table(HEAD, [line for line, _, _ in found.values()]))
    _, whole, chunks = found[JUDGED]
    print(
        f"\n{KINDS[JUDGED]}: whole {WHOLE.verdict(whole)}; in chunks "
        f"{CHUNKS.verdict(chunks)}",
        flush=True,
    )


if __name__ == "__main__":
    main()
