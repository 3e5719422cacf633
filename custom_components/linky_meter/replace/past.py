"""Energy of before, put in front of the first row of a register's statistics.

What a cloud or a file knows of earlier years has no row here yet. Its hours are put
before the first row that shows an index, and show none themselves: so they are told apart
for ever. Home Assistant takes the sum before the first of all rows as 0. Therefore the
sums of all later rows are raised by what was put before them: sums that went on backward
below 0 would make the first bar of the Energy dashboard minus all that was ever counted.

Rows are deleted, raised and added in one transaction of the recorder's own thread, which
no function of Home Assistant does: killed at any moment, either all of it is there or
nothing. What was put there by whom is noted before, so that it can be taken out again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, override

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from homeassistant.components.recorder import DOMAIN as RECORDER, Recorder
from homeassistant.components.recorder.db_schema import Statistics, StatisticsShortTerm
from homeassistant.components.recorder.tasks import RecorderTask
from homeassistant.components.recorder.util import session_scope
from homeassistant.components.sensor import DOMAIN as SENSOR
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.unit_conversion import EnergyConverter

from ..const import DOMAIN
from ..entity import registered
from ..link.errors import WordedError
from ..link.problems import Issue
from ..link.store import Kind
from .statistics import notes_store

_HOUR = 3600
_WAIT_SECONDS = 600.0
_LOCK: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_past")


class PastError(WordedError):
    """Nothing was changed; why is in the words of its key.

    The keys: ``past_not_recorded``, ``past_pending``, ``past_not_written``.
    """


@dataclass(frozen=True)
class Copy:
    """What was put before the rows of one register, and from where."""

    name: str
    """What it came from."""
    registry_id: str
    """The registry's id of the entity, which a rename does not change."""
    spans: tuple[tuple[int, int], ...]
    """Its hours since 1970, each from the first to the one after the last."""

    @property
    def hours(self) -> Iterator[int]:
        """The hours since 1970."""
        return chain.from_iterable(range(*span) for span in self.spans)

    @classmethod
    def of(cls, name: str, registry_id: str, hours: Iterable[int]) -> Copy:
        """Return what holds some hours."""
        spans: list[tuple[int, int]] = []
        for hour in sorted(hours):
            if spans and spans[-1][1] == hour:
                spans[-1] = (spans[-1][0], hour + 1)
            else:
                spans.append((hour, hour + 1))
        return cls(name, registry_id, tuple(spans))


def _build(data: Mapping[str, Any]) -> list[Copy]:
    """Return what was saved; raises an error of some kind for all else."""
    return [
        Copy(
            str(one["name"]),
            str(one["registry_id"]),
            tuple((int(first), int(last)) for first, last in one["spans"]),
        )
        for one in data["copies"]
    ]


past_store = Kind(".past", Issue.TAKEOVER_FORGOTTEN, _build).store


async def async_copies(hass: HomeAssistant, entry: ConfigEntry) -> list[Copy]:
    """Return what was put before the registers of an entry."""
    return await past_store(hass, entry.entry_id).async_load() or []


async def async_put_before(
    hass: HomeAssistant,
    entry: ConfigEntry,
    name: str,
    energies: Mapping[str, Mapping[datetime, float]],
) -> dict[str, int]:
    """Put energies before the registers of an entry; return how many hours, by key.

    ``energies`` are Wh by the start of their hour, by the key of a sensor; what is not
    before the first row of a register is left out, and so is an hour that something of
    another name was put into. What had this name before is replaced. Raises PastError.
    """
    async with _lock(hass):
        copies = await async_copies(hass, entry)
        registers = await _async_registers(hass, entry, energies, copies)
        counts: dict[str, int] = {}
        splices: list[_Splice] = []
        meanwhile = copies
        for key, found in registers.items():
            taken, held = found.taken_by_others(name), found.held_by(name)
            put = {
                hour: wh
                for start, wh in energies[key].items()
                if (hour := int(start.timestamp()) // _HOUR) < found.first
                and hour not in taken
            }
            splices.append(_Splice(found.entity_id, held, put))
            counts[key] = len(put)
            # Killed before the rows are written, or after: all is known
            meanwhile = found.noted(meanwhile, name, held | put.keys())
            copies = found.noted(copies, name, put)
        await _save(hass, entry, meanwhile)
        await _run(hass, splices)
        if copies != meanwhile:
            await _save(hass, entry, copies)
    return counts


async def async_take_out(hass: HomeAssistant, entry: ConfigEntry, name: str) -> int:
    """Take out what was put under a name; return how many hours. Raises PastError."""
    async with _lock(hass):
        copies = await async_copies(hass, entry)
        registry = er.async_get(hass)
        held = {
            entity.unique_id.partition("_")[2]: _Splice(
                entity.entity_id, frozenset(copy.hours), {}
            )
            for copy in copies
            if copy.name == name
            and (entity := registry.entities.get_entry(copy.registry_id))
        }
        splices = list(held.values())
        await _refuse_pending(hass, entry, held)
        await _run(hass, splices)
        await _save(hass, entry, [copy for copy in copies if copy.name != name])
    return sum(len(one.take) for one in splices)


@dataclass(frozen=True)
class _Register:
    """An entity of ours, whose statistics begin at an hour."""

    entity_id: str
    registry_id: str
    first: int
    copies: list[Copy]

    def taken_by_others(self, name: str) -> set[int]:
        return {
            hour for copy in self._mine() if copy.name != name for hour in copy.hours
        }

    def held_by(self, name: str) -> frozenset[int]:
        return frozenset(
            hour for copy in self._mine() if copy.name == name for hour in copy.hours
        )

    def noted(self, copies: list[Copy], name: str, hours: Iterable[int]) -> list[Copy]:
        """Return copies with that of a name as it is to be."""
        others = [
            one for one in copies if not (one in self._mine() and one.name == name)
        ]
        copy = Copy.of(name, self.registry_id, hours)
        return [*others, copy] if copy.spans else others

    def _mine(self) -> list[Copy]:
        return [one for one in self.copies if one.registry_id == self.registry_id]


async def _async_registers(
    hass: HomeAssistant, entry: ConfigEntry, keys: Iterable[str], copies: list[Copy]
) -> dict[str, _Register]:
    """Return the registers of keys. Raises PastError where one has no row."""
    entities = {
        key: entity for key in keys if (entity := registered(hass, entry, SENSOR, key))
    }
    if entities.keys() != set(keys) or RECORDER not in hass.config.components:
        raise PastError("past_not_recorded")
    await _refuse_pending(hass, entry, entities)
    instance = get_instance(hass)
    await instance.async_block_till_done()
    firsts = await instance.async_add_executor_job(
        _first_hours, instance, {one.entity_id for one in entities.values()}
    )
    if len(firsts) < len(entities):
        raise PastError("past_not_recorded")
    return {
        key: _Register(one.entity_id, one.id, firsts[one.entity_id], copies)
        for key, one in entities.items()
    }


async def _refuse_pending(
    hass: HomeAssistant, entry: ConfigEntry, keys: Iterable[str]
) -> None:
    """Raise PastError while a sum is to be corrected, to one that is known by now."""
    notes = await notes_store(hass, entry.entry_id).async_load()
    if notes is not None and not notes.taken.keys().isdisjoint(keys):
        raise PastError("past_pending")


def _first_hours(instance: Recorder, statistic_ids: set[str]) -> dict[str, int]:
    """Return the first hours that show an index, of those that have one."""
    with session_scope(session=instance.get_session(), read_only=True) as session:
        found = instance.statistics_meta_manager.get_many(
            session, statistic_ids=statistic_ids
        )
        return {
            statistic_id: int(start) // _HOUR
            for statistic_id, (metadata_id, _) in found.items()
            if (start := _first_start(session, metadata_id)) is not None
        }


def _first_start(session: Session, metadata_id: int) -> float | None:
    """Return the start of the first hour that shows an index, full or not yet."""
    starts = [
        session.scalar(
            select(func.min(table.start_ts)).where(
                table.metadata_id == metadata_id, table.state.is_not(None)
            )
        )
        for table in (Statistics, StatisticsShortTerm)
    ]
    begun = [start // _HOUR * _HOUR for start in starts if start is not None]
    return min(begun, default=None)


async def _save(hass: HomeAssistant, entry: ConfigEntry, copies: list[Copy]) -> None:
    """Note what was put where. Raises PastError where the disk does not take it."""
    store = past_store(hass, entry.entry_id)
    if not copies:
        await store.async_remove()
        return
    await store.async_save({"copies": [asdict(copy) for copy in copies]})
    if await store.async_load() != copies:
        raise PastError("past_not_written")


async def _run(hass: HomeAssistant, splices: list[_Splice]) -> None:
    """Let the recorder do it. Raises PastError."""
    if not splices:
        return
    if RECORDER not in hass.config.components:
        raise PastError("past_not_recorded")
    task = _SpliceTask(splices, hass.loop.create_future())
    get_instance(hass).queue_task(task)
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            await task.done
    except (SQLAlchemyError, TimeoutError) as err:
        raise PastError("past_not_written") from err


def _lock(hass: HomeAssistant) -> asyncio.Lock:
    return hass.data.setdefault(_LOCK, asyncio.Lock())


@dataclass(frozen=True)
class _Splice:
    """What is taken out of the hours before one register, and what is put there."""

    statistic_id: str
    take: frozenset[int]
    put: Mapping[int, float]

    def run(self, instance: Recorder, session: Session) -> None:
        found = instance.statistics_meta_manager.get_many(
            session, statistic_ids={self.statistic_id}
        )
        if self.statistic_id not in found:
            return
        metadata_id, metadata = found[self.statistic_id]
        if (first := _first_start(session, metadata_id)) is None:
            return
        unit = metadata["unit_of_measurement"]
        before = session.execute(
            select(Statistics.start_ts, Statistics.sum)
            .where(Statistics.metadata_id == metadata_id, Statistics.start_ts < first)
            .order_by(Statistics.start_ts)
        ).all()
        energies, total = dict[int, float](), 0.0
        for start, upto in before:
            energies[int(start) // _HOUR] = (upto or total) - total
            total = upto or total
        convert = EnergyConverter.converter_factory("Wh", unit)
        energies = {hour: e for hour, e in energies.items() if hour not in self.take}
        energies |= {hour: convert(wh) for hour, wh in self.put.items()}
        rows, raised = [], 0.0
        for hour in sorted(energies):
            raised += energies[hour]
            rows.append(
                {"metadata_id": metadata_id, "start_ts": hour * _HOUR, "sum": raised}
            )
        session.execute(
            delete(Statistics).where(
                Statistics.metadata_id == metadata_id, Statistics.start_ts < first
            )
        )
        for table in (Statistics, StatisticsShortTerm):
            session.execute(
                update(table)
                .where(table.metadata_id == metadata_id, table.start_ts >= first)
                .values(sum=table.sum + (raised - total))
            )
        if rows:
            session.execute(insert(Statistics), rows)


@dataclass(slots=True)
class _SpliceTask(RecorderTask):
    """Does all or nothing, in the recorder's thread."""

    splices: list[_Splice]
    done: asyncio.Future[None] = field(repr=False)

    @override
    def run(self, instance: Recorder) -> None:
        failed: SQLAlchemyError | None = None
        try:
            with session_scope(session=instance.get_session()) as session:
                for splice in self.splices:
                    splice.run(instance, session)
        except SQLAlchemyError as err:
            failed = err
        instance.hass.loop.call_soon_threadsafe(self._tell, failed)

    def _tell(self, failed: SQLAlchemyError | None) -> None:
        if self.done.done():
            return
        if failed is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(failed)
