"""What each label last said that is believed.

What a frame leaves out is not what it damaged (T19): a label's absence counts after a
complete, undamaged long frame only, and means what the label table says. A measurement
that was damaged keeps its value for a moment, then it is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from .fields import FIELDS, Fields, Value
from .frame import Group
from .labels import LABELS, Absence, Mode
from .rhythm import Rhythm

# Two, since damage may also turn a group into another: nothing else shows it
_ABSENCES = {Absence.OFF: 2, Absence.UNKNOWN: 2, Absence.IMPOSSIBLE: 3}
_OVERLOAD_LABELS = frozenset({"ADIR1", "ADIR2", "ADIR3"})
_MEASURED = tuple(
    dict.fromkeys(row.same_as or row.name for row in LABELS.values() if row.measurement)
)


@dataclass(slots=True)
class Said:
    """What a label last said."""

    fields: Fields
    at: float
    """When it was last received."""
    since: float
    """When it last changed."""
    absences: int = 0


class Trusted:
    """What is believed of one meter, label by label."""

    def __init__(self) -> None:
        """Start without a label."""
        self.said: dict[str, Said] = {}
        self.groups: dict[str, Group] = {}
        """The groups behind it, by the same labels."""
        self._fields: dict[str, Value | None] | None = {}

    @property
    def fields(self) -> Fields:
        """What all labels say together, by the keys of a reading."""
        if self._fields is None:
            self._fields = {}
            for said in self.said.values():
                self._fields.update(said.fields)
        return self._fields

    def text(self, label: str) -> str | None:
        """Return a label's data, None when it is unknown."""
        group = self.groups.get(label)
        return group.value if group else None

    def number(self, label: str) -> int | None:
        """Return the number of a label, None when it is unknown."""
        group = self.groups.get(label)
        return int(group.value) if group and group.value else None

    def at(self, label: str) -> float | None:
        """Return when a label was last received, None when it is unknown."""
        said = self.said.get(label)
        return said.at if said else None

    def still(self, label: str) -> float:
        """Return for how many seconds a label that comes has said the same."""
        said = self.said.get(label)
        return said.at - said.since if said else 0.0

    def believe(self, believed: Mapping[str, Group], at: float) -> list[str]:
        """Trust groups from now on; return the labels that say something else."""
        changed = []
        for label, group in believed.items():
            said = self.said.get(label)
            if said is not None and self.groups[label] == group:
                said.at, said.absences = at, 0
                continue
            row = FIELDS.get(label)
            fields = row(group) if row else {}
            self.said[label] = Said(fields, at, at)
            self.groups[label] = group
            if said is not None:
                changed.append(label)
                if said.fields.keys() - fields.keys():
                    self._fields = None
            if self._fields is not None:
                self._fields.update(fields)
        return changed

    def forget(self, labels: Iterable[str]) -> None:
        """Believe labels no more, where they were."""
        for label in labels:
            if self.said.pop(label, None) is not None:
                del self.groups[label]
                self._fields = None

    def keep_mode(self, mode: Mode) -> None:
        """Forget what a meter said in another mode."""
        self.forget([label for label in self.said if LABELS[label].mode is not mode])

    def recent(self, at: float, rhythm: Rhythm) -> dict[str, Group]:
        """Return the measurements that are still of now."""
        return {
            label: self.groups[label]
            for label in _MEASURED
            if (said := self.said.get(label)) is not None
            and at - said.at <= rhythm.keep_of(label)
        }

    def expire(self, at: float, rhythm: Rhythm) -> None:
        """Drop measurements that are too old to be of now."""
        self.forget(
            [
                label
                for label in _MEASURED
                if (said := self.said.get(label)) is not None
                and at - said.at > rhythm.keep_of(label)
            ]
        )

    def judge_absence(
        self, fresh: Collection[str], rhythm: Rhythm, *, short: bool
    ) -> None:
        """Drop what the meter unsaid by leaving it out of a whole, undamaged frame."""
        gone = []
        for label, said in self.said.items():
            if label in fresh:
                continue
            absence = LABELS[label].absence
            if label in _OVERLOAD_LABELS:
                # Only short frames carry them, so a long one between says nothing
                absence = Absence.OFF
                said.absences += short or not rhythm.short_cycle
            elif short or absence is Absence.KEEP:
                continue
            else:
                said.absences += 1
            if said.absences >= _ABSENCES[absence]:
                gone.append(label)
        self.forget(gone)
