"""The power factors of a house, as they outlive a restart.

The same apparent power mostly comes from the same appliances: so a factor is kept for
each band of it. Where energy flows both ways the same VA may be any number of watts, and
what lasts is the part that is not active.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

REST = 0
"""In place of a band: the part that is not active, VA; bands are never 0."""


class Estimated(NamedTuple):
    """A value with its doubt."""

    value: float
    """A power factor, or VA for ``REST``."""
    variance: float


@dataclass
class KnownFactors:
    """What is known of a house, for each channel: a phase, or the whole meter."""

    _channels: dict[tuple[int, int], dict[int, Estimated]] = field(default_factory=dict)
    """By number of channels and channel, then by band of its power or ``REST``."""

    def of(self, channels: int) -> list[Mapping[int, Estimated]]:
        """Return what is known of each of so many channels.

        A meter may tell the phases apart in one mode, and not in the other.
        """
        return [self._channels.get((channels, n), {}) for n in range(channels)]

    def learn(self, channels: int, channel: int, band: int, known: Estimated) -> None:
        """Keep what is known of a band of one of so many channels."""
        self._channels.setdefault((channels, channel), {})[band] = known

    def as_list(self) -> list[list[Any]]:
        """Return it as JSON has it."""
        return [
            [*channel, band, round(known.value, 3), round(known.variance, 6)]
            for channel, bands in self._channels.items()
            for band, known in bands.items()
        ]

    @classmethod
    def from_list(cls, rows: Iterable[Iterable[Any]]) -> KnownFactors:
        """Return what ``as_list`` gave."""
        known = cls()
        for channels, channel, band, value, variance in rows:
            known.learn(channels, channel, band, Estimated(value, variance))
        return known
