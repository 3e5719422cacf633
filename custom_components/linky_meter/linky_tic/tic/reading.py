"""A reading: what one meter says at one moment, under the keys of the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import json
from typing import Any

from .fields import Fields, Value
from .frame import EndedBy, Frame
from .labels import Mode


@dataclass(frozen=True)
class MeterReading:
    """What a meter says: equal when its values are.

    A key that is missing was never sent; a value None is unknown now.
    """

    mode: Mode | None
    address: str | None
    """12 characters, once two frames agree."""
    values: Fields
    frame: Frame = field(compare=False, repr=False)
    received: datetime = field(compare=False)
    """Aware time at which the frame ended."""
    early: bool = field(default=False, compare=False)
    """Whether only the measurements are of now: the frame has not ended yet."""
    accepted: Collection[str] = field(default=(), compare=False, repr=False)
    """The labels of the frame whose data is believed."""
    delay: float = field(default=0.0, compare=False)
    """Seconds by which a server gave the frame late, 0 for one in time."""

    def __getitem__(self, key: str) -> Value | None:
        """Return a value, None when it is unknown or was never sent."""
        return self.values.get(key)

    @property
    def said(self) -> datetime:
        """Aware time at which the meter said it, by our clock."""
        return self.received - timedelta(seconds=self.delay)

    def as_dict(self) -> dict[str, Any]:
        """Return the contract of ``--json``: one object a frame, ready for JSON."""
        frame = self.frame
        return {
            "mode": self.mode,
            "received": self.received.isoformat(),
            "complete": frame.complete,
            "ended_by": str(frame.ended_by),
            "short": frame.short,
            "damaged": frame.damaged,
            "groups": {
                group.label: {
                    "value": group.value,
                    "horodate": group.horodate,
                    "accepted": group.label in self.accepted,
                }
                for group in frame.by_label.values()
            },
            "reading": {key: plain(value) for key, value in self.values.items()},
        }

    def as_json(self) -> str:
        """Return ``as_dict`` as one line."""
        return json.dumps(self.as_dict(), ensure_ascii=False)


def plain(value: Value | None) -> bool | int | float | str | None:
    """Return a value as JSON has it: times as ISO with offset, enums as their key."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    return value


EMPTY = MeterReading(
    None,
    None,
    {},
    Frame(None, (), EndedBy.SERVER),
    datetime.fromtimestamp(0).astimezone(),
)
"""The reading before the first frame."""
