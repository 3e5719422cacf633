"""What a load draws, where nobody typed it, or where its sensor is late or wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from custom_components.linky_meter.linky_tic.loads.decision import (
    Action,
    LoadState,
    Observation,
)
from custom_components.linky_meter.linky_tic.loads.draw import Draw, PhaseDraw
from custom_components.linky_meter.linky_tic.loads.house import House as Managed
from custom_components.linky_meter.linky_tic.loads.load import Load
from custom_components.linky_meter.linky_tic.loads.record import Record

from .helpers import CAR, HEATER, NOON, House, actions

WATER = Load(key="water", entities=("switch.water",), priority=1)
PLUG = Load(key="plug", entities=("switch.plug",), priority=3, power=1500)


def test_what_draws_nobody_knows_how_much_is_shed_in_its_turn() -> None:
    """The most important is not shed in its place, and next time its power is known."""
    house = House([WATER, PLUG, replace(HEATER, priority=4)], [1500.0])
    house.watts["water"] = 2200.0
    house.run(300)
    house.base = [6500.0]
    house.run(20)
    assert actions(house.orders, "water") == [Action.SHED]
    assert house.report("water").power == pytest.approx(2200, abs=100)


def test_the_fall_of_all_is_no_loads_own() -> None:
    """The breaker opens in spite of all, and whatever was shed comes back after it."""
    other = Load(key="other", entities=("switch.other",), priority=2)
    house = House([WATER, other], [2000.0]).run(300)
    house.base = [14000.0]
    house.run(6)
    assert actions(house.orders, "water") == [Action.SHED]
    for _ in range(20):
        house.now += (house.now - house.start) / 150
        dark = Draw(house.now, (PhaseDraw(0.0, 0.0),), 6000.0, closed=False)
        house.manager.decide(house.now, dark, house.seen)
    house.base = [3000.0]
    house.run(900)
    assert house.seen["water"].on
    assert house.seen["other"].on


def test_one_that_was_at_rest_stops_nobody() -> None:
    """Its power is still unknown when it is restored, and so is the room it needs."""
    house = House([WATER, HEATER], [3000.0])
    house.watts["water"] = 0.0
    house.run(300)
    house.base = [11000.0]
    house.run(120)
    assert not house.seen["water"].on
    house.base = [500.0]
    house.run(900)
    assert all(seen.on for seen in house.seen.values())
    dry = House([WATER], [3000.0], dry_run=True).run(300)
    dry.base = [11000.0]
    dry.run(120)
    dry.base = [500.0]
    dry.run(900)
    assert dry.told() == [("water", Action.SHED), ("water", Action.RESTORE)]


def test_a_sensor_that_tells_late() -> None:
    """What was switched off by order stays shed, and is restored, however late it tells."""
    house = House([HEATER], [3000.0]).run(300)
    house.seen["heater"] = replace(house.seen["heater"], power=2000.0)
    house.base = [11000.0]
    house.run(30)
    assert house.report("heater").state is LoadState.DISOBEYS
    house.base = [500.0]
    house.run(180)
    house.seen["heater"] = replace(house.seen["heater"], power=0.0)
    house.run(4)
    assert house.report("heater").state is LoadState.SHED
    house.run(600)
    assert actions(house.orders, "heater") == [Action.SHED, Action.RESTORE]


@pytest.mark.parametrize("typed", [2000.0, None])
def test_a_sensor_that_is_wrong_once(typed: float | None) -> None:
    """Kilowatts for watts, once: at the latest after some hours it is restored."""
    house = House([replace(HEATER, power=typed)], [3000.0]).run(300)
    heater = house.seen["heater"]
    house.seen["heater"] = replace(heater, power=50_000.0)
    house.run(4)
    house.seen["heater"] = replace(heater, power=2000.0)
    house.base = [8200.0]
    while house.seen["heater"].on:
        house.run(2)
    house.seen["heater"] = replace(house.seen["heater"], power=0.0)
    house.run(60)
    assert house.report("heater").state is LoadState.SHED
    house.base = [500.0]
    house.run(600 if typed else 3 * 3600)
    assert house.seen["heater"].on


def test_a_sensor_that_is_wrong_once_in_a_dry_run() -> None:
    """What would be shed would be restored as well."""
    house = House([replace(HEATER, power=None)], [3000.0], dry_run=True).run(300)
    heater = house.seen["heater"]
    house.seen["heater"] = replace(heater, power=50_000.0)
    house.run(4)
    house.seen["heater"] = replace(heater, power=1800.0)
    house.base = [8200.0]
    while not house.orders:
        house.run(2)
    house.base = [500.0]
    house.run(3 * 3600)
    assert house.told() == [("heater", Action.SHED), ("heater", Action.RESTORE)]


def test_what_a_dry_run_supposes_to_be_off_is_nobodys() -> None:
    """It is taken off the house's load, so it is no part of what can be shed."""
    record = Record(HEATER)
    house = Managed([record], dry_run=True)
    draw = Draw(NOON, (PhaseDraw(5000.0, 1000.0),), 6000.0)
    house.look(NOON, draw, {"heater": Observation(True, 2000.0)})
    assert (house.outlook.loads, house.ours()) == ([5000.0], [2000.0])
    record.shed, record.since = True, NOON.timestamp()
    house.look(NOON, draw, {"heater": Observation(True, 2000.0)})
    assert (house.outlook.loads, house.ours()) == ([3000.0], [0.0])


def test_a_charger_is_said_to_need_what_it_is_given() -> None:
    """Not the least that it could run with."""
    house = House([CAR], [3000.0]).run(300)
    house.base = [9000.0]
    house.run(60)
    house.base = [500.0]
    house.run(600)
    order = next(o for _, o in house.orders if o.action is Action.RESTORE)
    assert order.level == 16
    assert order.numbers == {"room": 5500, "power": 3680}
