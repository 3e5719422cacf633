"""Contracts and tariffs."""

import pytest

from custom_components.linky_meter.linky_tic.tic.labels import LABELS
from custom_components.linky_meter.linky_tic.tic.tariffs import (
    INDEX_KEYS,
    PERIODS,
    REGISTERS,
    TARIFFS,
    Contract,
    Tariff,
    contract_of_calendar,
    contract_of_option,
    index_of,
    is_off_peak,
    label_of_index,
    tariff_of_index,
)


@pytest.mark.parametrize(
    ("option", "contract"),
    [
        ("BASE", "base"),
        ("HC..", "off_peak"),
        ("EJP.", "ejp"),
        *((f"BBR{chr(code)}", "tempo") for code in range(0x28, 0x40)),
        ("....", "other"),
    ],
)
def test_historic_options(option: str, contract: str) -> None:
    """The last character of a Tempo option programmes relays only."""
    assert contract_of_option(option) == contract


@pytest.mark.parametrize(
    ("name", "contract"),
    [
        ("BASE", "base"),
        ("base", "base"),
        ("H PLEINE/CREUSE", "off_peak"),
        ("TEMPO", "tempo"),
        ("EJP", "ejp"),
        ("HC et Week-End", "other"),
        ("PRODUCTEUR", "other"),
        ("", "other"),
    ],
)
def test_calendars(name: str, contract: str) -> None:
    """Any name that captures do not agree on is another calendar."""
    assert contract_of_calendar(name) == contract


def test_tariffs_follow_the_order_of_the_registers() -> None:
    """Historic registers are supplier indexes 1, 2 and so on."""
    assert {contract: len(labels) for contract, labels in REGISTERS.items()} == {
        contract: len(tariffs) for contract, tariffs in TARIFFS.items() if tariffs
    }
    assert tariff_of_index(Contract.TEMPO, 3) is Tariff.WHITE_OFF_PEAK
    assert tariff_of_index(Contract.OFF_PEAK, 1) is Tariff.OFF_PEAK
    assert tariff_of_index(Contract.OFF_PEAK, 3) is Tariff.INDEX_3
    assert tariff_of_index(None, 10) is Tariff.INDEX_10
    assert tariff_of_index(Contract.OTHER, 1) is Tariff.INDEX_1


def test_every_period_passes_the_decoder() -> None:
    """And every one that passes is known."""
    assert set(PERIODS.values()) == {
        tariff for tariffs in TARIFFS.values() for tariff in tariffs
    }
    assert all(LABELS["PTEC"].pattern.fullmatch(period) for period in PERIODS)
    letters = ("TH..", "H{}..", "PM..", "H{}JB", "H{}JW", "H{}JR")
    for shape in letters:
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            period = shape.format(letter)
            if LABELS["PTEC"].pattern.fullmatch(period):
                assert period in PERIODS


@pytest.mark.parametrize(
    ("tariff", "label", "off_peak"),
    [
        (Tariff.OFF_PEAK, None, True),
        (Tariff.PEAK, None, False),
        (Tariff.RED_OFF_PEAK, None, True),
        (Tariff.WHITE_PEAK, None, False),
        (Tariff.ALL_HOURS, None, None),
        (Tariff.NORMAL, "HC", None),
        (Tariff.INDEX_1, None, None),
        (Tariff.INDEX_1, "HEURE CREUSE", True),
        (Tariff.INDEX_2, "HEURE PLEINE", False),
        (Tariff.INDEX_3, "hc week end", True),
        (Tariff.INDEX_4, "BLEU HC", True),
        (Tariff.INDEX_5, "CHC", False),
    ],
)
def test_off_peak(tariff: Tariff, label: str | None, off_peak: bool | None) -> None:
    """The tariff tells, or the meter's own name of an index."""
    assert is_off_peak(tariff, label) is off_peak


def test_what_names_a_register() -> None:
    """Its tariff where the contract has one, else what the meter calls it."""
    known = label_of_index(Contract.OFF_PEAK, 1, {1: "HEURE CREUSE"})
    assert known is Tariff.OFF_PEAK
    assert label_of_index(Contract.OTHER, 3, {3: "HC WEEK END"}) == "HC WEEK END"
    assert label_of_index(Contract.OTHER, 3, {}) is Tariff.INDEX_3
    assert label_of_index(Contract.OTHER, 2, {1: "HP", 2: "HP"}) == "HP 2"


@pytest.mark.parametrize(
    ("tariff", "contract", "register"),
    [
        (Tariff.OFF_PEAK, Contract.OFF_PEAK, "energy_index_1"),
        (Tariff.PEAK, Contract.OFF_PEAK, "energy_index_2"),
        ("index_7", Contract.OTHER, "energy_index_7"),
        (Tariff.PEAK, Contract.OTHER, None),
        (Tariff.PEAK, None, None),
        (None, None, None),
    ],
)
def test_the_register_that_counts(
    tariff: str | None, contract: Contract | None, register: str | None
) -> None:
    """By its number, or its place among the tariffs of a contract."""
    index = index_of(tariff, contract)
    assert (INDEX_KEYS[index - 1] if index else None) == register
