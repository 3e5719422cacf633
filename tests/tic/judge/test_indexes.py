"""Indexes never fall, and rise no faster than a meter counts."""

from collections.abc import Mapping

import pytest

from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.tic.helpers import (
    HISTORIC,
    STANDARD,
    STANDARD_THREE,
    Data,
    Lines,
    Timeline,
    shown,
)

BASE: Lines = {
    **{n: v for n, v in HISTORIC.items() if n not in {"HCHC", "HCHP"}},
    "OPTARIF": "BASE",
    "BASE": "003000000",
    "PTEC": "TH..",
}
"""A contract with one register."""
PRODUCER: Lines = {**STANDARD, "EAIT": "000100000"}
TOTAL, INDEX_1, INDEX_2 = 3_000_000, 1_000_000, 2_000_000


def used(*, total: int = 0, first: int = 0, second: int = 0) -> dict[str, Data | None]:
    """Return the registers of standard mode after so many Wh more."""
    return {
        "EAST": f"{TOTAL + total:09}",
        "EASF01": f"{INDEX_1 + first:09}",
        "EASF02": f"{INDEX_2 + second:09}",
    }


def drawn(energy: int) -> dict[str, Data | None]:
    """Return the registers after so many Wh in the second tariff."""
    return used(total=energy, second=energy)


def peak(energy: int) -> dict[str, Data | None]:
    """Return the register of historic mode that has no other to compare with."""
    return {"HCHP": f"{INDEX_2 + energy:09}"}


def energies(reading: MeterReading) -> list[int]:
    """Return by how much the total and two registers rose."""
    keys = ("energy_meter_total", "energy_index_1", "energy_index_2")
    values = [int(str(value)) for value in shown(reading, *keys)]
    starts = (TOTAL, INDEX_1, INDEX_2)
    return [value - start for value, start in zip(values, starts, strict=True)]


def noted(timeline: Timeline) -> int:
    """Return how many indexes stepped."""
    return timeline.meter.judge.counts["noted"]


@pytest.mark.parametrize(
    ("lines", "address", "most"),
    [
        pytest.param(STANDARD, "042164123456", 8, id="60 A"),
        pytest.param(STANDARD, "042165123456", 12, id="90 A"),
        pytest.param(STANDARD, "0421AA123456", 12, id="unknown type"),
        pytest.param(STANDARD_THREE, "042176123456", 22, id="60 A on three phases"),
    ],
)
def test_growth_is_bounded_by_the_rating(lines: Lines, address: str, most: int) -> None:
    """1.1 times the rating at 253 V for 1.5 s, and 2 Wh: then it is held."""
    kind = {"ADSC": address}
    for energy, taken in ((most, True), (most + 1, False)):
        timeline = Timeline()
        timeline.feed(lines, kind, times=3)
        reading = timeline.feed(lines, {**kind, **drawn(energy)})
        assert energies(reading) == ([energy, 0, energy] if taken else [0, 0, 0])
        assert reading["energy_import"] == TOTAL + (energy if taken else 0)


def test_an_index_never_falls() -> None:
    """A lower one is dropped, once or twice."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=3)
    for energy in (-1, -1_999_999):
        reading = timeline.feed(HISTORIC, peak(energy))
        assert shown(reading, "energy_index_2", "energy_import") == [INDEX_2, TOTAL]
    assert timeline.feed(HISTORIC, peak(1))["energy_import"] == TOTAL + 1
    assert timeline.meter.judge.counts["held"] == 2
    assert noted(timeline) == 0


@pytest.mark.parametrize("step", [70_000_000, -500_000])
def test_three_readings_that_agree_are_accepted(step: int) -> None:
    """A register that was set anew is shown and noted; it is no consumption."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=3)
    for energy in (step, step + 1):
        assert timeline.feed(HISTORIC, peak(energy))["energy_index_2"] == INDEX_2
    assert noted(timeline) == 0
    reading = timeline.feed(HISTORIC, peak(step + 2))
    assert reading["energy_index_2"] == INDEX_2 + step + 2
    assert reading["energy_import"] == TOTAL
    assert noted(timeline) == 1
    assert timeline.feed(HISTORIC, peak(step + 5))["energy_import"] == TOTAL + 3
    assert noted(timeline) == 1


def test_what_was_before_a_step_is_over() -> None:
    """The old index, once more, is damage: it does not hold up the new one."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=3)
    timeline.feed(HISTORIC, peak(70_000_000), times=3)
    assert timeline.feed(HISTORIC, peak(1))["energy_index_2"] == 72_000_000
    assert timeline.feed(HISTORIC, peak(70_000_004))["energy_index_2"] == 72_000_004


def test_readings_that_do_not_agree_are_held_on() -> None:
    """Each must be within reach of the one before."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=3)
    for energy in (7000, 8000, 8001, 9000, 8999, 9500, 20_000, 100_000, 7000):
        assert timeline.feed(HISTORIC, peak(energy))["energy_index_2"] == INDEX_2
    # One that is believed between begins the count anew
    for energy in (90_000, 90_000, 1, 90_000, 90_000):
        reading = timeline.feed(HISTORIC, peak(energy))
    assert reading["energy_index_2"] == INDEX_2 + 1
    assert noted(timeline) == 0


def test_a_step_is_taken_once() -> None:
    """A frame without any index does not repeat what the one before did."""
    timeline = Timeline()
    timeline.feed(BASE, times=3)
    stepped: dict[str, Data | None] = {"BASE": "000000100"}
    timeline.feed(BASE, stepped, times=3)
    without = {name: data for name, data in BASE.items() if name != "BASE"}
    assert timeline.feed(without)["energy_import"] == TOTAL
    assert noted(timeline) == 1


def test_what_was_a_little_too_high_stays() -> None:
    """The true index lies below: nothing steps down, and it goes on from there."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=3)
    seen = []
    for energy in (8, 0, 0, 3, 7, 9, 10):
        reading = timeline.feed(HISTORIC, peak(energy))
        seen.append(int(str(reading["energy_index_2"])) - INDEX_2)
        assert reading["energy_import"] == TOTAL + seen[-1]
    assert seen == [8, 8, 8, 8, 8, 9, 10]
    assert timeline.meter.judge.counts["held"] == 0
    assert noted(timeline) == 0


def gap(
    changes: Mapping[str, Data | None],
    *,
    lines: Lines = PRODUCER,
    seconds: float = 3600,
    damage: tuple[str, ...] = (),
    times: int = 1,
) -> MeterReading:
    """Return a reading after a silence."""
    timeline = Timeline()
    timeline.feed(lines, times=3)
    timeline.at += seconds - timeline.pace
    return timeline.feed(lines, changes, damage=damage, times=times)


@pytest.mark.parametrize("lines", [STANDARD, HISTORIC, {**STANDARD, "PCOUP": "06"}])
def test_a_gap_is_bounded_by_the_breaker(lines: Lines) -> None:
    """It opens above 1.3 times the power: 9 kVA, 11.7 kWh in an hour."""
    for energy, taken in ((11_702, True), (11_703, False)):
        changes = drawn(energy) if "EAST" in lines else peak(energy)
        reading = gap(changes, lines=lines)
        assert reading["energy_import"] == TOTAL + (energy if taken else 0)


def test_the_higher_power_bounds_a_gap() -> None:
    """PCOUP may be above PREF."""
    lines = {**STANDARD, "PCOUP": "12"}
    assert gap(drawn(15_602), lines=lines)["energy_import"] == TOTAL + 15_602
    assert gap(drawn(15_603), lines=lines)["energy_import"] == TOTAL


def test_a_short_gap_is_bounded_by_the_rating() -> None:
    """The breaker bears more for some minutes."""
    assert gap(drawn(4_170), seconds=900)["energy_import"] == TOTAL + 4_170
    assert gap(drawn(4_180), seconds=900)["energy_import"] == TOTAL


def test_no_contract_bounds_the_export() -> None:
    """Only the meter's rating does."""
    sent: dict[str, Data | None] = {"EAIT": "000116000"}
    assert gap(sent)["energy_export"] == 116_000
    assert gap({"EAIT": "000117000"})["energy_export"] == 100_000


def test_after_a_gap_a_damaged_frame_needs_another() -> None:
    """The bound is wide then: one reading more has to say the same."""
    once = gap(peak(9_000), lines=HISTORIC, damage=("PTEC",))
    assert once["energy_import"] == TOTAL
    twice = gap(peak(9_000), lines=HISTORIC, damage=("PTEC",), times=2)
    assert twice["energy_import"] == TOTAL + 9_000


def test_the_first_index_of_a_damaged_frame_waits() -> None:
    """One more has to agree."""
    timeline = Timeline()
    reading = timeline.feed(HISTORIC, damage=["PTEC"])
    assert reading.values.get("energy_index_2") is None
    assert timeline.feed(HISTORIC, damage=["PTEC"])["energy_index_2"] == INDEX_2


# The total and its parts


@pytest.mark.parametrize(
    ("wrong", "kept"),
    [
        pytest.param(used(total=3, second=19), [3, 0, 0], id="second register"),
        pytest.param(used(total=3, first=19, second=3), [3, 0, 3], id="first register"),
        pytest.param(used(total=19, second=3), [0, 0, 3], id="total"),
        pytest.param(used(first=10, second=10), [0, 0, 0], id="two registers"),
        pytest.param(used(total=16, first=16, second=16), [0, 0, 0], id="any of three"),
    ],
)
def test_only_what_disagrees_is_held(
    wrong: dict[str, Data | None], kept: list[int]
) -> None:
    """Each is within its own bound; together they cannot be."""
    timeline = Timeline(pace=4)
    timeline.feed(STANDARD, times=3)
    assert energies(timeline.feed(STANDARD, wrong)) == kept
    assert energies(timeline.feed(STANDARD, drawn(6))) == [6, 0, 6]
    assert noted(timeline) == 0


def test_constant_of_an_older_contract() -> None:
    """The total counts what no register shows any more."""
    timeline = Timeline(pace=4)
    older: dict[str, Data | None] = {"EAST": "005000000"}
    timeline.feed(STANDARD, older)
    assert timeline.meter.memory.indexes.constant == 2_000_000
    reading = timeline.feed(STANDARD, {**older, "EASF02": "002000018"})
    assert reading["energy_index_2"] == INDEX_2


def test_constant_of_damaged_frames() -> None:
    """Three have to agree, the first of which is held for itself."""
    timeline = Timeline(pace=4)
    for energy in (0, 0, 18, 18):
        timeline.feed(STANDARD, used(total=energy), damage=["PRM"])
        assert timeline.meter.memory.indexes.constant is None
    timeline.feed(STANDARD, used(total=18), damage=["PRM"])
    assert timeline.meter.memory.indexes.constant == 18


def test_constant_is_learned_anew() -> None:
    """Three frames that agree: the registers were set anew, by little."""
    timeline = Timeline(pace=4)
    timeline.feed(STANDARD, times=3)
    for _ in range(2):
        assert energies(timeline.feed(STANDARD, used(second=18))) == [0, 0, 0]
    # One that agrees with the total begins the count anew
    assert energies(timeline.feed(STANDARD)) == [0, 0, 0]
    for _ in range(2):
        assert energies(timeline.feed(STANDARD, used(second=18))) == [0, 0, 0]
    assert energies(timeline.feed(STANDARD, used(second=18))) == [0, 0, 18]
    assert timeline.meter.memory.indexes.constant == -18
    assert energies(timeline.feed(STANDARD, used(total=4, second=22))) == [4, 0, 22]
