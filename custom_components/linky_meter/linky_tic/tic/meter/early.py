"""The early reading: what a frame's measurements say before the frame ends.

In three-phase standard mode they arrive 0.6 s before the end (54E, section 6.2: the
order of groups is fixed). Nothing else is shown early, and nothing is judged twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..frame import Frame, Group
from ..labels import LABELS


class Early:
    """Waits until every measurement that a meter sends is there."""

    def __init__(self) -> None:
        self._labels: frozenset[str] = frozenset()
        self._last = 0
        """How many groups a frame has up to its last measurement."""
        self.place = 0
        """After how many groups of this frame there is something to see, 0 for none."""
        self._done = False
        """Whether this frame's measurements were found."""
        self._judged: dict[str, Group] = {}
        self._accepted: frozenset[str] = frozenset()

    def learn(self, frame: Frame) -> None:
        """Learn from a whole frame which measurements this meter sends, and where."""
        places = {
            group.label: place
            for place, group in enumerate(frame.groups, 1)
            if LABELS[group.label].measurement
        }
        self._labels = frozenset(places)
        self.place = self._last = max(places.values(), default=0)

    def ready(self, groups: Sequence[Group]) -> dict[str, Group] | None:
        """Return the measurements of a frame once they are all there, one time."""
        if self._done or not self.place or len(groups) < self.place:
            return None
        found = {group.label: group for group in groups if group.label in self._labels}
        if len(found) < len(self._labels):
            # A group was lost, or is new
            self.place = len(groups) + 1
            return None
        self._done = True
        return {LABELS[label].same_as or label: group for label, group in found.items()}

    def keep(self, judged: Mapping[str, Group], accepted: Mapping[str, Group]) -> None:
        """Keep what was judged, for the frame's end."""
        self._judged, self._accepted = dict(judged), frozenset(accepted)

    def settled(self, groups: Mapping[str, Group]) -> tuple[set[str], set[str]]:
        """Return the labels of a frame that were judged before, and those accepted."""
        same = {
            label for label, group in self._judged.items() if groups.get(label) == group
        }
        accepted = same & self._accepted
        self._judged, self._accepted = {}, frozenset()
        return same, accepted

    def end(self) -> None:
        """End the frame: the next one may be early again."""
        self._done = False
        self.place = self._last
