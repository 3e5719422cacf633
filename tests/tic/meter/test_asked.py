"""A reading is worked out when it is asked for, and is the same whenever that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.meter import patience
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import EMPTY
from tests.bench.feeds import PERIODS, TYPES
from tests.simulator import SimulatedMeter
from tests.simulator.wire import with_parity
from tests.tic.helpers import STANDARD, encode, frame_of

BEGIN = datetime(2026, 1, 13, 5, tzinfo=UTC)


def calm(_: Mapping[str, int]) -> bool:
    """Find nothing worth a reading."""
    return False


@pytest.mark.parametrize("damage", [0.0, 0.1])
@pytest.mark.parametrize("kind", TYPES)
def test_whoever_asks_seldom_hears_the_same(kind: str, damage: float) -> None:
    """Power, time to trip and phases have a past, which every frame makes."""
    rng = Random(f"{kind} {damage}")
    sent, decoder = SimulatedMeter(replace(TYPES[kind])), Decoder()
    often, seldom = Meter(), Meter()
    period, asked, waited = PERIODS[sent.mode], 0, 0
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
            assert seldom.take(frame, at=at, received=received, hurries=calm)
            waited += seldom.waits
            if rng.random() < 0.15:
                asked += 1
                assert seldom.reading() == reading
                assert not seldom.waits
    assert 60 < asked < 500
    assert waited > 100
    assert seldom.memory == often.memory
    assert seldom.plausibility.counts == often.plausibility.counts
    assert seldom.frame_interval == often.frame_interval
    assert seldom.unknown_labels == often.unknown_labels


def test_only_numbers_wait() -> None:
    """A state, a message, damage, a label that goes or comes is more than that."""
    meter, line = Meter(), encode(STANDARD)

    def waits(data: bytes, at: float) -> bool:
        assert meter.take(frame_of(data), at=at, received=BEGIN, hurries=calm)
        return meter.waits

    assert [waits(line, at) for at in range(3)] == [False, True, True]
    more = {"SINSTS": "02000", "EAST": "003000001"}
    assert waits(encode(STANDARD, more), 4)
    message = encode(STANDARD, {"MSG2": "0123456789ABCDEF"})
    # It comes in one frame, and counts each time
    assert [waits(data, 5) for data in (message, message, line, line)] == [
        False,
        False,
        False,
        True,
    ]
    # What is left out may be gone with the next frame, and then is missed no more
    less = encode(STANDARD, {"MSG1": None})
    assert [waits(less, at) for at in range(7, 12)] == [
        False,
        False,
        False,
        True,
        True,
    ]
    state = encode(STANDARD, {"MSG1": None, "VTIC": "03"})
    assert [waits(state, at) for at in (12, 13, 14)] == [False, False, True]
    damaged = replace(frame_of(state), damaged=1)
    assert meter.take(damaged, at=15, received=BEGIN, hurries=calm)
    assert not meter.waits
    assert [waits(state, at) for at in (16, 17)] == [False, True]


def test_who_asks_decides_by_the_measurements() -> None:
    """They have the reading's keys, and are those of the frame."""
    meter, heard = Meter(), list[dict[str, int]]()

    def hurries(measured: Mapping[str, int]) -> bool:
        heard.append(dict(measured))
        return measured["apparent_power"] >= 7200

    for at, power in enumerate(("07165", "07170", "07200", "07150")):
        frame = frame_of(encode(STANDARD, {"SINSTS": power}))
        assert meter.take(frame, at=at, received=BEGIN, hurries=hurries)
        assert meter.waits is (at in {1, 3})
    assert [measured["apparent_power"] for measured in heard] == [7170, 7200, 7150]
    assert meter.reading()["apparent_power"] == 7150


def test_before_the_first_frame() -> None:
    """There is nothing to work out."""
    assert Meter().reading() is EMPTY


def test_who_never_asks_gathers_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is judged and worked out after some frames."""
    monkeypatch.setattr(patience, "_MOST", 7)
    meter = Meter()
    waited = 0
    for at in range(40):
        meter.take(frame_of(encode(STANDARD)), at=at, received=BEGIN, hurries=calm)
        waited += meter.waits
        assert len(meter._patience._kept) <= 7
    assert waited > 30
