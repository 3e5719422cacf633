"""The rule by which each label is judged, as data."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from ..labels import ADDRESS_LABELS, LABELS, Label
from .registers import REGISTERS

_MAXIMA = frozenset({"SMAXSN", "SMAXSN1", "SMAXSN2", "SMAXSN3", "SMAXIN"})
WARNINGS = {"ADPS": "IINST", "ADIR1": "IINST1", "ADIR2": "IINST2", "ADIR3": "IINST3"}
"""The warnings of an overload, and the current that bears each out."""


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
    FALSE = "false"
    """It cannot be true."""


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


class Kinds(NamedTuple):
    """The labels of a frame, by how they are judged."""

    indexes: tuple[str, ...]
    measured: tuple[str, ...]
    states: tuple[str, ...]
    """They may say the same as before: that is believed."""
    others: tuple[str, ...]
    false: int
    """How many belong to another phase: damaged names."""
    no_warning: tuple[str, ...]
    """The warnings that are not there."""


@lru_cache(maxsize=16)
def kinds_of(labels: tuple[str, ...], phases: int | None) -> Kinds:
    """Sort the labels of a frame: most frames of a meter have the same ones.

    ``phases`` is None where they are not sure.
    """
    kinds: dict[Rule, list[str]] = {rule: [] for rule in Rule}
    for label in labels:
        of = LABELS[label].phases
        true = of is None or phases is None or of == phases
        kinds[RULES[label] if true else Rule.FALSE].append(label)
    return Kinds(
        tuple(kinds[Rule.INDEX]),
        tuple(kinds[Rule.MEASUREMENT]),
        tuple(label for rule in _STANDING for label in kinds[rule]),
        tuple(label for rule in _MOVING for label in kinds[rule]),
        len(kinds[Rule.FALSE]),
        tuple(WARNINGS.keys() - set(labels)),
    )
