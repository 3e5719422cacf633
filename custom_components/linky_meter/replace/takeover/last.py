"""What statistics and states say last of an entity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import func, select

from homeassistant.components.recorder import DOMAIN as RECORDER
from homeassistant.components.recorder.db_schema import Statistics
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    get_last_short_term_statistics,
    get_last_statistics,
    get_metadata,
)
from homeassistant.components.recorder.util import session_scope
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

from ..correction import number_of

_ROWS = (
    (get_last_statistics, timedelta(hours=1)),
    (get_last_short_term_statistics, timedelta(minutes=5)),
)
# ESPHome's numbers have 24 bits
_FLOAT_STEP = 8.0
_LOOK_BACK = 200
_UNKNOWN = {"unknown", "unavailable"}


@dataclass(frozen=True)
class Last:
    """The last that is known of an index, Wh."""

    end: datetime
    state: float
    total: float | None
    """None without a sum: it is a state's, no row's."""
    tolerance: float
    """Half a step of what is shown."""


async def async_last_rows(
    hass: HomeAssistant, entity_ids: Iterable[str]
) -> dict[str, Last | None]:
    """Return the last row of those that have statistics, None where it has no sum."""
    ids = set(entity_ids)
    # A set-up where nobody else reads the meter need not wait for the recorder
    if not ids or RECORDER not in hass.config.components:
        return {}
    instance = get_instance(hass)
    await instance.async_block_till_done()
    return await instance.async_add_executor_job(_last_rows, hass, ids)


async def async_since(
    hass: HomeAssistant, entity_ids: Iterable[str]
) -> dict[str, datetime]:
    """Return since when those that have statistics have them."""
    if RECORDER not in hass.config.components:
        return {}
    return await get_instance(hass).async_add_executor_job(
        _since, hass, set(entity_ids)
    )


def _since(hass: HomeAssistant, entity_ids: set[str]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    known = get_metadata(hass, statistic_ids=entity_ids)
    with session_scope(hass=hass, read_only=True) as session:
        for entity_id, (metadata_id, _) in known.items():
            first = select(func.min(Statistics.start_ts)).where(
                Statistics.metadata_id == metadata_id
            )
            if (start := session.scalar(first)) is not None:
                found[entity_id] = dt_util.utc_from_timestamp(start)
    return found


def _last_rows(hass: HomeAssistant, entity_ids: set[str]) -> dict[str, Last | None]:
    found: dict[str, Last | None] = {}
    for entity_id, (_, metadata) in get_metadata(
        hass, statistic_ids=entity_ids
    ).items():
        unit = metadata["unit_of_measurement"]
        found[entity_id] = None
        if not metadata["has_sum"] or unit not in EnergyConverter.VALID_UNITS:
            continue
        rows = [
            (row, dt_util.utc_from_timestamp(row["start"]) + length)
            for get, length in _ROWS
            for row in get(hass, _LOOK_BACK, entity_id, False, {"state", "sum"}).get(
                entity_id, []
            )
        ]
        if rows:
            found[entity_id] = _last_of(rows, unit)
    return found


def _last_of(
    rows: list[tuple[StatisticsRow, datetime]], unit: str | None
) -> Last | None:
    """Return the last row, as of when its index was first there.

    An integration may show for days what it read last.
    """
    rows.sort(key=lambda one: one[1], reverse=True)
    state, total = rows[0][0]["state"], rows[0][0]["sum"]
    if state is None or total is None:
        return None
    same = takewhile(lambda one: one[0]["state"] == state, rows)
    end = min(end for _, end in same)
    return Last(
        end,
        EnergyConverter.convert(state, unit, "Wh"),
        EnergyConverter.convert(total, unit, "Wh"),
        _half_step(f"{state:.6f}".rstrip("0"), unit),
    )


def value_of(state: State | None) -> str | None:
    """Return what a state shows, None for nothing."""
    return None if state is None or state.state in _UNKNOWN else state.state


def last_state(state: State | None, platform: str) -> Last | None:
    """Return the index that a state shows now."""
    unit = state.attributes.get("unit_of_measurement") if state else None
    if (
        state is None
        or unit not in EnergyConverter.VALID_UNITS
        or (number := number_of(state)) is None
    ):
        return None
    least = _FLOAT_STEP if platform == "esphome" else 0.0
    return Last(
        state.last_updated,
        EnergyConverter.convert(number, unit, "Wh"),
        None,
        max(least, _half_step(state.state, unit)),
    )


def _half_step(shown: str, unit: str | None) -> float:
    """Return half of the last digit that is shown, Wh."""
    decimals = len(shown.partition(".")[2])
    return float(EnergyConverter.convert(10.0**-decimals, unit, "Wh")) / 2
