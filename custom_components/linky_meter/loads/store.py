"""What is kept of the loads over a restart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ..link.problems import Issue
from ..link.store import Kind
from .target import Before


@dataclass
class Kept:
    """All that is kept."""

    manager: Mapping[str, Any] = field(default_factory=dict)
    """What the library's manager knows."""
    before: dict[str, Before] = field(default_factory=dict)
    """What each load was that is shed or lowered, by its key."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        before = {key: one.as_dict() for key, one in self.before.items()}
        return {"manager": dict(self.manager), "before": before}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what ``as_dict`` gave; raise an error of some kind for anything else."""
        before = {key: Before.from_dict(one) for key, one in data["before"].items()}
        return cls(dict(data["manager"]), before)


loads_store = Kind(".loads", Issue.LOADS_RESTARTED, Kept.from_dict).store
