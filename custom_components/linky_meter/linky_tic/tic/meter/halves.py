"""The first frame, put together from two halves.

A port is opened somewhere in a frame. Its rest is read, and what was missed of it comes
again at the beginning of the next one: the order of groups is fixed (54E, section 6.2).
So everything has been said once a frame's time after the port was opened.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..frame import EndedBy, Frame, Group


class Halves:
    """Waits for the second half of a frame whose first was missed."""

    def __init__(self) -> None:
        """Start without one."""
        self._rest: Frame | None = None
        self._damaged = 0

    def take(self, frame: Frame, damaged: int) -> None:
        """Take a frame; ``damaged`` is how many groups the source lost so far."""
        begun = not frame.whole and frame.ended_by is EndedBy.ETX and not frame.damaged
        self._rest, self._damaged = frame if begun else None, damaged

    def needs(self, groups: Sequence[Group]) -> int:
        """Return how many groups of the next frame it waits for, 0 for none."""
        return len(groups) + 1 if self._rest is not None else 0

    def join(self, groups: Sequence[Group], damaged: int) -> Frame | None:
        """Take the groups so far of the next frame; return the whole once it is one.

        None, too, where a group was lost since: nobody knows which.
        """
        rest = self._rest
        if rest is None:
            return None
        if damaged != self._damaged:
            self._rest = None
            return None
        labels = [group.label for group in groups]
        if rest.groups[0].label not in labels:
            return None
        self._rest = None
        head = groups[: labels.index(rest.groups[0].label)]
        return Frame(
            rest.mode, (*head, *rest.groups), unknown=rest.unknown, joined=True
        )
