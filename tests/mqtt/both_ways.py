"""A meter in Home Assistant by ours and by its own MQTT integration, side by side."""

from __future__ import annotations

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.mqtt.const import (
    CONFIG_ENTRY_MINOR_VERSION,
    CONFIG_ENTRY_VERSION,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.conftest import Replay, address_of, entry_for, frame_of, set_up, until
from tests.simulator import PRESETS

ATTRIBUTES = (
    "unit_of_measurement",
    "device_class",
    "state_class",
    "options",
    "event_types",
)


WATCHED = {"base_load", "above_base_load", "unusual_use", "supply"}


async def set_up_mqtt(hass: HomeAssistant, port: int) -> MockConfigEntry:
    """Set up Home Assistant's own integration."""
    entry = MockConfigEntry(
        domain="mqtt",
        data={"broker": "127.0.0.1", "port": port},
        version=CONFIG_ENTRY_VERSION,
        minor_version=CONFIG_ENTRY_MINOR_VERSION,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


async def read(hass: HomeAssistant, replay: Replay, preset: str) -> MockConfigEntry:
    """Return the entry of a meter of ours that is read for a while."""
    port = replay(frame_of(preset))
    baudrate = 1200 if PRESETS[preset].mode == "historic" else 9600
    entry = entry_for(address_of(preset), port.path, baudrate=baudrate)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.frames > 3, 30)
    return entry


def entities(
    hass: HomeAssistant, entry: MockConfigEntry
) -> dict[str, er.RegistryEntry]:
    """Return an entry's entities, by platform and key."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {
        f"{one.domain}.{one.unique_id.partition('_')[2]}": one
        for one in found
        # Home Assistant has no calendar over MQTT, and watches the house itself
        if one.domain != "calendar"
        and not one.unique_id.partition("_")[2].startswith("costs")
        and one.unique_id.partition("_")[2] not in WATCHED
    }


def value(state: str) -> float | str:
    """Return a state as a number if it is one."""
    try:
        return round(float(state), 6)
    except ValueError:
        return state
