"""Finds by what a sum of the long-term statistics is wrong.

To a sum Home Assistant adds what a register rose since the row of five minutes before,
takes off what it fell a little, and adds all of it when it fell by more than a tenth: a
replaced meter is a step. The row before is looked for among the rows of five minutes
only, which are purged after ten days: without one the sum begins at 0 again, which the
Energy dashboard shows as minus all that was ever counted. The last hourly row, which is
never purged, tells from where it should have gone on.

All is read from the database, so what was corrected is found no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
import math

from homeassistant.components.recorder.history import state_changes_during_period
from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    get_last_short_term_statistics,
    get_last_statistics,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter, ReactiveEnergyConverter

from ..linky_tic.tic.judge.registers import Pace

ROW = timedelta(minutes=5)
_HOUR = timedelta(hours=1)
_MOST_STATES = 50
# What adding floats may leave
_NOTHING = 1e-9


@dataclass(frozen=True)
class Correction:
    """What is wrong with a sum from a row on."""

    start: datetime
    """The row of five minutes."""
    size: float
    """What is to be added; 0 where the sum is right, or as the user made it."""
    unit: str
    metadata: StatisticMetaData | None = None
    rows: tuple[StatisticData, ...] = ()
    """Hours to be added before it, in the unit of the statistics."""


@dataclass(frozen=True)
class _Row:
    """A row of statistics of a register."""

    start: datetime
    state: float
    total: float


@dataclass(frozen=True)
class RegisterSum:
    """The sum of one register, in the unit of its state."""

    hass: HomeAssistant
    statistic_id: str
    unit: str

    def rows(self, since: datetime) -> list[_Row]:
        """Return the rows of five minutes since a time, and the one before."""
        return self._last(get_last_short_term_statistics, since, ROW)

    def reference(self, before: datetime) -> _Row | None:
        """Return the last hourly row from before the hour of a time."""
        hour = before.replace(minute=0, second=0, microsecond=0)
        rows = self._last(get_last_statistics, hour, _HOUR)
        return next((row for row in reversed(rows) if row.start < hour), None)

    def states(self, start: datetime, end: datetime) -> list[float]:
        """Return the numbers that were shown from one time to another."""
        return [number for _, number in self._numbers(start, end)]

    def first_since(self, start: datetime) -> tuple[datetime, float] | None:
        """Return the first number that was written after a time, and when."""
        numbers = self._numbers(start, None, limit=_MOST_STATES)
        return next((one for one in numbers if one[0] > start), None)

    def _numbers(
        self, start: datetime, end: datetime | None, limit: int | None = None
    ) -> list[tuple[datetime, float]]:
        found = state_changes_during_period(
            self.hass, start, end, self.statistic_id, no_attributes=True, limit=limit
        )
        return [
            (state.last_updated, number)
            for state in found.get(self.statistic_id, [])
            if (number := number_of(state)) is not None
        ]

    def _last(
        self,
        get: Callable[..., dict[str, list[StatisticsRow]]],
        since: datetime,
        length: timedelta,
    ) -> list[_Row]:
        """Return the rows since a time, and the one before, in order."""
        number = (dt_util.utcnow() - since) // length + 2
        found = get(self.hass, number, self.statistic_id, True, {"state", "sum"})
        return [
            _Row(dt_util.utc_from_timestamp(row["start"]), state, total)
            for row in reversed(found.get(self.statistic_id, []))
            if (state := row["state"]) is not None and (total := row["sum"]) is not None
        ]


def number_of(state: State) -> float | None:
    """Return the number that a state shows, None for none."""
    try:
        number = float(state.state)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def has_rows(hass: HomeAssistant, statistic_id: str) -> bool:
    """Return whether Home Assistant would go on with a sum. Runs in the executor."""
    return bool(get_last_short_term_statistics(hass, 1, statistic_id, False, {"sum"}))


def after_gap(
    hass: HomeAssistant, statistic_id: str, unit: str, since: datetime, pace: Pace
) -> Correction | None:
    """Return the correction where a register has a value again, since a time.

    None while its row is not compiled. Runs in the recorder's executor.
    """
    register = RegisterSum(hass, statistic_id, unit)
    begin = row_of(since)
    rows = register.rows(begin)
    if not rows or rows[-1].start < begin:
        return None
    row = rows[0]
    right = Correction(row.start, 0, unit)
    if row.start < begin or (old := register.reference(row.start)) is None:
        # It went on, or nothing was counted before
        return right
    end = row.start + ROW
    states = register.states(row.start, end)
    inside = row.state - states[0] if states else 0.0
    if not is_same(row.total, inside, row.state):
        # Not begun at 0: somebody adjusted it
        return right
    growth = row.state - old.state
    most = pace.bound("", (end - old.start).total_seconds())
    # Another meter's, if it is too much or less than nothing
    counted = growth if 0 <= _native(growth, unit) <= most else inside
    return _correction(row, old.total + counted, unit)


def after_replacement(
    hass: HomeAssistant, statistic_id: str, unit: str, since: datetime
) -> Correction | None:
    """Return the correction where the states since a time are another meter's.

    None while their row is not compiled. Runs in the recorder's executor.
    """
    register = RegisterSum(hass, statistic_id, unit)
    if (new := register.first_since(since)) is None:
        return None
    at, first = new
    begin = row_of(at)
    rows = register.rows(begin)
    row = next((row for row in rows if row.start >= begin), None)
    if row is None:
        return None
    before = [row for row in rows if row.start < begin]
    old = before[-1] if before else register.reference(row.start)
    if old is not None:
        states = register.states(old.start, since)
        counted, total = (states[-1] - old.state if states else 0.0), old.total
    else:
        # A sum begins at the first state
        states = register.states(row.start, since)
        if not states:
            return Correction(row.start, 0, unit)
        counted, total = states[-1] - states[0], 0.0
    counted += row.state - first
    return _correction(row, total + counted, unit)


def _correction(row: _Row, expected: float, unit: str) -> Correction:
    size = expected - row.total
    return Correction(
        row.start, 0 if is_same(expected, row.total, row.state) else size, unit
    )


def is_same(one: float, other: float, state: float) -> bool:
    """Return whether two sums differ by what floats leave only."""
    return abs(one - other) <= _NOTHING * max(1, abs(one), abs(other), abs(state))


def _native(energy: float, unit: str) -> float:
    """Return an energy in Wh or varh."""
    if unit in EnergyConverter.VALID_UNITS:
        return EnergyConverter.convert(energy, unit, "Wh")
    return ReactiveEnergyConverter.convert(energy, unit, "varh")


def row_of(time: datetime) -> datetime:
    """Return the start of the row in which a time is."""
    return time - timedelta(
        minutes=time.minute % 5, seconds=time.second, microseconds=time.microsecond
    )
