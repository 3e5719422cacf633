"""What follows from several labels together.

Each function adds keys to the values of one moment. Facts: Enedis-NOI-CPT_54E v3,
sections 6.1 and 6.2; field notes in the docstrings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..labels import Mode
from ..state.memory import Memory
from ..state.trusted import Trusted
from ..tariffs import REGISTERS, TARIFFS, Contract, contract_of_option
from ..values import MobilePeak, StatusRegister, parse_status
from . import power
from .context import Moment
from .phases import add_phases
from .standing import Standing

# Half of 230 V: below it a phase is not there. A phase in use stays above 200 V.
_MISSING_VOLTAGE = 115
_MISSING_PHASES = tuple((f"phase_missing_l{n}", f"URMS{n}") for n in (1, 2, 3))


def derive(moment: Moment, standing: Standing) -> None:
    """Add all keys that need several labels; ``standing`` keeps those of states."""
    moment.values["tic_mode"] = moment.mode
    phases = moment.memory.phases
    moment.values["phases"] = phases
    if moment.mode is Mode.HISTORIC:
        _historic_states(moment)
        _historic_tariff(moment)
    else:
        status = parse_status(moment.text("STGE") or "")
        _standard_states(moment, status)
        moment.values |= standing.values(moment, status)
    if phases:
        add_phases(moment, phases)
    if moment.memory.shown is not None:
        moment.values["energy_import"] = moment.memory.shown


def _historic_states(moment: Moment) -> None:
    """Add overload, subscribed power and greatest power."""
    values, groups = moment.values, moment.groups
    if "ISOUSC" in groups or "IINST1" in groups or "IINST" in groups:
        values["overload"] = any(
            label in groups for label in ("ADPS", "ADIR1", "ADIR2", "ADIR3")
        )
    subscribed, phases = moment.number("ISOUSC"), moment.memory.phases
    if subscribed is not None:
        values["subscribed_power"] = (
            power.CONTRACT_VOLTAGE * subscribed * phases if phases else None
        )
    greatest = moment.number("PMAX")
    if greatest is not None and moment.identity is not None:
        # Linky puts yesterday's greatest apparent power here, older meters a power in
        # W since the last reset (T23)
        linky = moment.identity.linky
        values["max_power_yesterday" if linky else "max_active_power"] = greatest


def _historic_tariff(moment: Moment) -> None:
    """Add the notice of an EJP peak: PEJP is there or not."""
    if moment.values.get("contract") is Contract.EJP:
        notice = "PEJP" in moment.groups
        moment.values["mobile_peak_notice"] = (
            MobilePeak.PEAK_1 if notice else MobilePeak.NONE
        )
    if (contract := moment.values.get("contract")) in REGISTERS:
        indexes = len(TARIFFS[Contract(str(contract))])
        moment.memory.active.update(range(1, indexes + 1))


def _standard_states(moment: Moment, status: StatusRegister | None) -> None:
    """Add what the clock and the voltages come to."""
    values = moment.values
    if status is not None:
        values["clock_degraded"] = status.clock_degraded or bool(
            values.get("clock_degraded")
        )
    if moment.clock_frozen:
        values["clock_degraded"] = True
    clock = values.get("meter_clock")
    if isinstance(clock, datetime):
        values["clock_offset"] = round((clock - moment.received).total_seconds())
    if moment.memory.phases == 3:
        for key, label in _MISSING_PHASES:
            volts = moment.number(label)
            values[key] = None if volts is None else volts < _MISSING_VOLTAGE


def count_energy(
    mode: Mode, trusted: Trusted, memory: Memory, before: dict[str, int]
) -> None:
    """Count all imported energy, without a step when the registers change.

    BASE is index 1 on a historic contract and the total on any other (54E, 6.1.2), so a
    change of registers may step either way; the offset takes that up. ``before`` has
    the supplier's indexes before the mode changed.
    """
    labels: tuple[str, ...]
    if mode is Mode.STANDARD:
        labels, name = ("EAST",), "standard"
    else:
        option = trusted.text("OPTARIF")
        contract = contract_of_option(option) if option else None
        labels = REGISTERS.get(contract, ()) if contract else ()
        name = f"historic_{contract}"
    known = [trusted.numbers[label] for label in labels if label in trusted.numbers]
    if not known or len(known) < len(labels):
        return
    total = sum(known)
    if memory.registers != name:
        if memory.shown is not None:
            consumed = _consumed_since(before, memory)
            memory.offset = memory.shown + consumed - total
        memory.registers = name
    memory.shown = total + memory.offset
    before.clear()


def _consumed_since(before: Mapping[str, int], memory: Memory) -> int:
    """Return the Wh counted since the mode changed, by registers that both show."""
    registers = memory.indexes.registers
    return sum(
        max(registers[name].value - value, 0)
        for name, value in before.items()
        if name in registers
    )
