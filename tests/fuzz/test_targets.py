"""The fuzzer's own parts: repaired checksums, a watch that sees, inputs cut down."""

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.tic.helpers import HISTORIC, NOW, STANDARD, encode

from .corpus import NAMES, words
from .energy import EnergyWatch
from .keep import smaller
from .streams import head, repaired, script
from .targets import TARGETS


@pytest.mark.parametrize("lines", [HISTORIC, STANDARD])
def test_repaired(lines: dict[str, str]) -> None:
    """What a mutation changed reaches the meter."""
    frame = encode(lines)
    assert repaired(frame) == frame
    changed = frame.replace(b"002000000", b"002000007")
    assert changed != frame
    assert Decoder().feed(changed)[0].damaged
    assert not Decoder().feed(repaired(changed))[0].damaged


def test_head() -> None:
    """An input says what is done with it."""
    told = script(head(repaired=True, cut=2, repeats=4, pace=5, restarts=True) + b"x")
    assert (told.stream, told.cut, told.repeats) == (b"x", 64, 4)
    assert (told.pace, told.restarts) == (90_000.0, True)
    assert script(head(parity=True) + b"C").stream == b"\xc3"


def reading(energy: int, register: str) -> MeterReading:
    """Return a reading that shows an energy, whatever its frame says."""
    (frame,) = Decoder().feed(encode(HISTORIC, {"HCHP": register}))
    made = Meter().process(frame, at=0.0, received=NOW)
    assert made is not None
    return MeterReading(made.mode, made.address, {"energy_import": energy}, frame, NOW)


def test_watch() -> None:
    """A fall is seen, unless the register fell for three readings."""
    watch = EnergyWatch()
    for energy in (100, 101, 101):
        watch.see(reading(energy, "002000000"))
    with pytest.raises(AssertionError):
        watch.see(reading(50, "001000000"))
    for _ in range(2):
        watch.see(reading(101, "001000000"))
    watch.see(reading(50, "001000000"))


def test_smaller() -> None:
    """What matters stays."""
    assert smaller(b"a" * 99 + b"x" + b"b" * 55, lambda data: b"x" in data) == b"x"


@pytest.mark.parametrize("name", NAMES)
def test_nothing(name: str) -> None:
    """Nothing is an input too, and each language has its words."""
    for data in (b"", b"\x00", b"\xff" * 3):
        TARGETS[name](data)
    assert all(words(name))
