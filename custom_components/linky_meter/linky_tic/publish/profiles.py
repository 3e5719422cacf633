"""What is shown at once of each kind of noisy value, and how long the rest waits.

Data, by the profile that the user chose; kinds stand beside the descriptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf


class Profile(StrEnum):
    """What the user chose."""

    EVERY_FRAME = "every_frame"
    BALANCED = "balanced"
    ECONOMICAL = "economical"


class Noise(StrEnum):
    """Why a value changes with every frame."""

    POWER = "power"
    CURRENT = "current"
    FACTOR = "factor"
    """A power factor."""
    USAGE = "usage"
    """A share of what is subscribed, percent."""
    ROOM = "room"
    """The power that is left."""
    AVAILABLE = "available"
    """The current that is left: loads are switched by it when it falls."""
    VOLTAGE = "voltage"
    TRIP = "trip"
    INDEX = "index"
    SLOW = "slow"
    """Clock and counters."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What is shown at once, and how long the rest waits."""

    share: float = 0.0
    """A step is this share of the value shown…"""
    least: float = 0.0
    """…and at least this much."""
    seconds: float = inf
    """Smaller changes are shown after so many seconds."""
    fall: float = inf
    """A fall by so much is a step in any case."""

    def steps(self, shown: float, value: float) -> bool:
        """Return whether a change is a step."""
        change = abs(value - shown)
        return (
            change >= self.least and change >= self.share * abs(shown)
        ) or shown - value >= self.fall


MINUTE, FIVE_MINUTES = 60.0, 300.0
_SLOW = Threshold(seconds=MINUTE)
# Three-phase historic mode has whole amperes: one more or less is no step
_FLICKER = 1.1
THRESHOLDS: dict[Profile, dict[Noise, Threshold]] = {
    Profile.EVERY_FRAME: {Noise.SLOW: _SLOW},
    Profile.BALANCED: {
        Noise.POWER: Threshold(share=0.10, least=50, seconds=MINUTE),
        Noise.CURRENT: Threshold(share=0.10, least=_FLICKER, seconds=MINUTE),
        Noise.FACTOR: Threshold(least=0.1, seconds=MINUTE),
        Noise.USAGE: Threshold(share=0.10, least=3, seconds=MINUTE),
        Noise.ROOM: Threshold(share=0.10, least=250, seconds=MINUTE),
        Noise.AVAILABLE: Threshold(share=0.25, least=2, fall=1, seconds=MINUTE),
        Noise.VOLTAGE: Threshold(least=3, seconds=FIVE_MINUTES),
        Noise.TRIP: Threshold(share=0.10),
        Noise.INDEX: Threshold(seconds=MINUTE),
        Noise.SLOW: _SLOW,
    },
    Profile.ECONOMICAL: {
        Noise.POWER: Threshold(share=0.20, least=150, seconds=FIVE_MINUTES),
        Noise.CURRENT: Threshold(share=0.20, least=_FLICKER, seconds=FIVE_MINUTES),
        Noise.FACTOR: Threshold(least=0.1, seconds=FIVE_MINUTES),
        Noise.USAGE: Threshold(share=0.20, least=5, seconds=FIVE_MINUTES),
        Noise.ROOM: Threshold(share=0.20, least=500, seconds=FIVE_MINUTES),
        Noise.AVAILABLE: Threshold(share=0.25, least=2, fall=1, seconds=FIVE_MINUTES),
        Noise.VOLTAGE: Threshold(least=3, seconds=FIVE_MINUTES),
        Noise.TRIP: Threshold(share=0.10),
        Noise.INDEX: Threshold(seconds=MINUTE),
        Noise.SLOW: _SLOW,
    },
}
"""By profile; a kind that is missing is shown with every frame."""
