"""A reading is worked out when it is asked for, and is the same whenever that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from custom_components.linky_meter.tic import live
from custom_components.linky_meter.tic.codec import Decoder
from custom_components.linky_meter.tic.meter import Meter
from custom_components.linky_meter.tic.reading import EMPTY
from tests.bench.feeds import PERIODS, TYPES
from tests.simulator import SimulatedMeter
from tests.simulator.wire import with_parity

from .helpers import STANDARD, encode, frame_of

BEGIN = datetime(2026, 1, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize("damage", [0.0, 0.1])
@pytest.mark.parametrize("kind", TYPES)
def test_whoever_asks_seldom_hears_the_same(kind: str, damage: float) -> None:
    """Power, time to trip and phases have a past, which every frame makes."""
    rng = Random(f"{kind} {damage}")
    sent, decoder = SimulatedMeter(replace(TYPES[kind])), Decoder()
    often, seldom = Meter(), Meter()
    period, asked = PERIODS[sent.mode], 0
    for number in range(600):
        data = bytearray(with_parity(sent.frame()))
        if rng.random() < damage:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        sent.advance(period)
        if number % 50 == 0:
            sent.set_load(rng.choice((300.0, 2500.0, 8000.0)))
        at = number * period
        received = BEGIN + timedelta(seconds=at)
        for frame in decoder.feed(bytes(data)):
            reading = often.accept(frame, at=at, received=received)
            assert seldom.take(frame, at=at, received=received)
            if rng.random() < 0.15 or not seldom.calm:
                asked += 1
                assert seldom.reading() == reading
    assert 60 < asked < 500
    assert seldom.memory == often.memory


def test_calm_is_what_brings_numbers_only() -> None:
    """A state, a message, damage, or a label that goes is more than that."""
    meter, line = Meter(), encode(STANDARD)

    def calm(data: bytes, at: float) -> bool:
        assert meter.take(frame_of(data), at=at, received=BEGIN)
        found = meter.calm
        meter.reading()
        return found

    assert [calm(line, at) for at in range(4)] == [False, True, True, True]
    more = {"SINSTS": "02000", "EAST": "003000001"}
    assert calm(encode(STANDARD, more), 4)
    assert not calm(encode(STANDARD, {"MSG2": "0123456789ABCDEF"}), 5)
    assert calm(line, 6)
    assert calm(encode(STANDARD, {"MSG1": None}), 7)
    assert [calm(encode(STANDARD, {"VTIC": "03"}), at) for at in (8, 9, 10)] == [
        True,
        False,
        True,
    ]
    assert meter.take(replace(frame_of(line), damaged=1), at=11, received=BEGIN)
    assert not meter.calm


def test_before_the_first_frame() -> None:
    """There is nothing to work out."""
    assert Meter().reading() is EMPTY


def test_who_never_asks_gathers_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is worked out after some frames."""
    monkeypatch.setattr(live, "_MOST_HEARD", 5)
    meter = Meter()
    for at in range(23):
        meter.take(frame_of(encode(STANDARD)), at=at, received=BEGIN)
        assert len(meter._live._heard) < 5
