"""What runs again, when, and with how much."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from custom_components.linky_meter.linky_tic.loads.decision import (
    Action,
    LoadState,
    Reason,
)
from custom_components.linky_meter.linky_tic.loads.load import LoadKind, Window

from .helpers import CAR, DRYER, HEATER, House, actions


def overloaded(house: House, base: float = 4700.0) -> House:
    """Let people draw so much that loads are shed."""
    house.base = [base]
    while not house.orders:
        assert house.now - house.start < timedelta(hours=3), "nothing is shed"
        house.run(2)
    return house


def running(house: House) -> set[str]:
    """Return the loads that are on."""
    return {key for key, seen in house.seen.items() if seen.on}


def test_restored_when_there_is_room_and_not_before() -> None:
    """After its minimum time, and while its power fits for a minute."""
    house = overloaded(House([HEATER, DRYER], [3000.0]).run(300)).run(600)
    assert house.told() == [("dryer", Action.SHED)]
    report = house.report("dryer")
    assert (report.reason, report.numbers) == (Reason.WAITING, {"power": 1500})
    house.base = [3000.0]
    house.run(200)
    assert house.told()[1:] == [("dryer", Action.RESTORE)]
    order = house.orders[-1][1]
    assert order.reason is Reason.ROOM
    # As the sensors tell it: less than the breaker bears
    assert order.numbers == {"room": 1000, "power": 1500}
    assert house.report("dryer").reason is Reason.MIN_ON


def test_one_at_a_time() -> None:
    """Each is seen to run before the next may."""
    house = House([HEATER, DRYER], [3000.0]).run(300)
    house.base = [8200.0]
    house.run(60)
    assert {key for key, _ in house.told()} == {"heater", "dryer"}
    house.base = [2000.0]
    house.run(600)
    back = [
        (second, order.load)
        for second, order in house.orders
        if order.action is Action.RESTORE
    ]
    assert {key for _, key in back} == {"heater", "dryer"}
    assert back[1][0] - back[0][0] >= 5


def test_the_less_important_makes_room() -> None:
    """Where the more important would fit without it."""
    house = House([HEATER, DRYER], [3000.0]).run(300)
    house.base = [8200.0]
    house.run(60)
    # Room for the small one alone, and later for either
    house.base = [5900.0]
    house.run(900)
    assert running(house) == {"dryer"}
    house.base = [4600.0]
    house.run(900)
    assert running(house) == {"heater"}
    reasons = [order.reason for _, order in house.orders if order.load == "dryer"]
    assert Reason.PRIORITY in reasons


def test_no_flapping_with_a_pulsing_hob() -> None:
    """Minimum times hold, whatever pulses."""
    house = House([HEATER, DRYER], [3000.0]).run(300)
    for _ in range(60):
        for base in (6500.0, 3000.0):
            house.base = [base]
            house.run(20)
    times: dict[str, float] = {}
    for second, order in house.orders:
        assert second - times.get(order.load, -1e9) >= 300
        times[order.load] = second
    assert house.orders


def test_a_charger_is_raised_as_room_returns() -> None:
    """Up to what it was set to, not above."""
    house = House([CAR], [1000.0])
    house.seen["car"] = replace(house.seen["car"], level=13.0)
    house.run(300)
    overloaded(house, 6000.0).run(120)
    assert (house.seen["car"].level or 0) < 13
    house.base = [1000.0]
    house.run(300)
    assert house.seen["car"].level == 13
    assert house.report("car").reason is None


def test_a_charger_that_ignores_its_level_is_paused() -> None:
    """Twice lowered in vain, it is not lowered again for an hour."""
    house = House([HEATER, CAR], [1500.0], measured={"car"}).run(300)
    house.base = [3500.0]
    for _ in range(300):
        house.run(2, obey=False)
        if house.orders and house.orders[-1][1].action is Action.SHED:
            break
    assert actions(house.orders, "car")[-1] is Action.SHED
    assert actions(house.orders, "car").count(Action.SET) <= 4


def test_a_number_is_lowered_in_watts() -> None:
    """By its own steps, and to nothing at last."""
    pump = replace(HEATER, kind=LoadKind.NUMBER, power=3000, step=100, least=500)
    house = overloaded(House([pump], [3000.0]).run(300), 5500.0).run(60)
    level = house.seen["heater"].level or 0.0
    assert 500 <= level < 3000
    assert level % 100 == 0


def test_by_hand() -> None:
    """Who switches a shed load on again is let, until it is needed again."""
    house = overloaded(House([HEATER, DRYER], [3000.0]).run(300)).run(20)
    house.base = [3000.0]
    house.switch("dryer", on=True)
    house.run(400)
    assert house.told() == [("dryer", Action.SHED)]
    report = house.report("dryer")
    assert (report.state, report.reason) == (LoadState.ALLOWED, Reason.BY_HAND)


def test_hours_in_which_it_is_never_shed_give_it_back() -> None:
    """As soon as they begin, with its minimum time."""
    dryer = replace(DRYER, never=(Window(time(12, 20), time(13)),))
    house = overloaded(House([dryer], [3000.0]).run(300), 6500.0)
    house.run(1500)
    order = house.orders[-1][1]
    assert (order.action, order.reason) == (Action.RESTORE, Reason.NEVER)


def test_one_that_does_not_come_back() -> None:
    """It is asked three times, then it is left as it is."""
    house = overloaded(House([DRYER], [6600.0]).run(300), 6700.0).run(20)
    house.base = [1000.0]
    house.run(900, obey=False)
    assert actions(house.orders, "dryer") == [Action.SHED, *[Action.RESTORE] * 3]
    report = house.report("dryer")
    assert (report.state, report.reason) == (LoadState.ALLOWED, Reason.OFF)


def test_power_that_nobody_typed_is_measured() -> None:
    """By the step in the house's load, or by the load itself."""
    for measured in (set[str](), {"dryer"}):
        house = House([replace(DRYER, power=None)], [5000.0], measured=measured)
        overloaded(house.run(300), 6500.0).run(30)
        assert house.report("dryer").power == 1800


def test_all_are_let_go_at_the_end() -> None:
    """Managing ends: whatever was shed or lowered may run, at once."""
    house = House([HEATER, CAR], [2000.0]).run(300)
    house.base = [9000.0]
    house.run(30)
    assert not house.seen["heater"].on
    decision = house.manager.release(house.now)
    assert {(one.load, one.action, one.reason) for one in decision.orders} == {
        ("heater", Action.RESTORE, Reason.RELEASED),
        ("car", Action.RESTORE, Reason.RELEASED),
    }
    house = House([CAR], [1500.0]).run(300)
    overloaded(house, 5000.0)
    (order,) = house.manager.release(house.now).orders
    assert (order.action, order.level) == (Action.SET, 16)


def test_the_others_stay_off_when_a_load_is_removed() -> None:
    """Managing begins anew with the others: for a minute nobody knows what people do."""
    house = House([HEATER, DRYER], [3000.0]).run(300)
    house.base = [8200.0]
    house.run(400)
    assert not running(house)
    house.switch("heater", on=True)
    again = House([DRYER], [3000.0], now=house.now, state=house.manager.state())
    again.seen = {"dryer": house.seen["dryer"]}
    again.run(50)
    assert not again.orders
    report = again.report("dryer")
    assert (report.state, report.reason) == (LoadState.SHED, Reason.WAITING)
    # What was removed runs, and a kettle: there is no room, however long it was off
    again.base = [7500.0]
    again.run(900)
    assert not again.orders
    again.base = [2000.0]
    again.run(300)
    assert again.told() == [("dryer", Action.RESTORE)]


def test_nobody_takes_the_room_that_is_made() -> None:
    """A charger that was lowered for it waits, also while more comes on than was."""
    house = House([CAR, replace(HEATER, power=1500)], [2000.0]).run(300)
    house.base = [7000.0]
    house.run(40)
    house.base = [3500.0]
    while house.orders[-1][1].reason is not Reason.PRIORITY:
        house.run(2)
    house.orders.clear()
    house.base = [5500.0]
    house.run(60)
    assert not house.told()


def test_the_less_important_waits_for_room() -> None:
    """Room for one goes to the more important, and nobody else is let in besides."""
    house = House([HEATER, DRYER], [3000.0]).run(300)
    house.base = [8200.0]
    house.run(400)
    house.orders.clear()
    # With the heater the phase is as full as it may be for ever
    house.base = [5200.0]
    house.run(1800)
    assert house.told() == [("heater", Action.RESTORE)]
    report = house.report("dryer")
    assert (report.state, report.reason) == (LoadState.SHED, Reason.WAITING)
    house.base = [2000.0]
    house.run(300)
    assert house.told()[1:] == [("dryer", Action.RESTORE)]


def test_the_less_important_leaves_room_to_one_that_may_be_back_soon() -> None:
    """The more important is shed for its minimum time; the other does not take its room."""
    dryer = replace(DRYER, min_off=60.0)
    house = House([HEATER, dryer], [3000.0]).run(300)
    house.base = [8200.0]
    house.run(60)
    assert not running(house)
    house.orders.clear()
    house.base = [5200.0]
    house.run(1200)
    assert house.told() == [("heater", Action.RESTORE)]


def test_no_load_comes_back_for_less_than_is_worth_it() -> None:
    """It would have to be shed again, or the more important in its place."""
    dryer = replace(DRYER, min_on=60.0)
    house = overloaded(House([HEATER, dryer], [3000.0]).run(300))
    # The breaker bears it for a minute and a half, then it would rest for five
    house.base = [4700.0]
    house.run(1800)
    assert house.told() == [("dryer", Action.SHED)]
    house.base = [3500.0]
    house.run(300)
    assert house.told()[1:] == [("dryer", Action.RESTORE)]


def test_a_charger_comes_back_for_its_minimum_time() -> None:
    """Else a heater whose thermostat switches on meanwhile is shed in its place."""
    car, heater = replace(CAR, min_on=300.0), replace(HEATER, power=2500.0)
    house = House([car, heater], [3000.0], measured={"heater"}).run(300)
    house.base = [7000.0]
    while house.seen["car"].on:
        house.run(2)
    # There is room for it beside a heater at rest, and not beside one that heats
    house.watts["heater"] = 0.0
    house.base = [4500.0]
    house.run(1800)
    assert not house.seen["car"].on
    house.base = [2000.0]
    house.run(600)
    assert house.seen["car"].on


def test_a_minimum_time_is_kept_while_the_breaker_bears_it() -> None:
    """Though one appliance more would open it; after that time it is shed for that."""
    dryer = replace(DRYER, min_on=600.0)
    house = overloaded(House([dryer], [3000.0]).run(300), 6500.0)
    for base, least, most in ((6250.0, 600, 610), (9000.0, 0, 120)):
        # The breaker bears the first for ever, and the second for a minute
        house.base = [2000.0]
        until(house, Action.RESTORE)
        restored = house.orders[-1][0]
        house.base = [base]
        until(house, Action.SHED)
        assert least <= house.orders[-1][0] - restored < most
        assert house.orders[-1][1].reason is Reason.OVERLOAD


def until(house: House, action: Action) -> None:
    """Let time pass until the last order is this one."""
    while house.orders[-1][1].action is not action:
        house.run(2)
