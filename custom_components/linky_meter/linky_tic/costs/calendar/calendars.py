"""The names of supplier calendars, one for each in both modes of the meter.

A price belongs to a calendar and an index, never to an index alone: a change of
contract renames the indexes and does not reset them.
"""

from __future__ import annotations

from typing import Final

from ...tic.tariffs import TARIFFS, contract_of_calendar

BASE: Final = "BASE"
OFF_PEAK: Final = "H PLEINE/CREUSE"
EJP: Final = "EJP"
TEMPO: Final = "TEMPO"

INDEXES: dict[str, int] = {
    name: len(TARIFFS[contract_of_calendar(name)])
    for name in (BASE, OFF_PEAK, EJP, TEMPO)
}
"""How many indexes a calendar has, where all captures agree on them.

Off-peak comes before peak, and Tempo is blue, white, red.
"""

_ALIASES = {
    "HC..": OFF_PEAK,
    "OFF_PEAK": OFF_PEAK,
    "EJP.": EJP,
}


def calendar_key(name: str) -> str:
    """Return the key of a calendar from NGTF, OPTARIF or a contract's key.

    Padding and case do not matter. HC.. and H PLEINE/CREUSE are one: their registers
    are the same, so prices survive a change of mode.
    """
    key = " ".join(name.split()).upper()
    if key.startswith("BBR"):
        return TEMPO
    return _ALIASES.get(key, key)
