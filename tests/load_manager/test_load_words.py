"""Every word of the load manager is there, in both languages."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.linky_meter.flows import loads as forms
from custom_components.linky_meter.flows.options import LOAD_MANAGER
from custom_components.linky_meter.linky_tic.loads.decision import (
    Action,
    LoadReport,
    LoadState,
    Observation,
    Order,
    Reason,
)
from custom_components.linky_meter.linky_tic.loads.load import WhenLost
from custom_components.linky_meter.loads.entities import Status, status_of
from custom_components.linky_meter.loads.settings import OFF, Mode
from custom_components.linky_meter.loads.words import (
    Entry,
    Log,
    LogLine,
    LogWords,
    entry_of,
)
from homeassistant.components.climate import (
    PRESET_ACTIVITY,
    PRESET_AWAY,
    PRESET_BOOST,
    PRESET_COMFORT,
    PRESET_ECO,
    PRESET_HOME,
    PRESET_NONE,
    PRESET_SLEEP,
)
from homeassistant.data_entry_flow import section
from tests.loads.helpers import CAR, HEATER, House

FOLDER = Path(__file__).parents[2] / "custom_components" / "linky_meter"
LANGUAGES = ("en", "fr")
PRESETS = (
    *(PRESET_NONE, PRESET_ECO, PRESET_AWAY, PRESET_BOOST),
    *(PRESET_COMFORT, PRESET_HOME, PRESET_SLEEP, PRESET_ACTIVITY),
)
NUMBERS = {
    "seconds": 12.0,
    "load": 7800.0,
    "limit": 7799.6,
    "phase": 1,
    "room": 2500.0,
    "power": 2400.0,
    "comfort": 16.54,
}
STATES = {
    *(Reason.MIN_ON, Reason.MIN_OFF, Reason.OFF, Reason.BY_HAND, Reason.NO_EFFECT),
    *(Reason.WAITING, Reason.LOWERED, Reason.ORDERED),
}
"""Reasons for how a load is, which the log does not tell."""

every_language = pytest.mark.parametrize("language", LANGUAGES)


def strings(language: str) -> dict[str, Any]:
    """Return the texts of a language."""
    text = (FOLDER / "translations" / f"{language}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def words(language: str) -> LogWords:
    """Return the words of the log."""
    common = strings(language)["common"]
    keys = {f"component.linky_meter.common.{key}": one for key, one in common.items()}
    return LogWords(language, keys)


@every_language
@pytest.mark.parametrize("reason", sorted(set(Reason) - STATES))
def test_every_order_is_told_in_words(language: str, reason: Reason) -> None:
    """Whatever the reason, with its numbers as the language writes them."""
    order = Order("x", Action.SET, reason, NUMBERS, 8.5)
    say = partial(
        words(language).order, load="Wallbox", order=order, phases=1, margin=0.0
    )
    said = say(Entry.LOWERED, dry_run=False)
    assert "Wallbox" in said
    assert ("8,5\u00a0A" if language == "fr" else "8.5 A") in said
    assert "{" not in said
    if reason is Reason.COMFORT:
        assert ("16,5" if language == "fr" else "16.5") in said
    if reason is Reason.OVERLOAD:
        assert "7800" in said
    dry = say(Entry.SHED, dry_run=True)
    assert dry.startswith(("Dry run", "Simulation"))


@every_language
@pytest.mark.parametrize("phases", [1, 3])
def test_the_library_gives_the_numbers_of_each_sentence(
    language: str, phases: int
) -> None:
    """A charger that is lowered, paused and given more, a heater that is shed and comes back."""
    car, heater = replace(CAR, phases=phases), replace(HEATER, phase=1)
    house = House([car, heater], base=[900.0 / phases] * phases)
    for base in (1200.0, 2600.0, 900.0, 100.0):
        house.base[0] = base
        house.run(600)
    said = [
        words(language).order(
            entry_of(order, 8.0),
            order.load,
            order,
            phases=phases,
            margin=0.0,
            dry_run=False,
        )
        for _, order in house.orders
    ]
    assert {order.reason for _, order in house.orders} >= {Reason.OVERLOAD, Reason.ROOM}
    assert any("power" not in order.numbers for _, order in house.orders)
    for (_, order), line in zip(house.orders, said, strict=True):
        assert "{" not in line
        assert ("phase 1" in line) is (phases > 1 and order.reason is Reason.OVERLOAD)


@every_language
def test_what_would_open_the_breaker_with_more(language: str) -> None:
    """No seconds until then are known, as the breaker bears the load of now."""
    numbers = {key: NUMBERS[key] for key in ("load", "limit", "phase")}
    order = Order("x", Action.SHED, Reason.OVERLOAD, numbers)
    say = partial(words(language).order, Entry.SHED, "x", order, dry_run=False)
    said = say(phases=1, margin=0.0)
    assert said.endswith(("if more came on", "si un appareil de plus démarrait"))
    assert "7800" in said
    # What is kept free is not drawn
    assert "6800" in say(phases=3, margin=3000.0)


def test_a_dry_run_lowers_nothing() -> None:
    """Nor does it shed, and the sensor says so."""
    lowered = LoadReport(LoadState.ALLOWED, Reason.LOWERED)
    assert status_of(lowered, dry_run=False) is Status.LOWERED
    assert status_of(lowered, dry_run=True) is Status.WOULD_BE_SHED
    assert status_of(LoadReport(LoadState.SHED), dry_run=True) is Status.WOULD_BE_SHED
    allowed = LoadReport(LoadState.ALLOWED)
    assert status_of(allowed, dry_run=True) is Status.ALLOWED


@every_language
def test_no_room_is_told_that_there_is_not(language: str) -> None:
    """The breaker waits for a while: more may run than the limit would let."""
    bears = strings(language)["common"]["load_why_bears"]
    for numbers, phases, borne in (
        ({"room": -600.0}, 1, True),
        ({"room": 600.0}, 1, False),
        ({"room": 600.0, "power": 2400.0}, 1, True),
        ({"room": 2500.0, "power": 2400.0}, 1, False),
        # Of all three phases
        ({"room": 900.0, "power": 2400.0}, 3, False),
    ):
        order = Order("x", Action.RESTORE, Reason.ROOM, numbers)
        said = words(language).order(
            Entry.RESTORED, "x", order, phases=phases, margin=0.0, dry_run=False
        )
        assert (bears in said) is borne


@every_language
def test_every_entry_is_told_in_words(language: str) -> None:
    """Those that need no reason too."""
    lines = [words(language).line(entry, "Wallbox") for entry in Entry]
    assert len(set(lines)) == len(lines)


def test_a_charger_that_gets_more_is_no_shedding() -> None:
    """More than now is told as a return."""
    order = Order("x", Action.SET, Reason.ROOM, {}, 10.0)
    assert entry_of(order, 8.0) is Entry.RESTORED
    assert entry_of(order, 16.0) is Entry.LOWERED
    # Kept as it is, when the meter is lost
    assert entry_of(order, 10.0) is Entry.RESTORED


def test_a_charger_set_above_its_most_says_lowered_and_how_far() -> None:
    """Step by step as the breaker wants it, not up again, and until somebody chooses."""
    house = House([replace(CAR, most=16.0)], base=[500.0]).run(60)
    house.seen[CAR.key] = Observation(True, level=32.0)
    house.run(600)
    levels = [order.level or 0.0 for _, order in house.orders]
    assert len(levels) > 1
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] > 16
    report = house.report(CAR.key)
    assert status_of(report, dry_run=False) is Status.LOWERED
    assert status_of(report, dry_run=True) is Status.WOULD_BE_SHED
    assert report.level == levels[-1]
    house.base = [100.0]
    house.run(600)
    assert house.seen[CAR.key].level == levels[-1]
    # Without a meter it stays as it is
    house.silence(120)
    assert house.seen[CAR.key].level == levels[-1]
    house.run(60)
    house.seen[CAR.key] = Observation(True, level=20.0)
    house.run(4)
    assert status_of(house.report(CAR.key), dry_run=False) is Status.ALLOWED
    # What it may go up to is the most again
    house.base = [4500.0]
    house.run(300)
    assert status_of(house.report(CAR.key), dry_run=False) is Status.LOWERED
    house.base = [100.0]
    house.run(600)
    assert house.seen[CAR.key].level == 16.0
    assert status_of(house.report(CAR.key), dry_run=False) is Status.ALLOWED


@every_language
def test_every_field_has_words(language: str) -> None:
    """Each field of each form has a name and a description, each choice a text."""
    load = strings(language)["config_subentries"]["load"]
    for step in ("user", "reconfigure"):
        texts = load["step"][step]
        for name, field in forms._first_form(three_phases=True).schema.items():
            if isinstance(field, section):
                part = texts["sections"][str(name)]
                wanted = set(map(str, field.schema.schema))
                assert set(part["data"]) == set(part["data_description"]) == wanted
            else:
                assert texts["data"][str(name)]
                assert texts["data_description"][str(name)]
    for step, fields in (
        ("climate", {"preset", "comfort"}),
        ("charger", {"least", "most", "pause"}),
        ("number", {"least"}),
    ):
        texts = load["step"][step]
        assert set(texts["data"]) == set(texts["data_description"]) == fields
    page = strings(language)["options"]["step"]["load_manager"]
    wanted = set(map(str, LOAD_MANAGER.schema))
    assert set(page["data"]) == set(page["data_description"]) == wanted
    selector = strings(language)["selector"]
    assert set(selector["loads_mode"]["options"]) == set(Mode)
    assert set(selector["when_lost"]["options"]) == set(WhenLost)
    assert set(selector["load_phase"]["options"]) == set(forms._PHASES)
    # Of each preset that Home Assistant has a word for
    assert set(selector["load_preset"]["options"]) == {OFF, *PRESETS}
    assert set(load["error"]) == {
        "bad_windows",
        "load_always_on",
        "load_missing",
        "load_most",
        "load_sensor",
        "load_taken",
    }


def test_a_log_that_nobody_reads() -> None:
    """Who enables its entity after months hears the last of it, in order."""
    log, told = Log(), list[LogLine]()
    lines = [LogLine(Entry.SHED, {"message": str(number)}) for number in range(1000)]
    for line in lines:
        log.tell(line)
    log.async_follow(told.append)
    assert told == lines[-20:]
    log.async_follow(None)
    log.tell(lines[0])
    log.async_follow(told.append)
    log.tell(lines[1])
    assert told[-2:] == lines[:2]
