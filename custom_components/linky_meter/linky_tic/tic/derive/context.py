"""What is known when a frame was judged, from which the rest follows: to read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..fields import Value
from ..frame import Group
from ..identity import Identity
from ..labels import Mode
from ..state.memory import Memory
from ..state.trusted import Trusted
from .power import Settings


@dataclass(slots=True)
class Context:
    """What is trusted now; ``values`` is what each function adds to."""

    mode: Mode
    trusted: Trusted
    values: dict[str, Value | None]
    received: datetime
    """When DATE came."""
    wall: datetime
    """When the frame ended."""
    identity: Identity | None
    memory: Memory
    settings: Settings
    now: float = 0.0
    """A steady clock, s."""
    keep: float = 0.0
    """For how many seconds a measurement holds."""
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
