"""What is kept of a household and its supply over a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..link.problems import Issue
from ..link.store import Kind
from ..linky_tic.watch.household import Household
from ..linky_tic.watch.supply import SupplyLog


@dataclass
class Kept:
    """What is known of a house."""

    household: Household = field(default_factory=Household)
    supply: SupplyLog = field(default_factory=SupplyLog)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "household": self.household.as_dict(),
            "supply": self.supply.as_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Kept:
        """Return what ``as_dict`` gave; raises an error of some kind for all else."""
        return cls(
            Household.from_dict(data["household"]), SupplyLog.from_dict(data["supply"])
        )


watch_store = Kind(".watch", Issue.WATCH_RESTARTED, Kept.from_dict).store
