"""A replaced meter: adopted through the repair, with everything that was recorded."""

from __future__ import annotations

from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace.statistics import is_register
from custom_components.linky_meter.sensor import SENSORS
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests.conftest import entry_for, set_up, until

from .house import (
    ADDRESS,
    IMPORT,
    OFF_PEAK,
    OTHER,
    PEAK,
    House,
    adopt,
    choose,
    issue_of,
    loaded,
    open_repair,
    shows,
    state_of,
)


async def test_adopting_keeps_entities_and_device(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """Unique ids, device and memory move to the new meter; names and ids stay."""
    entry = await loaded(hass, house)
    entities, devices = er.async_get(hass), dr.async_get(hass)
    entities.async_update_entity(PEAK, new_entity_id="sensor.my_peak")
    before = {
        entity.entity_id: (entity.id, entity.unique_id.partition("_")[2])
        for entity in er.async_entries_for_config_entry(entities, entry.entry_id)
    }
    (device,) = dr.async_entries_for_config_entry(devices, entry.entry_id)
    shown = house.total
    assert shows(hass, IMPORT, shown)
    house.swap((1_000_000, 2_000_000))
    await until(lambda: state_of(hass, IMPORT) == "unavailable")
    issue = issue_of(hass, entry)
    assert issue is not None
    assert issue.is_fixable
    assert OTHER not in str(issue)
    assert issue.translation_placeholders == {
        "title": "Linky",
        "model": "Linky single-phase 90 A G3",
        "year": "2019",
    }
    assert entry.state is ConfigEntryState.LOADED
    await adopt(hass, entry)
    assert entry.unique_id == OTHER
    after = {
        entity.entity_id: (entity.id, entity.unique_id.partition("_")[2])
        for entity in er.async_entries_for_config_entry(entities, entry.entry_id)
        if entity.unique_id.startswith(OTHER)
    }
    assert after == before
    (moved,) = dr.async_entries_for_config_entry(devices, entry.entry_id)
    assert moved.id == device.id
    assert moved.identifiers == {(DOMAIN, OTHER)}
    assert moved.serial_number == OTHER
    assert moved.model == "Linky single-phase 90 A G3"
    await until(lambda: shows(hass, OFF_PEAK, 1_000_000))
    assert shows(hass, IMPORT, shown)
    consumed = await house.consume(hass, "sensor.my_peak")
    assert shows(hass, IMPORT, shown + consumed)
    # A power cut before the registries were saved: set-up moves the ids once more
    entities.async_update_entity("sensor.my_peak", new_unique_id=f"{ADDRESS}_x")
    entities.async_update_entity("sensor.my_peak", new_unique_id=f"{ADDRESS}_energy_2")
    assert await hass.config_entries.async_reload(entry.entry_id)
    peak = entities.async_get("sensor.my_peak")
    assert peak is not None
    assert peak.unique_id == f"{OTHER}_energy_2"
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["memory"]
    assert stored["shown"] == shown + consumed
    # Without a recorder there is nothing to take out of a sum
    assert f"{DOMAIN}.{entry.entry_id}.steps" not in hass_storage
    await hass.config_entries.async_unload(entry.entry_id)


async def test_waiting_changes_nothing(hass: HomeAssistant, house: House) -> None:
    """The repair stays until the old meter is back, which is noticed by itself."""
    entry = await loaded(hass, house)
    old = house.port.frame
    house.swap((1_000_000, 2_000_000))
    await until(lambda: issue_of(hass, entry))
    result = await choose(hass, await open_repair(hass, entry), "wait")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "waiting"
    assert issue_of(hass, entry) is not None
    late = await open_repair(hass, entry)
    house.port.frame = old
    await until(lambda: issue_of(hass, entry) is None)
    assert state_of(hass, IMPORT) not in {"unavailable", "unknown"}
    assert (await choose(hass, late, "adopt"))["reason"] == "healed"
    assert entry.unique_id == ADDRESS
    await hass.config_entries.async_unload(entry.entry_id)


async def test_adopting_while_set_up_fails(hass: HomeAssistant, house: House) -> None:
    """A meter that was replaced while Home Assistant was off."""
    entry = entry_for(ADDRESS, house.port.path)
    house.swap((1_000_000, 2_000_000))
    assert not await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "other_meter"
    await adopt(hass, entry)
    assert entry.unique_id == OTHER
    await until(lambda: shows(hass, OFF_PEAK, 1_000_000))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_meter_with_an_entry_is_not_adopted(
    hass: HomeAssistant, house: House
) -> None:
    """It is refused with words that name the entry."""
    entry = await loaded(hass, house)
    house.swap((1_000_000, 2_000_000))
    await until(lambda: issue_of(hass, entry))
    menu = await open_repair(hass, entry)
    owner = MockConfigEntry(domain=DOMAIN, title="Linky 2", unique_id=OTHER)
    owner.add_to_hass(hass)
    result = await choose(hass, menu, "adopt")
    assert result["reason"] == "has_entry"
    assert result["description_placeholders"] == {"owner": "Linky 2"}
    assert entry.unique_id == ADDRESS
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_entry_that_cannot_be_unloaded_is_not_touched(
    hass: HomeAssistant, house: House
) -> None:
    """What cannot be stopped is left as it is, and the repair says so."""
    entry = await loaded(hass, house)
    house.swap((1_000_000, 2_000_000))
    await until(lambda: issue_of(hass, entry))
    form = await choose(hass, await open_repair(hass, entry), "adopt")
    manager = hass.data[REPAIRS]["flow_manager"]
    coordinator = entry.runtime_data.coordinator
    entry.mock_state(hass, ConfigEntryState.FAILED_UNLOAD)
    result = await manager.async_configure(form["flow_id"], {})
    assert result["reason"] == "not_now"
    assert entry.unique_id == ADDRESS
    entry.mock_state(hass, ConfigEntryState.LOADED)
    assert coordinator is entry.runtime_data.coordinator
    await hass.config_entries.async_unload(entry.entry_id)


async def test_removing_the_entry_takes_its_repair_along(
    hass: HomeAssistant, house: House
) -> None:
    """A repair of an entry that is gone, or disabled while it is retried, is gone."""
    entry = entry_for(ADDRESS, house.port.path)
    house.swap((1_000_000, 2_000_000))
    assert not await set_up(hass, entry)
    assert issue_of(hass, entry) is not None
    menu = await open_repair(hass, entry)
    await hass.config_entries.async_remove(entry.entry_id)
    assert issue_of(hass, entry) is None
    assert (await choose(hass, menu, "adopt"))["reason"] == "healed"


def test_every_register_is_known() -> None:
    """All that counts the meter's energy, and only that, has a step to take out."""
    own = {"energy_import", "energy_export_estimated", "damaged_groups"}
    counters = {
        row.key for row in SENSORS if row.state_class == "total_increasing"
    } - own
    assert {row.key for row in SENSORS if is_register(row.key)} == counters
