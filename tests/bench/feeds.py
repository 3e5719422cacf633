"""Frames to measure with, and the simplest parser that is right."""

from __future__ import annotations

from dataclasses import replace

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder, Parity
from tests.simulator import PRESETS, MeterConfig, SimulatedMeter
from tests.simulator.frames.wire import View, with_parity

TYPES: dict[str, MeterConfig] = {
    "historic_single": PRESETS["historic_tempo"],
    "historic_three": PRESETS["historic_three_phase"],
    "standard_single": PRESETS["standard_hc"],
    "standard_three": MeterConfig(phases=3, contract="hc", kva=18, seed=31),
    "producer": PRESETS["standard_producer"],
}
"""The five types of frame."""
PERIODS = {"historic": 2.0, "standard": 1.4}
"""Seconds between two frames."""


def successive_frames(kind: str, number: int = 200, view: View = "8bit") -> list[bytes]:
    """Return what a meter sends in some minutes."""
    meter = SimulatedMeter(replace(TYPES[kind]))
    frames = []
    for _ in range(number):
        frames.append(meter.frame())
        meter.advance(PERIODS[meter.mode])
    return [with_parity(frame) if view == "8bit" else frame for frame in frames]


def ready(frames: list[bytes]) -> Decoder:
    """Return a decoder that knows what bit 7 of the stream carries."""
    decoder = Decoder()
    for frame in frames[:3]:
        decoder.feed(frame)
    assert decoder.parity is not Parity.UNKNOWN
    return decoder


def split_and_sum(frame: bytes) -> dict[str, str]:
    """Parse one whole frame: no parity, no damage, no label table.

    What any small script does, and all that it does.
    """
    values = {}
    for line in bytes(byte & 0x7F for byte in frame).strip(b"\x02\x03").split(b"\r"):
        content = line.strip(b"\n")
        if len(content) < 5:
            continue
        standard = content[-2] == 0x09
        summed = content[:-1] if standard else content[:-2]
        if (sum(summed) & 0x3F) + 0x20 != content[-1]:
            continue
        label, *fields = content[:-2].decode("ascii").split("\t" if standard else " ")
        values[label] = " ".join(fields)
    return values
