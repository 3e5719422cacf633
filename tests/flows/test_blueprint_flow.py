"""The button that copies the blueprints into the user's folder."""

from __future__ import annotations

import logging
from pathlib import Path
import shutil
from typing import Any, cast

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.blueprints.copies import FOLDER
from custom_components.linky_meter.blueprints.text import (
    SOURCES,
    adapted,
    inputs,
    names,
    words_of,
)
from custom_components.linky_meter.linky_tic.tic.tariffs import Tariff
from homeassistant.components import automation
from homeassistant.components.blueprint import Blueprint
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import dump, load_yaml_dict
from tests.conftest import StartMeter, address_of, entry_for, set_up, until

ROOT = Path(__file__).parents[2]
LOGGERS = ("homeassistant.components.automation", "homeassistant.components.blueprint")
# What every language writes the same
SAME = {"A", "Français", "English", "Tempo"}


@pytest.fixture
async def entry(hass: HomeAssistant, start_meter: StartMeter) -> MockConfigEntry:
    """Return the entry of a three-phase meter with Tempo that is read."""
    preset = "standard_tempo_three_phase"
    meter = await start_meter(preset)
    entry = entry_for(address_of(preset), meter.path)
    assert await set_up(hass, entry)
    await until(lambda: bool(enabled(hass, entry).get("tempo_announced")))
    return entry


def enabled(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the enabled entities of an entry by key."""
    return {
        each.unique_id.partition("_")[2]: each.entity_id
        for each in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
        if each.disabled_by is None
    }


async def press(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    """Press the button in the options."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert "blueprints" in cast(list[str], menu["menu_options"])
    return await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": "blueprints"}
    )


async def told(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Press the button and close; return what is told of each file."""
    result = await press(hass, entry)
    assert result["step_id"] == "blueprints_copied"
    shown = cast(dict[str, str], result["description_placeholders"])
    assert shown["folder"] == "blueprints/automation/linky_meter"
    end = await hass.config_entries.options.async_configure(result["flow_id"], {})
    assert end["type"] is FlowResultType.CREATE_ENTRY
    assert end["data"] == entry.options
    lines = [line.partition("`: ") for line in shown["files"].splitlines()]
    return {file.removeprefix("- `"): what for file, _, what in lines}


def copied(hass: HomeAssistant, name: str) -> Blueprint:
    """Return a blueprint as Home Assistant reads it from the user's folder."""
    return Blueprint(
        load_yaml_dict(hass.config.path(FOLDER, name)),
        expected_domain="automation",
        schema=BLUEPRINT_SCHEMA,
    )


def defaults(blueprint: Blueprint) -> dict[str, Any]:
    """Return what is chosen already."""
    return {
        name: given["default"]
        for name, given in blueprint.inputs.items()
        if "default" in given
    }


async def test_an_event_is_no_binary_sensor(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Two entities have the key ``overload``: whichever was registered last."""
    er.async_get(hass).async_remove("binary_sensor.linky_overload")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    await told(hass, entry)
    for name in names():
        chosen = defaults(copied(hass, f"{name}.yaml"))
        overload = chosen.get("overload_event", "event.linky_overload")
        assert overload == "event.linky_overload", name
    await hass.config_entries.async_unload(entry.entry_id)


def test_the_repository_offers_the_same() -> None:
    """What is imported by URL is what the integration copies."""
    offered = ROOT / "blueprints" / "automation" / "linky_meter"
    assert sorted(path.stem for path in offered.iterdir()) == names()
    for path in offered.iterdir():
        source = (SOURCES / path.name).read_text("utf-8")
        assert path.read_text("utf-8") == source, "run scripts/blueprints"


@pytest.mark.parametrize("name", names())
def test_every_word_is_french(name: str) -> None:
    """No English is left in a French copy, neither in its forms nor in its traces."""
    french = words_of("fr")

    def shown(node: Any) -> set[str]:
        if isinstance(node, list):
            return set().union(*map(shown, node))
        if not isinstance(node, dict):
            return set()
        found = set().union(*map(shown, node.values()))
        for key in ("name", "description", "label", "unit_of_measurement", "alias"):
            if isinstance(node.get(key), str):
                found.add(node[key])
        return found

    words = shown(load_yaml_dict(SOURCES / f"{name}.yaml")) - SAME
    assert words <= set(french)
    text = adapted(name, french, {})
    assert "source_url" not in text
    # One language, and no space where a line could break before a sign
    assert not [word for word in french.values() if " :" in word or " ;" in word]


def test_no_french_word_is_left_over() -> None:
    """What no blueprint says any more is not kept."""
    texts = " ".join((SOURCES / f"{name}.yaml").read_text("utf-8") for name in names())
    texts = " ".join(texts.replace('\\"', '"').split())
    assert not [word for word in words_of("fr") if word not in texts]


async def test_copied_in_french_with_the_meters_entities(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Pickers have this meter's entities, and the charger asks for one thing alone."""
    hass.config.language = "fr"
    entities = enabled(hass, entry)
    assert await told(hass, entry) == {
        f"{name}.yaml": "nouveau" for name in ("charger", "notify", "shed_loads")
    } | {"tariff_tempo.yaml": "nouveau"}
    charger = copied(hass, "charger.yaml")
    assert charger.name == "Linky Meter\u00a0: borne de recharge dans la limite"
    assert set(charger.inputs) - set(defaults(charger)) == {"charger_limit"}
    phases = [entities[f"available_current_l{phase}"] for phase in (1, 2, 3)]
    assert defaults(charger)["available_current"] == phases
    (filtered,) = charger.inputs["available_current"]["selector"]["entity"]["filter"]
    assert filtered == {
        "domain": ["sensor"],
        "device_class": ["current"],
        "integration": "linky_meter",
    }
    notify = defaults(copied(hass, "notify.yaml"))
    assert notify["language"] == "fr"
    assert notify["overload_event"] == "event.linky_overload"
    assert notify["breaker"] == entities["breaker"]
    tariff = copied(hass, "tariff_tempo.yaml")
    assert defaults(tariff)["tempo_event"] == entities["tempo_announced"]
    options = tariff.inputs["periods"]["selector"]["select"]["options"]
    assert {"label": "Rouge heures pleines", "value": "red_peak"} in options
    assert {each["value"] for each in options} == set(Tariff) - {Tariff.ALL_HOURS}


async def test_english_where_there_is_no_translation(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A third language gets English, and what is chosen in the forms works as it is."""
    hass.config.language = "de"
    await told(hass, entry)
    notify = copied(hass, "notify.yaml")
    assert notify.name == "Linky Meter: notify"
    assert defaults(notify)["language"] == "en"
    tariff = copied(hass, "tariff_tempo.yaml")
    options = tariff.inputs["periods"]["selector"]["select"]["options"]
    assert {"label": "Red peak", "value": "red_peak"} in options


async def test_automations_run_with_the_defaults(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant makes an automation of each without a complaint."""
    notified = list[dict[str, Any]]()
    hass.services.async_register(
        "persistent_notification",
        "create",
        lambda call: notified.append(dict(call.data)),
    )
    await told(hass, entry)
    given: dict[str, dict[str, Any]] = {
        "charger": {"charger_limit": "number.charger"},
        "notify": {},
        "shed_loads": {"loads": ["switch.heater"]},
        "tariff_tempo": {},
    }
    configs = [
        {
            "id": name,
            "alias": name,
            "use_blueprint": {"path": f"linky_meter/{name}.yaml", "input": chosen},
        }
        for name, chosen in given.items()
    ]
    config = {automation.DOMAIN: configs}
    Path(hass.config.path("configuration.yaml")).write_text(dump(config), "utf-8")
    caplog.clear()
    assert await async_setup_component(hass, automation.DOMAIN, config)
    await hass.async_block_till_done()
    for name in given:
        assert hass.states.is_state(f"automation.{name}", "on")
    assert not [
        each
        for each in caplog.records
        if each.levelno >= logging.WARNING and each.name.startswith(LOGGERS)
    ]
    # What is written while automations run is what they run with from then on
    hass.config.language = "fr"
    assert set((await told(hass, entry)).values()) == {"mis à jour"}
    await hass.async_block_till_done()
    assert hass.states.is_state("automation.notify", "on")
    hass.states.async_set(enabled(hass, entry)["breaker"], "open_order")
    await until(lambda: "Compteur coupé" in [each["title"] for each in notified])
    await hass.services.async_call(
        automation.DOMAIN, "turn_off", {"entity_id": "all"}, blocking=True
    )


async def test_pressed_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Ours is brought up to date; what the user changed stays, the new one beside it."""
    await told(hass, entry)
    assert set((await told(hass, entry)).values()) == {"already there"}
    folder = Path(hass.config.path(FOLDER))
    charger, notify = folder / "charger.yaml", folder / "notify.yaml"
    changed = charger.read_text("utf-8").replace("default: 32", "default: 25")
    charger.write_text(changed, "utf-8")
    notify.write_bytes(b"\xff mine, and no text")
    assert await told(hass, entry) == {
        "charger.yaml": "changed by you, so it stays as it is; there is nothing newer",
        "notify_2.yaml": "new",
        "shed_loads.yaml": "already there",
        "tariff_tempo.yaml": "already there",
    }
    # An update of the integration
    hass.config.language = "fr"
    beside = "la nouvelle version, à côté de celle que vous avez modifiée"
    assert await told(hass, entry) == {
        "charger_2.yaml": beside,
        "notify_2.yaml": "mis à jour",
        "shed_loads.yaml": "mis à jour",
        "tariff_tempo.yaml": "mis à jour",
    }
    assert charger.read_text("utf-8") == changed
    assert set((await told(hass, entry)).values()) == {"déjà présent"}
    assert not list(folder.glob("*.new"))


async def test_each_meter_has_its_own(
    hass: HomeAssistant, entry: MockConfigEntry, start_meter: StartMeter
) -> None:
    """A second meter does not take the place of the first one in its automations."""
    await told(hass, entry)
    first = defaults(copied(hass, "charger.yaml"))
    meter = await start_meter("historic_hc")
    second = entry_for(address_of("historic_hc"), meter.path, baudrate=1200)
    assert await set_up(hass, second)
    await until(lambda: "available_current" in enabled(hass, second))
    assert set(await told(hass, second)) == {f"{name}_2.yaml" for name in names()}
    assert defaults(copied(hass, "charger.yaml")) == first
    chosen = defaults(copied(hass, "charger_2.yaml"))["available_current"]
    assert chosen == [enabled(hass, second)["available_current"]]
    # No breaker in historic mode
    assert defaults(copied(hass, "notify_2.yaml"))["breaker"] == []
    # The files of a meter that is gone are for the next one
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert set((await told(hass, second)).values()) == {"brought up to date"}


@pytest.mark.parametrize(
    "blocked", ["blueprints", "blueprints/automation/linky_meter/notify.new"]
)
async def test_a_folder_that_cannot_be_written(
    hass: HomeAssistant, entry: MockConfigEntry, blocked: str
) -> None:
    """It is told; once it can be written, the same form goes on."""
    shutil.rmtree(hass.config.path("blueprints"), ignore_errors=True)
    obstacle = Path(hass.config.path(blocked))
    if obstacle.suffix:
        (obstacle / "full").mkdir(parents=True)
    else:
        obstacle.write_text("a file", "utf-8")
    form = await press(hass, entry)
    assert form["step_id"] == "blueprints"
    assert form["errors"] == {"base": "blueprints_not_written"}
    again = await hass.config_entries.options.async_configure(form["flow_id"], {})
    assert again["errors"] == {"base": "blueprints_not_written"}
    if obstacle.suffix:
        (obstacle / "full").rmdir()
        obstacle.rmdir()
    else:
        obstacle.unlink()
    done = await hass.config_entries.options.async_configure(form["flow_id"], {})
    assert done["step_id"] == "blueprints_copied"


def test_inputs_are_found_in_sections() -> None:
    """Sections are no inputs."""
    given = {"a": {"name": "A"}, "s": {"input": {"b": {"name": "B"}}}}
    assert [name for name, _ in inputs(given)] == ["a", "b"]
