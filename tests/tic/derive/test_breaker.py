"""The breaker's filter and the time to trip."""

from math import ceil
from random import Random

from hypothesis import given, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.tic.derive.breaker import (
    GAP_SECONDS,
    TRIP_RATIO,
    BreakerFilter,
    advance,
    seconds_to_trip,
)
from tests.tic.helpers import HISTORIC, Timeline

LIMIT = TRIP_RATIO**2


def filtered(breaker: BreakerFilter) -> list[float | None]:
    """Return the filters' outputs, VA."""
    return list(breaker.filtered)


def brute_force(load: float, state: float) -> int:
    """Return the seconds that the formula of the document takes."""
    seconds = 0
    while state < LIMIT:
        state = 0.008 * load * load + 0.992 * state
        seconds += 1
    return seconds


@pytest.mark.parametrize(
    ("load", "state", "seconds"),
    [
        (2.5, 0, 40),
        (1.4, 0, 247),
        (1.35, 0, 327),
        (1.5, 0, 174),
        (2.0, 0, 69),
        (5.0, 0, 9),
        (1.4, 1, 158),
        (2.0, 1, 33),
        (2.5, 1, 18),
    ],
)
def test_figures_of_the_document(load: float, state: float, seconds: int) -> None:
    """40 s and about 250 s are printed, the rest follows."""
    left = seconds_to_trip(load, state)
    assert left == pytest.approx(seconds, abs=1)
    assert left is not None
    assert ceil(left) == brute_force(load, state)


@pytest.mark.parametrize("load", [0, 1.0, 1.1, 1.3])
def test_never(load: float) -> None:
    """Up to 1.3 times the breaking power nothing opens."""
    assert seconds_to_trip(load, 0) is None
    assert seconds_to_trip(load, 1.6) is None


def test_at_the_limit() -> None:
    """What has reached the limit opens now."""
    assert seconds_to_trip(1.5, LIMIT) == 0
    assert seconds_to_trip(1.5, 3) == 0


@given(st.floats(1.31, 10), st.floats(0, 1.68))
def test_closed_form(load: float, state: float) -> None:
    """The closed form is the sum of the seconds."""
    left = seconds_to_trip(load, state)
    assert left is not None
    assert left >= 0
    assert abs(brute_force(load, state) - left) <= 1 + 1e-6
    assert advance(load * load, state, left) == pytest.approx(LIMIT)


@given(st.floats(0, 5), st.floats(0, 9), st.floats(0, 500), st.floats(0, 500))
def test_steps_add_up(load: float, state: float, first: float, then: float) -> None:
    """It does not matter how often a constant load is looked at."""
    twice = advance(load * load, advance(load * load, state, first), then)
    assert twice == pytest.approx(advance(load * load, state, first + then))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("phases", [1, 3])
def test_against_the_meter_second_by_second(seed: int, phases: int) -> None:
    """Random loads, frames every 1 to 3 s: the filter stays near the meter's own."""
    rng = Random(seed)
    breaker, share = BreakerFilter(), 9000 / phases
    loads = [rng.uniform(0.1, 0.9) * share for _ in range(phases)]
    # A steady house before the first frame
    states = [load * load for load in loads]
    until, frame, worst = 0.0, 0.0, 0.0
    for second in range(1, 3600):
        if second > until:
            until = second + rng.expovariate(1 / 60)
            loads = [rng.choice((0.1, 0.5, 0.8, 1.2, 1.35)) * share for _ in loads]
        states = [
            min(0.008 * load * load + 0.992 * state, (1.3 * share) ** 2)
            for load, state in zip(loads, states, strict=True)
        ]
        if second < frame:
            continue
        frame = second + rng.uniform(1, 3)
        left = breaker.feed(float(second), loads, breaking=9000)
        pairs = list(zip(breaker.filtered, states, strict=True))
        # The first frames shows other loads than the steady ones before
        if second > 700:
            worst = max(
                worst, *(abs((got or 0) - true**0.5) / share for got, true in pairs)
            )
        expected = [
            seconds_to_trip(load / share, state / share**2)
            for load, state in zip(loads, states, strict=True)
        ]
        known = [value for value in expected if value is not None]
        if second > 700:
            assert (left is None) == (not known)
            if left is not None:
                assert left == pytest.approx(min(known), abs=15)
    assert worst < 0.04


def test_a_steady_start() -> None:
    """The first load counts as steady: nothing better is known."""
    breaker = BreakerFilter()
    assert breaker.feed(0, [6000.0], breaking=6000) is None
    assert filtered(breaker) == [6000]
    left = breaker.feed(0.001, [8400.0], breaking=6000)
    assert left == pytest.approx(158, abs=1)


def test_an_overload_at_the_start_may_trip_at_once() -> None:
    """Nobody knows for how long it has lasted."""
    breaker = BreakerFilter()
    left = breaker.feed(0, [8400.0], breaking=6000)
    assert left == pytest.approx(0, abs=1e-6)


def test_the_meters_own_state() -> None:
    """SMAXSN of this very second is the filter's output."""
    breaker = BreakerFilter()
    left = breaker.feed(0, [8400.0], breaking=6000, maxima=[6000.0])
    assert left == pytest.approx(158, abs=1)
    assert filtered(breaker) == [6000]


def test_a_gap() -> None:
    """After a gap the worse of the last state and the present load."""
    breaker = BreakerFilter()
    breaker.feed(0, [6000.0], breaking=6000)
    breaker.feed(GAP_SECONDS + 1, [1000.0], breaking=6000)
    assert filtered(breaker) == [6000]
    breaker.feed(2 * GAP_SECONDS + 2, [7000.0], breaking=6000)
    assert filtered(breaker) == [7000]


def test_each_phase_has_its_third() -> None:
    """Room on one phase does not help another."""
    breaker = BreakerFilter()
    breaker.feed(0, [0.0, 3000.0, 0.0], breaking=9000)
    left = breaker.feed(0.001, [0.0, 4200.0, 0.0], breaking=9000)
    assert left == pytest.approx(158, abs=1)


def test_an_unknown_phase_hides_no_trip() -> None:
    """It only leaves safety in doubt."""
    breaker = BreakerFilter()
    breaker.feed(0, [0.0, 0.0, 0.0], breaking=9000)
    assert breaker.feed(1, [None, 6000.0, 0.0], breaking=9000) is not None
    assert breaker.feed(2, [None, 100.0, 0.0], breaking=9000) is None
    # Unknown for long, it comes back as after a gap
    breaker.feed(30, [3500.0, 100.0, 0.0], breaking=9000)
    assert breaker.filtered[0] == pytest.approx(3500)


def test_no_breaking_power() -> None:
    """Without PCOUP nothing is known, and the filter goes on."""
    breaker = BreakerFilter()
    breaker.feed(0, [0.0], breaking=None)
    assert breaker.feed(5, [9000.0], breaking=None) is None
    assert (breaker.filtered[0] or 0) > 0


def test_an_open_breaker() -> None:
    """It starts from nothing when it closes again; code 7 says nothing."""
    breaker = BreakerFilter()
    breaker.feed(0, [7000.0], breaking=6000)
    assert breaker.feed(1, [0.0], breaking=6000, closed=False) is None
    assert filtered(breaker) == [0]
    left = breaker.feed(1.001, [15000.0], breaking=6000)
    assert left == pytest.approx(40, abs=1)
    assert breaker.feed(2, [15000.0], breaking=6000, closed=None) is None


def test_no_phases() -> None:
    """A meter whose phases are unknown has no filter."""
    assert BreakerFilter().feed(0, [], breaking=6000) is None


@given(
    st.lists(
        st.tuples(
            st.floats(-5, 40),
            st.one_of(st.none(), st.integers(0, 30000)),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_any_frames(frames: list[tuple[float, int | None, bool]]) -> None:
    """Whatever comes, a result is a time or nothing."""
    breaker, at = BreakerFilter(), 0.0
    for step, load, closed in frames:
        at += step
        left = breaker.feed(at, [load], breaking=6000, closed=closed)
        assert left is None or 0 <= left < 10_000
        (output,) = filtered(breaker)
        assert output is None or 0 <= output <= 7801


def test_historic_mode_filters_the_power_itself() -> None:
    """No label tells it there: the greatest of the last moments, as the breaker has it."""
    meter = Timeline(pace=2.0)

    def shown(load: int, times: int) -> int:
        changes = {"PAPP": f"{load:05}", "IINST": f"{round(load / 235):03}"}
        reading = meter.feed(HISTORIC, changes, times=times)
        filtered = reading["filtered_power"]
        assert isinstance(filtered, int)
        return filtered

    assert shown(1000, 3) == 1000
    # A kettle for half a minute is not yet what the breaker feels
    held = shown(5000, 15)
    assert 2000 < held < 3000
    # Whoever looks once a minute sees it all the same
    assert held <= shown(1000, 30) < held + 200
    # Who manages loads needs what it is now
    (now,) = meter.meter.filtered_powers
    assert now is not None
    assert 1000 < now < 0.95 * held
    assert 1000 <= shown(1000, 150) < 1600


def test_more_on_a_phase_trips_as_soon_as_it_would() -> None:
    """What is told of a load to come is what is told once it is there."""
    breaker = BreakerFilter()
    assert breaker.seconds_with([1000.0], 6000) is None
    breaker.feed(0.0, [2000.0, 1000.0, None], breaking=9000)
    assert breaker.seconds_with([0.0, 0.0, 0.0], 9000) is None
    assert breaker.seconds_with([5000.0, 0.0, 0.0], None) is None
    assert breaker.seconds_with([5000.0], 9000) is None
    told = breaker.seconds_with([5000.0, 0.0, 0.0], 9000)
    assert told == seconds_to_trip(7000 / 3000, (2000 / 3000) ** 2)
    assert breaker.seconds_with([5000.0, 9000.0, 0.0], 9000) == seconds_to_trip(
        10000 / 3000, (1000 / 3000) ** 2
    )
