"""The load manager: a frame and what is seen of the loads in, orders out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .decision import Decision, Observation
from .draw import Draw
from .load import Load

LOST_SECONDS = 60.0
"""Without a draw for longer the meter is lost."""


class Manager:
    """Decides about the loads of one meter."""

    def __init__(
        self,
        loads: Sequence[Load],
        start_state: Mapping[str, Any] | None = None,
        *,
        dry_run: bool = False,
    ) -> None:
        """Take the loads, and ``state()`` of before a restart.

        What of the state cannot be read, or is of a load that is gone, is forgotten. In
        a dry run orders are supposed to be obeyed, and the meter's load is taken as if
        they had been.

        Raise SameEntityError, SameKeyError, LoadLimitsError.
        """
        raise NotImplementedError

    def decide(
        self,
        now: datetime,
        draw: Draw | None,
        observations: Mapping[str, Observation],
    ) -> Decision:
        """Return what is to be done.

        To be called with each frame, and without one (None) every ten seconds or so
        while none comes. ``now`` is aware and local: never-touch hours go by its clock.
        A load without an observation counts as unavailable. An order is given once;
        whoever calls carries it out and reports by the next observations.
        """
        raise NotImplementedError

    def release(self, now: datetime) -> Decision:
        """Return the orders that let every load run again, as when managing ends.

        Minimum times do not count.
        """
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Return what outlives a restart, as JSON has it."""
        raise NotImplementedError
