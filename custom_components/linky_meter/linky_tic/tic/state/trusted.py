"""What each label last said that is believed.

What a frame leaves out is not what it damaged (T19): a label's absence counts after a
complete, undamaged long frame only, and means what the label table says. A measurement
that was damaged keeps its value for a moment, then it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set as AbstractSet

from ..fields import FIELDS, Fields, Value
from ..frame import Group
from ..labels import LABELS, Absence, Mode
from .rhythm import Rhythm

# Two, since damage may also turn a group into another: nothing else shows it
_ABSENCES = {Absence.OFF: 2, Absence.UNKNOWN: 2, Absence.IMPOSSIBLE: 3}
_OVERLOAD_LABELS = frozenset({"ADIR1", "ADIR2", "ADIR3"})
_MEASURED = frozenset(
    row.same_as or row.name for row in LABELS.values() if row.measurement
)


class Trusted:
    """What is believed of one meter, label by label."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}
        """What each label last said."""
        self.numbers: dict[str, int] = {}
        """Those whose data is a number…"""
        self.measured: dict[str, int] = {}
        """…and is measured."""
        self.moved: list[str] = []
        """The labels that the last frame let say something else."""
        self._at: dict[str, float] = {}
        """When each was last received…"""
        self._since: dict[str, float] = {}
        """…and when it last changed."""
        self._absences: dict[str, int] = {}
        self.said: dict[str, Fields] = {}
        """What each label last said, by the keys of a reading."""

    @property
    def fields(self) -> Fields:
        """What all labels say together, by the keys of a reading."""
        together: dict[str, Value | None] = {}
        for fields in self.said.values():
            together |= fields
        return together

    def text(self, label: str) -> str | None:
        """Return a label's data, None when it is unknown."""
        group = self.groups.get(label)
        return group.value if group else None

    def at(self, label: str) -> float | None:
        """Return when a label was last received, None when it is unknown."""
        return self._at.get(label)

    def still(self, label: str) -> float:
        """Return for how many seconds a label that comes has said the same."""
        return self._at[label] - self._since[label] if label in self.groups else 0.0

    def believe(self, believed: Mapping[str, Group], at: float) -> None:
        """Trust groups from now on."""
        groups, changed = self.groups, self.moved
        changed.clear()
        # Most say the same, and cost no more than this
        self._at.update(dict.fromkeys(believed, at))
        for label in self._absences.keys() & believed.keys():
            del self._absences[label]
        for label, group in believed.items():
            before = groups.get(label)
            if before is group or before == group:
                continue
            if before is not None:
                changed.append(label)
            groups[label] = group
            # What two labels say is said by the last
            self.said.pop(label, None)
            row = FIELDS.get(label)
            self.said[label] = row(group) if row else {}
            self._since[label] = at
            self._count(label, group.value)

    def _count(self, label: str, data: str) -> None:
        """Keep the number of a label, if it has one."""
        if not data.isdigit():
            self.numbers.pop(label, None)
            return
        self.numbers[label] = number = int(data)
        if label in _MEASURED:
            self.measured[label] = number

    def forget(self, labels: Iterable[str]) -> None:
        """Believe labels no more, where they were."""
        for label in labels:
            if self.groups.pop(label, None) is not None:
                del self._at[label], self._since[label]
                self.said.pop(label, None)
                self.numbers.pop(label, None)
                self.measured.pop(label, None)
                self._absences.pop(label, None)

    def keep_mode(self, mode: Mode) -> None:
        """Forget what a meter said in another mode."""
        self.forget([label for label in self.groups if LABELS[label].mode is not mode])

    def recent(self, at: float, rhythm: Rhythm) -> dict[str, int]:
        """Return the measurements that are still of now."""
        recent = self.measured.copy()
        for label in self._old(at, rhythm):
            del recent[label]
        return recent

    def expire(self, at: float, rhythm: Rhythm) -> None:
        """Drop measurements that are too old to be of now."""
        self.forget(self._old(at, rhythm))

    def _old(self, at: float, rhythm: Rhythm) -> list[str]:
        """Return the measurements that are too old to be of now."""
        least, when = at - rhythm.keep, self._at
        return [
            label
            for label in self.measured
            if when[label] < least and at - when[label] > rhythm.keep_of(label)
        ]

    def judge_absence(
        self, fresh: AbstractSet[str], rhythm: Rhythm, *, short: bool
    ) -> None:
        """Drop what the meter unsaid by leaving it out of a whole, undamaged frame."""
        if self.groups.keys() <= fresh:
            return
        gone = []
        for label in self.groups.keys() - fresh:
            absence, more = LABELS[label].absence, 1
            if label in _OVERLOAD_LABELS:
                # Only short frames carry them, so a long one between says nothing
                absence, more = Absence.OFF, int(short or not rhythm.short_cycle)
            elif short or absence is Absence.KEEP:
                continue
            self._absences[label] = self._absences.get(label, 0) + more
            if self._absences[label] >= _ABSENCES[absence]:
                gone.append(label)
        self.forget(gone)
