"""Active power and power factor; the figures are those of `python -m tests.power`."""

from dataclasses import replace
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.tic.derive.active_power import (
    UNKNOWN,
    ActivePower,
    Estimate,
    PhaseSample,
    Sample,
    signed_loads,
)
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from tests.power.figures import measure, sample
from tests.power.frames import series
from tests.power.houses import SUMMER, WINTER, House, fixed, household, random_house


def frame(**changes: Any) -> Sample:
    """Return a frame of a consumer's single-phase meter, changed."""
    inputs: dict[str, Any] = {
        "at": 0.0,
        "imported": 1000,
        "apparent": 500,
        "exporting": False,
        "phases": (PhaseSample(500, 2, 230),),
    }
    return Sample(**inputs | changes)


def run(
    power: ActivePower,
    watts: float,
    factor: float,
    seconds: float,
    *,
    begin: float = 0.0,
    energy: float = 1000.3,
    period: float = 1.5,
) -> tuple[Estimate, float, float]:
    """Feed a constant load, return the last estimate, time and energy."""
    estimate, at = UNKNOWN, begin
    while at < begin + seconds:
        at += period
        energy += watts * period / 3600
        shown = frame(at=at, imported=int(energy), apparent=round(watts / factor))
        estimate = power.update(shown)
    return estimate, at, energy


@pytest.mark.parametrize("watts", [60, 400, 2000, 9000])
@pytest.mark.parametrize("factor", [0.6, 0.8, 1.0])
def test_a_constant_load(watts: int, factor: float) -> None:
    """The index tells what a volt-ampere is worth."""
    estimate, _, _ = run(ActivePower(), watts, factor, 600)
    assert estimate.watts == pytest.approx(watts, rel=0.03, abs=5)
    assert estimate.power_factor == pytest.approx(factor, abs=0.03)


STEADY = [40, 100, 300, 2000]


@pytest.mark.parametrize("watts", STEADY)
@pytest.mark.parametrize("factor", [0.85, 0.95, 1.0])
def test_the_first_value_ever(watts: int, factor: float) -> None:
    """It comes with the second frame: no index has told anything, so 0.95 of the VA."""
    power = ActivePower()
    assert power.preview(frame()) is None
    estimate, at, energy = run(power, watts, factor, 1.5)
    assert estimate == UNKNOWN
    estimate, at, energy = run(power, watts, factor, 1.5, begin=at, energy=energy)
    assert estimate.watts == pytest.approx(0.95 * watts / factor, abs=0.5)
    while at < 300:
        assert estimate.watts == pytest.approx(watts, rel=0.15)
        estimate, at, energy = run(power, watts, factor, 1.5, begin=at, energy=energy)
    assert estimate.watts == pytest.approx(watts, rel=0.05)


def test_no_factor_before_an_index_told_it() -> None:
    """The power factor is unknown while it is a supposed one."""
    power = ActivePower()
    estimate, at, energy = run(power, 60, 0.8, 40)
    assert estimate.watts is not None
    assert estimate.power_factor is None
    estimate, _, _ = run(power, 60, 0.8, 120, begin=at, energy=energy)
    assert estimate.watts == pytest.approx(60, abs=10)
    assert estimate.power_factor == pytest.approx(0.8, abs=0.1)


def restarted(power: ActivePower) -> ActivePower:
    """Return what goes on from what was written to the disk."""
    written = json.loads(json.dumps(Memory(factors=power.kept).as_dict()))
    return ActivePower(Memory.from_dict(written).factors)


@pytest.mark.parametrize("watts", STEADY)
@pytest.mark.parametrize("factor", [0.55, 0.7, 0.85, 1.0])
def test_a_steady_load_after_a_restart(watts: int, factor: float) -> None:
    """From the second frame on within 10 % or 10 W, whatever else was used before."""
    power, at, energy = ActivePower(), 0.0, 1000.3
    for load, part in ((watts, factor), (2 * watts, 0.95), (watts / 2, 0.6)):
        _, at, energy = run(power, load, part, 900, begin=at, energy=energy)
    power = restarted(power)
    estimate, at, energy = run(power, watts, factor, 1.5, energy=energy)
    assert estimate == UNKNOWN
    while at < 600:
        estimate, at, energy = run(power, watts, factor, 1.5, begin=at, energy=energy)
        assert estimate.watts == pytest.approx(watts, rel=0.1, abs=10)
        assert estimate.power_factor == pytest.approx(factor, abs=0.1)


def test_each_phase_after_a_restart() -> None:
    """What each phase had is known again, and what was unused then is supposed."""

    def at_second(n: float, third: int = 0) -> Sample:
        loads = (500, 1000, third)
        return frame(
            at=n,
            imported=1000 + int(n * 1250 / 3600),
            apparent=sum(loads),
            phases=tuple(PhaseSample(load, load // 230, 230) for load in loads),
        )

    power = ActivePower()
    for n in range(1800):
        power.update(at_second(n))
    power = restarted(power)
    power.update(at_second(2000))
    assert power.update(at_second(2001)).watts == pytest.approx(1250, rel=0.05)
    both = power.update(at_second(2002, 400))
    assert both.watts == pytest.approx(1250 + 380, rel=0.05)


@pytest.mark.parametrize("factor", [0.7, 1.0])
def test_a_house_that_exports_after_a_restart(factor: float) -> None:
    """The part that is not active is known, and the same VA may be other watts."""
    watts, energy, power = 700.0, 500.2, ActivePower()
    estimate = UNKNOWN
    for n in range(800):
        if n == 798:
            power = restarted(power)
        energy += watts * 1.5 / 3600
        estimate = power.update(
            frame(
                at=n * 1.5,
                exported=int(energy),
                apparent=0,
                apparent_export=round(watts / factor),
                exporting=True,
                phases=(PhaseSample(0, 5, 235),),
            )
        )
    assert estimate.watts == pytest.approx(-watts, rel=0.1)


def test_it_moves_with_each_frame() -> None:
    """A heater shows in the first frame that has it."""
    power = ActivePower()
    _, at, energy = run(power, 100, 0.8, 600)
    estimate = power.update(
        frame(at=at + 1.5, imported=int(energy + 0.5), apparent=2101)
    )
    assert estimate.watts == pytest.approx(2100, rel=0.05)
    # And is gone in the first without, but for up to 15 W that are paid back
    estimate = power.update(frame(at=at + 3, imported=int(energy + 1), apparent=125))
    assert estimate.watts == pytest.approx(100, abs=20)


def test_nothing_flows() -> None:
    """No power and no current is 0 W, even at the first frame; it has no factor."""
    nothing = frame(apparent=0, phases=(PhaseSample(0, 0, 230),))
    assert ActivePower().update(nothing) == Estimate(0.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"apparent": None},
        # Historic: PAPP is 0 and a current flows
        {"apparent": 0, "exporting": None, "phases": (PhaseSample(None, 1, None),)},
        {"apparent": 0, "exporting": None, "phases": (PhaseSample(None, None, None),)},
        {"apparent": 0, "exporting": None, "phases": ()},
        {"apparent": 0, "exporting": True, "phases": (PhaseSample(0, None, 230),)},
    ],
)
def test_unknown_direction(changes: dict[str, Any]) -> None:
    """What cannot be known is unknown, never 0."""
    assert signed_loads(frame(**changes)) is None
    assert ActivePower().update(frame(**changes)) == UNKNOWN


def test_export_without_producer_mode() -> None:
    """T26: amperes times volts, and nothing is learned."""
    power = ActivePower()
    shown = frame(apparent=0, exporting=True, phases=(PhaseSample(0, 4, 235),))
    assert power.update(shown) == Estimate(-940.0)
    three = (PhaseSample(0, 8, 235), PhaseSample(500, 2, 235), PhaseSample(0, 1, 235))
    shown = frame(apparent=0, exporting=True, phases=three)
    assert ActivePower().update(shown) == Estimate(-(9 * 235.0 - 500))


def test_a_phase_exports_while_the_house_imports() -> None:
    """What the total lacks of the phases' sum is what the idle phase gives."""
    three = (PhaseSample(0, 1, 234), PhaseSample(531, 2, 234), PhaseSample(0, 1, 234))
    flow = signed_loads(frame(apparent=46, exporting=False, phases=three))
    assert flow is not None
    assert flow.direction == 1
    assert flow.loads == pytest.approx([-242.5, 531, -242.5])
    assert sum(flow.loads) == pytest.approx(46)


def test_export_in_producer_mode() -> None:
    """SINSTI and EAIT carry the other direction."""
    power, energy, estimate = ActivePower(), 500.2, UNKNOWN
    for n in range(400):
        energy += 1200 * 1.5 / 3600
        estimate = power.update(
            frame(
                at=n * 1.5,
                exported=int(energy),
                apparent=0,
                apparent_export=1250,
                exporting=True,
                phases=(PhaseSample(0, 5, 235),),
            )
        )
    assert estimate.watts == pytest.approx(-1200, rel=0.02)
    assert estimate.power_factor == pytest.approx(0.96, abs=0.02)


def test_a_gap_keeps_the_factor() -> None:
    """Minutes of silence are in no window; after a quarter of an hour all is new."""
    power = ActivePower()
    _, at, energy = run(power, 1000, 0.8, 600)
    later = frame(at=at + 300, imported=int(energy) + 500, apparent=1250)
    estimate = power.update(later)
    assert estimate.watts == pytest.approx(1000, rel=0.05)
    assert power.update(replace(later, at=at + 3000)) == UNKNOWN


def test_a_missing_index_changes_nothing() -> None:
    """Frames without an index still move; the next index counts for all."""
    power = ActivePower()
    _, at, energy = run(power, 1000, 0.8, 600)
    for n in range(1, 5):
        shown = frame(at=at + n * 1.5, imported=None, apparent=1250)
        assert power.update(shown).watts == pytest.approx(1000, rel=0.05)
    estimate, _, _ = run(
        power, 1000, 0.8, 30, begin=at + 6, energy=energy + 1000 * 6 / 3600
    )
    assert estimate.watts == pytest.approx(1000, rel=0.05)


@pytest.mark.parametrize("jump", [-500, 5000])
def test_a_jump_of_the_index_says_nothing(jump: int) -> None:
    """It only begins a new window."""
    power = ActivePower()
    _, at, energy = run(power, 1000, 0.8, 600)
    estimate, _, _ = run(power, 1000, 0.8, 3, begin=at, energy=energy + jump)
    assert estimate.watts == pytest.approx(1000, rel=0.05)


HOUSES = [
    House(name="60 W", hours=1.2, flows=fixed(60, 0.6)),
    House(name="9 kW", hours=1.2, flows=fixed(9000, 0.95)),
    House(name="400 W", mode="historic", hours=1.2, flows=fixed(400, 0.8)),
    House(name="export", producer=True, hours=1.2, flows=fixed(-400, 0.95)),
    House(name="random", hours=4.2, seed=5, flows=random_house),
    House(name="random", mode="historic", hours=4.2, seed=6, flows=random_house),
    House(name="random", phases=3, hours=4.2, seed=7, flows=random_house),
    House(name="winter", hours=10.2, seed=3, flows=household(WINTER)),
    House(
        name="winter",
        mode="historic",
        phases=3,
        hours=6.2,
        seed=4,
        flows=household(WINTER),
    ),
    # A car that stops before the end of an interval, a heater that runs over it
    House(
        name="car",
        mode="historic",
        phases=3,
        hours=4.2,
        seed=201,
        flows=household(WINTER),
    ),
    House(name="heater", phases=3, hours=12.7, seed=106, flows=household(WINTER)),
]


@pytest.mark.parametrize(
    "house", HOUSES, ids=lambda house: f"{house.name}-{house.mode}-{house.phases}"
)
def test_accuracy(house: House) -> None:
    """An hour under 2 %, a frame under 5 % or 10 W, a load-curve point 1 % or 2 Wh."""
    figures = measure(series(house))
    assert figures.unknown == 0
    assert figures.hour < 0.02
    assert figures.frame_share < 0.05 or figures.frame < 10
    assert figures.points < 1


@pytest.mark.parametrize(("phases", "seed"), [(1, 1), (1, 2), (3, 1), (3, 2)])
def test_accuracy_with_sun(phases: int, seed: int) -> None:
    """Around zero the watts are small beside what is not active, and count as much."""
    house = House(
        name="sunny",
        phases=phases,
        producer=True,
        hours=18.2,
        seed=seed,
        flows=household(SUMMER, solar=3.0),
    )
    figures = measure(series(house))
    assert figures.unknown == 0
    assert figures.hour < 0.02
    assert figures.frame_share < 0.05 or figures.frame < 10
    assert figures.points < 1


def settled(apparent: int, owed: int) -> tuple[ActivePower, Estimate, float]:
    """Return what is shown while the index is some Wh ahead of the power, or behind."""
    power = ActivePower()
    _, at, energy = run(power, 2000, 1.0, 600)
    shown = frame(at=at + 1.5, imported=int(energy + 0.8) + owed, apparent=apparent)
    return power, power.update(shown), at


def test_what_is_owed_goes_a_little_above_the_apparent_power() -> None:
    """A resistance draws all of its VA: else what it is owed waits for its end."""
    power, estimate, at = settled(2000, 6)
    assert estimate.watts is not None
    assert 2000 < estimate.watts <= 2060
    assert estimate.power_factor is not None
    assert estimate.power_factor <= 1
    # And so does the early reading
    early = power.preview(frame(at=at + 3, apparent=2000))
    assert early is not None
    assert 2000 < early <= 2060


def test_the_end_of_a_great_load_hides_no_small_one() -> None:
    """What was shown too long is taken off the rest, but at most half of it."""
    power = ActivePower()
    _, at, energy = run(power, 8000, 1.0, 600, period=2.5)
    after = [
        power.update(
            frame(at=at + 2.5 * n, imported=int(energy + n * 0.08), apparent=130)
        )
        for n in range(1, 9)
    ]
    for estimate in after:
        assert estimate.watts is not None
        assert estimate.watts > 15


def test_the_same_frames_give_the_same() -> None:
    """Nothing but the frames counts: a clock that starts elsewhere changes nothing."""
    shown = series(House(name="again", hours=0.5, flows=random_house)).frames
    first, second = ActivePower(), ActivePower()
    for one in shown:
        taken = sample(one)
        moved = replace(taken, at=taken.at + 1024.0)
        left, right = first.update(taken).watts, second.update(moved).watts
        assert left == pytest.approx(right, abs=0.2)


_VALUE = st.one_of(st.none(), st.just(0), st.integers(0, 36000))
_PHASE = st.builds(
    PhaseSample,
    _VALUE,
    st.one_of(st.none(), st.integers(0, 90)),
    st.one_of(st.none(), st.integers(0, 280)),
)


@given(
    st.lists(
        st.tuples(
            st.floats(-1, 1200),
            st.one_of(st.none(), st.integers(-10, 100)),
            _VALUE,
            _VALUE,
            st.sampled_from((True, False, None)),
            st.lists(_PHASE, max_size=3),
        ),
        max_size=60,
    )
)
def test_any_frames(frames: list[Any]) -> None:
    """Whatever comes, a result is possible or unknown."""
    power, at, index = ActivePower(), 0.0, 1000
    for step, growth, apparent, given_back, exporting, phases in frames:
        at += step
        index += growth or 0
        estimate = power.update(
            Sample(
                at=at,
                imported=None if growth is None else index,
                exported=index,
                apparent=apparent,
                apparent_export=given_back,
                exporting=exporting,
                phases=phases,
            )
        )
        if estimate.watts is not None:
            assert -150_000 < estimate.watts < 150_000
        if estimate.power_factor is not None:
            assert estimate.watts is not None
            assert 0 <= estimate.power_factor <= 1
