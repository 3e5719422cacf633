"""What the grid did to a house: outages, and voltage outside of what is owed.

In France 230 V within 10 % is owed, as the mean of each ten minutes (EN 50160; arrêté of
24 December 2007). A standard-mode meter tells these means itself (UMOYi), and the voltage
of a second (URMSi) in each frame.

A meter without power says nothing, and neither does a modem that was pulled out. The
energy index tells them apart: a house that was supplied went on with its base load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from ..costs.calendar.days import Month, day_of, slices, utc
from ..costs.errors import CorruptStoreError, refusing
from ..tic.state.memory import Memory

LOWEST, HIGHEST = 207, 253
"""V, of 230 V."""
MEAN = timedelta(minutes=10)
"""Of one mean voltage (54E, section 6.2.3: at its publication)."""
KEPT = timedelta(days=3 * 365)
MOST = 1000
"""Incidents; the oldest go first."""
GAP = timedelta(seconds=20)
"""Without a reading for longer, something was read no more."""
_SECOND = timedelta(seconds=1)
_SAME = timedelta(minutes=2)
"""Excursions of the voltage that are no further apart are one."""
_LEAST_WH = 3.0
_FLAT = 0.3
_OF_BASE_LOAD = 0.7
"""What a house uses at least, of its base load."""


class Kind(StrEnum):
    """What happened."""

    OUTAGE = "outage"
    MEAN_LOW = "mean_low"
    MEAN_HIGH = "mean_high"
    LOW = "low"
    """For seconds."""
    HIGH = "high"


_MEANS = {Kind.MEAN_LOW, Kind.MEAN_HIGH}


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happened, between two moments in UTC."""

    kind: Kind
    start: datetime
    end: datetime
    phase: int | None = None
    volts: int | None = None
    """The furthest from 230 V."""
    at_least: int | None = None
    """Seconds, of an outage of which the beginning is not known."""
    unsure: bool = False
    """Whether the program had no power either: it may have been the house's own breaker."""

    @property
    def seconds(self) -> int:
        """How long it lasted, at least."""
        if self.at_least is not None:
            return self.at_least
        return round((self.end - self.start).total_seconds())

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        found: dict[str, Any] = {
            "kind": str(self.kind),
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
        }
        for name in ("phase", "volts", "at_least"):
            if (value := getattr(self, name)) is not None:
                found[name] = value
        return found | ({"unsure": True} if self.unsure else {})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Incident:
        """Return what ``as_dict`` gave; raise what is wrong."""
        numbers = {
            name: None if data.get(name) is None else int(data[name])
            for name in ("phase", "volts", "at_least")
        }
        return cls(
            Kind(data["kind"]),
            utc(datetime.fromisoformat(data["start"])),
            utc(datetime.fromisoformat(data["end"])),
            **numbers,
            unsure=data.get("unsure") is True,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a meter said at a moment."""

    at: datetime
    """By our clock, UTC."""
    wh: int
    clock: datetime | None = None
    """By the meter's, in standard mode."""
    power: float | None = None
    """What was drawn, VA or W."""


def last_seen(memory: Memory) -> Seen | None:
    """Return what a meter said last before a restart, None where nothing is known."""
    known = max(
        memory.indexes.registers.values(), key=lambda one: one.wall, default=None
    )
    if known is None or memory.shown is None:
        return None
    clock = None if known.clock is None else datetime.fromtimestamp(known.clock, UTC)
    return Seen(datetime.fromtimestamp(known.wall, UTC), memory.shown, clock)


@dataclass
class SupplyLog:
    """The incidents of one meter, the oldest first."""

    since: datetime | None = None
    """When it began to look."""
    incidents: list[Incident] = field(default_factory=list)
    unread: dict[date, int] = field(default_factory=dict)
    """Seconds of each day in which nobody looked."""
    unread_months: dict[Month, int] = field(default_factory=dict)
    """The same of months, from before it was kept by day."""
    _open: dict[tuple[bool, int], Incident] = field(default_factory=dict)

    def second(self, at: datetime, phase: int, volts: int) -> Incident | None:
        """Take a voltage outside of what is owed; return the incident if it is new."""
        return self._voltage(
            Kind.LOW if volts < LOWEST else Kind.HIGH, at, at, phase, volts
        )

    def mean(self, end: datetime, phase: int, volts: int) -> Incident | None:
        """Take such a mean of ten minutes; return the incident if it is new."""
        kind = Kind.MEAN_LOW if volts < LOWEST else Kind.MEAN_HIGH
        return self._voltage(kind, end - MEAN, end, phase, volts)

    def _voltage(
        self, kind: Kind, start: datetime, end: datetime, phase: int, volts: int
    ) -> Incident | None:
        """Go on with an incident, or begin one."""
        lasting = kind in _MEANS
        start, end = utc(start), utc(end)
        known = self._open.get((lasting, phase))
        if known is None or known.kind is not kind or start - known.end > _SAME:
            new = Incident(kind, start, end, phase, volts)
            self._open[lasting, phase] = new
            self._add(new)
            return new
        assert known.volts is not None
        further = (max if kind in {Kind.HIGH, Kind.MEAN_HIGH} else min)(
            known.volts, volts
        )
        if end > known.end or further != known.volts:
            longer = replace(known, end=max(end, known.end), volts=further)
            self._open[lasting, phase] = longer
            self.incidents = [longer if one is known else one for one in self.incidents]
        return None

    def gap(
        self, before: Seen, after: Seen, base_load: float | None, *, restarted: bool
    ) -> Incident | None:
        """Take two readings with none between; return the outage, if it was one.

        ``base_load`` in W is what a house goes on with; ``restarted`` tells that the
        program did not run all the time.
        """
        seconds = (after.at - before.at).total_seconds()
        start, end = before.at, after.at
        if before.clock is not None and after.clock is not None:
            # A machine that lost its power may have lost the time too; the meter has not
            start, end = utc(before.clock), utc(after.clock)
            seconds = (end - start).total_seconds()
        if seconds < GAP.total_seconds():
            return None
        base = (base_load or 0.0) * _OF_BASE_LOAD
        if before.power is not None:
            # The sun may have covered what was used
            base = min(base, before.power)
        owed, rise = base * seconds / 3600, after.wh - before.wh
        if rise < 0 or owed < _LEAST_WH or rise > owed * (1 if restarted else _FLAT):
            for day, spent in slices(start, end):
                self.unread[day] = self.unread.get(day, 0) + spent // _SECOND
            self._forget_unread(end - KEPT)
            return None
        # As long as it was supplied it used its base load: what it used tells how long
        dark = round(seconds - rise / base * 3600) if restarted else None
        if dark is not None and dark < GAP.total_seconds():
            return None
        found = Incident(Kind.OUTAGE, start, end, at_least=dark, unsure=restarted)
        self._add(found)
        return found

    def begin(self, at: datetime) -> None:
        """Begin to look, if it is the first time."""
        self.since = self.since or utc(at)

    def between(self, start: datetime, end: datetime) -> list[Incident]:
        """Return the incidents of a time, the oldest first."""
        return sorted(
            (one for one in self.incidents if one.end >= start and one.start < end),
            key=lambda one: one.start,
        )

    def _add(self, incident: Incident) -> None:
        oldest = incident.end - KEPT
        kept = [one for one in self.incidents if one.end >= oldest]
        self.incidents = [*kept[-(MOST - 1) :], incident]
        if self.since is not None and self.since < oldest:
            self.since = oldest
        if len(kept) >= MOST:
            self.since = self.incidents[0].start
        self._forget_unread(oldest)

    def _forget_unread(self, oldest: datetime) -> None:
        first = day_of(oldest)
        self.unread = {day: s for day, s in self.unread.items() if day >= first}
        months, month = self.unread_months, Month.of(first)
        self.unread_months = {one: s for one, s in months.items() if one >= month}

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "since": self.since.isoformat() if self.since else None,
            "incidents": [one.as_dict() for one in self.incidents],
            "unread": {str(month): s for month, s in self.unread_months.items()},
            "unread_days": {str(day): spent for day, spent in self.unread.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SupplyLog:
        """Return what ``as_dict`` gave; raise CorruptStoreError."""
        with refusing(CorruptStoreError, "the supply log"):
            since = data["since"]
            log = cls(
                utc(datetime.fromisoformat(since)) if since else None,
                [Incident.from_dict(one) for one in data["incidents"]],
                {
                    date.fromisoformat(text): int(spent)
                    for text, spent in data.get("unread_days", {}).items()
                },
                {
                    Month.parse(text): int(spent)
                    for text, spent in data["unread"].items()
                },
            )
        # The meter may still tell the mean of the ten minutes before
        log._open = {
            (one.kind in _MEANS, one.phase): one
            for one in log.incidents
            if one.phase is not None
        }
        return log
