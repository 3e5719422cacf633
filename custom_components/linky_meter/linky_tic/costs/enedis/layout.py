"""What the columns of a file mean, told by their names and never by their places.

Layouts of Enedis, as people quote them: until 2024 CSV with two lines of preamble
(``Identifiant PRM;Type de donnees;…;Unite``, then its values) above ``Horodate;Valeur``
or ``Horodate;Type de releve;EAS F1;…;EAS T``; since then workbooks with ``Date | Valeur
(en kWh)`` and ``Début | Fin | Valeur (en kW)`` below pairs of a name and a value; the flat
files of its data hub (R63) with the preamble in each row; and ``horodate ISO fin de
pas;puissance moyenne (W)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
import re
from typing import Final
import unicodedata

PRM: Final = "prm"
KIND: Final = "kind"
QUANTITY: Final = "quantity"
DIRECTION: Final = "direction"
UNIT: Final = "unit"
STEP: Final = "step"
STAMP: Final = "stamp"
START: Final = "start"
END: Final = "end"
DATE: Final = "date"
VALUE: Final = "value"
TOTAL: Final = "total"

CONSUMPTION: Final = "consumption"
PRODUCTION: Final = "production"
OTHER: Final = "other"

_FACTS: dict[str, str] = {
    "identifiant prm": PRM,
    "point reference mesure (prm)": PRM,
    "prm": PRM,
    "type de donnees": KIND,
    "type de comptage": KIND,
    "grandeur physique": QUANTITY,
    "grandeur metier": DIRECTION,
    "unite": UNIT,
    "pas": STEP,
    "pas en minutes": STEP,
}
"""What a preamble says, or a column of each row."""
FACTS = frozenset(_FACTS.values())
_OTHER_FACTS = frozenset({"date de debut", "date de fin", "etape metier"})
_TIMES: dict[str, str] = {
    "horodate": STAMP,
    "horodate iso fin de pas": END,
    "debut": START,
    "fin": END,
    "date": DATE,
}
_VALUE = re.compile(r"(valeur|puissance moyenne|consommation|energie)\b")
_UNIT = re.compile(r"\((?:en )?([km]?wh?)\)")
_REGISTER = re.compile(r"eas f(10|\d)")
_REGISTERS_END = "periode"
_PRODUCTION = re.compile(r"production|injection")
_NO_ENERGY = re.compile(r"puissance (apparente )?max|reactive|\bpma\b|tension")


def plain(text: str) -> str:
    """Return a name without accents, case, doubled blanks and a colon at its end."""
    found = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in found if not unicodedata.combining(c))
    return " ".join(letters.casefold().split()).rstrip(" :")


@dataclass(frozen=True)
class Table:
    """The columns of a table, by what they hold."""

    places: Mapping[str, int]
    registers: Mapping[int, int] = field(default_factory=dict)
    """Columns of the supplier's registers, by index."""
    unit: str | None = None
    """In the name of the values' column."""


def table_of(cells: Sequence[str]) -> Table | None:
    """Return the table that a row of names begins; None: it is none."""
    places: dict[str, int] = {}
    registers: dict[int, int] = {}
    unit = None
    for place, name in enumerate(map(plain, cells)):
        role = _TIMES.get(name) or _FACTS.get(name)
        if role is None and _VALUE.match(name):
            match = _UNIT.search(name)
            # "Consommation (euros)" is no energy
            if match is None and "(" in name:
                continue
            role, unit = VALUE, match[1] if match else unit
        elif name == "eas t":
            role = TOTAL
        elif match := _REGISTER.fullmatch(name):
            registers[int(match[1])] = place
        if role is not None:
            places.setdefault(role, place)
    timed = bool({STAMP, START, END, DATE} & places.keys())
    if not timed or not (VALUE in places or TOTAL in places):
        return None
    return Table(places, registers, unit)


@dataclass
class Preamble:
    """What stands above a table: pairs, or a line of names above one of values."""

    facts: dict[str, str] = field(default_factory=dict)
    _names: list[str] | None = None

    def take(self, cells: Sequence[str]) -> bool:
        """Take a row; return whether it belongs to a preamble."""
        if self._names is not None:
            for name, cell in zip(self._names, cells, strict=False):
                if name and cell:
                    self.facts[name] = cell
            self._names = None
            return True
        names = [plain(cell) for cell in cells]
        known = [_FACTS.get(name, "") for name in names]
        if not any(known):
            return False
        pairs = {
            name: cell
            for name, cell, after in zip(known, cells[1:], names[1:], strict=False)
            if name and after and after not in _FACTS and after not in _OTHER_FACTS
        }
        if pairs:
            self.facts |= pairs
        else:
            self._names = known
        return True


@lru_cache(maxsize=256)
def nature_of(*texts: str) -> str:
    """Return what a table is of: energy that is drawn, fed in, or no energy at all."""
    names = [plain(text) for text in texts]
    if any(_PRODUCTION.search(name) for name in names):
        return PRODUCTION
    return OTHER if any(_NO_ENERGY.search(name) for name in names) else CONSUMPTION


def ends_table(cells: Sequence[str]) -> bool:
    """Return whether a row begins the list of contracts that follows registers."""
    return bool(cells) and plain(cells[0]) == _REGISTERS_END
