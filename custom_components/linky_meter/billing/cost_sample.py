"""What a reading says that only the sensors and forms of costs ask for."""

from __future__ import annotations

from ..linky_tic.tic.reading import MeterReading
from ..linky_tic.tic.tariffs import TARIFFS, Contract, Tariff


def index_of(reading: MeterReading) -> int | None:
    """Return the index that counts now, None while it is unknown."""
    tariff, contract = reading["tariff_period"], reading["contract"]
    if not isinstance(tariff, Tariff):
        return None
    if tariff.startswith("index_"):
        return int(tariff.removeprefix("index_"))
    tariffs = TARIFFS[contract] if isinstance(contract, Contract) else ()
    return tariffs.index(tariff) + 1 if tariff in tariffs else None


def power_of(reading: MeterReading) -> int | None:
    """Return the subscribed power in whole kVA."""
    power = reading["subscribed_power"]
    return round(power / 1000) if isinstance(power, int) and power else None
