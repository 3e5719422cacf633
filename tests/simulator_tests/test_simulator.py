"""The simulated meter writes as the specification says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.simulator import PRESETS, Line, SimulatedMeter
from tests.simulator.contracts import CONTRACTS, encode_profile
from tests.simulator.frames.labels import (
    CONCENTRATOR,
    HISTORIC,
    HISTORIC_SHORT,
    PILOT_NAMES,
    STANDARD,
)
from tests.simulator.frames.reading import WINTER, fields, flat_meter, values
from tests.simulator.frames.wire import Group, encode_group, with_parity

# Encoding


@pytest.mark.parametrize(
    ("label", "data", "check"),
    [
        ("PAPP", "02830", "."),
        ("IINST", "012", "Z"),
        ("OPTARIF", "BBR(", "S"),
        ("DEMAIN", "----", '"'),
        ("PTEC", "HP..", " "),
        ("ADCO", "021961000042", "0"),
        ("ADPS", "046", "B"),
    ],
)
def test_historic_checksum(label: str, data: str, check: str) -> None:
    """The last separator does not count."""
    group = encode_group("historic", Group(label, data))
    assert group == f"\n{label} {data} {check}\r".encode()


@pytest.mark.parametrize(
    ("label", "time", "data", "check"),
    [
        ("VTIC", None, "02", "J"),
        ("IRMS1", None, "016", "5"),
        ("DATE", "E240924225642", "", "H"),
        ("SMAXSN", "E210414070239", "02636", "<"),
        ("FPM1", " 250124060000", "00", "#"),
        ("DPM1", " 250123060000", "00", " "),
        ("EASD01", None, "000000000", " "),
        ("STGE", None, "013A0501", "@"),
        (
            "PJOURF+1",
            None,
            "00004001 06004002 22004001" + " NONUTILE" * 8,
            ".",
        ),
    ],
)
def test_standard_checksum(label: str, time: str | None, data: str, check: str) -> None:
    """Every separator counts."""
    group = encode_group("standard", Group(label, data, time))
    start = f"\n{label}\t" if time is None else f"\n{label}\t{time}\t"
    assert group == f"{start}{data}\t{check}\r".encode()


def test_parity() -> None:
    """Bit 7 makes the number of ones even."""
    codes = bytes(range(128))
    seen = with_parity(codes)
    assert all(byte.bit_count() % 2 == 0 for byte in seen)
    assert bytes(byte & 0x7F for byte in seen) == codes


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("decimal", "00004001 06004002 22004001"),
        ("hex", "00004001 06004002 16004001"),
    ],
)
def test_day_profile(encoding: str, expected: str) -> None:
    """Meters write the hours of a day in two ways."""
    profile = encode_profile(CONTRACTS["tempo"].days[0], encoding)  # type: ignore[arg-type]
    assert profile == expected + " NONUTILE" * 8
    assert len(profile) == 98


# Frames


def _everything() -> Iterator[bytes]:
    """Yield frames in which each label occurs."""
    for contract in CONTRACTS:
        yield flat_meter(mode="historic", contract=contract).frame()
    ejp = flat_meter(mode="historic", contract="ejp")
    days = (WINTER + timedelta(days=day, hours=12.75) for day in range(60))
    ejp.advance_to(next(day for day in days if ejp.agenda.colour(day.date()) == "red"))
    yield ejp.frame()
    for phases in (1, 3):
        over = flat_meter(mode="historic", phases=phases, kva=6)
        yield over.frame()
        over.set_load(8700)
        yield over.frame()
        yield over.frame()
    yield flat_meter(mode="historic", concentrator=True).frame()
    full = flat_meter(phases=3, contract="tempo", producer=True)
    full.set_tempo("red", "white")
    full.announce_peak(3, WINTER + timedelta(days=2), WINTER + timedelta(days=3))
    full.trigger_message(ultra_short="BONJOUR")
    yield full.frame()
    yield flat_meter(pilot=True).frame()


def test_every_label() -> None:
    """The simulator sends every label that the tables know."""
    sent = {label for frame in _everything() for label in fields(frame)}
    historic = {label.name for label in (*HISTORIC, *HISTORIC_SHORT, *CONCENTRATOR)}
    standard = {label.name for label in STANDARD}
    assert len(historic) == 36
    assert len(standard) == 71
    assert sum(label.timestamped for label in STANDARD) == 24
    assert sent == historic | standard | set(PILOT_NAMES.values())


def test_everything_at_once() -> None:
    """A frame can carry all 71 labels of the standard mode."""
    frame = max(_everything(), key=len)
    assert list(fields(frame)) == [label.name for label in STANDARD]
    assert len(frame) == 1727


@pytest.mark.parametrize(
    ("options", "groups", "length"),
    [
        ({"mode": "historic"}, 10, 152),
        ({"mode": "historic", "contract": "weekend"}, 10, 152),
        ({"mode": "historic", "contract": "hc", "historic_offer": False}, 10, 152),
        ({"mode": "historic", "contract": "hc"}, 11, 170),
        ({"mode": "historic", "contract": "ejp"}, 11, 173),
        ({"mode": "historic", "contract": "tempo"}, 16, 275),
        ({"mode": "historic", "phases": 3}, 16, 233),
        ({"mode": "historic", "phases": 3, "contract": "hc"}, 17, 251),
        ({"mode": "historic", "phases": 3, "contract": "ejp"}, 17, 254),
        ({"mode": "historic", "phases": 3, "contract": "tempo"}, 22, 356),
        ({"calendar_name": "", "load_curve": False}, 34, 754),
        ({}, 38, 865),
        ({"producer": True}, 48, 1093),
        ({"phases": 3}, 53, 1214),
        ({"phases": 3, "producer": True}, 63, 1442),
    ],
)
def test_frame_length(options: dict[str, Any], groups: int, length: int) -> None:
    """Frames are as long as the specification makes them."""
    frame = flat_meter(**options).frame()
    assert len(fields(frame)) == groups
    assert len(frame) == length


def test_frame_length_with_peaks() -> None:
    """Two peaks and the profile of the next one make a longer frame."""
    meter = flat_meter(contract="tempo")
    meter.set_tempo("red", "white")
    frame = meter.frame()
    assert len(fields(frame)) == 43
    assert len(frame) == 1075


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        ({"address_only": True}, {"ADCO"}),
        (
            {"concentrator": True},
            {"ADCO", "OPTARIF", "BASE", "GAZ", "AUTRE", "PTEC", "MOTDETAT"},
        ),
        (
            {"pre_linky": True},
            {"ADCO", "OPTARIF", "ISOUSC", "BASE", "PTEC", "IINST", "IMAX"}
            | {"HHPHC", "MOTDETAT"},
        ),
    ],
)
def test_older_meters(options: dict[str, Any], labels: set[str]) -> None:
    """Other devices than Linky send less."""
    groups = fields(flat_meter(mode="historic", **options).frame())
    assert set(groups) == labels
    if "GAZ" in labels:
        assert len(groups["BASE"][0]) == 8


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_deterministic(name: str) -> None:
    """The same meter tells the same story twice, and another seed another one."""
    first, second = (Line(SimulatedMeter(PRESETS[name])) for _ in range(2))
    story = [first.send() for _ in range(5)]
    assert story == [second.send() for _ in range(5)]
    other = Line(SimulatedMeter(replace(PRESETS[name], seed=999)))
    assert story != [other.send() for _ in range(5)]


# Overload


def test_overload_of_one_phase() -> None:
    """ADPS comes out of turn first, then in its place, then no more."""
    meter = flat_meter(mode="historic", kva=6)
    meter.set_voltage(230)
    meter.set_load(30 * 230)
    assert "ADPS" not in values(meter)
    meter.set_load(31 * 230)
    assert values(meter)["ADPS"] == "031"
    second = list(fields(meter.frame()))
    assert second[second.index("IINST") + 1] == "ADPS"
    meter.set_load(1000)
    assert "ADPS" not in values(meter)


def test_first_warning_may_come_twice() -> None:
    """An early warning is repeated in its place."""
    counts = set()
    for second in range(12):
        meter = flat_meter(mode="historic", kva=6)
        meter.advance(second)
        meter.set_load(9000)
        counts.add(meter.frame().count(b"\nADPS "))
    assert counts == {1, 2}


def test_overload_of_three_phases() -> None:
    """EOT, cycles of twenty short frames and a long one, and a minute of them after."""
    meter = flat_meter(mode="historic", phases=3, kva=6)
    meter.set_voltage(230)
    assert len(meter.frame()) == 233
    meter.set_load([230 * 11, 100, 230 * 12])
    cut = meter.frame()
    assert cut.endswith(b"\r\x04")
    assert 1 <= len(fields(cut)) < 16
    cycle = [meter.frame() for _ in range(42)]
    expected = ["ADIR1", "ADIR3", "ADCO", "IINST1", "IINST2", "IINST3"]
    assert [list(fields(frame)) == expected for frame in cycle] == [
        *[True] * 20,
        False,
    ] * 2
    assert len(cycle[20]) == 233
    meter.set_load([1000, 1000, 1000])
    assert list(fields(meter.frame())) == expected[2:]
    meter.advance(59)
    assert len(meter.frame()) == 65
    meter.advance(1)
    assert len(meter.frame()) == 233


def test_short_frame_lengths() -> None:
    """Each overloaded phase adds its warning."""
    lengths = []
    for over in (3, 1):
        meter = flat_meter(mode="historic", phases=3, kva=6)
        meter.set_load([3000] * over + [0] * (3 - over))
        meter.frame()
        lengths.append(len(meter.frame()))
    assert lengths == [104, 78]
