"""Contracts and tariffs: what an index or a tariff name means.

Facts: Enedis-NOI-CPT_54E v3, section 6.1 (historic options and their indexes). The
standard-mode calendars are those whose indexes all captures agree on; any other
calendar's names are learned from the meter itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import NamedTuple

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


class Index(NamedTuple):
    """One supplier index of a contract, by all the names that it has."""

    tariff: Tariff
    label: str
    """What historic mode calls its register; standard mode has EASFnn for all."""
    period: str
    """PTEC while it is counted."""


CONTRACTS: dict[Contract, tuple[Index, ...]] = {
    Contract.BASE: (Index(Tariff.ALL_HOURS, "BASE", "TH.."),),
    Contract.OFF_PEAK: (
        Index(Tariff.OFF_PEAK, "HCHC", "HC.."),
        Index(Tariff.PEAK, "HCHP", "HP.."),
    ),
    Contract.EJP: (
        Index(Tariff.NORMAL, "EJPHN", "HN.."),
        Index(Tariff.MOBILE_PEAK, "EJPHPM", "PM.."),
    ),
    Contract.TEMPO: (
        Index(Tariff.BLUE_OFF_PEAK, "BBRHCJB", "HCJB"),
        Index(Tariff.BLUE_PEAK, "BBRHPJB", "HPJB"),
        Index(Tariff.WHITE_OFF_PEAK, "BBRHCJW", "HCJW"),
        Index(Tariff.WHITE_PEAK, "BBRHPJW", "HPJW"),
        Index(Tariff.RED_OFF_PEAK, "BBRHCJR", "HCJR"),
        Index(Tariff.RED_PEAK, "BBRHPJR", "HPJR"),
    ),
    Contract.OTHER: (),
}
"""The indexes of each contract: the first is index 1. All that asks which tariff,
label or index goes with which reads this table."""

INDEXES = range(1, 11)
"""The supplier indexes that a meter has (54E, section 6.2.3: EASF01 to EASF10)."""


def index_key(index: int) -> str:
    """Return the key of an index's register in a reading."""
    return f"energy_index_{index}"


INDEX_KEYS = tuple(map(index_key, INDEXES))
"""The keys of all registers, index 1 first."""

TARIFFS: dict[Contract, tuple[Tariff, ...]] = {
    contract: tuple(row.tariff for row in rows) for contract, rows in CONTRACTS.items()
}
"""The tariffs of each contract by index: the first is index 1."""

REGISTERS: dict[Contract, tuple[str, ...]] = {
    contract: tuple(row.label for row in rows)
    for contract, rows in CONTRACTS.items()
    if rows
}
"""The index labels that each historic option shows, index 1 first."""

LABEL_INDEXES: dict[str, int] = {
    label: index
    for contract, labels in REGISTERS.items()
    # BASE is index 1 or the total (54E, section 6.1.2): no index by itself
    if contract is not Contract.BASE
    for index, label in enumerate(labels, 1)
} | {f"EASF{index:02}": index for index in INDEXES}
"""The supplier index that a label counts, in either mode."""

PERIODS: dict[str, Tariff] = {
    row.period: row.tariff for rows in CONTRACTS.values() for row in rows
}
"""Tariffs by PTEC."""

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


@cache
def index_of(tariff: object, contract: object) -> int | None:
    """Return the supplier index of a tariff, None where it has none."""
    name = str(tariff)
    if name.startswith("index_"):
        return int(name.removeprefix("index_"))
    tariffs = TARIFFS.get(contract, ()) if isinstance(contract, Contract) else ()
    names = [str(known) for known in tariffs]
    return names.index(name) + 1 if name in names else None


def slot_of_index(contract: Contract | None, index: int) -> int:
    """Return what a day profile has for an index: of Tempo, off-peak or peak only.

    The colour is told apart (54E, section 6.2.3.16; captures with right checksums).
    """
    if contract is Contract.TEMPO and index <= len(TARIFFS[Contract.TEMPO]):
        return 2 - index % 2
    return index


def label_of_index(
    contract: Contract | None, index: int, labels: Mapping[int, str]
) -> Tariff | str:
    """Return what names an index: its tariff, or the label learned for it.

    Where two have the same label, the number tells them apart.
    """
    tariff, learned = tariff_of_index(contract, index), labels.get(index)
    if not learned or not tariff.startswith("index_"):
        return tariff
    if list(labels.values()).count(learned) == 1:
        return learned
    return f"{learned} {index}"
