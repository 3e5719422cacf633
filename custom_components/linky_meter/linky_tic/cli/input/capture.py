"""Captured bytes, raw or recorded with their times.

A recording is text, one JSON object a line: a header, ``{"format": "linky-tic",
"version": 1, "started": ISO time}``, then what arrived, ``{"t": seconds since then,
"baud": speed, "hex": bytes}``. A line that is damaged is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
import io
import json
from typing import Any, Protocol

FORMAT = "linky-tic"
VERSION = 1

_CHUNK = 64
_LONGEST_HEADER = 4096
_LONGEST = 1e9
_YEARS = range(1990, 2200)


class ByteSource(Protocol):
    """What bytes are read from: a binary file or pipe."""

    def read(self, size: int = -1, /) -> bytes | None:
        """Read some bytes."""

    def readline(self, size: int = -1, /) -> bytes:
        """Read to the end of a line."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that arrived together."""

    data: bytes
    t: float | None = None
    """Seconds since the recording began, None in raw captures."""
    baud: int | None = None
    """Speed of the port, None in raw captures."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture that is being read."""

    started: datetime | None
    """When the recording began, None where nothing tells."""
    recorded: bool
    chunks: Iterator[Chunk]


def read_capture(source: bytes | ByteSource) -> Capture:
    """Return a capture; its chunks are read as they are asked for."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    first = file.readline(_LONGEST_HEADER)
    header = json_object(first)
    if header is None or not is_recording(header):
        return Capture(None, recorded=False, chunks=_raw(first, file))
    return Capture(_time(header), recorded=True, chunks=_lines(first, file))


def is_recording(header: Mapping[str, Any]) -> bool:
    """Return whether the first line of a file begins a recording."""
    return header.get("format") == FORMAT or "hex" in header


def header_line(started: datetime) -> str:
    """Return the first line of a recording."""
    header = {
        "format": FORMAT,
        "version": VERSION,
        "started": started.astimezone(UTC).isoformat(timespec="milliseconds"),
    }
    return json.dumps(header) + "\n"


def chunk_line(chunk: Chunk) -> str:
    """Return a chunk as a line of a recording."""
    t = None if chunk.t is None else round(chunk.t, 3)
    line = {"t": t, "baud": chunk.baud, "hex": chunk.data.hex()}
    return json.dumps({k: v for k, v in line.items() if v is not None}) + "\n"


def _raw(first: bytes, file: ByteSource) -> Iterator[Chunk]:
    """Yield raw bytes in small chunks, so that time advances in small steps."""
    # A pipe from a port is read as it fills
    read: Callable[[int], bytes | None] = getattr(file, "read1", file.read)
    data: bytes | None = first
    while data:
        for start in range(0, len(data), _CHUNK):
            yield Chunk(data[start : start + _CHUNK])
        data = read(_CHUNK)


def _lines(first: bytes, file: ByteSource) -> Iterator[Chunk]:
    line = first
    while line:
        if (fields := json_object(line)) is not None:
            try:
                data = bytes.fromhex(fields.get("hex", ""))
            except (TypeError, ValueError):
                data = b""
            if data:
                t, baud = fields.get("t"), fields.get("baud")
                yield Chunk(
                    data,
                    float(t)
                    if isinstance(t, int | float) and 0 <= t < _LONGEST
                    else None,
                    baud if isinstance(baud, int) else None,
                )
        line = file.readline()


def json_object(line: bytes) -> dict[str, Any] | None:
    """Return a line's JSON object, None when it is none."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _time(header: dict[str, Any]) -> datetime | None:
    try:
        started = datetime.fromisoformat(header.get("started", ""))
    except (TypeError, ValueError):
        return None
    if started.year not in _YEARS:
        return None
    return started if started.tzinfo is not None else started.replace(tzinfo=UTC)
