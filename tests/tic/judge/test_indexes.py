"""Indexes never fall, and rise no faster than a meter counts."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.tic.helpers import (
    HISTORIC,
    NOW,
    STANDARD,
    STANDARD_THREE,
    Data,
    Lines,
    Timeline,
    encode,
    frame_of,
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
MINUTE = 40
"""Frames."""


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


@pytest.mark.parametrize("step", [70_000_000, -15_000])
def test_readings_that_agree_for_a_minute_are_accepted(step: int) -> None:
    """A register that was set anew is noted; only what it counted since is consumed."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=60)
    for n in range(MINUTE):
        reading = timeline.feed(HISTORIC, peak(step + n))
        assert reading["energy_index_2"] == INDEX_2
        assert noted(timeline) == 0
    reading = timeline.feed(HISTORIC, peak(step + MINUTE))
    assert reading["energy_index_2"] == INDEX_2 + step + MINUTE
    assert reading["energy_import"] == TOTAL + MINUTE
    assert noted(timeline) == 1
    reading = timeline.feed(HISTORIC, peak(step + MINUTE + 3))
    assert reading["energy_import"] == TOTAL + MINUTE + 3
    assert noted(timeline) == 1


@pytest.mark.parametrize("step", [70_000_000, -500_000])
def test_a_step_is_never_taken_from_a_damaged_line(step: int) -> None:
    """Damage repeats itself: copies of one lie are no agreement."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=60)
    for n in range(5 * MINUTE):
        damage = ["PTEC"] if n % MINUTE == 0 else []
        reading = timeline.feed(HISTORIC, peak(step), damage=damage)
        assert reading["energy_index_2"] == INDEX_2
    assert noted(timeline) == 0
    assert timeline.feed(HISTORIC, peak(1))["energy_index_2"] == INDEX_2 + 1


def test_a_silence_is_no_agreement() -> None:
    """Nobody read what the meter said meanwhile."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=60)
    timeline.feed(HISTORIC, peak(70_000_000), times=3)
    timeline.at += 3600
    reading = timeline.feed(HISTORIC, peak(70_000_000))
    assert reading["energy_index_2"] == INDEX_2


def test_a_fall_waits_for_the_user() -> None:
    """However long it lasts; damage between does not undo it, nor is energy lost."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=60)
    fallen = -INDEX_2
    timeline.feed(HISTORIC, peak(fallen), times=3 * MINUTE)
    timeline.feed(HISTORIC, peak(fallen + 70_000), damage=["PTEC"])
    for n in range(MINUTE):
        reading = timeline.feed(HISTORIC, peak(fallen + n))
        assert reading["energy_index_2"] == INDEX_2
    last = fallen + MINUTE - 1
    (step,) = timeline.meter.pending_steps
    assert step == ("index_2", INDEX_2, INDEX_2 + last)
    timeline.meter.confirm_steps()
    assert timeline.meter.pending_steps == []
    reading = timeline.feed(HISTORIC, peak(last + 1))
    assert reading["energy_index_2"] == INDEX_2 + last + 1
    assert reading["energy_import"] == TOTAL + MINUTE
    assert noted(timeline) == 1


def test_a_fall_that_goes_on_from_elsewhere_begins_anew() -> None:
    """Three readings that do not go on from it, and nobody is asked any more."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=60)
    timeline.feed(HISTORIC, peak(-INDEX_2), times=2 * MINUTE)
    assert timeline.meter.pending_steps
    timeline.feed(HISTORIC, peak(-INDEX_2 + 900_000), times=2)
    assert timeline.meter.pending_steps
    timeline.feed(HISTORIC, peak(-INDEX_2 + 900_000))
    assert timeline.meter.pending_steps == []


def test_the_total_wins_over_a_step_of_one_register() -> None:
    """Only the user can tell that it was set anew; then the rest goes on from it."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=60)
    timeline.feed(STANDARD, used(second=70_000), times=3 * MINUTE)
    assert [step.register for step in timeline.meter.pending_steps] == ["index_2"]
    timeline.meter.confirm_steps()
    assert energies(timeline.feed(STANDARD, used(second=70_000))) == [0, 0, 70_000]
    reading = timeline.feed(STANDARD, used(total=2, second=70_002))
    assert energies(reading) == [2, 0, 70_002]
    assert reading["energy_import"] == TOTAL + 2


def test_a_step_that_the_total_took_too() -> None:
    """They agree: nobody needs to be asked."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=60)
    timeline.feed(STANDARD, drawn(70_000), times=MINUTE)
    assert energies(timeline.feed(STANDARD)) == [0, 0, 0]
    timeline.feed(STANDARD, drawn(70_000), times=MINUTE)
    assert energies(timeline.feed(STANDARD, drawn(70_000))) == [70_000, 0, 70_000]
    assert timeline.meter.pending_steps == []
    assert noted(timeline) == 2


def test_what_was_known_for_a_shorter_time_than_the_step() -> None:
    """Was wrong from the start: its fall needs nobody's word."""
    timeline = Timeline()
    timeline.feed(HISTORIC, peak(70_000_000), times=3)
    timeline.feed(HISTORIC, times=MINUTE)
    assert timeline.feed(HISTORIC)["energy_index_2"] == INDEX_2


@pytest.mark.parametrize(
    ("lines", "frames"),
    [
        pytest.param(STANDARD, 2, id="DATE"),
        pytest.param(HISTORIC, MINUTE + 1, id="none"),
    ],
)
def test_a_suspended_host_loses_no_energy(lines: Lines, frames: int) -> None:
    """Its steady clock stood still for 12 hours; both others tell the same time.

    Where DATE is not sent, ours alone has to do: after a minute.
    """
    timeline = Timeline()
    timeline.feed(lines, times=60)
    energy = 24_000
    changes = drawn(energy) if "EAST" in lines else peak(energy)
    for _ in range(frames):
        timeline.at += timeline.pace
        late: dict[str, Data | None] = {"DATE": ("H260114060000", "")}
        data = encode(lines, changes | (late if "EAST" in lines else {}))
        reading = timeline.meter.process(
            frame_of(data), at=timeline.at, received=NOW + timedelta(hours=12)
        )
    assert reading is not None
    assert reading["energy_import"] == TOTAL + energy
    assert noted(timeline) == 0


def test_a_host_whose_clock_alone_jumps() -> None:
    """The meter's own clock went on by a moment: no half day of energy is believed."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=60)
    data = frame_of(encode(STANDARD, drawn(24_000)))
    for _ in range(5):
        timeline.at += timeline.pace
        reading = timeline.meter.process(
            data, at=timeline.at, received=NOW + timedelta(hours=12)
        )
    assert reading is not None
    assert reading["energy_import"] == TOTAL


def test_a_host_whose_clock_is_set() -> None:
    """By some seconds, as time servers do: what the meter's clock denies is not said."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=60)
    timeline.at += timeline.pace
    reading = timeline.meter.process(
        frame_of(encode(STANDARD, drawn(30))),
        at=timeline.at,
        received=NOW + timedelta(seconds=9),
    )
    assert reading is not None
    assert reading["energy_import"] == TOTAL


def test_a_register_of_another_meter() -> None:
    """A known meter shows a new register when three undamaged frames have it."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=4)
    for n in range(4):
        reading = timeline.feed(PRODUCER, {"ADSC": None} if n < 3 else {})
        assert reading.values.get("energy_export") is None
    timeline.feed(STANDARD)
    for seen in (None, None, 100_000):
        assert timeline.feed(PRODUCER).values.get("energy_export") == seen


def test_a_new_register_on_a_damaged_line() -> None:
    """It says the same for a minute."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=4)
    for _ in range(MINUTE):
        reading = timeline.feed(PRODUCER, damage=["PRM"])
        assert reading.values.get("energy_export") is None
    reading = timeline.feed(PRODUCER, damage=["PRM"])
    assert reading["energy_export"] == 100_000


def test_repeated_damage_inside_the_bound_is_corrected() -> None:
    """What it showed too much stays until it is passed; nothing falls or waits."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=60)
    for energy in (8, 8, 8, 8, 8, 0, 0, 4, 8, 9):
        reading = timeline.feed(HISTORIC, peak(energy))
        assert reading["energy_index_2"] == INDEX_2 + max(energy, 8)
    assert timeline.meter.judge.counts["held"] == 0


def test_what_was_right_after_all() -> None:
    """A lower index, believed for a moment, does not hold the true one up."""
    timeline = Timeline()
    for energy in range(0, 180, 3):
        timeline.feed(HISTORIC, peak(energy))
    timeline.feed(HISTORIC, peak(120), times=3)
    reading = timeline.feed(HISTORIC, peak(189))
    assert reading["energy_index_2"] == INDEX_2 + 189


@pytest.mark.parametrize(
    ("lines", "label", "key"),
    [
        (BASE, "BASE", "energy_import"),
        (PRODUCER, "EAIT", "energy_export"),
        ({**STANDARD, "EASD01": "003000000"}, "EASD01", "energy_distributor_1"),
    ],
)
def test_what_no_sum_checks_does_not_fit_by_waiting(
    lines: Lines, label: str, key: str
) -> None:
    """Damage that repeats itself says the same until the time would allow it."""
    timeline = Timeline()
    before = timeline.feed(lines, times=60)[key]
    true = int(str(lines[label]))
    wrong = {label: f"{true + 20:09}"}
    assert timeline.feed(lines, wrong, times=12)[key] == before
    assert timeline.feed(lines, {label: f"{true + 1:09}"})[key] == true + 1


def test_what_is_true_does_not_wait_after_a_correction() -> None:
    """Frames of a while ago come again, and go on up to now: what was lost is made up."""
    timeline = Timeline()

    def feed(energy: int) -> object:
        return timeline.feed(BASE, {"BASE": f"{TOTAL + energy:09}"})["energy_import"]

    for energy in range(60):
        feed(energy)
    for energy in range(45, 60):
        feed(energy)
    for energy in range(75, 83):
        shown_now = feed(energy)
    assert shown_now == TOTAL + 82


def test_a_correction_opens_no_way_for_more() -> None:
    """What goes on from an index that was too high goes on at the contract's pace.

    A meter at full load could have counted the second wrong one since the first; a breaker
    of the subscribed power would have opened.
    """
    timeline = Timeline()

    def feed(energy: int, *, times: int = 1, power: str = "30") -> object:
        changes = {"BASE": f"{TOTAL + energy:09}", "ISOUSC": power}
        return timeline.feed(BASE, changes, times=times)["energy_import"]

    feed(0, times=60)
    timeline.at += 600
    assert feed(18, times=3) == TOTAL + 18
    feed(1, times=12)
    # What the contract says is damaged too
    feed(2, times=3, power="90")
    assert feed(110, times=8) == TOTAL + 18
    assert feed(3) == TOTAL + 18
    assert feed(19) == TOTAL + 19


def test_a_correction_under_a_contract_that_is_not_told() -> None:
    """Without a subscribed power the meter's own full load is what bounds."""
    timeline = Timeline()

    def feed(energy: int, *, times: int = 1) -> object:
        changes = {"BASE": f"{TOTAL + energy:09}", "ISOUSC": None}
        return timeline.feed(BASE, changes, times=times)["energy_import"]

    feed(0, times=60)
    timeline.at += 600
    assert feed(18, times=3) == TOTAL + 18
    feed(1, times=12)
    assert feed(110, times=8) == TOTAL + 110


def test_no_contract_bounds_the_export_after_a_correction() -> None:
    """A roof may give more than the house may draw."""
    timeline = Timeline()

    def feed(energy: int) -> object:
        changes = {"EAIT": f"{100_000 + energy:09}", "PREF": "03", "PCOUP": "03"}
        return timeline.feed(PRODUCER, changes)["energy_export"]

    for energy in range(0, 480, 6):
        feed(energy)
    # An older frame comes once more
    assert feed(450) == 100_474
    assert feed(486) == 100_486


def test_what_was_before_a_step_is_over() -> None:
    """The old index, once more, is damage: it does not hold up the new one."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=60)
    timeline.feed(HISTORIC, peak(70_000_000), times=MINUTE + 1)
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
    timeline.feed(BASE, times=60)
    stepped: dict[str, Data | None] = {"BASE": "070000100"}
    timeline.feed(BASE, stepped, times=MINUTE + 1)
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


def test_a_gap_of_a_distributor_index_is_bounded_too() -> None:
    """What it counts is drawn as well."""
    for energy, taken in ((11_702, True), (11_703, False)):
        reading = gap({"EASD01": f"{TOTAL + energy:09}"})
        assert reading["energy_distributor_1"] == TOTAL + (energy if taken else 0)


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


@pytest.mark.parametrize(
    ("lines", "lost", "seconds", "energy", "enough"),
    [
        pytest.param(HISTORIC, ("PTEC",), 3600, 9_000, 2, id="no total"),
        pytest.param(STANDARD, ("PRM", "EAST"), 3600, 9_000, 3, id="the total is lost"),
        pytest.param(STANDARD, ("PRM", "EAST"), 15, 40, 3, id="soon"),
    ],
)
def test_after_a_gap_damaged_frames_have_to_agree(
    lines: Lines, lost: tuple[str, ...], seconds: float, energy: int, enough: int
) -> None:
    """The bound is wide then: more readings have to say the same."""
    changes = drawn(energy) if "EAST" in lines else peak(energy)
    for times in range(1, enough + 1):
        reading = gap(changes, seconds=seconds, lines=lines, damage=lost, times=times)
        expected = INDEX_2 + (energy if times == enough else 0)
        assert reading["energy_index_2"] == expected


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
    """Frames that agree for a minute: the registers were set anew, by little."""
    timeline = Timeline(pace=4)
    timeline.feed(STANDARD, times=20)
    for _ in range(15):
        assert energies(timeline.feed(STANDARD, used(second=18))) == [0, 0, 0]
    # One that agrees with the total begins the count anew
    assert energies(timeline.feed(STANDARD)) == [0, 0, 0]
    for _ in range(15):
        assert energies(timeline.feed(STANDARD, used(second=18))) == [0, 0, 0]
    assert energies(timeline.feed(STANDARD, used(second=18))) == [0, 0, 18]
    assert timeline.meter.memory.indexes.constant == -18
    assert energies(timeline.feed(STANDARD, used(total=4, second=22))) == [4, 0, 22]
