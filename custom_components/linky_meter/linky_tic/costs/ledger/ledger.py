"""The energy ledger: Wh per French day, calendar and index.

It takes what the meter shows and books how much each register rose. A rise that cannot
be, a meter or calendar that changed, a clock that stepped, and time without readings
are each treated and told. The caller keeps it (``as_dict``) and brings it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from ..calendar.calendars import calendar_key
from ..calendar.days import DAY, Month, day_of, length, share, slices, utc
from ..errors import CorruptStoreError, refusing, spared
from .peaks import Peak
from .registers import Origin, Registers, Rise, cap
from .rows import DayRow, Flag, FoldedMonth, Key, whole
from .samples import Booking, Event, Fed, Note, Sample

VERSION = 1

_CONTINUOUS = timedelta(minutes=10)
_LONGEST_GAP = timedelta(days=3 * 366)
_STEP = timedelta(minutes=1)
_PATIENCE = timedelta(minutes=15)
_NONE = timedelta()


@dataclass
class Ledger:
    """Energy by day; ``feed`` it with every reading."""

    days: dict[date, DayRow] = field(default_factory=dict)
    months: dict[Month, FoldedMonth] = field(default_factory=dict)
    """Months whose rows are gone."""
    epochs: list[tuple[date, str]] = field(default_factory=list)
    """From which day on which calendar was in force."""
    powers: list[tuple[date, int]] = field(default_factory=list)
    """From which day on which power was subscribed, kVA, as far as the meter told."""
    serial: str = ""
    registers: Registers = field(default_factory=Registers)
    export: Registers = field(default_factory=Registers)
    """The register of what is fed in, as index 1."""
    last: datetime | None = None
    """When the last sample was booked, UTC."""
    began: Origin | None = None
    """Its first sample; None in one that was kept before this was."""
    _uptime: float | None = field(default=None, compare=False)
    _doubt: datetime | None = field(default=None, compare=False)

    @property
    def calendar(self) -> str | None:
        """The calendar in force now."""
        return self.epochs[-1][1] if self.epochs else None

    @property
    def power(self) -> int | None:
        """The subscribed power now, kVA."""
        return self.powers[-1][1] if self.powers else None

    def copy(self) -> Ledger:
        """Return one to read from, which stays as this is now."""
        return Ledger(
            {day: row.copy() for day, row in self.days.items()},
            dict(self.months),
            list(self.epochs),
            list(self.powers),
            last=self.last,
            began=self.began,
        )

    def feed(self, sample: Sample) -> Fed:
        """Book what the registers counted since the sample before.

        Raise NaiveTimeError when its time has no zone.
        """
        at, notes = utc(sample.at), list[Note]()
        if self.last is None:
            self._begin(sample, at)
            return Fed()
        if sample.serial and self.serial and sample.serial != self.serial:
            self._begin(sample, at)
            self._row(day_of(at)).flags.add(Flag.METER_CHANGED)
            return Fed(notes=(Note(Event.METER_CHANGED),))
        since = self._since(self.last, sample, at, notes)
        if since is None or not self.registers.total_agrees(sample, notes):
            return Fed(notes=tuple(notes))
        self.serial = sample.serial or self.serial
        calendar = self.calendar or ""
        bookings = [
            self._book(rise, at, calendar)
            for rise in self.registers.take(sample, at, notes)
        ]
        self._book_export(sample, at)
        self._cover(since, at, notes)
        self._keep_power(sample, at)
        self._keep_load(sample, at, self.last)
        self._keep_subscribed(sample, day_of(at))
        self._flag(at, notes, Event.SPIKE_DROPPED, Flag.SPIKE)
        if (new := calendar_key(sample.calendar)) != calendar:
            _change(self.epochs, day_of(at), new)
            notes.append(Note(Event.CALENDAR_CHANGED))
            self._flag(at, notes, Event.CALENDAR_CHANGED, Flag.CALENDAR_CHANGED)
        self.last, self._uptime = at, sample.uptime
        return Fed(tuple(bookings), tuple(notes))

    def backfill(self, day: date, calendar: str, energy: Mapping[int, int]) -> bool:
        """Take the energy of a whole day, Wh by index, from before the ledger began.

        Return whether it was taken: a day that has a row keeps it.
        """
        row = self.days.get(day) or DayRow()
        if row.energy or row.covered or Month.of(day) in self.months:
            return False
        key = calendar_key(calendar)
        if not self.epochs or day < self.epochs[0][0]:
            if self.epochs and self.epochs[0][1] == key:
                self.epochs[0] = (day, key)
            else:
                self.epochs.insert(0, (day, key))
        self.days[day] = DayRow(
            {Key(key, index): wh for index, wh in energy.items()},
            row.max_power,
            length(day),
            {Flag.BACKFILLED},
            row.peak,
            row.exported,
        )
        return True

    def _row(self, day: date) -> DayRow:
        if (row := self.days.get(day)) is None:
            row = self.days[day] = DayRow()
        return row

    def _flag(self, at: datetime, notes: list[Note], event: Event, flag: Flag) -> None:
        if any(note.event is event for note in notes):
            self._row(day_of(at)).flags.add(flag)

    def _begin(self, sample: Sample, at: datetime) -> None:
        """Take the registers as they are: a first sample, or another meter."""
        if self.last is None:
            self.began = Origin(at, dict(sample.indexes))
        self.serial = sample.serial
        self.registers.begin(sample, at)
        self.export = Registers()
        self._book_export(sample, at)
        self.last, self._uptime, self._doubt = at, sample.uptime, None
        _change(self.epochs, day_of(at), calendar_key(sample.calendar))
        self._keep_power(sample, at)
        self._keep_subscribed(sample, day_of(at))

    def _keep_load(self, sample: Sample, at: datetime, since: datetime) -> None:
        """Note how loaded the connection is, on the day on which it was."""
        load = sample.load
        if load is None or (when := _when(load.at, at)) is None:
            return
        row = self._row(day_of(when))
        row.peak = row.peak or Peak()
        row.peak.take(load, at, since)

    def _keep_subscribed(self, sample: Sample, day: date) -> None:
        """Note a change of the subscribed power."""
        if sample.power is not None and (kva := round(sample.power / 1000)) > 0:
            _change(self.powers, day, kva)

    def _since(
        self, last: datetime, sample: Sample, at: datetime, notes: list[Note]
    ) -> datetime | None:
        """Return when the sample before was, None while that is not known.

        While the program runs, its steady clock tells a step of the wall clock; a jump
        forward with more energy than such a moment can have was a sleep of the machine.
        Over a restart, a clock that went back or far ahead is doubted for a while.
        """
        wall = at - last
        if sample.uptime is not None and self._uptime is not None:
            steady = timedelta(seconds=max(sample.uptime - self._uptime, 0.0))
            small = abs(wall - steady) <= _STEP
            most = cap(sample.power, steady)
            if wall < _NONE or (
                not small
                and (wall < steady or self.registers.whole_rise(sample) <= most)
            ):
                if not small:
                    notes.append(Note(Event.CLOCK_STEPPED))
                    self._flag(at, notes, Event.CLOCK_STEPPED, Flag.CLOCK_STEPPED)
                return self._moved(wall - steady)
        elif -_STEP <= wall < _NONE:
            return self._moved(wall)
        if _NONE <= wall <= _LONGEST_GAP:
            self._doubt = None
            return last
        if self._doubt is None or not _NONE <= at - self._doubt <= DAY:
            self._doubt = at
            notes.append(Note(Event.CLOCK_DOUBTED))
            return None
        if at - self._doubt < _PATIENCE:
            return None
        if wall > _LONGEST_GAP:
            self._begin(sample, at)
            notes.append(Note(Event.GAP_TOO_LONG))
            return None
        notes.append(Note(Event.CLOCK_STEPPED))
        self._flag(at, notes, Event.CLOCK_STEPPED, Flag.CLOCK_STEPPED)
        return self._moved(self._doubt - last)

    def _moved(self, step: timedelta) -> datetime:
        """Move all that was seen, as the clock has moved; return the last moment."""
        assert self.last is not None
        self.last += step
        self.registers.shift(step)
        self.export.shift(step)
        self._doubt = None
        return self.last

    def _book(self, rise: Rise, at: datetime, calendar: str) -> Booking:
        key = Key(calendar, rise.index)
        for day, part in _by_day(rise, at):
            self._row(day).add(key, part)
        return Booking(rise.since, at, key, rise.wh)

    def _book_export(self, sample: Sample, at: datetime) -> None:
        """Book what was fed in; how much may be has nothing to do with what is drawn."""
        if sample.exported is None:
            return
        shown = Sample(at, sample.calendar, {1: sample.exported})
        for rise in self.export.take(shown, at, []):
            for day, part in _by_day(rise, at):
                self._row(day).exported += part

    def _cover(self, since: datetime, at: datetime, notes: list[Note]) -> None:
        """Note which time was observed, and which days share a gap."""
        parts = slices(since, at)
        gap = at - since > _CONTINUOUS
        if gap:
            notes.append(Note(Event.GAP))
        for day, spent in parts:
            row = self._row(day)
            row.covered = min(row.covered + spent, length(day))
            if gap and len(parts) > 1:
                row.flags.add(Flag.INTERPOLATED)

    def _keep_power(self, sample: Sample, at: datetime) -> None:
        when = _when(sample.max_power_at, at)
        if sample.max_power is None or when is None:
            return
        row = self._row(day_of(when))
        row.max_power = max(row.max_power or 0, sample.max_power)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "version": VERSION,
            "serial": self.serial,
            "last": self.last.isoformat() if self.last else None,
            "began": self.began.as_dict() if self.began else None,
            "registers": self.registers.as_dict(),
            "export": self.export.as_dict(),
            "epochs": [[day.isoformat(), calendar] for day, calendar in self.epochs],
            "powers": [[day.isoformat(), power] for day, power in self.powers],
            "days": {
                day.isoformat(): row.as_dict() for day, row in sorted(self.days.items())
            },
            "months": {
                str(month): folded.as_dict()
                for month, folded in sorted(self.months.items())
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Ledger:
        """Return what ``as_dict`` gave; raise CorruptStoreError for anything else."""
        with refusing(CorruptStoreError, "ledger"):
            _check_version(data["version"])
            last, began = data["last"], data.get("began")
            return cls(
                days={
                    date.fromisoformat(day): DayRow.from_dict(row)
                    for day, row in data["days"].items()
                },
                months={
                    Month.parse(month): FoldedMonth.from_dict(folded)
                    for month, folded in data["months"].items()
                },
                epochs=sorted(
                    (date.fromisoformat(day), str(calendar))
                    for day, calendar in data["epochs"]
                ),
                # Not in what was kept before powers were
                powers=spared(lambda: _powers(data["powers"]), []),
                serial=str(data["serial"]),
                registers=Registers.from_dict(data["registers"]),
                # Not in what was kept before exported energy was
                export=spared(lambda: Registers.from_dict(data["export"]), Registers()),
                last=None if last is None else utc(datetime.fromisoformat(last)),
                began=None if began is None else Origin.from_dict(began),
            )


def _change[T](rows: list[tuple[date, T]], day: date, value: T) -> None:
    """Note what holds from a day on; the last one of a day is that day's."""
    if rows and rows[-1][1] == value:
        return
    while rows and rows[-1][0] >= day:
        rows.pop()
    if not rows or rows[-1][1] != value:
        rows.append((day, value))


def _when(told: datetime | None, at: datetime) -> datetime | None:
    """Return when the greatest power of a day was, None where that cannot be.

    The meter's clock may lag: after midnight it still shows the day before.
    """
    when = at if told is None or told.utcoffset() is None else told
    return when if abs(when - at) <= 2 * DAY else None


def _by_day(rise: Rise, at: datetime) -> Iterator[tuple[date, int]]:
    """Yield what a register counted on each day until a moment."""
    parts = slices(rise.since, at)
    shares = share(rise.wh, [spent for _, spent in parts])
    for (day, _), part in zip(parts, shares, strict=True):
        yield day, part


def _powers(data: Iterable[tuple[str, Any]]) -> list[tuple[date, int]]:
    return sorted((date.fromisoformat(day), whole(power)) for day, power in data)


def _check_version(version: object) -> None:
    if version != VERSION:
        raise CorruptStoreError(f"Version {version!r}")
