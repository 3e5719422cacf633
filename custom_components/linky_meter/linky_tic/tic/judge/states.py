"""States change when frames agree on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..frame import Group
from .outcome import Verdict

FRAMES = 2
# Rare changes, and data in which the checksum misses much: digits, free text
_MORE_FRAMES = dict.fromkeys(("PREF", "PCOUP", "ISOUSC", "NGTF", "LTARF", "MSG1"), 3)
# The contract bounds and sorts what the meter counts: another meter's may be on the
# line for a while, and is not taken from damaged frames but after more of them
_CONTRACT = frozenset({"OPTARIF", "NGTF", "ISOUSC", "PREF", "PCOUP"})
_DAMAGED_FRAMES = 20
# What another label of the same frame contradicts
_AGAINST_ANOTHER = 4

_STATUS_FIELDS = tuple(
    ((1 << width) - 1) << low
    for low, width in (
        (0, 1),
        (1, 3),
        (4, 1),
        (5, 1),
        (6, 1),
        (7, 1),
        (8, 1),
        (9, 1),
        (10, 4),
        (14, 2),
        (16, 1),
        (17, 2),
        (19, 2),
        (21, 2),
        (23, 1),
        (24, 2),
        (26, 2),
        (28, 2),
        (30, 2),
    )
)
_DRY_CONTACT, _TARIFF, _CLOCK, _MODE = 1, 0xF << 10, 1 << 16, 1 << 17


class Agreement:
    """Counts the frames that agree on a new value, label by label."""

    def __init__(self) -> None:
        self._candidates: dict[str, tuple[Group, int]] = {}
        self._status: dict[int, tuple[int, int]] = {}

    def judge(
        self,
        group: Group,
        known: Group | None,
        *,
        contradicted: bool = False,
        damaged: bool = False,
    ) -> Verdict:
        """Accept what enough frames in a row said; ``damaged`` is the present one."""
        label = group.label
        if group == known:
            self._candidates.pop(label, None)
            return Verdict.PLAUSIBLE
        seen, count = self._candidates.get(label, (None, 0))
        count = count + 1 if seen == group else 1
        enough = _MORE_FRAMES.get(label, FRAMES)
        if damaged and known is not None and label in _CONTRACT:
            enough = _DAMAGED_FRAMES
        if count >= (_AGAINST_ANOTHER if contradicted else enough):
            self._candidates.pop(label, None)
            return Verdict.AGREED
        self._candidates[label] = (group, count)
        return Verdict.CONTRADICTED if contradicted else Verdict.DISAGREED

    def forget(self, labels: Iterable[str]) -> None:
        """Let labels begin anew: what they said before stands, or they are not there."""
        if self._candidates:
            for label in labels:
                self._candidates.pop(label, None)

    def judge_status(
        self,
        group: Group,
        known: Group | None,
        against: int,
        *,
        recently_damaged: bool = False,
    ) -> Group | None:
        """Return STGE with each field as the last frames agree on it (54E, 6.2.3.14).

        ``against`` has the bits that other labels of the frame contradict. A line that
        damaged a group lately needs one more frame to change what is known. None while
        nothing is agreed on.
        """
        enough = FRAMES + (recently_damaged and known is not None)
        if known is not None and group.value == known.value and not self._status:
            return known
        now = int(group.value, 16)
        before = result = int(known.value, 16) if known else 0
        waiting = False
        for mask in _STATUS_FIELDS:
            value = now & mask
            if known is not None and value == before & mask:
                self._status.pop(mask, None)
                continue
            seen, count = self._status.get(mask, (-1, 0))
            count = count + 1 if seen == value else 1
            self._status[mask] = (value, count)
            if count < (_AGAINST_ANOTHER if against & mask else enough):
                waiting = True
                continue
            result = result & ~mask | value
            if known is not None:
                del self._status[mask]
        if known is None:
            # The first register is taken whole: what is agreed on stays till then
            if waiting:
                return None
            self._status.clear()
        return Group("STGE", f"{result:08X}")


class Contradictions(NamedTuple):
    """What of a frame contradicts itself."""

    bits: int
    """Of STGE."""
    labels: frozenset[str]


_NONE = Contradictions(0, frozenset())


def contradictions(groups: Mapping[str, Group]) -> Contradictions:
    """Return what contradicts each other in a frame.

    NTARF is the supplier's tariff, RELAIS has the dry contact with the other sign, the
    season letter of DATE tells of the clock, and standard mode says that it is it.
    """
    if (status := groups.get("STGE")) is None:
        return _NONE
    tariff, relays, clock = (
        groups.get("NTARF"),
        groups.get("RELAIS"),
        groups.get("DATE"),
    )
    return _contradictions(
        status.value,
        tariff.value if tariff else "",
        relays.value if relays else "",
        (clock.horodate or "")[:1] if clock else "",
    )


@lru_cache(maxsize=16)
def _contradictions(
    status: str, tariff: str, relays: str, season: str
) -> Contradictions:
    """Return what contradicts the status register; the others may be empty."""
    register = int(status, 16)
    bits = 0 if register & _MODE else 0xFFFFFFFF
    labels = set()
    if tariff and int(tariff) != (register & _TARIFF) // (1 << 10) + 1:
        bits |= _TARIFF
        labels.add("NTARF")
    if relays and int(relays) & 1 == register & _DRY_CONTACT:
        bits |= _DRY_CONTACT
        labels.add("RELAIS")
    degraded = bool(register & _CLOCK)
    if season and season.islower() != degraded:
        bits |= _CLOCK
        labels.add("DATE")
    return Contradictions(bits, frozenset(labels)) if bits else _NONE
