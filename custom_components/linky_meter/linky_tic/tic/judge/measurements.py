"""Judges measurements: by each other, and by the ones before.

Apparent power is voltage times current (54E, section 6.2.3), the phases add up to the
total, and both hold within a frame. What cannot be true is rejected, however often it
comes. What is merely surprising is pending for one frame: a step that no other
measurement of the frame took part in. A line that damaged a group lately is trusted
less: there a step has to come again, or is shown for one frame only.
"""

from __future__ import annotations

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from ..labels import Mode
from .comparison import STEP, Comparison, Findings, far_apart, usual
from .consistency import check
from .outcome import Outcome, Verdict


class Measured(NamedTuple):
    """What becomes of one frame's measurements."""

    verdicts: Mapping[str, Verdict]
    """By label; nothing speaks for or against those that are not here."""
    withdrawn: AbstractSet[str]
    """Labels whose last value is accepted no more: nothing ever bore it out."""


@dataclass(slots=True)
class _PendingValue:
    """A value that waits, and the one trusted before it."""

    value: int
    trusted: int
    frames: int = 1

    def settles(self, label: str, value: int, *, contradicted: bool) -> bool:
        """Return whether it came again, or is of a load that never stands still."""
        if contradicted or (label.startswith("URMS") and not usual(value)):
            return self.frames > 1 and not far_apart(label, value, self.value)
        if self.frames > 1 and value <= 2 * self.trusted:
            return True
        return not far_apart(label, value, self.value)


class Measurements:
    """Judges the measurements of one meter."""

    def __init__(self) -> None:
        self._pending: dict[str, _PendingValue] = {}
        self._before_step: dict[str, int] = {}
        """The value before a step, until it is borne out."""
        self._only_one: set[str] = set()
        """Labels with one value so far."""
        self._unconfirmed: set[str] = set()
        """Labels whose last value was a step that did not come again."""

    def withdraw_missing(
        self, labels: AbstractSet[str], early: AbstractSet[str]
    ) -> AbstractSet[str]:
        """Return the labels whose step a frame without them leaves unconfirmed.

        ``early`` are those of the frame that were judged before its end.
        """
        if not self._unconfirmed:
            return frozenset()
        withdrawn = self._unconfirmed - labels - early
        self._unconfirmed -= withdrawn
        return withdrawn

    def judge(
        self,
        mode: Mode,
        phases: int | None,
        now: Mapping[str, int],
        before: Mapping[str, int],
        *,
        warned: Mapping[str, int],
        recently_damaged: bool,
    ) -> Measured:
        """Judge one frame's measurements.

        ``before`` holds trusted ones that are still of now, ``warned`` the currents in
        ADPS and ADIRi, ``recently_damaged`` tells that the line damaged a group lately.
        """
        frame = Comparison(
            now, before, self._before_step, recently_damaged=recently_damaged
        )
        found = check(frame, mode, phases, warned)
        for label in now.keys() - before.keys() - found.of(Outcome.ACCEPTED):
            if recently_damaged or (label.startswith("URMS") and not usual(now[label])):
                found.hold(label)
        self._settle(frame, found)
        refused = found.of(Outcome.PENDING) | found.of(Outcome.REJECTED)
        unproven = self._only_one
        if recently_damaged:
            unproven = unproven | self._unconfirmed
        withdrawn = refused & unproven
        self._remember(frame, refused, found)
        return Measured(found.verdicts, withdrawn)

    def _remember(self, frame: Comparison, refused: set[str], found: Findings) -> None:
        """Keep what a step came from, until the next value bears it out."""
        now, before_step = frame.now, self._before_step
        self._unconfirmed -= now.keys()
        for label in now.keys() - refused if refused else now:
            value, before = now[label], frame.before.get(label)
            came_again = found.verdicts.get(label) is Verdict.AGREED
            if before is None:
                self._only_one.add(label)
                if not came_again:
                    self._unconfirmed.add(label)
                continue
            if not came_again and far_apart(label, value, before):
                self._unconfirmed.add(label)
            if 2 * abs(value - before) > STEP * before:
                before_step[label] = before
            else:
                before_step.pop(label, None)
            if self._only_one:
                self._only_one.discard(label)

    def _settle(self, frame: Comparison, found: Findings) -> None:
        """Accept what was pending long enough."""
        pending, waiting = found.of(Outcome.PENDING), self._pending
        if not pending and not waiting:
            return
        for label, value in frame.now.items():
            if label not in pending:
                waiting.pop(label, None)
                continue
            held = waiting.get(label)
            if held is None:
                waiting[label] = _PendingValue(value, frame.before.get(label, 0))
            elif held.settles(label, value, contradicted=found.contradicted(label)):
                again = not far_apart(label, value, held.value)
                found.verdicts[label] = Verdict.AGREED if again else Verdict.RESTLESS
                del waiting[label]
            else:
                waiting[label] = _PendingValue(value, held.trusted, held.frames + 1)
