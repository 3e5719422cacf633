"""What is learned about a meter and outlives a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..judge.indexes import Indexes
from ..profile import Encoding
from ..tariffs import Contract
from .factors import KnownFactors
from .observed import ObservedDay
from .persisted import check_memory


@dataclass
class Memory:
    """What a meter taught us; kept by the owner of the ``Meter``."""

    phases: int | None = None
    """1 or 3, latched (T18)."""
    phase_powers_wrong: bool = False
    """Whether SINSTS1 to SINSTS3 are nonsense for ever: some meters' are."""
    encoding: Encoding | None = None
    """How this meter writes the times of its day profiles (T7)."""
    contract: Contract | None = None
    """The last that is known for sure: BASE of historic mode may hide any other."""
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
    indexes: Indexes = field(default_factory=Indexes)
    """The last trusted index of each register."""
    days: dict[str, str] = field(default_factory=dict)
    """Day profiles as sent, by the supplier's number of the day."""
    observed: ObservedDay = field(default_factory=ObservedDay)
    """When the tariffs of a day were seen to begin, where the meter tells no profile."""
    factors: KnownFactors = field(default_factory=KnownFactors)
    """The power factors of what is used in the house."""
    exported: float = 0.0
    """What is fed in and no index counts, an estimate, Wh; it never falls."""
    keys: dict[str, None] = field(default_factory=dict)
    """Every key ever seen, in the order of appearance."""
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What each kind of event last knew, see ``events.py``."""
    names_learned: int = field(default=0, compare=False)
    """How many tariff names were learned since the start."""

    def learn_label(self, calendar: str, index: int, label: str) -> bool:
        """Keep a tariff's name, return whether it is new."""
        labels = self.labels.setdefault(calendar, {})
        if labels.get(index) == label:
            return False
        labels[index] = label
        self.names_learned += 1
        return True

    def for_new_meter(self) -> Memory:
        """Return what holds for another meter in its place: of the house and its contract.

        ``energy_import`` goes on from what it showed, whatever the new registers are.
        """
        return Memory(
            contract=self.contract,
            labels={calendar: dict(names) for calendar, names in self.labels.items()},
            offset=self.offset,
            shown=self.shown,
            factors=KnownFactors.from_list(self.factors.as_list()),
            exported=self.exported,
            keys=dict(self.keys),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "phases": self.phases,
            "phase_powers_wrong": self.phase_powers_wrong,
            "encoding": self.encoding,
            "contract": self.contract,
            "labels": {
                calendar: {str(index): label for index, label in labels.items()}
                for calendar, labels in self.labels.items()
            },
            "active": sorted(self.active),
            "registers": self.registers,
            "offset": self.offset,
            "shown": self.shown,
            "indexes": self.indexes.as_dict(),
            "days": dict(self.days),
            "observed": self.observed.as_dict(),
            "factors": self.factors.as_list(),
            "exported": round(self.exported, 3),
            "keys": list(self.keys),
            "events": {kind: dict(known) for kind, known in self.events.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Memory:
        """Return what ``as_dict`` gave. Raises ValueError for anything else."""
        check_memory(data)
        encoding, contract = data.get("encoding"), data.get("contract")
        return cls(
            phases=data.get("phases"),
            phase_powers_wrong=data.get("phase_powers_wrong", False),
            encoding=Encoding(encoding) if encoding else None,
            contract=Contract(contract) if contract else None,
            labels={
                calendar: {int(index): label for index, label in labels.items()}
                for calendar, labels in data.get("labels", {}).items()
            },
            active=set(data.get("active", ())),
            registers=data.get("registers"),
            offset=data.get("offset", 0),
            shown=data.get("shown"),
            indexes=Indexes.from_dict(data.get("indexes", {})),
            days=dict(data.get("days", {})),
            observed=ObservedDay.from_dict(data.get("observed", {})),
            factors=KnownFactors.from_list(data.get("factors", ())),
            exported=float(data.get("exported", 0)),
            keys=dict.fromkeys(data.get("keys", ())),
            # The first files have them under another name
            events={
                kind: dict(known)
                for kind, known in data.get(
                    "events", data.get("happenings", {})
                ).items()
            },
        )
