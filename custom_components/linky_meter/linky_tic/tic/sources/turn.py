"""How much work is done in one turn of the event loop.

A meter's frame takes a few milliseconds. A peer that floods, be it with noise or with
valid groups, is worked on for a while only, then everybody else has a turn.
"""

from __future__ import annotations

import asyncio

TURN_SECONDS = 0.008
"""Seconds of work after which the others have a turn; a piece more may be under way."""


class Turn:
    """The time that one source has spent in this turn of the event loop."""

    def __init__(self) -> None:
        self._until: float | None = None

    def is_over(self) -> bool:
        """Return whether the others should have a turn."""
        loop = asyncio.get_running_loop()
        if self._until is None:
            self._until = loop.time() + TURN_SECONDS
            loop.call_soon(self._end)
        return loop.time() >= self._until

    def _end(self) -> None:
        self._until = None
