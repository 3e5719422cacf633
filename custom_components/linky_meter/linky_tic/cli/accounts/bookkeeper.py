"""What ``linky-tic run`` keeps: energy by day, what it costs, and the meter's memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import time
from typing import Any

from ...tic.reading import MeterReading
from ..log import Log
from .book import Book, Costs
from .state import save_state

LOOK_SECONDS = 60.0
SAVE_SECONDS = 300.0


class Bookkeeper:
    """Follows the meter; runs as a callback does, and tells the others the costs."""

    def __init__(
        self, book: Book, path: Path | None, log: Log, tell: Callable[[Costs], None]
    ) -> None:
        """Take what was kept; it is written once, to see whether that can be done."""
        self._book, self._path, self._log, self._tell = book, path, log, tell
        self._meter: dict[str, Any] | None = None
        self._looked: float | None = None
        self._saved = time.monotonic()
        self._unwritable = False

    def keep(self, reading: MeterReading, at: float) -> None:
        """Take a reading, and the steady clock at which it came."""
        self._book.feed(reading, at)
        known = self._book.ledger.last is not None and self._book.pricing.chosen
        if known and (self._looked is None or at - self._looked >= LOOK_SECONDS):
            self._looked = at
            self._tell(self._book.look(reading.received))
        if at - self._saved >= SAVE_SECONDS:
            self.save()

    def keep_meter(self, meter: dict[str, Any]) -> None:
        """Take what was learned about the meter; before the first frame, check."""
        first, self._meter = self._meter is None, meter
        if first:
            self.save()

    def save(self) -> None:
        """Write what is kept, and say once that it cannot be."""
        self._saved = time.monotonic()
        if self._path is None:
            return
        try:
            save_state(self._path, self._book.as_dict(), self._meter)
        except OSError as err:
            if not self._unwritable:
                self._log.warning("state_unwritable", reason=err.strerror or "?")
            self._unwritable = True
        else:
            if self._unwritable:
                self._log.info("state_written")
            self._unwritable = False

    def close(self) -> None:
        """Write it a last time."""
        self.save()
