"""Judges measurements: by each other, and by the ones before.

Apparent power is voltage times current (54E, section 6.2.3), the phases add up to the
total, and both hold within a frame. What cannot be true is dropped, however often it
comes. What is merely surprising waits for the next frame: a step that no other
measurement of the frame took part in. A line that damaged a group a moment ago is
trusted less: there a step has to come again, or is shown for one frame only.
"""

from __future__ import annotations

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, field

from ..labels import Mode
from .consistency import STEP, Findings, Frame, check, far_apart, usual


@dataclass(slots=True)
class Measured:
    """What became of one frame's measurements."""

    false: set[str] = field(default_factory=set)
    """Labels that cannot be true."""
    odd: set[str] = field(default_factory=set)
    """Labels that surprise: the next frame decides."""
    unsaid: set[str] = field(default_factory=set)
    """Labels whose last value was never borne out: it is not shown on."""


@dataclass(slots=True)
class _Held:
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


class Measures:
    """Judges the measurements of one meter."""

    def __init__(self) -> None:
        """Start without a frame."""
        self._held: dict[str, _Held] = {}
        self._earlier: dict[str, int] = {}
        """The value before a step, until it is borne out."""
        self._lone: set[str] = set()
        """Labels with one value so far."""
        self._unsure: set[str] = set()
        """Labels whose last value was a step that did not come again."""

    def missing(
        self, labels: AbstractSet[str], early: AbstractSet[str]
    ) -> AbstractSet[str]:
        """Return the labels whose step a frame without them leaves unproven.

        ``early`` are those of the frame that were judged before its end.
        """
        if not self._unsure:
            return frozenset()
        unproven = self._unsure - labels - early
        self._unsure -= unproven
        return unproven

    def judge(
        self,
        mode: Mode,
        phases: int | None,
        now: Mapping[str, int],
        before: Mapping[str, int],
        *,
        warned: Mapping[str, int],
        shaky: bool,
    ) -> Measured:
        """Return what is not to be shown of a frame's measurements.

        ``before`` holds trusted ones that are still of now, ``warned`` the currents in
        ADPS and ADIRi, ``shaky`` tells that the line damaged a group a moment ago.
        """
        frame = Frame(now, before, self._earlier, shaky=shaky)
        found = check(frame, mode, phases, warned)
        for label in now.keys() - before.keys() - found.witnessed:
            unusual = label.startswith("URMS") and not usual(now[label])
            if unusual or shaky:
                found.odd.add(label)
        settled = self._settle(frame, found)
        odd = found.odd - found.false
        unproven = self._lone | self._unsure if shaky else self._lone
        measured = Measured(found.false, odd, (odd | found.false) & unproven)
        self._remember(frame, found.false | odd, settled)
        return measured

    def _remember(self, frame: Frame, dropped: set[str], settled: set[str]) -> None:
        """Keep what a step came from, until the next value bears it out."""
        now, earlier = frame.now, self._earlier
        self._unsure -= now.keys()
        for label in now.keys() - dropped if dropped else now:
            value, before = now[label], frame.before.get(label)
            if before is None:
                self._lone.add(label)
                if label not in settled:
                    self._unsure.add(label)
                continue
            if label not in settled and far_apart(label, value, before):
                self._unsure.add(label)
            if 2 * abs(value - before) > STEP * before:
                earlier[label] = before
            else:
                earlier.pop(label, None)
            if self._lone:
                self._lone.discard(label)

    def _settle(self, frame: Frame, found: Findings) -> set[str]:
        """Let pass what waited long enough; return what came again."""
        settled: set[str] = set()
        if not found.odd and not self._held:
            return settled
        for label, value in frame.now.items():
            if label not in found.odd or label in found.false:
                self._held.pop(label, None)
                continue
            held = self._held.get(label)
            if held is None:
                self._held[label] = _Held(value, frame.before.get(label, 0))
            elif held.settles(label, value, contradicted=label in found.contradicted):
                found.odd.discard(label)
                if not far_apart(label, value, held.value):
                    settled.add(label)
                del self._held[label]
            else:
                self._held[label] = _Held(value, held.trusted, held.frames + 1)
        return settled
