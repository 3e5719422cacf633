"""Entities of integrations that do other things too, or that are gone already."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace.takeover import takeover
from custom_components.linky_meter.replace.takeover.journal import Journal
from custom_components.linky_meter.replace.takeover.plan import async_plans
from custom_components.linky_meter.replace.takeover.tables import Stays
from custom_components.linky_meter.replace.takeover.takeover import (
    async_finish,
    async_give_back,
    async_take_over,
    can_give_back,
)
from homeassistant.components.recorder import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from tests.conftest import Replay, entry_for, set_up, until
from tests.replace.house import ADDRESS, OTHER, Clock, House, loaded, state_of
from tests.replace.newest import as_newest

from .old import ENERGY, Old, past, rows_of
from .test_killed import KilledError
from .test_sums import consume, is_healed
from .test_takeover import an_old, plan_of, platforms, registry_of, take

ZIGBEE = "0x00158d0001a2b3c4"
TIER = f"{ZIGBEE}_current_tier2_summ_delivered_zigbee2mqtt"
KWH = ENERGY | {"unit": "kWh"}


@pytest.mark.parametrize("end", ["back", "finished"])
async def test_shared_entry_goes_on(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Only what moves is taken from it, and it makes nothing anew in its place."""
    as_newest(monkeypatch)
    old = Old(hass, domain="mqtt")
    old.has(f"teleinfo_{ADDRESS}_EASF02", "teleinfo_hp", house.peak, **ENERGY)
    old.has(f"teleinfo_{OTHER}_EASF02", "other_meter", house.peak, **ENERGY)
    old.has("washing_machine", "washing_machine", 3, **KWH)
    await old.start()
    entry = await loaded(hass, house)
    before = registry_of(hass)
    plan = await plan_of(hass, entry)
    assert plan.source.name == "teleinfo2mqtt"
    assert [move.candidate.entity_id for move in plan.moves] == ["sensor.teleinfo_hp"]
    assert await take(hass, entry) is None
    assert old.entry.state is ConfigEntryState.LOADED
    assert platforms(hass, ["sensor.teleinfo_hp"]) == {DOMAIN}
    # Nothing is left that Home Assistant would reload ours for
    loaded_since = entry.runtime_data
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    await hass.async_block_till_done()
    assert entry.runtime_data is loaded_since
    # At its next start it finds its unique id taken
    await hass.config_entries.async_reload(old.entry.entry_id)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    holder = er.async_get(hass).async_get("sensor.teleinfo_hp_before_linky_meter")
    assert holder is not None
    assert holder.disabled
    assert er.async_get(hass).async_get("sensor.teleinfo_hp_2") is None
    shown = hass.states.get("sensor.washing_machine")
    assert shown is not None
    assert shown.state == "3"
    if end == "back":
        assert await async_give_back(hass, entry) is None
        await hass.async_block_till_done()
        assert registry_of(hass) == before
    else:
        await async_finish(hass, entry)
        assert old.entry.state is ConfigEntryState.LOADED
        assert er.async_get(hass).async_get(holder.entity_id) is None
        assert platforms(hass, ["sensor.teleinfo_hp"]) == {DOMAIN}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_shared_entry_that_does_not_let_go(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was disabled for it is enabled again."""
    old = Old(hass, domain="mqtt")
    old.has(f"teleinfo_{ADDRESS}_EASF02", "teleinfo_hp", house.peak, **ENERGY)
    await old.start()
    entry = await loaded(hass, house)
    before = registry_of(hass)
    monkeypatch.setattr(takeover, "_STOP_SECONDS", 0.1)
    monkeypatch.setattr(
        takeover, "entity_sources", lambda _: {"sensor.teleinfo_hp": {}}
    )
    assert await take(hass, entry) is takeover.Failure.NOT_STOPPED
    await until(lambda: hass.states.get("sensor.teleinfo_hp"))
    assert registry_of(hass) == before
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("serial", "offered"), [(ADDRESS, True), (OTHER, False), (None, True)]
)
async def test_zigbee_module(
    hass: HomeAssistant, house: House, serial: str | None, offered: bool
) -> None:
    """Its rounded index is this meter's; its own serial number may say otherwise."""
    old = Old(hass, domain="mqtt")
    old.has(TIER, "zlinky_tier2", round(house.peak / 1000), **KWH)
    old.has(
        f"{ZIGBEE}_status_register_breakout_zigbee2mqtt", "zlinky_status", "something"
    )
    if serial:
        old.has(f"{ZIGBEE}_meter_serial_number_zigbee2mqtt", "zlinky_serial", serial)
    await old.start()
    entry = await loaded(hass, house)
    plans = await async_plans(hass, entry)
    assert bool(plans) is offered
    if offered:
        (plan,) = plans
        assert plan.source.name == "Zigbee2MQTT"
        assert {move.key for move in plan.moves} == {"energy_index_2"}
        assert plan.stays["sensor.zlinky_status"] is Stays.WORDS
    await hass.config_entries.async_unload(entry.entry_id)


async def test_known_by_its_value_only(hass: HomeAssistant, house: House) -> None:
    """What the user named is recognised by its index, and nothing else is."""
    old = Old(hass, domain="esphome")
    old.has("mac-sensor-hp", "compteur_pleines", house.peak - 5, **ENERGY)
    old.has("mac-sensor-hc", "compteur_creuses", house.peak + 90_000, **ENERGY)
    old.has("mac-sensor-nothing", "compteur_rien", 0, **ENERGY)
    await old.start()
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    assert [(move.candidate.entity_id, move.key) for move in plan.moves] == [
        ("sensor.compteur_pleines", "energy_index_2")
    ]
    assert await take(hass, entry) is None
    assert platforms(hass, ["sensor.compteur_pleines"]) == {DOMAIN}
    assert platforms(hass, ["sensor.compteur_creuses"]) == {"esphome"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_two_that_fit_stay(hass: HomeAssistant, house: House) -> None:
    """Which of them it is nobody knows."""
    old = Old(hass, domain="esphome")
    old.has("one", "one", house.peak, **ENERGY)
    old.has("two", "two", house.peak, **ENERGY)
    await old.start()
    entry = await loaded(hass, house)
    assert await async_plans(hass, entry) == []
    await hass.config_entries.async_unload(entry.entry_id)


async def test_two_labels_of_one_key(hass: HomeAssistant, house: House) -> None:
    """The one that shows a number moves; the other stays, and is told."""
    old = an_old(hass, house)
    old.has("papp", "linky_papp_historic", 600, unit="VA")
    await old.start()
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    assert list(plan.stays.values()).count(Stays.SECOND) == 1
    await hass.config_entries.async_unload(entry.entry_id)


async def test_deleted_already(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """What the old integration left in the registry comes back as ours."""
    old = an_old(hass, house)
    await old.start()
    registry = er.async_get(hass)
    before = registry.async_update_entity("sensor.linky_hp", name="Pleines")
    await past(
        hass,
        recorder_mock,
        "sensor.linky_hp",
        clock.row.replace(minute=0) - timedelta(hours=2),
        house.peak - 1000,
    )
    await hass.config_entries.async_remove(old.entry.entry_id)
    await hass.async_block_till_done()
    assert registry.async_get("sensor.linky_hp") is None
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    assert {move.key for move in plan.moves} == {"energy_index_2"}
    assert await take(hass, entry) is None
    after = registry.async_get("sensor.linky_hp")
    assert after is not None
    assert (after.platform, after.name, after.id) == (DOMAIN, "Pleines", before.id)
    rows = await rows_of(hass, recorder_mock, "sensor.linky_hp")
    consumed = await consume(hass, house, "sensor.linky_hp")
    await clock.next_row(hass, recorder_mock)
    await until(partial(is_healed, hass_storage, entry))
    await clock.next_hour(hass, recorder_mock)
    later = await rows_of(hass, recorder_mock, "sensor.linky_hp")
    assert later[: len(rows)] == rows
    assert later[-1][2] - rows[-1][2] == pytest.approx(consumed + 1000, abs=1e-3)
    # There is nobody to give them back to
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}.takeover"]["data"]
    assert stored["rows"][0]["config_entry_id"] is None
    assert not can_give_back(hass, Journal.from_dict(stored))
    assert await async_give_back(hass, entry) is not None
    await async_finish(hass, entry)
    assert platforms(hass, ["sensor.linky_hp"]) == {DOMAIN}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_two_meters(hass: HomeAssistant, house: House, replay: Replay) -> None:
    """Each takes what was its own, though both are called the same."""
    other = House(replay, address=OTHER, indexes=(7_000_000, 8_000_000))
    houses = {ADDRESS: house, OTHER: other}
    theirs: dict[str, str] = {}
    for suffix, (address, one) in zip(("", "_2"), houses.items(), strict=True):
        old = Old(hass, identifier=address[6:])
        theirs[address] = old.has("easf02", f"linky_hp{suffix}", one.peak, **ENERGY)
        await old.start()
    entries = {}
    for address, one in houses.items():
        entries[address] = entry_for(address, one.port.path)
        assert await set_up(hass, entries[address])
    for address, entry in entries.items():
        plan = await plan_of(hass, entry)
        assert [move.candidate.entity_id for move in plan.moves] == [theirs[address]]
        assert await take(hass, entry) is None
        await hass.async_block_till_done()
    registry = er.async_get(hass)
    for address, entity_id in theirs.items():
        moved = registry.async_get(entity_id)
        assert moved is not None
        assert moved.unique_id == f"{address}_energy_index_2"
        assert moved.config_entry_id == entries[address].entry_id
        await until(partial(shows_wh, hass, entity_id, houses[address].peak))
    for entry in entries.values():
        await hass.config_entries.async_unload(entry.entry_id)


def shows_wh(hass: HomeAssistant, entity_id: str, watt_hours: int) -> bool:
    """Return whether an entity shows an index in Wh."""
    return state_of(hass, entity_id) == str(watt_hours)


@pytest.mark.parametrize(
    ("where", "first", "finished"),
    [
        ("_stop", "theirs", False),
        ("carry_over", "theirs", True),
        ("carry_over", "ours", True),
    ],
)
async def test_shared_entry_and_killed(
    hass: HomeAssistant, house: House, where: str, first: str, finished: bool
) -> None:
    """The next start finishes it, or undoes it where nothing was disabled yet."""
    old = Old(hass, domain="mqtt")
    old.has(f"teleinfo_{ADDRESS}_EASF02", "teleinfo_hp", house.peak, **ENERGY)
    await old.start()
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    with patch.object(takeover, where, side_effect=KilledError):
        with suppress(KilledError):
            await async_take_over(hass, entry, plan, fill=False, merge=False)
        for one in (entry, old.entry):
            if one.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(one.entry_id)
    order = [old.entry, entry] if first == "theirs" else [entry, old.entry]
    for one in order:
        await hass.config_entries.async_reload(one.entry_id)
    await hass.async_block_till_done()
    whose = DOMAIN if finished else "mqtt"
    await until(lambda: platforms(hass, ["sensor.teleinfo_hp"]) == {whose})
    await until(
        lambda: state_of(hass, "sensor.teleinfo_hp") not in {None, "unavailable"}
    )
    await hass.config_entries.async_unload(entry.entry_id)


async def test_hidden_and_disabled_by_the_user(
    hass: HomeAssistant, house: House
) -> None:
    """What is hidden moves and stays hidden; what is disabled stays with the other."""
    old = Old(hass, domain="mqtt")
    hidden = old.has(f"teleinfo_{ADDRESS}_EASF02", "teleinfo_hp", house.peak, **ENERGY)
    off = old.has(f"teleinfo_{ADDRESS}_SINSTS", "teleinfo_papp", 700)
    await old.start()
    registry = er.async_get(hass)
    registry.async_update_entity(hidden, hidden_by=er.RegistryEntryHider.USER)
    registry.async_update_entity(off, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    entry = await loaded(hass, house)
    assert await take(hass, entry) is None
    now = registry.async_get(hidden)
    assert now is not None
    assert (now.platform, now.hidden_by) == (DOMAIN, er.RegistryEntryHider.USER)
    assert platforms(hass, [off]) == {"mqtt"}
    assert registry.async_get(off).disabled_by is er.RegistryEntryDisabler.USER  # type: ignore[union-attr]
    await hass.config_entries.async_unload(entry.entry_id)
