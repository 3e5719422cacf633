"""What a take-over changes, written down before it is changed.

So it can be given back, and finished or undone at the next start whatever stopped it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from homeassistant.core import HomeAssistant

from ...link.problems import Issue
from ...link.store import Kind
from ..seam import Seam


class Stage(StrEnum):
    """How far it is."""

    BEGUN = "begun"
    MOVED = "moved"
    RETURNING = "returning"
    RETURNED = "returned"
    FINISHED = "finished"


ENDED = frozenset({Stage.RETURNED, Stage.FINISHED})
"""Nothing is to be done, if Home Assistant lives until its registries are written."""


@dataclass
class Row:
    """An entity that moves, as it was before."""

    key: str
    domain: str
    entity_id: str
    platform: str
    unique_id: str
    config_entry_id: str | None
    """None for an entity whose integration was deleted already."""
    config_subentry_id: str | None
    device_id: str | None
    disabled_by: str | None
    options: dict[str, Any] | None
    """What the user chose for a sensor."""
    unit: str | None
    """That is shown on, where it would be another one."""
    twin: str
    """The entity of ours that gives way."""
    seam: Seam | None = None
    registry_id: str | None = None
    """Of the entity that goes back, which is one and the same whoever has it."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self) | {"seam": self.seam and self.seam.as_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Row:
        """Return what ``as_dict`` gave; raises an error of some kind for all else."""
        seam = data["seam"]
        return cls(**{**data, "seam": seam and Seam.from_dict(seam)})


@dataclass
class Journal:
    """A take-over."""

    name: str
    """The integration's, as people call it."""
    exclusive: bool
    stage: Stage = Stage.BEGUN
    rows: list[Row] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    """The config entries that it disables."""
    by_hand: list[str] = field(default_factory=list)
    """The automations that name the old device."""

    @property
    def entry_ids(self) -> set[str]:
        """The config entries that the entities came from."""
        return {row.config_entry_id for row in self.rows if row.config_entry_id}

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "name": self.name,
            "exclusive": self.exclusive,
            "stage": str(self.stage),
            "rows": [row.as_dict() for row in self.rows],
            "stopped": self.stopped,
            "by_hand": self.by_hand,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Journal:
        """Return what ``as_dict`` gave; raises an error of some kind for all else."""
        return cls(
            **{
                **data,
                "stage": Stage(data["stage"]),
                "rows": [Row.from_dict(row) for row in data["rows"]],
            }
        )


journal_store = Kind(".takeover", Issue.TAKEOVER_FORGOTTEN, Journal.from_dict).store


async def async_load_journal(hass: HomeAssistant, entry_id: str) -> Journal | None:
    """Return an entry's take-over, None without one; raises as the store does."""
    journal = await journal_store(hass, entry_id).async_load()
    return None if journal is None or journal.stage in ENDED else journal
