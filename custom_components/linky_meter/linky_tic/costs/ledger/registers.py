"""The meter's registers as they were last trusted, and how much they may rise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..calendar.days import utc
from .rows import index_of, whole
from .samples import Event, Note, Sample

DEFAULT_POWER = 36_000
"""VA; the greatest that such a meter is sold for."""

_SAME_LEVEL = 3
_SECOND = timedelta(seconds=1)


def cap(power: int | None, elapsed: timedelta) -> int:
    """Return the greatest believable rise of an index, Wh: 1.3 times full load."""
    most = (power or DEFAULT_POWER) * 13 * (elapsed // _SECOND + 1)
    return most // 36_000 + 20


class Register(NamedTuple):
    """The last trusted value of an index."""

    wh: int
    at: datetime


class Origin(NamedTuple):
    """What the registers showed when the ledger began."""

    at: datetime
    indexes: dict[int, int]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        indexes = {str(index): wh for index, wh in self.indexes.items()}
        return {"at": self.at.isoformat(), "indexes": indexes}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Origin:
        """Return what ``as_dict`` gave; raise CorruptStoreError or what is wrong."""
        return cls(
            utc(datetime.fromisoformat(data["at"])),
            {index_of(index): whole(wh) for index, wh in data["indexes"].items()},
        )


class _Held(NamedTuple):
    """A value that cannot be, and how often its level was seen."""

    wh: int
    at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Rise:
    """What an index counted, and since when."""

    index: int
    since: datetime
    wh: int


@dataclass
class Registers:
    """The indexes and the total of one meter."""

    by_index: dict[int, Register] = field(default_factory=dict)
    total: int | None = None
    _held: dict[int, _Held] = field(default_factory=dict, compare=False)
    _mismatches: int = field(default=0, compare=False)

    def begin(self, sample: Sample, at: datetime) -> None:
        """Take all as it is, without counting."""
        self.by_index = {
            index: Register(wh, at) for index, wh in sample.indexes.items()
        }
        self.total = sample.total
        self._held.clear()
        self._mismatches = 0

    def shift(self, step: timedelta) -> None:
        """Move all moments, as the clock has moved."""
        self.by_index = {
            index: register._replace(at=register.at + step)
            for index, register in self.by_index.items()
        }
        self._held = {
            index: held._replace(at=held.at + step)
            for index, held in self._held.items()
        }

    def whole_rise(self, sample: Sample) -> int:
        """Return how much all indexes rose, Wh."""
        return sum(
            wh - self.by_index[index].wh
            for index, wh in sample.indexes.items()
            if index in self.by_index
        )

    def total_agrees(self, sample: Sample, notes: list[Note]) -> bool:
        """Return whether the indexes rose as the total did.

        A frame that lacks a register waits; when the difference stays, the total is
        taken as it is.
        """
        if sample.total is None or self.total is None:
            self._mismatches = 0
            return True
        off = self.whole_rise(sample) - (sample.total - self.total)
        if abs(off) <= 10 * len(sample.indexes):
            self._mismatches = 0
            return True
        self._mismatches += 1
        if self._mismatches < _SAME_LEVEL:
            return False
        self._mismatches = 0
        notes.append(Note(Event.TOTAL_MISMATCH, wh=off))
        return True

    def take(self, sample: Sample, at: datetime, notes: list[Note]) -> Iterator[Rise]:
        """Take the values that can be and yield what each index counted.

        One that rose too much is held until its level was seen three times, then taken
        without counting; one that fell starts anew.
        """
        self.total = sample.total
        for index, wh in sample.indexes.items():
            register = self.by_index.get(index)
            if register is None:
                self.by_index[index] = Register(wh, at)
                continue
            rise = wh - register.wh
            most = cap(sample.power, at - register.at)
            if rise < 0:
                notes.append(Note(Event.INDEX_FELL, index, -rise))
                rise = wh if wh <= most else 0
            elif rise > most:
                if not self._level_stays(index, wh, at, sample.power, notes):
                    continue
                notes.append(Note(Event.SPIKE_DROPPED, index, rise))
                rise = 0
            self._held.pop(index, None)
            self.by_index[index] = Register(wh, at)
            if rise:
                yield Rise(index, register.at, rise)

    def _level_stays(
        self,
        index: int,
        wh: int,
        at: datetime,
        power: int | None,
        notes: list[Note],
    ) -> bool:
        """Return whether a value that cannot be was seen often enough to be real."""
        held = self._held.get(index)
        if held is None or not 0 <= wh - held.wh <= cap(power, at - held.at):
            self._held[index] = _Held(wh, at)
            notes.append(Note(Event.SPIKE_HELD, index, wh))
            return False
        self._held[index] = _Held(wh, at, held.times + 1)
        return held.times + 1 >= _SAME_LEVEL

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "total": self.total,
            "indexes": {
                str(index): [register.wh, register.at.isoformat()]
                for index, register in self.by_index.items()
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Registers:
        """Return what ``as_dict`` gave; raise CorruptStoreError or what is wrong."""
        total = data["total"]
        return cls(
            {
                index_of(index): Register(whole(wh), utc(datetime.fromisoformat(since)))
                for index, (wh, since) in data["indexes"].items()
            },
            None if total is None else whole(total),
        )
