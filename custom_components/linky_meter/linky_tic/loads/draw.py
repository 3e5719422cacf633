"""What the house draws, and how near the breaker is, of one frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..tic.fields import Value
from ..tic.reading import MeterReading
from ..tic.values import Breaker

NOMINAL_VOLTS = 230.0
"""Where the meter tells none (EN 50160)."""
_ROUNDING = 0.5


@dataclass(frozen=True, slots=True)
class PhaseDraw:
    """One phase."""

    load: float | None
    """VA drawn, 0 while it exports; None is unknown."""
    room: float | None
    """VA left before the limit that ``available_current`` has; negative when over it."""
    filtered: float | None = None
    """VA that the breaker's own filter holds, where the meter's model knows it."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What the house draws at one moment."""

    at: datetime
    """Aware time at which the meter said it."""
    phases: tuple[PhaseDraw, ...]
    breaking: float | None
    """VA of the whole installation at which the breaker acts; None is unknown."""
    closed: bool | None = True
    """Whether the breaker is closed; None is unknown."""
    slow: bool = True
    """Whether the breaker has Linky's filter. Otherwise the limit itself counts."""


def draw_of(
    reading: MeterReading,
    filtered: Sequence[float | None] = (),
    *,
    slow: bool = True,
) -> Draw | None:
    """Return what a reading says of the house, None where it says nothing of it.

    ``filtered``: VA of each phase, ``Meter.filtered_powers``; not with an early reading,
    which they do not know. ``slow``: whether the meter is a Linky
    (``Meter.identity.linky``, True where it has no identity).
    """
    count = 3 if reading["phases"] == 3 else 1
    loads = [_load(reading, n, count) for n in range(1, count + 1)]
    if all(load is None for load in loads):
        return None
    phases = []
    for n, load in enumerate(loads, 1):
        available = _number(reading, f"available_current_l{n}")
        phases.append(
            PhaseDraw(
                load,
                None if available is None else available * _volts(reading, n),
                filtered[n - 1] if len(filtered) == count else None,
            )
        )
    breaker = reading["breaker"]
    return Draw(
        reading.said,
        tuple(phases),
        # Historic mode tells the subscribed power alone, and Linky acts at it
        _number(reading, "breaking_power") or _number(reading, "subscribed_power"),
        None if breaker is None and "breaker" in reading.values else _closed(breaker),
        slow,
    )


def _load(reading: MeterReading, n: int, count: int) -> float | None:
    """Return what a phase draws, VA: its power, or else its current."""
    key = "apparent_power" if count == 1 else f"apparent_power_l{n}"
    if (apparent := _number(reading, key)) is not None:
        return apparent
    # Where powers of phases are wrong, and in historic mode
    current = _number(reading, f"current_l{n}")
    if current is None:
        return None
    # Amperes are whole
    return (current + _ROUNDING) * _volts(reading, n)


def _volts(reading: MeterReading, n: int) -> float:
    return _number(reading, f"voltage_l{n}") or NOMINAL_VOLTS


def _number(reading: MeterReading, key: str) -> float | None:
    value = reading[key]
    return float(value) if isinstance(value, int | float) else None


def _closed(breaker: Value | None) -> bool | None:
    return breaker is None or breaker is Breaker.CLOSED
