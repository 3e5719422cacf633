"""Takes over from another integration, gives back, and ends it: in order.

The journal is written first. Whatever stops a take-over, the next set-up of our entry
goes on from the journal: it finishes what can be finished, and undoes the rest. Home
Assistant writes its registries seconds after they changed, so the journal of what has
ended stays until the next start, which sees whether they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
import logging

from homeassistant.components.recorder import DOMAIN as RECORDER, is_entity_recorded
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
    OperationNotAllowed,
    UnknownEntry,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import entity_sources
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from ...entity import async_enable
from ..exchange import async_take_down
from ..seam import Seam
from ..statistics import async_note_seams
from .carry import (
    CannotMoveError,
    carried,
    carry_back,
    carry_over,
    is_ours,
    theirs,
    was_lost,
)
from .journal import ENDED, Journal, Row, Stage, async_load_journal, journal_store
from .plan import Move, Plan, async_plans

_LOGGER = logging.getLogger(__name__)

_STOP_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_ENDED_NOW: HassKey[set[str]] = HassKey(f"{DOMAIN}_takeover_ended")
"""The entries whose take-over ended since Home Assistant started."""


class Failure(StrEnum):
    """Why nothing was changed; each has words in the translations."""

    CHANGED = "plan_changed"
    NOT_SAVED = "not_saved"
    NOT_STOPPED = "not_stopped"
    BUSY = "busy"


async def async_take_over(
    hass: HomeAssistant,
    entry: ConfigEntry,
    plan: Plan,
    *,
    fill: bool,
    merge: bool,
    also: Collection[str] = (),
) -> Failure | None:
    """Make a plan true; return why not, and then all is as it was.

    ``also`` are those entities of ``plan.asks`` that move. ``fill`` spreads what was counted without a reading over its hours, ``merge`` puts
    what ours counted beside behind the old sums.
    """
    if await async_load_journal(hass, entry.entry_id) is not None:
        return Failure.BUSY
    again = {one.source.id: one for one in await async_plans(hass, entry)}
    now = again.get(plan.source.id)
    if now is None or now.print != plan.print:
        return Failure.CHANGED
    now.moves += [one for one in now.asks if one.candidate.entity_id in also]
    journal = _journal_of(hass, now, fill=fill, merge=merge)
    if not await _save(hass, entry, journal):
        return Failure.NOT_SAVED
    if not await _stop(hass, journal):
        await _restore(hass, entry, journal)
        return Failure.NOT_STOPPED
    if not await async_take_down(hass, entry):
        await _restore(hass, entry, journal)
        return Failure.BUSY
    # Finished by the set-up, as it would be after a power cut
    await hass.config_entries.async_setup(entry.entry_id)
    done = await async_load_journal(hass, entry.entry_id)
    return None if done is not None else Failure.CHANGED


async def async_give_back(hass: HomeAssistant, entry: ConfigEntry) -> Failure | None:
    """Give the entities back to the integration that they came from."""
    journal = await async_load_journal(hass, entry.entry_id)
    if journal is None or not can_give_back(hass, journal):
        return Failure.CHANGED
    journal.stage = Stage.RETURNING
    if not await _save(hass, entry, journal):
        return Failure.NOT_SAVED
    if not await async_take_down(hass, entry):
        journal.stage = Stage.MOVED
        await _save(hass, entry, journal)
        return Failure.BUSY
    await hass.config_entries.async_setup(entry.entry_id)
    return None


async def async_finish(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove what is left of the old integration, and what was kept to give back."""
    journal = await async_load_journal(hass, entry.entry_id)
    if journal is None:
        return
    await _clean_up(hass, journal)
    registry = er.async_get(hass)
    left = [
        row.twin
        for row in journal.rows
        if registry.async_get(row.twin) is None and hass.states.get(row.twin) is None
    ]
    if RECORDER in hass.config.components and left:
        get_instance(hass).async_clear_statistics(left)
    await _end(hass, entry, journal, Stage.FINISHED)


async def _clean_up(hass: HomeAssistant, journal: Journal) -> None:
    """Remove what is left of the old integration."""
    registry = er.async_get(hass)
    for row in journal.rows:
        if (held := theirs(hass, row)) is not None:
            registry.async_remove(held)
    for entry_id in journal.entry_ids if journal.exclusive else ():
        other = hass.config_entries.async_get_entry(entry_id)
        if other is not None and other.disabled_by is not None:
            await hass.config_entries.async_remove(entry_id)


async def _end(
    hass: HomeAssistant, entry: ConfigEntry, journal: Journal, stage: Stage
) -> None:
    """Note that a take-over ended, which the registries' files tell only later."""
    hass.data.setdefault(_ENDED_NOW, set()).add(entry.entry_id)
    journal.stage = stage
    await journal_store(hass, entry.entry_id).async_save(journal.as_dict())


async def _see_end(hass: HomeAssistant, entry: ConfigEntry, journal: Journal) -> None:
    """Do again what Home Assistant forgot of the end of a take-over, and forget that."""
    if entry.entry_id in hass.data.get(_ENDED_NOW, ()):
        return
    if journal.stage is Stage.RETURNED:
        if any(carried(hass, row) for row in journal.rows):
            _enable(hass, journal)
            carry_back(hass, entry, journal)
            await _start_again(hass, journal)
            _reload(hass, journal)
    elif not was_lost(hass, entry, journal) or _is_carried_over(hass, entry, journal):
        await _clean_up(hass, journal)
    await journal_store(hass, entry.entry_id).async_remove()


async def async_resume(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Go on with what was begun; called by the set-up before any entity is there."""
    journal = await journal_store(hass, entry.entry_id).async_load()
    if journal is None:
        return
    if journal.stage in ENDED:
        await _see_end(hass, entry, journal)
        return
    if journal.stage is Stage.MOVED and not was_lost(hass, entry, journal):
        return
    if (
        journal.stage is not Stage.RETURNING
        and _is_stopped(hass, entry, journal)
        and _is_carried_over(hass, entry, journal)
    ):
        now = dt_util.utcnow()
        seams = {
            # What is shown from now on is ours
            row.key: replace(row.seam, at=now)
            for row in journal.rows
            if row.seam
        }
        if RECORDER in hass.config.components:
            await async_note_seams(hass, entry, seams)
        journal.stage = Stage.MOVED
        await journal_store(hass, entry.entry_id).async_save(journal.as_dict())
        return
    await _return(hass, entry, journal)


@callback
def _is_carried_over(hass: HomeAssistant, entry: ConfigEntry, journal: Journal) -> bool:
    """Carry over; return whether it could be done."""
    try:
        carry_over(hass, entry, journal)
    except (CannotMoveError, HomeAssistantError, LookupError, ValueError) as err:
        _LOGGER.warning("A take-over is undone: %s", type(err).__name__)
        return False
    return True


async def _return(hass: HomeAssistant, entry: ConfigEntry, journal: Journal) -> None:
    """Let everything be as before."""
    carry_back(hass, entry, journal)
    await async_note_seams(hass, entry, {})
    await _restore(hass, entry, journal)


def can_give_back(hass: HomeAssistant, journal: Journal) -> bool:
    """Return whether the old integration is still there."""
    return bool(journal.rows) and all(
        row.config_entry_id and hass.config_entries.async_get_entry(row.config_entry_id)
        for row in journal.rows
    )


def _journal_of(hass: HomeAssistant, plan: Plan, *, fill: bool, merge: bool) -> Journal:
    source = plan.source
    journal = Journal(
        source.family.name if source.family else source.name, source.exclusive
    )
    journal.rows = [_row_of(hass, move, fill=fill, merge=merge) for move in plan.moves]
    journal.by_hand = plan.automations(hass)
    if source.exclusive:
        journal.stopped = [
            entry_id
            for entry_id in journal.entry_ids
            if (other := hass.config_entries.async_get_entry(entry_id))
            and other.disabled_by is None
        ]
    return journal


def _row_of(hass: HomeAssistant, move: Move, *, fill: bool, merge: bool) -> Row:
    candidate, last = move.candidate, move.last
    old, twin = candidate.entry, move.twin
    seam = None
    if (
        last is not None
        and last.total is not None
        and is_entity_recorded(hass, candidate.entity_id)
    ):
        seam = Seam(
            dt_util.utcnow(),
            last.end,
            last.state,
            last.total,
            last.tolerance,
            fill,
            twin.entity_id if merge else None,
        )
    differs = move.unit != twin.unit_of_measurement or "sensor.private" in twin.options
    return Row(
        key=move.key,
        domain=candidate.domain,
        entity_id=candidate.entity_id,
        platform=candidate.platform,
        unique_id=candidate.unique_id,
        config_entry_id=old.config_entry_id if old else None,
        config_subentry_id=old.config_subentry_id if old else None,
        device_id=old.device_id if old else None,
        disabled_by=old.disabled_by if old else None,
        options=dict(old.options.get("sensor", {})) if old else None,
        unit=move.unit if differs else None,
        twin=twin.entity_id,
        seam=seam,
    )


async def _save(hass: HomeAssistant, entry: ConfigEntry, journal: Journal) -> bool:
    """Save the journal; return whether it is on the disk, which may be full."""
    store = journal_store(hass, entry.entry_id)
    await store.async_save(journal.as_dict())
    saved = await store.async_load()
    return saved is not None and saved.as_dict() == journal.as_dict()


async def _stop(hass: HomeAssistant, journal: Journal) -> bool:
    """Stop the old integration; return whether none of the entities is loaded."""
    for entry_id in journal.stopped:
        try:
            await hass.config_entries.async_set_disabled_by(
                entry_id, ConfigEntryDisabler.USER
            )
        except OperationNotAllowed, UnknownEntry:
            return False
        other = hass.config_entries.async_get_entry(entry_id)
        if other is None or other.state is not ConfigEntryState.NOT_LOADED:
            return False
    registry = er.async_get(hass)
    for row in () if journal.exclusive else journal.rows:
        entity_id = theirs(hass, row)
        if entity_id is not None and row.disabled_by is None:
            registry.async_update_entity(
                entity_id, disabled_by=er.RegistryEntryDisabler.INTEGRATION
            )
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            while any(
                theirs(hass, row) in entity_sources(hass) for row in journal.rows
            ):
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        return False
    return True


def _is_stopped(hass: HomeAssistant, entry: ConfigEntry, journal: Journal) -> bool:
    """Return whether the old integration was stopped, before a power cut maybe."""
    registry = er.async_get(hass)
    for row in journal.rows:
        if is_ours(hass, entry, row) or row.config_entry_id is None:
            continue
        other = hass.config_entries.async_get_entry(row.config_entry_id)
        old = registry.async_get(theirs(hass, row) or "")
        if other is None or old is None:
            return False
        if (other if journal.exclusive else old).disabled_by is None:
            return False
    return True


async def _restore(hass: HomeAssistant, entry: ConfigEntry, journal: Journal) -> None:
    """Start the old integration again, and end the take-over."""
    await _start_again(hass, journal)
    if not journal.exclusive:
        _reload(hass, journal)
    if any(row.registry_id for row in journal.rows):
        await _end(hass, entry, journal, Stage.RETURNED)
    else:
        # Nothing had moved that could be forgotten to be back
        await journal_store(hass, entry.entry_id).async_remove()


async def _start_again(hass: HomeAssistant, journal: Journal) -> None:
    """Enable what was disabled of the old integration."""
    for row in () if journal.exclusive else journal.rows:
        entity_id = theirs(hass, row)
        if entity_id is not None and row.disabled_by is None:
            async_enable(hass, entity_id)
    for entry_id in journal.stopped:
        other = hass.config_entries.async_get_entry(entry_id)
        if other is not None and other.disabled_by is ConfigEntryDisabler.USER:
            # One that could not be unloaded runs again after a restart only
            with suppress(OperationNotAllowed):
                await hass.config_entries.async_set_disabled_by(entry_id, None)


@callback
def _enable(hass: HomeAssistant, journal: Journal) -> None:
    """Enable what is disabled still of entries whose file is newer than the registries'."""
    for entry_id in journal.stopped:
        other = hass.config_entries.async_get_entry(entry_id)
        if other is not None and other.disabled_by is None:
            dr.async_config_entry_disabled_by_changed(dr.async_get(hass), other)
            er.async_config_entry_disabled_by_changed(er.async_get(hass), other)


@callback
def _reload(hass: HomeAssistant, journal: Journal) -> None:
    """Set the old integration up anew: it makes its entities then."""
    for entry_id in journal.entry_ids:
        other = hass.config_entries.async_get_entry(entry_id)
        if other is not None and other.state is ConfigEntryState.LOADED:
            hass.config_entries.async_schedule_reload(entry_id)
