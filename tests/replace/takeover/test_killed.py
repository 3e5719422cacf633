"""Home Assistant is killed at each step, and the next start makes it whole."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace.takeover import carry, takeover
from custom_components.linky_meter.replace.takeover.carry import carry_back
from custom_components.linky_meter.replace.takeover.journal import (
    async_load_journal,
    journal_store,
)
from custom_components.linky_meter.replace.takeover.takeover import (
    Failure,
    async_finish,
    async_give_back,
    async_take_over,
)
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import json_bytes
from homeassistant.util.json import json_loads
from tests.conftest import entry_for, set_up, until
from tests.replace.house import ADDRESS, House, loaded, state_of

from .old import ENERGY, Old
from .test_takeover import an_old, has_journal, plan_of, platforms, registry_of, take


class KilledError(Exception):
    """Home Assistant was killed."""


@pytest.mark.parametrize(
    ("where", "finished"),
    [
        ("_stop", False),
        ("async_take_down", True),
        ("carry_over", True),
        ("async_note_seams", True),
        ("journal_store", True),
    ],
)
async def test_killed_half_way(
    hass: HomeAssistant,
    house: House,
    hass_storage: dict[str, Any],
    where: str,
    finished: bool,
) -> None:
    """The next start finishes it, or leaves everything as it was."""
    old = an_old(hass, house)
    await old.start()
    entry = entry_for(ADDRESS, house.port.path)
    hass.config.components.add("recorder_off")
    assert await set_up(hass, entry)
    plan = await plan_of(hass, entry)
    before = registry_of(hass)
    recorder = patch.object(takeover, "RECORDER", "recorder_off")
    # The journal is there, and what follows is not written to it
    killed: Any = KilledError
    if where == "journal_store":
        killed = [journal_store(hass, entry.entry_id), KilledError]
    with patch.object(takeover, where, side_effect=killed), recorder:
        with suppress(KilledError):
            await async_take_over(hass, entry, plan, fill=False, merge=False)
        for one in (entry, old.entry):
            if one.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(one.entry_id)
    assert has_journal(hass_storage, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    if old.entry.disabled_by is None:
        await hass.config_entries.async_setup(old.entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    if finished:
        assert platforms(hass) == {DOMAIN}
        assert has_journal(hass_storage, entry)
        assert await async_give_back(hass, entry) is None
        await hass.async_block_till_done()
    else:
        assert not has_journal(hass_storage, entry)
    assert registry_of(hass) == before
    assert old.entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("error", [KilledError, ValueError])
async def test_stopped_between_two_entities(
    hass: HomeAssistant,
    house: House,
    hass_storage: dict[str, Any],
    error: type[Exception],
) -> None:
    """Killed, the next start moves the rest; what cannot move takes the others back."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    before = registry_of(hass)
    moved: list[Any] = []

    def move(*args: Any) -> None:
        moved.append(args)
        if len(moved) > 2:
            raise error
        carry_one(*args)

    carry_one = carry._carry
    with patch.object(carry, "_carry", move), suppress(KilledError):
        failure = await take(hass, entry)
        assert failure is (Failure.CHANGED if error is ValueError else None)
    if error is KilledError:
        assert platforms(hass) == {DOMAIN, "linkytic"}
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        assert platforms(hass) == {DOMAIN}
        assert await async_give_back(hass, entry) is None
        await hass.async_block_till_done()
    assert registry_of(hass) == before
    assert not has_journal(hass_storage, entry)
    assert old.entry.state is ConfigEntryState.LOADED
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("stopped", [True, False])
async def test_killed_before_the_registry_was_written(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any], stopped: bool
) -> None:
    """Home Assistant writes it seconds after it was changed; the journal at once."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    before = registry_of(hass)
    assert await take(hass, entry) is None
    after = registry_of(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    # As the file has it still; that of the entries may be older too
    journal = await async_load_journal(hass, entry.entry_id)
    assert journal is not None
    carry_back(hass, entry, journal)
    if not stopped:
        await hass.config_entries.async_set_disabled_by(old.entry.entry_id, None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert registry_of(hass) == (after if stopped else before)
    assert has_journal(hass_storage, entry) is stopped
    if stopped:
        assert await async_give_back(hass, entry) is None
        await hass.async_block_till_done()
        assert registry_of(hass) == before
    assert old.entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_killed_while_finished(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """What was moved stays, and it can be finished again."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    assert await take(hass, entry) is None
    with (
        patch.object(takeover, "journal_store", side_effect=KilledError),
        suppress(KilledError),
    ):
        await async_finish(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert platforms(hass) == {DOMAIN}
    assert has_journal(hass_storage, entry)
    # There is nobody any more to give them back to
    assert await async_give_back(hass, entry) is Failure.CHANGED
    await async_finish(hass, entry)
    assert platforms(hass) == {DOMAIN}
    assert not has_journal(hass_storage, entry)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("where", ["carry_back", "async_note_seams", "_restore"])
async def test_killed_while_given_back(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any], where: str
) -> None:
    """The next start gives back what is left."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    before = registry_of(hass)
    assert await take(hass, entry) is None
    with patch.object(takeover, where, side_effect=KilledError):
        await async_give_back(hass, entry)
    assert platforms(hass) == {DOMAIN if where == "carry_back" else "linkytic"}
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert registry_of(hass) == before
    assert not has_journal(hass_storage, entry)
    assert old.entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


def file_of(registry: er.EntityRegistry) -> Any:
    """Return what Home Assistant would write now."""
    return json_loads(json_bytes(registry._data_to_save()))


async def restarted(hass: HomeAssistant, file: Any, *entries: MockConfigEntry) -> None:
    """Start again with the registry of a file; entries are set up in their order."""
    for one in entries:
        if one.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(one.entry_id)
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    for entity_id in registry.entities:
        hass.states.async_remove(entity_id)
    with patch.object(registry._store, "async_load", return_value=file):
        await registry.async_load()
    hass.data.pop(takeover._ENDED_NOW)
    for one in entries:
        # Who has to run may have been started by the other
        if one.disabled_by is None and one.state is ConfigEntryState.NOT_LOADED:
            assert await hass.config_entries.async_setup(one.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("domain", ["linkytic", "mqtt"])
@pytest.mark.parametrize("first", ["theirs", "ours", "ours alone"])
async def test_killed_soon_after_it_was_given_back(
    hass: HomeAssistant,
    house: House,
    hass_storage: dict[str, Any],
    domain: str,
    first: str,
) -> None:
    """The next start finds the registry of before, and gives back once more."""
    if domain == "linkytic":
        old = an_old(hass, house)
    else:
        old = Old(hass, domain=domain)
        old.has(f"teleinfo_{ADDRESS}_EASF02", "linky_hp", house.peak, **ENERGY)
    await old.start()
    entry = await loaded(hass, house)
    before = registry_of(hass)
    assert await take(hass, entry) is None
    registry = er.async_get(hass)
    file = file_of(registry)
    assert await async_give_back(hass, entry) is None
    await hass.async_block_till_done()
    assert registry_of(hass) == before

    if first == "ours alone" and domain == "linkytic":
        # The file of the entries is of before too
        await hass.config_entries.async_set_disabled_by(
            old.entry.entry_id, ConfigEntryDisabler.USER
        )
    both = [old.entry, entry] if first == "theirs" else [entry, old.entry]
    await restarted(hass, file, *both)
    await until(lambda: registry_of(hass) == before)
    await until(lambda: old.entry.state is ConfigEntryState.LOADED)
    await until(lambda: state_of(hass, "sensor.linky_hp") == str(house.peak))
    assert not has_journal(hass_storage, entry)
    # Seen once, it is forgotten
    assert f"{DOMAIN}.{entry.entry_id}.takeover" not in hass_storage
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_disabled_since_it_was_given_back(
    hass: HomeAssistant, house: House
) -> None:
    """Whoever was not killed finds all as it was left."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    assert await take(hass, entry) is None
    assert await async_give_back(hass, entry) is None
    # The same process: nothing is looked at yet
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.config_entries.async_set_disabled_by(
        old.entry.entry_id, ConfigEntryDisabler.USER
    )
    registry = er.async_get(hass)
    before = registry_of(hass)
    await restarted(hass, file_of(registry), entry, old.entry)
    assert registry_of(hass) == before
    assert old.entry.disabled_by is ConfigEntryDisabler.USER
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("written", ["nothing", "moved", "all"])
async def test_killed_soon_after_it_was_finished(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any], written: str
) -> None:
    """What was moved is ours, and of the other nothing is left."""
    old = Old(hass, domain="mqtt")
    old.has(f"teleinfo_{ADDRESS}_EASF02", "linky_hp", house.peak, **ENERGY)
    await old.start()
    entry = await loaded(hass, house)
    registry = er.async_get(hass)
    files = {"nothing": file_of(registry)}
    assert await take(hass, entry) is None
    files["moved"] = file_of(registry)
    await async_finish(hass, entry)
    files["all"] = file_of(registry)
    after = registry_of(hass)
    await restarted(hass, files[written], entry)
    await until(lambda: registry_of(hass) == after)
    await until(lambda: state_of(hass, "sensor.linky_hp") == str(house.peak))
    assert f"{DOMAIN}.{entry.entry_id}.takeover" not in hass_storage
    await hass.config_entries.async_unload(entry.entry_id)
