"""What the user sees: an offer, a list with reasons, the result, and the way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace.takeover import takeover
from homeassistant.components.recorder import Recorder
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import until
from tests.replace.house import ADDRESS, House, loaded

from .old import ENERGY, Old, past
from .test_takeover import MOVED, an_old, platforms


def offer_of(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return the repair that offers a take-over."""
    return ir.async_get(hass).async_get_issue(
        DOMAIN, f"takeover_offered_{entry.entry_id}"
    )


async def choose(hass: HomeAssistant, entry: MockConfigEntry, *steps: str) -> Any:
    """Go through the options' menus."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    for step in steps:
        flow = await hass.config_entries.options.async_configure(
            flow["flow_id"], {"next_step_id": step}
        )
    return flow


async def submit(hass: HomeAssistant, flow: Any, **answer: Any) -> Any:
    """Submit a form of the options."""
    return await hass.config_entries.options.async_configure(flow["flow_id"], answer)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_options(hass: HomeAssistant, house: House, language: str) -> None:
    """Taken over, given back, taken over again, finished."""
    hass.config.language = language
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    await until(lambda: offer_of(hass, entry))
    form = await choose(hass, entry, "takeover")
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "takeover_preview"
    told = form["description_placeholders"]
    assert told["moves"] == str(len(MOVED))
    assert set(told["table"].split("`")[1::2]) == set(MOVED)
    assert f": {house.peak} Wh → {house.peak} Wh · –" in told["table"]
    assert "sensor.linky_ntarf" in told["reasons"]
    assert "other words" in told["reasons"] or "d’autres mots" in told["reasons"]
    assert told["backup"] == "–"
    assert ADDRESS not in str(told)
    # Without the word nothing happens
    assert platforms(hass) == {"linkytic"}
    done = await submit(hass, form)
    assert done["type"] is FlowResultType.ABORT
    assert done["reason"] == "taken_over"
    assert done["description_placeholders"]["moves"] == str(len(MOVED))
    assert platforms(hass) == {DOMAIN}
    await until(lambda: not offer_of(hass, entry))

    menu = await choose(hass, entry, "takeover")
    assert menu["menu_options"] == ["takeover_back", "takeover_finish"]
    form = await choose(hass, entry, "takeover", "takeover_back")
    done = await submit(hass, form)
    assert done["reason"] == "given_back"
    assert platforms(hass) == {"linkytic"}
    await until(lambda: offer_of(hass, entry))

    done = await submit(hass, await choose(hass, entry, "takeover"))
    assert done["reason"] == "taken_over"
    form = await choose(hass, entry, "takeover", "takeover_finish")
    done = await submit(hass, form)
    assert done["reason"] == "takeover_finished"
    assert platforms(hass) == {DOMAIN}
    nothing = await choose(hass, entry, "takeover")
    assert nothing["reason"] == "nothing_to_take"
    await hass.config_entries.async_unload(entry.entry_id)
    nothing = await choose(hass, entry, "takeover")
    assert nothing["reason"] == "not_loaded"


async def test_what_may_show_something_else_is_asked_for(
    hass: HomeAssistant, house: House
) -> None:
    """It moves if it is ticked, and stays if not."""
    old = an_old(hass, house)
    message = old.has("msg1", "linky_message", "PAS DE          MESSAGE")
    await old.start()
    entry = await loaded(hass, house)
    er.async_get(hass).async_update_entity("sensor.linky_message_1", disabled_by=None)
    form = await choose(hass, entry, "takeover")
    (option,) = form["data_schema"].schema["also"].config["options"]
    assert option["value"] == message
    assert option["label"].startswith(f"{message} → ")
    assert form["description_placeholders"]["moves"] == str(len(MOVED))
    done = await submit(hass, form)
    assert done["description_placeholders"]["moves"] == str(len(MOVED))
    assert platforms(hass, [message]) == {"linkytic"}
    form = await choose(hass, entry, "takeover", "takeover_back")
    assert (await submit(hass, form))["reason"] == "given_back"
    form = await choose(hass, entry, "takeover")
    done = await submit(hass, form, also=[message])
    assert done["description_placeholders"]["moves"] == str(len(MOVED) + 1)
    assert platforms(hass, [message]) == {DOMAIN}
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(("language", "years"), [("en", "2.5"), ("fr", "2,5")])
async def test_years_of_statistics_are_told(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    house: House,
    language: str,
    years: str,
) -> None:
    """Of each entity that has them."""
    hass.config.language = language
    old = an_old(hass, house)
    await old.start()
    begun = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    end = begun - timedelta(days=913)
    await past(hass, recorder_mock, "sensor.linky_hp", end, 5000.0, hours=2)
    entry = await loaded(hass, house)
    form = await choose(hass, entry, "takeover")
    table = form["description_placeholders"]["table"].splitlines()
    told = {line.split("`")[1]: line.split(" · ")[-1] for line in table}
    assert told["sensor.linky_hp"] == years
    assert told["sensor.linky_papp"] == "–"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_cannot_be_done_is_told(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the options as in the repair."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    await until(lambda: offer_of(hass, entry))
    form = await choose(hass, entry, "takeover")
    repair = await open_repair(hass, entry)

    async def cannot(*_: Any) -> bool:
        return False

    monkeypatch.setattr(takeover, "async_take_down", cannot)
    done = await submit(hass, form)
    assert done["reason"] == "busy"
    manager = hass.data[REPAIRS]["flow_manager"]
    done = await manager.async_configure(repair["flow_id"], {})
    assert done["reason"] == "busy"
    assert offer_of(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_cannot_be_given_back(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why is told; without the old integration it is not offered."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    await until(lambda: offer_of(hass, entry))
    done = await submit(hass, await choose(hass, entry, "takeover"))
    assert done["reason"] == "taken_over"

    async def cannot(*_: Any) -> bool:
        return False

    with monkeypatch.context() as failing:
        failing.setattr(takeover, "async_take_down", cannot)
        form = await choose(hass, entry, "takeover", "takeover_back")
        done = await submit(hass, form)
    assert done["reason"] == "busy"
    assert platforms(hass) == {DOMAIN}
    await hass.config_entries.async_remove(old.entry.entry_id)
    menu = await choose(hass, entry, "takeover")
    assert menu["menu_options"] == ["takeover_finish"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_given_back_to_what_is_disabled(
    hass: HomeAssistant, house: House
) -> None:
    """As after a set-up on its port: it stays off, and the user is told."""
    old = an_old(hass, house)
    await old.start()
    await hass.config_entries.async_set_disabled_by(
        old.entry.entry_id, ConfigEntryDisabler.USER
    )
    entry = await loaded(hass, house)
    done = await submit(hass, await choose(hass, entry, "takeover"))
    assert done["reason"] == "taken_over"
    form = await choose(hass, entry, "takeover", "takeover_back")
    done = await submit(hass, form)
    assert done["reason"] == "given_back_disabled"
    assert old.entry.disabled_by is ConfigEntryDisabler.USER
    for language in ("en", "fr"):
        words = await async_get_translations(hass, language, "options", {DOMAIN})
        assert "port" in words[f"component.{DOMAIN}.options.abort.{done['reason']}"]
    # Enabled by the user it has all that it had
    await hass.config_entries.async_set_disabled_by(old.entry.entry_id, None)
    await hass.async_block_till_done()
    assert platforms(hass) == {"linkytic"}
    assert all(hass.states.get(one) for one in MOVED)
    await hass.config_entries.async_unload(entry.entry_id)


async def open_repair(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Open the offer as the user does."""
    assert await async_setup_component(hass, REPAIRS, {})
    issue = offer_of(hass, entry)
    assert issue is not None
    assert issue.is_fixable
    manager = hass.data[REPAIRS]["flow_manager"]
    return await manager.async_init(DOMAIN, context={"issue_id": issue.issue_id})


async def test_repair(hass: HomeAssistant, house: House) -> None:
    """The repair does what the options do, and is gone then."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    await until(lambda: offer_of(hass, entry))
    form = await open_repair(hass, entry)
    assert form["step_id"] == "confirm"
    manager = hass.data[REPAIRS]["flow_manager"]
    done = await manager.async_configure(form["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert platforms(hass) == {DOMAIN}
    assert offer_of(hass, entry) is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_repair_of_what_is_gone(hass: HomeAssistant, house: House) -> None:
    """The other integration was removed meanwhile; so was our entry."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    await until(lambda: offer_of(hass, entry))
    await hass.config_entries.async_set_disabled_by(
        old.entry.entry_id, ConfigEntryDisabler.USER
    )
    form = await open_repair(hass, entry)
    if form["type"] is FlowResultType.FORM:
        await hass.config_entries.async_remove(entry.entry_id)
        manager = hass.data[REPAIRS]["flow_manager"]
        form = await manager.async_configure(form["flow_id"], {})
    assert form["reason"] == "nothing_to_take"


async def test_dismissed_for_good(hass: HomeAssistant, house: House) -> None:
    """A repair that was ignored stays so over a reload."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    await until(lambda: offer_of(hass, entry))
    ir.async_ignore_issue(hass, DOMAIN, f"takeover_offered_{entry.entry_id}", True)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=False)
    issue = offer_of(hass, entry)
    assert issue is not None
    assert issue.dismissed_version is not None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_several(hass: HomeAssistant, house: House) -> None:
    """The user says from which of several; the others stay."""
    old = an_old(hass, house)
    await old.start()
    other = Old(hass, domain="teleinfo")
    other.has(f"{ADDRESS}_PAPP", "teleinfo_papp", 700)
    other.has(f"{ADDRESS}_EASF02", "teleinfo_hp", house.peak, **ENERGY)
    await other.start()
    entry = await loaded(hass, house)
    form = await choose(hass, entry, "takeover")
    assert form["step_id"] == "takeover_source"
    options = form["data_schema"].schema["take_from"].config["options"]
    (theirs,) = (one["value"] for one in options if "teleinfo" in one["value"])
    form = await submit(hass, form, take_from=theirs)
    assert form["step_id"] == "takeover_preview"
    done = await submit(hass, form)
    assert done["reason"] == "taken_over"
    assert platforms(hass, ["sensor.teleinfo_hp"]) == {DOMAIN}
    assert platforms(hass) == {"linkytic"}
    assert old.entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)
