"""Frames in, readings out."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.fields import FIELDS
from custom_components.linky_meter.linky_tic.tic.frame import EndedBy, Frame, Group
from custom_components.linky_meter.linky_tic.tic.identity import parse_address
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.profile import Encoding
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from tests.simulator import PRESETS, SimulatedMeter
from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    NOW,
    STANDARD,
    STANDARD_THREE,
    Data,
    Lines,
    Timeline,
    encode,
    frame_of,
    read,
    shown,
)

EJP: Lines = {
    "ADCO": "042164123456",
    "OPTARIF": "EJP.",
    "ISOUSC": "45",
    "EJPHN": "001000000",
    "EJPHPM": "002000000",
    "PTEC": "HN..",
    "IINST": "012",
    "IMAX": "090",
    "PAPP": "02830",
    "HHPHC": "A",
    "MOTDETAT": "000000",
}
TEMPO: Lines = {
    "ADCO": "042164123456",
    "OPTARIF": "BBR(",
    "ISOUSC": "45",
    **{
        f"BBRH{hours}J{colour}": f"{n:09}"
        for n, (colour, hours) in enumerate(
            [(colour, hours) for colour in "BWR" for hours in ("C", "P")], 1
        )
    },
    "PTEC": "HPJW",
    "DEMAIN": "----",
    "IINST": "012",
    "IMAX": "090",
    "PAPP": "02830",
    "HHPHC": "A",
    "MOTDETAT": "000000",
}


def short(*over: int, currents: tuple[int, int, int] = (3, 4, 5)) -> Lines:
    """Return a short frame: warnings, address, currents."""
    return {
        **{f"ADIR{n}": f"{currents[n - 1]:03}" for n in over},
        "ADCO": HISTORIC_THREE["ADCO"],
        **{f"IINST{n}": f"{amperes:03}" for n, amperes in enumerate(currents, 1)},
    }


# Absence


def test_ejp_notice_is_there_or_not() -> None:
    """PEJP means something by being absent."""
    timeline = Timeline()
    assert timeline.feed(EJP, times=2)["mobile_peak_notice"] == "none"
    reading = timeline.feed(EJP, {"PEJP": "30"}, times=2)
    assert shown(reading, "mobile_peak_notice", "mobile_peak") == ["peak_1", "none"]
    reading = timeline.feed(EJP, {"PTEC": "PM.."}, damage=["MOTDETAT"], times=2)
    assert shown(reading, "mobile_peak_notice", "mobile_peak") == ["peak_1", "peak_1"]
    reading = timeline.feed(EJP, {"PTEC": "PM.."}, times=2)
    assert shown(reading, "mobile_peak_notice", "mobile_peak") == ["none", "peak_1"]
    assert reading["tariff_period"] == "mobile_peak"


def test_optional_values_become_unknown() -> None:
    """A mobile peak that is over, a load curve that stopped."""
    timeline = Timeline()
    peak: dict[str, Data | None] = {"DPM1": (" 260114060000", "00")}
    assert timeline.feed(STANDARD, peak, times=2)["mobile_peak_start_1"] is not None
    assert timeline.feed(STANDARD, damage=["PRM"])["mobile_peak_start_1"] is not None
    assert timeline.feed(STANDARD)["mobile_peak_start_1"] is not None
    assert timeline.feed(STANDARD)["mobile_peak_start_1"] is None
    gone = {"CCASN": None, "CCASN-1": None}
    reading = timeline.feed(STANDARD, gone, times=2)
    assert shown(reading, "load_curve_import", "load_curve_import_time") == [None, None]


def test_a_label_that_is_always_sent_is_not_missed_at_once() -> None:
    """Twice it was lost; three times the meter was given another programme."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=2)
    without: dict[str, Data | None] = {"PREF": None, "NGTF": None}
    for _ in range(2):
        reading = timeline.feed(STANDARD, without)
        assert shown(reading, "subscribed_power", "contract") == [9000, "off_peak"]
    assert timeline.feed(STANDARD)["subscribed_power"] == 9000
    for _ in range(2):
        assert timeline.feed(STANDARD, without)["subscribed_power"] == 9000
    reading = timeline.feed(STANDARD, without)
    assert shown(reading, "subscribed_power", "contract") == [None, None]
    assert reading["tariff_period"] == "index_2"


def test_damaged_frames_say_nothing_of_absence() -> None:
    """However many there are."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=2)
    for _ in range(6):
        reading = timeline.feed(STANDARD, {"PREF": None}, damage=["PRM"])
    assert reading["subscribed_power"] == 9000


def test_a_new_label_may_be_a_damaged_one() -> None:
    """ADPS whose name was hit must not end the overload."""
    timeline = Timeline()
    over: dict[str, Data | None] = {"ADPS": "046", "IINST": "045", "PAPP": "10480"}
    assert timeline.feed(HISTORIC, over, times=2)["overload"] is True
    # B and @ changed places with the bits of the checksum
    hit = encode(HISTORIC, over).replace(b"ADPS 046 B", b"ADQR 046 B")
    frame = frame_of(hit)
    assert [group.label for group in frame.unknown] == ["ADQR"]
    assert frame.damaged == 0
    for _ in range(2):
        reading = timeline.send(hit)
        assert reading is not None
        assert reading["overload"] is True
    # Sent again and again it is a label that we do not know
    for _ in range(2):
        reading = timeline.send(hit)
    assert reading is not None
    assert reading["overload"] is False
    assert timeline.meter.unknown_labels == {"ADQR": 4} == timeline.meter.new_labels


def test_a_frame_cut_in_two_is_not_complete() -> None:
    """A line feed that became STX begins a frame that lacks its first half."""
    timeline = Timeline()
    over: dict[str, Data] = {}
    for label, value in HISTORIC.items():
        over[label] = value
        if label == "IINST":
            over["ADPS"] = "046"
    timeline.feed(over, times=2)
    frames = Decoder().feed(encode(over).replace(b"\nIMAX", b"\x02IMAX"))
    assert ["ADPS" in frame.by_label for frame in frames] == [True, False]
    for frame in frames:
        timeline.at += 0.7
        reading = timeline.meter.process(frame, at=timeline.at)
        assert reading is not None
        assert reading["overload"] is True


def test_unknown_labels_are_bounded() -> None:
    """Other meters' labels are counted, not collected for ever."""
    meter = Meter()
    for n in range(100):
        unknown = tuple(Group(f"X{n:03}", "1") for n in (n, 0))
        frame = Frame(Mode.HISTORIC, frame_of(encode(HISTORIC)).groups, unknown=unknown)
        meter.process(frame, at=n)
    assert len(meter.unknown_labels) == 50
    assert meter.unknown_labels["X000"] == 101
    assert meter.new_labels == {"X000": 101}


# Time


def test_a_damaged_measurement_stays_for_a_moment() -> None:
    """Three frame periods, and 10 s at most; then it is unknown."""
    timeline = Timeline(pace=1.5)
    timeline.feed(STANDARD, times=5)
    assert timeline.meter.frame_interval == pytest.approx(1.5)
    for _ in range(3):
        reading = timeline.feed(STANDARD, damage=["SINSTS"])
        assert reading["apparent_power"] == 7165
        assert reading["available_current"] is not None
    reading = timeline.feed(STANDARD, damage=["SINSTS"])
    assert shown(reading, "apparent_power", "available_current") == [None, None]
    assert reading["voltage_l1"] == 224
    assert timeline.feed(STANDARD)["apparent_power"] == 7165


def test_a_damaged_measurement_of_a_slow_meter() -> None:
    """10 s is the most, even where three periods are longer."""
    timeline = Timeline(pace=4)
    timeline.feed(HISTORIC, times=5)
    for _ in range(2):
        assert timeline.feed(HISTORIC, damage=["PAPP"])["apparent_power"] == 2830
    reading = timeline.feed(HISTORIC, damage=["PAPP"])
    assert shown(reading, "apparent_power", "current_l1") == [None, 12]


def test_limits_and_indexes_do_not_age() -> None:
    """They are kept for ever."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=3)
    for _ in range(30):
        reading = timeline.feed(STANDARD, damage=["PREF", "EASF01", "STGE", "DATE"])
    before = Timeline().feed(STANDARD, times=3)
    assert reading.values == before.values


def test_silence_makes_measurements_unknown() -> None:
    """What was measured an hour ago is not of now."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=3)
    timeline.at += 3600
    reading = timeline.feed({name: STANDARD[name] for name in ("ADSC", "EAST")})
    assert reading["apparent_power"] is None
    assert reading["energy_import"] == 3_000_000
    # The pause is no pace
    assert timeline.meter.frame_interval == pytest.approx(1.5)


def test_frame_interval() -> None:
    """Of whole frames that follow each other, in the present mode."""
    timeline = Timeline(pace=2)
    assert timeline.meter.frame_interval is None
    timeline.feed(STANDARD)
    assert timeline.meter.frame_interval is None
    timeline.feed(STANDARD, times=30)
    assert timeline.meter.frame_interval == pytest.approx(2)
    timeline.feed(STANDARD, end=b"\x04")
    timeline.pace = 1
    timeline.feed(STANDARD, times=21)
    assert timeline.meter.frame_interval == pytest.approx(1)
    timeline.feed(HISTORIC)
    assert timeline.meter.frame_interval is None


def test_the_interval_of_a_slow_source() -> None:
    """A long gap is a loss, two in a row are the pace of a server, a minute is none."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=4)
    timeline.pace = 15
    timeline.feed(STANDARD)
    assert timeline.meter.frame_interval == pytest.approx(1.5)
    timeline.feed(STANDARD, times=20)
    assert timeline.meter.frame_interval == pytest.approx(15)
    timeline.pace = 61
    reading = timeline.feed(STANDARD, times=2)
    assert timeline.meter.frame_interval == pytest.approx(15)
    assert reading["apparent_power"] == 7165


def test_a_clock_that_stands_still() -> None:
    """DATE that does not change for a minute of frames is no clock any more."""
    meter = SimulatedMeter(PRESETS["standard_hc"])
    frame = Decoder().feed(meter.frame())[0]
    read = Meter()
    shown = [read.process(frame, at=float(at)) for at in range(0, 70, 5)]
    states = [reading["clock_degraded"] for reading in shown if reading]
    assert states == [False] * 12 + [True] * 2


def test_clock_offset() -> None:
    """How far the meter's clock is from ours; it stays while DATE is damaged."""
    timeline = Timeline()
    assert timeline.feed(STANDARD)["clock_offset"] == -5
    data = encode(STANDARD)
    meter = Meter()
    late = datetime(2026, 1, 13, 16, 59, 30, tzinfo=UTC)
    for seconds in (0, 1):
        meter.process(
            frame_of(data), at=seconds, received=late + timedelta(seconds=seconds)
        )
    lost = frame_of(encode(STANDARD, {"DATE": None}))
    reading = meter.process(lost, at=60, received=late + timedelta(seconds=60))
    assert reading is not None
    assert reading["clock_offset"] == 29
    assert meter.process(frame_of(data)) is not None  # both clocks are optional


def test_clock_that_is_no_time() -> None:
    """A season letter and digits may still be no moment."""
    reading = read(
        STANDARD,
        {
            "DATE": ("H269999999999", ""),
            "CCASN": ("H269999999999", "00806"),
            "DPM1": (" 269999999999", "00"),
        },
    )
    keys = ("meter_clock", "load_curve_import_time", "mobile_peak_start_1")
    assert shown(reading, *keys, "load_curve_import") == [None, None, None, 806]
    assert "clock_offset" not in reading.values


@pytest.mark.parametrize(
    ("clock", "status", "degraded"),
    [
        ("H260113180000", "003A4400", False),
        ("h260113180000", "003A4400", True),
        ("H260113180000", "003B4400", True),
    ],
)
def test_degraded_clock(clock: str, status: str, degraded: bool) -> None:
    """The season letter or the register tells."""
    reading = Timeline().feed(STANDARD, {"DATE": (clock, ""), "STGE": status}, times=4)
    assert reading["clock_degraded"] is degraded


def test_registers_that_are_none() -> None:
    """A number that eight relays cannot make, a register that is none."""
    reading = read(STANDARD, {"RELAIS": "301"})
    assert "relay_2" not in reading.values
    assert FIELDS["STGE"](Group("STGE", "?")) == {}
    missing = FIELDS["PPOT"](Group("PPOT", "?"))
    assert missing == {f"phase_missing_l{n}": None for n in (1, 2, 3)}


# Short frames


def test_overload_cycles_do_not_flap() -> None:
    """20 short frames and a long one, until a minute after the overload."""
    timeline = Timeline(pace=0.9)
    before = timeline.feed(HISTORIC_THREE, times=3)
    assert before["overload"] is False
    timeline.feed(HISTORIC_THREE, {"PAPP": None}, end=b"\x04")
    stable = [key for key in before.values if not key.endswith(("_l2", "overload"))]
    stable = [
        key for key in stable if not key.startswith(("available", "subscribed_power_u"))
    ]
    for _ in range(3):
        for _ in range(20):
            reading = timeline.feed(short(2, currents=(3, 18, 5)))
            assert reading.frame.short
            assert shown(reading, "overload", "current_l2") == [True, 18]
            assert reading["available_current"] == 12.5 - 18.5
            assert reading["subscribed_power_usage"] == 120
            assert shown(reading, *stable) == shown(before, *stable)
        reading = timeline.feed(HISTORIC_THREE, {"IINST2": "018"})
        assert reading["overload"] is True
        assert shown(reading, *stable) == shown(before, *stable)
    # The last minute: short frames without a warning
    for _ in range(3):
        reading = timeline.feed(short(currents=(3, 9, 5)), times=20)
        assert shown(reading, "overload", "current_l2") == [False, 9]
        reading = timeline.feed(HISTORIC_THREE, {"IINST2": "009"})
        assert reading["overload"] is False
    assert timeline.feed(HISTORIC_THREE, times=2).values == before.values


def test_warnings_end_with_the_cycle() -> None:
    """Long frames after long ones mean that no phase is over."""
    timeline = Timeline()
    timeline.feed(HISTORIC_THREE, times=3)
    timeline.feed(short(1, 3), times=5)
    assert timeline.feed(HISTORIC_THREE, times=2)["overload"] is True
    assert timeline.feed(HISTORIC_THREE)["overload"] is False


def test_a_damaged_short_frame_ends_no_warning() -> None:
    """ADIR2 that was hit is not gone."""
    timeline = Timeline()
    timeline.feed(HISTORIC_THREE, times=3)
    timeline.feed(short(2), times=3)
    assert timeline.feed(short(2), damage=["ADIR2"])["overload"] is True
    assert timeline.feed(short())["overload"] is True
    assert timeline.feed(short())["overload"] is False


def test_papp_may_be_older_during_the_cycle() -> None:
    """It comes once in up to 26 s, and then is too old at last."""
    timeline = Timeline(pace=1)
    timeline.feed(HISTORIC_THREE, times=5)
    assert timeline.feed(short(2), times=29)["apparent_power"] == 2760
    assert timeline.feed(short(2), times=2)["apparent_power"] is None


# Phases


@pytest.mark.parametrize(
    ("lines", "phases"),
    [(HISTORIC, 1), (HISTORIC_THREE, 3), (STANDARD, 1), (STANDARD_THREE, 3)],
)
@pytest.mark.parametrize("address", ["042164123456", "040826123456", "0421AA123456"])
def test_phases_are_found(lines: Lines, phases: int, address: str) -> None:
    """By the address of a Linky, by the labels of any other, or against it."""
    label = next(iter(lines))
    reading = Timeline().feed(lines, {label: address}, times=6)
    assert reading["phases"] == phases


def test_phases_of_a_linky_are_known_with_its_address() -> None:
    """Type 76 is three-phase before a second frame says so."""
    reading = Timeline(Meter("042176123456")).feed(STANDARD_THREE)
    assert reading["phases"] == 3
    assert reading["available_current"] is not None


def test_phases_need_more_than_one_frame() -> None:
    """And three in a row to change what is known."""
    timeline = Timeline()
    strange = {"ADSC": "0421AA123456"}
    timeline.feed({**STANDARD_THREE, **strange}, times=3)
    reading = timeline.feed({**STANDARD, **strange}, times=2)
    assert reading["phases"] == 3
    timeline.feed({**STANDARD_THREE, **strange})
    assert timeline.feed({**STANDARD, **strange}, times=2)["phases"] == 3
    assert timeline.feed({**STANDARD, **strange})["phases"] == 1


def test_missing_phases() -> None:
    """PPOT tells, or a voltage that is not there."""
    keys = [f"phase_missing_l{n}" for n in (1, 2, 3)]
    assert shown(read(HISTORIC_THREE, {"PPOT": "04"}), *keys) == [False, True, False]
    gone = {"URMS2": "003", "IRMS2": "000", "SINSTS2": "00000", "SINSTS": "03576"}
    lost = read(STANDARD_THREE, gone)
    assert shown(lost, *keys) == [False, True, False]
    assert lost["available_current"] is None
    assert lost["available_current_l1"] is not None
    for volts, missing in (("114", True), ("115", False)):
        assert read(STANDARD_THREE, {"URMS2": volts})["phase_missing_l2"] is missing
    assert not any(key in read(STANDARD).values for key in keys)


# Which meter


def test_address_is_latched_after_two_frames() -> None:
    """One may be damaged and pass."""
    timeline = Timeline()
    assert timeline.feed(STANDARD).address is None
    assert timeline.feed(STANDARD).address == "042164123456"
    assert timeline.meter.identity == parse_address("042164123456")
    fresh = Timeline()
    fresh.feed(STANDARD)
    fresh.feed(STANDARD, {"ADSC": "042164123457"})
    assert fresh.meter.address is None


def test_frames_without_address_are_taken() -> None:
    """The address was damaged; nothing says that it is another meter."""
    timeline = Timeline(Meter("042164123456"))
    reading = timeline.feed(STANDARD, damage=["ADSC"])
    assert reading["apparent_power"] == 7165
    assert reading.address == "042164123456"


def test_another_meter_is_refused_and_then_named() -> None:
    """Its frames make no reading; three in a row name it."""
    timeline = Timeline(Meter("042164123456"))
    before = timeline.feed(STANDARD, times=3)
    other = encode(STANDARD, {"ADSC": "042164999999", "EAST": "009000000"})
    for _ in range(2):
        assert timeline.send(other) is None
        assert timeline.meter.other_address is None
    # One of ours between begins anew
    assert timeline.feed(STANDARD).values == before.values
    for _ in range(2):
        assert timeline.send(other) is None
        assert timeline.meter.other_address is None
    assert timeline.send(other) is None
    assert timeline.meter.other_address == "042164999999"
    assert timeline.meter.address == "042164123456"
    timeline.feed(STANDARD)
    assert timeline.meter.other_address is None


def test_masked_address() -> None:
    """It names no meter, but a capture that has it can be read."""
    masked: dict[str, Data | None] = {"ADSC": "XXXXXXXXXXXX"}
    timeline = Timeline()
    reading = timeline.feed(STANDARD, masked, times=5)
    assert reading["apparent_power"] == 7165
    assert reading.address is None
    expecting = Timeline(Meter("042164123456"))
    assert expecting.send(encode(STANDARD, masked)) is None
    assert expecting.meter.other_address is None


def test_address_alone() -> None:
    """An output that was not programmed shows nothing; later it hides nothing."""
    timeline = Timeline()
    alone = {"ADCO": "042164123456"}
    assert timeline.feed(alone, times=3).values == {}
    assert timeline.meter.address == "042164123456"
    before = timeline.feed(HISTORIC, times=3)
    assert timeline.feed(alone).values == before.values


def test_frames_from_a_server_are_complete() -> None:
    """They come whole."""
    meter = Meter()
    groups = frame_of(encode(HISTORIC, {"ADPS": "046"})).groups
    for second in range(2):
        reading = meter.process(
            Frame(Mode.HISTORIC, groups, EndedBy.SERVER), at=float(second)
        )
    assert reading is not None
    assert reading["overload"] is True
    groups = frame_of(encode(HISTORIC)).groups
    for second in range(2, 4):
        reading = meter.process(
            Frame(Mode.HISTORIC, groups, EndedBy.SERVER), at=float(second)
        )
    assert reading is not None
    assert reading["overload"] is False


# Tariffs


@pytest.mark.parametrize(
    ("lines", "changes", "expected"),
    [
        (HISTORIC, {}, ("off_peak", "peak", False)),
        (HISTORIC, {"PTEC": "HC.."}, ("off_peak", "off_peak", True)),
        (HISTORIC_THREE, {}, ("base", "all_hours", None)),
        (EJP, {}, ("ejp", "normal", None)),
        (TEMPO, {}, ("tempo", "white_peak", False)),
        (STANDARD, {}, ("off_peak", "peak", False)),
        (STANDARD, {"NTARF": "01", "STGE": "003A4000"}, ("off_peak", "off_peak", True)),
        (STANDARD, {"NTARF": None}, ("off_peak", "peak", False)),
        (STANDARD, {"NTARF": "00"}, ("off_peak", "peak", False)),
        (
            STANDARD,
            {"NGTF": "      BASE      ", "LTARF": None},
            ("base", "index_2", None),
        ),
        (STANDARD, {"NGTF": "SUPER CREUSES   "}, ("other", "index_2", False)),
        (
            STANDARD,
            {"NGTF": " HC et Week-End ", "LTARF": "HC WEEK END     "},
            ("other", "index_2", True),
        ),
        (STANDARD, {"NGTF": None, "LTARF": None}, (None, "index_2", None)),
    ],
)
def test_contract_and_tariff(
    lines: Lines,
    changes: dict[str, Data | None],
    expected: tuple[str | None, str, bool | None],
) -> None:
    """The same keys in both modes."""
    reading = Timeline().feed(lines, changes, times=4)
    assert tuple(shown(reading, "contract", "tariff_period", "off_peak")) == expected


def test_tariff_of_a_meter_that_names_none() -> None:
    """Without NTARF and STGE there is no period, and no entity for one."""
    reading = read(STANDARD, {"NTARF": None, "STGE": None})
    assert reading["contract"] == "off_peak"
    assert "tariff_period" not in reading.values


def test_historic_tempo() -> None:
    """Colours from the period and from DEMAIN; six registers."""
    reading = read(TEMPO)
    assert shown(reading, "tempo_today", "tempo_tomorrow") == ["white", None]
    assert [reading[f"energy_index_{n}"] for n in range(1, 7)] == [1, 2, 3, 4, 5, 6]
    reading = read(TEMPO, {"DEMAIN": "ROUG"})
    assert reading["tempo_tomorrow"] == "red"


def test_labels_are_learned_from_two_frames() -> None:
    """LTARF may still be the old one at a change."""
    timeline = Timeline()
    other: dict[str, Data | None] = {"NGTF": " HC et Week-End "}
    peak, off_peak = "  HEURE PLEINE  ", " HEURE  CREUSE  "
    timeline.feed(STANDARD, {**other, "NTARF": "02", "LTARF": peak})
    assert timeline.meter.memory.labels == {}
    timeline.feed(STANDARD, {**other, "NTARF": "02", "LTARF": peak})
    now: dict[str, Data | None] = {**other, "NTARF": "01", "STGE": "003A4000"}
    timeline.feed(STANDARD, {**now, "LTARF": peak}, times=1)
    timeline.feed(STANDARD, {**now, "LTARF": off_peak}, times=3)
    expected = {"HC et Week-End": {2: "HEURE PLEINE"}}
    assert timeline.meter.memory.labels == expected
    reading = timeline.feed(STANDARD, {**now, "LTARF": off_peak})
    expected["HC et Week-End"][1] = "HEURE CREUSE"
    assert timeline.meter.memory.labels == expected
    assert reading["off_peak"] is True
    # A supplier may rename; a blank name and an impossible index teach nothing
    changes: tuple[tuple[str, str], ...] = (("03", " " * 16), ("11", " " * 16))
    for index, label in changes:
        timeline.feed(STANDARD, {**other, "NTARF": index, "LTARF": label}, times=6)
    assert timeline.meter.memory.labels == expected
    timeline.feed(STANDARD, {**now, "LTARF": peak}, times=4)
    assert timeline.meter.memory.labels["HC et Week-End"][1] == "HEURE PLEINE"


def test_active_registers() -> None:
    """Those of the contract, of the calendar, and those that move."""
    timeline = Timeline()
    timeline.feed(STANDARD, {"PJOURF+1": None}, times=2)
    assert timeline.meter.memory.active == {1, 2}
    timeline.feed(STANDARD, {"EASF07": "000000001"})
    assert timeline.meter.memory.active == {1, 2, 7}
    profile = " ".join(["00004003", "22004005", *["NONUTILE"] * 9])
    timeline.feed(STANDARD, {"PJOURF+1": profile}, times=2)
    assert timeline.meter.memory.active == {1, 2, 3, 5, 7}
    timeline = Timeline()
    timeline.feed(TEMPO)
    assert timeline.meter.memory.active == {1, 2, 3, 4, 5, 6}


def test_day_profiles() -> None:
    """What one proves of the encoding serves the other."""
    profile = " ".join(["00004003", "06004004", "16004003", *["NONUTILE"] * 8])
    reading = read(STANDARD, {"PPOINTE": profile})
    assert reading["day_profile"] == "00:00 1, 06:00 2, 22:00 1"
    assert reading["peak_day_profile"] == "00:00 3, 06:00 4, 16:00 3"


# Energy


def test_energy_import_is_the_sum_of_the_registers() -> None:
    """Or EAST."""
    assert read(HISTORIC)["energy_import"] == 3_000_000
    assert read(HISTORIC_THREE)["energy_import"] == 3_000_000
    assert read(EJP)["energy_import"] == 3_000_000
    assert read(TEMPO)["energy_import"] == 21
    assert read(STANDARD)["energy_import"] == 3_000_000
    # Of registers that are not all there, there is no sum
    assert "energy_import" not in read(HISTORIC, {"HCHC": None}).values


@pytest.mark.parametrize("total", ["003000000", "005500000", "001000000"])
def test_energy_import_without_step_at_a_change_of_mode(total: str) -> None:
    """EAST counts from another start than the registers of the contract."""
    timeline = Timeline()
    assert timeline.feed(HISTORIC, times=3)["energy_import"] == 3_000_000
    reading = timeline.feed(STANDARD, {"EAST": total})
    assert reading["energy_import"] == 3_000_000
    assert reading["energy_meter_total"] == int(total)
    counted = {"EAST": f"{int(total) + 5:09}", "EASF02": "002000005"}
    reading = timeline.feed(STANDARD, counted)
    assert reading["energy_import"] == 3_000_005
    # What was counted meanwhile is known by the registers that both modes show
    reading = timeline.feed(HISTORIC, {"HCHP": "002000008"})
    assert reading["energy_import"] == 3_000_008
    reading = timeline.feed(HISTORIC, {"HCHP": "002000009"})
    assert reading["energy_import"] == 3_000_009


@pytest.mark.parametrize(
    "base",
    [
        pytest.param("001000000", id="index 1 of a historic contract"),
        pytest.param("009000000", id="total of any other contract"),
    ],
)
def test_energy_import_without_step_at_a_change_of_contract(base: str) -> None:
    """BASE is index 1, or everything ever drawn."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=3)
    flat: dict[str, Data | None] = {
        "OPTARIF": "BASE",
        "HCHC": None,
        "HCHP": None,
        "PTEC": "TH..",
        "BASE": base,
    }
    for _ in range(5):
        assert timeline.feed(HISTORIC, flat)["energy_import"] == 3_000_000
    flat["BASE"] = f"{int(base) + 8:09}"
    assert timeline.feed(HISTORIC, flat)["energy_import"] == 3_000_008
    for _ in range(5):
        assert timeline.feed(HISTORIC)["energy_import"] == 3_000_008


def test_energy_import_survives_damage_at_the_change() -> None:
    """Neither a damaged register nor a damaged option makes a step."""
    for damage in (["EAST"], ["EAST", "NGTF"]):
        timeline = Timeline()
        timeline.feed(HISTORIC, times=3)
        for _ in range(4):
            reading = timeline.feed(STANDARD, {"EAST": "000000007"}, damage=damage)
            assert reading["energy_import"] == 3_000_000
        assert timeline.feed(STANDARD, {"EAST": "000000007"})["energy_import"] == (
            3_000_000
        )
        assert timeline.feed(STANDARD, {"EAST": "000000009"})["energy_import"] == (
            3_000_002
        )


# Modes


def test_a_new_mode_is_adopted_at_once() -> None:
    """Nothing of the old one stays as if it were still said."""
    timeline = Timeline()
    timeline.feed(HISTORIC_THREE, times=3)
    reading = timeline.feed(
        STANDARD_THREE, {"NGTF": None, "LTARF": None}, damage=["PRM"], times=2
    )
    assert reading.mode is Mode.STANDARD
    assert reading["tic_mode"] == "standard"
    leftover = ("off_peak_code", "meter_state", "max_current_l1", "contract")
    assert shown(reading, *leftover) == [None] * 4
    assert reading["tariff_period"] == "index_2"
    assert reading["apparent_power"] == 4040


def test_keys_are_never_lost() -> None:
    """What was seen once is unknown until it is sent again, also after a restart."""
    timeline = Timeline()
    historic = timeline.feed(HISTORIC, times=3)
    standard = timeline.feed(STANDARD, times=3)
    assert historic.values.keys() < standard.values.keys()
    memory = Memory.from_dict(json.loads(json.dumps(timeline.meter.memory.as_dict())))
    again = Timeline(Meter("042164123456", memory)).feed({"ADSC": "042164123456"})
    assert again.values.keys() == standard.values.keys()
    assert set(again.values.values()) == {None}


def test_keys_of_a_linky_are_its_own() -> None:
    """The very first frame must not leave a key that only older meters have."""
    timeline = Timeline()
    for _ in range(4):
        reading = timeline.feed(HISTORIC_THREE)
        assert "max_active_power" not in reading.values


# Memory and readings


def test_memory_round_trip() -> None:
    """Through JSON, with everything that can be learned."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=2)
    timeline.feed(STANDARD, {"EAST": "000500000"}, times=3)
    memory = timeline.meter.memory
    assert memory.phases == 1
    assert memory.encoding is Encoding.DECIMAL
    assert memory.labels
    assert memory.offset == 2_500_000
    data = json.loads(json.dumps(memory.as_dict()))
    restored = Memory.from_dict(data)
    assert restored.as_dict() == memory.as_dict()
    assert list(restored.keys) == list(memory.keys)
    assert Memory.from_dict({}) == Memory()
    assert Memory.from_dict(Memory().as_dict()) == Memory()


def test_a_restart_goes_on_where_it_was() -> None:
    """Energy, phases and labels continue from what was kept."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=2)
    before = timeline.feed(STANDARD, {"EAST": "000500000"}, times=3)
    memory = Memory.from_dict(timeline.meter.memory.as_dict())
    restarted = Timeline(Meter(before.address, memory))
    after = restarted.feed(STANDARD, {"EAST": "000500000"})
    # No frame before the first bears its power out
    assert {**after.values, "active_power": before["active_power"]} == before.values
    assert restarted.feed(STANDARD, {"EAST": "000500000"}) == before
    # What is learned from now on is the new meter's alone
    restarted.feed(STANDARD, {"EAST": "000500001"})
    assert timeline.meter.memory.shown == 3_000_000


def test_readings_are_equal_when_their_values_are() -> None:
    """Whenever they came and in whatever frame."""
    data = frame_of(encode(HISTORIC))
    meter = Meter("042164123456")
    meter.process(data, at=0.0, received=NOW)
    first = meter.process(data, at=1.0, received=NOW)
    second = meter.process(data, at=2.0, received=NOW + timedelta(seconds=1))
    assert isinstance(first, MeterReading)
    assert isinstance(second, MeterReading)
    assert first == second
    assert first.received != second.received
    changed = meter.process(
        frame_of(encode(HISTORIC, {"PAPP": "02840"})), at=3.0, received=NOW
    )
    assert changed != second
    assert first["apparent_power"] == 2830
