"""What a reading says that only the sensors and forms of costs ask for."""

from __future__ import annotations

from ..linky_tic.tic.reading import MeterReading


def power_of(reading: MeterReading) -> int | None:
    """Return the subscribed power in whole kVA."""
    power = reading["subscribed_power"]
    return round(power / 1000) if isinstance(power, int) and power else None
