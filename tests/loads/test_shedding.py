"""What is shed, when, and what is not."""

from dataclasses import replace
from datetime import time

import pytest

from custom_components.linky_meter.linky_tic.loads.decision import (
    Action,
    LoadState,
    Reason,
)
from custom_components.linky_meter.linky_tic.loads.load import (
    Load,
    LoadLimitsError,
    LoadsError,
    SameEntityError,
    SameKeyError,
    Window,
)
from custom_components.linky_meter.linky_tic.loads.manager import Manager

from .helpers import CAR, DRYER, HEATER, House


def test_nothing_is_shed_that_the_breaker_bears() -> None:
    """Up to 1.2 times the breaking power for an hour, and above it for a moment."""
    house = House([HEATER, DRYER], [3700.0]).run(3600)
    house.base = [5000.0]
    house.run(20)
    assert not house.orders
    assert list(house.decision.room) == [-2500]
    assert house.decision.least_room == -2500
    assert house.report("dryer").state is LoadState.ALLOWED


def test_the_least_important_goes_late_and_alone() -> None:
    """Just before the breaker opens, with what is known of it for words."""
    house = House([HEATER, DRYER], [3000.0]).run(300)
    house.base = [4700.0]
    house.run(200)
    ((second, order),) = house.orders
    assert (order.load, order.action) == ("dryer", Action.SHED)
    assert order.reason is Reason.OVERLOAD
    # Two tries, and one appliance more, have still time
    assert 8 < order.numbers["seconds"] < 70
    assert second > 320
    assert order.numbers["load"] == 8200
    assert order.numbers["limit"] == 7800
    report = house.report("dryer")
    assert (report.state, report.reason) == (LoadState.SHED, Reason.MIN_OFF)
    assert report.until is not None
    assert report.since is not None
    assert (report.until - report.since).total_seconds() == 300


def test_at_once_where_people_alone_open_the_breaker() -> None:
    """What is drawn until then is missing when they stop in time; for pulses it waits."""
    heater = replace(HEATER, power=750)
    house = House([heater], [1000.0]).run(600)
    for _ in range(3):
        house.base = [7900.0]
        house.run(20)
        house.base = [1000.0]
        house.run(60)
    assert not house.orders
    house.base = [7900.0]
    house.run(40)
    ((_, order),) = house.orders
    assert (order.action, order.reason) == (Action.SHED, Reason.OVERLOAD)
    assert order.numbers["load"] == 8650
    assert order.numbers["seconds"] > 40


def test_all_at_once_where_seconds_count() -> None:
    """People alone are about to open the breaker: no load waits for its turn."""
    loads = [replace(DRYER, power=1500.0), replace(HEATER, power=500.0)]
    house = House(loads, [4300.0]).run(300)
    assert not house.orders
    house.base = [9800.0]
    while not house.orders:
        house.run(2)
    assert house.told() == [("dryer", Action.SHED), ("heater", Action.SHED)]
    assert len({second for second, _ in house.orders}) == 1


def test_no_more_than_needed() -> None:
    """Where only the more important is enough, the other may stay."""
    house = House([HEATER, replace(DRYER, power=300)], [1000.0]).run(300)
    house.base = [7400.0]
    house.run(100)
    assert house.told() == [("heater", Action.SHED)]


def test_on_the_right_phase() -> None:
    """What hangs on another phase helps nobody."""
    dryer, heater = replace(DRYER, phase=1), replace(HEATER, phase=2)
    house = House([heater, dryer], [500.0, 1000.0, 500.0]).run(300)
    house.base = [500.0, 3000.0, 500.0]
    house.run(100)
    assert house.told() == [("heater", Action.SHED)]
    assert house.orders[0][1].numbers["phase"] == 2


def test_a_breaker_without_a_filter() -> None:
    """Of an older meter the limit itself counts, if it is for more than one frame."""
    house = House([HEATER, DRYER], [2000.0], slow=False).run(120)
    house.base = [3000.0]
    house.run(10)
    assert house.told() == [("dryer", Action.SHED)]
    assert house.orders[0][1].reason is Reason.LIMIT


def test_a_charger_is_lowered_then_paused() -> None:
    """And nothing else is shed while it has something to give."""
    house = House([HEATER, CAR], [1500.0]).run(300)
    house.base = [3500.0]
    house.run(120)
    assert {order.action for _, order in house.orders} == {Action.SET}
    assert 6 <= (house.seen["car"].level or 0) < 16
    report = house.report("car")
    assert (report.state, report.reason) == (LoadState.ALLOWED, Reason.LOWERED)
    house.base = [5500.0]
    house.run(120)
    assert house.told()[-1] == ("car", Action.SHED)
    assert all(load == "car" for load, _ in house.told())


def test_never_touched_and_comfort() -> None:
    """Neither is shed in its hours, nor in a cold room, whatever the breaker does."""
    cold = replace(DRYER, key="cold", entities=(), comfort=18.0)
    never = replace(HEATER, never=(Window(time(11), time(13)),))
    house = House([never, cold], [1000.0])
    house.seen["cold"] = replace(house.seen["cold"], comfort=17.5)
    house.run(300)
    house.base = [6000.0]
    house.run(60)
    assert not house.orders
    assert house.report("heater").reason is Reason.NEVER
    report = house.report("cold")
    assert (report.state, report.reason) == (LoadState.HELD, Reason.COMFORT)
    assert report.numbers == {"comfort": 17.5}


def test_one_that_does_not_obey() -> None:
    """It is told once, another goes in its place, and it is left alone for a while."""
    house = House([HEATER, DRYER], [3000.0], stubborn={"dryer"}).run(300)
    house.base = [4700.0]
    house.run(200)
    assert house.told() == [("dryer", Action.SHED), ("heater", Action.SHED)]
    assert house.report("dryer").state is LoadState.DISOBEYS


@pytest.mark.parametrize("measured", [False, True])
def test_a_relay_that_sticks(measured: bool) -> None:
    """Off by its switch, and the house draws no less."""
    house = House(
        [HEATER, DRYER], [3000.0], measured={"dryer"} if measured else set()
    ).run(300)
    house.stubborn = {"dryer"}
    house.base = [4700.0]
    while not house.orders:
        house.run(2)
    house.switch("dryer", on=False)
    house.run(60)
    assert house.told() == [("dryer", Action.SHED), ("heater", Action.SHED)]
    report = house.report("dryer")
    if measured:
        assert report.state is LoadState.DISOBEYS
    else:
        assert (report.state, report.reason) == (LoadState.SHED, Reason.NO_EFFECT)


def test_unavailable_loads_are_skipped() -> None:
    """They are neither told nor counted on."""
    house = House([HEATER, DRYER], [3000.0])
    house.switch("dryer", on=None)
    house.run(300)
    house.base = [6200.0]
    house.run(200)
    assert house.told() == [("heater", Action.SHED)]
    assert house.report("dryer").state is LoadState.UNAVAILABLE


@pytest.mark.parametrize(
    ("loads", "error", "key"),
    [
        (
            [HEATER, replace(DRYER, entities=("switch.heater",))],
            SameEntityError,
            "same_entity",
        ),
        ([HEATER, replace(DRYER, key="heater")], SameKeyError, "same_key"),
        ([replace(CAR, least=4.0)], LoadLimitsError, "load_limits"),
        ([replace(CAR, most=5.0)], LoadLimitsError, "load_limits"),
    ],
)
def test_loads_that_cannot_be(
    loads: list[Load], error: type[LoadsError], key: str
) -> None:
    """Each error has a key for its words, and names the loads."""
    with pytest.raises(error) as caught:
        Manager(loads)
    assert caught.value.key == key
    assert caught.value.loads
