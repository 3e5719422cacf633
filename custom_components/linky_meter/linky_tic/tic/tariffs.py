"""Contracts and tariffs: what an index or a tariff name means.

Facts: Enedis-NOI-CPT_54E v3, section 6.1 (historic options and their indexes). The
standard-mode calendars are those whose indexes all captures agree on; any other
calendar's names are learned from the meter itself.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from .values import Colour


class Contract(StrEnum):
    """The kind of contract (option tarifaire)."""

    BASE = "base"
    OFF_PEAK = "off_peak"
    EJP = "ejp"
    TEMPO = "tempo"
    OTHER = "other"


class Tariff(StrEnum):
    """The tariff period being counted (période tarifaire)."""

    ALL_HOURS = "all_hours"
    OFF_PEAK = "off_peak"
    PEAK = "peak"
    NORMAL = "normal"
    MOBILE_PEAK = "mobile_peak"
    BLUE_OFF_PEAK = "blue_off_peak"
    BLUE_PEAK = "blue_peak"
    WHITE_OFF_PEAK = "white_off_peak"
    WHITE_PEAK = "white_peak"
    RED_OFF_PEAK = "red_off_peak"
    RED_PEAK = "red_peak"
    INDEX_1 = "index_1"
    INDEX_2 = "index_2"
    INDEX_3 = "index_3"
    INDEX_4 = "index_4"
    INDEX_5 = "index_5"
    INDEX_6 = "index_6"
    INDEX_7 = "index_7"
    INDEX_8 = "index_8"
    INDEX_9 = "index_9"
    INDEX_10 = "index_10"


TARIFFS: dict[Contract, tuple[Tariff, ...]] = {
    Contract.BASE: (Tariff.ALL_HOURS,),
    Contract.OFF_PEAK: (Tariff.OFF_PEAK, Tariff.PEAK),
    Contract.EJP: (Tariff.NORMAL, Tariff.MOBILE_PEAK),
    Contract.TEMPO: (
        Tariff.BLUE_OFF_PEAK,
        Tariff.BLUE_PEAK,
        Tariff.WHITE_OFF_PEAK,
        Tariff.WHITE_PEAK,
        Tariff.RED_OFF_PEAK,
        Tariff.RED_PEAK,
    ),
    Contract.OTHER: (),
}
"""The tariffs of each contract by index: the first is index 1."""

CALENDARS: dict[str, Contract] = {
    "BASE": Contract.BASE,
    "H PLEINE/CREUSE": Contract.OFF_PEAK,
    "EJP": Contract.EJP,
    "TEMPO": Contract.TEMPO,
}
"""Contracts by normalised NGTF, upper case."""

OPTIONS: dict[str, Contract] = {
    "BASE": Contract.BASE,
    "HC..": Contract.OFF_PEAK,
    "EJP.": Contract.EJP,
}
"""Contracts by OPTARIF; ``BBRx`` is Tempo."""

PERIODS: dict[str, Tariff] = {
    "TH..": Tariff.ALL_HOURS,
    "HC..": Tariff.OFF_PEAK,
    "HP..": Tariff.PEAK,
    "HN..": Tariff.NORMAL,
    "PM..": Tariff.MOBILE_PEAK,
    "HCJB": Tariff.BLUE_OFF_PEAK,
    "HPJB": Tariff.BLUE_PEAK,
    "HCJW": Tariff.WHITE_OFF_PEAK,
    "HPJW": Tariff.WHITE_PEAK,
    "HCJR": Tariff.RED_OFF_PEAK,
    "HPJR": Tariff.RED_PEAK,
}
"""Tariffs by PTEC."""

COLOURS: dict[str, Colour] = {
    "BLEU": Colour.BLUE,
    "BLAN": Colour.WHITE,
    "ROUG": Colour.RED,
}
"""Colours by DEMAIN; ``----`` is not announced."""

PERIOD_COLOURS: dict[str, Colour] = {
    "B": Colour.BLUE,
    "W": Colour.WHITE,
    "R": Colour.RED,
}
"""Colours by the last letter of a Tempo PTEC."""

_OFF_PEAK = {Tariff.OFF_PEAK: True, Tariff.PEAK: False} | {
    tariff: tariff.endswith("off_peak") for tariff in TARIFFS[Contract.TEMPO]
}
_OFF_PEAK_WORDS = frozenset({"HC", "CREUSE", "CREUSES"})


def contract_of_option(option: str) -> Contract:
    """Return the contract that OPTARIF names."""
    if option.startswith("BBR"):
        return Contract.TEMPO
    return OPTIONS.get(option, Contract.OTHER)


def contract_of_calendar(name: str) -> Contract:
    """Return the contract that a normalised NGTF names; wording varies (T30)."""
    return CALENDARS.get(name.upper(), Contract.OTHER)


def tariff_of_index(contract: Contract | None, index: int) -> Tariff:
    """Return the tariff of a supplier index, 1 to 10."""
    tariffs = TARIFFS.get(contract, ()) if contract else ()
    if index <= len(tariffs):
        return tariffs[index - 1]
    return Tariff(f"index_{index}")


def is_off_peak(tariff: Tariff, label: str | None = None) -> bool | None:
    """Return whether a tariff is off-peak, None where that has no meaning.

    For a calendar without known tariffs the meter's own label decides.
    """
    if tariff in _OFF_PEAK:
        return _OFF_PEAK[tariff]
    if label is not None and tariff.startswith("index_"):
        return not _OFF_PEAK_WORDS.isdisjoint(label.upper().split())
    return None


INDEX_KEYS: dict[int, str] = {n: f"energy_index_{n}" for n in range(1, 11)}
"""The key of a reading under which each supplier index is."""


@cache
def register_of(tariff: object, contract: object) -> str:
    """Return the key of the register that is counted now, or nothing."""
    return INDEX_KEYS.get(index_of(tariff, contract) or 0, "")


@cache
def index_of(tariff: object, contract: object) -> int | None:
    """Return the supplier index that a tariff is counted by, None if unknown."""
    name = str(tariff)
    if name.startswith("index_"):
        return int(name.removeprefix("index_"))
    tariffs = TARIFFS.get(contract, ()) if isinstance(contract, Contract) else ()
    names = [str(known) for known in tariffs]
    return names.index(name) + 1 if name in names else None
