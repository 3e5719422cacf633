"""The set-up leads on to a take-over where something reads the meter already."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from custom_components.linky_meter.const import CONF_PRICES, DOMAIN
from custom_components.linky_meter.flows.connection import port_taken
from homeassistant.config_entries import ConfigEntryDisabler, FlowType
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.conftest import until
from tests.flows.dialog import Dialog
from tests.replace.house import ADDRESS, OTHER, House

from .old import ENERGY, Old
from .test_takeover import MOVED, an_old, platforms


async def last_page(hass: HomeAssistant, house: House) -> Dialog:
    """Return the dialog at the last page of the set-up."""
    dialog = Dialog(hass)
    await dialog.open("address")
    await dialog.submit({CONF_DEVICE: house.port.path})
    found = await dialog.done()
    assert found["step_id"] == "found"
    return dialog


def fields(dialog: Dialog) -> dict[str, Any]:
    """Return the fields of the form, with what is proposed."""
    schema = dialog.step["data_schema"].schema
    return {str(marker): marker.default() for marker in schema}


async def following(hass: HomeAssistant, dialog: Dialog) -> Any:
    """Return the form that follows, when the meter has its entities."""
    kind, flow_id = dialog.step["next_flow"]
    assert kind is FlowType.OPTIONS_FLOW
    options = hass.config_entries.options
    progress: Any = options._progress[flow_id]
    await until(progress._waiting.done, 60)
    flow: Any = await options.async_configure(flow_id)
    while flow["type"] is FlowResultType.SHOW_PROGRESS_DONE:
        flow = await options.async_configure(flow_id)
    return flow


async def end(hass: HomeAssistant) -> None:
    """Unload our entries."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("prices", ["later", "other"])
async def test_offered_on_the_last_page(
    hass: HomeAssistant, house: House, prices: str
) -> None:
    """A switch that is off leads to the list, and only the list's word moves anything."""
    await an_old(hass, house).start()
    dialog = await last_page(hass, house)
    assert fields(dialog)["takeover"] is False
    notes = str(dialog.step["description_placeholders"])
    assert "Linky TIC" in notes
    assert ADDRESS not in notes
    await dialog.submit({CONF_PRICES: prices, "takeover": True})
    form = await following(hass, dialog)
    assert form["step_id"] == "takeover_preview"
    assert platforms(hass) == {"linkytic"}
    options = hass.config_entries.options
    done = await options.async_configure(form["flow_id"], {})
    assert platforms(hass) == {DOMAIN}
    if prices == "other":
        assert done["step_id"] == "takeover_done"
        told = done["description_placeholders"]
        assert told is not None
        assert told["moves"] == str(len(MOVED))
        done = await options.async_configure(form["flow_id"], {})
        # Nothing was read since, so the contract may not be known yet
        assert done.get("step_id") == "price_add" or done["reason"] == "not_loaded"
    else:
        assert done["reason"] == "taken_over"
    await end(hass)


async def test_left_for_later(hass: HomeAssistant, house: House) -> None:
    """The switch left alone nothing follows."""
    await an_old(hass, house).start()
    dialog = await last_page(hass, house)
    await dialog.submit({CONF_PRICES: "later", "takeover": False})
    assert dialog.step["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in dialog.step
    assert platforms(hass) == {"linkytic"}
    await end(hass)


async def test_proposed_where_the_port_was_theirs(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who disabled it for the port finds the switch on."""
    monkeypatch.setattr(port_taken, "_RELEASE_SECONDS", 0)
    old = an_old(hass, house, data={"serial_device": house.port.path})
    await old.start()
    dialog = Dialog(hass)
    await dialog.open("address")
    await dialog.submit({CONF_DEVICE: house.port.path})
    assert dialog.step["step_id"] == "port_taken"
    await dialog.choose("port_disable")
    await dialog.done()
    assert old.entry.disabled_by is ConfigEntryDisabler.USER
    assert fields(dialog)["takeover"] is True
    dialog.close()


@pytest.mark.parametrize(
    ("domain", "label", "value", "found"),
    [
        ("teleinfo", f"{ADDRESS}_EASF02", None, True),
        ("teleinfo", f"{OTHER}_EASF02", None, False),
        ("esphome", "anything", None, True),
        ("esphome", "anything", 3, False),
        (
            "mqtt",
            "0x00158d0001a2b3c4_current_tier2_summ_delivered_zigbee2mqtt",
            5,
            False,
        ),
    ],
)
async def test_only_what_reads_this_meter_is_named(  # noqa: PLR0917
    hass: HomeAssistant,
    house: House,
    domain: str,
    label: str,
    value: int | None,
    found: bool,
) -> None:
    """By its address, or by its index."""
    old = Old(hass, domain=domain)
    old.has(label, "something", house.peak if value is None else value, **ENERGY)
    await old.start()
    dialog = await last_page(hass, house)
    assert ("takeover" in fields(dialog)) is found
    dialog.close()


async def test_of_a_meter_that_does_not_load(hass: HomeAssistant, house: House) -> None:
    """There is nothing to compare with, and no error either."""
    await an_old(hass, house).start()
    dialog = await last_page(hass, house)
    with patch("custom_components.linky_meter.async_setup_entry", return_value=False):
        await dialog.submit({CONF_PRICES: "later", "takeover": True})
    assert dialog.step["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in dialog.step


async def test_gone_meanwhile(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without anything left to take over, prices are asked for at once."""
    monkeypatch.setattr(
        "custom_components.linky_meter.flows.takeover._WAIT_SECONDS", 0.1
    )
    old = an_old(hass, house)
    await old.start()
    dialog = await last_page(hass, house)
    await hass.config_entries.async_remove(old.entry.entry_id)
    for identity in list(hass.data["entity_registry"].deleted_entities):
        del hass.data["entity_registry"].deleted_entities[identity]
    await dialog.submit({CONF_PRICES: "other", "takeover": True})
    form = await following(hass, dialog)
    assert form.get("step_id") == "price_add" or form["reason"] == "not_loaded"
    await end(hass)
