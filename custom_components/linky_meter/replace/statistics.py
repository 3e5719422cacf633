"""Takes the step at a meter's replacement out of the sums of its registers, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from functools import partial
import logging
from typing import Any

from homeassistant.components.recorder import DOMAIN as RECORDER
from homeassistant.components.recorder.const import (
    EVENT_RECORDER_5MIN_STATISTICS_GENERATED,
)
from homeassistant.components.recorder.statistics import get_metadata
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..link.problems import Issue
from ..link.store import Kind, PersistedStore
from .sums import Step, find_step

_LOGGER = logging.getLogger(__name__)

# Registers that show the meter's own index; energy_import goes on without a step
REGISTERS = (
    "energy_distributor_",
    "energy_export",
    "energy_index_",
    "energy_meter_total",
    "reactive_energy_",
)


def _pending(data: Mapping[str, str]) -> dict[str, str]:
    """Return what was persisted; raises an error of some kind for anything else."""
    for since in data.values():
        if datetime.fromisoformat(since).tzinfo is None:
            raise ValueError(f"{since} has no zone")
    return dict(data)


_KIND = Kind(".steps", Issue.STATISTICS_RESTARTED, _pending)


def steps_store(hass: HomeAssistant, entry_id: str) -> PersistedStore[dict[str, str]]:
    """Return the store of the sums that still have a step: since when, by key."""
    return PersistedStore(hass, entry_id, _KIND)


def is_register(key: str) -> bool:
    """Return whether a key's entity shows an index of the meter as it is."""
    return key.startswith(REGISTERS)


async def async_note_steps(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Note that the next states of all registers are a new meter's."""
    if RECORDER not in hass.config.components:
        return
    registry = er.async_get(hass)
    registers = {
        entity.entity_id: key
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if entity.domain == SENSOR
        and is_register(key := entity.unique_id.partition("_")[2])
    }
    summed = await get_instance(hass).async_add_executor_job(
        partial(get_metadata, hass, statistic_ids=set(registers))
    )
    now = dt_util.utcnow().isoformat()
    pending = {
        key: now
        for entity_id, key in registers.items()
        # A disabled one may be enabled again, and go on with its old sum
        if entity_id in summed or hass.states.get(entity_id) is not None
    }
    await steps_store(hass, entry.entry_id).async_save(pending)


async def async_take_out_steps(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Take out the steps that were noted, now and whenever statistics were compiled."""
    store = steps_store(hass, entry.entry_id)
    pending = await store.async_load()
    if not pending or RECORDER not in hass.config.components:
        return
    steps = _Steps(hass, entry, store, pending)
    entry.async_on_unload(
        hass.bus.async_listen(
            EVENT_RECORDER_5MIN_STATISTICS_GENERATED, steps.async_compiled
        )
    )


class _Steps:
    """The steps of one entry that are still to be taken out."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        store: PersistedStore[dict[str, str]],
        pending: dict[str, str],
    ) -> None:
        """Take what was noted."""
        self._hass = hass
        self._entry = entry
        self._store = store
        self._pending = pending
        self._lock = asyncio.Lock()

    @callback
    def async_compiled(self, _: Event[Any]) -> None:
        """Look for steps: statistics were compiled."""
        if self._pending and not self._lock.locked():
            self._entry.async_create_background_task(
                self._hass, self._take_out(), "tic steps"
            )

    async def _take_out(self) -> None:
        """Take steps out, and look whether they are."""
        async with self._lock:
            # Once more: a step that was taken out is found no more
            if await self._take_out_found():
                await self._take_out_found()

    async def _take_out_found(self) -> bool:
        """Take out the steps that are found; return whether there was one."""
        instance = get_instance(self._hass)
        # The event comes before the rows are committed
        written = self._hass.loop.create_future()
        instance.queue_task(SynchronizeTask(written))
        await written
        healed, found = set(), False
        for key, since in self._pending.items():
            entity_id = er.async_get(self._hass).async_get_entity_id(
                SENSOR, DOMAIN, f"{self._entry.unique_id}_{key}"
            )
            if entity_id is None:
                healed.add(key)
                continue
            state = self._hass.states.get(entity_id)
            if state is None or not state.state[:1].isdigit():
                # Nothing of the new meter yet
                continue
            step: Step | None = await instance.async_add_executor_job(
                find_step, self._hass, entity_id, datetime.fromisoformat(since)
            )
            if step is None:
                continue
            if step.size:
                found = True
                instance.async_adjust_statistics(
                    entity_id, step.start, -step.size, step.unit
                )
                _LOGGER.debug("Took a step of the new meter out of %s", key)
            else:
                healed.add(key)
        if healed:
            for key in healed:
                del self._pending[key]
            if self._pending:
                await self._store.async_save(self._pending)
            else:
                await self._store.async_remove()
        return found
