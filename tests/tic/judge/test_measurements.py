"""Measurements are judged by each other, and by the ones before."""

from collections.abc import Iterable

import pytest

from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    STANDARD,
    STANDARD_THREE,
    Data,
    Lines,
    Timeline,
    shown,
)

POWER, CURRENT, VOLTAGE = "apparent_power", "rms_current_l1", "voltage_l1"
PHASES = [f"apparent_power_l{n}" for n in (1, 2, 3)]
type Changes = dict[str, Data | None]


def alone(power: int, current: int, volts: int = 224) -> Changes:
    """Return what a single-phase meter measures."""
    return {
        "SINSTS": f"{power:05}",
        "IRMS1": f"{current:03}",
        "URMS1": f"{volts:03}",
    }


def three(*, total: int, drawn: Iterable[int], currents: Iterable[int]) -> Changes:
    """Return what a three-phase meter measures."""
    return {
        "SINSTS": f"{total:05}",
        **{f"SINSTS{n}": f"{power:05}" for n, power in enumerate(drawn, 1)},
        **{f"IRMS{n}": f"{amperes:03}" for n, amperes in enumerate(currents, 1)},
    }


def series(
    timeline: Timeline, lines: Lines, key: str, label: str, values: Iterable[str]
) -> list[object]:
    """Return what a key shows while one label changes."""
    return [timeline.feed(lines, {label: value})[key] for value in values]


def running(lines: Lines) -> Timeline:
    """Return a meter that is known."""
    timeline = Timeline()
    timeline.feed(lines, times=3)
    return timeline


def false(timeline: Timeline) -> int:
    """Return how many values could not be true."""
    return timeline.meter.judge.counts["implausible"]


# What cannot be true


@pytest.mark.parametrize(
    ("power", "shows"),
    [(8008, True), (8009, False), (6415, True), (6414, False), (0, True)],
)
def test_power_is_voltage_times_current(power: int, shows: bool) -> None:
    """224 V by 31.5 to 32.5 A, and a tenth; 0 is an export.

    What surprises shows with the second frame, what cannot be true with none.
    """
    timeline = running(STANDARD)
    reading = timeline.feed(STANDARD, alone(power, 32), times=10)
    assert reading[POWER] == (power if shows else None)
    assert false(timeline) == (0 if shows else 10)


@pytest.mark.parametrize(
    ("lines", "changes", "key"),
    [
        (STANDARD, {"IRMS1": None, "SINSTS": "99999"}, POWER),
        (STANDARD_THREE, {"IRMS1": None, "SINSTS1": "99999"}, PHASES[0]),
        (STANDARD_THREE, {"SINSTS": "04890"}, POWER),
        (HISTORIC, {"IINST": None, "PAPP": "99999"}, POWER),
        (HISTORIC, {"PAPP": "03330"}, POWER),
        (HISTORIC_THREE, {"PAPP": "03590"}, POWER),
        (HISTORIC, {"IINST": "300", "PAPP": None}, "current_l1"),
        (STANDARD, {"IRMS1": "226", "SINSTS": None}, CURRENT),
        (STANDARD, {"URMS1": "441", "SINSTS": None}, VOLTAGE),
    ],
)
def test_more_than_there_can_be_never_shows(
    lines: Lines, changes: Changes, key: str
) -> None:
    """Neither more than the currents carry, nor more than a meter bears."""
    timeline = running(lines)
    before = timeline.feed(lines)[key]
    assert before is not None
    seen = [timeline.feed(lines, changes)[key] for _ in range(10)]
    assert seen == [before] * 3 + [None] * 7
    assert false(timeline) >= 10


def test_a_damaged_current_is_held_with_its_power() -> None:
    """Which of the two is wrong, the next frame tells."""
    timeline = running(STANDARD)
    for current in (10, 60):
        reading = timeline.feed(STANDARD, {"IRMS1": f"{current:03}"})
        assert shown(reading, POWER, CURRENT) == [7165, 32]
    assert shown(timeline.feed(STANDARD), POWER, CURRENT) == [7165, 32]


# What surprises


def test_a_surprise_waits_one_frame() -> None:
    """A power that no current bears out, a current without its power."""
    timeline = running(HISTORIC)
    powers = ("01500", "02830", "01500", "01500")
    seen = series(timeline, HISTORIC, POWER, "PAPP", powers)
    assert seen == [2830, 2830, 2830, 1500]
    timeline = running(STANDARD)
    lines = {**STANDARD, "SINSTS": "00000", "IRMS1": "005"}
    for power in (7165, 0, 0):
        assert timeline.feed(lines)[POWER] == power
    # Import at the current of the export before
    for power in (0, 1120):
        assert timeline.feed(lines, {"SINSTS": "01120"})[POWER] == power


def test_a_power_beside_its_current_waits() -> None:
    """Not by so much that it could not be true."""
    powers = ("07500", "07165", "07500", "07500")
    seen = series(running(STANDARD), STANDARD, POWER, "SINSTS", powers)
    assert seen == [7165, 7165, 7165, 7500]


def test_what_moves_together_does_not_wait() -> None:
    """The other measurement of the frame bears it out."""
    reading = running(STANDARD).feed(STANDARD, alone(3000, 13))
    assert shown(reading, POWER, CURRENT) == [3000, 13]
    reading = running(HISTORIC).feed(HISTORIC, {"PAPP": "05060", "IINST": "022"})
    assert shown(reading, POWER, "current_l1") == [5060, 22]
    changes = three(total=1568, drawn=(1104, 464, 0), currents=(5, 2, 0))
    reading = running(STANDARD_THREE).feed(STANDARD_THREE, changes)
    assert shown(reading, POWER, *PHASES) == [1568, 1104, 464, 0]


def test_what_returns_does_not_wait() -> None:
    """The step may have been the damage."""
    timeline = running(HISTORIC)
    timeline.feed(HISTORIC, {"PAPP": "01500"}, times=2)
    assert timeline.feed(HISTORIC)[POWER] == 2830


def test_what_never_stands_still_waits_two_frames() -> None:
    """Three different powers in a row are a load, not damage."""
    timeline = running(HISTORIC)
    powers = ("01500", "01000", "01800", "01400")
    seen = series(timeline, HISTORIC, POWER, "PAPP", powers)
    assert seen[:3] == [2830, 2830, 1800]


def test_a_first_value_that_the_next_contradicts() -> None:
    """Nothing bore it out, so it does not stay; what comes again shows."""
    timeline = Timeline()
    powers = ("00760", "02760", "02760")
    seen = series(timeline, HISTORIC_THREE, POWER, "PAPP", powers)
    assert seen == [760, None, 2760]


def test_first_values_of_a_damaged_frame() -> None:
    """Power and current bear each other out, the voltage waits."""
    timeline = Timeline()
    reading = timeline.feed(STANDARD, damage=["PRM"])
    assert shown(reading, POWER, CURRENT) == [7165, 32]
    assert reading.values.get(VOLTAGE) is None
    assert timeline.feed(STANDARD, damage=["PRM"])[VOLTAGE] == 224


def test_voltage_steps() -> None:
    """One that surprises waits, and the powers are judged by the one before."""
    timeline = running(STANDARD)
    for volts in (224, 245):
        reading = timeline.feed(STANDARD, {"URMS1": "245"})
        assert shown(reading, VOLTAGE, POWER) == [volts, 7165]
        if volts == 224:
            assert timeline.meter.judge.counts["held"] == 1
    reading = running(STANDARD).feed(STANDARD, {"URMS1": None, "SINSTS": "09000"})
    assert reading[POWER] == 7165


def test_a_voltage_that_no_network_has_needs_three_frames() -> None:
    """Whether it was another before or none."""
    gone: Changes = {"URMS2": "003"}
    gone |= three(total=3576, drawn=(3576, 0, 0), currents=(16, 0, 0))
    key = "voltage_l2"
    timeline = running(STANDARD_THREE)
    seen = [timeline.feed(STANDARD_THREE, gone)[key] for _ in range(3)]
    assert seen == [231, 231, 3]
    assert timeline.feed(STANDARD_THREE)[key] == 231
    timeline = Timeline()
    seen = [timeline.feed(STANDARD_THREE, gone).values.get(key) for _ in range(3)]
    assert seen == [None, None, 3]


def test_an_overload_bears_its_current_out() -> None:
    """ADPS says the same."""
    over: Changes = {"ADPS": "060", "IINST": "060", "PAPP": None}
    assert running(HISTORIC).feed(HISTORIC, over)["current_l1"] == 60
    del over["ADPS"]
    assert running(HISTORIC).feed(HISTORIC, over)["current_l1"] == 12


def test_power_without_a_voltage() -> None:
    """Only the meter's rating and the value before judge it then."""
    timeline = Timeline()
    without: Changes = {"URMS1": None}
    assert timeline.feed(STANDARD, without, times=2)[POWER] == 7165
    seen = []
    for _ in range(2):
        reading = timeline.feed(STANDARD, {**without, "SINSTS": "09500"})
        seen.append(reading[POWER])
    assert seen == [7165, 9500]


# A line that damaged a group a moment ago


def recently_damaged(lines: Lines) -> Timeline:
    """Return a meter whose line damages groups now and then."""
    timeline = running(lines)
    timeline.feed(lines, damage=["IMAX" if lines is HISTORIC else "PRM"])
    return timeline


def test_a_step_that_the_next_frame_lacks_is_not_shown_on() -> None:
    """Whether it was damage, nobody knows any more; what came again stays."""
    step: Changes = {"PAPP": "05060", "IINST": "022"}
    for times, then in ((1, None), (2, 5060)):
        timeline = running(HISTORIC)
        assert timeline.feed(HISTORIC, step, times=times)[POWER] == 5060
        assert timeline.feed(HISTORIC, step, damage=["PAPP"])[POWER] == then
        assert timeline.feed(HISTORIC, step)[POWER] == then
        assert timeline.feed(HISTORIC, step)[POWER] == 5060


def test_a_step_that_the_next_frame_denies_is_not_shown_on() -> None:
    """On a good line it is, until that comes again."""
    for timeline, then in (
        (recently_damaged(HISTORIC), None),
        (running(HISTORIC), 5060),
    ):
        timeline.feed(HISTORIC, {"PAPP": "05060", "IINST": "022"})
        reading = timeline.feed(HISTORIC, {"PAPP": "04300", "IINST": "022"})
        assert reading[POWER] == then


def test_short_frames_deny_no_step() -> None:
    """They have no power. On a damaged line a step is not shown for as long as they last."""
    timeline = running(HISTORIC_THREE)
    step: Changes = {"PAPP": "05060", "IINST1": "013"}
    assert timeline.feed(HISTORIC_THREE, step)[POWER] == 5060
    short: Lines = {
        "ADIR1": "013",
        "ADCO": "042176123456",
        "IINST1": "013",
        "IINST2": "004",
        "IINST3": "005",
    }
    assert timeline.feed(short)[POWER] == 5060
    timeline = running(HISTORIC_THREE)
    timeline.feed(HISTORIC_THREE, damage=["IMAX1"])
    assert timeline.feed(HISTORIC_THREE, step)[POWER] == 5060
    assert timeline.feed(short)[POWER] is None


def test_an_ampere_is_rounding_on_a_damaged_line() -> None:
    """It bears a power out on a good one only; two amperes always do."""
    for timeline, then in (
        (recently_damaged(HISTORIC), 2830),
        (running(HISTORIC), 2560),
    ):
        changes: Changes = {"PAPP": "02560", "IINST": "011"}
        assert timeline.feed(HISTORIC, changes)[POWER] == then
        assert timeline.feed(HISTORIC, changes)[POWER] == 2560
    changes = {"PAPP": "02370", "IINST": "010"}
    assert recently_damaged(HISTORIC).feed(HISTORIC, changes)[POWER] == 2370


def test_a_first_value_waits_on_a_damaged_line() -> None:
    """A good line shows it at once, also after an outage."""
    for timeline, then in ((recently_damaged(HISTORIC), None), (running(HISTORIC), 12)):
        timeline.at += 100
        reading = timeline.feed(HISTORIC)
        assert reading["current_l1"] == then
        assert timeline.feed(HISTORIC)["current_l1"] == 12


def test_a_contradicted_current_has_to_come_three_times_on_a_damaged_line() -> None:
    """The power that did not move says otherwise."""
    changes: Changes = {"IINST": "030"}
    for timeline, frames in ((recently_damaged(HISTORIC), 3), (running(HISTORIC), 2)):
        seen = [timeline.feed(HISTORIC, changes)["current_l1"] for _ in range(3)]
        assert seen == [12] * (frames - 1) + [30] * (4 - frames)


def test_a_power_whose_current_is_damaged_is_judged_by_the_one_before() -> None:
    """An export of 5 A does not become an import of 8 VA."""
    lines = {**STANDARD, "SINSTS": "00000", "IRMS1": "005"}
    timeline = running(lines)
    for power in (8, 2000):
        reading = timeline.feed(lines, {"SINSTS": f"{power:05}"}, damage=["IRMS1"])
        assert reading[POWER] == 0
    assert timeline.feed(lines)[POWER] == 0


def test_a_step_of_the_voltage_has_to_come_three_times_on_a_damaged_line() -> None:
    """The network hardly ever steps."""
    for timeline, frames in ((recently_damaged(STANDARD), 3), (running(STANDARD), 2)):
        seen = [timeline.feed(STANDARD, {"URMS1": "245"})[VOLTAGE] for _ in range(3)]
        assert seen == [224] * (frames - 1) + [245] * (4 - frames)


def test_what_never_stands_still_is_not_proven_on_a_damaged_line() -> None:
    """The next frame may deny it."""
    timeline = recently_damaged(HISTORIC)
    powers = ("02500", "03200", "02300", "03250")
    seen = series(timeline, HISTORIC, POWER, "PAPP", powers)
    assert seen == [2830, 2830, 2300, None]


def test_a_current_that_its_power_denies_on_a_damaged_line() -> None:
    """The power is dropped, and the current has to come three times."""
    timeline = recently_damaged(STANDARD)
    seen = series(timeline, STANDARD, CURRENT, "IRMS1", ["104"] * 3)
    assert seen == [32, 32, 104]
