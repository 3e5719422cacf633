"""The sum of a register that another integration counted before, at the seam.

The recorder goes on with a sum by the difference to the row of five minutes before. That
row may be purged, and the old integration may have ended with a number that is not the
meter's: what was counted is taken from the two indexes instead, where a meter can have
counted it. All is in Wh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    get_metadata,
    statistics_during_period,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

from ..linky_tic.tic.judge.registers import Pace
from .correction import ROW, Correction, RegisterSum, is_same, row_of

_HOUR = timedelta(hours=1)
_WH = "Wh"


@dataclass(frozen=True)
class Seam:
    """What the statistics said last before a take-over, Wh."""

    at: datetime
    """When the old integration had stopped."""
    end: datetime
    """Until when its last row counts."""
    state: float
    total: float
    tolerance: float = 0.0
    """Half a step of what the old entity showed."""
    fill: bool = False
    """Whether what was counted without a reading is spread over its hours."""
    twin: str | None = None
    """Whose rows are put behind it: those of the entity that gave way."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self) | {"at": self.at.isoformat(), "end": self.end.isoformat()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Seam:
        """Return what ``as_dict`` gave; raises an error of some kind for all else."""
        at, end = (datetime.fromisoformat(data[name]) for name in ("at", "end"))
        if at.tzinfo is None or end.tzinfo is None:
            raise ValueError("A seam's time has no zone")
        return cls(
            at,
            end,
            float(data["state"]),
            float(data["total"]),
            float(data["tolerance"]),
            bool(data["fill"]),
            data["twin"],
        )

    def grown(self, state: float, end: datetime, pace: Pace) -> float | None:
        """Return what was counted up to an index, None if no meter can have."""
        growth = state - self.state
        most = pace.bound("", (end - self.end).total_seconds())
        if -self.tolerance <= growth <= most + self.tolerance:
            return max(0.0, growth)
        return None


def after_takeover(
    hass: HomeAssistant, statistic_id: str, unit: str, seam: Seam, pace: Pace
) -> Correction | None:
    """Return the correction where a register goes on under another integration.

    None while its row is not compiled. Runs in the recorder's executor.
    """
    register = RegisterSum(hass, statistic_id, unit)
    if (new := register.first_since(seam.at)) is None:
        return None
    begin = row_of(new[0])
    row = next((row for row in register.rows(begin) if row.start >= begin), None)
    if row is None:
        return None
    state, total = (_in_wh(value, unit) for value in (row.state, row.total))
    end = row.start + ROW
    before = _hours_of(hass, seam, row.start)
    if before:
        # Our own rows go on behind the seam, whatever they counted
        first, last = before[0], before[-1]
        base = seam.grown(first.state, first.end, pace) or 0.0
        counted = base + last.total - first.total + max(0.0, state - last.state)
        hours = [
            _Hour(one.start, one.state, seam.total + base + one.total - first.total)
            for one in before
        ]
    else:
        grown = seam.grown(state, end, pace)
        if grown is None:
            shown = register.states(seam.end, seam.at)
            grown = _in_wh(row.state - new[1], unit)
            if shown:
                grown += max(0.0, _in_wh(shown[-1], unit) - seam.state)
        counted = grown
        hours = _spread(seam, counted, row.start, end) if seam.fill else []
    expected = seam.total + counted
    same = is_same(expected, total, state)
    found = _missing(hass, statistic_id, hours)
    return Correction(
        row.start, 0 if same else expected - total, _WH, *(found or (None, ()))
    )


@dataclass(frozen=True)
class _Hour:
    start: datetime
    state: float
    total: float

    @property
    def end(self) -> datetime:
        return self.start + _HOUR


def _hours_of(hass: HomeAssistant, seam: Seam, until: datetime) -> list[_Hour]:
    """Return the full hours that our own entity counted after the seam."""
    if seam.twin is None:
        return []
    first, last = _next_hour(seam.end), until.replace(minute=0)
    if first >= last:
        return []
    found = statistics_during_period(
        hass, first, last, {seam.twin}, "hour", {"energy": _WH}, {"state", "sum"}
    )
    return [
        _Hour(dt_util.utc_from_timestamp(row["start"]), state, total)
        for row in found.get(seam.twin, [])
        if (state := row["state"]) is not None and (total := row["sum"]) is not None
    ]


def _spread(seam: Seam, counted: float, start: datetime, end: datetime) -> list[_Hour]:
    """Return the hours without a reading, as if all of it was counted evenly."""
    hours, hour = [], _next_hour(seam.end)
    while hour + _HOUR <= start.replace(minute=0):
        share = counted * ((hour + _HOUR - seam.end) / (end - seam.end))
        hours.append(_Hour(hour, seam.state + share, seam.total + share))
        hour += _HOUR
    return hours


def _missing(
    hass: HomeAssistant, statistic_id: str, hours: list[_Hour]
) -> tuple[StatisticMetaData, tuple[StatisticData, ...]] | None:
    """Return the rows of hours that have none, in the unit of the statistics."""
    found = get_metadata(hass, statistic_ids={statistic_id}).get(statistic_id)
    if not hours or found is None:
        return None
    metadata = found[1]
    rows = statistics_during_period(
        hass, hours[0].start, hours[-1].end, {statistic_id}, "hour", None, {"sum"}
    )
    there = {row["start"] for row in rows.get(statistic_id, [])}
    unit = metadata["unit_of_measurement"]
    convert = EnergyConverter.converter_factory(_WH, unit)
    missing = tuple(
        StatisticData(start=one.start, state=convert(one.state), sum=convert(one.total))
        for one in hours
        if one.start.timestamp() not in there
    )
    return (metadata, missing) if missing else None


def _next_hour(time: datetime) -> datetime:
    """Return the first full hour that is not before a time."""
    hour = time.replace(minute=0, second=0, microsecond=0)
    return hour if hour == time else hour + _HOUR


def _in_wh(energy: float, unit: str) -> float:
    return EnergyConverter.convert(energy, unit, _WH)
