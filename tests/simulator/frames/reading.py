"""The simplest possible reading of frames, for tests of the simulator itself."""

from datetime import datetime
from typing import Any

from tests.simulator.clock import PARIS
from tests.simulator.config import MeterConfig
from tests.simulator.meter import SimulatedMeter

WINTER = datetime(2026, 1, 13, 18, 0, tzinfo=PARIS)


def fields(frame: bytes) -> dict[str, list[str]]:
    """Return what follows each label, without the checksum."""
    assert frame[0] == 2
    assert frame[-1] in (3, 4)
    groups = {}
    for line in frame[1:-1].split(b"\r")[:-1]:
        separator = "\t" if b"\t" in line else " "
        # The checksum may be a space, so it is cut off by its place.
        label, *rest = line[1:-2].decode().split(separator)
        groups[label] = rest
    return groups


def values(meter: SimulatedMeter) -> dict[str, str]:
    """Return the data of the next frame by label."""
    return {label: rest[-1] for label, rest in fields(meter.frame()).items()}


def bits(register: str, low: int, high: int | None = None) -> int:
    """Return a field of STGE."""
    width = (low if high is None else high) - low + 1
    return int(register, 16) >> low & ((1 << width) - 1)


def flat_meter(**options: Any) -> SimulatedMeter:
    """Return a meter with a small fixed load, on a winter evening."""
    load = (300.0,) * 3 if options.get("phases") == 3 else (900.0,)
    return SimulatedMeter(MeterConfig(**{"start": WINTER, "load": load} | options))
