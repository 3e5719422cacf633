"""A reading with what else is known of its meter, for whoever shows it for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...tic.derive.events import MeterEvent
from ...tic.fields import Value
from ...tic.reading import MeterReading
from ...tic.state.memory import Memory


@dataclass(frozen=True, slots=True)
class Told:
    """A reading, what was learned of its meter, and what happened."""

    reading: MeterReading
    memory: Memory
    """A copy: it is read in another thread."""
    at: float
    """When it came, s by a steady clock."""
    events: tuple[tuple[str, MeterEvent], ...] = ()
    """What happened, by the key of its kind."""
    line: Mapping[str, Value | None] = field(default_factory=dict)
    """How good the line is, under the keys of the catalogue."""
