"""Whether something can be switched on now."""

from __future__ import annotations

from math import inf
from typing import Any

from ..link.errors import refused
from ..linky_tic.tic.labels import Mode
from ..linky_tic.tic.reading import plain
from ..runtime import LinkyData

ALL_PHASES = "all"
PHASES = ("1", "2", "3", ALL_PHASES)
# Where the meter tells none (EN 50160)
_NOMINAL_VOLTAGE = 230.0


def can_start(
    data: LinkyData, power: float, phase: str | None = None
) -> dict[str, Any]:
    """Return whether so many watts more stay within the limit, and what if not.

    In three-phase the power is on the phase that is given, evenly on all, or else on
    the one with the least left. Raises ServiceValidationError.
    """
    coordinator = data.coordinator
    reading, phases = coordinator.data, coordinator.meter.memory.phases or 1
    if not coordinator.is_available("available_current"):
        raise refused("room_unknown")
    if phase not in {None, ALL_PHASES} and int(str(phase)) > phases:
        raise refused("no_such_phase")
    subscribed = reading["subscribed_power"]
    rooms: dict[int, float] = {}
    for n in range(1, phases + 1):
        amperes, volts = reading[f"available_current_l{n}"], reading[f"voltage_l{n}"]
        if not isinstance(amperes, int | float):
            raise refused("room_unknown")
        if isinstance(volts, int | float) and volts:
            rooms[n] = amperes * volts
        else:
            # No more than is subscribed, which the voltage would make it
            share = subscribed / phases if isinstance(subscribed, int) else inf
            rooms[n] = min(amperes * _NOMINAL_VOLTAGE, share)
    least = min(rooms, key=lambda n: rooms[n])
    on = list(rooms) if phase == ALL_PHASES else [int(phase) if phase else least]
    part = power / len(on)
    room = len(on) * min(rooms[n] for n in on)
    tells = coordinator.meter.mode is Mode.STANDARD
    seconds = coordinator.meter.seconds_to_trip_with(
        [part if n in on else 0.0 for n in rooms]
    )
    price = data.costs.price(data.costs.counted)
    return {
        "fits": power <= room,
        "available_power": round(room),
        "left": round(room - power),
        "phases": on,
        "trips": seconds is not None if tells else None,
        "seconds_to_trip": None if seconds is None else round(seconds),
        "tariff": plain(reading["tariff_period"]),
        "price": None if price is None else float(price.value),
    }
