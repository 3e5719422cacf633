"""Checks the measurements of one frame by each other.

Apparent power is voltage times current (54E, section 6.2.3), the phases add up to the
total, and both hold within a frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..labels import Mode
from .comparison import (
    CURRENTS,
    HIGHEST_VOLTAGE,
    HISTORIC,
    LOWEST_VOLTAGE,
    POWERS,
    RMS,
    ROUNDING,
    USUAL_VOLTAGE,
    VOLTAGES,
    Comparison,
    Findings,
)
from .outcome import Outcome, Verdict

# What cannot be true is beyond this
_HARD = 1.10
# By how much the voltage may differ from the usual one
_SPREAD = 0.05
# URMS is rounded to 1 V and measured in another second than the power
_TIGHT = 0.015
# VA: each phase's power is rounded
_SUM_SLACK = 4
# PAPP has steps of 10 VA
_PAPP_SLACK = 10
# A meter of 90 A, as long as its breaker bears it (54E, section 7)
_MOST_AMPERES = 2.5 * 90
# A lost neutral brings 400 V between phases, never more
_MOST_VOLTS = 440
_TOTALLED = frozenset({"SINSTS", *POWERS})


@cache
def _most(phases: int | None) -> dict[str, float]:
    """Return the most that a meter can measure, whatever else it says, by label."""
    most = dict.fromkeys(VOLTAGES, float(_MOST_VOLTS)) | dict.fromkeys(
        CURRENTS, _MOST_AMPERES
    )
    each = _MOST_AMPERES * HIGHEST_VOLTAGE
    most |= dict.fromkeys(POWERS, each)
    return most | dict.fromkeys(("SINSTS", "SINSTI", "PAPP"), (phases or 3) * each)


def check(
    frame: Comparison, mode: Mode, phases: int | None, warned: Mapping[str, int]
) -> Findings:
    """Return what the measurements of a frame say of each other.

    ``warned`` has the currents in ADPS and ADIRi, under these labels.
    """
    if mode is Mode.HISTORIC:
        found = _historic(frame, warned)
    elif phases == 3 or "SINSTS1" in frame.now or "URMS2" in frame.now:
        found = _three_phases(frame)
    else:
        found = _single_phase(frame)
    most = _most(phases)
    for label, value in frame.now.items():
        if value > most[label]:
            found.reject(label)
    return found


def _voltages(frame: Comparison, found: Findings, phases: int) -> dict[int, float]:
    """Return the voltage to reckon with of each phase that has one."""
    now, before = frame.now, frame.before
    volts: dict[int, float] = {}
    for n, label in enumerate(VOLTAGES[:phases], 1):
        if label in frame.surprising:
            # The network hardly ever steps so far
            found.hold(label, contradicted=frame.recently_damaged)
            volts[n] = before[label]
        elif (known := now.get(label, before.get(label))) is not None:
            volts[n] = known
    return volts


def _phase(
    frame: Comparison, found: Findings, power: str, current: str, volts: float | None
) -> None:
    """Compare the power of a phase with its voltage and current."""
    amperes = frame.now.get(current, frame.before.get(current))
    if power not in frame.now or amperes is None or not volts:
        return
    drawn = frame.now[power]
    highest = volts * (amperes + ROUNDING)
    lowest = volts * max(amperes - ROUNDING, 0)
    if current not in frame.now:
        if 0 < drawn < lowest / _HARD or drawn > _HARD * highest:
            found.hold(power)
    elif drawn > _HARD * highest or 0 < drawn < lowest / _HARD:
        found.reject(power)
        if current in frame.surprising:
            found.hold(current, contradicted=frame.recently_damaged)
    elif drawn == 0 and amperes:
        # It exports, or one of the two is wrong
        for label in (power, current):
            if label in frame.surprising:
                found.hold(label)
    elif lowest * (1 - _TIGHT) - 1 <= drawn <= highest * (1 + _TIGHT) + 1:
        found.bear_out(current)
        if power not in frame.surprising or frame.step(current) * frame.step(power) > 0:
            found.bear_out(power)
        else:
            found.hold(power)
    else:
        found.conflict(frame, power, current)


def _alone(frame: Comparison, found: Findings, labels: tuple[str, ...]) -> None:
    """Hold steps that nothing bears out."""
    for label in frame.surprising.intersection(labels):
        if found.verdicts.get(label) is not Verdict.BORNE_OUT:
            found.hold(label)


def _single_phase(frame: Comparison) -> Findings:
    """Check a single-phase meter in standard mode."""
    found = Findings()
    volts = _voltages(frame, found, 1)
    _phase(frame, found, "SINSTS", "IRMS1", volts.get(1))
    _alone(frame, found, ("SINSTS", "IRMS1"))
    _export(frame, found, volts, 1)
    return found


def _export(
    frame: Comparison,
    found: Findings,
    volts: Mapping[int, float],
    phases: int,
) -> None:
    """Check SINSTI: no more than the currents carry, and nothing while importing."""
    if "SINSTI" not in frame.now:
        return
    currents = RMS[:phases]
    most = sum(
        volts.get(n, HIGHEST_VOLTAGE) * (frame.now[current] + ROUNDING)
        for n, current in enumerate(currents, 1)
        if current in frame.now
    )
    whole = all(current in frame.now for current in currents)
    exported = frame.now["SINSTI"]
    if (whole and exported > _HARD * most) or (exported and frame.now.get("SINSTS")):
        found.reject("SINSTI")
        return
    if phases == 1 and whole and exported:
        least = volts.get(1, LOWEST_VOLTAGE) * (frame.now["IRMS1"] - ROUNDING)
        if exported < least / _HARD:
            found.reject("SINSTI")
            return
    _alone(frame, found, ("SINSTI",))


def _three_phases(frame: Comparison) -> Findings:
    """Check a three-phase meter in standard mode.

    The total is the sum of signed powers; a phase that exports shows 0 and its current
    (54E, 6.2.3). So the sum is exact where no phase can be exporting, and a span else.
    """
    found = Findings()
    volts = _voltages(frame, found, 3)
    for n, (power, current) in enumerate(zip(POWERS, RMS, strict=True), 1):
        _phase(frame, found, power, current, volts.get(n))
    now = frame.now
    if "SINSTS" in now:
        most = sum(
            volts.get(n, HIGHEST_VOLTAGE) * (now.get(current, 1000) + ROUNDING)
            for n, current in enumerate(RMS, 1)
        )
        if now["SINSTS"] > _HARD * most:
            found.reject("SINSTS")
    if now.keys() >= _TOTALLED and _TOTALLED.isdisjoint(found.of(Outcome.REJECTED)):
        _compare_sum(frame, found, volts)
    _alone(frame, found, ("SINSTS", *POWERS, *RMS))
    _export(frame, found, volts, 3)
    return found


def _compare_sum(
    frame: Comparison, found: Findings, volts: Mapping[int, float]
) -> None:
    """Compare the total with the phases."""
    now = frame.now
    total, drawn = now["SINSTS"], sum(now[label] for label in POWERS)
    total = total or now.get("SINSTI", 0)
    least = most = 0.0
    for n, (power, label) in enumerate(zip(POWERS, RMS, strict=True), 1):
        if now[power]:
            continue
        if (current := now.get(label)) is not None:
            volt = volts.get(n, USUAL_VOLTAGE)
            most += volt * (current + ROUNDING) * (1 + _TIGHT)
            least += volt * max(current - ROUNDING, 0) * (1 - _TIGHT)
        else:
            most += HIGHEST_VOLTAGE * 1000
    low, high = drawn - most - _SUM_SLACK, drawn - least + _SUM_SLACK
    # The sum has a sign of its own, and is booked by that of the active power
    agrees = low <= total <= high or low <= -total <= high or (not total and most)
    if agrees:
        if most <= USUAL_VOLTAGE:
            found.bear_out(*_TOTALLED)
    elif "SINSTS" in frame.surprising:
        # The phases never win over the total; this one time it may be the total
        found.hold(*_TOTALLED)
    else:
        for label in POWERS:
            found.reject(label)


def _historic(frame: Comparison, warned: Mapping[str, int]) -> Findings:
    """Check a meter in historic mode: the voltage is not known, changes tell more."""
    found = Findings()
    now = frame.now
    currents = [label for label in HISTORIC if label in now]
    for label in currents:
        overload = warned.get("ADPS" if label == "IINST" else f"ADIR{label[-1]}")
        if overload is not None and abs(overload - now[label]) <= 1:
            found.bear_out(label)
    whole = currents == ["IINST"] or len(currents) == 3
    if "PAPP" in now and whole:
        power = now["PAPP"]
        most = sum(HIGHEST_VOLTAGE * (now[label] + ROUNDING) for label in currents)
        if power > most + _PAPP_SLACK:
            found.reject("PAPP")
        elif len(currents) == 1 and 0 < power < (
            LOWEST_VOLTAGE * (now["IINST"] - ROUNDING) - _PAPP_SLACK
        ):
            found.conflict(frame, "PAPP", "IINST")
        elif _moved_together(frame, currents):
            found.bear_out(*currents)
            stepped = sum(abs(frame.step(label)) for label in currents)
            # On a line of late an ampere's step is rounding: it bears no power out
            if stepped >= 2 or not frame.recently_damaged:
                found.bear_out("PAPP")
    _alone(frame, found, ("PAPP", *currents))
    return found


def _moved_together(frame: Comparison, currents: list[str]) -> bool:
    """Return whether power and currents changed alike since the frame before."""
    if not all(label in frame.before for label in ("PAPP", *currents)):
        return False
    power = frame.step("PAPP")
    amperes = sum(frame.step(label) for label in currents)
    if abs(power) > ROUNDING * USUAL_VOLTAGE and power * amperes <= 0:
        return False
    # Each current is rounded; that all three are by most and alike is rare
    slack = USUAL_VOLTAGE * (1 + ROUNDING / 2 * (len(currents) - 1))
    return abs(power - USUAL_VOLTAGE * amperes) <= slack + _SPREAD * abs(power)
