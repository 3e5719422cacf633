"""What the manager knows of one load, from frame to frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from .decision import Action, Observation, Reason
from .load import Load

REFUSED_SECONDS = 900.0
"""How long nothing is asked of a load that did not obey."""
IGNORED_SECONDS = 3600.0
"""How long a load is not lowered, but shed, after a lower level had no effect."""
LATE_SECONDS = 120.0
"""A load that is off so long after the order obeyed it late."""
RETRY_SECONDS = 60.0
MOST_TRIES = 3
"""A load that does not come on again is asked so often, then it is left."""
UNAVAILABLE = Observation(None)
# A share of the power has to go for an order to count as obeyed
_FALLEN = 0.6
_IDLE_WATTS = 60.0
_DOUBTS = 2
# A load tells its power sooner than the meter
_SHOWN_SECONDS = 1.5
# A step is a load's own, not the noise of a house
_LEAST_STEP = 500.0
# Of a power that was typed: a sensor that says more than so many times as much is wrong
_MOST_TYPED = 2.0
# What was measured is halved for each hour that a load has to wait for so much room
_DOUBTED_SECONDS = 3600.0
_KEPT = ("shed", "since", "level", "full", "learned", "lost", "obeyed")


@dataclass(frozen=True, slots=True)
class Pending:
    """An order whose effect is not seen yet."""

    action: Action
    at: float
    due: float
    """When its effect is there at last."""
    until: float
    """When a frame has shown it."""
    change: tuple[float, ...]
    """VA by which each phase's load will change."""
    base: tuple[float, ...]
    """VA that each phase drew when it was given."""
    watts: float | None = None
    """What the load measured of itself then."""

    def seen(self, loads: Sequence[float | None]) -> float:
        """Return by how many VA the house's load changed in the order's direction."""
        sign = -1.0 if sum(self.change) < 0 or self.action is Action.SHED else 1.0
        return sign * sum(
            now - before
            for change, before, now in zip(self.change, self.base, loads, strict=True)
            if now is not None and (change or not any(self.change))
        )


@dataclass(slots=True)
class Record:
    """One load."""

    load: Load
    shed: bool = False
    since: float | None = None
    """When it was shed or restored last."""
    level: float | None = None
    """What it was lowered to; None: whatever it is set to."""
    full: float | None = None
    """What it was set to before it was lowered or shed."""
    learned: float = 0.0
    """VA that it was seen to draw."""
    doubted: float = -inf
    """When that was last halved, as it waited for long."""
    bound: float = inf
    """VA that its phases bear for ever: nothing draws more."""
    lost: bool = False
    """Shed only because the meter is lost."""
    obeyed: bool = False
    """It was seen off since it was shed."""
    by_hand: bool = False
    no_effect: bool = False
    pending: Pending | None = None
    last: Pending | None = None
    """The last order, its effect seen or not."""
    changed: float = -inf
    """When its level was set last."""
    refused: float = -inf
    """When it did not obey."""
    doubts: int = 0
    """How often in a row a lower level seemed to have no effect."""
    ignored: float = -inf
    """When a lower level had no effect."""
    done: float = inf
    """When the order on its way was seen to be carried out."""
    tries: int = 0
    retry: float = -inf

    @property
    def power(self) -> float:
        """VA that it draws at most, as far as anybody knows."""
        return max(self._typed, self._likely(self.learned))

    @property
    def _typed(self) -> float:
        """VA that its owner says, 0 where nobody did."""
        if self.load.power is None and self.load.adjustable:
            return self.top * self.load.unit
        return self.load.power or 0.0

    def _likely(self, watts: float) -> float:
        """Return what of a measured power can be true."""
        most = _MOST_TYPED * self._typed or self.bound
        return min(max(watts, 0.0), most)

    @property
    def top(self) -> float:
        """The level that it may go up to: one set by hand above it is only lowered."""
        highest = max(self.load.highest, self.level or 0.0)
        return highest if self.full is None else min(self.full, highest)

    def level_of(self, seen: Observation) -> float:
        """Return what it is set to now."""
        for level in (seen.level, self.level, self.full):
            if level is not None:
                return level
        return self.load.highest

    def drawn(self, seen: Observation) -> float:
        """Return the VA that it draws now, as far as anybody knows."""
        if seen.on is None or (not seen.on and seen.power is None):
            return 0.0
        if seen.power is not None:
            return self._likely(seen.power)
        if self.load.adjustable:
            return self.level_of(seen) * self.load.unit
        return self.power

    def target(self, seen: Observation) -> float:
        """Return what it is set to once an order on its way is carried out."""
        if self.pending is not None and self.level is not None:
            return self.level
        return self.level_of(seen)

    def gains(self, seen: Observation) -> bool:
        """Return whether shedding it may help: it runs, or nobody knows its power."""
        return bool(seen.on) and (
            self.drawn(seen) > _IDLE_WATTS or (seen.power is None and not self.power)
        )

    def rests(self, seen: Observation) -> bool:
        """Return whether it may run, and is known not to."""
        return bool(seen.on) and seen.power is not None and seen.power <= _IDLE_WATTS

    def disobeys(self, now: float) -> bool:
        """Return whether nothing is asked of it, as it did not obey."""
        return now - self.refused < REFUSED_SECONDS

    def adjusts(self, now: float) -> bool:
        """Whether it may be lowered before it is shed."""
        return self.load.adjustable and now - self.ignored >= IGNORED_SECONDS

    def held(self, seen: Observation, now: datetime) -> Reason | None:
        """Return why it may not be shed whatever happens, or only in need (MIN_ON)."""
        if self.load.never_shed(now):
            return Reason.NEVER
        comfort, least = seen.comfort, self.load.comfort
        if comfort is not None and least is not None and comfort < least:
            return Reason.COMFORT
        if (
            not self.shed
            and self.since is not None
            and now.timestamp() - self.since < self.load.min_on
        ):
            return Reason.MIN_ON
        return None

    def order(
        self, action: Action, pending: Pending, level: float | None, now: float
    ) -> None:
        """Take note of an order that is given."""
        self.pending = self.last = pending
        self.changed, self.done = now, inf
        if action is Action.SET:
            lowered = sum(pending.change) < 0
            full = not lowered and level is not None and level >= self.top
            self.level = None if full else level
            return
        self.shed, self.since = action is Action.SHED, now
        self.obeyed = self.by_hand = self.no_effect = self.lost = False
        self.level = None if level is None or level >= self.top else level

    def measure(self, seen: Observation, now: float) -> None:
        """Take the power that it tells by itself."""
        if seen.on and seen.power is not None:
            self.learned = max(self.learned, self._likely(seen.power))
        self._doubt(now)

    def follow(
        self,
        seen: Observation,
        now: float,
        loads: Sequence[float | None],
        told: float,
        *,
        others: float | None,
    ) -> None:
        """Take what is seen of it.

        ``told`` is when the house's loads were, ``others`` by how many VA orders for
        other loads changed them since the one on its way; None where nobody knows.
        """
        if seen.on is None:
            self.pending = None
            return
        if self.pending is not None:
            self._judge(self.pending, seen, now, loads, told, others=others)
        elif not self.shed:
            if (self.level or 0.0) >= self.load.highest and seen.level != self.level:
                self.level = None  # Somebody chose anew
            if (
                not seen.on
                and (seen.power or 0.0) <= _IDLE_WATTS
                and self.refused > now - LATE_SECONDS
            ):
                self.shed, self.obeyed, self.since = True, True, now
                self.refused = -inf
        elif not seen.on:
            self.obeyed = True
            if self.refused > -inf:
                # Its sensor may tell late
                drawing = (seen.power or 0.0) > _IDLE_WATTS
                self.refused = now if drawing else -inf
        else:
            # Somebody wants it, or the order was lost with a restart
            self.by_hand, self.since = self.obeyed, now
            self.shed = self.lost = False

    def _judge(
        self,
        pending: Pending,
        seen: Observation,
        now: float,
        loads: Sequence[float | None],
        told: float,
        *,
        others: float | None,
    ) -> None:
        """See whether an order was carried out."""
        late = now >= pending.until
        if pending.action is Action.RESTORE:
            if seen.on:
                self.tries = 0
                if late:
                    self.pending = None
            elif late:
                self._not_restored(now)
            return
        wanted = -sum(pending.change)
        fallen = pending.seen(loads) if told > pending.at else 0.0
        if pending.action is Action.SET:
            done = self._lowered(pending, seen, wanted, fallen)
            if late and wanted < _LEAST_STEP:
                done = True  # Too little to be told from what people do
            if late or self._shown(now, told, done=done):
                self.pending = None
                # Once it may have been another load that came on meanwhile
                sure = seen.power is not None
                self.doubts = 0 if done else self.doubts + (_DOUBTS if sure else 1)
                if self.doubts >= _DOUBTS:
                    self.ignored, self.doubts = now, 0
            return
        if seen.power is not None:
            done = seen.power <= max(
                _IDLE_WATTS, (1 - _FALLEN) * (pending.watts or 0.0)
            )
        else:
            done = not seen.on and wanted > 0 and fallen >= _FALLEN * wanted
        self.obeyed = self.obeyed or not seen.on
        if late or self._shown(now, told, done=done):
            self.pending = None
        if late and not done:
            if seen.on or seen.power is not None:
                # One that was switched off and seems to draw is not to stay off
                self.shed, self.refused, self.since = not seen.on, now, pending.at
                return
            self.no_effect = fallen < _LEAST_STEP
        if not self.pending and self.load.power is None and seen.power is None:
            self._learn(fallen, others)

    def _learn(self, fallen: float, others: float | None) -> None:
        """Take the fall of the house's load as its power, if it was nobody else's."""
        if others is None or not _LEAST_STEP <= fallen + others <= self.bound:
            return
        own = fallen + others
        self.learned = (self.learned + own) / 2 if self.learned else own

    def _doubt(self, now: float) -> None:
        """Let what was measured wrong keep it off for no more than some hours."""
        waits_since = max(self.since or now, self.doubted)
        if (
            self.shed
            and not self.lost
            and now - waits_since >= _DOUBTED_SECONDS
            and self.learned >= 2 * max(self._typed, _LEAST_STEP)
        ):
            self.learned, self.doubted = self.learned / 2, now

    def _shown(self, now: float, told: float, *, done: bool) -> bool:
        """Return whether the house's load is of after the order was carried out."""
        self.done = min(self.done, now) if done else inf
        return told - self.done >= _SHOWN_SECONDS

    def _lowered(
        self, pending: Pending, seen: Observation, wanted: float, fallen: float
    ) -> bool:
        """Return whether it draws less, as a lower level wants it; a higher one may."""
        if wanted <= 0:
            return seen.level is not None and seen.level == self.level_of(UNAVAILABLE)
        if (
            seen.level is not None
            and self.level is not None
            and seen.level > self.level
        ):
            return False
        if seen.power is not None and pending.watts is not None:
            return pending.watts - seen.power >= _FALLEN * wanted
        return fallen >= _FALLEN * wanted

    def _not_restored(self, now: float) -> None:
        """Ask again in a while, and at last let it be."""
        self.pending = None
        self.tries += 1
        self.shed = self.obeyed = self.tries < MOST_TRIES
        self.retry = now + RETRY_SECONDS
        if not self.shed:
            self.tries = 0

    def as_dict(self) -> dict[str, Any]:
        """Return what outlives a restart."""
        return {key: getattr(self, key) for key in _KEPT}

    @classmethod
    def of(cls, load: Load, kept: object) -> Record:
        """Return a load's record with what was kept of it, if that can be read."""
        record = cls(load)
        if not isinstance(kept, Mapping):
            return record
        for key in _KEPT:
            value, now = kept.get(key), getattr(record, key)
            if isinstance(now, bool):
                if isinstance(value, bool):
                    setattr(record, key, value)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                setattr(record, key, float(value))
        if record.since is None:
            record.shed = False
        return record
