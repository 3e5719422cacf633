"""Step triggers: the powers whose steps show all that follows from a power."""

from __future__ import annotations

from collections.abc import Mapping

from ..linky_tic.tic.fields import Value

TOTAL = 0
"""The group that is no phase."""
_PHASES = (1, 2, 3)
ALL = frozenset({TOTAL, *_PHASES})
"""All groups."""
_TRIGGERS: dict[int, tuple[str, ...]] = {
    TOTAL: ("apparent_power", "apparent_power_export", "active_power"),
    1: ("apparent_power_l1",),
    2: ("apparent_power_l2",),
    3: ("apparent_power_l3",),
}
# Three-phase historic mode has no power of a phase, and older single-phase meters have
# none at all: only the current, in whole amperes
_VOLTS = 230
_CURRENTS = {n: f"current_l{n}" for n in _PHASES}
AMPERES = frozenset(_CURRENTS.values())
"""The triggers that are a current."""


def groups_of(values: Mapping[str, Value | None]) -> tuple[int, ...]:
    """Return 0 for the whole, and the phases that have powers of their own."""
    # What a single-phase meter says of its phase is the whole
    return (TOTAL, *_PHASES) if _CURRENTS[2] in values else (TOTAL,)


def triggers_of(
    groups: tuple[int, ...], values: Mapping[str, Value | None]
) -> dict[str, tuple[int, float]]:
    """Return the group and the power of each trigger that is known."""
    return {
        key: (group, power)
        for group in groups
        for key, power in _powers_of(group, values)
    }


def flickers(key: str, power: float, shown: float) -> bool:
    """Return whether a current in whole amperes only went to the next one."""
    return key in AMPERES and abs(power - shown) <= _VOLTS


def _powers_of(
    group: int, values: Mapping[str, Value | None]
) -> list[tuple[str, float]]:
    """Return the powers of a phase, or of the whole, that are known."""
    powers = [
        (key, float(value))
        for key in _TRIGGERS[group]
        if isinstance(value := values.get(key), int | float)
    ]
    if not powers:
        key = _CURRENTS[group or 1]
        current = values.get(key)
        if isinstance(current, int | float):
            return [(key, _VOLTS * current)]
    return powers
