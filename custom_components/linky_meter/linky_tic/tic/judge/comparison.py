"""What one frame measured beside what was trusted before it, and what is found so."""

from __future__ import annotations

from collections.abc import Mapping

from ..labels import CURRENT_LABELS, PHASE_LABELS
from .outcome import Outcome, Verdict

# V; EN 50160 allows 207 to 253
LOWEST_VOLTAGE, HIGHEST_VOLTAGE = 195, 265
USUAL_VOLTAGE = 230
_VOLTAGE_STEP = 12
STEP = 0.08
ROUNDING = 0.5
"""IRMS and IINST are rounded to 1 A."""
POWERS, RMS, VOLTAGES = zip(*PHASE_LABELS[3], strict=True)
HISTORIC = (*CURRENT_LABELS[1], *CURRENT_LABELS[3])
CURRENTS = (*HISTORIC, *RMS)
# A change up to here is no step: V, A
_LEAST = dict.fromkeys(VOLTAGES, float(_VOLTAGE_STEP)) | dict.fromkeys(
    CURRENTS, ROUNDING
)


def far_apart(label: str, value: int, before: int | None) -> bool:
    """Return whether two values of a label differ by more than a small step."""
    if before is None or value == before:
        return False
    step = abs(value - before)
    least = _LEAST.get(label, ROUNDING * USUAL_VOLTAGE)
    if step <= least:
        return False
    return label in VOLTAGES or step > STEP * min(value, before)


def usual(volts: int) -> bool:
    """Return whether a voltage is what a network has."""
    return LOWEST_VOLTAGE <= volts <= HIGHEST_VOLTAGE


class Comparison:
    """The measurements of one frame beside those trusted before it."""

    def __init__(
        self,
        now: Mapping[str, int],
        before: Mapping[str, int],
        before_step: Mapping[str, int],
        *,
        recently_damaged: bool,
    ) -> None:
        """Compare them.

        ``before_step`` was trusted before the last step, ``recently_damaged`` tells that
        the line damaged a group lately.
        """
        self.now, self.before = now, before
        self.recently_damaged = recently_damaged
        self.surprising = {
            label
            for label, value in now.items()
            # Back where it was: the step may have been the damage
            if far_apart(label, value, before.get(label))
            and far_apart(label, value, before_step.get(label, before[label]))
        }
        """Labels that changed by more than a tenth and one ampere step."""

    def step(self, label: str) -> int:
        """Return by how much a label changed, 0 if it is not in both."""
        if label not in self.now or label not in self.before:
            return 0
        return self.now[label] - self.before[label]


class Findings:
    """What the checks of one frame found, by label: nothing where nothing speaks."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Verdict] = {}

    def of(self, outcome: Outcome) -> set[str]:
        """Return the labels of an outcome."""
        return {
            label for label, found in self.verdicts.items() if found.outcome is outcome
        }

    def contradicted(self, label: str) -> bool:
        """Return whether a pending label changed against the others."""
        return self.verdicts.get(label) is Verdict.CONTRADICTED

    def reject(self, label: str) -> None:
        """Reject what cannot be true, whatever bears it out."""
        self.verdicts[label] = Verdict.IMPOSSIBLE

    def bear_out(self, *labels: str) -> None:
        """Accept labels that another measurement bears out, surprising or not."""
        self.verdicts.update(dict.fromkeys(labels, Verdict.BORNE_OUT))

    def hold(self, *labels: str, contradicted: bool = False) -> None:
        """Let the next frame decide, and where contradicted the one after it."""
        for label in labels:
            found = self.verdicts.get(label)
            if found is not Verdict.IMPOSSIBLE and found is not Verdict.CONTRADICTED:
                self.verdicts[label] = (
                    Verdict.CONTRADICTED if contradicted else Verdict.SURPRISING
                )

    def conflict(self, frame: Comparison, *labels: str) -> None:
        """Hold those of some disagreeing labels that changed, or all of them."""
        present = [label for label in labels if label in frame.now]
        changed = [label for label in present if label in frame.surprising]
        one_sided = frame.recently_damaged and len(changed) < len(present)
        self.hold(*(changed or present), contradicted=one_sided and bool(changed))
