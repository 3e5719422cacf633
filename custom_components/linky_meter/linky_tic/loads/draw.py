"""What the house draws, and how near the breaker is, of one frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..tic.reading import MeterReading


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
    """Return what a reading says of the house, None where it says too little.

    ``filtered``: VA of each phase, ``Meter.filtered_power``. ``slow``: whether it is a
    Linky (``Meter.identity.linky``, True where there is none).
    """
    raise NotImplementedError
