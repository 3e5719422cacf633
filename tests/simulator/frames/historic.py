"""Frames of the historic mode."""

from tests.simulator.config import MeterConfig
from tests.simulator.contracts import CONTRACTS
from tests.simulator.truth import Truth

from .labels import (
    CONCENTRATOR,
    HISTORIC,
    HISTORIC_SHORT,
    Value,
    arrange,
    index,
    number,
)
from .wire import Group

_TOMORROW = {"blue": "BLEU", "white": "BLAN", "red": "ROUG", None: "----"}


def groups(config: MeterConfig, truth: Truth) -> list[Group]:
    """Return the groups of a long frame."""
    if config.address_only:
        return arrange(HISTORIC, {"ADCO": truth.address})
    if config.concentrator:
        return arrange(CONCENTRATOR, _concentrator(config, truth))
    values: dict[str, Value] = {
        "ADCO": truth.address,
        "ISOUSC": number(config.reference_current, 2),
        "PAPP": number((truth.import_va + 5) // 10 * 10, 5),
        "MOTDETAT": "000000",
    }
    values |= _tariff(config, truth, width=9)
    if config.hhphc is not None:
        values["HHPHC"] = config.hhphc
    if config.phases == 1:
        values |= _single_phase(config, truth)
        if config.pre_linky:
            # The first electronic meters did not know apparent power.
            del values["PAPP"]
    else:
        values |= _three_phase(config, truth)
    return arrange(HISTORIC, values)


def short_groups(truth: Truth) -> list[Group]:
    """Return the groups of a short frame; only overloaded phases are warned of."""
    values: dict[str, Value] = {"ADCO": truth.address}
    currents = _currents(truth)
    for phase, current in enumerate(currents, 1):
        values[f"IINST{phase}"] = current
    for phase in truth.overloaded:
        values[f"ADIR{phase}"] = currents[phase - 1]
    return arrange(HISTORIC_SHORT, values)


def _concentrator(config: MeterConfig, truth: Truth) -> dict[str, Value]:
    hours = int(truth.clock.timestamp()) // 3600
    return _tariff(config, truth, width=8) | {
        "ADCO": truth.address,
        "GAZ": index(hours * 3, 7),
        "AUTRE": index(hours, 7),
        "MOTDETAT": "000000",
    }


def _tariff(config: MeterConfig, truth: Truth, width: int) -> dict[str, Value]:
    """Return the contract, its indexes and its period."""
    if not config.shows_contract:
        # A contract that historic mode cannot name: everything on one register.
        return {"OPTARIF": "BASE", "BASE": index(truth.total, width), "PTEC": "TH.."}
    contract, tariff = CONTRACTS[config.contract], truth.tariff
    registers = zip(contract.registers, truth.supplier, strict=False)
    values: dict[str, Value] = {label: index(wh, width) for label, wh in registers}
    values |= {"OPTARIF": contract.optarif, "PTEC": tariff.period}
    if config.concentrator:
        return values
    if config.contract == "tempo":
        values["DEMAIN"] = _TOMORROW[tariff.tomorrow]
    if config.contract == "ejp" and tariff.notice:
        values["PEJP"] = "30"
    return values


def _single_phase(config: MeterConfig, truth: Truth) -> dict[str, Value]:
    (current,) = _currents(truth)
    measured = config.pre_linky
    values: dict[str, Value] = {
        "IINST": current,
        "IMAX": number(truth.max_currents[0] if measured else 90, 3),
    }
    if truth.overloaded:
        values["ADPS"] = current
    return values


def _three_phase(config: MeterConfig, truth: Truth) -> dict[str, Value]:
    missing = sum(1 << phase for phase in truth.missing)
    values: dict[str, Value] = {"PPOT": f"{missing:02X}"}
    most = truth.max_import.yesterday.value
    if config.pre_linky:
        most = max(most, truth.max_import.today.value) // 10 * 10
    values["PMAX"] = number(most, 5)
    for phase, current in enumerate(_currents(truth), 1):
        values[f"IINST{phase}"] = current
        peak = truth.max_currents[phase - 1] if config.pre_linky else 60
        values[f"IMAX{phase}"] = number(peak, 3)
    return values


def _currents(truth: Truth) -> list[str]:
    return [number(phase.amperes, 3) for phase in truth.phases]
