"""What stands on a meter's device page, and what stays of it after an update."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.coordinator import LinkyCoordinator
from custom_components.linky_meter.linky_tic.tic.fields import Value
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntry, DeviceEntryType
from tests.billing.test_costs import options_of, period
from tests.conftest import Replay, address_of, entry_for, frame_of, set_up, until
from tests.life.conftest import state_of
from tests.simulator import PRESETS

from .test_entities import METERS, baudrate_of

MOST = {1: 25, 3: 35}
"""Enabled entities by the number of phases, costs aside."""
BY_INTEGRATION = er.RegistryEntryDisabler.INTEGRATION


async def started(
    hass: HomeAssistant, replay: Replay, preset: str, **options: object
) -> MockConfigEntry:
    """Return the entry of a meter that was heard some times, and says no more."""
    port = replay(frame_of(preset))
    entry = entry_for(
        address_of(preset), port.path, baudrate=baudrate_of(preset), **options
    )
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.frames > 3)
    await coordinator.async_close()
    return entry


def device_of(
    hass: HomeAssistant, entry: MockConfigEntry, more: str = ""
) -> DeviceEntry:
    """Return the device of a meter, or one that belongs to it."""
    found = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{entry.unique_id}{more}"), entry.entry_id
    )
    assert found is not None
    return found


def say(entry: MockConfigEntry, **values: Value | None) -> None:
    """Let a meter say something else."""
    coordinator: LinkyCoordinator = entry.runtime_data.coordinator
    known = dict(coordinator.data.values)
    reading = replace(coordinator.data, values=known | values)
    coordinator._push(reading, coordinator.publisher.now + 1)


@pytest.mark.parametrize("preset", METERS)
async def test_the_page_is_short(
    hass: HomeAssistant, replay: Replay, preset: str
) -> None:
    """And no row of it is unknown; an event is, until it happens."""
    entry = await started(hass, replay, preset)
    registry = er.async_get(hass)
    enabled = [
        entity
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if not entity.disabled
    ]
    assert len(enabled) <= MOST[PRESETS[preset].phases]
    unknown = [
        entity.entity_id
        for entity in enabled
        if entity.domain != "event"
        and state_of(hass, entity.entity_id) == STATE_UNKNOWN
    ]
    assert unknown == []
    phases = [entity for entity in enabled if entity.unique_id.endswith(("_l2", "_l3"))]
    assert bool(phases) is (PRESETS[preset].phases == 3)
    assert await hass.config_entries.async_unload(entry.entry_id)


LIMIT = "sensor.linky_subscribed_power"
BEFORE = {
    # What was enabled by default, or by the user
    "sensor.linky_current_l1": None,
    "sensor.linky_tariff_label": None,
    "sensor.my_calendar": None,
    "sensor.linky_time_to_trip": None,
    "binary_sensor.linky_breaker_open": None,
    "binary_sensor.linky_dry_contact": None,
    "event.linky_mobile_peak": None,
    LIMIT: None,
    # What was not
    "sensor.linky_max_power_today": BY_INTEGRATION,
    "sensor.linky_contract": er.RegistryEntryDisabler.USER,
}


async def test_who_has_it_keeps_it(hass: HomeAssistant, replay: Replay) -> None:
    """An update enables and disables nothing, and changes no id and no unit."""
    preset = "standard_hc"
    port = replay(frame_of(preset))
    entry = entry_for(address_of(preset), port.path)
    entry.add_to_hass(hass)
    registry = er.async_get(hass)
    for entity_id, by in BEFORE.items():
        domain, _, name = entity_id.partition(".")
        key = "calendar_name" if name == "my_calendar" else name.removeprefix("linky_")
        registry.async_get_or_create(
            domain,
            DOMAIN,
            f"{entry.unique_id}_{key}",
            config_entry=entry,
            suggested_object_id=name,
            disabled_by=by,
            unit_of_measurement="VA" if entity_id == LIMIT else None,
        )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.frames > 3)
    for entity_id, by in BEFORE.items():
        found = registry.async_get(entity_id)
        assert found is not None
        assert found.disabled_by is by, entity_id
        assert (hass.states.get(entity_id) is not None) is (by is None)
    assert state_of(hass, LIMIT) == "6000"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_limits_are_in_kva(hass: HomeAssistant, replay: Replay) -> None:
    """As everyone says them, where no other unit was shown before."""
    entry = await started(hass, replay, "standard_hc")
    state = hass.states.get(LIMIT)
    assert state is not None
    assert (float(state.state), state.attributes["unit_of_measurement"]) == (6, "kVA")
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("entity_id", "value", "state"),
    [
        ("sensor.linky_time_to_trip", 40, "40"),
        ("binary_sensor.linky_exporting", True, "on"),
    ],
)
async def test_what_is_of_use_from_now_on_is_shown(
    hass: HomeAssistant, replay: Replay, entity_id: str, value: Value, state: str
) -> None:
    """Disabled while nothing is to be told; at the first time it is there at once."""
    entry = await started(hass, replay, "standard_hc")
    key = entity_id.partition(".linky_")[2]
    found = er.async_get(hass).async_get(entity_id)
    assert found is not None
    assert found.disabled_by is BY_INTEGRATION
    say(entry, **{key: value})
    await until(lambda: hass.states.get(entity_id) is not None)
    assert state_of(hass, entity_id) == state
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_no_color_yet_is_a_word(hass: HomeAssistant, replay: Replay) -> None:
    """Most of the day tomorrow's is not announced; without Tempo there is none."""
    entry = await started(hass, replay, "standard_tempo_three_phase")
    tomorrow = "sensor.linky_tempo_tomorrow"
    assert state_of(hass, tomorrow) == "not_announced"
    say(entry, tempo_tomorrow="red")
    assert state_of(hass, tomorrow) == "red"
    say(entry, tempo_tomorrow=None, tempo_today=None)
    assert state_of(hass, tomorrow) == STATE_UNKNOWN
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_any_phase_may_be_lost(hass: HomeAssistant, replay: Replay) -> None:
    """One row tells it; which phase, those that are disabled."""
    entry = await started(hass, replay, "standard_tempo_three_phase")
    loss = "binary_sensor.linky_phase_loss"
    assert state_of(hass, loss) == "off"
    say(entry, phase_missing_l2=True)
    assert state_of(hass, loss) == "on"
    say(entry, **{f"phase_missing_l{n}": None for n in (1, 2, 3)})
    assert state_of(hass, loss) == STATE_UNKNOWN
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("language", "model", "costs"),
    [
        ("en", "Linky single-phase", "Linky costs"),
        ("fr", "Linky monophasé", "Coûts Linky"),
    ],
)
async def test_devices_speak_the_language(
    hass: HomeAssistant, replay: Replay, language: str, model: str, costs: str
) -> None:
    """The model is Home Assistant's to show, but ours to name."""
    hass.config.language = language
    entry = await started(hass, replay, "standard_hc", **options_of(period()))
    assert (device_of(hass, entry).model or "").startswith(model)
    service = device_of(hass, entry, "_costs")
    assert service.name == costs
    assert service.entry_type is DeviceEntryType.SERVICE
    assert service.via_device_id == device_of(hass, entry).id
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_costs_move_to_a_device_of_their_own(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Their ids stay, whether the meter had them before or not; so do the user's."""
    entry = entry_for(address_of("standard_hc"), "", **options_of(period()))
    entry.add_to_hass(hass)
    registry = er.async_get(hass)
    meter = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.unique_id or "")},
        name="Linky single-phase 60 A G3 2019",
    )
    old = registry.async_get_or_create(
        "sensor",
        DOMAIN,
        f"{entry.unique_id}_cost_month",
        config_entry=entry,
        device_id=meter.id,
        suggested_object_id="my_costs",
    )
    port = replay(frame_of("standard_hc"))
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "device": port.path}
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    costs = device_of(hass, entry, "_costs")
    new = "sensor.linky_single_phase_60_a_g3_2019_current_price"
    await until(lambda: hass.states.get(new) is not None)
    for entity_id in (old.entity_id, new):
        found = registry.async_get(entity_id)
        assert found is not None
        assert found.device_id == costs.id
        assert entity_id == new or found.id == old.id
    # A device keeps the name that it has
    assert device_of(hass, entry).name == meter.name
    assert costs.name == f"{meter.name} costs"
    hass.config_entries.async_update_entry(entry, options={})
    await until(lambda: registry.async_get(new) is None)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert [device.id for device in devices] == [meter.id]
    assert await hass.config_entries.async_unload(entry.entry_id)
