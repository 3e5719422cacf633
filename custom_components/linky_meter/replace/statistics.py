"""Repairs the sums of the long-term statistics where Home Assistant cannot know better.

A replaced meter leaves a step in the sums of its registers, and a register without a
value for longer than rows of five minutes are kept has its sum begun at 0 again. Both
are noted before they can happen, and corrected when the first row of after is compiled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import Any

from homeassistant.components.recorder import DOMAIN as RECORDER, is_entity_recorded
from homeassistant.components.recorder.const import (
    EVENT_RECORDER_5MIN_STATISTICS_GENERATED,
)
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    get_metadata,
)
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

from ..link.problems import Issue
from ..link.store import Kind
from ..linky_tic.tic.identity import parse_address
from ..linky_tic.tic.judge.registers import Pace
from .correction import Correction, after_gap, after_replacement, has_rows, number_of
from .seam import Seam, after_takeover

_LOGGER = logging.getLogger(__name__)

# Rows are kept for a day at least; shorter gaps need no note
_SILENT = timedelta(hours=1)
_GAP = "gap:"
_TAKEN = "taken:"

# Registers that show the meter's own index; energy_import goes on without a step
REGISTERS = (
    "energy_distributor_",
    "energy_export",
    "energy_index_",
    "energy_meter_total",
    "reactive_energy_",
)
_TOTAL = "energy_import"
_ESTIMATED = "energy_export_estimated"
"""No register of the meter: it goes on with another one."""


@dataclass
class Notes:
    """The sums that may have to be corrected: since when, by key."""

    replaced: dict[str, datetime] = field(default_factory=dict)
    """Their states since are a new meter's."""
    gaps: dict[str, datetime] = field(default_factory=dict)
    """They had no value then, and their next one may begin the sum again."""
    taken: dict[str, Seam] = field(default_factory=dict)
    """Another integration counted them before."""

    def __bool__(self) -> bool:
        """Return whether there is one."""
        return bool(self.replaced or self.gaps or self.taken)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it; flat, as before there were gaps."""
        gaps = {f"{_GAP}{key}": since for key, since in self.gaps.items()}
        taken = {f"{_TAKEN}{key}": seam.as_dict() for key, seam in self.taken.items()}
        return {
            key: at.isoformat() for key, at in (self.replaced | gaps).items()
        } | taken

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Notes:
        """Return what ``as_dict`` gave; raises an error of some kind for all else."""
        notes = cls()
        for name, since in data.items():
            if name.startswith(_TAKEN):
                notes.taken[name.removeprefix(_TAKEN)] = Seam.from_dict(since)
                continue
            at = datetime.fromisoformat(since)
            if at.tzinfo is None:
                raise ValueError("A note's time has no zone")
            if name.startswith(_GAP):
                notes.gaps[name.removeprefix(_GAP)] = at
            else:
                notes.replaced[name] = at
        return notes


notes_store = Kind(".steps", Issue.STATISTICS_RESTARTED, Notes.from_dict).store


def is_register(key: str) -> bool:
    """Return whether a key's entity shows an index of the meter as it is."""
    return key.startswith(REGISTERS) and key != _ESTIMATED


def _entities(
    hass: HomeAssistant, entry: ConfigEntry, *more: str
) -> dict[str, er.RegistryEntry]:
    """Return the registers of an entry by key, and what has one of some more keys."""
    return {
        key: entity
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
        if entity.domain == SENSOR
        and (is_register(key := entity.unique_id.partition("_")[2]) or key in more)
    }


async def async_written(hass: HomeAssistant) -> None:
    """Wait until the recorder has done all that it was told so far."""
    written = hass.loop.create_future()
    get_instance(hass).queue_task(SynchronizeTask(written))
    await written


async def async_note_replacement(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Note that the next states of all registers are a new meter's."""
    if RECORDER not in hass.config.components:
        return
    registers = {
        key: entity.entity_id for key, entity in _entities(hass, entry).items()
    }
    summed = await get_instance(hass).async_add_executor_job(
        partial(get_metadata, hass, statistic_ids=set(registers.values()))
    )
    now = dt_util.utcnow()
    store = notes_store(hass, entry.entry_id)
    notes = await store.async_load() or Notes()
    notes.replaced = {
        key: now
        for key, entity_id in registers.items()
        # A disabled one may be enabled again, and go on with its old sum
        if entity_id in summed or hass.states.get(entity_id) is not None
    }
    await store.async_save(notes.as_dict())


async def async_note_seams(
    hass: HomeAssistant, entry: ConfigEntry, seams: Mapping[str, Seam]
) -> None:
    """Note the sums, by key, that another integration counted before.

    While the entry is not loaded; without any, none is left to be corrected.
    """
    store = notes_store(hass, entry.entry_id)
    notes = await store.async_load() or Notes()
    notes.taken = dict(seams)
    if notes:
        await store.async_save(notes.as_dict())
    else:
        await store.async_remove()


class StatisticsRepair:
    """Corrects the sums of one entry's registers, whenever statistics were compiled."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare; nothing is read yet."""
        self._hass = hass
        self._entry = entry
        self._store = notes_store(hass, entry.entry_id)
        self._notes = Notes()
        self._persisted: dict[str, Any] = {}
        self._shown: dict[str, datetime] = {}
        self._lock = asyncio.Lock()
        self._looks_again = False
        identity = parse_address(entry.unique_id or "")
        self._pace = Pace.of(
            identity.rating if identity else None,
            identity.phases if identity else None,
            None,
        )

    async def async_load(self) -> None:
        """Load what was noted; see ``PersistedStore`` for what it raises."""
        self._notes = await self._store.async_load() or Notes()
        self._persisted = self._notes.as_dict()

    async def async_start(self) -> None:
        """Note which sums would begin again, and correct sums until it is unloaded.

        To be called before any entity shows a value.
        """
        if RECORDER not in self._hass.config.components:
            return
        started = dt_util.utcnow()
        enabled = self._enabled()
        self._shown = dict.fromkeys(enabled, started)
        summed = await get_instance(self._hass).async_add_executor_job(
            self._begun_again, {key: one.entity_id for key, one in enabled.items()}
        )
        for key in summed:
            self._notes.gaps.setdefault(key, started)
        await self._save()
        self._entry.async_on_unload(
            self._hass.bus.async_listen(
                EVENT_RECORDER_5MIN_STATISTICS_GENERATED, self._compiled
            )
        )

    def _begun_again(self, entity_ids: dict[str, str]) -> list[str]:
        """Return the keys of sums that were counted once, and are not gone on with."""
        summed = get_metadata(self._hass, statistic_ids=set(entity_ids.values()))
        return [
            key
            for key, entity_id in entity_ids.items()
            if entity_id in summed and not has_rows(self._hass, entity_id)
        ]

    def _enabled(self) -> dict[str, er.RegistryEntry]:
        """Return the entities whose sums are counted, by key."""
        return {
            key: entity
            for key, entity in _entities(self._hass, self._entry, _TOTAL).items()
            if entity.disabled_by is None
            and is_entity_recorded(self._hass, entity.entity_id)
        }

    @callback
    def _compiled(self, _: Event[Any]) -> None:
        """Look: statistics were compiled, maybe while it is looked still."""
        if self._looks_again:
            return
        self._looks_again = self._lock.locked()
        self._entry.async_create_background_task(
            self._hass, self._look(), "tic statistics"
        )

    async def _look(self) -> None:
        """Note gaps, and correct what was noted."""
        async with self._lock:
            self._looks_again = False
            self._note_gaps()
            await self._save()
            if not self._notes:
                return
            # The event comes before the rows are committed
            await async_written(self._hass)
            # Once more: what was corrected is found no more
            if await self._correct():
                await async_written(self._hass)
                await self._correct()
            await self._save()

    @callback
    def _note_gaps(self) -> None:
        """Note what shows no number for so long that its sum may begin again."""
        now = dt_util.utcnow()
        for key, entity in self._enabled().items():
            if _unit_of(self._hass, entity.entity_id) is not None:
                self._shown[key] = now
            elif now - self._shown.setdefault(key, now) >= _SILENT:
                self._notes.gaps.setdefault(key, now)

    async def _correct(self) -> bool:
        """Correct what is found; return whether there was something."""
        notes, found = self._notes, False
        entities = _entities(self._hass, self._entry, _TOTAL)
        for key, since in list(notes.replaced.items()):
            find = partial(after_replacement, since=since)
            done = await self._correct_one(entities.get(key), find)
            found |= done is False
            if done:
                del notes.replaced[key]
                notes.gaps.pop(key, None)
        for key, seam in list(notes.taken.items()):
            find = partial(after_takeover, seam=seam, pace=self._pace)
            done = await self._correct_one(entities.get(key), find)
            found |= done is False
            if done:
                del notes.taken[key]
                notes.gaps.pop(key, None)
        for key, since in list(notes.gaps.items()):
            if key in notes.replaced or key in notes.taken:
                continue
            find = partial(after_gap, since=since, pace=self._pace)
            done = await self._correct_one(entities.get(key), find)
            found |= done is False
            if done:
                del notes.gaps[key]
        return found

    async def _correct_one(
        self,
        entity: er.RegistryEntry | None,
        find: Callable[..., Correction | None],
    ) -> bool | None:
        """Return whether a sum is right; None while that is not known."""
        if entity is None:
            return True
        entity_id = entity.entity_id
        if (unit := _unit_of(self._hass, entity_id)) is None:
            return None
        instance = get_instance(self._hass)
        correction = await instance.async_add_executor_job(
            find, self._hass, entity_id, unit
        )
        if correction is None:
            return None
        if not correction.size and not correction.rows:
            return True
        if correction.metadata is not None:
            async_import_statistics(self._hass, correction.metadata, correction.rows)
        if correction.size:
            instance.async_adjust_statistics(
                entity_id, correction.start, correction.size, correction.unit
            )
        _LOGGER.debug("Corrected the sum of %s", entity.translation_key)
        return False

    async def _save(self) -> None:
        """Save the notes if they changed."""
        if (noted := self._notes.as_dict()) == self._persisted:
            return
        self._persisted = noted
        if noted:
            await self._store.async_save(noted)
        else:
            await self._store.async_remove()


def _unit_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the unit of an entity that shows a number."""
    state = hass.states.get(entity_id)
    if state is None or number_of(state) is None:
        return None
    return state.attributes.get("unit_of_measurement")
