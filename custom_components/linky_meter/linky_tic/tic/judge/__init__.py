"""Judges a frame: which of its groups are trusted from now on.

The checksum has 6 bits: of damaged groups 1 in 64 passes (54E, section 5.3). So what
passes it is judged once more. In this order, and each rule only sees what those before
it let through:

1. **Parity, checksum, shape** (``decode``). A character of wrong parity, a wrong sum, data
   of another length or other characters than the label has: the group is damaged, and
   never gets here.
2. **Address** (``address``). A frame of another meter is rejected whole, whatever else is
   right in it.
3. **Phases** (``rules``). A label that this meter cannot have is rejected, once its phases
   are sure: its name is damaged, and so no other rule is asked.
4. **Clock** (``clock``). DATE goes on as our own time does. First, because the maxima of a
   day carry its time, and because the season letter, which the status register bears out
   (bit 16), wins over agreement: contradicted, DATE waits.
5. **States** (``states``). Registers, tariffs, limits and texts change when frames agree:
   two, three of what changes seldom. Agreement of frames wins over a contradiction within
   a frame, but four have to agree then: the status register says what NTARF, RELAIS and
   DATE say too (54E, 6.2.3.14), and one of the two is wrong. An overload warning that the
   current of its frame bears out wins over agreement: it acts at once.
6. **Measurements** (``measurements``, ``consistency``). Power is voltage times current and
   the sum of the phases (54E, 6.2.3): what this excludes is rejected, and no repetition
   wins over it. The total wins over the phases, since a phase that exports shows 0.
   What the frame bears out is accepted, and wins over surprise; what merely surprises is
   pending for one frame, and then wins by coming again.
7. **Indexes** (``indexes``, ``registers``). By the register's own history first: none falls,
   none rises faster than the meter's rating allows (54E, 6.1 and 7). Then by the sum:
   EAST is the sum of EASFnn and of what older contracts left. Bounds win over the sum,
   which is only asked where all are within them; then only what disagrees is pending.
   Readings that agree for a minute, on a line that showed no damage for as long, win
   over the bounds: where the sum bears them out, or else the user does (a fall, a register
   that the total contradicts). Growth that fits the time by any clock is no step.
   A register that a known meter never sent may be another meter's: undamaged frames have
   to agree on it.

A rule for the line goes before all of them: for ten frames after visible damage
(``recently_damaged``) it takes one frame more to be accepted, and what was accepted on
a step alone is withdrawn when it does not come again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set as AbstractSet

from ..frame import Frame, Group
from .address import AddressLatch
from .clock import Clock
from .context import Judged, JudgingContext
from .indexes import LineState
from .measurements import Measurements
from .outcome import Outcome, Verdict
from .pending import SILENCE_SECONDS
from .registers import REGISTERS, FrameTime
from .rules import RULES, WARNINGS, LabelsByRule, Rule, UnknownLabels, labels_by_rule
from .states import Agreement, Contradictions, contradictions

# How many frames without visible damage make a line a good one again
_FRAMES_TO_RECOVER = 10
# What a short frame has of a three-phase meter's groups
_SHORT = frozenset({"ADCO", *WARNINGS, *WARNINGS.values()})


class Judge:
    """Judges the frames of one meter, by each other.

    ``counts`` has what was ``implausible`` (rejected), ``held`` (pending) and ``noted``
    (an index that stepped), over all frames.
    """

    def __init__(self, address: str | None) -> None:
        """Expect the frames of an address, or of the first that frames agree on."""
        self.address = AddressLatch(address)
        self.unknown_labels = UnknownLabels()
        self.counts = Counter(implausible=0, held=0, noted=0)
        self._clock = Clock()
        self._agreement = Agreement()
        self._measurements = Measurements()
        self._undamaged = _FRAMES_TO_RECOVER
        """Frames without visible damage in a row…"""
        self._good_for = 0.0
        """…and for how long, s."""
        self._last_at: float | None = None
        """When the last frame came, by a steady clock."""
        self._early: AbstractSet[str] = frozenset()
        """Measurements that were judged before their frame ended."""

    @property
    def _recently_damaged(self) -> bool:
        return self._undamaged < _FRAMES_TO_RECOVER

    def accepts(self, frame: Frame) -> bool:
        """Return whether a frame is of this meter; count its unknown labels."""
        if not self.address.accepts(frame):
            return False
        self.unknown_labels.add(frame)
        return True

    def undamaged(self, frame: Frame) -> bool:
        """Return whether nothing speaks against a frame."""
        return (
            frame.undamaged
            and not self.unknown_labels.doubtful(frame)
            # Captures are published without it
            and (frame.address is not None or self.address.address is None)
        )

    def process(self, groups: Mapping[str, Group], context: JudgingContext) -> Judged:
        """Judge the groups of a frame, by label."""
        judged = Judged()
        labels = labels_by_rule(
            tuple(groups), context.phases if context.phases_latched else None
        )
        self.counts["implausible"] += len(labels.other_phases)
        changed = self._unchanged(groups, labels, context, judged)
        if context.undamaged:
            self._undamaged += 1
            if self._last_at is not None:
                self._good_for += min(context.at - self._last_at, SILENCE_SECONDS)
        elif not context.opened:
            self._undamaged, self._good_for = 0, 0.0
        self._last_at = context.at
        against = contradictions(groups)
        for label in changed:
            self._judge_state(label, groups, context, against, judged)
        if context.undamaged:
            self._agreement.forget(labels.no_warning)
        if labels.measured:
            measured = {label: groups[label] for label in labels.measured}
            self._judge_measurements(measured, groups, context, judged)
        # A short frame has no power; on a damaged line a step does not wait for one
        if self._recently_damaged or not groups.keys() <= _SHORT:
            judged.withdrawn |= self._measurements.withdraw_missing(
                groups.keys(), self._early
            )
        self._early = frozenset()
        if labels.indexes:
            indexes = {label: groups[label] for label in labels.indexes}
            self._judge_indexes(indexes, context, judged)
        if not judged.accepted.keys() <= context.trusted.keys():
            # What is new is shown in the order in which the meter sends it
            judged.accepted = {
                label: judged.accepted[label]
                for label in groups
                if label in judged.accepted
            }
        return judged

    def process_early(
        self, measured: Mapping[str, Group], context: JudgingContext
    ) -> Judged:
        """Judge the measurements of a frame that has not ended."""
        self._early = measured.keys()
        judged = Judged()
        self._judge_measurements(measured, {}, context, judged)
        return judged

    def _doubt(self, verdict: Verdict) -> None:
        rejected = verdict.outcome is Outcome.REJECTED
        self.counts["implausible" if rejected else "held"] += 1

    def _unchanged(
        self,
        groups: Mapping[str, Group],
        labels: LabelsByRule,
        context: JudgingContext,
        judged: Judged,
    ) -> list[str]:
        """Accept the states that are what they were; return the others in order."""
        trusted = context.trusted
        changed = list(labels.moving)
        for label in labels.states:
            group = groups[label]
            if (before := trusted.get(label)) is group or before == group:
                judged.accepted[label] = group
            else:
                changed.append(label)
        self._agreement.forget(judged.accepted)
        self._clock.forget(judged.accepted)
        return changed

    def _judge_state(
        self,
        label: str,
        groups: Mapping[str, Group],
        context: JudgingContext,
        against: Contradictions,
        judged: Judged,
    ) -> None:
        """Judge DATE, a maximum, a warning, a state or a text."""
        group, known = groups[label], context.trusted.get(label)
        rule, contradicted = RULES[label], label in against.labels
        first = context.first and context.undamaged and known is None
        if rule is Rule.AT_ONCE:
            one_bit_off = label == "MSG2" and _one_bit_off(group.value)
            verdict = Verdict.DISAGREED if one_bit_off else Verdict.PLAUSIBLE
        elif rule is Rule.CLOCK:
            verdict = self._clock.judge(
                group,
                context.at,
                undamaged=context.undamaged,
                contradicted=contradicted,
            )
        elif rule is Rule.STATUS:
            agreed: Group | None = group
            if not first or contradicted or against.bits:
                agreed = self._agreement.judge_status(
                    group,
                    known,
                    against.bits,
                    recently_damaged=self._recently_damaged,
                )
            verdict = Verdict.DISAGREED if agreed is None else Verdict.AGREED
            group = agreed or group
        else:
            at_once = first and not contradicted
            if rule is Rule.MAXIMUM:
                at_once = at_once or self._clock.rises(group, known, context.at)
            elif rule is Rule.WARNING:
                at_once = _borne_out(group, groups.get(WARNINGS[label]))
            verdict = self._agreement.judge(
                group,
                known,
                contradicted=contradicted,
                damaged=not context.undamaged,
            )
            if at_once:
                verdict = Verdict.PLAUSIBLE
        if verdict.outcome is Outcome.ACCEPTED:
            judged.accepted[label] = group
        else:
            self._doubt(verdict)

    def _judge_measurements(
        self,
        measured: Mapping[str, Group],
        groups: Mapping[str, Group],
        context: JudgingContext,
        judged: Judged,
    ) -> None:
        """Judge measurements by each other; ``groups`` has the frame's warnings."""
        verdicts, judged.withdrawn = self._measurements.judge(
            context.mode,
            context.phases,
            {label: int(group.value) for label, group in measured.items()},
            context.recent,
            warned={
                label: int(groups[label].value) for label in WARNINGS if label in groups
            },
            recently_damaged=self._recently_damaged,
        )
        for label, group in measured.items():
            verdict = verdicts.get(label, Verdict.PLAUSIBLE)
            if verdict.outcome is Outcome.ACCEPTED:
                judged.accepted[label] = group
            else:
                self._doubt(verdict)

    def _judge_indexes(
        self, indexes: Mapping[str, Group], context: JudgingContext, judged: Judged
    ) -> None:
        """Judge indexes by the history of their registers and by their sum."""
        # A frame of both modes has labels of the same register
        names = {REGISTERS[label]: label for label in indexes}
        numbers = {name: int(indexes[label].value) for name, label in names.items()}
        verdicts = context.indexes.judge(
            numbers,
            FrameTime(context.at, context.wall, self._clock.now),
            pace=context.pace,
            line=LineState(
                self._undamaged, self._good_for, whole_seen=not context.first
            ),
        )
        judged.stepped = context.indexes.stepped
        self.counts["noted"] += len(judged.stepped)
        for name, verdict in verdicts.items():
            label = names[name]
            if verdict.outcome is not Outcome.ACCEPTED:
                self._doubt(verdict)
                continue
            group, shown = indexes[label], context.indexes.registers[name].shown
            if shown != numbers[name]:
                # One that was shown too high stays until it is passed
                group = Group(label, f"{shown:0{len(group.value)}}")
            judged.accepted[label] = group


def _borne_out(warning: Group, current: Group | None) -> bool:
    """Return whether the current of its frame bears an overload warning out."""
    return current is not None and abs(int(current.value) - int(warning.value)) <= 1


def _one_bit_off(text: str) -> bool:
    """Return whether a text that comes once looks hit by one bit.

    The checksum cannot see bit 6: it turns a space or a digit of capital text into one
    character from the lower-case half of the code.
    """
    return sum(char >= "`" for char in text) == 1
