"""Lines that wait until a server takes them: bounded, compressed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
import gzip

BATCH_LINES = 1000
"""Lines that are sent together at most."""

_LEVEL = 6


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Lines that are sent together."""

    body: bytes
    """Compressed."""
    lines: int


class Backlog:
    """Lines in the order in which they came; beyond its size the oldest go."""

    def __init__(self, most: int) -> None:
        """Take so many compressed bytes at most."""
        self.dropped = 0
        """Lines that went."""
        self._most = most
        self._size = 0
        self._open: list[str] = []
        self._batches: deque[Batch] = deque()

    def __len__(self) -> int:
        """Return how many lines wait."""
        return len(self._open) + sum(batch.lines for batch in self._batches)

    @property
    def batches(self) -> int:
        """How many batches wait, apart from the one that is being gathered."""
        return len(self._batches)

    def add(self, lines: Iterable[str]) -> bool:
        """Take lines; return whether some had to go."""
        self._open += lines
        return len(self._open) >= BATCH_LINES and self._seal()

    def first(self) -> Batch | None:
        """Return what is to be sent next, None when nothing waits."""
        if not self._batches:
            self._seal()
        return self._batches[0] if self._batches else None

    def remove(self, batch: Batch) -> None:
        """Take a batch away; it may have gone in the meantime."""
        if self._batches and self._batches[0] is batch:
            self._size -= len(self._batches.popleft().body)

    def _seal(self) -> bool:
        """Compress what was gathered; return whether something had to go."""
        if not self._open:
            return False
        body = "\n".join(self._open).encode("utf-8")
        batch = Batch(gzip.compress(body, _LEVEL, mtime=0), len(self._open))
        self._open = []
        self._batches.append(batch)
        self._size += len(batch.body)
        gone = 0
        while self._size > self._most and len(self._batches) > 1:
            oldest = self._batches.popleft()
            self._size -= len(oldest.body)
            gone += oldest.lines
        self.dropped += gone
        return bool(gone)
