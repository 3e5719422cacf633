"""The callback ``jsonl``: each frame as one JSON object on a line."""

from __future__ import annotations

import io
import os
from pathlib import Path
import sys

from ...tic.reading import MeterReading
from .share import mask_reading


class JsonLines:
    """Writes to a file, or to standard output for ``-``.

    A file that is moved away is begun again, and one that cannot be written is tried
    again with each frame.
    """

    def __init__(self, name: str, *, masked: bool = False) -> None:
        self._path = None if name == "-" else Path(name)
        self._masked = masked
        self._file: io.FileIO | None = None
        self._torn = False

    def compute_reading(self, reading: MeterReading) -> None:
        """Write a reading. Raises OSError."""
        reading = mask_reading(reading) if self._masked else reading
        line = reading.as_json() + "\n"
        if self._path is None:
            sys.stdout.write(line)
            sys.stdout.flush()
            return
        file = self._open(self._path)
        data = line.encode("utf-8")
        if self._torn:
            # On a full disk only a part of the line before found room
            data = b"\n" + data
        written = 0
        try:
            while written < len(data):
                written += file.write(data[written:])
        finally:
            self._torn = (self._torn and not written) or 0 < written < len(data)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, path: Path) -> io.FileIO:
        """Return the file, which may have been moved away."""
        if self._file is not None and not self._is_there(self._file, path):
            self.close()
            self._torn = False
        if self._file is None:
            self._file = io.FileIO(path, "a")
        return self._file

    @staticmethod
    def _is_there(file: io.FileIO, path: Path) -> bool:
        """Return whether a path still leads to an open file."""
        try:
            return os.path.samestat(path.stat(), os.fstat(file.fileno()))
        except OSError:
            return False
