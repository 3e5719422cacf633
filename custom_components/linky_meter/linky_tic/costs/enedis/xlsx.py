"""Workbooks, as far as the text of their cells goes.

Enedis has given nothing else since 2024, and Home Assistant has no library for them. A
workbook is a ZIP file with XML in it (ECMA-376, part 1, section 18): text stands in a
table that all sheets share, numbers and dates in the cells. What is read is bounded, and
XML that defines entities of its own is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
import re
from typing import IO, BinaryIO, override
from xml.parsers.expat import ExpatError, ParserCreate
import zipfile
import zlib

from ..errors import DamagedFileError, WrongFileError

MAGIC = b"PK\x03\x04"

_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"
_CHUNK = 1 << 16
_MOST_BYTES = 1 << 30
_MOST_SHARED = 1 << 25
_MOST_COLUMNS = 200
_COLUMN = re.compile(r"[A-Z]+")

type _Start = Callable[[str, Mapping[str, str]], None]
type _End = Callable[[str], None]


def rows_of(file: BinaryIO) -> Iterator[tuple[str, list[str]]]:
    """Yield the rows of all sheets in their order, each with the name of its sheet.

    Raise WrongFileError for another kind of document, DamagedFileError for one that
    cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as book:
            if "xl/workbook.xml" not in book.namelist():
                raise WrongFileError("It is no workbook")
            if sum(info.file_size for info in book.infolist()) > _MOST_BYTES:
                raise DamagedFileError("It is too large")
            shared = _shared(book)
            for name, part in _parts(book):
                for row in _rows(book, part, shared):
                    yield name, row
    except (
        zipfile.BadZipFile,
        zlib.error,
        ExpatError,
        EOFError,
        KeyError,
        ValueError,
        RuntimeError,  # it is encrypted, or packed in a way that is not known
    ) as err:
        if isinstance(err, WrongFileError | DamagedFileError):
            raise
        raise DamagedFileError("The workbook cannot be read") from err


def _parse(part: IO[bytes], start: _Start, end: _End) -> _Text:
    """Return what parses a part; tags have no namespace, attributes have."""
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    text = _Text(part, parser.Parse)

    def opened(name: str, attributes: dict[str, str]) -> None:
        text.taken.clear()
        start(name.rpartition(" ")[2], attributes)

    parser.StartElementHandler = opened
    parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = text.taken.append
    parser.StartDoctypeDeclHandler = _refuse
    return text


def _refuse(*_: object) -> None:
    raise DamagedFileError("It defines a document type")


class _Text:
    """The text since the last tag was opened, and what reads on."""

    def __init__(self, part: IO[bytes], parse: Callable[[bytes, bool], object]) -> None:
        self.taken: list[str] = []
        self._part, self._parse = part, parse

    @override
    def __str__(self) -> str:
        return "".join(self.taken)

    def read_on(self) -> bool:
        """Parse the next piece; return whether there was one."""
        chunk = self._part.read(_CHUNK)
        self._parse(chunk, not chunk)
        return bool(chunk)


def _attributes(book: zipfile.ZipFile, part: str, tag: str) -> list[dict[str, str]]:
    """Return the attributes of all tags of one name."""
    found: list[dict[str, str]] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == tag:
            found.append(dict(attributes))

    with book.open(part) as file:
        text = _parse(file, start, lambda _: None)
        while text.read_on():
            pass
    return found


def _parts(book: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Return the names of the sheets, and where they are."""
    relations = _attributes(book, "xl/_rels/workbook.xml.rels", "Relationship")
    targets = {one["Id"]: one["Target"] for one in relations}
    found = []
    for sheet in _attributes(book, "xl/workbook.xml", "sheet"):
        target = targets[sheet[_RELATION]]
        part = target.removeprefix("/") if target[0] == "/" else f"xl/{target}"
        found.append((sheet.get("name", ""), part))
    return found


def _shared(book: zipfile.ZipFile) -> list[str]:
    """Return the text that all sheets share."""
    part = "xl/sharedStrings.xml"
    if part not in book.namelist():
        return []
    if book.getinfo(part).file_size > _MOST_SHARED:
        raise DamagedFileError("It holds too much text")
    found: list[str] = []

    def start(name: str, _: Mapping[str, str]) -> None:
        if name == "si":
            found.append("")

    def end(name: str) -> None:
        # Text of several styles comes in pieces
        if name == "t":
            found[-1] += str(text)

    with book.open(part) as file:
        text = _parse(file, start, end)
        while text.read_on():
            pass
    return found


def _rows(book: zipfile.ZipFile, part: str, shared: list[str]) -> Iterator[list[str]]:
    """Yield the rows of a sheet, without those that are not in it."""
    rows: list[list[str]] = []
    row: list[str] = []
    cell: tuple[int, str] = (0, "")

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal cell
        if name == "row":
            row.clear()
        elif name == "c":
            place = _place(attributes.get("r", ""), len(row))
            cell = place, attributes.get("t", "n")

    def end(name: str) -> None:
        if name == "row":
            rows.append(row.copy())
        elif name in {"v", "t"} and cell[0] < _MOST_COLUMNS:
            place, kind = cell
            row.extend([""] * (place + 1 - len(row)))
            value = str(text)
            row[place] += shared[int(value)] if kind == "s" else value

    with book.open(part) as file:
        text = _parse(file, start, end)
        more = True
        while more:
            more = text.read_on()
            yield from rows
            rows.clear()


def _place(reference: str, after: int) -> int:
    """Return the column of a cell, from 0; without a reference, the next one."""
    match = _COLUMN.match(reference)
    if match is None:
        return after
    number = 0
    for letter in match[0][:4]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
