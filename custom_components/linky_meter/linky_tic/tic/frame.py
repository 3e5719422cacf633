"""The unit of everything: a group, and the frame that holds groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from .labels import ADDRESS_LABELS, LABELS, Mode


class EndedBy(StrEnum):
    """What ended a frame."""

    ETX = "ETX"
    EOT = "EOT"
    """The meter, or a lost boundary, cut it short."""
    ADDRESS = "address"
    """The next frame's address: a bridge that prints groups keeps the boundaries."""
    SERVER = "server"
    """It came whole from a server."""


class Group(NamedTuple):
    """One group (groupe d'information) whose checksum and shape are right."""

    label: str
    value: str
    """The data as sent: zeros and spaces included."""
    horodate: str | None = None


@dataclass(frozen=True)
class Frame:
    """One frame (trame): what the meter said in one go."""

    mode: Mode | None
    """None when no group tells."""
    groups: tuple[Group, ...]
    """In the order of arrival; a label may occur twice, then the last counts."""
    ended_by: EndedBy = EndedBy.ETX
    damaged: int = 0
    """Groups lost to a wrong checksum, shape, parity or boundary."""
    whole: bool = True
    """Whether its beginning was received."""
    unknown: tuple[Group, ...] = ()
    """Groups with a right checksum and a label that no table knows."""
    lost: tuple[bytes, ...] = field(default=(), compare=False, repr=False)
    """The damaged groups that had a content, as 7-bit characters; not masked."""

    @cached_property
    def by_label(self) -> dict[str, Group]:
        """The groups by label, the last one winning."""
        return {group.label: group for group in self.groups}

    @cached_property
    def address(self) -> str | None:
        """The meter's address, 12 characters (ADCO or ADSC)."""
        for label in ADDRESS_LABELS:
            if (group := self.by_label.get(label)) is not None:
                return group.value
        return None

    @property
    def address_only(self) -> bool:
        """Whether it holds an address at most: the output is not programmed."""
        return all(group.label in ADDRESS_LABELS for group in self.groups)

    @property
    def tally(self) -> dict[str, int]:
        """What it adds to a source's counts."""
        return {
            "frames": 1,
            "groups": len(self.groups),
            "unknown": len(self.unknown),
            "damaged": self.damaged,
        }

    @property
    def complete(self) -> bool:
        """Whether it has its beginning and its own end."""
        return self.whole and self.ended_by is not EndedBy.EOT

    @property
    def undamaged(self) -> bool:
        """Whether all of it was received, and nothing damaged."""
        return self.complete and not self.damaged

    @property
    def short(self) -> bool:
        """Whether it is a short frame (trame courte) of a three-phase overload.

        Told by what it lacks, OPTARIF and PAPP, not by ADIRx: in the last minute of
        the cycle no phase is over and no ADIRx is sent (54E section 6.1.2).
        """
        if self.mode is not Mode.HISTORIC:
            return False
        labels = self.by_label
        return (
            "OPTARIF" not in labels
            and "PAPP" not in labels
            and any(label[:-1] in {"IINST", "ADIR"} for label in labels)
        )


def mode_of(groups: tuple[Group, ...]) -> Mode | None:
    """Return the mode that the groups' labels belong to."""
    return LABELS[groups[-1].label].mode if groups else None
