"""How fast the indexes of a meter may rise: by its rating, and by its contract."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..derive.power import CONTRACT_VOLTAGE
from ..frame import Group
from ..identity import Identity
from ..state.trusted import Trusted
from .registers import Pace

_POWERS = ("PREF", "PCOUP", "ISOUSC")


def pace_of(
    trusted: Trusted,
    groups: Mapping[str, Group],
    identity: Identity | None,
    phases: int | None,
) -> Pace:
    """Return it; the first frame after a restart has nothing trusted before it."""
    numbers = trusted.numbers
    return _pace(
        identity.rating if identity else None,
        phases,
        *[
            numbers.get(label)
            or (int(groups[label].value) if label in groups else None)
            for label in _POWERS
        ],
    )


@lru_cache(maxsize=8)
def _pace(rating: int | None, phases: int | None, *numbers: int | None) -> Pace:
    """Return it for a rating in A, and what the labels of power say."""
    units = (1000, 1000, CONTRACT_VOLTAGE * (phases or 3))
    powers = [
        number * unit for number, unit in zip(numbers, units, strict=True) if number
    ]
    return Pace.of(rating, phases, max(powers, default=None))
