"""Exported energy of a meter that does not count it: an estimate, and never more.

A meter in consumer mode has no index of it (54E, section 6.2.3: EAIT is of producers).
What tells of the export is known to 1 A: in standard mode the direction (STGE bit 9) with
the RMS currents, in historic mode with one phase a current beside a power of 0 VA.
"""

from __future__ import annotations

from typing import NamedTuple

from ..labels import Mode

# The mains' nominal voltage, V (EN 50160), which historic mode does not tell
_NOMINAL = 230
# A current of less is rounded down, and 0 VA is no load then
_LEAST_AMPERES = 1
# Beyond it nobody knows what flowed meanwhile
_GAP_SECONDS = 15.0


class Seen(NamedTuple):
    """What a frame tells of the export; None is unknown."""

    at: float
    """A steady clock, s."""
    mode: Mode
    counted: bool
    """Whether the meter counts its export itself, or is to."""
    watts: float | None
    """The estimated power in standard mode, negative while exporting."""
    apparent: int | None
    """PAPP in historic mode, VA."""
    current: int | None
    """IINST in historic mode with one phase, A."""


class ExportEstimate:
    """Adds up what flows between two frames that both export."""

    def __init__(self) -> None:
        self._at = 0.0
        self._watts: float | None = None

    def follow(self, seen: Seen) -> float:
        """Take a frame's values, return the Wh fed in since the one before.

        One that alone seems to export adds nothing.
        """
        watts = None if seen.counted else _exported_watts(seen)
        before, self._watts = self._watts, watts
        elapsed, self._at = seen.at - self._at, seen.at
        if not watts or not before or not 0 < elapsed <= _GAP_SECONDS:
            return 0.0
        return (watts + before) / 2 * elapsed / 3600


def _exported_watts(seen: Seen) -> float | None:
    """Return W that are fed in; None or 0: none, or not known."""
    if seen.mode is Mode.STANDARD:
        return None if seen.watts is None else max(-seen.watts, 0.0)
    current = seen.current or 0
    if seen.apparent != 0 or current < _LEAST_AMPERES:
        return None
    return float(current * _NOMINAL)
