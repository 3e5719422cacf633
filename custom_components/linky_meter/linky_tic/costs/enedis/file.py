"""Files of Enedis as they are downloaded: rows of one or several metering points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import BinaryIO

from ..calendar.days import PARIS
from ..errors import (
    EmptyFileError,
    ImplausibleFileError,
    NoUnitError,
    ProductionFileError,
    WrongFileError,
)
from .energy import MeterEnergy
from .layout import (
    CONSUMPTION,
    DATE,
    DIRECTION,
    END,
    FACTS,
    KIND,
    PRM,
    PRODUCTION,
    QUANTITY,
    STAMP,
    START,
    STEP,
    TOTAL,
    UNIT,
    VALUE,
    Preamble,
    Table,
    ends_table,
    nature_of,
    table_of,
)
from .text import TextRows, minutes_of, moments_of, thousandths_of, time_of
from .xlsx import MAGIC, rows_of

_UNITS = {"w": (1, True), "kw": (1000, True), "wh": (1, False), "kwh": (1000, False)}
"""How many W or Wh, and whether it is a power."""
_STEPS = (5, 10, 15, 30, 60)
_DAY = 24 * 60
_MOST_WATTS = 250_000
"""More than any meter of a household measures: the unit is another."""
_YEARS = range(2000, 2100)


type _About = tuple[MeterEnergy | None, tuple[int, bool] | None, int | None]
"""Whose a row is (nobody's where it is not wanted), its unit, and its step in minutes
where that is said."""


@dataclass
class EnedisFile:
    """What a file holds."""

    meters: dict[str, MeterEnergy] = field(repr=False, default_factory=dict)
    """By metering point; its number may be missing, and is private."""
    unread: int = 0
    """Rows of a table that could not be read."""


def read_file(file: BinaryIO) -> EnedisFile:
    """Return what a file holds, whatever its layout; it can be sought in.

    Raises a FileError: WrongFileError when no table is known, NoUnitError,
    ProductionFileError when there is nothing but energy fed in, EmptyFileError when
    there is no value, DamagedFileError and ImplausibleFileError.
    """
    reader = _Reader()
    head = file.read(len(MAGIC))
    file.seek(0)
    if head == MAGIC:
        reader.read_sheets(rows_of(file))
    else:
        text = TextRows(file)
        reader.read(text, text)
    return reader.found()


class _Reader:
    """Takes rows one after the other."""

    def __init__(self) -> None:
        self._file = EnedisFile()
        self._title = ""
        self._preamble = Preamble()
        self._table: Table | None = None
        self._tables, self._production = 0, False
        self._stamps = _Stamps(self._file)
        self._doubtful: dict[tuple[str, datetime], int] = {}
        self._last: datetime | None = None
        self._falls = False

    def read_sheets(self, rows: Iterable[tuple[str, list[str]]]) -> None:
        """Read a workbook, in which each sheet stands for itself."""
        for title, cells in rows:
            if title != self._title:
                self._title, self._table, self._preamble = title, None, Preamble()
            self._take(cells)
        self._stamps.flush()

    def read(self, rows: Iterable[list[str]], text: TextRows) -> None:
        """Read a file of text."""
        for cells in rows:
            self._take(cells, text)
        self._stamps.flush()

    def found(self) -> EnedisFile:
        """Return what was found; raise a FileError when that is nothing."""
        file = self._file
        file.meters = {prm: one for prm, one in file.meters.items() if not one.empty}
        if file.meters:
            return file
        if self._production:
            raise ProductionFileError("It holds energy that is fed in")
        if not self._tables:
            raise WrongFileError("It holds no table of Enedis")
        raise EmptyFileError("It holds no energy")

    def _take(self, cells: list[str], text: TextRows | None = None) -> None:
        if (first := next(filter(None, cells), None)) is None:
            return
        if self._table is not None and first[0].isdigit():
            self._take_row(self._table, cells, text)
        elif (table := table_of(cells)) is not None:
            self._begin(table)
        elif self._table is None or ends_table(cells):
            self._table = None
            self._preamble.take(cells)
        elif (preamble := Preamble()).take(cells):
            self._table, self._preamble = None, preamble
        else:
            self._take_row(self._table, cells, text)

    def _begin(self, table: Table) -> None:
        self._stamps.flush()
        self._table, self._last, self._falls = table, None, False
        self._stamps.are_ends = None
        self._tables += 1

    def _take_row(
        self, table: Table, cells: Sequence[str], text: TextRows | None
    ) -> None:
        """Take a row of values."""

        def cell(role: str) -> str:
            place = table.places.get(role)
            return cells[place] if place is not None and place < len(cells) else ""

        try:
            facts = {
                role: cells[place]
                for role, place in table.places.items()
                if role in FACTS
            }
            meter, unit, step = self._find(table, facts)
            if meter is None:
                return
            if TOTAL in table.places:
                self._take_registers(table, cells, meter, cell(STAMP) or cell(DATE))
            elif (value := thousandths_of(cell(VALUE))) is not None:
                if unit is None:
                    raise NoUnitError("It has no unit that is known")
                row = _Row(meter, value * unit[0], unit[1], step)
                if table.places.keys() & {STAMP, END} and START not in table.places:
                    self._take_stamp(table, row, cell(STAMP) or cell(END), text)
                elif START in table.places and END in table.places:
                    self._take_span(row, cell(START), cell(END))
                else:
                    self._take_date(row, cell(DATE) or cell(START))
        except (ValueError, OverflowError, IndexError) as err:
            if isinstance(err, NoUnitError | ImplausibleFileError):
                raise
            self._file.unread += 1

    def _find(self, table: Table, told: Mapping[str, str]) -> _About:
        """Return what a row is about, by its table and what it says of itself."""
        facts = {**self._preamble.facts, **told}
        texts = (facts.get(key, "") for key in (KIND, QUANTITY, DIRECTION))
        nature = nature_of(*texts, self._title)
        if nature is not CONSUMPTION:
            self._production |= nature is PRODUCTION
            return None, None, None
        prm = facts.get(PRM, "")
        meter = self._file.meters.setdefault(prm, MeterEnergy(prm))
        unit = _UNITS.get((table.unit or facts.get(UNIT, "")).casefold())
        return meter, unit, minutes_of(facts.get(STEP, ""))

    def _take_registers(
        self, table: Table, cells: Sequence[str], meter: MeterEnergy, when: str
    ) -> None:
        at = self._moment(when, meter.prm)
        columns = {0: table.places[TOTAL], **table.registers}
        for index, place in columns.items():
            value = thousandths_of(cells[place]) if place < len(cells) else None
            if at is not None and value is not None:
                meter.add_register(index, at, value // 1000)

    def _take_stamp(
        self, table: Table, row: _Row, when: str, text: TextRows | None
    ) -> None:
        if row.step == _DAY:
            self._take_date(row, when)
            return
        if self._stamps.are_ends is None:
            starts = STAMP in table.places and _are_starts(when, table, text)
            self._stamps.are_ends = not starts
        at = self._moment(when, row.meter.prm, row.amount == 0)
        if at is not None:
            self._stamps.take(row, int(at.timestamp()))

    def _take_span(self, row: _Row, start: str, end: str) -> None:
        """Take a row with both ends; without zones their clock may change between."""
        first = self._moment(start, row.meter.prm, row.amount == 0)
        if first is None:
            return
        begin, last = time_of(start)[0], time_of(end)[0]
        times = [last - begin]
        if last.utcoffset() is None:
            times += [moment - first for moment in moments_of(last)]
        lasts = [one for one in times if one > timedelta()]
        minutes = min(lasts) // timedelta(minutes=1) if lasts else 0
        if _DAY - 60 <= minutes <= _DAY + 60:
            self._take_date(row, start)
        elif minutes not in _STEPS or not row.add(int(first.timestamp()), minutes):
            self._file.unread += 1

    def _take_date(self, row: _Row, when: str) -> None:
        """Take a whole day."""
        at, timed = time_of(when)
        if row.is_power or at.year not in _YEARS or (timed and (at.hour or at.minute)):
            raise ValueError("It is no day")
        row.check(_DAY)
        row.meter.add_day(at.date(), row.amount * 60)

    def _moment(self, text: str, prm: str, nothing: bool = False) -> datetime | None:
        """Return the moment of a text; None: it does not exist, and nothing was then.

        Raise ValueError. A time that comes twice in October is first the one, then the
        other, as the rows rise or fall.
        """
        at, _ = time_of(text)
        if at.year not in _YEARS:
            raise ValueError("It is no year")
        if at.utcoffset() is not None:
            return at.astimezone(UTC)
        falls = self._last is not None and at < self._last
        moments = moments_of(at)
        if len(moments) == 1:
            self._last, self._falls = at, falls
            return moments[0]
        if not moments:
            return None if nothing else at.replace(tzinfo=PARIS).astimezone(UTC)
        times = self._doubtful.get((prm, at), 0)
        self._doubtful[prm, at] = times + 1
        return moments[(times + self._falls) % 2]


@dataclass(frozen=True)
class _Row:
    """A value, and whose it is."""

    meter: MeterEnergy
    amount: int
    """mW or mWh."""
    is_power: bool
    step: int | None
    """Minutes, where it is said."""

    def check(self, minutes: int) -> None:
        """Raise ImplausibleFileError for more than a meter can measure."""
        power = self.amount if self.is_power else self.amount * 60 // minutes
        if power > _MOST_WATTS * 1000:
            raise ImplausibleFileError("More than a household's meter measures")

    def add(self, start: int, minutes: int) -> bool:
        """Add it to its meter; return whether that could be."""
        self.check(minutes)
        amount = self.amount * (minutes if self.is_power else 60)
        return self.meter.add(start, minutes, amount)


class _Stamps:
    """Rows that tell one moment: how long each lasts is told by the next ones.

    The least distance between two of them in a day is the step of all these.
    """

    def __init__(self, file: EnedisFile) -> None:
        self.are_ends: bool | None = None
        self._file = file
        self._day: date | None = None
        self._rows: list[tuple[_Row, int]] = []
        self._step: int | None = None

    def take(self, row: _Row, at: int) -> None:
        """Take a row, in seconds since 1970."""
        day = datetime.fromtimestamp(at - bool(self.are_ends), PARIS).date()
        if self._rows and (day != self._day or row.meter is not self._rows[0][0].meter):
            self.flush()
        self._day = day
        self._rows.append((row, at))

    def flush(self) -> None:
        """Book what was taken."""
        times = sorted({at for _, at in self._rows if at % 300 == 0})
        least = min((b - a for a, b in pairwise(times)), default=0) // 60
        if least in _STEPS:
            self._step = least
        for row, at in self._rows:
            step = row.step or self._step
            start = at - (step or 0) * 60 * bool(self.are_ends)
            if step not in _STEPS or not row.add(start, step):
                self._file.unread += 1
        self._rows.clear()


def _are_starts(when: str, table: Table, text: TextRows | None) -> bool:
    """Return whether moments are those at which steps begin.

    Nearly all files tell their ends. One whose oldest row is of midnight and whose newest
    is not tells begins: files have whole days.
    """
    if text is None:
        return False
    first, last = time_of(when)[0], _last(text, table.places[STAMP])
    if last is None:
        return False
    oldest, newest = sorted(
        (at if at.utcoffset() is None else at.astimezone(PARIS)).replace(tzinfo=None)
        for at in (first, last)
    )
    return oldest.time() == time() != newest.time()


def _last(text: TextRows, place: int) -> datetime | None:
    """Return the moment of the last row."""
    for cells in reversed(text.last_rows()):
        if place < len(cells):
            try:
                return time_of(cells[place])[0]
            except ValueError:
                continue
    return None
