"""What a frame is judged by, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, field

from ..frame import Group
from ..labels import Mode
from .indexes import Indexes
from .registers import Pace


@dataclass(slots=True, kw_only=True)
class JudgingContext:
    """What surrounds the groups that are judged."""

    mode: Mode
    phases: int | None
    phases_latched: bool
    """Whether the phases are sure."""
    pace: Pace
    at: float
    """A steady clock, s."""
    wall: float
    """Seconds since 1970."""
    indexes: Indexes
    trusted: Mapping[str, Group]
    """What each label last said."""
    recent: Mapping[str, int]
    """The measurements among them that are still of now."""
    undamaged: bool = False
    """Whether the frame shows no damage at all."""
    first: bool = False
    """Whether no whole frame came before."""
    opened: bool = False
    """Whether the port was opened in the middle of it: that is no damage."""


@dataclass(slots=True)
class Judged:
    """What became of the groups."""

    accepted: dict[str, Group] = field(default_factory=dict)
    """By label; an index that was shown too high is the one shown."""
    stepped: dict[str, int] = field(default_factory=dict)
    """Registers that stepped, and what each said when the step began."""
    withdrawn: AbstractSet[str] = frozenset()
    """Measurements whose last value is accepted no more."""
