"""What a cloud imported of this meter: external statistics, which no entity can own.

They may be copied before our own rows, and our entities may take their place in the
Energy dashboard: each when it is asked for, and both are undone from what was noted.
Facts: the sources of ha-linky and of MyElectricalData.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
import re
from typing import Any, NamedTuple

from homeassistant.components.recorder import DOMAIN as RECORDER
from homeassistant.components.recorder.statistics import (
    get_metadata,
    statistics_during_period,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

from ..entity import enabled_entities
from ..link.problems import Issue
from ..link.store import Kind
from ..linky_tic.tic.tariffs import Contract
from .energy_preferences import Source, async_manager, async_write, sources_of
from .past import async_copies, async_put_before, async_take_out

_TOTAL, _EXPORT = "energy_import", "energy_export"
_BY_TARIFF = {"hc": "energy_index_1", "hp": "energy_index_2"}
_PRODUCTION = "production"
_WAYS = ("stat_energy_from", "stat_energy_to")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_IDS = (
    ("ha-linky", re.compile(r"(?P<source>linky|linky_prod):(?P<point>\w+)(?<!_cost)")),
    (
        "MyElectricalData",
        re.compile(
            r"(?P<source>myelectricaldata):(?P<point>\w+)"
            r"_(?P<tariff>base|hc|hp)_(?P<way>consumption|production)"
        ),
    ),
)

_SOURCES = ("linky", "linky_prod", "myelectricaldata")


@dataclass
class Cloud:
    """What one cloud knows of one meter, or knew."""

    name: str
    """As people call it."""
    id: str
    """Under which its hours are noted."""
    series: dict[str, str] = field(default_factory=dict)
    """Its statistics, each with its tariff: ``all``, ``base``, ``hc``, ``hp``, or
    ``production``."""
    copied: bool = False
    """Whether it was copied, or took its place."""

    def keys(self, *, by_tariff: bool) -> dict[str, tuple[str, ...]]:
        """Return the keys of ours that each statistic is part of."""
        return {
            statistic: (_EXPORT,)
            if tariff == _PRODUCTION
            else (_TOTAL, _BY_TARIFF[tariff])
            if by_tariff and tariff in _BY_TARIFF
            else (_TOTAL,)
            for statistic, tariff in self.series.items()
        }


@dataclass(frozen=True)
class Span:
    """What a cloud has that could be copied."""

    since: datetime
    last: datetime
    """When its last hour begins."""
    hours: int
    energy: float
    """kWh of consumption."""
    shown: bool
    """Whether the Energy dashboard shows it, and could show ours in its place."""


class Swap(NamedTuple):
    """A source of the Energy dashboard, as it was and as it became."""

    before: Source
    after: Source | None
    """None where another one shows the same entity of ours."""


type Swaps = dict[str, list[Swap]]


def _build(data: Mapping[str, Any]) -> Swaps:
    return {
        str(id_): [Swap(dict(before), after and dict(after)) for before, after in some]
        for id_, some in data.items()
    }


clouds_store = Kind(".clouds", Issue.TAKEOVER_FORGOTTEN, _build).store


async def async_clouds(hass: HomeAssistant, entry: ConfigEntry) -> list[Cloud]:
    """Return what clouds know of meters, and what was copied of them."""
    if RECORDER not in hass.config.components or not _is_loaded(entry):
        return []
    clouds: dict[str, Cloud] = {}
    found = await get_instance(hass).async_add_executor_job(_statistics, hass)
    for statistic in sorted(found):
        for name, pattern in _IDS:
            if match := pattern.fullmatch(statistic):
                named = match.groupdict()
                id_ = f"{name}:{named['point']}"
                cloud = clouds.setdefault(id_, Cloud(name, id_))
                tariff = named.get("tariff", "all")
                if named.get("way", named["source"]) in {_PRODUCTION, "linky_prod"}:
                    tariff = _PRODUCTION
                cloud.series[statistic] = tariff
    swaps = await clouds_store(hass, entry.entry_id).async_load() or {}
    for id_ in {one.name for one in await async_copies(hass, entry)} | swaps.keys():
        name = id_.partition(":")[0]
        if any(name == one for one, _ in _IDS):
            clouds.setdefault(id_, Cloud(name, id_)).copied = True
    return list(clouds.values())


def _is_loaded(entry: ConfigEntry) -> bool:
    return entry.state is ConfigEntryState.LOADED


def _statistics(hass: HomeAssistant) -> set[str]:
    """Return the energies that clouds imported; in a thread."""
    return {
        statistic
        for source in _SOURCES
        for statistic, (_, one) in get_metadata(hass, statistic_source=source).items()
        if one["has_sum"] and one["unit_of_measurement"] in EnergyConverter.VALID_UNITS
    }


async def async_span(
    hass: HomeAssistant, entry: ConfigEntry, cloud: Cloud
) -> Span | None:
    """Return what could be copied of a cloud, None for nothing."""
    rows = await _read(hass, cloud)
    starts = {start for series in rows.values() for start in series}
    if not starts:
        return None
    total = sum(
        sum(series.values())
        for statistic, series in rows.items()
        if cloud.series[statistic] != _PRODUCTION
    )
    manager = await async_manager(hass)
    swaps = _swaps(hass, entry, cloud, sources_of(manager) if manager else [])
    return Span(min(starts), max(starts), len(starts), total / 1000, bool(swaps))


async def async_copy(
    hass: HomeAssistant,
    entry: ConfigEntry,
    cloud: Cloud,
    *,
    copy: bool,
    dashboard: bool,
) -> int:
    """Copy a cloud's past, and let our entities take its place in the dashboard.

    Return how many hours were copied. Raises PastError, and then nothing is changed.
    """
    count = 0
    if copy:
        entities = _entities(hass, entry)
        energies: dict[str, dict[datetime, float]] = {}
        rows = await _read(hass, cloud)
        for statistic, keys in cloud.keys(by_tariff=_by_tariff(entry)).items():
            for key in keys:
                if key in entities:
                    _add(energies.setdefault(key, {}), rows.get(statistic, {}))
        counts = await async_put_before(hass, entry, cloud.id, energies)
        count = max(counts.values(), default=0)
    if dashboard and (manager := await async_manager(hass)) is not None:
        sources = sources_of(manager)
        swaps = _swaps(hass, entry, cloud, sources)
        await _note(hass, entry, cloud, swaps)
        await async_write(hass, manager, _swapped(sources, swaps))
    return count


async def async_undo(hass: HomeAssistant, entry: ConfigEntry, cloud: Cloud) -> None:
    """Take out what was copied, and give a cloud its place back; see ``async_copy``."""
    await async_take_out(hass, entry, cloud.id)
    noted = await clouds_store(hass, entry.entry_id).async_load() or {}
    if cloud.id in noted:
        if (manager := await async_manager(hass)) is not None:
            back = _back(sources_of(manager), noted[cloud.id])
            await async_write(hass, manager, back)
        await _note(hass, entry, cloud, [])


def _add(to: dict[datetime, float], series: Mapping[datetime, float]) -> None:
    for start, energy in series.items():
        to[start] = to.get(start, 0.0) + energy


async def _read(hass: HomeAssistant, cloud: Cloud) -> dict[str, dict[datetime, float]]:
    """Return the energies of a cloud, Wh by the start of their hour, by statistic."""
    if not cloud.series:
        return {}
    found = await get_instance(hass).async_add_executor_job(
        partial(
            statistics_during_period,
            hass,
            _EPOCH,
            None,
            set(cloud.series),
            "hour",
            {"energy": "Wh"},
            {"change"},
        )
    )
    return {
        statistic: {
            dt_util.utc_from_timestamp(row["start"]): energy
            for row in rows
            if (energy := row["change"]) is not None
        }
        for statistic, rows in found.items()
    }


def _by_tariff(entry: ConfigEntry) -> bool:
    """Return whether the registers of a meter are those that a cloud tells apart."""
    reading = entry.runtime_data.coordinator.data
    return bool(reading["contract"] is Contract.OFF_PEAK)


def _entities(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str]:
    """Return the enabled energies of a meter by key."""
    return {key: entity.entity_id for key, entity in enabled_entities(hass, entry)}


def _swaps(
    hass: HomeAssistant,
    entry: ConfigEntry,
    cloud: Cloud,
    sources: Sequence[Source],
) -> list[Swap]:
    """Return what of the dashboard is a cloud's, and what it becomes.

    Nothing where one of ours is there already: it would count twice.
    """
    entities, keys = _entities(hass, entry), cloud.keys(by_tariff=_by_tariff(entry))
    grid = [one for one in sources if one.get("type") == "grid"]
    shown = {str(one[name]) for one in grid for name in _WAYS if one.get(name)}
    ours = {entities.get(key) for key in (_TOTAL, _EXPORT, *_BY_TARIFF.values())}
    if shown & ours:
        return []
    registers = set(_BY_TARIFF.values())
    # What no register of now has, of a contract of before, stays
    stays = (
        _TOTAL if any(keys[one][-1] in registers for one in shown & keys.keys()) else ""
    )
    taken: set[str] = set()
    swaps: list[Swap] = []
    for source in grid:
        after = dict(source)
        for name in _WAYS:
            key = keys[source[name]][-1] if source.get(name) in keys else None
            if key in {None, stays} or (entity := entities.get(str(key))) is None:
                continue
            after[name] = None if entity in taken else entity
            taken.add(entity)
        if after != source:
            swaps.append(Swap(source, after if _counts(after) else None))
    return swaps


def _counts(source: Source) -> bool:
    return any(source.get(name) for name in (*_WAYS, "stat_rate", "power_config"))


def _swapped(sources: Sequence[Source], swaps: Sequence[Swap]) -> list[Source]:
    """Return sources with ours in place of a cloud's."""
    swapped: list[Source] = []
    for source in sources:
        after = next((one.after for one in swaps if one.before == source), source)
        if after is not None:
            swapped.append(after)
    return swapped


def _back(sources: Sequence[Source], swaps: Sequence[Swap]) -> list[Source]:
    """Return sources with a cloud's where the user left ours."""
    back = [dict(one) for one in sources]
    for before, after in swaps:
        if after is None:
            back.append(before)
            continue
        for source in back:
            if all(source.get(name) == after[name] for name in _WAYS):
                source.update({name: before[name] for name in _WAYS})
    return back


async def _note(
    hass: HomeAssistant, entry: ConfigEntry, cloud: Cloud, swaps: list[Swap]
) -> None:
    """Note what was replaced for a cloud, or forget it."""
    store = clouds_store(hass, entry.entry_id)
    noted = await store.async_load() or {}
    noted.pop(cloud.id, None)
    if swaps:
        noted[cloud.id] = swaps
    if not noted:
        await store.async_remove()
        return
    await store.async_save(
        {id_: [list(one) for one in some] for id_, some in noted.items()}
    )
