"""Judges a frame by the ones before it.

The checksum has 6 bits: of damaged groups 1 in 64 passes. So each label is judged once
more, by the rule of its kind: indexes by their growth, measurements by each other and by
their last values, states by the agreement of frames, times by the clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass

from ..frame import Group
from ..labels import Mode
from .clock import Clock
from .indexes import Indexes, Verdict
from .measurements import Measures
from .registers import REGISTERS, Pace
from .rules import RULES, WARNINGS, Rule, kinds_of
from .states import Agreement, Contradictions, contradictions

# How many frames without visible damage make a line a good one again
_SHAKY_FRAMES = 10
# What a short frame has of a three-phase meter's groups
_SHORT = frozenset({"ADCO", *WARNINGS, *WARNINGS.values()})


@dataclass(slots=True)
class Scene:
    """What surrounds a frame."""

    mode: Mode
    phases: int | None
    pace: Pace
    at: float
    """A steady clock, s."""
    wall: float
    """Seconds since 1970."""
    indexes: Indexes
    clean: bool
    """Whether the frame shows no damage at all."""
    latched: bool
    """Whether the phases are sure."""
    first: bool
    """Whether no whole frame came before."""
    begun: bool = False
    """Whether the port was opened in the middle of it: that is no damage."""


class Plausibility:
    """Judges the frames of one meter.

    ``counts`` has what was ``implausible`` (it cannot be true), ``held`` (the next
    frames decide) and ``noted`` (an index that stepped, and stays so).
    """

    def __init__(self) -> None:
        """Start without a frame."""
        self.counts: Counter[str] = Counter()
        self.stepped = False
        """Whether an index of the last frame stepped."""
        self.unsaid: AbstractSet[str] = frozenset()
        """Measurements whose last value is believed no more."""
        self._agreement = Agreement()
        self._measures = Measures()
        self._quiet = _SHAKY_FRAMES
        """Frames without visible damage in a row."""
        self._previewed: AbstractSet[str] = frozenset()
        """Measurements that were judged before their frame ended."""
        self._clock = Clock()

    @property
    def _shaky(self) -> bool:
        """Whether the line damaged a group a moment ago."""
        return self._quiet < _SHAKY_FRAMES

    def judge(
        self,
        groups: Mapping[str, Group],
        known: Mapping[str, Group],
        recent: Mapping[str, int],
        scene: Scene,
    ) -> dict[str, Group]:
        """Return the groups to believe, by label; the others stay as they were.

        ``known`` are the trusted groups, ``recent`` the measurements among them that
        are still of now.
        """
        kinds = kinds_of(tuple(groups), scene.phases if scene.latched else None)
        believed: dict[str, Group] = {}
        # The clock first: what carries its time is judged by it
        changed = [(label, groups[label]) for label in kinds.others]
        for label in kinds.states:
            group = groups[label]
            if (before := known.get(label)) is group or before == group:
                # What says the same as before is believed
                believed[label] = group
            else:
                changed.append((label, group))
        if kinds.false:
            self.counts["implausible"] += kinds.false
        self._agreement.forget(believed)
        self._clock.forget(believed)
        against = contradictions(groups)
        if not scene.begun:
            self._quiet = self._quiet + 1 if scene.clean else 0
        self.unsaid, self.stepped = frozenset(), False
        for label, group in changed:
            state = self._state(
                label, group, known.get(label), groups, scene, against=against
            )
            if state is not None:
                believed[label] = state
            else:
                self.counts["held"] += 1
        if scene.clean:
            self._agreement.forget(kinds.no_warning)
        if kinds.measured:
            measured = {label: groups[label] for label in kinds.measured}
            believed |= self._judge_measures(measured, recent, groups, scene)
        # A short frame has no power; on a shaky line a step does not wait for one
        if self._shaky or not groups.keys() <= _SHORT:
            self.unsaid |= self._measures.missing(groups.keys(), self._previewed)
        self._previewed = frozenset()
        if kinds.indexes:
            indexes = {label: groups[label] for label in kinds.indexes}
            self._judge_indexes(indexes, scene, believed)
        if believed.keys() <= known.keys():
            return believed
        # What is new is shown in the order in which the meter sends it
        return {label: believed[label] for label in groups if label in believed}

    def _state(
        self,
        label: str,
        group: Group,
        known: Group | None,
        groups: Mapping[str, Group],
        scene: Scene,
        *,
        against: Contradictions,
    ) -> Group | None:
        """Return what to believe of a state."""
        rule = RULES[label]
        contradicted = label in against.labels
        if rule is Rule.AT_ONCE:
            return None if label == "MSG2" and _one_bit_off(group.value) else group
        if rule is Rule.CLOCK:
            goes_on = self._clock.keeps_time(
                group, scene.at, clean=scene.clean, contradicted=contradicted
            )
            return group if goes_on else None
        at_once = scene.first and scene.clean and known is None and not contradicted
        if rule is Rule.STATUS:
            if at_once and not against.bits:
                return group
            return self._agreement.status(group, known, against.bits, shaky=self._shaky)
        if rule is Rule.MAXIMUM:
            at_once = at_once or self._clock.rises(group, known, scene.at)
        elif rule is Rule.WARNING:
            current = groups.get(WARNINGS[label])
            at_once = (
                current is not None and abs(int(current.value) - int(group.value)) <= 1
            )
        agrees = self._agreement.agrees(group, known, contradicted=contradicted)
        return group if agrees or at_once else None

    def judge_measures(
        self,
        measured: Mapping[str, Group],
        recent: Mapping[str, int],
        scene: Scene,
    ) -> dict[str, Group]:
        """Return the measurements to believe before a frame has ended."""
        self._previewed = measured.keys()
        return self._judge_measures(measured, recent, {}, scene)

    def _judge_measures(
        self,
        measured: Mapping[str, Group],
        recent: Mapping[str, int],
        groups: Mapping[str, Group],
        scene: Scene,
    ) -> dict[str, Group]:
        """Return the measurements to believe; ``groups`` are the frame's others too."""
        found = self._measures.judge(
            scene.mode,
            scene.phases,
            {label: int(group.value) for label, group in measured.items()},
            recent,
            warned={
                label: int(groups[label].value) for label in WARNINGS if label in groups
            },
            shaky=self._shaky,
        )
        self.unsaid = found.unsaid
        self.counts["implausible"] += len(found.false)
        self.counts["held"] += len(found.odd)
        return {
            label: group
            for label, group in measured.items()
            if label not in found.false and label not in found.odd
        }

    def _judge_indexes(
        self,
        indexes: dict[str, Group],
        scene: Scene,
        believed: dict[str, Group],
    ) -> None:
        """Add the indexes to believe; one that was shown too high stays."""
        # A frame of both modes has labels of the same register
        names = {REGISTERS[label]: label for label in indexes}
        numbers = {name: int(indexes[label].value) for name, label in names.items()}
        verdicts = scene.indexes.judge(
            numbers,
            at=scene.at,
            wall=scene.wall,
            clock=self._clock.now,
            pace=scene.pace,
            clean=scene.clean,
        )
        for name, verdict in verdicts.items():
            label = names[name]
            group = indexes[label]
            if verdict is Verdict.HOLD:
                self.counts["held"] += 1
                continue
            if verdict is Verdict.STEP:
                self.counts["noted"] += 1
                self.stepped = True
            shown = scene.indexes.registers[name].shown
            believed[label] = (
                group
                if shown == numbers[name]
                else Group(label, f"{shown:0{len(group.value)}}")
            )


def _one_bit_off(text: str) -> bool:
    """Return whether a text that comes once looks hit by one bit.

    The checksum cannot see bit 6: it turns a space or a digit of capital text into one
    character from the lower-case half of the code.
    """
    return sum(char >= "`" for char in text) == 1
