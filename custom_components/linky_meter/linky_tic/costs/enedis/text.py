"""Files of text: their coding, what stands between columns, times and numbers."""

from __future__ import annotations

from collections.abc import Iterator
import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
import io
import re
from typing import BinaryIO

from ..calendar.days import PARIS
from ..errors import DamagedFileError

_DELIMITERS = ";\t,"
_LOOKED_AT = 40
_LONGEST_LINE = 1 << 16
_FRENCH = re.compile(r"(\d\d)/(\d\d)/(\d{4})(?:[ T]+(\d\d?):(\d\d)(?::(\d\d))?)?")
_SERIAL = re.compile(r"[345]\d{4}(?:\.\d+)?")
_SERIAL_BEGINS = datetime(1899, 12, 30)
_STEP = re.compile(r"(?:PT)?(\d+)(?:M(?:IN)?)?|P(?:T?(\d+)H|(1)D)", re.IGNORECASE)
_SPACES = str.maketrans("", "", " \t\u00a0\u202f")


class TextRows:
    """The rows of a file of text, streamed. Raise DamagedFileError while they come."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        head = file.read(2)
        file.seek(0)
        self._utf_16 = head in {b"\xff\xfe", b"\xfe\xff"}
        lines = self._lines()
        sample = "".join(
            line for line, _ in zip(lines, range(_LOOKED_AT), strict=False)
        )
        if "\0" in sample:
            raise DamagedFileError("It is no text")
        self._delimiter = max(_DELIMITERS, key=sample.count)
        file.seek(0)

    def __iter__(self) -> Iterator[list[str]]:
        return self._split(self._lines())

    def last_rows(self) -> list[list[str]]:
        """Return rows of the file's end; where it is read does not change."""
        if self._utf_16:
            return []
        place = self._file.tell()
        size = self._file.seek(0, io.SEEK_END)
        self._file.seek(max(size - _LONGEST_LINE, 0))
        lines = self._file.read().splitlines()
        self._file.seek(place)
        return list(self._split(_decoded(line) for line in lines[-_LOOKED_AT:]))

    def _split(self, lines: Iterator[str]) -> Iterator[list[str]]:
        try:
            for cells in csv.reader(lines, delimiter=self._delimiter):
                yield [cell.strip() for cell in cells]
        except csv.Error as err:
            raise DamagedFileError("A line cannot be read") from err

    def _lines(self) -> Iterator[str]:
        if self._utf_16:
            # No such file is large; none was seen but from a spreadsheet
            yield from self._file.read().decode("utf-16", "replace").splitlines()
            return
        first = True
        while line := self._file.readline(_LONGEST_LINE):
            yield _decoded(line.removeprefix(b"\xef\xbb\xbf") if first else line)
            first = False


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def time_of(text: str) -> tuple[datetime, bool]:
    """Return a moment and whether a time of day was said; without a zone it is French.

    ISO 8601, the French way, or the number of a spreadsheet. Raise ValueError.
    """
    if match := _FRENCH.fullmatch(text):
        day, month, year, *clock = (int(part or 0) for part in match.groups())
        hour, minute, second = clock
        return datetime(year, month, day, hour, minute, second), bool(match[4])
    if _SERIAL.fullmatch(text):
        days = float(text)
        minutes = round(days * 24 * 60)
        return _SERIAL_BEGINS + timedelta(minutes=minutes), days % 1 != 0
    return datetime.fromisoformat(text), len(text) > len("2026-11-29")


def moments_of(local: datetime) -> tuple[datetime, ...]:
    """Return the moments that a French time without zone may be: none, one or two."""
    found = [local.replace(tzinfo=PARIS, fold=fold).astimezone(UTC) for fold in (0, 1)]
    if found[0] == found[1]:
        return (found[0],)
    if found[0] > found[1]:  # in March it is left out
        return ()
    return tuple(found)


def thousandths_of(text: str) -> int | None:
    """Return a number in thousandths, None where there is no value.

    Raise ValueError when it is no number from zero up.
    """
    text = text.translate(_SPACES)
    if text.upper() in {"", "NA", "N/A", "-", "NULL"}:
        return None
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
    if not value.is_finite() or value < 0:
        raise ValueError(f"{text!r} is no energy")
    return int((value * 1000).to_integral_value())


def minutes_of(text: str) -> int | None:
    """Return a step in minutes: 30, PT30M, PT1H or P1D; None where none is said."""
    match = _STEP.fullmatch(text.strip())
    if match is None:
        return None
    minutes, hours, days = (int(part or 0) for part in match.groups())
    return minutes or hours * 60 or days * 24 * 60
