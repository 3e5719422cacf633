"""The blueprints, loaded into Home Assistant, made automations of and triggered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any
from urllib.parse import quote

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.linky_meter.linky_tic.tic.derive.events import WATCHES
from custom_components.linky_meter.linky_tic.tic.tariffs import Tariff
from custom_components.linky_meter.linky_tic.tic.values import Breaker
from homeassistant.components import automation
from homeassistant.components.blueprint import Blueprint
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict

from .repository.test_docs import DOCS, INTEGRATION, LANGUAGES

ROOT = INTEGRATION.parents[1]
FOLDER = Path("automation") / "linky_meter"
BLUEPRINTS = sorted((ROOT / "blueprints" / FOLDER).glob("*.yaml"))
SOURCE = "https://github.com/linky-meter/linky-meter/blob/main/blueprints"
L1, L2, L3 = (f"sensor.linky_available_current_l{n}" for n in (1, 2, 3))
LIMIT, DRAWN, SWITCH = "number.charger", "sensor.charger_drawn", "switch.charger"
PAUSED, SHED = "input_boolean.paused", "input_text.shed"
OVERLOAD = "event.linky_overload"

type Automate = Callable[..., Coroutine[Any, Any, None]]


@pytest.fixture
async def automate(hass: HomeAssistant) -> AsyncIterator[Automate]:
    """Return a function that makes an automation of a blueprint."""
    folder = Path(hass.config.path("blueprints"), FOLDER)
    shutil.copytree(BLUEPRINTS[0].parent, folder)

    async def make(name: str, **inputs: Any) -> None:
        config = {
            "id": name,
            "alias": name,
            "use_blueprint": {"path": f"linky_meter/{name}.yaml", "input": inputs},
        }
        assert await async_setup_component(
            hass, automation.DOMAIN, {automation.DOMAIN: config}
        )
        await hass.async_block_till_done()
        state = hass.states.get(f"automation.{name}")
        assert state is not None
        assert state.state == "on"

    yield make
    await hass.services.async_call(
        automation.DOMAIN, "turn_off", {"entity_id": "all"}, blocking=True
    )


async def turns() -> None:
    """Let everything run that does not wait for a time."""
    for _ in range(20):
        await asyncio.sleep(0)


class Home:
    """A home whose devices obey."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Offer the services that the blueprints call."""
        self.hass = hass
        self.freezer = freezer
        self.calls: list[tuple[str, Any]] = []

        async def obey(call: ServiceCall) -> None:
            for entity_id in call.data["entity_id"]:
                value = call.data.get("value", call.service.removeprefix("turn_"))
                self.calls.append((entity_id, value))
                before = hass.states.get(entity_id)
                hass.states.async_set(
                    entity_id, str(value), before.attributes if before else None
                )

        for domain, services in {
            "homeassistant": ("turn_on", "turn_off"),
            "input_boolean": ("turn_on", "turn_off"),
            "number": ("set_value",),
            "input_text": ("set_value",),
        }.items():
            for service in services:
                hass.services.async_register(domain, service, obey)

    def set(self, **states: Any) -> None:
        """Set states by entity id, with two underscores for the dot."""
        for entity_id, state in states.items():
            self.hass.states.async_set(entity_id.replace("__", ".", 1), str(state))

    async def settle(self, seconds: float = 0) -> list[tuple[str, Any]]:
        """Let time pass; return what was called since."""
        if seconds:
            for _ in range(int(seconds)):
                self.freezer.tick(timedelta(seconds=1))
                async_fire_time_changed(self.hass)
                await turns()
        await turns()
        calls, self.calls = self.calls, []
        return calls

    async def event(self, entity_id: str, kind: str, **data: Any) -> None:
        """Let an event entity tell something."""
        self.freezer.tick(timedelta(seconds=0.5))
        now = self.freezer().isoformat()
        self.hass.states.async_set(entity_id, now, {"event_type": kind, **data})
        await turns()

    async def restart(self, entity_id: str) -> None:
        """Let an entity go and come back as it was."""
        before = self.hass.states.get(entity_id)
        assert before is not None
        self.hass.states.async_set(entity_id, STATE_UNAVAILABLE)
        await turns()
        self.hass.states.async_set(entity_id, before.state, before.attributes)
        await turns()


@pytest.fixture
def home(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Home:
    """Return a home."""
    return Home(hass, freezer)


# All blueprints


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_a_blueprint_can_be_imported(path: Path) -> None:
    """It is one, says where it is from, and each input explains itself."""
    blueprint = Blueprint(
        load_yaml_dict(path), expected_domain="automation", schema=BLUEPRINT_SCHEMA
    )
    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"] == f"{SOURCE}/{FOLDER}/{path.name}"
    assert blueprint.metadata["homeassistant"]["min_version"] == "2026.10.0"
    assert blueprint.name.startswith("Linky Meter: ")
    for name, given in blueprint.inputs.items():
        assert given["name"], name
        assert given["description"], name
        assert given["selector"], name


@pytest.mark.parametrize("path", BLUEPRINTS, ids=lambda path: path.stem)
def test_a_blueprint_has_an_import_link(path: Path) -> None:
    """The button of the documents imports this file."""
    link = (
        "https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url="
        + quote(f"{SOURCE}/{FOLDER}/{path.name}", safe="")
    )
    for language in LANGUAGES:
        text = (DOCS / language / "automations.md").read_text("utf-8")
        assert text.count(f"({link})") == 1


def test_the_blueprints_know_the_integrations_words() -> None:
    """Tariffs, reasons of the breaker and types of overloads are ours."""
    texts = {path.stem: load_yaml_dict(path) for path in BLUEPRINTS}
    tariff = texts["tariff_tempo"]["blueprint"]["input"]["tariff"]["input"]
    options = tariff["periods"]["selector"]["select"]["options"]
    assert set(options) == set(Tariff) - {Tariff.ALL_HOURS}
    words = texts["notify"]["actions"][0]["variables"]["texts"]
    assert set(words) == {"fr", "en"}
    for language in words.values():
        assert set(language) == {
            *Breaker,
            *WATCHES["overload"].types,
            "overvoltage",
            "message",
        }


# Charger


async def charger(home: Home, automate: Automate, **inputs: Any) -> None:
    """Make an automation for a charger on phase 2."""
    home.set(sensor__linky_available_current_l2=20, number__charger=16)
    await automate(
        "charger",
        **{"available_current": [L2], "charger_limit": LIMIT, "raise_after": 30}
        | inputs,
    )
    home.hass.states.async_set(LIMIT, "16", {"min": 6, "max": 32, "step": 1})
    assert not await home.settle(6)


async def test_charger_is_lowered_at_once(home: Home, automate: Automate) -> None:
    """To what it draws and what is left, less the margin, in whole steps."""
    home.set(sensor__charger_drawn=15.8)
    await charger(home, automate, charger_drawn=[DRAWN])
    home.set(sensor__linky_available_current_l2=-4)
    # 15.8 - 4 - 1 = 10.8
    assert await home.settle() == [(LIMIT, 10)]
    # The charger tells its new current before the meter does
    home.set(sensor__charger_drawn=10)
    assert not await home.settle(3)
    home.set(sensor__linky_available_current_l2=1.8)
    assert not await home.settle(20)
    # More is needed than the first time
    home.set(sensor__linky_available_current_l2=-0.5)
    assert await home.settle() == [(LIMIT, 8)]
    home.set(sensor__linky_available_current_l2=-1.5)
    assert not await home.settle(2)
    assert await home.settle(8) == [(LIMIT, 7)]


async def test_charger_is_raised_after_a_while(home: Home, automate: Automate) -> None:
    """Room must last, be more than the hysteresis, and never exceeds the maximum."""
    home.set(sensor__charger_drawn=16)
    await charger(home, automate, charger_drawn=[DRAWN], hysteresis=2)
    home.set(sensor__linky_available_current_l2=2.9)
    assert not await home.settle(40)
    home.set(sensor__linky_available_current_l2=6)
    assert not await home.settle(20)
    home.set(sensor__linky_available_current_l2=2)
    assert not await home.settle(5)
    home.set(sensor__linky_available_current_l2=6)
    assert not await home.settle(28)
    assert await home.settle(4) == [(LIMIT, 21)]
    home.set(sensor__linky_available_current_l2=40)
    assert await home.settle(32) == [(LIMIT, 32)]


async def test_charger_on_three_phases(home: Home, automate: Automate) -> None:
    """The phase with the least left decides, with what the charger draws there."""
    home.set(
        sensor__linky_available_current_l1=20,
        sensor__linky_available_current_l3=20,
        sensor__drawn_l1=16,
        sensor__drawn_l2=10,
        sensor__drawn_l3=16,
    )
    await charger(
        home,
        automate,
        available_current=[L1, L2, L3],
        charger_drawn=[f"sensor.drawn_l{n}" for n in (1, 2, 3)],
        margin=0,
    )
    home.set(sensor__linky_available_current_l2=-1)
    assert await home.settle() == [(LIMIT, 9)]


async def test_charger_without_its_own_sensor(home: Home, automate: Automate) -> None:
    """It is taken to draw what it may; without a switch it stays at the minimum."""
    await charger(home, automate)
    home.set(sensor__linky_available_current_l2=-2)
    assert await home.settle() == [(LIMIT, 13)]
    home.set(sensor__linky_available_current_l2=-20)
    assert not await home.settle(1)
    assert await home.settle(10) == [(LIMIT, 6)]
    home.set(sensor__linky_available_current_l2=-21)
    assert not await home.settle(15)


async def test_charger_pauses_and_resumes(home: Home, automate: Automate) -> None:
    """Below the minimum it pauses; it resumes what it paused itself, and only that."""
    home.set(sensor__charger_drawn=6, switch__charger="on", input_boolean__paused="off")
    await charger(
        home,
        automate,
        charger_drawn=[DRAWN],
        charger_switch=SWITCH,
        paused=PAUSED,
    )
    home.set(sensor__linky_available_current_l2=-2)
    assert await home.settle() == [(LIMIT, 6), (PAUSED, "on"), (SWITCH, "off")]
    home.set(sensor__charger_drawn=0, sensor__linky_available_current_l2=7.5)
    assert not await home.settle(40)
    home.set(sensor__linky_available_current_l2=9)
    assert await home.settle(32) == [(LIMIT, 8), (SWITCH, "on"), (PAUSED, "off")]
    # What the user switches off stays off
    home.set(switch__charger="off", sensor__linky_available_current_l2=2)
    assert not await home.settle(15)
    home.set(sensor__linky_available_current_l2=20)
    assert not await home.settle(60)
    # A pause that the user ended is over
    home.set(switch__charger="on", sensor__charger_drawn=8)
    home.set(sensor__linky_available_current_l2=-5)
    assert (SWITCH, "off") in await home.settle(10)
    home.set(switch__charger="on")
    home.set(sensor__linky_available_current_l2=10)
    assert (PAUSED, "off") in await home.settle()


async def test_charger_without_a_reading(home: Home, automate: Automate) -> None:
    """An unread meter means the minimum, after a while; an unread charger nothing."""
    await charger(home, automate)
    home.set(sensor__linky_available_current_l2=STATE_UNAVAILABLE)
    assert not await home.settle(25)
    assert await home.settle(15) == [(LIMIT, 6)]
    assert not await home.settle(40)
    home.set(number__charger=STATE_UNAVAILABLE, sensor__linky_available_current_l2=-5)
    assert not await home.settle(15)


# Loads


async def loads(home: Home, automate: Automate, **inputs: Any) -> None:
    """Make an automation that sheds three loads."""
    home.set(
        sensor__linky_available_current_l1=15,
        switch__heater="on",
        switch__dryer="off",
        switch__boiler="on",
        input_text__shed="",
    )
    await automate(
        "shed_loads",
        **{
            "available_current": [L1],
            "overload_event": OVERLOAD,
            "loads": ["switch.heater", "switch.dryer", "switch.boiler"],
            "shed_helper": SHED,
            "restore_after": 60,
        }
        | inputs,
    )


async def test_loads_are_shed_in_order_and_restored(
    home: Home, automate: Automate
) -> None:
    """One after the other, those that are on; back in the opposite order."""
    await loads(home, automate)
    home.set(sensor__linky_available_current_l1=-3)
    assert not await home.settle(4)
    assert await home.settle(3) == [(SHED, "switch.heater"), ("switch.heater", "off")]
    assert await home.settle(6) == [
        (SHED, "switch.heater,switch.boiler"),
        ("switch.boiler", "off"),
    ]
    assert not await home.settle(20)
    home.set(sensor__linky_available_current_l1=14)
    assert not await home.settle(55)
    assert await home.settle(7) == [(SHED, "switch.heater"), ("switch.boiler", "on")]
    assert not await home.settle(50)
    assert await home.settle(12) == [(SHED, ""), ("switch.heater", "on")]
    assert not await home.settle(120)


async def test_enough_is_shed(home: Home, automate: Automate) -> None:
    """When the first load was enough, the next one stays on."""
    await loads(home, automate)
    home.set(sensor__linky_available_current_l1=-3)
    assert ("switch.heater", "off") in await home.settle(6)
    home.set(sensor__linky_available_current_l1=3)
    assert not await home.settle(30)
    # Somebody insists
    home.set(sensor__linky_available_current_l1=-1)
    assert ("switch.boiler", "off") in await home.settle(6)
    assert not await home.settle(10)
    home.set(switch__dryer="on")
    assert ("switch.dryer", "off") in await home.settle()


async def test_an_imminent_trip_sheds_at_once(home: Home, automate: Automate) -> None:
    """Without the helper too; then nothing is switched on again."""
    await loads(home, automate, shed_helper=[])
    await home.event(OVERLOAD, "begun")
    assert not await home.settle()
    home.set(sensor__linky_available_current_l1=-9)
    await home.event(OVERLOAD, "trip_imminent", time_to_trip=40)
    assert await home.settle() == [("switch.heater", "off")]
    home.set(sensor__linky_available_current_l1=14)
    assert not await home.settle(120)
    await home.restart(OVERLOAD)
    assert not await home.settle(10)


async def test_restoring_stops_when_there_is_no_room(
    home: Home, automate: Automate
) -> None:
    """A new danger interrupts the switching on, and forgets nothing."""
    await loads(home, automate)
    home.set(sensor__linky_available_current_l1=-3)
    await home.settle(15)
    home.set(sensor__linky_available_current_l1=14)
    assert ("switch.boiler", "on") in await home.settle(62)
    home.set(sensor__linky_available_current_l1=-3)
    assert await home.settle(7) == [
        (SHED, "switch.heater,switch.boiler"),
        ("switch.boiler", "off"),
    ]


# Tariff and Tempo


def told(call: ServiceCall) -> str:
    """Return the message of a call."""
    return str(call.data["message"])


async def test_tariff_and_tempo(
    hass: HomeAssistant, home: Home, automate: Automate
) -> None:
    """Beginnings and ends, each once; a restart is no event."""
    tariff, tempo = "event.linky_tariff_change", "event.linky_tempo_announced"
    said = async_mock_service(hass, "test", "say")

    def say(message: str) -> list[dict[str, Any]]:
        return [{"action": "test.say", "data": {"message": message}}]

    home.set(**{f"event__{key}": "unknown" for key in ("linky_tariff_change",)})
    await automate(
        "tariff_tempo",
        tariff_event=tariff,
        periods=["off_peak", "index_3"],
        period_begins=say("{{ tariff_period }} after {{ previous }}"),
        period_ends=say("{{ previous }} is over"),
        tempo_event=tempo,
        colours=["white", "red"],
        colour_announced=say("{{ colour }} tomorrow"),
        colour_begins=say("{{ colour }} today"),
        colour_ends=say("{{ colour }} again"),
    )
    for period, previous in (
        ("off_peak", "peak"),
        ("index_3", "off_peak"),
        ("peak", "index_3"),
        ("index_1", "peak"),
    ):
        await home.event(tariff, "changed", tariff_period=period, previous=previous)
        await home.restart(tariff)
    for kind, colour, before in (
        ("announced", "blue", None),
        ("started", "blue", "blue"),
        ("announced", "red", None),
        ("started", "red", "blue"),
        ("started", "white", "red"),
        ("started", "blue", "white"),
    ):
        await home.event(tempo, kind, colour=colour, previous=before)
        await home.restart(tempo)
    assert [told(call) for call in said] == [
        "off_peak after peak",
        "index_3 is over",
        "red tomorrow",
        "red today",
        "white today",
        "blue again",
    ]


# Notifications


async def notifications(
    hass: HomeAssistant, home: Home, automate: Automate, **inputs: Any
) -> list[str]:
    """Let everything happen; return titles and messages."""
    said = async_mock_service(hass, "test", "say")
    breaker, volts = "sensor.linky_breaker", "binary_sensor.linky_overvoltage"
    message = "event.linky_meter_message"
    home.set(
        event__linky_overload="unknown",
        event__linky_meter_message="unknown",
        sensor__linky_breaker="closed",
        binary_sensor__linky_overvoltage="off",
    )
    data = {"message": "{{ title }}: {{ message }}"}
    await automate(
        "notify",
        send=[{"action": "test.say", "data": data}],
        overload_event=OVERLOAD,
        breaker=breaker,
        overvoltage=volts,
        message_event=message,
        **inputs,
    )
    await home.event(OVERLOAD, "begun")
    await home.event(OVERLOAD, "trip_imminent", time_to_trip=42)
    await home.event(OVERLOAD, "ended")
    await home.event(message, "received", text="EJP DEMAIN", label="message_2")
    for state in ("on", STATE_UNAVAILABLE, "on", "off"):
        home.set(binary_sensor__linky_overvoltage=state)
        await home.settle()
    for state in ("open_overpower", "open_overpower", STATE_UNAVAILABLE, "closed"):
        home.set(sensor__linky_breaker=state)
        await home.settle()
    for entity_id in (OVERLOAD, message, breaker):
        await home.restart(entity_id)
    return [told(call) for call in said]


async def test_notify_in_french(
    hass: HomeAssistant, home: Home, automate: Automate
) -> None:
    """French unless English is chosen; the end of an overload only when wanted."""
    assert await notifications(hass, home, automate) == [
        "Dépassement de puissance: La puissance souscrite est dépassée.",
        "Coupure imminente: Le compteur est sur le point de couper. (42 s)",
        "Message du compteur: EJP DEMAIN",
        "Surtension: La tension d’une phase est trop élevée.",
        "Compteur coupé: L’organe de coupure est ouvert\u00a0: surpuissance.",
    ]


async def test_notify_in_english(
    hass: HomeAssistant, home: Home, automate: Automate
) -> None:
    """The same in English, of the chosen types."""
    said = await notifications(
        hass, home, automate, language="en", overload_types=["ended"]
    )
    assert said == [
        "Overload over: The power drawn is below the subscribed power again.",
        "Message of the meter: EJP DEMAIN",
        "Overvoltage: The voltage of a phase is too high.",
        "Meter has cut off: The breaker is open: too much power.",
    ]


async def test_notify_by_default(
    hass: HomeAssistant,
    home: Home,
    automate: Automate,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without a choice, the notification appears in Home Assistant itself."""
    said = async_mock_service(hass, "persistent_notification", "create")
    await automate("notify", breaker="sensor.linky_breaker", language="en")
    home.set(sensor__linky_breaker="open_order")
    await home.settle()
    home.set(sensor__linky_breaker="closed")
    await home.settle()
    assert [(call.data["title"], call.data["message"]) for call in said] == [
        ("Power restored", "The meter's breaker is closed.")
    ]
    # Nothing to wait for is nothing to complain about
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
