"""Home Assistant is killed at each step, and the next start makes it whole."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace.takeover import takeover
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
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tests.conftest import entry_for, set_up
from tests.replace.house import ADDRESS, House, loaded

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
