"""The registers of a meter, and how fast their indexes may rise.

Facts: a Linky counts up to its rating (54E, section 6.1), 253 V is the highest voltage
of the network (NF EN 50160); the breaker opens above 1.3 times its power (54E, 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ..frame import Group
from ..identity import Identity
from ..labels import CONTRACT_VOLTAGE, LABELS
from ..tariffs import INDEXES, LABEL_INDEXES

_MARGIN = 1.1
_HIGHEST_VOLTAGE = 253
_HIGHEST_RATING = 90
_SLACK = 2
"""Wh: an index is rounded down at both ends."""
_GAP_SECONDS = 900.0
_TRIP_RATIO = 1.3
_BASE_SECONDS = 60.0
# Two clocks agree on a time up to so many seconds, and this share of it
_APART_SECONDS, _APART = 10.0, 0.01
_POWERS = ("PREF", "PCOUP", "ISOUSC")

REGISTERS: dict[str, str] = {
    label: label for label, row in LABELS.items() if row.unit in {"Wh", "varh"}
} | {label: f"index_{n}" for label, n in LABEL_INDEXES.items()}
"""The register behind a label: both modes show the supplier's by names of their own."""

NET = tuple(f"index_{n}" for n in INDEXES)
SUMMED = {*NET, "EAST"}
_DISTRIBUTOR = {f"EASD{n:02}" for n in range(1, 5)}
_IMPORT = {*SUMMED, *_DISTRIBUTOR, "BASE"}


@dataclass(slots=True)
class Register:
    """The last trusted index of a register, Wh or varh."""

    value: int
    """The latest that was accepted."""
    shown: int
    """The highest that was shown."""
    wall: float
    """When, in seconds since 1970 by our clock."""
    clock: float | None = None
    """The same by the meter's clock, where it tells."""
    at: float | None = None
    """When, by a steady clock; None after a restart."""
    base: int | None = None
    """What it was a minute or two before: one that was too high is corrected down to it."""
    base_at: float = 0.0
    high: int | None = None
    """What it was before it was corrected…"""
    high_at: float = 0.0
    """…and when it was so last."""
    next_base: int = 0
    """The base of the next minute…"""
    next_base_at: float = 0.0
    """…and since when."""
    first_at: float | None = None
    """When the first index was accepted, by the steady clock; None for one restored."""

    def keep_base(self) -> None:
        """Let what was accepted for a minute be the base, before something newer is."""
        if self.at is not None and self.at - self.next_base_at >= _BASE_SECONDS:
            self.base, self.base_at = self.next_base, self.next_base_at
            self.next_base, self.next_base_at = self.value, self.at

    def recent_high(self, at: float) -> int | None:
        """Return what was accepted before it was corrected, a minute ago at most."""
        return self.high if at - self.high_at <= _BASE_SECONDS else None

    def keep_high(self, value: int, at: float, *, corrected: bool) -> None:
        """Keep what is corrected now: it may be true after all."""
        high = self.recent_high(at)
        if high is not None and value >= high:
            high = None
        if corrected and high is None and self.at is not None:
            high, self.high_at = self.value, self.at
        self.high = high

    def restart_base(self, value: int, at: float) -> None:
        """Correct nothing below a value."""
        self.base = self.next_base = value
        self.base_at = self.next_base_at = at
        self.high = None


class FrameTime(NamedTuple):
    """The time of a frame, by three clocks."""

    at: float
    """A steady one of ours, s."""
    wall: float
    """Our clock, seconds since 1970."""
    clock: float | None
    """The meter's, seconds since 1970; None where it does not tell."""

    def since(self, known: Register) -> float:
        """Return the seconds since an index of a register was accepted.

        Where the meter's clock and ours agree it is as long as both say: the steady one
        stands still while the host sleeps. Else the steady one knows while we run, and
        the meter's over a restart.
        """
        steady, meter, wall = self._since(known)
        if meter is not None and abs(meter - wall) <= _APART_SECONDS + _APART * wall:
            return max(min(meter, wall), steady or 0.0)
        if steady is not None:
            return steady
        return wall if meter is None else meter

    def longest_since(self, known: Register) -> float:
        """Return the same by the clock that says most, whatever the others say."""
        return max(seconds for seconds in self._since(known) if seconds is not None)

    def _since(self, known: Register) -> tuple[float | None, float | None, float]:
        """Return what the steady clock, the meter's and ours say."""
        return (
            None if known.at is None else self.at - known.at,
            None
            if self.clock is None or known.clock is None
            else self.clock - known.clock,
            self.wall - known.wall,
        )


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

    def lasting_bound(self, register: str, seconds: float, power: int) -> float:
        """Return the most Wh at what a breaker of so many VA lets through, 0: unknown.

        It bounds what is drawn: what is fed in is only bounded by the meter.
        """
        most = self.per_second * seconds
        if power and register in _IMPORT:
            most = min(most, _TRIP_RATIO * power * seconds / 3600)
        return most + _SLACK

    def bound(self, register: str, seconds: float) -> float:
        """Return the most Wh that a register may rise in so many seconds."""
        power = self.breaking_power if seconds > _GAP_SECONDS else None
        return self.lasting_bound(register, seconds, power or 0)


WIDEST = Pace.of(None, None, None)


def pace_of(
    numbers: Mapping[str, int],
    groups: Mapping[str, Group],
    identity: Identity | None,
    phases: int | None,
) -> Pace:
    """Return how fast a meter's indexes may rise: by its rating and by its contract.

    ``numbers`` are trusted, ``groups`` those of the frame: the first one after a restart
    has nothing trusted before it.
    """
    return _pace(
        identity.rating if identity else None,
        phases,
        *[
            numbers.get(label)
            or (int(groups[label].value) if label in groups else None)
            for label in _POWERS
        ],
    )


@lru_cache(maxsize=8)
def _pace(rating: int | None, phases: int | None, *numbers: int | None) -> Pace:
    """Return it for a rating in A, and what the labels of power say."""
    units = (1000, 1000, CONTRACT_VOLTAGE * (phases or 3))
    powers = [
        number * unit for number, unit in zip(numbers, units, strict=True) if number
    ]
    return Pace.of(rating, phases, max(powers, default=None))
