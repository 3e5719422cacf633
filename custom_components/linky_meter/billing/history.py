"""The energy from before: of the time without a ledger, or without an offer.

Home Assistant's recorder kept the registers by the hour. It is asked when prices
are first chosen, so that the month and its estimate are whole from the beginning, when
an offer was added that sorts the energy of past days in its own way, and when a register
is another entity than was asked for: one that was taken over knows its own years.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from homeassistant.components.recorder import DOMAIN as RECORDER
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

from ..entity import registered
from ..linky_tic.costs.calendar.days import day_of, midnight
from ..linky_tic.costs.ledger.history import (
    History,
    Point,
    adopt,
    before,
    fill,
    lacking,
    recall,
    sort_by,
    with_total,
)
from ..linky_tic.costs.ledger.rows import KEPT_DAYS
from ..linky_tic.tic.reading import MeterReading
from ..linky_tic.tic.tariffs import INDEX_KEYS
from .store import Kept

_LOGGER = logging.getLogger(__name__)

_TOTAL = "energy_import"
_HOUR = timedelta(hours=1)


class CostHistory:
    """Gives the ledger and the offers of a meter their past."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        kept: Kept,
        latest: Callable[[], MeterReading],
        changed: CALLBACK_TYPE,
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._kept = kept
        self._latest = latest
        self._changed = changed
        self._busy = False
        self._asked: set[str] = set()
        """The schedules whose past was asked for; what it lacks then stays so."""
        self._failed: set[str] = set()
        """The registers that could not be asked, until a restart."""

    @callback
    def look(self) -> None:
        """Ask for what is wanted and not there."""
        kept = self._kept
        if self._busy:
            return
        if RECORDER not in self._hass.config.components:
            kept.recalled = True
            return
        if kept.ledger.last is None:
            return
        # Every minute: most often all was asked, and no day has to be looked at
        unasked = kept.registers.schedules.keys() - self._asked
        if (
            kept.recalled
            and not self._news
            and (
                not unasked or unasked.isdisjoint(lacking(kept.ledger, kept.registers))
            )
        ):
            return
        self._busy = True
        # Over when the entry is unloaded
        self._entry.async_create_background_task(
            self._hass, self._ask(), "energy from before"
        )

    @property
    def _entities(self) -> dict[str, er.RegistryEntry]:
        """The registers, by their keys."""
        hass, entry = self._hass, self._entry
        return {
            key: entity
            for key in (_TOTAL, *INDEX_KEYS)
            if (entity := registered(hass, entry, Platform.SENSOR, key))
        }

    @property
    def _news(self) -> set[str]:
        """The registry's ids of registers whose past was not asked for."""
        ids = {entity.id for entity in self._entities.values()}
        return ids - self._kept.asked - self._failed

    async def _ask(self) -> None:
        """Ask the recorder, and take what it knows."""
        kept, news = self._kept, self._news
        try:
            await self._recall()
            await self._sort()
        except (SQLAlchemyError, HomeAssistantError) as err:
            # Costs go on from now without it
            _LOGGER.warning("The energy from before cannot be read: %s", err)
            self._asked.update(kept.registers.schedules)
            self._failed |= news
        else:
            kept.asked |= news
        finally:
            self._busy = False
        kept.recalled = True
        self._changed()

    async def _recall(self) -> None:
        """Give the ledger its past, as far as it was not asked for."""
        kept, ledger = self._kept, self._kept.ledger
        if (kept.recalled and not self._news) or ledger.began is None:
            return
        first = day_of(dt_util.utcnow()) - timedelta(days=KEPT_DAYS)
        history = await self._history(midnight(first))
        past = before(ledger)
        # What is shown already goes on without it
        tell = partial(recall, past, history, first, later=kept.recalled)
        if days := await self._hass.async_add_executor_job(tell):
            self._asked.clear()
        adopt(ledger, past)
        _LOGGER.debug("The recorder knows %s days from before", days)

    async def _sort(self) -> None:
        """Sort the past for offers that came later."""
        kept = self._kept
        days = lacking(kept.ledger, kept.registers)
        self._asked.update(kept.registers.schedules)
        if not days:
            return
        since = min(min(some) for some in days.values())
        history = await self._history(midnight(since) - _HOUR)
        if kept.ledger.began is not None:
            history = with_total(history, kept.ledger.began)
        total = list(history.total)
        now = self._latest()[_TOTAL]
        if isinstance(now, int):
            total.append(Point(dt_util.utcnow(), now))
        schedules = dict(kept.registers.schedules)
        told = await self._hass.async_add_executor_job(sort_by, schedules, days, total)
        for key, rows in told.items():
            fill(kept.ledger, kept.registers, {key: rows})
            # Each takes a millisecond or two
            await asyncio.sleep(0)

    async def _history(self, since: datetime) -> History:
        entities = {key: one.entity_id for key, one in self._entities.items()}
        points = await get_instance(self._hass).async_add_executor_job(
            _read, self._hass, since, entities
        )
        total = points.get(_TOTAL, [])
        indexes = {n: points.get(key, []) for n, key in enumerate(INDEX_KEYS, 1)}
        began = self._kept.ledger.began
        if began is not None and set(began.indexes) == {1} and not indexes[1]:
            # A meter with one register has no entity for it
            indexes[1] = total
        return History(indexes, total)


def _read(
    hass: HomeAssistant, since: datetime, entities: Mapping[str, str]
) -> dict[str, list[Point]]:
    """Return what registers showed by the hour, by their keys; in a thread."""
    rows = statistics_during_period(
        hass,
        since,
        None,
        set(entities.values()),
        "hour",
        {"energy": "Wh"},
        {"state"},
    )
    return {
        key: [
            Point(dt_util.utc_from_timestamp(row["end"]), round(state))
            for row in rows.get(entity, ())
            if (state := row.get("state")) is not None
        ]
        for key, entity in entities.items()
    }
