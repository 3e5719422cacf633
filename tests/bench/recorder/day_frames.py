"""The frames of a household's day, recorded once and heard by several profiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any, override

from tests.bench.feeds import split_and_sum
from tests.life.clock import Clock
from tests.life.fed import FRAME_GAP, GROUP_GAP, FedMeter
from tests.simulator import PRESETS, SimulatedMeter
from tests.simulator.clock import PARIS
from tests.simulator.frames.wire import BITS_PER_CHARACTER, with_parity

START = datetime(2026, 1, 13, 0, 0, tzinfo=PARIS)
SEED = 3
"""A day with two meals on a hob, an oven, heating, a water heater and a car."""
HOUSES = {"single": "standard_hc", "three": "standard_tempo_three_phase"}


@dataclass(frozen=True, slots=True)
class Said:
    """One frame, when it ended, and the power in it."""

    data: bytes
    seconds: float
    now: datetime
    power: int


def household(preset: str, begin: datetime, hours: float) -> list[Said]:
    """Return the frames of a house, one after the other at the speed of the line."""
    meter = SimulatedMeter(replace(PRESETS[preset], start=begin, seed=SEED))
    said: list[Said] = []
    passed = 0.0
    while passed < 3600 * hours:
        said.append(_next(meter))
        passed += said[-1].seconds
    return said


def restless(begin: datetime, frames: int) -> list[Said]:
    """Return the frames of three phases none of which rests.

    In 3 % of the frames each switches a load on or off, and all the time it wanders by
    12 VA from frame to frame.
    """
    preset = replace(PRESETS[HOUSES["three"]], start=begin, seed=SEED)
    meter, chance = SimulatedMeter(preset), Random(SEED)
    steady, load = [300.0] * 3, [0.0] * 3
    said: list[Said] = []
    for _ in range(frames):
        for phase in range(3):
            if chance.random() < 0.03:
                load[phase] = 0.0 if load[phase] else chance.uniform(200, 2500)
            steady[phase] = max(100.0, steady[phase] + chance.gauss(0, 12))
        meter.set_load([a + b for a, b in zip(steady, load, strict=True)])
        said.append(_next(meter))
    return said


def _next(meter: SimulatedMeter) -> Said:
    """Return what a meter says next, and let it take its time."""
    frame = meter.frame()
    seconds = (
        len(frame) * BITS_PER_CHARACTER / meter.baud_rate
        + frame.count(b"\r") * GROUP_GAP
        + FRAME_GAP
    )
    meter.advance(seconds)
    power = int(split_and_sum(frame)["SINSTS"])
    return Said(with_parity(frame), seconds, meter.now, power)


class RecordedMeter(FedMeter):
    """A meter that says what was recorded."""

    def __init__(
        self, preset: str, clock: Clock, frozen: Any, said: list[Said]
    ) -> None:
        """Take the frames."""
        super().__init__(preset, clock, frozen, start=said[0].now, seed=SEED)
        self._said = said
        self.last = said[0]

    @property
    def left(self) -> int:
        """How many frames are still to come."""
        return len(self._said) - self.sent

    @override
    def speak(self) -> float:
        """Say the next frame."""
        assert self.source is not None
        one = self.last = self._said[self.sent]
        self._clock.hop(one.seconds)
        self._frozen.move_to(one.now)
        # The early reading comes with the first piece or the second
        middle = len(one.data) // 2
        self.source._protocol.data_received(one.data[:middle])
        self.source._protocol.data_received(one.data[middle:])
        self.sent += 1
        return one.seconds
