"""Enedis switches the mode or the contract: entities stay, energies do not step."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.coordinator import LinkyCoordinator
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.conftest import StartMeter, address_of, entry_for, set_up, until
from tests.simulator.config import ContractName
from tests.simulator.frames.wire import Mode

from .conftest import IMPORT, Feed, Lines, is_shown, state_of

INDEX = "sensor.linky_energy_index_"

pytestmark = pytest.mark.usefixtures("_nothing_left")


def watt_hours(hass: HomeAssistant, entity_id: str = IMPORT) -> int:
    """Return the energy that an entity shows."""
    return round(1000 * float(state_of(hass, entity_id)))


def unique_ids(hass: HomeAssistant) -> dict[str, str]:
    """Return the unique id of every entity."""
    entities = er.async_get(hass).entities
    return {entity_id: entity.unique_id for entity_id, entity in entities.items()}


def speaks(entry: MockConfigEntry, mode: Mode, frames: int) -> bool:
    """Return whether some frames of a mode have come."""
    coordinator: LinkyCoordinator = entry.runtime_data.coordinator
    return coordinator.data.mode == mode and coordinator.frames > frames + 5


@pytest.mark.parametrize("preset", ["standard_producer", "standard_tempo_three_phase"])
async def test_there_and_back(
    hass: HomeAssistant, start_meter: StartMeter, lines: Lines, preset: str
) -> None:
    """A mode is adopted without a reload, and the other one again."""
    meter = await start_meter(preset, load=(60.0,) * 3, speed=20)
    entry = entry_for(address_of(preset), meter.path)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: is_shown(hass, IMPORT))
    energy = watt_hours(hass)
    modes: tuple[Mode, ...] = ("historic", "standard")
    for mode in modes:
        before, total = unique_ids(hass), sum(meter.meter.truth.supplier)
        shown = watt_hours(hass)
        meter.switch_mode(mode)
        await until(partial(speaks, entry, mode, coordinator.frames), 30)
        await until(lambda: is_shown(hass, IMPORT))
        counted = sum(meter.meter.truth.supplier) - total
        assert 0 <= watt_hours(hass) - shown <= counted + 5
        assert before.items() <= unique_ids(hass).items()
        assert coordinator.data["tic_mode"] == mode
        for number, index in enumerate(meter.meter.truth.supplier, 1):
            entity_id = f"{INDEX}{number}"
            if hass.states.get(entity_id) and is_shown(hass, entity_id):
                assert watt_hours(hass, entity_id) == pytest.approx(index, abs=5)
    assert energy <= watt_hours(hass) < energy + 100
    assert entry.runtime_data.coordinator is coordinator
    assert entry.state is ConfigEntryState.LOADED
    assert not lines.exceptions
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("preset", "contracts"),
    [
        ("standard_hc", ("tempo", "base", "hc")),
        ("standard_weekend", ("hc", "super_off_peak")),
        ("historic_hc", ("tempo", "base", "hc")),
    ],
)
async def test_contract_change(
    hass: HomeAssistant,
    feed: Feed,
    preset: str,
    contracts: tuple[ContractName, ...],
) -> None:
    """Indexes keep their entities, names follow, the sum goes on where it was."""
    fed = feed(preset, load=(3000.0,))
    await fed.set_up(hass)
    # Indexes show once a minute
    await fed.speak_for(130)
    await hass.async_block_till_done()
    memory = fed.coordinator.meter.memory
    offset = memory.offset
    for contract in contracts:
        names = _names(hass)
        before, shown = unique_ids(hass), fed.energy
        total = fed.counted
        fed.meter.switch_contract(contract)
        most = shown
        for _ in range(60):
            await fed.speak_for(2)
            now = fed.energy
            assert most <= (most := now)
        await hass.async_block_till_done()
        counted = fed.counted - total
        assert fed.energy - shown == pytest.approx(counted, abs=60)
        assert before.items() <= unique_ids(hass).items()
        if fed.meter.mode == "standard":
            assert memory.offset == offset
            assert fed.coordinator.data["contract"] == _contract(contract)
            changed = {
                name for key, name in _names(hass).items() if names.get(key) != name
            }
            assert changed
    assert await hass.config_entries.async_unload(fed.entry.entry_id)


def _contract(name: ContractName) -> str:
    """Return the contract's key."""
    return {"hc": "off_peak", "base": "base", "tempo": "tempo"}.get(name, "other")


def _names(hass: HomeAssistant) -> dict[str, Any]:
    """Return the names of the registers' entities."""
    return {
        state.entity_id: state.attributes["friendly_name"]
        for state in hass.states.async_all()
        if state.entity_id.startswith(INDEX)
    }
