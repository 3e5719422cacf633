"""Powers of the phases that are nonsense in every frame, as some meters tell them."""

from datetime import timedelta
import json

import pytest

from custom_components.linky_meter.linky_tic.tic.derive.power import Settings
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import EMPTY, MeterReading
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from tests.tic.helpers import NOW, SHARED, STANDARD_THREE, Timeline, decode

CASE = SHARED / "cases" / "F4-three-phase-impossible-sinsts-per-phase.tic"
LIGHT = {
    "SINSTS": "00417",
    "IRMS1": "000",
    "IRMS2": "001",
    "IRMS3": "001",
    "URMS1": "238",
    "URMS2": "236",
    "URMS3": "234",
}
NONSENSE = {**LIGHT, "SINSTS1": "37059", "SINSTS2": "73569", "SINSTS3": "12345"}
RIGHT = {**LIGHT, "SINSTS1": "00020", "SINSTS2": "00190", "SINSTS3": "00207"}
PHASES = ("l1", "l2", "l3")


def number(reading: MeterReading, key: str) -> float:
    """Return a value that has to be known."""
    value = reading[key]
    assert isinstance(value, int | float)
    return value


def falls_back(reading: MeterReading) -> bool:
    """Return whether there are currents; check that they come from IRMS then."""
    if reading["current_l1"] is None:
        return False
    share = number(reading, "breaking_power") / 3
    for phase, amperes, volts in zip(PHASES, (0, 1, 1), (238, 236, 234), strict=True):
        limit, left = share / volts, share / volts - (amperes + 0.5)
        assert number(reading, f"current_{phase}") == amperes
        assert number(reading, f"current_limit_{phase}") == pytest.approx(
            limit, abs=0.01
        )
        assert number(reading, f"available_current_{phase}") == pytest.approx(
            left, abs=0.01
        )
        assert reading[f"apparent_power_{phase}"] is None
    assert reading["available_current"] == min(
        number(reading, f"available_current_{phase}") for phase in PHASES
    )
    assert number(reading, "available_power") == pytest.approx(
        3 * (share - 1.5 * 236), abs=3
    )
    assert 0 < number(reading, "subscribed_power_usage") < 15
    assert reading["apparent_power"] == 417
    assert number(reading, "active_power") == pytest.approx(400, abs=25)
    return True


@pytest.mark.skipif(not CASE.exists(), reason="a sample beside the checkout")
def test_the_case() -> None:
    """What a user reported, as it goes on for ever."""
    meter, found, reading = Meter(), False, EMPTY
    for n, frame in enumerate(decode(CASE.read_bytes()) * 8):
        made = meter.process(frame, at=2.0 * n, received=NOW + timedelta(seconds=2 * n))
        assert made is not None
        reading = made
        assert reading["apparent_power"] == 417
        found = falls_back(reading) or found
    assert found
    assert falls_back(reading)


def test_nonsense_is_learned_and_kept_over_a_restart() -> None:
    """Some seconds of it tell it, and after a restart the first frame has it all."""
    timeline = Timeline()
    timeline.feed(STANDARD_THREE, NONSENSE, times=3)
    assert not timeline.meter.memory.phase_powers_wrong
    assert falls_back(timeline.feed(STANDARD_THREE, NONSENSE, times=12))
    written = json.loads(json.dumps(timeline.meter.memory.as_dict()))
    again = Timeline(Meter(memory=Memory.from_dict(written)))
    again.feed(STANDARD_THREE, NONSENSE)
    assert falls_back(again.feed(STANDARD_THREE, NONSENSE))


def test_powers_that_are_right_again_are_used_again() -> None:
    """A meter that was mended, or another: currents are finer than an ampere."""
    timeline = Timeline()
    timeline.feed(STANDARD_THREE, NONSENSE, times=15)
    reading = timeline.feed(STANDARD_THREE, RIGHT, times=6)
    # One frame that looks right may be chance
    assert falls_back(reading)
    reading = timeline.feed(STANDARD_THREE, RIGHT, times=15)
    assert not timeline.meter.memory.phase_powers_wrong
    assert reading["current_l2"] == round(190 / 236, 2)
    assert reading["apparent_power_l2"] == 190


def test_damage_teaches_nothing() -> None:
    """Nor does a moment: nine frames of nonsense are no meter's habit."""
    timeline = Timeline()
    timeline.feed(STANDARD_THREE, RIGHT, times=3)
    for _ in range(3):
        timeline.feed(STANDARD_THREE, NONSENSE, times=9)
        timeline.feed(STANDARD_THREE, RIGHT)
    timeline.feed(STANDARD_THREE, NONSENSE, times=20, damage=["MSG1"])
    assert not timeline.meter.memory.phase_powers_wrong


@pytest.mark.parametrize("label", ["IRMS2", "URMS2", "PREF"])
def test_what_is_missing_is_unknown(label: str) -> None:
    """Never the limit, and never the other phases alone."""
    timeline = Timeline()
    timeline.feed(STANDARD_THREE, NONSENSE, times=15)
    reading = timeline.feed(STANDARD_THREE, {**NONSENSE, label: None}, times=15)
    assert reading["available_current"] is None
    assert reading["subscribed_power_usage"] is None
    assert reading["current_l1"] == 0


def test_breaking_power_only() -> None:
    """The options count as ever."""
    settings = Settings(breaking_power_only=True, rating=10.0)
    timeline = Timeline(Meter(settings=settings))
    reading = timeline.feed(STANDARD_THREE, NONSENSE, times=15)
    assert reading["available_current_l1"] == 9.5


def test_a_load_on_the_way_to_a_trip() -> None:
    """The currents tell it: 60 A of each phase are more than its third of 9 kVA."""
    heavy = {f"IRMS{n}": "060" for n in (1, 2, 3)} | {"SINSTS": "42000"}
    timeline = Timeline()
    timeline.feed(STANDARD_THREE, NONSENSE, times=15)
    reading = timeline.feed(STANDARD_THREE, {**NONSENSE, **heavy}, times=4)
    assert 0 < number(reading, "time_to_trip") < 60
    assert number(reading, "available_current") < -40
