"""How a load is, in words that need no knowledge of the manager."""

from __future__ import annotations

from datetime import datetime, timedelta

from .decision import LoadReport, LoadState, Numbers, Observation, Reason
from .record import REFUSED_SECONDS, Record


def report(
    record: Record, seen: Observation, now: datetime, lost: float | None
) -> LoadReport:
    """Return how a load is now; ``lost``: for how many seconds the meter is."""
    state, reason, seconds, numbers = _of(record, seen, now, lost)
    since = _time(record.since, now)
    return LoadReport(
        state,
        reason,
        since,
        None
        if seconds is None or since is None
        else since + timedelta(seconds=seconds),
        record.power or None,
        record.level,
        numbers,
    )


def _of(
    record: Record, seen: Observation, now: datetime, lost: float | None
) -> tuple[LoadState, Reason | None, float | None, Numbers]:
    """Return state, reason, the seconds that a minimum time has, and numbers."""
    load, at = record.load, now.timestamp()
    if seen.on is None:
        return LoadState.UNAVAILABLE, None, None, {}
    if record.disobeys(at):
        return LoadState.DISOBEYS, None, REFUSED_SECONDS, {}
    if record.shed:
        reason, seconds, numbers = _why_shed(record, at, lost)
        return LoadState.SHED, reason, seconds, numbers
    held = record.held(seen, now)
    if held is not None and (seen.on or held is not Reason.MIN_ON):
        seconds = load.min_on if held is Reason.MIN_ON else None
        comfort = seen.comfort if held is Reason.COMFORT else None
        return LoadState.HELD, held, seconds, _numbers("comfort", comfort)
    why: Reason | None = None
    if not seen.on:
        why = Reason.OFF
    elif record.level is not None:
        why = Reason.LOWERED
    elif record.by_hand:
        why = Reason.BY_HAND
    return LoadState.ALLOWED, why, None, {}


def _why_shed(
    record: Record, at: float, lost: float | None
) -> tuple[Reason, float | None, Numbers]:
    if record.pending is not None:
        return Reason.ORDERED, None, {}
    if lost is not None:
        return Reason.METER_LOST, None, {"seconds": round(lost)}
    if record.no_effect:
        return Reason.NO_EFFECT, None, {}
    if record.since is not None and at - record.since < record.load.min_off:
        return Reason.MIN_OFF, record.load.min_off, {}
    return Reason.WAITING, None, {"power": round(record.power)}


def _numbers(key: str, value: float | None) -> Numbers:
    return {} if value is None else {key: value}


def _time(at: float | None, now: datetime) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, now.tzinfo)
