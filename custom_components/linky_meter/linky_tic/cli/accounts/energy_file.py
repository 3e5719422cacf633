"""Energy from a file: a ledger, or a stream that was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
import json
from typing import Any, BinaryIO

from ...costs.enedis.energy import MeterEnergy
from ...costs.errors import CostsError
from ...tic.frame import EndedBy, Frame, Group
from ...tic.labels import Mode
from ...tic.reading import MeterReading
from ..input.capture import is_recording, json_object
from ..input.decode import decode
from .book import Book
from .enedis import book_enedis, read_enedis
from .pricing import Pricing
from .state import VERSION

_LONGEST_LINE = 1_000_000


class NoLedgerError(Exception):
    """A file is JSON and no ledger that can be read."""


def read_energy(files: Iterable[BinaryIO], pricing: Pricing, started: datetime) -> Book:
    """Return the book of a ledger, or of streams one after the other.

    Files of Enedis add the days from before. ``started`` is the time of the first byte
    where nothing tells. Raises NoLedgerError, EnedisError.
    """
    book, past = Book(pricing), MeterEnergy()
    for file in files:
        first = file.readline(_LONGEST_LINE)
        fields = json_object(first)
        if fields is not None and b'"reading"' in first:
            for reading in _readings(first, file):
                book.feed(reading)
            continue
        data = first + file.read()
        if fields is None or not is_recording(fields):
            if data.lstrip().startswith(b"{"):
                book = _ledger(data, pricing)
                continue
            if (found := read_enedis(file)) is not None:
                past.update(found)
                continue
        for reading in decode(data, started=started):
            book.feed(reading)
    if not past.empty:
        book_enedis(book, past)
    return book


def _ledger(data: bytes, pricing: Pricing) -> Book:
    """Return what ``linky-tic run`` or Home Assistant kept."""
    try:
        content = json.loads(data)
        for key in (VERSION, "data", "book"):
            content = content.get(key, content)
        return Book.from_dict(content, pricing)
    except (CostsError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise NoLedgerError from err


def _readings(first: bytes, file: BinaryIO) -> Iterator[MeterReading]:
    """Yield the readings of ``--json``; lines that are damaged are left out."""
    line = first
    while line:
        if (fields := json_object(line)) is not None:
            try:
                reading = _reading(fields)
            except (KeyError, TypeError, ValueError, AttributeError):
                pass
            else:
                yield reading
        line = file.readline(_LONGEST_LINE)


def _reading(fields: Mapping[str, Any]) -> MeterReading:
    """Return a reading as far as the ledger needs it."""
    received = datetime.fromisoformat(fields["received"])
    mode = Mode(fields["mode"])
    groups = tuple(
        Group(label, group["value"], group["horodate"])
        for label, group in fields["groups"].items()
    )
    frame = Frame(mode, groups, EndedBy(fields["ended_by"]))
    values = dict(fields["reading"])
    at = values.get("max_power_today_time")
    values["max_power_today_time"] = datetime.fromisoformat(at) if at else None
    if received.tzinfo is None:
        received = received.replace(tzinfo=UTC)
    return MeterReading(mode, frame.address, values, frame, received)
