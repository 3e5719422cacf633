"""Decoding must cost next to nothing: a frame comes every second, for years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading

from .feeds import TYPES, ready, split_and_sum, successive_frames

CHUNK = 32
"""Bytes that an adapter hands over at once."""
FRAMES = 200


def check(frames: list[Frame]) -> None:
    """Expect one whole frame."""
    (frame,) = frames
    assert frame.complete
    assert not frame.damaged


def over[T, R](things: list[T], take: Callable[[T], R]) -> Callable[[], R]:
    """Return a function that takes one thing after the other, again and again."""
    turn = cycle(things)
    return lambda: take(next(turn))


@pytest.fixture(params=TYPES)
def frames(request: pytest.FixtureRequest) -> list[bytes]:
    """Return successive frames of each type."""
    return successive_frames(request.param, FRAMES)


def test_successive_frames(benchmark: BenchmarkFixture, frames: list[bytes]) -> None:
    """As it runs: most groups are those of the frame before."""
    benchmark.extra_info["bytes"] = len(frames[0])
    check(benchmark(over(frames, ready(frames).feed)))


def test_in_chunks(benchmark: BenchmarkFixture, frames: list[bytes]) -> None:
    """As it comes from an adapter."""
    decoder = ready(frames)
    pieces = [
        [frame[at : at + CHUNK] for at in range(0, len(frame), CHUNK)]
        for frame in frames
    ]

    def decode(chunks: list[bytes]) -> list[Frame]:
        return [frame for chunk in chunks for frame in decoder.feed(chunk)]

    check(benchmark(over(pieces, decode)))


def test_split_and_sum(benchmark: BenchmarkFixture, frames: list[bytes]) -> None:
    """The least that anybody can do with a frame."""
    values = benchmark(over(frames, split_and_sum))
    (frame,) = ready(frames).feed(frames[0])
    assert values.keys() == frame.by_label.keys()


def test_every_group_is_new(benchmark: BenchmarkFixture) -> None:
    """The worst case: nothing is known from before."""
    frames = successive_frames("standard_three", FRAMES)
    decoder = ready(frames)

    def decode(frame: bytes) -> list[Frame]:
        decoder._seen = {}
        return decoder.feed(frame)

    check(benchmark(over(frames, decode)))


def test_without_parity(benchmark: BenchmarkFixture) -> None:
    """A 7-bit source."""
    frames = successive_frames("standard_three", FRAMES, "7bit")
    check(benchmark(over(frames, ready(frames).feed)))


@pytest.mark.parametrize("kind", TYPES)
def test_meter(benchmark: BenchmarkFixture, kind: str) -> None:
    """From a frame to a reading: every check, and what follows from the values."""
    data = successive_frames(kind, FRAMES)
    decoder = ready(data)
    frames = [frame for one in data for frame in decoder.feed(one)]
    now = datetime.now(UTC)
    meter, turn = Meter(frames[0].address), 0

    def accept() -> MeterReading | None:
        nonlocal meter, turn
        if turn % len(frames) == 0:
            # The indexes fall back here
            meter = Meter(frames[0].address)
        turn += 1
        return meter.process(frames[turn % len(frames)], at=1.4 * turn, received=now)

    for _ in range(20):
        accept()
    reading = benchmark(accept)
    assert reading is not None
    assert reading["apparent_power"] is not None
