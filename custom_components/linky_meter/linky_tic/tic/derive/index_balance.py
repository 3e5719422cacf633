"""How far an energy index is ahead of the published power, and how that is paid back.

The published power is that of its moment, and nobody sees between two frames when a
load changed. So its sum strays from the index; a small part of the power brings it back.
"""

from __future__ import annotations

from dataclasses import dataclass

from .factor_filter import UNKNOWN_ENERGY

# An index that rises by more Wh, and more times what was expected, says nothing
_JUMP_WH = 5
_JUMP_RATIO = 4
# The energy of so many seconds, beside some Wh, may be owed
_OWED_SECONDS = 30.0
# What is owed is paid back over so many seconds
_PAY_SECONDS = 60.0
# A resistance draws all of its VA, so payment needs a little more than these. They are
# not known better than this share, and it is for a greater debt only.
_ABOVE_WH = 0.5
_ABOVE_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class _Terms:
    """How energy is paid back."""

    owed: float
    """So many Wh are owed at most; what a great load left is small beside its energy."""
    share: float
    least: float
    """With which share of the power, or how many W, at most."""
    patience: float
    """More Wh are paid back faster, and with more, in proportion."""
    haste: float
    """How much faster at most: never all within one frame."""
    kept: float
    """The share of the power that is shown whatever is owed."""


_ONE_WAY = _Terms(1.25, 0.06, 15.0, 0.5, 5.0, 0.5)
# Near zero a flow may end before it has paid, and the factors are known less
_BOTH_WAYS = _Terms(3.0, 0.1, 40.0, 0.1, 8.0, 0.0)


@dataclass(slots=True)
class IndexBalance:
    """What is kept of an index: of import or of export."""

    last: int | None = None
    """Wh."""
    energy: tuple[float, float] = UNKNOWN_ENERGY
    """Wh since the last edge and variance, while the other index counts."""
    expected: float = 0.0
    """Wh that the estimate lets it grow since it was last seen."""
    balance: float = 0.0
    """Wh that it counted and the published power did not."""

    def restart(self) -> None:
        """Begin a new window."""
        self.energy, self.expected, self.balance = UNKNOWN_ENERGY, 0.0, 0.0

    def plausible(self, edges: int) -> bool:
        """Whether an index can have risen by so many Wh since it was last seen."""
        return 0 <= edges <= _JUMP_WH + _JUMP_RATIO * self.expected

    def keep(self, now: int | None) -> None:
        """Take the index while nothing is compared with it."""
        if now is None or now == self.last:
            return
        if self.last is not None:
            # A frame tells the direction a moment before its index, or after
            energy = self.energy[0] - (now - self.last)
            self.energy = (min(max(energy, 0.0), 1.0), self.energy[1])
            self.balance += self.energy[0] - energy
        self.last = now

    def limit(self, watts: float, *, two_way: bool) -> None:
        """Forgive what is too much beside a power in W."""
        most = _terms(two_way).owed + watts * _OWED_SECONDS / 3600
        self.balance = min(max(self.balance, -most), most)

    def paying(self, watts: float, apparent: float, *, two_way: bool) -> float:
        """Return a power in W that pays back, out of so many VA."""
        terms = _terms(two_way)
        haste = min(max(abs(self.balance) / terms.patience, 1.0), terms.haste)
        rate = self.balance * haste * 3600 / _PAY_SECONDS
        most = max(terms.share * watts, terms.least) * haste * haste
        above = max(self.balance - _ABOVE_WH, 0.0) * 3600 / _PAY_SECONDS
        top = apparent + min(above, _ABOVE_SHARE * apparent)
        paid = watts + min(max(rate, -most), most)
        return min(max(paid, terms.kept * watts), top)


def _terms(two_way: bool) -> _Terms:
    return _BOTH_WAYS if two_way else _ONE_WAY
