"""Is this index believable: it never falls, and rises no faster than a meter can count.

Facts: a Linky counts up to its rating (54E, section 6.1), 253 V is the highest voltage
of the network (NF EN 50160); the breaker opens above 1.3 times its power (54E, 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .labels import LABELS

_MARGIN = 1.1
_HIGHEST_VOLTAGE = 253
_HIGHEST_RATING = 90
_SLACK = 2
"""Wh: an index is rounded down at both ends."""
_GAP_SECONDS = 900.0
_FRESH_SECONDS = 60.0
_TRIP_RATIO = 1.3
_AGREEMENTS = 3
# Wh: two registers are not read in the same moment
_SUM_SLACK = 3

_SUPPLIER = (
    ("HCHC", "HCHP"),
    ("EJPHN", "EJPHPM"),
    ("BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"),
    tuple(f"EASF{n:02}" for n in range(1, 11)),
)
REGISTERS: dict[str, str] = {
    label: label for label, row in LABELS.items() if row.unit in {"Wh", "varh"}
} | {label: f"index_{n}" for labels in _SUPPLIER for n, label in enumerate(labels, 1)}
"""The register behind a label: both modes show the supplier's by names of their own."""

_NET = tuple(f"index_{n}" for n in range(1, 11))
_SUMMED = {*_NET, "EAST"}
_IMPORT = {*_SUMMED, "BASE"}


class Verdict(StrEnum):
    """What becomes of an index that was received."""

    TAKE = "take"
    BELOW = "below"
    """It is true, and what is shown was a little too high: that stays."""
    HOLD = "hold"
    STEP = "step"
    """Held until now; three readings agree."""


@dataclass(slots=True)
class Register:
    """The last trusted index of a register, Wh or varh."""

    value: int
    """The latest that is believed."""
    shown: int
    """The highest that was shown."""
    wall: float
    """When, in seconds since 1970 by our clock."""
    clock: float | None = None
    """The same by the meter's clock, where it tells."""
    at: float | None = None
    """When, by a steady clock; None after a restart."""
    base: int | None = None
    """The one before."""
    base_at: float = 0.0


@dataclass(frozen=True, slots=True)
class _Now:
    """The time of a frame, by three clocks."""

    at: float
    wall: float
    clock: float | None

    def since(self, known: Register) -> float:
        """Return the seconds since a register was believed.

        The steady clock knows while we run; the meter's over a restart, else ours.
        """
        if known.at is not None:
            return self.at - known.at
        if self.clock is not None and known.clock is not None:
            return self.clock - known.clock
        return self.wall - known.wall


@dataclass(slots=True)
class _Held:
    """An index that waits for others to agree."""

    value: int
    at: float
    count: int = 1


@dataclass(slots=True)
class Pace:
    """How fast an index may rise."""

    per_second: float
    """Wh at the meter's full load."""
    breaking_power: int | None = None
    """VA, the higher of subscribed and breaking power."""

    @classmethod
    def of(
        cls, rating: int | None, phases: int | None, breaking_power: int | None
    ) -> Pace:
        """Return it for a meter; what is unknown counts as the most there is."""
        most = _MARGIN * (rating or _HIGHEST_RATING) * _HIGHEST_VOLTAGE
        return cls(most * (phases or 3) / 3600, breaking_power)

    def bound(self, register: str, seconds: float) -> float:
        """Return the most Wh that a register may rise in so many seconds."""
        most = self.per_second * seconds
        if seconds > _GAP_SECONDS and self.breaking_power and register in _IMPORT:
            most = min(most, _TRIP_RATIO * self.breaking_power * seconds / 3600)
        return most + _SLACK


@dataclass(slots=True)
class Indexes:
    """The guard of all registers of a meter; ``registers`` outlives a restart."""

    registers: dict[str, Register] = field(default_factory=dict)
    constant: int | None = None
    """EAST less the supplier's indexes: what an older contract left."""
    _held: dict[str, _Held] = field(default_factory=dict, repr=False)
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
            for name in _NET
            if name in self.registers
            and last - self.registers[name].wall <= _FRESH_SECONDS
        }

    def judge(
        self,
        received: dict[str, int],
        *,
        at: float,
        wall: float,
        clock: float | None,
        pace: Pace,
        clean: bool,
    ) -> dict[str, Verdict]:
        """Return what becomes of each register's index.

        ``at`` is a steady clock, ``wall`` and ``clock`` (the meter's) are seconds since
        1970, ``clean`` tells that the frame shows no damage at all.
        """
        now = _Now(at, wall, clock)
        verdicts = dict.fromkeys(received, Verdict.TAKE)
        registers, moved = self.registers, []
        for name, value in received.items():
            known = registers.get(name)
            if known is None or value != known.value:
                moved.append(name)
                verdicts[name] = self._verdict(
                    name, value, now=now, pace=pace, clean=clean
                )
            elif known.at is not None:
                # Most registers of a meter stand still
                known.base, known.base_at = value, known.at
                known.at, known.wall, known.clock = at, wall, clock
            else:
                self._believe(name, value, now, Verdict.TAKE)
        if received.keys() >= _SUMMED:
            self._compare(received, verdicts, moved, pace, clean=clean)
        if self._held:
            for name in received.keys() - moved:
                self._held.pop(name, None)
        for name in moved:
            if (verdict := verdicts[name]) is Verdict.HOLD:
                self._hold(name, received[name], at)
            else:
                self._held.pop(name, None)
                self._believe(name, received[name], now, verdict)
        return verdicts

    def _verdict(
        self,
        name: str,
        value: int,
        *,
        now: _Now,
        pace: Pace,
        clean: bool,
    ) -> Verdict:
        """Judge one index by its own history."""
        at = now.at
        known, held = self.registers.get(name), self._held.get(name)
        agreements = 1
        if held is not None and _follows(held, value, at, pace):
            agreements += held.count
        if known is None:
            return Verdict.TAKE if clean or agreements > 1 else Verdict.HOLD
        seconds = now.since(known)
        if seconds >= 0 and 0 <= value - known.value <= pace.bound(name, seconds):
            # After a gap the bound is wide: one more has to say the same
            sure = clean or seconds <= _FRESH_SECONDS or agreements > 1
            return Verdict.TAKE if sure else Verdict.HOLD
        if (
            known.base is not None
            and known.base <= value < known.value
            and value - known.base <= pace.bound(name, at - known.base_at)
        ):
            return Verdict.BELOW
        if agreements < _AGREEMENTS:
            return Verdict.HOLD
        # Over a restart the clock may have been wrong: then it was consumed all the same
        restarted = known.at is None and value >= known.value
        return Verdict.TAKE if restarted else Verdict.STEP

    def _hold(self, name: str, value: int, at: float) -> None:
        """Keep an index back, for the next to agree with."""
        held = self._held.get(name)
        count = held.count + 1 if held and _follows(held, value, at, _WIDEST) else 1
        self._held[name] = _Held(value, at, count)

    def _believe(self, name: str, value: int, now: _Now, verdict: Verdict) -> None:
        """Trust an index."""
        known = self.registers.get(name)
        if known is None:
            self.registers[name] = Register(value, value, now.wall, now.clock, now.at)
            return
        if verdict is Verdict.STEP:
            known.base, known.shown = None, value
        elif verdict is Verdict.BELOW or known.at is None:
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
        clean: bool,
    ) -> None:
        """Hold the register that disagrees with the total (EAST and EASFnn).

        ``moved`` are those that are not what they were.
        """
        summed = [name for name in moved if name in _SUMMED]
        if any(verdicts[name] in {Verdict.HOLD, Verdict.STEP} for name in summed):
            return
        total = received["EAST"] - sum(map(received.__getitem__, _NET))
        slack = _SUM_SLACK + pace.per_second
        if self.constant is None:
            seen, count = self._learning
            count = count + 1 if abs(total - seen) <= slack else 1
            self._learning = (total, count)
            if clean or count >= _AGREEMENTS:
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
            # Each is believable by itself: the supplier's registers were set anew
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
            verdicts[name] = Verdict.HOLD


def _follows(held: _Held, value: int, at: float, pace: Pace) -> bool:
    """Return whether a reading may follow the one that is held."""
    return 0 <= value - held.value <= pace.bound("", at - held.at)


_WIDEST = Pace.of(None, None, None)
