"""Energy goes on over restarts, changes of mode and of what a register means."""

from collections.abc import Mapping
from datetime import timedelta
import json

import pytest

from custom_components.linky_meter.linky_tic.tic.judge.indexes import Indexes
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from tests.tic.helpers import (
    HISTORIC,
    NOW,
    STANDARD,
    Data,
    Timeline,
    encode,
    frame_of,
    shown,
)

from .test_indexes import (
    BASE,
    INDEX_1,
    INDEX_2,
    MINUTE,
    TOTAL,
    drawn,
    noted,
    peak,
    used,
)


def kept(timeline: Timeline) -> Timeline:
    """Return the same meter after a restart, a moment later."""
    memory = json.loads(json.dumps(timeline.meter.memory.as_dict()))
    return Timeline(Meter("042164123456", Memory.from_dict(memory)))


def restarted(
    lines: Mapping[str, Data],
    changes: Mapping[str, Data | None],
    *,
    away: float,
    date: str | None = None,
    times: int = 1,
) -> tuple[MeterReading, Meter]:
    """Return a reading after a restart that our clock saw take so many seconds."""
    timeline = Timeline()
    timeline.feed(lines, times=3)
    meter = kept(timeline).meter
    clock: dict[str, Data | None] = {"DATE": (date, "")} if date else {}
    data = frame_of(encode(lines, {**changes, **clock}))
    for n in range(times):
        moment = NOW + timedelta(seconds=away + n)
        reading = meter.process(data, at=50.0 + n, received=moment)
    assert reading is not None
    return reading, meter


@pytest.mark.parametrize("away", [600, -86_400, 864_000])
def test_restart_with_the_meter_s_clock(away: float) -> None:
    """DATE tells how long it was, whatever our clock says."""
    for energy, taken in ((2_780, True), (2_790, False)):
        reading, _ = restarted(STANDARD, drawn(energy), away=away, date="H260113181000")
        assert reading["energy_import"] == TOTAL + (energy if taken else 0)


def test_restart_with_our_clock() -> None:
    """Historic mode has no other."""
    for energy, taken in ((2_780, True), (2_790, False)):
        reading, _ = restarted(HISTORIC, peak(energy), away=600)
        assert reading["energy_import"] == TOTAL + (energy if taken else 0)


def test_restart_with_a_clock_that_went_back() -> None:
    """Held until readings agree for a minute; then it was consumed all the same."""
    for times, energy in ((1, 0), (60, 0), (61, 2_000)):
        reading, meter = restarted(HISTORIC, peak(2_000), away=-60, times=times)
        assert reading["energy_import"] == TOTAL + energy
    assert reading["energy_index_2"] == INDEX_2 + 2_000
    assert meter.judge.counts["noted"] == 0


def test_restart_with_indexes_below_those_kept() -> None:
    """A register that was set anew meanwhile steps when the user says so."""
    changes = {"BASE": "002100000"}
    reading, meter = restarted(BASE, changes, away=600, times=61)
    for n, energy in enumerate((0, -900_000)):
        assert reading["energy_import"] == TOTAL
        assert meter.memory.indexes.registers["BASE"].shown == TOTAL + energy
        assert meter.judge.counts["noted"] == n
        if not n:
            assert [step.register for step in meter.pending_steps] == ["BASE"]
            meter.confirm_steps()
            frame = frame_of(encode(BASE, changes))
            later = NOW + timedelta(seconds=700)
            then = meter.process(frame, at=120.0, received=later)
            assert then is not None
            reading = then


def test_a_step_that_waits_for_the_user_over_a_restart() -> None:
    """What the register counted since it stepped is consumed all the same."""
    timeline = Timeline()
    timeline.feed(BASE, times=60)
    timeline.feed(BASE, {"BASE": "000000100"}, times=2 * MINUTE)
    assert timeline.meter.memory.indexes.unconfirmed == {"BASE": 100}
    timeline = kept(timeline)
    timeline.feed(BASE, {"BASE": "000000900"}, times=2 * MINUTE)
    timeline.meter.confirm_steps()
    reading = timeline.feed(BASE, {"BASE": "000000901"})
    assert reading["energy_import"] == TOTAL + 801
    assert timeline.meter.memory.indexes.unconfirmed == {}


def test_json_round_trip() -> None:
    """What was trusted and shown, and the constant."""
    timeline = Timeline()
    timeline.feed(STANDARD, {"EAST": "005000000"}, times=3)
    indexes = timeline.meter.memory.indexes
    restored = Indexes.from_dict(json.loads(json.dumps(indexes.as_dict())))
    assert restored.as_dict() == indexes.as_dict()
    assert restored.constant == 2_000_000
    assert restored.registers["index_2"].shown == INDEX_2
    assert restored.registers["EAST"].clock is not None
    assert Indexes.from_dict({}) == Indexes()


# Modes and contracts


def test_registers_are_the_same_in_both_modes() -> None:
    """EASF01 is what was HCHC: damaged in the first frame, it is held."""
    for energy in (-1, 900_000_000):
        timeline = Timeline()
        timeline.feed(HISTORIC, times=3)
        reading = timeline.feed(STANDARD, used(first=energy))
        assert shown(reading, "energy_index_1", "energy_index_2") == [None, INDEX_2]
        assert timeline.feed(STANDARD)["energy_index_1"] == INDEX_1


def test_energy_while_the_mode_changed() -> None:
    """What both modes' registers show was consumed, also over a restart."""
    for restart in (False, True):
        timeline = Timeline()
        timeline.feed(HISTORIC, times=3)
        if restart:
            timeline = kept(timeline)
        timeline.at += 600
        later = {**used(total=6_000, first=100, second=200), "DATE": None}
        data = frame_of(encode(STANDARD, later))
        reading = timeline.meter.process(
            data, at=timeline.at, received=NOW + timedelta(seconds=600)
        )
        assert reading is not None
        assert reading["energy_import"] == TOTAL + 300
        assert reading["energy_meter_total"] == TOTAL + 6_000


@pytest.mark.parametrize("meant", [9_000_000, 1_000_000])
def test_base_means_something_else(meant: int) -> None:
    """The total or index 1, and OPTARIF need not tell: it is no consumption."""
    timeline = Timeline()
    timeline.feed(BASE, times=60)
    for energy in range(MINUTE):
        reading = timeline.feed(BASE, {"BASE": f"{meant + energy:09}"})
        assert reading["energy_import"] == TOTAL
    timeline.feed(BASE, {"BASE": f"{meant + MINUTE:09}"})
    timeline.meter.confirm_steps()
    reading = timeline.feed(BASE, {"BASE": f"{meant + MINUTE:09}"})
    assert noted(timeline) == 1
    assert reading["energy_import"] == TOTAL + MINUTE
    reading = timeline.feed(BASE, {"BASE": f"{meant + MINUTE + 5:09}"})
    assert reading["energy_import"] == TOTAL + MINUTE + 5


def test_energy_after_a_mode_change_is_counted_once() -> None:
    """A register that steps later adds nothing of what was shown before."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=3)
    for energy in range(0, 300, 5):
        reading = timeline.feed(STANDARD, drawn(energy))
    assert reading["energy_import"] == TOTAL + 295
    for _ in range(MINUTE + 1):
        reading = timeline.feed(STANDARD, {**drawn(295), "EAST": "000700000"})
    timeline.meter.confirm_steps()
    reading = timeline.feed(STANDARD, {**drawn(295), "EAST": "000700000"})
    assert noted(timeline) == 1
    assert reading["energy_import"] == TOTAL + 295


def test_energy_after_a_restart_is_counted_once() -> None:
    """A contract that changes later adds nothing of what was shown before."""
    timeline = Timeline()
    timeline.feed(HISTORIC, times=3)
    timeline = kept(timeline)
    for energy in range(0, 200, 5):
        reading = timeline.feed(HISTORIC, peak(energy))
    assert reading["energy_import"] == TOTAL + 195
    reading = timeline.feed(BASE, {"BASE": "009000000"}, times=3)
    assert reading["contract"] == "base"
    assert reading["energy_import"] == TOTAL + 195


def test_energy_goes_on_with_another_meter() -> None:
    """Whatever its registers are; the names of tariffs hold, its indexes do not."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=4)
    memory = timeline.meter.memory.for_new_meter()
    assert memory.labels == timeline.meter.memory.labels != {}
    assert memory.indexes == Indexes()
    address = "042164654321"
    other = Timeline(Meter(address, memory))
    lines = {**STANDARD, "ADSC": address, "EASF01": "000000040", "EASF02": "000000002"}
    assert other.feed(lines, {"EAST": "000000042"})["energy_import"] == TOTAL
    assert other.feed(lines, {"EAST": "000000047"})["energy_import"] == TOTAL + 5
