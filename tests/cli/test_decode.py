"""Captured bytes become readings, at any damage and in the time of the line."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import io
import json
from pathlib import Path
from typing import Any, override

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.cli.input.capture import (
    Chunk,
    chunk_line,
    header_line,
)
from custom_components.linky_meter.linky_tic.cli.input.decode import Clock, decode
from custom_components.linky_meter.linky_tic.tic.decode.groups import encode_group
from custom_components.linky_meter.linky_tic.tic.frame import Group
from custom_components.linky_meter.linky_tic.tic.labels import LABELS, Mode
from tests.simulator import PRESETS, MeterConfig, SimulatedMeter
from tests.simulator.frames.wire import View
from tests.tic.helpers import STANDARD, encode

from .conftest import Run, sent

SAMPLES = Path(__file__).parents[3] / "shared" / "frames"
STARTED = datetime(2026, 1, 13, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize("view", ["7bit", "8bit"])
@pytest.mark.parametrize("preset", PRESETS)
def test_every_frame_gives_one_reading(preset: str, view: View) -> None:
    """Nothing is lost of a good capture, in both modes, with parity or without."""
    readings = list(decode(sent(preset, 5, view)))
    assert len(readings) == 5
    assert all(reading.frame.complete for reading in readings)
    assert not any(reading.frame.damaged for reading in readings)
    assert readings[-1].address == SimulatedMeter(PRESETS[preset]).address
    assert readings[-1]["available_current"] is not None


def test_historic_time_is_the_bytes_at_1200_baud() -> None:
    """A frame of historic mode takes its bytes' time, without any clock."""
    data = sent("historic_base", 10)
    readings = list(decode(data, started=STARTED))
    passed = (readings[-1].received - STARTED).total_seconds()
    assert passed == pytest.approx(len(data) * 10 / 1200)


def test_standard_time_follows_the_meter_clock() -> None:
    """DATE tells of what is missing between frames."""
    meter = SimulatedMeter(PRESETS["standard_hc"])
    first = meter.frame()
    meter.advance(3600)
    readings = list(decode(first + meter.frame()))
    passed = readings[1].received - readings[0].received
    assert passed.total_seconds() == pytest.approx(3600, abs=2)
    assert readings[1]["clock_offset"] in {-1, 0, 1}
    assert readings[0].received == pytest.approx(
        PRESETS["standard_hc"].start, abs=timedelta(seconds=2)
    )


def test_time_goes_on_when_the_meter_clock_is_set_back() -> None:
    """A clock that is corrected does not stop or turn back the time of the line."""
    clock = Clock(STARTED)
    clock.see(STARTED + timedelta(hours=1))
    clock.advance(2)
    clock.see(STARTED)
    assert clock.at == 2
    clock.see(STARTED + timedelta(seconds=5))
    assert clock.at == 7
    assert clock.received == STARTED + timedelta(seconds=5)


def test_a_recording_has_its_own_time() -> None:
    """The times of a recording are those of its readings."""
    frames = [SimulatedMeter(PRESETS["historic_base"]).frame() for _ in range(3)]
    lines = [header_line(STARTED)]
    lines += [chunk_line(Chunk(f, 60.0 * n, 1200)) for n, f in enumerate(frames)]
    readings = list(decode("".join(lines).encode()))
    assert [r.received - STARTED for r in readings] == [
        timedelta(minutes=n) for n in range(3)
    ]


def test_a_damaged_recording_is_read_as_far_as_it_goes() -> None:
    """Lines that are no more JSON, or no more hex, cost only themselves."""
    frame = SimulatedMeter(PRESETS["historic_base"]).frame()
    good = chunk_line(Chunk(frame, 1.0, 1200))
    lines = [
        '{"format": "linky-tic", "started": "yesterday"}\n',
        good,
        good[: len(good) // 2] + "\n",
        '{"t": 2, "hex": "zz"}\n{"t": 2, "hex": 5}\n{"t": 2}\n[]\n{' + "[" * 99999,
        "\n",
        f'{{"t": 1e999, "baud": true, "hex": "{frame.hex()}"}}\n',
        f'{{"t": 1{"0" * 400}, "hex": "{frame.hex()}"}}\n',
    ]
    assert len(list(decode("".join(lines).encode()))) == 3


@pytest.mark.parametrize("started", ["9999-12-31T23:59:59+00:00", "2026-01-13T18:00"])
def test_any_start_of_a_recording_is_survived(started: str) -> None:
    """A time beyond all calendars, or without a zone, is no reason to fail."""
    frame = SimulatedMeter(PRESETS["historic_base"]).frame()
    header = json.dumps({"format": "linky-tic", "started": started}) + "\n"
    data = header + chunk_line(Chunk(frame, 1.0))
    assert len(list(decode(data.encode()))) == 1


def test_a_change_of_speed_starts_anew() -> None:
    """What came at a wrong speed is not mixed with what comes at the right one."""
    frame = SimulatedMeter(PRESETS["standard_hc"]).frame()
    lines = [header_line(STARTED), chunk_line(Chunk(frame[:300], 0.0, 1200))]
    lines.append(chunk_line(Chunk(frame, 1.0, 9600)))
    readings = list(decode("".join(lines).encode()))
    assert [reading.frame.complete for reading in readings] == [False, True]


def test_the_last_frame_may_be_cut() -> None:
    """What a capture holds of its last frame is shown."""
    *_, last = decode(sent("standard_hc", 4)[:-400])
    assert not last.frame.complete
    assert last["apparent_power"] is not None


def test_another_meter_is_followed_when_it_is_sure() -> None:
    """Frames of a second meter are shown; its values once three frames agree."""
    first = sent("historic_base", 3, "7bit")
    other = SimulatedMeter(MeterConfig(mode="historic", address="042164654321"))
    readings = list(decode(first + b"".join(other.frame() for _ in range(5))))
    assert len(readings) == 8
    assert [bool(reading.values) for reading in readings] == [True] * 3 + [
        False,
        False,
        True,
        True,
        True,
    ]
    assert readings[-1].address == "042164654321"


def test_a_pipe_is_read_as_it_fills() -> None:
    """Readings do not wait for the end of the bytes."""
    data = sent("historic_base", 3)

    class Pipe(io.RawIOBase):
        """A pipe that breaks when too much is asked of it."""

        def __init__(self) -> None:
            self.place = 0

        @override
        def readable(self) -> bool:
            return True

        @override
        def readinto(self, buffer: Any, /) -> int:
            assert self.place < len(data) * 2 // 3, "read ahead"
            chunk = data[self.place : self.place + min(len(buffer), 16)]
            buffer[: len(chunk)] = chunk
            self.place += len(chunk)
            return len(chunk)

    assert next(decode(io.BufferedReader(Pipe(), 16))).frame.complete


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_fail(data: bytes) -> None:
    """Whatever was captured, decoding ends."""
    for reading in decode(data):
        json.loads(reading.as_json())


_ROWS = [row for row in LABELS.values() if row.lengths[0]]


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Return a frame whose groups are right by checksum and odd by content."""
    mode = draw(st.sampled_from(Mode))
    content = bytearray(b"\x02")
    for row in draw(
        st.lists(st.sampled_from([r for r in _ROWS if r.mode is mode]), max_size=40)
    ):
        value = draw(st.from_regex(row.pattern, fullmatch=True))
        horodate = None
        if row.horodate:
            horodate = draw(st.from_regex(r"[EHeh ][0-9]{12}", fullmatch=True))
        content += encode_group(Group(row.name, value, horodate), mode)
    return bytes(content) + b"\x03"


@settings(max_examples=200, deadline=None)
@given(st.lists(frames(), max_size=4))
def test_no_content_fails(streams: list[bytes]) -> None:
    """Whatever groups say, they become readings that JSON can have."""
    for reading in decode(b"".join(streams)):
        json.loads(reading.as_json())


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(sorted(PRESETS)),
    st.floats(0, 0.02),
    st.floats(0, 0.02),
    st.integers(0, 20),
)
def test_no_damage_fails(preset: str, flips: float, lost: float, cut: int) -> None:
    """A bad line gives fewer readings, never an error."""
    data = sent(preset, 6, bit_flips=flips, lost=lost, splices=0.001, bursts=0.001)
    assert len(list(decode(data[cut * 100 :]))) <= 16


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="samples are not here")
def test_samples() -> None:
    """Captures from real meters decode."""
    for path in sorted(SAMPLES.glob("*.txt")):
        with path.open("rb") as file:
            assert list(decode(file)), path.name


async def test_decode_command(run: Run, capture: Callable[..., Path]) -> None:
    """One JSON object a frame, with the fields of the contract."""
    result = await run("decode", "--json", str(capture("standard_tempo_three_phase")))
    assert result.code == 0
    assert result.err == ""
    objects = [json.loads(line) for line in result.out.splitlines()]
    assert len(objects) == 3
    last = objects[-1]
    assert last["mode"] == "standard"
    assert last["complete"] is True
    assert last["ended_by"] == "ETX"
    assert last["short"] is False
    assert last["damaged"] == 0
    assert last["groups"]["DATE"]["value"] == ""
    assert last["groups"]["PREF"] == {"value": "18", "horodate": None, "accepted": True}
    assert last["reading"]["subscribed_power"] == 18000
    assert datetime.fromisoformat(last["received"]).tzinfo is not None


async def test_decode_marks_what_is_not_believed(run: Run, tmp_path: Path) -> None:
    """In the table and in JSON, and nothing else is marked."""
    path = tmp_path / "capture"
    wrong = encode(STANDARD, {"SINSTS": "65000"})
    path.write_bytes(encode(STANDARD) * 3 + wrong)
    result = await run("decode", "--json", str(path))
    before, last = (json.loads(line) for line in result.out.splitlines()[-2:])
    assert all(group["accepted"] for group in before["groups"].values())
    assert not last["groups"]["SINSTS"]["accepted"]
    assert last["reading"]["apparent_power"] == 7165
    result = await run("decode", str(path))
    (marked,) = (line for line in result.out.splitlines() if "(not believed)" in line)
    assert marked.startswith("SINSTS ")


async def test_decode_from_standard_input(run: Run) -> None:
    """A dash reads what is piped in."""
    result = await run("decode", "-", "--json", stdin=sent("historic_hc", 2))
    assert result.code == 0
    assert len(result.out.splitlines()) == 2


@pytest.mark.parametrize(
    "data",
    [b"", b"no TIC at all\r\n" * 99, bytes(range(256))],
    ids=["nothing", "text", "bytes"],
)
async def test_decode_never_fails_on_content(run: Run, data: bytes) -> None:
    """Bytes without a frame are said to be that, and are no failure."""
    result = await run("decode", "-", stdin=data)
    assert result.code == 0
    assert result.out == ""
    assert result.err == "linky-tic: There is no TIC frame in these bytes.\n"


async def test_decode_of_a_missing_file(run: Run, tmp_path: Path) -> None:
    """A file that is not there is one line, in words."""
    result = await run("decode", str(tmp_path / "none"))
    assert result.code == 1
    assert (
        result.err == "linky-tic: The file cannot be used: No such file or directory.\n"
    )


async def test_decode_masked(run: Run, capture: Callable[..., Path]) -> None:
    """With --mask the output can be shown to others."""
    path = capture("standard_hc")
    plain = await run("decode", str(path))
    assert "042164123456" in plain.out
    assert "12345678901234" in plain.out
    for options in ([], ["--json"]):
        masked = await run("decode", "--mask", *options, str(path))
        assert "042164123456" not in masked.out
        assert "12345678901234" not in masked.out
        assert "022064990001" in masked.out
