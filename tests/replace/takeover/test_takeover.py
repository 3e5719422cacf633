"""Entities change hands, and nothing that refers to them notices."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.link.store import PersistedStore
from custom_components.linky_meter.replace.takeover import takeover
from custom_components.linky_meter.replace.takeover.journal import ENDED
from custom_components.linky_meter.replace.takeover.plan import Plan, async_plans
from custom_components.linky_meter.replace.takeover.tables import Stays
from custom_components.linky_meter.replace.takeover.takeover import (
    Failure,
    async_finish,
    async_give_back,
    async_take_over,
)
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests.conftest import until
from tests.replace.house import ADDRESS, OTHER, PEAK, House, loaded

from .old import ENERGY, POWER, Old

DIGITS = ADDRESS[6:]


def an_old(hass: HomeAssistant, house: House, **config: Any) -> Old:
    """Return another integration that shows what linkytic does."""
    old = Old(hass, identifier=config.pop("identifier", DIGITS), **config)
    old.has("easf01", "linky_hc", house.meter.truth.supplier[0], **ENERGY)
    old.has("easf02", "linky_hp", house.peak, **ENERGY)
    old.has("east", "linky_total", house.total, **ENERGY)
    old.has("base", "linky_base", None, **ENERGY)
    old.has("sinsts", "linky_papp", 700, **POWER)
    old.has("ltarf", "linky_tarif", "HEURE PLEINE")
    old.has("ntarf", "linky_ntarf", "2")
    old.has("erq1", "linky_erq1", 12, **ENERGY)
    old.has("contact_sec", "linky_contact_sec", False, kind="binary_sensor")
    old.has("serial_connectivity", "linky_lien", True, kind="binary_sensor")
    return old


MOVED = {
    "sensor.linky_hc": "energy_index_1",
    "sensor.linky_hp": "energy_index_2",
    "sensor.linky_total": "energy_import",
    "sensor.linky_papp": "apparent_power",
    "sensor.linky_tarif": "tariff_label",
    "binary_sensor.linky_lien": "link",
}


def registry_of(hass: HomeAssistant, *, of_ours: bool = True) -> dict[str, Any]:
    """Return all that the registry says of entities, without when."""
    return {
        entity.entity_id: {
            name: value
            for name, value in entity.extended_dict.items()
            if name not in {"modified_at", "created_at"}
        }
        for entity in er.async_get(hass).entities.values()
        if of_ours or entity.platform != DOMAIN
    }


async def plan_of(hass: HomeAssistant, entry: MockConfigEntry) -> Plan:
    """Return the only plan."""
    (plan,) = await async_plans(hass, entry)
    return plan


async def take(hass: HomeAssistant, entry: MockConfigEntry) -> Failure | None:
    """Take over by the only plan."""
    failure = await async_take_over(
        hass, entry, await plan_of(hass, entry), fill=False, merge=False
    )
    await hass.async_block_till_done()
    return failure


def platforms(hass: HomeAssistant, entity_ids: Any = tuple(MOVED)) -> set[str | None]:
    """Return whose some entities are."""
    registry = er.async_get(hass)
    return {
        entity.platform if (entity := registry.async_get(entity_id)) else None
        for entity_id in entity_ids
    }


def has_journal(hass_storage: dict[str, Any], entry: MockConfigEntry) -> bool:
    """Return whether a take-over is noted that has not ended."""
    stored = hass_storage.get(f"{DOMAIN}.{entry.entry_id}.takeover")
    return stored is not None and stored["data"]["stage"] not in ENDED


@pytest.mark.parametrize("restart", [False, True])
async def test_taken_over_and_given_back(
    hass: HomeAssistant,
    house: House,
    hass_storage: dict[str, Any],
    restart: bool,
) -> None:
    """What the user made of an entity stays, there and back."""
    old = an_old(hass, house)
    await old.start()
    registry = er.async_get(hass)
    registry.async_update_entity(
        "sensor.linky_hp",
        name="Pleines",
        icon="mdi:flash",
        labels={"mine"},
        aliases=["Compteur"],
        hidden_by=er.RegistryEntryHider.USER,
    )
    registry.async_update_entity_options(
        "sensor.linky_hc", "sensor", {"unit_of_measurement": "MWh"}
    )
    registry.async_update_entity(
        "sensor.linky_papp", disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()
    entry = await loaded(hass, house)
    before = registry_of(hass)
    plan = await plan_of(hass, entry)
    moving = {key for id_, key in MOVED.items() if id_ != "sensor.linky_papp"}
    assert {move.key for move in plan.moves} == moving
    assert plan.stays == {
        "sensor.linky_ntarf": Stays.WORDS,
        "sensor.linky_erq1": Stays.UNIT,
        "binary_sensor.linky_contact_sec": Stays.SENSE,
    }
    assert await take(hass, entry) is None
    if restart:
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    assert old.entry.disabled_by is ConfigEntryDisabler.USER
    after = registry_of(hass)
    peak = after["sensor.linky_hp"]
    for kept in ("id", "name", "icon", "labels", "aliases", "hidden_by"):
        assert peak[kept] == before["sensor.linky_hp"][kept]
    assert peak["platform"] == DOMAIN
    assert peak["unique_id"] == f"{ADDRESS}_energy_index_2"
    assert peak["config_entry_id"] == entry.entry_id
    assert PEAK not in after
    unique_ids = [
        (id_.partition(".")[0], one["platform"], one["unique_id"])
        for id_, one in after.items()
    ]
    assert len(unique_ids) == len(set(unique_ids))
    await until(lambda: float(hass.states.get("sensor.linky_hp").state) == house.peak)  # type: ignore[union-attr]
    shown = hass.states.get("sensor.linky_hp")
    assert shown is not None
    assert shown.attributes["unit_of_measurement"] == "Wh"
    megas = hass.states.get("sensor.linky_hc")
    assert megas is not None
    assert megas.attributes["unit_of_measurement"] == "MWh"
    assert has_journal(hass_storage, entry)
    # A second one has to wait
    assert (
        await async_take_over(hass, entry, plan, fill=False, merge=False)
        is Failure.BUSY
    )

    assert await async_give_back(hass, entry) is None
    await hass.async_block_till_done()
    assert old.entry.state is ConfigEntryState.LOADED
    assert not has_journal(hass_storage, entry)
    back = registry_of(hass)
    assert back.keys() == before.keys()
    for entity_id in (*MOVED, PEAK):
        for name, value in before[entity_id].items():
            assert back[entity_id][name] == value, (entity_id, name)
    assert hass.states.get(PEAK).state != "unavailable"  # type: ignore[union-attr]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_finished(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """What is left of the old integration goes, what was moved stays."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    assert await take(hass, entry) is None
    await async_finish(hass, entry)
    await hass.async_block_till_done()
    assert hass.config_entries.async_get_entry(old.entry.entry_id) is None
    assert platforms(hass) == {DOMAIN}
    assert er.async_get(hass).async_get("sensor.linky_ntarf") is None
    assert not has_journal(hass_storage, entry)
    # Again there is nothing to do
    await async_finish(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("why", ["unload", "loaded", "disk", "ours", "changed"])
async def test_nothing_changes_where_it_cannot_be_done(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any], why: str
) -> None:
    """Whatever stands in the way, everything is as it was."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    before = registry_of(hass)
    expected = Failure.NOT_STOPPED
    if why == "unload":
        old.unloads = False
    patches: dict[str, Any] = {
        "loaded": patch.object(
            takeover, "entity_sources", return_value={"sensor.linky_hp": {}}
        ),
        "disk": patch.object(PersistedStore, "async_save"),
        "ours": patch.object(takeover, "async_take_down", return_value=False),
    }
    if why == "disk":
        expected = Failure.NOT_SAVED
    elif why == "ours":
        expected = Failure.BUSY
    elif why == "changed":
        expected = Failure.CHANGED
        er.async_get(hass).async_remove("sensor.linky_hc")
        before.pop("sensor.linky_hc")
    with (
        patch.object(takeover, "_STOP_SECONDS", 0.1),
        patches.get(why, patch.object(takeover, "_LOOK_SECONDS", 0.01)),
    ):
        assert (
            await async_take_over(hass, entry, plan, fill=False, merge=False)
            is expected
        )
    await hass.async_block_till_done()
    assert not has_journal(hass_storage, entry)
    assert registry_of(hass) == before
    assert old.entry.disabled_by is None
    if why != "unload":
        assert old.entry.state is ConfigEntryState.LOADED
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("identifier", "address", "offered"),
    [
        (DIGITS, None, True),
        (OTHER[6:], None, False),
        ("Unknown", ADDRESS, True),
        ("Unknown", OTHER, False),
        # Nothing but the indexes may tell
        ("Unknown", None, True),
    ],
)
async def test_only_this_meter(
    hass: HomeAssistant,
    house: House,
    identifier: str,
    address: str | None,
    offered: bool,
) -> None:
    """Another meter's entities are not offered, and may be told apart."""
    old = an_old(hass, house, identifier=identifier)
    if address is not None:
        old.has("adco", "linky_adco", address)
    await old.start()
    entry = await loaded(hass, house)
    assert bool(await async_plans(hass, entry)) is offered
    await hass.config_entries.async_unload(entry.entry_id)


async def test_other_indexes_are_another_meter(
    hass: HomeAssistant, house: House
) -> None:
    """Where only indexes may tell, none that fits is none."""
    old = Old(hass)
    old.has("easf02", "linky_hp", house.peak + 5000, **ENERGY)
    old.has("sinsts", "linky_papp", 700, **POWER)
    await old.start()
    entry = await loaded(hass, house)
    assert await async_plans(hass, entry) == []
    await hass.config_entries.async_unload(entry.entry_id)
    assert await async_plans(hass, entry) == []


async def test_devices_area_is_copied(hass: HomeAssistant, house: House) -> None:
    """Our device gets area, labels and name where it has none."""
    old = an_old(hass, house)
    await old.start()
    devices = dr.async_get(hass)
    (device,) = dr.async_entries_for_config_entry(devices, old.entry.entry_id)
    devices.async_update_device(device.id, name_by_user="Compteur", labels={"house"})
    entry = await loaded(hass, house)
    assert await take(hass, entry) is None
    (mine,) = dr.async_entries_for_config_entry(devices, entry.entry_id)
    assert (mine.name_by_user, mine.labels) == ("Compteur", {"house"})
    await hass.config_entries.async_unload(entry.entry_id)
