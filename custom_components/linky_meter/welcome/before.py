"""What only the total counted, before a meter was shown by tariff.

A meter with one tariff is shown by its total. Once it has several, their registers take
the total's place, and begin with nothing: next to them the total would count twice, and
without it the dashboard had no past. What the total counted while a register was not
recorded becomes a statistic of its own, which never grows, and a source beside them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_metadata,
    statistics_during_period,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

from ..const import DOMAIN
from ..replace.correction import number_of
from ..replace.energy_preferences import Source
from ..words import Words
from .sources import source_of

BEFORE = "before"
"""Its key among the sources that are ours."""
_KWH = "kWh"
# Registers are not written in the same moment: a difference so small is none
_SHARE, _LEAST = 0.02, 0.01


@dataclass(frozen=True)
class Before:
    """A source that never grows, and the statistics that are behind it."""

    source: Source
    statistics: tuple[tuple[StatisticMetaData, list[StatisticData]], ...]

    @callback
    def async_write(self, hass: HomeAssistant) -> None:
        """Write the statistics anew."""
        get_instance(hass).async_clear_statistics(
            [metadata["statistic_id"] for metadata, _ in self.statistics]
        )
        for metadata, rows in self.statistics:
            async_add_external_statistics(hass, metadata, rows)


def statistic_of(total: str) -> str:
    """Return the id of what was before, by the entity of the total."""
    return f"{DOMAIN}:{total.partition('.')[2]}_before"


async def async_before(
    hass: HomeAssistant,
    entry: ConfigEntry,
    total: str,
    cost: str | None,
    wanted: Mapping[str, Source],
) -> Before | None:
    """Return what only the total counted, and what it cost; None where it is nothing.

    ``wanted`` are the registers' sources that are to be shown.
    """
    registers, costs = (
        {str(source[name]) for source in wanted.values() if source[name]}
        for name in ("stat_energy_from", "stat_cost")
    )
    shown = _shown(hass, total)

    def look() -> tuple[list[StatisticData], list[StatisticData], str | None]:
        energy = _rest(hass, total, registers, shown)
        known = get_metadata(hass, statistic_ids={cost}) if cost else {}
        if not energy or cost is None or cost not in known or cost in costs:
            return energy, [], None
        spent = _rest(hass, cost, costs, None)
        return energy, spent, known[cost][1]["unit_of_measurement"]

    energy, spent, currency = await get_instance(hass).async_add_executor_job(look)
    if not energy:
        return None
    words = await Words.async_of(hass)

    def metadata(
        suffix: str, unit: str | None, unit_class: str | None
    ) -> StatisticMetaData:
        return StatisticMetaData(
            has_sum=True,
            mean_type=StatisticMeanType.NONE,
            name=words.say(f"energy_before{suffix}", name=entry.title),
            source=DOMAIN,
            statistic_id=statistic_of(total) + suffix,
            unit_class=unit_class,
            unit_of_measurement=unit,
        )

    found = [(metadata("", _KWH, "energy"), energy)]
    if spent:
        found.append((metadata("_cost", currency, None), spent))
    ids = [one["statistic_id"] for one, _ in found]
    return Before(source_of(ids[0], (*ids, None)[1]), tuple(found))


def _rest(
    hass: HomeAssistant, whole: str, parts: Collection[str], shown: float | None
) -> list[StatisticData]:
    """Return the sums of what a statistic has in hours that a part of it has not.

    With what it counted since the last hour, by what it shows now in kWh, where no part
    has counted yet. Runs in the recorder's executor.
    """
    found = statistics_during_period(
        hass,
        dt_util.utc_from_timestamp(0),
        None,
        {whole, *parts},
        "hour",
        {"energy": _KWH},
        {"change", "state"},
    )
    rows = found.get(whole, [])
    known = [
        {row["start"]: row["change"] or 0.0 for row in found.get(one, [])}
        for one in parts
    ]
    hours: dict[float, float] = {}
    for row in rows:
        start, counted = row["start"], row["change"] or 0.0
        rest = counted - sum(one.get(start, 0.0) for one in known)
        if not all(start in one for one in known) and rest > _SHARE * counted + _LEAST:
            hours[start] = rest
    if rows and shown is not None and not any(known):
        last = rows[-1]
        since = shown - (last["state"] or shown)
        if since > 0:
            hours[_hour_of_now().timestamp()] = since
    sums, total = [], 0.0
    for start, rest in sorted(hours.items()):
        total += rest
        at = dt_util.utc_from_timestamp(start)
        sums.append(StatisticData(start=at, state=total, sum=total))
    return sums


def _hour_of_now() -> datetime:
    return dt_util.utcnow().replace(minute=0, second=0, microsecond=0)


def _shown(hass: HomeAssistant, entity_id: str) -> float | None:
    """Return what an energy shows now, kWh."""
    state = hass.states.get(entity_id)
    if state is None or (number := number_of(state)) is None:
        return None
    unit = state.attributes.get("unit_of_measurement")
    return EnergyConverter.convert(number, unit, _KWH)
