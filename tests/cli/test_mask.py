"""Masked captures hide who was measured, and hide nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
import io
from pathlib import Path

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.cli.input.capture import (
    Chunk,
    chunk_line,
    header_line,
)
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.output.mask import mask
from custom_components.linky_meter.linky_tic.cli.output.share import mask_capture
from tests.simulator import PRESETS, Line, MeterConfig, SimulatedMeter
from tests.simulator.frames.wire import View, with_parity
from tests.simulator.link.line import at_speed

from .conftest import Run

STARTED = datetime(2026, 1, 13, 17, 0, tzinfo=UTC)
# Digits that no index of these meters has by chance
PRM = "58203917460582"
NUMBER = "870593"


def private(preset: str) -> SimulatedMeter:
    """Return a preset's meter with numbers of its own."""
    config = PRESETS[preset]
    address = f"0871{config.meter_address[4:6]}{NUMBER}"
    return SimulatedMeter(replace(config, address=address, prm=PRM))


def sent(preset: str, frames: int, view: View = "8bit") -> bytes:
    """Return what such a meter sends, as a port gives it."""
    line = Line(private(preset), view=view)
    return b"".join(line.send().data for _ in range(frames))


def pieces(secret: str, length: int = 5) -> list[bytes]:
    """Return all pieces of a secret."""
    return [
        secret[start : start + length].encode()
        for start in range(len(secret) - length + 1)
    ]


def seven_bits(data: bytes) -> bytes:
    """Return a stream's characters."""
    return bytes(byte & 0x7F for byte in data)


@pytest.mark.parametrize("view", ["7bit", "8bit"])
@pytest.mark.parametrize("preset", PRESETS)
def test_only_what_is_private_changes(preset: str, view: View) -> None:
    """A masked capture decodes to the same but for the meter's number and PRM."""
    data = sent(preset, 3, view)
    masked, places = mask(data)
    assert len(masked) == len(data)
    assert places == (6 + 3 if preset.startswith("standard") else 3)
    address = private(preset).address
    for piece in pieces(address) + pieces(PRM):
        assert piece not in seven_bits(masked)
    before, after = (
        list(decode(data, started=STARTED)),
        list(decode(masked, started=STARTED)),
    )
    for one, other in zip(before, after, strict=True):
        assert other.frame.damaged == 0
        assert other.frame.complete
        assert other.values == one.values
        changed = {
            a.label
            for a, b in zip(one.frame.groups, other.frame.groups, strict=True)
            if a != b
        }
        assert changed <= {"ADCO", "ADSC", "PRM"}
    assert after[-1].address == f"0220{address[4:6]}990001"


def test_parity_is_made_anew() -> None:
    """Every character of a stream with parity still has it."""
    masked, _ = mask(sent("standard_hc", 2))
    assert masked == with_parity(masked)
    masked, _ = mask(sent("standard_hc", 2, "7bit"))
    assert masked.isascii()


def test_messages_are_hidden() -> None:
    """What the distributor wrote to somebody is their matter."""
    config = MeterConfig(message="RDV MME MARTIN LE 14 JANVIER 9H")
    meter = SimulatedMeter(config)
    meter.trigger_message("APPELEZ LE VOISIN", ultra_short="CODE 4711 DUPONT")
    masked, _ = mask(meter.frame() + meter.frame())
    for word in (b"MARTIN", b"VOISIN", b"DUPONT", b"4711"):
        assert word not in masked
    (first, second) = decode(masked)
    assert first.frame.damaged == second.frame.damaged == 0
    assert first["message_1"] == first["message_2"] == "none"


def test_masking_twice_changes_nothing() -> None:
    """What is masked stays as it is."""
    masked, _ = mask(sent("standard_producer", 2))
    assert mask(masked)[0] == masked


def frame_of(address: str = "087164870593") -> bytes:
    """Return a frame of a meter."""
    return SimulatedMeter(MeterConfig(address=address, prm=PRM)).frame()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ADSC\t087164870593", b"ADSC\t087164877593"),  # a wrong digit
        (b"ADSC\t087164870593", b"ADSC\t087164q70593"),  # a flipped bit
        (b"ADSC\t087164870593", b"ADSC\t0871640593"),  # lost characters
        (b"ADSC\t087164870593", b"ADSC\t08716487099593"),  # added characters
        (b"ADSC\t087164870593", b"ADQC\t087164870593"),  # a damaged label
        (b"ADSC\t087164870593", b"87164870593"),  # a lost label
        (b"ADSC\t087164870593", b"ADSC\t0871648"),  # grown into the next group
        (b"ADSC\t087164870593", b"ADSC\t0871\x0b4870593"),
        (b"ADSC\t087164870593", b"ADSC\t0871\r64870593"),
        (b"ADSC\t087164870593", b"AD\x02C\t0871q48z0593"),
        (b"PRM\t58203917460582", b"PRM\t5820391\t460582"),
        (b"PRM\t58203917460582", b"PR\x0d\t5820391a460582"),
        (b"\rVTIC\t02", b"VTIC\t02"),
        (b"VTIC\t02\tJ", b"VTIC\t87164872222\tJ"),  # a piece in another group
        (b"VTIC\t02\tJ", b"5820391\tJ"),
        (
            b"MSG1\tPAS DE          MESSAGE         ",
            b"MSG1\t087164870593 58203917460582    ",
        ),
    ],
)
def test_damage_hides_nothing(old: bytes, new: bytes) -> None:
    """However a group was hit, no digits of the number stay readable."""
    good = frame_of()
    assert old in good or old.startswith(b"\r")
    masked, _ = mask(good + good.replace(old, new) + good)
    for piece in pieces("087164870593") + pieces(PRM):
        assert piece not in masked


def test_an_index_may_have_the_same_digits() -> None:
    """A good group keeps its value, even if it looks like a piece of the PRM."""
    config = MeterConfig(prm=PRM, indexes=(582039174,), total_offset=0)
    masked, _ = mask(SimulatedMeter(config).frame())
    (reading,) = decode(masked)
    assert reading.frame.by_label["EASF01"].value == "582039174"
    assert reading.frame.by_label["PRM"].value == "99000000000001"


def test_damage_stays_damage() -> None:
    """A wrong character and a wrong checksum are still there after masking."""
    good = frame_of()
    bad = good.replace(b"087164870593", b"087164877593")
    bad = bad.replace(b"PREF\t06\t", b"PREF\t07\t")
    masked, _ = mask(good + bad + good)
    readings = list(decode(masked))
    assert [reading.frame.damaged for reading in readings] == [0, 2, 0]
    # Seven too much before, seven too much now
    assert b"ADSC\t022064997001\t" in masked
    assert len(masked) == 3 * len(good)


def test_only_damaged_numbers() -> None:
    """A number that never arrived whole is hidden too."""
    bad = frame_of().replace(b"087164870593", b"087164870953")
    masked, _ = mask(bad)
    for piece in pieces("087164870953"):
        assert piece not in masked


def test_two_meters_stay_two() -> None:
    """Different meters get different numbers, also when theirs are much alike."""
    far, near = frame_of("012163999999"), frame_of("087164870594")
    masked, _ = mask(frame_of() * 2 + far * 4 + near)
    addresses = [reading.frame.address for reading in decode(masked)]
    assert None not in addresses
    assert len(set(addresses)) == 3


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["standard_hc", "historic_tempo", "standard_producer"]),
    st.sampled_from(["7bit", "8bit"]),
    st.floats(0, 0.03),
    st.floats(0, 0.02),
    st.integers(0, 10**6),
)
def test_no_faults_let_a_number_through(
    preset: str, view: View, flips: float, lost: float, seed: int
) -> None:
    """On a bad line six characters of a number never survive in a row."""
    line = Line(private(preset), view=view)
    line.faults.bit_flips, line.faults.lost = flips, lost
    line.faults.splices = line.faults.swallowed_lf = flips / 10
    line._rng.seed(seed)
    data = line.send().data
    line.faults.bit_flips = line.faults.lost = line.faults.splices = 0
    data += b"".join(line.send().data for _ in range(2))
    masked, _ = mask(data)
    assert len(masked) == len(data)
    for piece in pieces(line.meter.address, 6) + pieces(PRM, 6):
        assert piece not in seven_bits(masked)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=500))
def test_any_bytes_can_be_masked(data: bytes) -> None:
    """Masking never fails on content and keeps the length."""
    assert len(mask(data)[0]) == len(data)
    for label in (b"ADCO ", b"PRM\t", b"MSG1\t"):
        assert len(mask(label + data)[0]) == len(label + data)


def test_recordings_are_masked() -> None:
    """A recording stays one; what came at a wrong speed is left out of it."""
    line = Line(SimulatedMeter(PRESETS["standard_hc"]))
    frames = [line.send() for _ in range(4)]
    lines = [header_line(STARTED)]
    lines.append(chunk_line(Chunk(at_speed(frames[0], 1200).data, 0.5, 1200)))
    for n, frame in enumerate(frames):
        # The number is cut in two by the chunks
        lines.append(chunk_line(Chunk(frame.data[:13], n + 1.0, 9600)))
        lines.append(chunk_line(Chunk(frame.data[13:], n + 1.1, 9600)))
    result = mask_capture(io.BytesIO("".join(lines).encode()))
    assert result is not None
    data, _ = result
    assert data.splitlines()[0] == lines[0].strip().encode()
    assert b'"baud": 1200' not in data
    assert len(data.splitlines()) == 9
    readings = list(decode(data))
    assert [reading.frame.address for reading in readings] == ["022064990001"] * 4
    assert readings[0].received == STARTED.replace(second=1, microsecond=100_000)


async def test_mask_command(
    run: Run, capture: Callable[..., Path], tmp_path: Path
) -> None:
    """The masked capture goes to a file or to standard output."""
    path, out = capture("historic_hc", view="7bit"), tmp_path / "out"
    result = await run("mask", str(path), "-o", str(out))
    assert (result.code, result.out) == (0, "")
    assert result.err == "linky-tic: Masked in 3 places.\n"
    assert out.read_bytes() == mask(path.read_bytes())[0]
    result = await run("mask", "-", stdin=path.read_bytes())
    assert result.out.encode() == out.read_bytes()


async def test_mask_refuses_what_it_cannot_judge(run: Run, tmp_path: Path) -> None:
    """Noise may hide a number: it is not given out as masked."""
    path, out = tmp_path / "noise", tmp_path / "out"
    path.write_bytes(bytes(range(256)) * 20)
    result = await run("mask", str(path), "-o", str(out))
    assert result.code == 1
    assert "nothing was masked" in result.err
    assert not out.exists()
