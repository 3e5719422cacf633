"""Checks the measurements of one frame by each other.

Apparent power is voltage times current (54E, section 6.2.3), the phases add up to the
total, and both hold within a frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from ..labels import CURRENT_LABELS, PHASE_LABELS, Mode

# V; EN 50160 allows 207 to 253
_LOWEST_VOLTAGE, _HIGHEST_VOLTAGE = 195, 265
_USUAL_VOLTAGE = 230
_VOLTAGE_STEP = 12
STEP = 0.08
_HARD = 1.10
# By how much the voltage may differ from the usual one
_SPREAD = 0.05
# URMS is rounded to 1 V and measured in another second than the power
_TIGHT = 0.015
_ROUNDING = 0.5
# VA: each phase's power is rounded
_SUM_SLACK = 4
# PAPP has steps of 10 VA
_PAPP_SLACK = 10
# A meter of 90 A, as long as its breaker bears it (54E, section 7)
_MOST_AMPERES = 2.5 * 90
# A lost neutral brings 400 V between phases, never more
_MOST_VOLTS = 440
_POWERS, _RMS, _VOLTAGES = zip(*PHASE_LABELS[3], strict=True)
_TOTALLED = frozenset({"SINSTS", *_POWERS})
_HISTORIC = (*CURRENT_LABELS[1], *CURRENT_LABELS[3])
_CURRENTS = (*_HISTORIC, *_RMS)
# A change up to here is no step: V, A
_LEAST = dict.fromkeys(_VOLTAGES, float(_VOLTAGE_STEP)) | dict.fromkeys(
    _CURRENTS, _ROUNDING
)


class Frame:
    """The measurements of one frame and those trusted before it."""

    def __init__(
        self,
        now: Mapping[str, int],
        before: Mapping[str, int],
        earlier: Mapping[str, int],
        *,
        shaky: bool,
    ) -> None:
        """Compare them.

        ``earlier`` was trusted before a step, ``shaky`` tells that the line damaged a
        group a moment ago.
        """
        self.now, self.before, self.shaky = now, before, shaky
        self.surprising = {
            label
            for label, value in now.items()
            # Back where it was: the step may have been the damage
            if far_apart(label, value, before.get(label))
            and (label not in earlier or far_apart(label, value, earlier[label]))
        }
        """Labels that changed by more than a tenth and one ampere step."""

    def step(self, label: str) -> int:
        """Return by how much a label changed, 0 if it is not in both."""
        if label not in self.now or label not in self.before:
            return 0
        return self.now[label] - self.before[label]


def far_apart(label: str, value: int, before: int | None) -> bool:
    """Return whether two values of a label differ by more than a small step."""
    if before is None or value == before:
        return False
    step = abs(value - before)
    least = _LEAST.get(label, _ROUNDING * _USUAL_VOLTAGE)
    if step <= least:
        return False
    return label in _VOLTAGES or step > STEP * min(value, before)


@cache
def _most(phases: int | None) -> dict[str, float]:
    """Return the most that a meter can measure, whatever else it says, by label."""
    most = dict.fromkeys(_VOLTAGES, float(_MOST_VOLTS)) | dict.fromkeys(
        _CURRENTS, _MOST_AMPERES
    )
    each = _MOST_AMPERES * _HIGHEST_VOLTAGE
    most |= dict.fromkeys(_POWERS, each)
    return most | dict.fromkeys(("SINSTS", "SINSTI", "PAPP"), (phases or 3) * each)


def usual(volts: int) -> bool:
    """Return whether a voltage is what a network has."""
    return _LOWEST_VOLTAGE <= volts <= _HIGHEST_VOLTAGE


def check(
    frame: Frame, mode: Mode, phases: int | None, warned: Mapping[str, int]
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
    found.false |= {label for label, value in frame.now.items() if value > most[label]}
    return found


@dataclass(slots=True)
class Findings:
    """What the checks of one frame found."""

    false: set[str] = field(default_factory=set)
    """Labels that cannot be true."""
    odd: set[str] = field(default_factory=set)
    """Labels that surprise: the next frame decides."""
    witnessed: set[str] = field(default_factory=set)
    """Labels that another measurement of the frame bears out."""
    contradicted: set[str] = field(default_factory=set)
    """Labels that changed against the others: one more frame decides."""

    def conflict(self, frame: Frame, *labels: str) -> None:
        """Hold those of some disagreeing labels that changed, or all of them."""
        present = [label for label in labels if label in frame.now]
        changed = [label for label in present if label in frame.surprising]
        self.odd.update(changed or present)
        if frame.shaky and len(changed) < len(present):
            self.contradicted.update(changed)


def _voltages(frame: Frame, found: Findings, phases: int) -> dict[int, float]:
    """Return the voltage to reckon with of each phase that has one."""
    now, before = frame.now, frame.before
    volts: dict[int, float] = {}
    for n, label in enumerate(_VOLTAGES[:phases], 1):
        if label in frame.surprising:
            found.odd.add(label)
            if frame.shaky:
                # The network hardly ever steps so far
                found.contradicted.add(label)
            volts[n] = before[label]
        elif (known := now.get(label, before.get(label))) is not None:
            volts[n] = known
    return volts


def _phase(
    frame: Frame, found: Findings, power: str, current: str, volts: float | None
) -> None:
    """Compare the power of a phase with its voltage and current."""
    amperes = frame.now.get(current, frame.before.get(current))
    if power not in frame.now or amperes is None or not volts:
        return
    drawn = frame.now[power]
    highest = volts * (amperes + _ROUNDING)
    lowest = volts * max(amperes - _ROUNDING, 0)
    if current not in frame.now:
        if 0 < drawn < lowest / _HARD or drawn > _HARD * highest:
            found.odd.add(power)
    elif drawn > _HARD * highest or 0 < drawn < lowest / _HARD:
        found.false.add(power)
        if current in frame.surprising:
            found.odd.add(current)
            if frame.shaky:
                found.contradicted.add(current)
    elif drawn == 0 and amperes:
        # It exports, or one of the two is wrong
        for label in (power, current):
            if label in frame.surprising:
                found.odd.add(label)
    elif lowest * (1 - _TIGHT) - 1 <= drawn <= highest * (1 + _TIGHT) + 1:
        found.witnessed.add(current)
        if power not in frame.surprising or frame.step(current) * frame.step(power) > 0:
            found.witnessed.add(power)
        else:
            found.odd.add(power)
    else:
        found.conflict(frame, power, current)


def _alone(frame: Frame, found: Findings, labels: tuple[str, ...]) -> None:
    """Hold steps that nothing bears out."""
    if frame.surprising:
        found.odd |= frame.surprising.intersection(labels) - found.witnessed


def _single_phase(frame: Frame) -> Findings:
    """Check a single-phase meter in standard mode."""
    found = Findings()
    volts = _voltages(frame, found, 1)
    _phase(frame, found, "SINSTS", "IRMS1", volts.get(1))
    _alone(frame, found, ("SINSTS", "IRMS1"))
    _export(frame, found, volts, 1)
    return found


def _export(
    frame: Frame,
    found: Findings,
    volts: Mapping[int, float],
    phases: int,
) -> None:
    """Check SINSTI: no more than the currents carry, and nothing while importing."""
    if "SINSTI" not in frame.now:
        return
    currents = _RMS[:phases]
    most = sum(
        volts.get(n, _HIGHEST_VOLTAGE) * (frame.now[current] + _ROUNDING)
        for n, current in enumerate(currents, 1)
        if current in frame.now
    )
    whole = all(current in frame.now for current in currents)
    exported = frame.now["SINSTI"]
    if (whole and exported > _HARD * most) or (exported and frame.now.get("SINSTS")):
        found.false.add("SINSTI")
        return
    if phases == 1 and whole and exported:
        least = volts.get(1, _LOWEST_VOLTAGE) * (frame.now["IRMS1"] - _ROUNDING)
        if exported < least / _HARD:
            found.false.add("SINSTI")
            return
    _alone(frame, found, ("SINSTI",))


def _three_phases(frame: Frame) -> Findings:
    """Check a three-phase meter in standard mode.

    The total is the sum of signed powers; a phase that exports shows 0 and its current
    (54E, 6.2.3). So the sum is exact where no phase can be exporting, and a span else.
    """
    found = Findings()
    volts = _voltages(frame, found, 3)
    for n, (power, current) in enumerate(zip(_POWERS, _RMS, strict=True), 1):
        _phase(frame, found, power, current, volts.get(n))
    now = frame.now
    if "SINSTS" in now:
        most = sum(
            volts.get(n, _HIGHEST_VOLTAGE) * (now.get(current, 1000) + _ROUNDING)
            for n, current in enumerate(_RMS, 1)
        )
        if now["SINSTS"] > _HARD * most:
            found.false.add("SINSTS")
    if now.keys() >= _TOTALLED and found.false.isdisjoint(_TOTALLED):
        _compare_sum(frame, found, volts)
    _alone(frame, found, ("SINSTS", *_POWERS, *_RMS))
    _export(frame, found, volts, 3)
    return found


def _compare_sum(frame: Frame, found: Findings, volts: Mapping[int, float]) -> None:
    """Compare the total with the phases."""
    now = frame.now
    total, drawn = now["SINSTS"], sum(now[label] for label in _POWERS)
    total = total or now.get("SINSTI", 0)
    least = most = 0.0
    for n, (power, label) in enumerate(zip(_POWERS, _RMS, strict=True), 1):
        if now[power]:
            continue
        if (current := now.get(label)) is not None:
            volt = volts.get(n, _USUAL_VOLTAGE)
            most += volt * (current + _ROUNDING) * (1 + _TIGHT)
            least += volt * max(current - _ROUNDING, 0) * (1 - _TIGHT)
        else:
            most += _HIGHEST_VOLTAGE * 1000
    low, high = drawn - most - _SUM_SLACK, drawn - least + _SUM_SLACK
    labels = set(_POWERS) - found.false
    # The sum has a sign of its own, and is booked by that of the active power
    agrees = low <= total <= high or low <= -total <= high or (not total and most)
    if agrees and labels:
        if most <= _USUAL_VOLTAGE:
            found.witnessed |= {"SINSTS", *labels}
            found.odd -= {"SINSTS", *labels}
        return
    # The phases never win over the total; this one time it may be the total
    if "SINSTS" in frame.surprising:
        found.odd.add("SINSTS")
        found.odd |= labels
    else:
        found.false |= labels


def _historic(frame: Frame, warned: Mapping[str, int]) -> Findings:
    """Check a meter in historic mode: the voltage is not known, changes tell more."""
    found = Findings()
    now = frame.now
    currents = [label for label in _HISTORIC if label in now]
    for label in currents:
        overload = warned.get("ADPS" if label == "IINST" else f"ADIR{label[-1]}")
        if overload is not None and abs(overload - now[label]) <= 1:
            found.witnessed.add(label)
    whole = currents == ["IINST"] or len(currents) == 3
    if "PAPP" in now and whole:
        power = now["PAPP"]
        most = sum(_HIGHEST_VOLTAGE * (now[label] + _ROUNDING) for label in currents)
        if power > most + _PAPP_SLACK:
            found.false.add("PAPP")
        elif len(currents) == 1 and 0 < power < (
            _LOWEST_VOLTAGE * (now["IINST"] - _ROUNDING) - _PAPP_SLACK
        ):
            found.conflict(frame, "PAPP", "IINST")
        elif _moved_together(frame, currents):
            found.witnessed |= {"PAPP", *currents}
            if frame.shaky and sum(abs(frame.step(label)) for label in currents) < 2:
                # An ampere's step is rounding: no power is borne out by it
                found.witnessed.discard("PAPP")
    _alone(frame, found, ("PAPP", *currents))
    return found


def _moved_together(frame: Frame, currents: list[str]) -> bool:
    """Return whether power and currents changed alike since the frame before."""
    if not all(label in frame.before for label in ("PAPP", *currents)):
        return False
    power = frame.step("PAPP")
    amperes = sum(frame.step(label) for label in currents)
    if abs(power) > _ROUNDING * _USUAL_VOLTAGE and power * amperes <= 0:
        return False
    # Each current is rounded; that all three are by most and alike is rare
    slack = _USUAL_VOLTAGE * (1 + _ROUNDING / 2 * (len(currents) - 1))
    return abs(power - _USUAL_VOLTAGE * amperes) <= slack + _SPREAD * abs(power)
