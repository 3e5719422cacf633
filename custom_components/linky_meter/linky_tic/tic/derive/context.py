"""What is known when a frame was judged, from which the rest follows: to read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..fields import Value
from ..frame import Group
from ..identity import Identity
from ..labels import Mode
from ..profile import Encoding
from ..state.observed import ObservedDay
from ..state.trusted import Trusted
from .power import Settings


class Learned(Protocol):
    """What a meter taught us, of its memory: nothing that is derived changes it."""

    @property
    def phases(self) -> int | None:
        """1 or 3."""

    @property
    def phase_powers_wrong(self) -> bool:
        """Whether the meter's power of each phase cannot be right, for ever."""

    @property
    def encoding(self) -> Encoding | None:
        """How the times of day profiles are written."""

    @property
    def labels(self) -> Mapping[str, Mapping[int, str]]:
        """Tariff names by calendar and supplier index."""

    @property
    def names_learned(self) -> int:
        """It changes with the names."""

    @property
    def days(self) -> Mapping[str, str]:
        """Day profiles as sent, by the supplier's number of the day."""

    @property
    def observed(self) -> ObservedDay:
        """When tariffs were seen to begin, in historic mode."""

    @property
    def shown(self) -> int | None:
        """All imported energy, Wh."""


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
    memory: Learned
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
