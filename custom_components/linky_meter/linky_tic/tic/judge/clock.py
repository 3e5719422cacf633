"""The meter's clock, and what carries its time."""

from __future__ import annotations

from collections.abc import Iterable

from ..frame import Group
from ..values import parse_horodate
from .comparison import far_apart
from .outcome import Verdict

_CLOCK_SECONDS = 5.0


class Clock:
    """Judges DATE by our own time, and a day's maxima by DATE."""

    def __init__(self) -> None:
        self._now: tuple[float, float] | None = None
        self._candidate: tuple[float, float] | None = None
        self._maxima: dict[str, tuple[float, int]] = {}

    @property
    def now(self) -> float | None:
        """What DATE last said, in seconds since 1970, None before it came."""
        return self._now[0] if self._now else None

    def judge(
        self, group: Group, at: float, *, undamaged: bool, contradicted: bool
    ) -> Verdict:
        """Accept DATE where it went on as the time did.

        ``at`` is a steady clock in seconds, ``undamaged`` tells of the whole frame.
        """
        moment = parse_horodate(group.horodate or "")
        if moment is None:
            return Verdict.PLAUSIBLE
        now = (moment.at.timestamp(), at)
        before = self._now
        goes_on = before is not None and _goes_on(before, now)
        if (goes_on or (before is None and undamaged)) and not contradicted:
            self._now, self._candidate = now, None
            return Verdict.PLAUSIBLE
        candidate, self._candidate = self._candidate, now
        if candidate is None or not _goes_on(candidate, now):
            return Verdict.DISAGREED
        self._now = now
        return Verdict.AGREED

    def forget(self, labels: Iterable[str]) -> None:
        """Wait no more for maxima that are what they were."""
        if self._maxima:
            for label in labels:
                self._maxima.pop(label, None)

    def rises(self, group: Group, known: Group | None, at: float) -> bool:
        """Return whether a day's maximum rises, a little, at this very moment.

        A large step does so after one more frame that goes on from it.
        """
        label = group.label
        value = int(group.value)
        moment = parse_horodate(group.horodate or "")
        if known is None or self._now is None or moment is None:
            return False
        now = self._now[0] + at - self._now[1]
        if not -_CLOCK_SECONDS <= now - moment.at.timestamp() <= 2 * _CLOCK_SECONDS:
            return False
        waiting, self._maxima[label] = self._maxima.get(label), (at, value)
        if value >= int(known.value) and not far_apart(label, value, int(known.value)):
            return True
        # It may rise by as much with every frame; another day begins anew
        return (
            waiting is not None
            and at - waiting[0] <= _CLOCK_SECONDS
            and value >= waiting[1] != int(known.value)
        )


def _goes_on(before: tuple[float, float], now: tuple[float, float]) -> bool:
    """Return whether the meter's clock went on as much as ours."""
    return abs(now[0] - before[0] - (now[1] - before[1])) <= _CLOCK_SECONDS
