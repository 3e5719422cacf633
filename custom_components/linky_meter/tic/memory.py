"""What is learned about a meter and outlives a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .profile import Encoding


@dataclass
class Memory:
    """What a meter taught us; kept by the owner of the ``Meter``."""

    phases: int | None = None
    """1 or 3, latched (T18)."""
    encoding: Encoding | None = None
    """How this meter writes the times of its day profiles (T7)."""
    labels: dict[str, dict[int, str]] = field(default_factory=dict)
    """Learned tariff names by calendar and supplier index."""
    active: set[int] = field(default_factory=set)
    """Supplier indexes that were counted, or may be under the present calendar."""
    registers: str | None = None
    """The set of registers that ``energy_import`` is now made of."""
    offset: int = 0
    """Wh added to them so that ``energy_import`` never steps."""
    shown: int | None = None
    """The last ``energy_import``, Wh."""
    keys: dict[str, None] = field(default_factory=dict)
    """Every key ever seen, in the order of appearance."""

    def learn_label(self, calendar: str, index: int, label: str) -> bool:
        """Keep a tariff's name, return whether it is new."""
        labels = self.labels.setdefault(calendar, {})
        if labels.get(index) == label:
            return False
        labels[index] = label
        return True

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "phases": self.phases,
            "encoding": self.encoding,
            "labels": {
                calendar: {str(index): label for index, label in labels.items()}
                for calendar, labels in self.labels.items()
            },
            "active": sorted(self.active),
            "registers": self.registers,
            "offset": self.offset,
            "shown": self.shown,
            "keys": list(self.keys),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Memory:
        """Return what ``as_dict`` gave."""
        encoding = data.get("encoding")
        return cls(
            phases=data.get("phases"),
            encoding=Encoding(encoding) if encoding else None,
            labels={
                calendar: {int(index): label for index, label in labels.items()}
                for calendar, labels in data.get("labels", {}).items()
            },
            active=set(data.get("active", ())),
            registers=data.get("registers"),
            offset=data.get("offset", 0),
            shown=data.get("shown"),
            keys=dict.fromkeys(data.get("keys", ())),
        )
