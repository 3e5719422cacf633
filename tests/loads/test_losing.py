"""A meter that is lost or late, a restart, clocks that change, a dry run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
import json
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.loads.decision import (
    Action,
    LoadState,
    Reason,
)
from custom_components.linky_meter.linky_tic.loads.draw import Draw, PhaseDraw
from custom_components.linky_meter.linky_tic.loads.load import WhenLost, Window
from custom_components.linky_meter.linky_tic.loads.manager import Manager
from tests.simulator.clock import PARIS

from .helpers import CAR, DRYER, HEATER, House
from .test_restoring import overloaded


@pytest.mark.parametrize(
    ("wish", "shed_before", "told"),
    [
        (WhenLost.KEEP, True, []),
        (WhenLost.KEEP, False, []),
        (WhenLost.RELEASE, True, [Action.RESTORE]),
        (WhenLost.RELEASE, False, []),
        (WhenLost.SHED, True, []),
        (WhenLost.SHED, False, [Action.SHED]),
    ],
)
def test_each_loads_own_choice(
    wish: WhenLost, shed_before: bool, told: list[Action]
) -> None:
    """After a minute without a frame, and with its minimum times."""
    house = House([replace(DRYER, when_lost=wish)], [3000.0]).run(300)
    if shed_before:
        overloaded(house, 6500.0).run(20)
    house.orders.clear()
    house.silence(50)
    assert not house.orders
    assert house.decision.room
    house.silence(600)
    assert house.decision.lost
    assert not house.decision.room
    assert [order.action for _, order in house.orders] == told
    assert all(order.reason is Reason.METER_LOST for _, order in house.orders)


def test_the_meter_is_back() -> None:
    """What was shed for its loss alone runs again, once there is known to be room."""
    house = House([replace(DRYER, when_lost=WhenLost.SHED)], [3000.0]).run(300)
    house.silence(120)
    assert house.report("dryer").reason is Reason.METER_LOST
    house.run(700)
    order = house.orders[-1][1]
    assert (order.action, order.reason) == (Action.RESTORE, Reason.METER_BACK)


def test_a_lowered_charger_is_released() -> None:
    """With the meter nobody knows what it may have."""
    house = House([replace(CAR, when_lost=WhenLost.RELEASE)], [1500.0]).run(300)
    overloaded(house, 5000.0).run(20)
    house.silence(120)
    order = house.orders[-1][1]
    assert (order.action, order.level) == (Action.SET, 16)


def test_late_data_restores_nothing() -> None:
    """A server's backlog says what was, and that nothing may be restored now."""
    house = overloaded(House([DRYER], [3000.0]).run(300), 6500.0).run(400)
    phases = (PhaseDraw(1000.0, 5000.0),)
    for _ in range(100):
        house.now += timedelta(seconds=2)
        draw = Draw(house.now - timedelta(seconds=20), phases, 6000.0)
        decision = house.manager.decide(house.now, draw, house.seen)
        assert not decision.orders


def test_an_open_breaker() -> None:
    """Nobody is told anything in the dark."""
    house = House([DRYER], [3000.0]).run(300)
    for closed in (False, None):
        draw = Draw(house.now, (PhaseDraw(0.0, 0.0),), 6000.0, closed=closed)
        assert not house.manager.decide(house.now, draw, house.seen).orders


def test_kept_over_a_restart() -> None:
    """A shed load is restored after it, and the breaker's filter is as full as it was."""
    house = overloaded(House([HEATER, DRYER, CAR], [1500.0]).run(300), 8000.0).run(30)
    kept = json.loads(json.dumps(house.manager.state()))
    shed = [key for key, seen in house.seen.items() if not seen.on]
    assert "dryer" in shed
    again = House([HEATER, DRYER, CAR], house.base, now=house.now, state=kept)
    again.seen = house.seen
    again.frame()
    assert again.report("dryer").state is LoadState.SHED
    again.base = [100.0]
    again.run(700)
    assert all(seen.on for seen in again.seen.values())
    assert again.seen["car"].level == 16


def test_a_shed_load_that_is_on_after_the_restart() -> None:
    """The order was lost, or somebody wanted it: it is not shed."""
    house = overloaded(House([DRYER], [3000.0]).run(300), 6500.0).run(20)
    kept = house.manager.state()
    again = House([DRYER], [1000.0], now=house.now, state=kept)
    again.frame()
    assert again.report("dryer").state is not LoadState.SHED


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        {"loads": 3, "filtered": "x", "at": None},
        {"loads": {"dryer": 5}, "filtered": [None], "at": 3},
        {"loads": {"dryer": {"shed": True, "since": "x", "learned": True}}},
        {"loads": {"dryer": {"shed": "yes", "level": []}, "gone": {"shed": True}}},
    ],
)
def test_what_cannot_be_read_is_forgotten(kept: Any) -> None:
    """A damaged store starts anew."""
    manager = Manager([DRYER], kept)
    report = manager.decide(datetime.now(UTC), None, {}).states["dryer"]
    assert report.state is LoadState.UNAVAILABLE
    assert not manager.state()["loads"]["dryer"]["shed"]


@pytest.mark.parametrize(
    "start",
    [
        datetime(2027, 3, 28, 1, 50, tzinfo=PARIS),
        datetime(2026, 10, 25, 2, 50, tzinfo=PARIS),
        datetime(2026, 12, 31, 23, 55, tzinfo=PARIS),
    ],
)
def test_clock_changes_and_midnight(start: datetime) -> None:
    """Minimum times are true seconds, whatever the clock shows."""
    house = House([DRYER], [3000.0], now=start.astimezone(UTC)).run(300)
    overloaded(house, 6500.0)
    second = house.orders[0][0]
    house.base = [1000.0]
    house.run(400)
    assert house.told()[1:] == [("dryer", Action.RESTORE)]
    assert 300 <= house.orders[1][0] - second < 330


def test_a_clock_that_is_set_back() -> None:
    """Nobody knows what was when: the filter starts anew, and nothing is ordered."""
    house = House([DRYER], [3000.0]).run(300)
    house.now -= timedelta(hours=1)
    house.run(60)
    assert not house.orders
    overloaded(house, 6500.0)


@pytest.mark.parametrize(
    ("window", "at", "holds"),
    [
        (Window(time(22), time(6)), time(23), True),
        (Window(time(22), time(6)), time(5, 59), True),
        (Window(time(22), time(6)), time(6), False),
        (Window(time(6), time(22)), time(6), True),
        (Window(time(6), time(22)), time(22), False),
        (Window(time(0), time(0)), time(12), True),
    ],
)
def test_windows(window: Window, at: time, holds: bool) -> None:
    """Over midnight, and the whole day."""
    assert window.holds(datetime.combine(datetime(2027, 1, 1), at, PARIS)) is holds


def test_a_dry_run_supposes_that_it_is_obeyed() -> None:
    """Orders are decided as if they had been carried out, and nothing disobeys."""
    house = House([HEATER, DRYER], [3000.0], dry_run=True).run(300)
    house.base = [4700.0]
    house.run(400)
    assert house.told() == [("dryer", Action.SHED)]
    assert house.report("dryer").state is LoadState.SHED
    house.base = [2500.0]
    house.run(200)
    assert house.told()[1:] == [("dryer", Action.RESTORE)]
    assert all(seen.on for seen in house.seen.values())


def test_a_dry_run_lowers_too() -> None:
    """What a charger would draw less is taken off the house's load."""
    house = House([CAR], [1500.0], dry_run=True, measured={"car"}).run(300)
    house.base = [5000.0]
    house.run(300)
    assert {order.action for _, order in house.orders} == {Action.SET}
    assert house.report("car").reason is Reason.LOWERED


def test_three_phases_and_a_charger_on_all() -> None:
    """The phase with the least left decides."""
    car = replace(CAR, phases=3, most=14)
    house = House([car], [200.0, 200.0, 200.0], now=datetime.now(UTC)).run(300)
    house.base = [200.0, 1800.0, 200.0]
    house.run(200)
    assert {order.action for _, order in house.orders} == {Action.SET}
    assert 6 <= (house.seen["car"].level or 0) < 14
    assert house.orders[0][1].numbers["phase"] == 2
