"""Judges indexes: none falls, and none rises faster than a meter can count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .outcome import (
    CONTRADICTED,
    CORRECTED,
    FIRST,
    OUT_OF_BOUNDS,
    PLAUSIBLE,
    STEP,
    SURPRISING,
    Outcome,
    Verdict,
)
from .registers import NET, SUMMED, WIDEST, FrameTime, Pace, Register

_FRESH_SECONDS = 60.0
_AGREEMENTS = 3
# Wh: two registers are not read in the same moment
_SUM_SLACK = 3
_WITHIN_BOUNDS = {PLAUSIBLE, CORRECTED}


@dataclass(slots=True)
class _PendingIndex:
    """An index that waits for others to agree."""

    value: int
    at: float
    count: int = 1


@dataclass(slots=True)
class Indexes:
    """The guard of all registers of a meter; ``registers`` outlives a restart."""

    registers: dict[str, Register] = field(default_factory=dict)
    constant: int | None = None
    """EAST less the supplier's indexes: what an older contract left."""
    _pending: dict[str, _PendingIndex] = field(default_factory=dict, repr=False)
    _learning: tuple[int, int] = (0, 0)
    """A constant, and how many frames said so."""
    _disagreed: tuple[int, int] = (0, 0)
    """By how much the total was off, and in how many frames."""

    def as_dict(self) -> dict[str, Any]:
        """Return what outlives a restart, as JSON has it."""
        return {
            "constant": self.constant,
            "registers": {
                name: [known.value, known.shown, known.wall, known.clock]
                for name, known in self.registers.items()
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Indexes:
        """Return what ``as_dict`` gave."""
        rows = data.get("registers", {})
        return cls(
            {name: Register(*row) for name, row in rows.items()}, data.get("constant")
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

    def judge(
        self,
        received: dict[str, int],
        now: FrameTime,
        *,
        pace: Pace,
        undamaged: bool,
    ) -> dict[str, Verdict]:
        """Return what becomes of each register's index.

        ``undamaged`` tells that the frame shows no damage at all.
        """
        verdicts = dict.fromkeys(received, PLAUSIBLE)
        registers, moved = self.registers, []
        for name, value in received.items():
            known = registers.get(name)
            if known is None or value != known.value:
                moved.append(name)
                verdicts[name] = self._verdict(
                    name, value, now=now, pace=pace, undamaged=undamaged
                )
            elif known.at is not None:
                # Most registers of a meter stand still
                known.base, known.base_at = value, known.at
                known.at, known.wall, known.clock = now
            else:
                self._accept(name, value, now, PLAUSIBLE)
        if received.keys() >= SUMMED:
            self._compare(received, verdicts, moved, pace, undamaged=undamaged)
        if self._pending:
            for name in received.keys() - moved:
                self._pending.pop(name, None)
        for name in moved:
            if (verdict := verdicts[name]).outcome is Outcome.PENDING:
                self._hold(name, received[name], now.at)
            else:
                self._pending.pop(name, None)
                self._accept(name, received[name], now, verdict)
        return verdicts

    def _verdict(
        self,
        name: str,
        value: int,
        *,
        now: FrameTime,
        pace: Pace,
        undamaged: bool,
    ) -> Verdict:
        """Judge one index by its own history."""
        at = now.at
        known, held = self.registers.get(name), self._pending.get(name)
        agreements = 1
        if held is not None and _follows(held, value, at, pace):
            agreements += held.count
        if known is None:
            return PLAUSIBLE if undamaged or agreements > 1 else FIRST
        seconds = now.since(known)
        if seconds >= 0 and 0 <= value - known.value <= pace.bound(name, seconds):
            # After a gap the bound is wide: one more has to say the same
            sure = undamaged or seconds <= _FRESH_SECONDS or agreements > 1
            return PLAUSIBLE if sure else SURPRISING
        if (
            known.base is not None
            and known.base <= value < known.value
            and value - known.base <= pace.bound(name, at - known.base_at)
        ):
            return CORRECTED
        if agreements < _AGREEMENTS:
            return OUT_OF_BOUNDS
        # Over a restart the clock may have been wrong: then it was consumed all the same
        restarted = known.at is None and value >= known.value
        return PLAUSIBLE if restarted else STEP

    def _hold(self, name: str, value: int, at: float) -> None:
        """Keep an index back, for the next to agree with."""
        held = self._pending.get(name)
        count = held.count + 1 if held and _follows(held, value, at, WIDEST) else 1
        self._pending[name] = _PendingIndex(value, at, count)

    def _accept(self, name: str, value: int, now: FrameTime, verdict: Verdict) -> None:
        """Trust an index."""
        known = self.registers.get(name)
        if known is None:
            self.registers[name] = Register(value, value, now.wall, now.clock, now.at)
            return
        if verdict is STEP:
            known.base, known.shown = None, value
        elif verdict is CORRECTED or known.at is None:
            known.base, known.base_at = value, now.at
        else:
            known.base, known.base_at = known.value, known.at
        known.shown = max(known.shown, value)
        known.value, known.at = value, now.at
        known.wall, known.clock = now.wall, now.clock

    def _compare(
        self,
        received: dict[str, int],
        verdicts: dict[str, Verdict],
        moved: list[str],
        pace: Pace,
        *,
        undamaged: bool,
    ) -> None:
        """Doubt the register that disagrees with the total (EAST and EASFnn).

        ``moved`` are those that are not what they were.
        """
        summed = [name for name in moved if name in SUMMED]
        if any(verdicts[name] not in _WITHIN_BOUNDS for name in summed):
            return
        total = received["EAST"] - sum(map(received.__getitem__, NET))
        slack = _SUM_SLACK + pace.per_second
        if self.constant is None:
            seen, count = self._learning
            count = count + 1 if abs(total - seen) <= slack else 1
            self._learning = (total, count)
            if undamaged or count >= _AGREEMENTS:
                self.constant = total
            return
        odd = total - self.constant
        if abs(odd) <= slack:
            self._disagreed = (0, 0)
            return
        seen, count = self._disagreed
        count = count + 1 if count and abs(odd - seen) <= slack else 1
        self._disagreed = (odd, count)
        if count >= _AGREEMENTS:
            # Each is within its bounds: the supplier's registers were set anew
            self.constant, self._disagreed = total, (0, 0)
            return
        changes = {
            name: received[name] - known.value
            for name in summed
            if (known := self.registers.get(name))
        }
        guilty = [
            name
            for name, change in changes.items()
            if abs(odd - (change if name == "EAST" else -change)) <= slack
        ]
        for name in guilty if len(guilty) == 1 else changes:
            verdicts[name] = CONTRADICTED


def _follows(held: _PendingIndex, value: int, at: float, pace: Pace) -> bool:
    """Return whether a reading may follow the one that is held."""
    return 0 <= value - held.value <= pace.bound("", at - held.at)
