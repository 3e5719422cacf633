"""What goes into the ledger and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from .peaks import Load
from .rows import Key


class Event(StrEnum):
    """What happened that somebody may want to know."""

    METER_CHANGED = "meter_changed"
    CALENDAR_CHANGED = "calendar_changed"
    INDEX_FELL = "index_fell"
    SPIKE_HELD = "spike_held"
    SPIKE_DROPPED = "spike_dropped"
    """The new level is real and its energy is not booked."""
    TOTAL_MISMATCH = "total_mismatch"
    """The total register rose otherwise than the indexes, for several readings."""
    GAP = "gap"
    CLOCK_STEPPED = "clock_stepped"
    CLOCK_DOUBTED = "clock_doubted"
    """Nothing is booked until the clock is right, or stays as it is."""
    GAP_TOO_LONG = "gap_too_long"
    """The registers are taken up again, and their energy is not booked."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened, with the register and the Wh that it is about."""

    event: Event
    index: int | None = None
    wh: int | None = None


class Booking(NamedTuple):
    """Energy that a register counted between two moments, both UTC."""

    start: datetime
    end: datetime
    key: Key
    wh: int


class Fed(NamedTuple):
    """What a sample gave."""

    bookings: tuple[Booking, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """What the meter shows at one moment."""

    at: datetime
    """Aware."""
    calendar: str
    indexes: Mapping[int, int]
    """Wh by supplier index, 1 to 10."""
    serial: str = ""
    """What tells this meter from another."""
    total: int | None = None
    """The total register EAST, Wh; standard mode only."""
    exported: int | None = None
    """The register EAIT of what was fed in, Wh; producers in standard mode only."""
    max_power: int | None = None
    """SMAXSN of today, VA."""
    max_power_at: datetime | None = None
    """When that was; without it, today."""
    power: int | None = None
    """Subscribed power, VA."""
    load: Load | None = None
    """How loaded the connection is."""
    uptime: float | None = None
    """Seconds of a clock that never steps, while this program runs."""
