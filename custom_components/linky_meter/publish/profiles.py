"""What is shown at once of each kind of noisy value, and how long the rest waits.

Data, by the profile that the user chose; kinds stand beside the descriptions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..const import CONF_PUBLISHING


class Profile(StrEnum):
    """What the user chose."""

    EVERY_FRAME = "every_frame"
    BALANCED = "balanced"
    ECONOMICAL = "economical"


class Noise(StrEnum):
    """Why a value changes with every frame."""

    POWER = "power"
    """A power, or what follows from one: shown together."""
    AVAILABLE = "available"
    """What is left: likewise, and at once when it falls."""
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
    seconds: float = 0.0
    """Smaller changes are shown after so many seconds."""
    fall: float = 0.0
    """A fall by so much is shown at once."""

    def steps(self, shown: float, value: float) -> bool:
        """Return whether a change is a step."""
        change = abs(value - shown)
        return change >= self.least and change >= self.share * abs(shown)


MINUTE, FIVE_MINUTES = 60.0, 300.0
_SLOW = Threshold(seconds=MINUTE)
THRESHOLDS: dict[Profile, dict[Noise, Threshold]] = {
    Profile.EVERY_FRAME: {Noise.SLOW: _SLOW},
    Profile.BALANCED: {
        Noise.POWER: Threshold(share=0.10, least=50, seconds=MINUTE),
        Noise.AVAILABLE: Threshold(fall=1.0),
        Noise.VOLTAGE: Threshold(least=3, seconds=FIVE_MINUTES),
        Noise.TRIP: Threshold(share=0.10),
        Noise.INDEX: Threshold(seconds=MINUTE),
        Noise.SLOW: _SLOW,
    },
    Profile.ECONOMICAL: {
        Noise.POWER: Threshold(share=0.20, least=150, seconds=FIVE_MINUTES),
        Noise.AVAILABLE: Threshold(fall=1.0),
        Noise.VOLTAGE: Threshold(least=3, seconds=FIVE_MINUTES),
        Noise.TRIP: Threshold(share=0.10),
        Noise.INDEX: Threshold(seconds=MINUTE),
        Noise.SLOW: _SLOW,
    },
}
"""By profile; a kind that is missing is shown with every frame."""


def profile_of(options: Mapping[str, Any]) -> Profile:
    """Return how often noisy values are shown."""
    return Profile(options.get(CONF_PUBLISHING, Profile.BALANCED))
