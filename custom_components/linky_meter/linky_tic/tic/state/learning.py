"""What a meter teaches us: the number of its phases, and the names of its tariffs."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from ..frame import Frame
from ..identity import Identity
from .memory import Memory
from .trusted import Trusted

_THREE_PHASE_LABELS = frozenset({"IINST2", "IRMS2", "URMS2", "SINSTS1"})
_NAMED_BY = ("NGTF", "NTARF", "LTARF")


class Learning:
    """Latches what frames agree on."""

    def __init__(self) -> None:
        """Start without a frame."""
        self._name: tuple[str, int, str] | None = None
        self._phases: tuple[int | None, int] = (None, 0)

    def learn_phases(
        self,
        memory: Memory,
        identity: Identity | None,
        frame: Frame,
        fresh: Collection[str],
    ) -> None:
        """Take the phases from the address, then from what is sent (T18)."""
        if memory.phases is None and identity is not None and identity.linky:
            memory.phases = identity.phases
        if not _THREE_PHASE_LABELS.isdisjoint(fresh):
            phases = 3
        elif "IINST" in fresh or ("URMS1" in fresh and frame.undamaged):
            phases = 1
        else:
            return
        seen, count = self._phases
        count = count + 1 if seen == phases else 1
        self._phases = (phases, count)
        if count >= (2 if memory.phases is None else 3):
            memory.phases = phases

    def learn_tariff(
        self, memory: Memory, trusted: Trusted, believed: Collection[str]
    ) -> None:
        """Take the name of the tariff that counts, once two frames agree."""
        if "NTARF" not in believed or "LTARF" not in believed:
            return
        name = _name_of(*(trusted.text(label) for label in _NAMED_BY))
        # Two frames must agree: LTARF may still be the old one at a change
        if name is not None and name == self._name:
            memory.learn_label(*name)
        self._name = name or self._name


@lru_cache(maxsize=16)
def _name_of(
    calendar: str | None, number: str | None, label: str | None
) -> tuple[str, int, str] | None:
    """Return calendar, index and name of a tariff, None where they are not known."""
    if calendar is None or number is None or label is None:
        return None
    index, name = int(number), " ".join(label.split())
    if not name or not 1 <= index <= 10:
        return None
    return " ".join(calendar.split()), index, name
