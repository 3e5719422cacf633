"""The simulated line keeps time and fails on demand."""

import pytest

from tests.simulator import Faults, Line
from tests.simulator.frames.reading import flat_meter
from tests.simulator.frames.wire import Mode, with_parity
from tests.simulator.link.line import at_speed

# The line


@pytest.mark.parametrize("mode", ["historic", "standard"])
def test_pace(mode: Mode) -> None:
    """Bytes take ten bits each, frames and groups are apart as they should."""
    line = Line(flat_meter(mode=mode))
    before = line.meter.now
    sent = line.send()
    character = 10 / line.meter.baud_rate
    assert sent.ends[0] == pytest.approx(character)
    steps = [b - a - character for a, b in zip(sent.ends, sent.ends[1:], strict=False)]
    assert min(steps) == pytest.approx(0, abs=1e-9)
    assert max(steps) <= 0.0334
    assert 0.0167 <= sent.duration - sent.ends[-1] <= 0.0334
    elapsed = (line.meter.now - before).total_seconds()
    assert elapsed == pytest.approx(sent.duration, abs=1e-5)
    assert sent.duration >= len(sent.data) * character


def test_views() -> None:
    """The eighth bit is there or not."""
    seven, eight = (Line(flat_meter(), view=view).send() for view in ("7bit", "8bit"))
    assert max(seven.data) < 0x80
    assert with_parity(seven.data) == eight.data


@pytest.mark.parametrize(
    "faults",
    [
        Faults(bit_flips=0.01),
        Faults(lost=0.01),
        Faults(digits=0.05),
        Faults(splices=0.005),
        Faults(bursts=0.005),
        Faults(swallowed_lf=0.2),
    ],
)
def test_faults(faults: Faults) -> None:
    """Each fault damages some bytes, most survive, and it can be repeated."""
    clean, bad, again = (
        Line(flat_meter(), faults=kind) for kind in (Faults(), faults, faults)
    )
    good, damaged = clean.send(), bad.send()
    assert damaged.data != good.data
    assert damaged.data == again.send().data
    assert len(damaged.data) > 0.6 * len(good.data)
    assert len(damaged.ends) == len(damaged.data)
    bad.faults = Faults()
    assert bad.send().data[:1] == b"\x82"


def test_injected_damage_and_silence() -> None:
    """One frame can be changed, and the line can fall silent while time passes."""
    line = Line(flat_meter(), view="7bit")
    line.inject(lambda frame: frame.replace(b"URMS1", b"URMZ1"))
    assert b"URMZ1" in line.send().data
    assert b"URMZ1" not in line.send().data
    line.silent = True
    before = line.meter.now
    assert line.send().data == b""
    assert line.meter.now > before


@pytest.mark.parametrize("mode", ["historic", "standard"])
def test_wrong_speed(mode: Mode) -> None:
    """At nearly the right speed all is well, at the other one it is noise."""
    sent = Line(flat_meter(mode=mode)).send()
    assert at_speed(sent, sent.speed * 1001 // 1000).data == sent.data
    noise = at_speed(sent, 9600 if mode == "historic" else 1200)
    assert len(noise.data) > 50
    assert b"\n" + (b"ADCO" if mode == "historic" else b"ADSC") not in noise.data
    assert noise.ends[-1] <= noise.duration
