"""States change when frames agree on them."""

from collections.abc import Iterable

import pytest

from custom_components.linky_meter.linky_tic.tic.fields import Value
from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    STANDARD,
    Data,
    Lines,
    Timeline,
    encode,
    shown,
)

type Changes = dict[str, Data | None]


def running(lines: Lines) -> Timeline:
    """Return a meter that is known."""
    timeline = Timeline()
    timeline.feed(lines, times=4)
    return timeline


def changed(
    timeline: Timeline, lines: Lines, changes: Changes, key: str, times: int = 5
) -> list[Value | None]:
    """Return what a key shows while the same frame is repeated."""
    return [timeline.feed(lines, changes).values.get(key) for _ in range(times)]


@pytest.mark.parametrize(
    ("lines", "changes", "key", "frames"),
    [
        (HISTORIC, {"OPTARIF": "BASE"}, "contract", 2),
        (HISTORIC, {"PTEC": "HC.."}, "tariff_period", 2),
        (HISTORIC, {"ISOUSC": "60"}, "subscribed_power", 3),
        (HISTORIC, {"IMAX": "091"}, "max_current_l1", 2),
        (HISTORIC_THREE, {"PPOT": "04"}, "phase_missing_l2", 2),
        (STANDARD, {"PREF": "12"}, "subscribed_power", 3),
        (STANDARD, {"PCOUP": "12"}, "breaking_power", 3),
        (STANDARD, {"NGTF": "      BASE      "}, "calendar_name", 3),
        (STANDARD, {"LTARF": " HEURE  CREUSE  "}, "tariff_label", 3),
        (STANDARD, {"MSG1": "COUPURE".ljust(32)}, "message_1", 3),
        (STANDARD, {"RELAIS": "003"}, "relay_2", 2),
        (STANDARD, {"NJOURF": "02"}, "calendar_day", 2),
        (STANDARD, {"UMOY1": ("H260113181000", "231")}, "mean_voltage_l1", 2),
    ],
)
def test_frames_that_must_agree(
    lines: Lines, changes: Changes, key: str, frames: int
) -> None:
    """Two; three of those that change seldom, or where the checksum misses much."""
    timeline = running(lines)
    before = timeline.feed(lines)[key]
    seen = changed(timeline, lines, changes, key)
    after = seen[-1]
    assert after != before
    assert seen == [before] * (frames - 1) + [after] * (6 - frames)
    # The frames have to be in a row
    timeline = running(lines)
    for _ in range(4):
        assert timeline.feed(lines, changes)[key] == before
        assert timeline.feed(lines)[key] == before


@pytest.mark.parametrize(
    ("lines", "changes", "lost", "key"),
    [
        (HISTORIC, {"OPTARIF": "BASE"}, "PTEC", "contract"),
        (HISTORIC, {"ISOUSC": "60"}, "PTEC", "subscribed_power"),
        (STANDARD, {"PREF": "12"}, "PRM", "subscribed_power"),
    ],
)
def test_the_contract_on_a_damaged_line(
    lines: Lines, changes: Changes, lost: str, key: str
) -> None:
    """It may be another meter's, which is on the line for some frames."""
    timeline = running(lines)
    before = timeline.feed(lines)[key]
    assert timeline.feed(lines, changes, damage=[lost], times=19)[key] == before
    assert timeline.feed(lines, changes, damage=[lost])[key] != before
    # Without damage as many as ever
    timeline = running(lines)
    assert timeline.feed(lines, changes, times=3)[key] != before


def test_two_that_differ_do_not_agree() -> None:
    """Neither from what is known nor from each other."""
    timeline = running(HISTORIC)
    for amperes in ("091", "092", "091", "092"):
        assert timeline.feed(HISTORIC, {"IMAX": amperes})["max_current_l1"] == 90
    assert timeline.feed(HISTORIC, {"IMAX": "092"})["max_current_l1"] == 92


def test_the_first_clean_frame_is_taken_at_once() -> None:
    """A damaged one is not: what came through may be damaged too."""
    keys = ("contract", "subscribed_power", "breaker", "relay_2", "calendar_day")
    whole = shown(Timeline().feed(STANDARD), *keys)
    assert whole == ["off_peak", 9000, "closed", False, 0]
    timeline = Timeline()
    first = timeline.feed(STANDARD, damage=["PRM"])
    assert {first.values.get(key) for key in keys} == {None}
    second = timeline.feed(STANDARD, damage=["PRM"])
    assert shown(second, *keys) == [None, None, *whole[2:]]
    assert shown(timeline.feed(STANDARD, damage=["PRM"]), *keys) == whole


@pytest.mark.parametrize("end", [b"\x03", b"\x04"])
def test_a_first_frame_with_a_new_label_or_cut_short(end: bytes) -> None:
    """Either may be damage that nothing else shows."""
    data = encode(HISTORIC, {"IMAX": None}, end=end)
    if end == b"\x03":
        # IMAX whose name was hit in a way that the checksum does not see
        whole = encode(HISTORIC)
        data = whole.replace(b"IMAX 090", b"IMBW 090")
    timeline = Timeline()
    reading = timeline.send(data)
    assert reading is not None
    assert reading.values.get("contract") is None
    again = timeline.send(data)
    assert again is not None
    assert again["contract"] == "off_peak"


# The status register


@pytest.mark.parametrize(
    ("status", "key", "value"),
    [
        ("003A4402", "breaker", "open_overpower"),
        ("003A4410", "terminal_cover", True),
        ("003A4440", "overvoltage", True),
        ("003A4480", "overload", True),
        ("003A4500", "producer", True),
        ("003A4600", "exporting", True),
        ("003A8400", "distributor_tariff", 3),
        ("00224400", "euridis", "disabled"),
        ("001A4400", "plc_status", "new_unlock"),
        ("00BA4400", "plc_synchronised", True),
        ("103A4400", "mobile_peak_notice", "peak_1"),
        ("403A4400", "mobile_peak", "peak_1"),
    ],
)
def test_fields_of_the_status_register(status: str, key: str, value: Value) -> None:
    """Each changes with the second frame that says so."""
    timeline = running(STANDARD)
    before = timeline.feed(STANDARD)[key]
    assert before != value
    assert changed(timeline, STANDARD, {"STGE": status}, key, 2) == [before, value]
    assert changed(timeline, STANDARD, {}, key, 2) == [value, before]


def test_the_status_register_on_a_damaged_line() -> None:
    """It changes with the third frame there: each field is but a few bits."""
    timeline = running(STANDARD)
    timeline.feed(STANDARD, damage=["PRM"])
    seen = changed(timeline, STANDARD, {"STGE": "403A4400"}, "mobile_peak", 3)
    assert seen == ["none", "none", "peak_1"]


def test_one_field_does_not_wait_for_another() -> None:
    """Damage to one leaves the others, and each counts its own frames."""
    timeline = running(STANDARD)
    keys = ("breaker", "overvoltage", "producer")
    expected: tuple[tuple[str, list[Value | None]], ...] = (
        ("003A4440", ["closed", False, False]),
        ("003A4542", ["closed", True, False]),
        ("003A4440", ["closed", True, False]),
        ("003A4542", ["closed", True, False]),
        ("003A4544", ["closed", True, True]),
        ("003A4544", ["open_overvoltage", True, True]),
    )
    for status, values in expected:
        reading = timeline.feed(STANDARD, {"STGE": status})
        assert shown(reading, *keys) == values, status


def test_the_first_status_is_taken_whole() -> None:
    """Until every field is agreed on there is none."""
    timeline = Timeline()
    for status in ("003A4440", "003A4480"):
        reading = timeline.feed(STANDARD, {"STGE": status}, damage=["PRM"])
        assert reading.values.get("breaker") is None
    reading = timeline.feed(STANDARD, {"STGE": "003A4480"}, damage=["PRM"])
    assert shown(reading, "breaker", "overload", "overvoltage") == [
        "closed",
        True,
        False,
    ]


# What contradicts itself


@pytest.mark.parametrize(
    ("changes", "key", "bystander"),
    [
        pytest.param({"NTARF": "01"}, "tariff_period", "003A4440", id="NTARF"),
        pytest.param({"RELAIS": "000"}, "dry_contact", "003A4440", id="RELAIS"),
    ],
)
def test_contradicted_labels_wait(changes: Changes, key: str, bystander: str) -> None:
    """Four frames decide; what else the register says does not wait for it."""
    timeline = running(STANDARD)
    before = timeline.feed(STANDARD)[key]
    changes = {**changes, "STGE": bystander}
    seen, overvoltage = [], []
    for _ in range(5):
        reading = timeline.feed(STANDARD, changes)
        seen.append(reading[key] == before)
        overvoltage.append(reading["overvoltage"])
    assert seen == [True, True, True, False, False]
    assert overvoltage == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("status", "lost", "key"),
    [
        pytest.param("003A4000", "NTARF", "tariff_period", id="tariff"),
        pytest.param("003A4401", "RELAIS", "dry_contact", id="dry contact"),
        pytest.param("003B4400", "", "clock_degraded", id="clock"),
        pytest.param("00384402", "", "breaker", id="any, without the mode bit"),
    ],
)
def test_contradicted_fields_wait(status: str, lost: str, key: str) -> None:
    """NTARF, RELAIS, the letter of DATE, and that this is standard mode."""
    timeline = running(STANDARD)
    seen = changed(timeline, STANDARD, {"STGE": status}, key, 3)
    before = Timeline().feed(STANDARD)[key]
    assert seen == [before] * 3
    without: Changes = {lost: None} if lost else {}
    reading = timeline.feed(STANDARD, {"STGE": status, **without}, times=5)
    assert reading[key] != before


def test_what_agrees_changes_together() -> None:
    """The tariff with the register, the letter with its bit."""
    timeline = running(STANDARD)
    changes: Changes = {"NTARF": "01", "STGE": "003A4000"}
    seen = changed(timeline, STANDARD, changes, "tariff_period", 2)
    assert seen == ["peak", "off_peak"]


def test_a_first_frame_that_contradicts_itself_waits() -> None:
    """Of the register, nothing is known until then."""
    timeline = Timeline()
    reading = timeline.feed(STANDARD, {"NTARF": "01"})
    assert reading.values.get("tariff_period") is None
    assert reading.values.get("breaker") is None
    assert reading["contract"] == "off_peak"
    reading = timeline.feed(STANDARD)
    assert reading["tariff_period"] is not None


def _series(timeline: Timeline, values: Iterable[Changes], key: str) -> list[object]:
    """Return what a key shows with each frame."""
    return [timeline.feed(HISTORIC, changes)[key] for changes in values]


# At once


def test_ultra_short_message_at_once() -> None:
    """It lives one frame."""
    message: Changes = {"MSG2": "COUPURE A 14H".ljust(16)}
    assert running(STANDARD).feed(STANDARD, message)["message_2"] == "COUPURE A 14H"


def test_overload_at_once_where_the_current_agrees() -> None:
    """Otherwise with the second frame, and a lost current agrees with nothing."""
    over: Changes = {"ADPS": "046", "IINST": "045", "PAPP": "10350"}
    assert running(HISTORIC).feed(HISTORIC, over)["overload"] is True
    alone: tuple[Changes, ...] = (
        {"ADPS": "046"},
        {"ADPS": "046", "IINST": None},
        {"ADPS": "046", "IINST": "044", "PAPP": "10120"},
    )
    for changes in alone:
        seen = _series(running(HISTORIC), [changes, changes], "overload")
        assert seen == [False, True]
    # A damaged name once, then nothing
    timeline = running(HISTORIC)
    seen = _series(timeline, [{"ADPS": "046"}, {}, {"ADPS": "046"}, {}], "overload")
    assert seen == [False] * 4


def test_overload_of_one_phase_at_once() -> None:
    """ADIR with its own current, not another's."""
    short: Changes = {
        "ADCO": HISTORIC_THREE["ADCO"],
        "IINST1": "003",
        "IINST2": "018",
        "IINST3": "005",
    }
    for label, frames in (("ADIR2", 1), ("ADIR1", 2)):
        timeline = running(HISTORIC_THREE)
        lines = {name: data for name, data in short.items() if data is not None}
        seen = [timeline.feed({label: "018", **lines})["overload"] for _ in range(2)]
        assert seen == [n >= frames for n in (1, 2)]
