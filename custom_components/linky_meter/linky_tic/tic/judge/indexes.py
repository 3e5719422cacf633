"""Judges indexes: none falls, and none rises faster than a meter can count.

What breaks these bounds is pending. Damage that depends on the data repeats itself, the
checksum included, so some copies of one lie are no agreement. A step is accepted when
readings agree for a minute on a line without damage, and the total or the other
registers agree with them. One that falls, or that the total contradicts, needs the
user's word too. If its growth fits the time by any clock, it was consumed: no step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .outcome import Outcome, Verdict
from .pending import PendingStep, PendingValue
from .registers import NET, SUMMED, WIDEST, FrameTime, Pace, Register

_FRESH_SECONDS = 60.0
_WIDE_SECONDS = 10.0
_AGREEMENTS = 3
# For how long a step is pending at least, on a line without damage
_STEP_SECONDS = 60.0
# The share of an index by which it may fall without the user's word
_FALL = 0.01
# Wh: two registers are not read in the same moment
_SUM_SLACK = 3


class LineState(NamedTuple):
    """What a frame and those before it tell of the line."""

    undamaged: int
    """How many frames in a row show no damage at all."""
    good_for: float
    """For how many seconds the line showed none."""
    whole_seen: bool
    """Whether a whole frame without damage came before."""


@dataclass(slots=True)
class Indexes:
    """The guard of all registers of a meter."""

    registers: dict[str, Register] = field(default_factory=dict)
    constant: int | None = None
    """EAST less the supplier's indexes: what an older contract left."""
    unconfirmed: dict[str, int] = field(default_factory=dict)
    """What a register said when the step began that waits for the user."""
    stepped: dict[str, int] = field(default_factory=dict, compare=False)
    """What each register that stepped with the last frame said when the step began."""
    _pending: dict[str, PendingValue] = field(default_factory=dict, repr=False)
    _learning: tuple[int, int] = (0, 0)
    """A constant, and how many frames said so."""
    _disagreed: PendingValue | None = field(default=None, repr=False)
    """By how much the total is off."""
    _power: int = field(default=0, compare=False)
    """VA, what the contract said for a minute: a damaged frame may say anything…"""
    _power_told: tuple[int, float] = field(default=(0, 0.0), compare=False)
    """…what it says now, and since when."""

    def as_dict(self) -> dict[str, Any]:
        """Return what outlives a restart, as JSON has it."""
        return {
            "constant": self.constant,
            "registers": {
                name: [known.value, known.shown, known.wall, known.clock]
                for name, known in self.registers.items()
            },
            "unconfirmed": dict(self.unconfirmed),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Indexes:
        """Return what ``as_dict`` gave."""
        rows = data.get("registers", {})
        return cls(
            {name: Register(*row) for name, row in rows.items()},
            data.get("constant"),
            dict(data.get("unconfirmed", {})),
        )

    def present(self) -> dict[str, int]:
        """Return the supplier's indexes that were shown to the last."""
        last = max((known.wall for known in self.registers.values()), default=0.0)
        return {
            name: self.registers[name].value
            for name in NET
            if name in self.registers
            and last - self.registers[name].wall <= _FRESH_SECONDS
        }

    @property
    def pending_steps(self) -> list[PendingStep]:
        """The steps that wait for the user."""
        return [
            PendingStep(name, self.registers[name].value, pending.value)
            for name, pending in self._pending.items()
            if pending.unconfirmed and not pending.confirmed
        ]

    def confirm_steps(self) -> None:
        """Accept the steps that wait, with the next frame that goes on from them."""
        for pending in self._pending.values():
            pending.confirmed = pending.unconfirmed

    def judge(
        self, received: dict[str, int], now: FrameTime, *, pace: Pace, line: LineState
    ) -> dict[str, Verdict]:
        """Return what becomes of each register's index."""
        verdicts = dict.fromkeys(received, Verdict.PLAUSIBLE)
        self._tell_power(pace.breaking_power or 0, now.at)
        registers, moved = self.registers, []
        for name, value in received.items():
            known = registers.get(name)
            if known is None or value != known.value:
                moved.append(name)
                verdicts[name] = self._verdict(name, value, now, pace, line)
            elif known.at is not None:
                # Most registers of a meter stand still
                known.keep_base()
                known.at, known.wall, known.clock = now
            else:
                self._accept(name, value, now, Verdict.PLAUSIBLE)
        if Verdict.STEP in verdicts.values():
            self._judge_steps(received, verdicts, now, pace)
        if received.keys() >= SUMMED:
            self._compare(received, verdicts, moved, now, pace=pace, line=line)
        if self.stepped:
            self.stepped = {}
        if self._pending:
            for name in received.keys() - moved:
                self._forget(name)
            if line.undamaged:
                # The meter does not send them
                for name in self._pending.keys() - received - registers.keys():
                    self._forget(name)
        for name in moved:
            if (verdict := verdicts[name]).outcome is Outcome.PENDING:
                self._hold(name, received[name], now.at)
            else:
                self._accept(name, received[name], now, verdict)
                self._forget(name)
        return verdicts

    def _tell_power(self, power: int, at: float) -> None:
        """Take what the contract says, once it said so for a minute."""
        told, since = self._power_told
        if power != told:
            self._power_told = (power, at)
        elif power != self._power and at - since >= _FRESH_SECONDS:
            self._power = power

    def _verdict(
        self, name: str, value: int, now: FrameTime, pace: Pace, line: LineState
    ) -> Verdict:
        """Judge one index by its own history."""
        known, pending = self.registers.get(name), self._pending.get(name)
        agreements = 1
        if pending is not None and pending.follows(value, now.at, pace):
            agreements += pending.count
        if known is None:
            return self._first(name, now, line, agreements)
        seconds = now.since(known)
        if seconds >= 0 and 0 <= value - known.value <= pace.bound(name, seconds):
            if (
                pending is not None
                and agreements > 1
                and self._only_waited(name, known, pending, now, pace)
            ):
                return Verdict.OUT_OF_BOUNDS
            sure = line.undamaged or self._sure(name, seconds, agreements)
            return Verdict.PLAUSIBLE if sure else Verdict.SURPRISING
        high = known.recent_high(now.at)
        if high is not None and (
            0
            <= value - high
            <= pace.lasting_bound(name, now.at - known.high_at, self._power)
        ):
            return Verdict.PLAUSIBLE
        if (
            known.base is not None
            and known.base <= value < known.value
            and value - known.base <= pace.bound(name, now.at - known.base_at)
        ):
            return Verdict.CORRECTED
        if (
            pending is None
            or agreements < _AGREEMENTS
            or min(pending.seconds_at(now.at), line.good_for) < _STEP_SECONDS
        ):
            return Verdict.OUT_OF_BOUNDS
        return Verdict.STEP

    @staticmethod
    def _only_waited(
        name: str, known: Register, pending: PendingValue, now: FrameTime, pace: Pace
    ) -> bool:
        """Return whether an index that no sum checks fits only because it waited.

        One that was lately corrected down may catch up: old frames come again, too.
        """
        if name in SUMMED or (
            known.high_at and now.at - known.high_at <= _STEP_SECONDS
        ):
            return False
        before = now.since(known) - pending.seconds_at(now.at)
        return pending.first - known.value > pace.bound(name, before)

    def _sure(self, name: str, seconds: float, agreements: int) -> bool:
        """Return whether a damaged frame may tell of growth that fits the time.

        After a gap the bound is wide: others have to say the same, sooner and more of
        them where the total would have told.
        """
        if name in SUMMED and self.constant is not None:
            return seconds <= _WIDE_SECONDS or agreements >= _AGREEMENTS
        return seconds <= _FRESH_SECONDS or agreements > 1

    def _first(
        self, name: str, now: FrameTime, line: LineState, agreements: int
    ) -> Verdict:
        """Judge the first index of a register."""
        if not line.whole_seen:
            return (
                Verdict.PLAUSIBLE if line.undamaged or agreements > 1 else Verdict.FIRST
            )
        # It may be another meter's: this one never sent it
        if agreements >= _AGREEMENTS and (
            line.undamaged >= _AGREEMENTS
            or self._pending[name].seconds_at(now.at) >= _STEP_SECONDS
        ):
            return Verdict.PLAUSIBLE
        return Verdict.FIRST

    def _judge_steps(
        self,
        received: Mapping[str, int],
        verdicts: dict[str, Verdict],
        now: FrameTime,
        pace: Pace,
    ) -> None:
        """Let all that is known decide on indexes that said the same for a minute."""
        steps = [name for name, verdict in verdicts.items() if verdict is Verdict.STEP]
        others_agree = all(
            verdict.outcome is Outcome.ACCEPTED for verdict in verdicts.values()
        )
        total_agrees = others_agree
        if received.keys() >= SUMMED and self.constant is not None:
            total_agrees = abs(_left(received) - self.constant) <= _slack(pace)
        for name in steps:
            known, pending = self.registers[name], self._pending[name]
            agreed = total_agrees if name in SUMMED else others_agree
            growth = received[name] - known.value
            # What was no truth to begin with may fall
            young = (
                known.first_at is not None
                and known.at is not None
                and known.at - known.first_at < _STEP_SECONDS
            )
            falls = -growth > _FALL * known.value and not young
            if pending.confirmed:
                continue
            if not agreed or falls:
                pending.unconfirmed = True
                self.unconfirmed[name] = pending.first
                verdicts[name] = Verdict.UNCONFIRMED
            elif growth >= 0 and (
                # Over a restart the clock may have been wrong
                known.at is None or growth <= pace.bound(name, now.longest_since(known))
            ):
                verdicts[name] = Verdict.PLAUSIBLE

    def _hold(self, name: str, value: int, at: float) -> None:
        """Keep an index back, for the next to agree with."""
        pending = self._pending.get(name)
        if pending is not None and pending.follows(value, at, WIDEST):
            pending.add(value, at)
            return
        if pending is not None and pending.unconfirmed:
            pending.misses += 1
            if pending.misses < _AGREEMENTS:
                # Damage does not undo what agreed for so long
                return
            self._forget(name)
        first = min(self.unconfirmed.get(name, value), value)
        self._pending[name] = PendingValue(value, at, first)

    def _forget(self, name: str) -> None:
        """Let a register wait no more."""
        self._pending.pop(name, None)
        self.unconfirmed.pop(name, None)

    def _accept(self, name: str, value: int, now: FrameTime, verdict: Verdict) -> None:
        """Trust an index."""
        known = self.registers.get(name)
        if known is None:
            known = Register(value, value, now.wall, now.clock, now.at)
            known.first_at = now.at
            known.restart_base(value, now.at)
            self.registers[name] = known
            return
        if verdict is Verdict.STEP:
            pending = self._pending[name]
            self.stepped[name] = pending.first
            known.shown = value
            known.first_at = now.at - pending.seconds_at(now.at)
            known.restart_base(value, now.at)
        elif known.at is None:
            known.restart_base(value, now.at)
        else:
            known.keep_base()
            known.keep_high(value, now.at, corrected=verdict is Verdict.CORRECTED)
        known.shown = max(known.shown, value)
        known.value, known.at = value, now.at
        known.wall, known.clock = now.wall, now.clock

    def _compare(
        self,
        received: dict[str, int],
        verdicts: dict[str, Verdict],
        moved: list[str],
        now: FrameTime,
        *,
        pace: Pace,
        line: LineState,
    ) -> None:
        """Doubt the register that disagrees with the total (EAST and EASFnn).

        ``moved`` are those that are not what they were.
        """
        summed = [name for name in moved if name in SUMMED]
        if any(verdicts[name].outcome is Outcome.PENDING for name in summed):
            return
        left, slack = _left(received), _slack(pace)
        if self.constant is None:
            seen, count = self._learning
            count = count + 1 if abs(left - seen) <= slack else 1
            self._learning = (left, count)
            if line.undamaged or count >= _AGREEMENTS:
                self.constant = left
            return
        off = left - self.constant
        if abs(off) <= slack:
            self._disagreed = None
            return
        disagreed = self._disagreed
        if disagreed is None or abs(off - disagreed.value) > slack:
            disagreed = self._disagreed = PendingValue(off, now.at, off, count=0)
        disagreed.add(off, now.at)
        stepped = any(verdicts[name] is Verdict.STEP for name in summed)
        long = min(disagreed.seconds, line.good_for) >= _STEP_SECONDS
        if stepped or (long and disagreed.count >= _AGREEMENTS):
            # Each is within its bounds: the supplier's registers were set anew
            self.constant, self._disagreed = left, None
            return
        changes = {
            name: received[name] - known.value
            for name in summed
            if (known := self.registers.get(name))
        }
        guilty = [
            name
            for name, change in changes.items()
            if abs(off - (change if name == "EAST" else -change)) <= slack
        ]
        for name in guilty if len(guilty) == 1 else changes:
            verdicts[name] = Verdict.CONTRADICTED


def _left(received: Mapping[str, int]) -> int:
    """Return EAST less the supplier's indexes."""
    return received["EAST"] - sum(map(received.__getitem__, NET))


def _slack(pace: Pace) -> float:
    """Return by how many Wh the total may be off."""
    return _SUM_SLACK + pace.per_second
