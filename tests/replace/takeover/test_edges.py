"""What is rare: other units, other words, a damaged journal, a way back that is shut."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.flows.takeover import async_told
from custom_components.linky_meter.link.store import PersistedStore
from custom_components.linky_meter.replace.seam import Seam
from custom_components.linky_meter.replace.takeover import carry, takeover
from custom_components.linky_meter.replace.takeover.journal import Journal
from custom_components.linky_meter.replace.takeover.plan import async_plans
from custom_components.linky_meter.replace.takeover.tables import Stays
from custom_components.linky_meter.replace.takeover.takeover import (
    Failure,
    async_give_back,
    async_take_over,
)
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from tests.conftest import entry_for, set_up
from tests.replace.house import ADDRESS, OTHER, House, loaded

from .old import ENERGY, POWER, Old
from .test_killed import KilledError
from .test_takeover import (
    MOVED,
    an_old,
    has_journal,
    plan_of,
    platforms,
    registry_of,
    take,
)


async def test_teleinfo(hass: HomeAssistant, house: House) -> None:
    """Its tariff moves where its words are ours; another meter's does not."""
    old = Old(hass, domain="teleinfo")
    old.has(f"{ADDRESS}_EASF02", "teleinfo_hp", house.peak, **ENERGY)
    old.has(f"{ADDRESS}_PTEC", "teleinfo_ptec", "peak")
    hc = old.has(f"{ADDRESS}_EASF01", "teleinfo_hc", house.peak, **ENERGY)
    old.has(f"{ADDRESS}_PAPP", "teleinfo_papp", 700, **POWER | {"unit": "kg"})
    await old.start()
    hass.states.async_set(hc, "damaged")
    other = Old(hass, domain="teleinfo")
    other.has(f"{OTHER}_EASF02", "other_hp", house.peak, **ENERGY)
    other.entry.add_to_hass(hass)
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    assert {move.key for move in plan.moves} == {"energy_index_2", "tariff_period"}
    # What shows no number is left out
    assert plan.stays == {"sensor.teleinfo_papp": Stays.UNIT}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_disabled_before(hass: HomeAssistant, house: House) -> None:
    """What has no statistics moves too where the entity is not loaded."""
    old = an_old(hass, house)
    await old.start()
    await hass.config_entries.async_set_disabled_by(
        old.entry.entry_id, ConfigEntryDisabler.USER
    )
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    assert {move.key for move in plan.moves} == {"tariff_label", "link"}
    assert await take(hass, entry) is None
    assert await async_give_back(hass, entry) is None
    # As it was
    assert old.entry.disabled_by is ConfigEntryDisabler.USER
    tariff = er.async_get(hass).async_get("sensor.linky_tarif")
    assert tariff is not None
    assert tariff.disabled_by is er.RegistryEntryDisabler.CONFIG_ENTRY
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "data", [{"rows": 1}, {"name": "x", "exclusive": True, "stage": "no", "rows": []}]
)
async def test_damaged_journal(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any], data: Any
) -> None:
    """The meter is read all the same, and a repair tells."""
    entry = entry_for(ADDRESS, house.port.path)
    key = f"{DOMAIN}.{entry.entry_id}.takeover"
    hass_storage[key] = {"version": 1, "minor_version": 2, "key": key, "data": data}
    assert await set_up(hass, entry)
    assert ir.async_get(hass).async_get_issue(
        DOMAIN, f"takeover_forgotten_{entry.entry_id}"
    )
    await hass.config_entries.async_unload(entry.entry_id)


async def test_killed_and_changed_meanwhile(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """What cannot be finished any more is undone."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    with (
        patch.object(takeover, "async_take_down", side_effect=KilledError),
        pytest.raises(KilledError),
    ):
        await async_take_over(hass, entry, plan, fill=False, merge=False)
    assert has_journal(hass_storage, entry)
    registry = er.async_get(hass)
    registry.async_remove("sensor.linky_hc")
    registry.deleted_entities.clear()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert not has_journal(hass_storage, entry)
    assert platforms(hass, set(MOVED) - {"sensor.linky_hc"}) == {"linkytic"}
    assert old.entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("why", ["disk", "ours"])
async def test_not_given_back(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any], why: str
) -> None:
    """What cannot be given back stays with us, and may be later."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    assert await take(hass, entry) is None
    before = registry_of(hass)
    patches: dict[str, Any] = {
        "disk": patch.object(PersistedStore, "async_save"),
        "ours": patch.object(takeover, "async_take_down", return_value=False),
    }
    with patches[why]:
        failure = await async_give_back(hass, entry)
    assert failure is {"disk": Failure.NOT_SAVED, "ours": Failure.BUSY}[why]
    assert registry_of(hass) == before
    assert has_journal(hass_storage, entry)
    assert await async_give_back(hass, entry) is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_last_backup_is_told(hass: HomeAssistant, house: House) -> None:
    """The newest of all; and where the index jumps."""
    old = Old(hass, identifier=ADDRESS[6:])
    old.has("easf02", "linky_hp", house.peak + 9_000, **ENERGY)
    await old.start()
    entry = await loaded(hass, house)
    (plan,) = await async_plans(hass, entry)

    async def backups() -> tuple[dict[str, Any], dict[str, Exception]]:
        dates = ("2026-11-01T10:00:00+00:00", "2026-11-20T10:00:00+00:00", "no date")
        return {date: SimpleNamespace(date=date) for date in dates}, {}

    hass.data["backup"] = SimpleNamespace(async_get_backups=backups)
    told = await async_told(hass, plan)
    assert told["backup"].startswith("20 November 2026, ")
    assert "kept out of the statistics" in told["table"]
    assert told["reasons"] == "–"
    del hass.data["backup"]
    await hass.config_entries.async_unload(entry.entry_id)


def test_a_seam_is_read_as_it_was_written() -> None:
    """A time without a zone is none."""
    seam = Seam.from_dict(
        {
            "at": "2026-11-29T10:00:00+00:00",
            "end": "2026-11-29T09:00:00+00:00",
            "state": 1,
            "total": 2,
            "tolerance": 0.5,
            "fill": True,
            "twin": None,
        }
    )
    assert Seam.from_dict(seam.as_dict()) == seam
    with pytest.raises(ValueError, match="zone"):
        Seam.from_dict(seam.as_dict() | {"at": "2026-11-29T10:00:00"})


@pytest.mark.parametrize("why", ["loaded", "gone"])
async def test_not_finished_where_an_entity_is_not_as_noted(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any], why: str
) -> None:
    """All of it is undone then, before anything was changed."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    before = registry_of(hass)
    journal = Journal("Linky TIC", exclusive=True)
    with (
        patch.object(carry, "entity_sources", return_value={"sensor.linky_hp": {}})
        if why == "loaded"
        else patch.object(carry, "theirs", return_value=None)
    ):
        assert await take(hass, entry) is Failure.CHANGED
    assert not has_journal(hass_storage, entry)
    assert registry_of(hass) == before
    assert old.entry.state is ConfigEntryState.LOADED
    assert entry.state is ConfigEntryState.LOADED
    # Without our device there is nothing to copy to
    await hass.config_entries.async_unload(entry.entry_id)
    carry.carry_over(hass, MockConfigEntry(domain=DOMAIN), journal)
    assert registry_of(hass) == before


async def test_given_back_without_the_old_integration(
    hass: HomeAssistant, house: House
) -> None:
    """What has nobody to go back to stays ours."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    assert await take(hass, entry) is None
    await hass.config_entries.async_remove(old.entry.entry_id)
    assert await async_give_back(hass, entry) is Failure.CHANGED
    assert platforms(hass) == {DOMAIN}
    await hass.config_entries.async_unload(entry.entry_id)
