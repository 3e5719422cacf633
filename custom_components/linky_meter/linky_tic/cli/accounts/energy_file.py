"""Energy from a file: a ledger, or a stream that was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
import json
import os
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


def read_energy(files: Iterable[BinaryIO], pricing: Pricing) -> Book:
    """Return the book of a ledger, or of streams, or of a ledger that they go on from.

    Streams are taken in the order in which they began, and what two of them tell, once.
    Files of Enedis add the days from before. Raises NoLedgerError, EnedisError.
    """
    book, past = Book(pricing), MeterEnergy()
    streams: list[Iterator[MeterReading]] = []
    for file in files:
        first = file.readline(_LONGEST_LINE)
        fields = json_object(first)
        recording = fields is not None and is_recording(fields)
        if fields is not None and b'"reading"' in first:
            streams.append(_readings(first, file))
        elif first.lstrip().startswith(b"{") and not recording:
            book = _ledger(first + file.read(), pricing)
        elif not recording and (found := read_enedis(file)) is not None:
            past.update(found)
        else:
            if not recording:
                # It was looked at for a file of Enedis; a pipe cannot go back
                first = b""
                file.seek(0)
            started = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            streams.append(decode(first + file.read(), started=started))
    for stream in _in_order(streams):
        known = book.ledger.last
        for reading in stream:
            if known is None or reading.received > known:
                book.feed(reading)
    if not past.empty:
        book_enedis(book, past)
    return book


def _in_order(
    streams: Iterable[Iterator[MeterReading]],
) -> list[Iterable[MeterReading]]:
    """Return streams in the order in which they began."""
    begun = [
        (first.received, chain([first], stream))
        for stream in streams
        if (first := next(stream, None)) is not None
    ]
    begun.sort(key=lambda one: one[0])
    return [stream for _, stream in begun]


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
