"""Three phases and their total; what is exported."""

import pytest

from tests.simulator.frames.wire import encode_frame
from tests.tic.helpers import (
    SHARED,
    STANDARD,
    STANDARD_THREE,
    Timeline,
    as_group,
    decode,
    shown,
)

from .test_measurements import (
    CURRENT,
    PHASES,
    POWER,
    Changes,
    alone,
    false,
    running,
    series,
    three,
)

STRANGE: Changes = {
    **{f"IRMS{n}": "002" for n in (1, 2, 3)},
    "URMS1": "231",
    "URMS2": "231",
    "URMS3": "232",
    "SINSTS": "01407",
    "SINSTS1": "48370",
    "SINSTS2": "17742",
    "SINSTS3": "41187",
}
"""A real meter's frame: with 2 A no phase draws 48 kVA."""


def test_strange_phase_powers_never_show() -> None:
    """However often they are repeated, nor does what follows from them; the total does."""
    timeline = Timeline()
    for _ in range(10):
        reading = timeline.feed(STANDARD_THREE, STRANGE)
        assert reading[POWER] == 1407
        assert {reading.values.get(key) for key in PHASES} == {None}
        available = [f"available_current_l{n}" for n in (1, 2, 3)]
        available += ["available_current", "available_power"]
        assert {reading.values.get(key) for key in available} == {None}
        assert reading[CURRENT] == 2
    assert false(timeline) == 30


@pytest.mark.skipif(not SHARED.exists(), reason="samples are not here")
def test_captured_strange_phase_powers_never_show() -> None:
    """The same, as it was captured, with an address."""
    (frame,) = decode(
        (SHARED / "frames/esphome2060-standard-base-3ph.txt").read_bytes()
    )
    groups = [as_group("ADSC", "042176123456")]
    groups += [
        as_group(g.label, g.value if g.horodate is None else (g.horodate, g.value))
        for g in frame.groups
    ]
    data = encode_frame("standard", groups)
    timeline = Timeline()
    for _ in range(10):
        reading = timeline.send(data)
        assert reading is not None
        assert reading[POWER] == 1407
        keys = [*PHASES, "available_current", "available_power"]
        assert {reading.values.get(key) for key in keys} == {None}


def test_phases_in_conflict_with_the_total_never_show() -> None:
    """Each agrees with its current; the total shows alone."""
    timeline = Timeline()
    for _ in range(10):
        reading = timeline.feed(STANDARD_THREE, {"SINSTS": "02000"})
        assert reading[POWER] == 2000
        assert {reading.values.get(key) for key in PHASES} == {None}


def test_a_total_that_jumps_out_of_its_sum_waits() -> None:
    """It may be the one that is damaged; repeated, it wins."""
    timeline = running(STANDARD_THREE)
    totals = ("02000", "04040", "02000", "02000", *["02000"] * 5)
    seen = series(timeline, STANDARD_THREE, POWER, "SINSTS", totals)
    assert seen == [4040, 4040, 4040, *[2000] * 6]
    reading = timeline.feed(STANDARD_THREE, {"SINSTS": "02000"})
    assert shown(reading, *PHASES) == [None] * 3


def test_phases_in_opposite_directions() -> None:
    """The total is signed, an exporting phase shows 0: 13 and 568 are right."""
    timeline = Timeline()
    changes = three(total=13, drawn=(0, 568, 0), currents=(1, 2, 1))
    volts: Changes = {"URMS1": "234", "URMS2": "240", "URMS3": "242"}
    for _ in range(3):
        reading = timeline.feed(STANDARD_THREE, changes | volts)
        assert shown(reading, POWER, *PHASES) == [13, 0, 568, 0]
    assert false(timeline) == 0
    assert timeline.meter.judge.counts["held"] == 0


@pytest.mark.skipif(not SHARED.exists(), reason="samples are not here")
def test_captured_phases_in_opposite_directions() -> None:
    """The same, as it was captured."""
    timeline = Timeline()
    path = SHARED / "frames/openhab-standard-tempo-producer-3ph.txt"
    totals = []
    for frame in decode(path.read_bytes()):
        timeline.at += 2
        reading = timeline.meter.process(frame, at=timeline.at)
        if reading is not None and frame.complete:
            totals.append(shown(reading, POWER, PHASES[1]))
    assert [13, 568] in totals
    assert false(timeline) == 0


def test_an_exporting_phase_bounds_the_total() -> None:
    """No more than its current carries can be missing from the sum."""
    timeline = Timeline()
    changes = three(total=100, drawn=(3576, 464, 0), currents=(16, 2, 2))
    reading = timeline.feed(STANDARD_THREE, changes, times=3)
    assert shown(reading, POWER, PHASES[0]) == [100, None]
    # Where that current is lost, nothing contradicts
    reading = Timeline().feed(STANDARD_THREE, {**changes, "IRMS3": None}, times=3)
    assert shown(reading, POWER, PHASES[0]) == [100, 3576]


def test_a_false_total_does_not_judge_the_phases() -> None:
    """They agree with their currents, and stay."""
    for timeline in (Timeline(), running(STANDARD_THREE)):
        reading = timeline.feed(STANDARD_THREE, {"SINSTS": "04890"}, times=10)
        assert shown(reading, POWER, *PHASES) == [None, 3576, 464, 0]


def test_a_lost_total_leaves_the_phases() -> None:
    """They are judged by their own currents."""
    reading = Timeline().feed(STANDARD_THREE, {"SINSTS": None}, times=3)
    assert shown(reading, *PHASES) == [3576, 464, 0]
    assert reading.values.get(POWER) is None


# Export


@pytest.mark.parametrize(
    ("exported", "power", "shows"),
    [
        (916, 0, False),
        (917, 0, True),
        (1355, 0, True),
        (1356, 0, False),
        (1120, 1120, False),
        (0, 1120, True),
    ],
)
def test_export_of_one_phase(exported: int, power: int, shows: bool) -> None:
    """224 V by 4.5 to 5.5 A, and nothing while drawing."""
    changes = {**alone(power, 5), "SINSTI": f"{exported:05}"}
    reading = Timeline().feed(STANDARD, changes, times=5)
    assert reading.values.get("apparent_power_export") == (exported if shows else None)
    assert reading[POWER] == power


def test_export_of_three_phases() -> None:
    """No more than all currents carry; one that is lost says nothing."""
    changes = three(total=0, drawn=(0, 464, 0), currents=(16, 2, 1))
    for exported, lost, shows in (
        ("03200", False, True),
        ("05140", False, False),
        ("05140", True, True),
    ):
        timeline = Timeline()
        sent = {**changes, "SINSTI": exported, **({"IRMS3": None} if lost else {})}
        reading = timeline.feed(STANDARD_THREE, sent, times=3)
        seen = reading.values.get("apparent_power_export")
        assert seen == (int(exported) if shows else None)
