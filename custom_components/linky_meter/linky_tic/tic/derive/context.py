"""The trusted content of one moment, from which the rest follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..fields import Value
from ..frame import Group
from ..identity import Identity
from ..labels import Mode
from ..state.memory import Memory
from ..state.trusted import Trusted
from .power import Phase, Settings


@dataclass(slots=True)
class Moment:
    """The trusted content of one moment."""

    mode: Mode
    trusted: Trusted
    values: dict[str, Value | None]
    received: datetime
    """When DATE came."""
    identity: Identity | None
    memory: Memory
    settings: Settings
    now: float = 0.0
    """A steady clock, s."""
    kept: dict[int, tuple[float, Phase]] = field(default_factory=dict)
    """The last whole result of each phase, and when."""
    keep: float = 0.0
    """For how many seconds such a result holds."""
    sends_papp: bool = False
    clock_frozen: bool = False
    """Whether DATE has stood still for a while."""

    @property
    def groups(self) -> Mapping[str, Group]:
        """The trusted groups by label."""
        return self.trusted.groups

    def text(self, label: str) -> str | None:
        """Return a label's data, None when it is unknown."""
        return self.trusted.text(label)

    def number(self, label: str) -> int | None:
        """Return the number of a label, None when it is unknown."""
        return self.trusted.numbers.get(label)
