"""What follows from several labels together.

Each function adds keys to the values of a context. Facts: Enedis-NOI-CPT_54E v3,
sections 6.1 and 6.2; field notes in the docstrings.
"""

from __future__ import annotations

from datetime import datetime

from ..labels import CONTRACT_VOLTAGE, Mode
from ..tariffs import Contract
from ..values import MobilePeak, StatusRegister, parse_status
from .context import Context
from .phases import PhaseValues
from .tariff import add_historic, add_standard

# Half of 230 V: below it a phase is not there. A phase in use stays above 200 V.
_MISSING_VOLTAGE = 115
_MISSING_PHASES = tuple((f"phase_missing_l{n}", f"URMS{n}") for n in (1, 2, 3))


def derive(context: Context, phase_values: PhaseValues) -> None:
    """Add all keys that need several labels."""
    context.values["tic_mode"] = context.mode
    phases = context.memory.phases
    context.values["phases"] = phases
    if context.mode is Mode.HISTORIC:
        _historic_states(context)
        _notice_of_peak(context)
        add_historic(context)
    else:
        status = parse_status(context.text("STGE") or "")
        _standard_states(context, status)
        add_standard(context, status)
    if phases:
        phase_values.add(context, phases)
    if context.memory.shown is not None:
        context.values["energy_import"] = context.memory.shown


def _historic_states(context: Context) -> None:
    """Add overload, subscribed power and greatest power."""
    values, groups = context.values, context.groups
    if "ISOUSC" in groups or "IINST1" in groups or "IINST" in groups:
        values["overload"] = any(
            label in groups for label in ("ADPS", "ADIR1", "ADIR2", "ADIR3")
        )
    subscribed, phases = context.number("ISOUSC"), context.memory.phases
    if subscribed is not None:
        values["subscribed_power"] = (
            CONTRACT_VOLTAGE * subscribed * phases if phases else None
        )
    greatest = context.number("PMAX")
    if greatest is not None and context.identity is not None:
        # Linky puts yesterday's greatest apparent power here, older meters a power in
        # W since the last reset (T23)
        linky = context.identity.linky
        values["max_power_yesterday" if linky else "max_active_power"] = greatest


def _notice_of_peak(context: Context) -> None:
    """Add the notice of an EJP peak: PEJP is there or not."""
    if context.values.get("contract") is Contract.EJP:
        notice = "PEJP" in context.groups
        context.values["mobile_peak_notice"] = (
            MobilePeak.PEAK_1 if notice else MobilePeak.NONE
        )


def _standard_states(context: Context, status: StatusRegister | None) -> None:
    """Add what the clock and the voltages come to."""
    values = context.values
    if status is not None:
        values["clock_degraded"] = status.clock_degraded or bool(
            values.get("clock_degraded")
        )
    if context.clock_frozen:
        values["clock_degraded"] = True
    clock = values.get("meter_clock")
    if isinstance(clock, datetime):
        values["clock_offset"] = round((clock - context.received).total_seconds())
    if context.memory.phases == 3:
        for key, label in _MISSING_PHASES:
            volts = context.number(label)
            values[key] = None if volts is None else volts < _MISSING_VOLTAGE
