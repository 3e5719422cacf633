"""Frames for the tests, written by the simulator's encoder: not by the code under test."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.fields import Value
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.labels import ROWS, Label
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.simulator.frames.wire import (
    Group,
    Mode,
    encode_frame,
    encode_group,
    with_parity,
)

SHARED = Path(__file__).parents[2].parent / "shared"
"""Samples and tables beside the checkout; absent elsewhere."""

type Data = str | tuple[str, str]
"""Data of a group, or its horodate and data."""
type Lines = Mapping[str, Data]

NOW = datetime(2026, 1, 13, 17, 0, 5, tzinfo=UTC)

HISTORIC: Lines = {
    "ADCO": "042164123456",
    "OPTARIF": "HC..",
    "ISOUSC": "45",
    "HCHC": "001000000",
    "HCHP": "002000000",
    "PTEC": "HP..",
    "IINST": "012",
    "IMAX": "090",
    "PAPP": "02830",
    "HHPHC": "A",
    "MOTDETAT": "000000",
}
"""A single-phase Linky in historic mode, off-peak contract, 9 kVA."""

HISTORIC_THREE: Lines = {
    "ADCO": "042176123456",
    "OPTARIF": "BASE",
    "ISOUSC": "15",
    "BASE": "003000000",
    "PTEC": "TH..",
    "IINST1": "003",
    "IINST2": "004",
    "IINST3": "005",
    "IMAX1": "060",
    "IMAX2": "060",
    "IMAX3": "060",
    "PMAX": "05000",
    "PAPP": "02760",
    "HHPHC": "A",
    "MOTDETAT": "000000",
    "PPOT": "00",
}
"""A three-phase Linky in historic mode, 9 kVA."""

_PROFILE = " ".join(["00004001", "06004002", "22004001", *["NONUTILE"] * 8])

STANDARD: Lines = {
    "ADSC": "042164123456",
    "VTIC": "02",
    "DATE": ("H260113180000", ""),
    "NGTF": "H PLEINE/CREUSE ",
    "LTARF": "  HEURE PLEINE  ",
    "EAST": "003000000",
    "EASF01": "001000000",
    "EASF02": "002000000",
    **{f"EASF{n:02}": "000000000" for n in range(3, 11)},
    "EASD01": "003000000",
    "EASD02": "000000000",
    "EASD03": "000000000",
    "EASD04": "000000000",
    "IRMS1": "032",
    "URMS1": "224",
    "PREF": "09",
    "PCOUP": "09",
    "SINSTS": "07165",
    "SMAXSN": ("H260113070239", "07800"),
    "SMAXSN-1": ("H260112195604", "06560"),
    "CCASN": ("H260113180000", "00806"),
    "CCASN-1": ("H260113173000", "01152"),
    "UMOY1": ("H260113180000", "230"),
    "STGE": "003A4400",
    "MSG1": "PAS DE          MESSAGE         ",
    "PRM": "12345678901234",
    "RELAIS": "001",
    "NTARF": "02",
    "NJOURF": "00",
    "NJOURF+1": "01",
    "PJOURF+1": _PROFILE,
}
"""A single-phase Linky in standard mode, off-peak contract, 9 kVA."""

STANDARD_THREE: Lines = {
    **STANDARD,
    "ADSC": "042176123456",
    "IRMS1": "016",
    "IRMS2": "002",
    "IRMS3": "000",
    "URMS1": "227",
    "URMS2": "231",
    "URMS3": "232",
    "SINSTS": "04040",
    "SINSTS1": "03576",
    "SINSTS2": "00464",
    "SINSTS3": "00000",
    **{f"SMAXSN{n}": ("H260113070239", "03320") for n in (1, 2, 3)},
    **{f"SMAXSN{n}-1": ("H260112195604", "03000") for n in (1, 2, 3)},
    "UMOY2": ("H260113180000", "231"),
    "UMOY3": ("H260113180000", "232"),
}
"""A three-phase Linky in standard mode, 9 kVA."""


def encode(
    lines: Lines,
    changes: Mapping[str, Data | None] | None = None,
    *,
    end: bytes = b"\x03",
) -> bytes:
    """Return a frame as 7-bit characters; a change to None leaves a label out."""
    merged = {**lines, **(changes or {})}
    groups = [
        as_group(label, data) for label, data in merged.items() if data is not None
    ]
    return encode_frame(mode_of(merged), groups, end)


def mode_of(labels: Iterable[str]) -> Mode:
    """Return the mode of labels."""
    historic = {row.name for row in ROWS if row.mode == "historic"}
    return "historic" if historic.issuperset(labels) else "standard"


def as_group(label: str, data: Data) -> Group:
    """Return what the encoder takes."""
    if isinstance(data, tuple):
        return Group(label, data[1], data[0])
    return Group(label, data)


def line(label: str, data: Data) -> bytes:
    """Return one group, from LF to CR."""
    return encode_group(mode_of([label]), as_group(label, data))


def damaged(frame: bytes, label: str) -> bytes:
    """Return a frame in which one group's last data character is another digit."""
    start = frame.index(b"\n" + label.encode() + (b"\t" if b"\t" in frame else b" "))
    position = frame.index(b"\r", start) - 3
    if frame[position] == 0x09:
        position -= 1  # no data: damage the horodate
    changed = frame[position] ^ 0x01
    return frame[:position] + bytes([changed]) + frame[position + 1 :]


def decode(data: bytes) -> list[Frame]:
    """Return the frames in some bytes."""
    return Decoder().feed(data)


def frame_of(data: bytes) -> Frame:
    """Return the only frame in some bytes."""
    (frame,) = decode(data)
    return frame


class Timeline:
    """A meter that is fed one frame after the other, at a steady pace."""

    def __init__(self, meter: Meter | None = None, *, pace: float = 1.5) -> None:
        """Begin at second 0."""
        self.meter = meter or Meter()
        self.pace = pace
        self.at = 0.0

    def feed(
        self,
        lines: Lines,
        changes: Mapping[str, Data | None] | None = None,
        *,
        times: int = 1,
        damage: Iterable[str] = (),
        end: bytes = b"\x03",
    ) -> MeterReading:
        """Send a frame, return the last reading."""
        data = encode(lines, changes, end=end)
        for label in damage:
            data = damaged(data, label)
        reading = None
        for _ in range(times):
            reading = self.send(data)
        assert reading is not None
        return reading

    def send(self, data: bytes) -> MeterReading | None:
        """Send bytes that hold one frame."""
        self.at += self.pace
        return self.meter.process(frame_of(data), at=self.at, received=NOW)


def read(
    lines: Lines, changes: Mapping[str, Data | None] | None = None
) -> MeterReading:
    """Return what a meter says after three equal frames."""
    return Timeline().feed(lines, changes, times=3)


def shown(reading: MeterReading, *keys: str) -> list[Value | None]:
    """Return some values."""
    return [reading[key] for key in keys]


def eight_bits(data: bytes) -> bytes:
    """Return what a port opened 8N1 gives: bit 7 carries the even parity."""
    return with_parity(data)


def example(row: Label) -> tuple[str, str | None]:
    """Return data and horodate that a label may carry."""
    horodate = "H260113180000" if row.horodate else None
    special = {
        "OPTARIF": "BBR(",
        "PTEC": "HCJB",
        "DEMAIN": "----",
        "HHPHC": "A",
        "PJOURF+1": _PROFILE,
        "PPOINTE": _PROFILE,
        "ADCO": "042164123456",
        "ADSC": "042164123456",
    }
    length = row.lengths[0]
    if row.name in special:
        return special[row.name], horodate
    if row.kind == "text" and not row.shape:
        return "A  b".ljust(length)[:length], horodate
    return "0" * length, horodate
