"""Finds the step that a replaced meter left in a sum of the long-term statistics.

Home Assistant adds to the sum what a register rose, takes off what it fell a little, and
adds all of it when it fell by more than a tenth. What is in the database tells which: the
two rows of five minutes before and after, and the last and first state of the meters. So
a step that was taken out is found no more, however often one looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
import math

from homeassistant.components.recorder.history import state_changes_during_period
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util

# Rows of five minutes are kept for ten days by default
_LOOK_BACK = timedelta(days=11)
_MOST_STATES = 50
# What adding floats may leave
_NOTHING = 1e-9


@dataclass(frozen=True)
class Step:
    """A step in a sum."""

    start: datetime
    """The row of five minutes in which it is."""
    size: float
    unit: str


def find_step(hass: HomeAssistant, statistic_id: str, since: datetime) -> Step | None:
    """Return the step at the first state after a time, of size 0 if there is none.

    None while its row is not compiled. Runs in the recorder's executor.
    """
    first = _first_number(
        state_changes_during_period(
            hass,
            since,
            entity_id=statistic_id,
            limit=_MOST_STATES,
            include_start_time_state=False,
        ).get(statistic_id, [])
    )
    if first is None:
        return None
    begin = _row_of(first.last_updated).timestamp()
    rows = statistics_during_period(
        hass,
        since - _LOOK_BACK,
        None,
        {statistic_id},
        "5minute",
        None,
        {"state", "sum"},
    ).get(statistic_id, [])
    row = next((row for row in rows if row["start"] >= begin), None)
    if row is None:
        return None
    start = dt_util.utc_from_timestamp(row["start"])
    before = [row for row in rows if row["start"] < begin]
    old = state_changes_during_period(
        hass,
        dt_util.utc_from_timestamp(before[-1]["start"]) if before else start,
        since,
        statistic_id,
        include_start_time_state=True,
    ).get(statistic_id, [])
    state, total = row["state"], row["sum"]
    if before:
        old_state, old_total = before[-1]["state"], before[-1]["sum"]
    else:
        # A sum begins at the first state
        zero = _first_number(old)
        old_state, old_total = (None if zero is None else float(zero.state)), 0.0
    unit = str(first.attributes.get("unit_of_measurement"))
    if state is None or total is None or old_state is None or old_total is None:
        return Step(start, 0, unit)
    last = _first_number(reversed(old))
    counted = float(last.state) - old_state if last is not None else 0.0
    counted += state - float(first.state)
    size = total - old_total - counted
    if abs(size) <= _NOTHING * max(1, abs(total), abs(state)):
        size = 0
    return Step(start, size, unit)


def _first_number(states: Iterable[State]) -> State | None:
    """Return the first state that is a number."""
    for state in states:
        try:
            if math.isfinite(float(state.state)):
                return state
        except ValueError:
            continue
    return None


def _row_of(time: datetime) -> datetime:
    """Return the start of the row in which a time is."""
    return time - timedelta(
        minutes=time.minute % 5, seconds=time.second, microseconds=time.microsecond
    )
