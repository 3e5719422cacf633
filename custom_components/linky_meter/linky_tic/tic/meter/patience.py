"""Frames that bring nothing but numbers are judged when somebody asks.

Each is judged as of its own time, so that the result is the same. Some at once cost less
than half of what each costs when it comes: by the next one the processor's caches are
cold.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..frame import Frame
from ..state.trusted import Trusted

# Whoever never asks gathers no more
_MOST = 16
# It comes in one frame, and counts each time
_ONCE = "MSG2"


class Heard(NamedTuple):
    """A frame that is not judged yet."""

    frame: Frame
    at: float
    """A steady clock, s."""
    received: datetime


class Patience:
    """Keeps the frames that can wait."""

    def __init__(self) -> None:
        """Start without a frame."""
        self._kept: list[Heard] = []
        self._size = 0
        """How many groups a frame has that is like the one before, 0 for none."""

    def __bool__(self) -> bool:
        """Return whether a frame waits."""
        return bool(self._kept)

    def allows(self, frame: Frame, trusted: Trusted) -> bool:
        """Return whether a frame says the same as those before, but for numbers."""
        return (
            len(frame.groups) == self._size
            and len(self._kept) < _MOST
            and frame.sound
            and trusted.expects(frame.groups)
        )

    def keep(self, heard: Heard) -> None:
        """Let a frame wait."""
        self._kept.append(heard)

    def end(self) -> list[Heard]:
        """Return what waited, first to last."""
        kept, self._kept = self._kept, []
        return kept

    def judged(self, frame: Frame, trusted: Trusted, *, clean: bool) -> None:
        """Learn from a frame what the next ones may be like.

        None may wait after one that is not clean, or lacks something: then each counts.
        """
        alike = clean and not trusted.lacks and _ONCE not in frame.by_label
        self._size = len(frame.groups) if alike else 0
