"""The CRE's open data: regulated prices of electricity, one file per option.

Form, as seen in copies of 2025 and 2026: ``;`` between columns, decimal comma, dates
DD/MM/YYYY, CRLF, some blank lines, rows without prices where an option was not sold,
amounts of 2 to 7 decimals; the last day is inclusive and empty on the newest rows. Fixed
parts are euros a year. The columns' names decide, not their order. (data.gouv's tabular
API swaps day and month of the first day: dates in any other form are refused.)
"""

from __future__ import annotations

from collections.abc import Mapping
import csv
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
import io

from ..calendar.calendars import BASE, OFF_PEAK, TEMPO
from ..errors import DamagedFileError, ImplausibleFileError, WrongFileError
from ..prices.regulated import Row, RowKey

_SITE = "https://www.cre.fr/fileadmin/Documents/Open_data/Marches_de_detail"
_LINKS = "https://www.data.gouv.fr/fr/datasets/r"


@dataclass(frozen=True, slots=True)
class CreFile:
    """A file of the CRE."""

    calendar: str
    urls: tuple[str, ...]
    """Where it is, and the link of data.gouv.fr that leads there."""
    columns: tuple[str, ...]
    """The prices, by index."""


_TEMPO_COLUMNS = ("HCBleu", "HPBleu", "HCBlanc", "HPBlanc", "HCRouge", "HPRouge")

FILES: dict[str, CreFile] = {
    file.calendar: file
    for file in (
        CreFile(
            BASE,
            (
                f"{_SITE}/Option_Base.csv",
                f"{_LINKS}/c13d05e5-9e55-4d03-bf7e-042a2ade7e49",
            ),
            ("PART_VARIABLE_TTC",),
        ),
        CreFile(
            OFF_PEAK,
            (
                f"{_SITE}/Option_HPHC.csv",
                f"{_LINKS}/f7303b3a-93c7-4242-813d-84919034c416",
            ),
            ("PART_VARIABLE_HC_TTC", "PART_VARIABLE_HP_TTC"),
        ),
        CreFile(
            TEMPO,
            (
                f"{_SITE}/Option_Tempo.csv",
                f"{_LINKS}/0c3d1d36-c412-4620-8566-e5cbb4fa2b5a",
            ),
            tuple(f"PART_VARIABLE_{name}_TTC" for name in _TEMPO_COLUMNS),
        ),
    )
}
"""By calendar. There is none for EJP."""

_START, _END, _POWER, _FIXED = "DATE_DEBUT", "DATE_FIN", "P_SOUSCRITE", "PART_FIXE_TTC"
_PRICES_BETWEEN = Decimal("0.03"), Decimal(2)
_FIXED_BETWEEN = Decimal(30), Decimal(3000)
_MOST_POWER = 36
_SPACES = str.maketrans("", "", " \t\u00a0\u202f")


def decode(data: bytes) -> str:
    """Return a file's text: UTF-8 with or without mark, UTF-16 with one, or Latin.

    Raise DamagedFileError for anything else.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DamagedFileError("It is no text")


def parse_file(text: str, calendar: str, source: str = "CRE") -> list[Row]:
    """Return the rows of a file, oldest first.

    Raise WrongFileError when a column is missing, DamagedFileError when a line cannot
    be read, ImplausibleFileError for prices that cannot be: then nothing of it counts.
    """
    columns = FILES[calendar].columns
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    rows: dict[RowKey, Row] = {}
    places: dict[str, int] | None = None
    try:
        for number, cells in enumerate(reader, 1):
            if not any(cell.strip() for cell in cells):
                continue
            if places is None:
                places = _places(cells, columns)
                continue
            if len(cells) <= max(places.values()):
                raise DamagedFileError(f"Line {number} is cut short")
            row = _row(
                {name: cells[place].strip() for name, place in places.items()},
                calendar,
                columns,
                source,
                number,
            )
            if row is None:
                continue
            if (other := rows.get(row.key)) is not None and other != row:
                raise DamagedFileError(f"Line {number} contradicts another")
            rows[row.key] = row
    except csv.Error as err:
        raise DamagedFileError(str(err)) from err
    if places is None or not rows:
        raise WrongFileError("It holds no prices")
    found = sorted(rows.values(), key=lambda row: (row.start, row.power))
    _check_order(found)
    return found


def _places(cells: list[str], columns: tuple[str, ...]) -> dict[str, int]:
    names = [cell.strip().upper() for cell in cells]
    wanted = (_START, _END, _POWER, _FIXED, *columns)
    found = {
        name: names.index(name.upper()) for name in wanted if name.upper() in names
    }
    if missing := [name for name in wanted if name not in found]:
        raise WrongFileError(f"It lacks {', '.join(missing)}")
    return found


def _row(
    cells: Mapping[str, str],
    calendar: str,
    columns: tuple[str, ...],
    source: str,
    number: int,
) -> Row | None:
    amounts = [cells[name] for name in (_FIXED, *columns)]
    if not cells[_POWER] or not all(amounts):
        return None
    try:
        fixed, *prices = [_amount(text) for text in amounts]
        start, end = _day(cells[_START]), cells[_END]
        last = _day(end) if end else None
        power = int(cells[_POWER])
    except (ValueError, InvalidOperation) as err:
        raise DamagedFileError(f"Line {number}: {err}") from err
    if not 1 <= power <= _MOST_POWER:
        raise ImplausibleFileError(f"Line {number}: {power} kVA")
    least, most = _PRICES_BETWEEN
    if not all(least < price < most for price in prices):
        raise ImplausibleFileError(f"Line {number}: a price per kWh")
    least, most = _FIXED_BETWEEN
    if not least < fixed < most:
        raise ImplausibleFileError(f"Line {number}: {fixed} euros a year")
    if last is not None and last < start:
        raise ImplausibleFileError(f"Line {number} ends before it starts")
    return Row(calendar, power, start, tuple(prices), last, fixed, None, source)


def _amount(text: str) -> Decimal:
    """Return a number with a decimal comma; raise InvalidOperation or ValueError."""
    plain = text.translate(_SPACES)
    if not plain.isascii() or not plain.replace(",", "", 1).isdigit():
        raise ValueError(f"{text!r} is no amount")
    return Decimal(plain.replace(",", "."))


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()


def _check_order(rows: list[Row]) -> None:
    """Raise ImplausibleFileError when two rows of a power hold the same day."""
    before: dict[int, Row] = {}
    for row in rows:
        old = before.get(row.power)
        # One without end is over when the next begins
        if old is not None and old.end is not None and old.end >= row.start:
            raise ImplausibleFileError(f"{row.power} kVA has two prices on {row.start}")
        before[row.power] = row
