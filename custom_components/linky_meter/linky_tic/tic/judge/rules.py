"""Which rule judges a label, as data; and labels that no table knows."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from ..frame import Frame
from ..labels import ADDRESS_LABELS, LABELS, Label
from .registers import REGISTERS

_MAXIMA = frozenset({"SMAXSN", "SMAXSN1", "SMAXSN2", "SMAXSN3", "SMAXIN"})
WARNINGS = {"ADPS": "IINST", "ADIR1": "IINST1", "ADIR2": "IINST2", "ADIR3": "IINST3"}
"""The warnings of an overload, and the current that bears each out."""


_FRAMES_FOR_A_NEW_LABEL = 3
# Other meters' labels are counted, not collected for ever
_MOST_UNKNOWN = 50


class Rule(StrEnum):
    """How a label is judged."""

    AT_ONCE = "at_once"
    INDEX = "index"
    MEASUREMENT = "measurement"
    MAXIMUM = "maximum"
    CLOCK = "clock"
    STATUS = "status"
    WARNING = "warning"
    AGREEMENT = "agreement"
    NONE = "none"
    """No meter with so many phases sends it."""


def _rule(row: Label) -> Rule:
    """Return the rule of a label."""
    name = row.same_as or row.name
    if name in REGISTERS:
        return Rule.INDEX
    if row.measurement:
        return Rule.MEASUREMENT
    if name in _MAXIMA:
        return Rule.MAXIMUM
    if name in WARNINGS:
        return Rule.WARNING
    special = {"DATE": Rule.CLOCK, "STGE": Rule.STATUS, "MSG2": Rule.AT_ONCE}
    special |= dict.fromkeys(ADDRESS_LABELS, Rule.AT_ONCE)
    return special.get(name, Rule.AGREEMENT)


RULES: dict[str, Rule] = {
    row.same_as or row.name: _rule(row) for row in LABELS.values()
}
"""The rule of every label."""
_STANDING = (Rule.AT_ONCE, Rule.MAXIMUM, Rule.AGREEMENT)
_MOVING = (Rule.CLOCK, Rule.STATUS, Rule.WARNING)


class LabelsByRule(NamedTuple):
    """The labels of a frame, by how they are judged."""

    indexes: tuple[str, ...]
    measured: tuple[str, ...]
    states: tuple[str, ...]
    """They may say the same as before: that is accepted."""
    moving: tuple[str, ...]
    other_phases: tuple[str, ...]
    """They are of meters with other phases: damaged names."""
    no_warning: tuple[str, ...]
    """The warnings that are not there."""


@lru_cache(maxsize=16)
def labels_by_rule(labels: tuple[str, ...], phases: int | None) -> LabelsByRule:
    """Sort the labels of a frame: most frames of a meter have the same ones.

    ``phases`` is None where they are not sure.
    """
    found: dict[Rule, list[str]] = {rule: [] for rule in Rule}
    for label in labels:
        of = LABELS[label].phases
        true = of is None or phases is None or of == phases
        found[RULES[label] if true else Rule.NONE].append(label)
    return LabelsByRule(
        tuple(found[Rule.INDEX]),
        tuple(found[Rule.MEASUREMENT]),
        tuple(label for rule in _STANDING for label in found[rule]),
        tuple(label for rule in _MOVING for label in found[rule]),
        tuple(found[Rule.NONE]),
        tuple(WARNINGS.keys() - set(labels)),
    )


class UnknownLabels:
    """Counts labels that no table knows: damaged ones at first, later new ones."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def add(self, frame: Frame) -> None:
        """Count those of a frame."""
        for group in frame.unknown:
            count = self.seen.get(group.label, 0)
            if count or len(self.seen) < _MOST_UNKNOWN:
                self.seen[group.label] = count + 1

    @property
    def sure(self) -> dict[str, int]:
        """Those that came often enough to be none of damage."""
        return {
            label: count
            for label, count in self.seen.items()
            if count >= _FRAMES_FOR_A_NEW_LABEL
        }

    def doubtful(self, frame: Frame) -> bool:
        """Return whether a frame has labels that were hardly ever seen."""
        return any(
            self.seen.get(group.label, 0) < _FRAMES_FOR_A_NEW_LABEL
            for group in frame.unknown
        )
