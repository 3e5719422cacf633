"""Decoding must cost next to nothing: a frame comes every second, for years."""

from itertools import cycle

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from custom_components.linky_meter.tic.codec import Decoder, Parity
from custom_components.linky_meter.tic.frame import Frame
from tests.simulator import MeterConfig, SimulatedMeter
from tests.simulator.wire import View, with_parity

LENGTH = 1214
"""Bytes of a usual three-phase frame in standard mode, 53 groups."""


def successive_frames(view: View, number: int = 200) -> list[bytes]:
    """Return what a meter sends in some minutes."""
    meter = SimulatedMeter(MeterConfig(phases=3, contract="hc", kva=18, seed=31))
    frames = []
    for _ in range(number):
        frames.append(meter.frame())
        meter.advance(1.4)
    assert {len(frame) for frame in frames} == {LENGTH}
    return [with_parity(frame) if view == "8bit" else frame for frame in frames]


def ready(frames: list[bytes]) -> Decoder:
    """Return a decoder that knows what bit 7 of the stream carries."""
    decoder = Decoder()
    for frame in frames[:3]:
        decoder.feed(frame)
    assert decoder.parity is not Parity.UNKNOWN
    return decoder


@pytest.mark.parametrize("view", ["8bit", "7bit"])
def test_successive_frames(benchmark: BenchmarkFixture, view: View) -> None:
    """As it runs: most groups are those of the frame before."""
    frames = successive_frames(view)
    decoder = ready(frames)
    turn = cycle(frames)
    result = benchmark(lambda: decoder.feed(next(turn)))
    check(result)


@pytest.mark.parametrize("view", ["8bit", "7bit"])
def test_every_group_is_new(benchmark: BenchmarkFixture, view: View) -> None:
    """The worst case: nothing is known from before."""
    frames = successive_frames(view)
    decoder = ready(frames)
    turn = cycle(frames)

    def decode() -> list[Frame]:
        decoder._seen = {}
        return decoder.feed(next(turn))

    check(benchmark(decode))


def check(frames: list[Frame]) -> None:
    """Expect one whole frame."""
    (frame,) = frames
    assert len(frame.groups) == 53
    assert frame.complete
    assert not frame.damaged
