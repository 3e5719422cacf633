"""The forms of a load, and of the load manager."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import DOMAIN, SUBENTRY_LOAD
from homeassistant.config_entries import SOURCE_USER, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.helpers import device_registry as dr
from tests.conftest import StartMeter, address_of, entry_for, set_up

HEATER = "switch.water_heater"
THERMOSTAT = "climate.living_room"
CHARGER = "number.charger_current"
PLUG = "switch.charger"

FIRST = {"entity_id": HEATER, "priority": 3, "power": 2400, "more": {}}


def furnish(hass: HomeAssistant) -> None:
    """Put into the house what may be shed."""
    hass.states.async_set(HEATER, "on", {"friendly_name": "Water heater"})
    hass.states.async_set(PLUG, "on", {"friendly_name": "Charger"})
    hass.states.async_set(
        THERMOSTAT,
        "heat",
        {
            "friendly_name": "Living room",
            "hvac_modes": ["off", "heat"],
            "preset_modes": ["comfort", "eco"],
            "preset_mode": "comfort",
        },
    )
    amperes = {"min": 0, "max": 32, "unit_of_measurement": "A"}
    hass.states.async_set(CHARGER, "16", {"friendly_name": "Wallbox", **amperes})
    hass.states.async_set("number.router", "80", {"min": 5, "max": 100})


async def form(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Open the form that adds a load."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, SUBENTRY_LOAD), context={"source": SOURCE_USER}
    )


async def add(hass: HomeAssistant, entry: MockConfigEntry, *answers: Any) -> Any:
    """Add a load by the answers to its forms; return what came last."""
    result = await form(hass, entry)
    for answer in answers:
        assert result["type"] is FlowResultType.FORM, result
        result = await hass.config_entries.subentries.async_configure(
            result["flow_id"], answer
        )
    await hass.async_block_till_done()
    return result


def the_load(entry: MockConfigEntry) -> ConfigSubentry:
    """Return the only load."""
    subentry: ConfigSubentry
    (subentry,) = entry.get_subentries_of_type(SUBENTRY_LOAD)
    return subentry


def fields(result: Any) -> dict[str, Any]:
    """Return the fields of a form, those of its parts too."""
    found: dict[str, Any] = {}
    for key, field in result["data_schema"].schema.items():
        inside = field.schema.schema if isinstance(field, section) else {key: field}
        found |= {str(name): name for name in inside}
    return found


@pytest.fixture
async def entry(hass: HomeAssistant, start_meter: StartMeter) -> MockConfigEntry:
    """Return a meter with one phase."""
    furnish(hass)
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    return entry


async def test_a_switch_needs_one_form(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Entity, priority, power: the rest has good defaults."""
    result = await add(hass, entry, FIRST)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    load = the_load(entry)
    assert load.title == "Water heater"
    assert load.data == {
        "entity_id": HEATER,
        "priority": 3,
        "power": 2400,
        "kind": "switch",
        "min_on": 5,
        "min_off": 5,
        "when_lost": "release",
    }
    assert hass.states.get("sensor.water_heater_load") is not None
    assert hass.states.get("sensor.linky_load_room") is not None
    assert hass.states.get("event.linky_load_log") is not None


async def test_a_single_phase_meter_asks_for_no_phase(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """There is nothing to choose."""
    assert "phase" not in fields(await form(hass, entry))


async def test_a_three_phase_meter_asks_for_the_phase(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The load counts on the phase that was chosen."""
    furnish(hass)
    meter = await start_meter("standard_tempo_three_phase")
    entry = entry_for(address_of("standard_tempo_three_phase"), meter.path)
    assert await set_up(hass, entry)
    assert "phase" in fields(await form(hass, entry))
    result = await add(hass, entry, FIRST | {"more": {"phase": "2"}})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (load,) = entry.runtime_data.loads.loads.values()
    assert load.load.phase == 2


async def test_a_thermostat_chooses_its_preset(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Among those that it has, the saving one proposed; and a limit of comfort."""
    result = await add(hass, entry, FIRST | {"entity_id": THERMOSTAT})
    assert result["step_id"] == "climate"
    shown = fields(result)
    assert shown["preset"].default() == "eco"
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"preset": "eco", "comfort": 17.5}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dict(the_load(entry).data).items() >= {
        ("kind", "climate"),
        ("preset", "eco"),
        ("comfort", 17.5),
    }


async def test_a_thermostat_that_cannot_be_shed(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Without a preset and without off there is nothing to do with it."""
    hass.states.async_set(THERMOSTAT, "heat", {"hvac_modes": ["heat"]})
    result = await add(hass, entry, FIRST | {"entity_id": THERMOSTAT})
    assert result["errors"] == {"entity_id": "load_always_on"}
    # One that can only be switched off is
    hass.states.async_set(THERMOSTAT, "heat", {"hvac_modes": ["off", "heat"]})
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], FIRST | {"entity_id": THERMOSTAT}
    )
    assert fields(result)["preset"].default() == "off"


async def test_a_charger_has_a_current_and_a_switch(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """From 6 A on, whatever the entity takes."""
    result = await add(hass, entry, FIRST | {"entity_id": CHARGER})
    assert result["step_id"] == "charger"
    shown = fields(result)
    assert (shown["least"].default(), shown["most"].default()) == (6, 32)
    configure = hass.config_entries.subentries.async_configure
    result = await configure(result["flow_id"], {"least": 10, "most": 8})
    assert result["errors"] == {"most": "load_most"}
    result = await configure(result["flow_id"], {"least": 6, "most": 16, "pause": PLUG})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (load,) = entry.runtime_data.loads.loads.values()
    assert load.load.entities == (CHARGER, PLUG)
    assert (load.load.least, load.load.most) == (6, 16)


async def test_another_number_has_a_value_while_shed(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Its own least is proposed."""
    result = await add(hass, entry, FIRST | {"entity_id": "number.router"})
    assert result["step_id"] == "number"
    assert fields(result)["least"].default() == 5
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"least": 5}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert the_load(entry).title == "router"


async def test_two_loads_with_one_entity(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The second is refused, and told which has it: also as the switch of a charger."""
    await add(hass, entry, FIRST)
    result = await add(hass, entry, FIRST)
    assert result["errors"] == {"entity_id": "load_taken"}
    assert result["description_placeholders"]["owner"] == "Water heater"
    charger = FIRST | {"entity_id": CHARGER}
    limits = {"least": 6, "most": 16}
    result = await add(hass, entry, charger, limits | {"pause": HEATER})
    assert result["errors"] == {"pause": "load_taken"}
    assert result["description_placeholders"]["owner"] == "Water heater"


async def test_what_is_wrong_can_be_put_right(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """An entity that is not there, hours that cannot be read: in the same form."""
    gone = FIRST | {"entity_id": "switch.gone", "more": {"never": "at noon"}}
    result = await add(hass, entry, gone)
    assert result["errors"] == {"entity_id": "load_missing", "more": "bad_windows"}
    # The house's power, in which the load's is not to be seen
    whole = FIRST | {"more": {"power_entity": "sensor.linky_active_power"}}
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], whole
    )
    assert result["errors"] == {"more": "load_sensor"}
    answer = FIRST | {"more": {"never": "18:00-20:00; 12:00-13:00", "name": "Boiler"}}
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], answer
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert the_load(entry).title == "Boiler"
    (load,) = entry.runtime_data.loads.loads.values()
    assert len(load.load.never) == 2


async def test_a_load_is_changed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """It shows what it is, and applies at once; its own entity is not taken."""
    await add(hass, entry, FIRST)
    load = the_load(entry)
    result: Any = await entry.start_subentry_reconfigure_flow(hass, load.subentry_id)
    suggested = {
        str(key): key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key.description
    }
    assert suggested == {"entity_id": HEATER, "priority": 3, "power": 2400}
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], FIRST | {"priority": 8, "more": {"name": "Boiler"}}
    )
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    (changed,) = entry.runtime_data.loads.loads.values()
    assert (changed.load.priority, changed.name) == (8, "Boiler")
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"load_{load.subentry_id}"), entry.entry_id
    )
    assert device is not None
    assert device.name == "Boiler"


async def test_a_thermostat_and_a_charger_are_changed(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Their second forms show what they are."""
    await add(hass, entry, FIRST | {"entity_id": THERMOSTAT}, {"preset": "comfort"})
    load = the_load(entry)
    result: Any = await entry.start_subentry_reconfigure_flow(hass, load.subentry_id)
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], FIRST | {"entity_id": THERMOSTAT}
    )
    marker = fields(result)["preset"]
    assert marker.description["suggested_value"] == "comfort"
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"preset": "off"}
    )
    assert the_load(entry).data["preset"] == "off"


async def test_the_manager_is_set_by_the_options(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """On or dry, with a margin; both apply at once."""
    options = hass.config_entries.options
    result: Any = await options.async_init(entry.entry_id)
    assert "load_manager" in result["menu_options"]
    result = await options.async_configure(
        result["flow_id"], {"next_step_id": "load_manager"}
    )
    result = await options.async_configure(
        result["flow_id"], {"loads_mode": "dry_run", "loads_margin": 500}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    settings = entry.runtime_data.loads.settings
    assert (settings.mode, settings.margin) == ("dry_run", 500)
    # Nothing else was lost
    assert entry.options["publishing"] == "every_frame"
