"""How often noisy values are shown: each write is a row in the database.

A state is written when it changed. What changes with every frame waits for a step of
its phase, or until it is due. Thresholds are data in ``profiles.py``; which powers
trigger is in ``triggers.py``. Entities keep what they show.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from ..linky_tic.tic.fields import Value
from ..linky_tic.tic.reading import MeterReading
from ..linky_tic.tic.tariffs import INDEX_KEYS, index_key, index_of
from .profiles import FIVE_MINUTES, MINUTE, THRESHOLDS, Noise, Profile, Threshold
from .triggers import ALL, AMPERES, TOTAL, flickers, groups_of, triggers_of


class Stage(StrEnum):
    """What is shown in which order when the tariff changes."""

    BEFORE = "before"
    """The last values of the registers that were counted so far."""
    ALL = "all"
    AFTER = "after"
    """The register that is counted from now on."""


class Change(NamedTuple):
    """A value that is not the one shown."""

    shown: Value | None
    value: Value | None
    since: float
    """When it was shown, s."""


class Publisher:
    """Decides, reading by reading, what of one meter is shown."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.now = 0.0
        """When the present reading came, s by a steady clock."""
        self.stages: tuple[Stage, ...] = (Stage.ALL,)
        self.stage = Stage.ALL
        self._due: frozenset[int] = frozenset()
        """The phases, and 0 for the whole, whose powers are shown now."""
        self._indexes_due = self._slow_due = True
        self._tariff: Value | None = None
        self._register, self._early_counts = "", dict[str, float]()

    @property
    def profile(self) -> Profile:
        """What the user chose."""
        return self._profile

    @profile.setter
    def profile(self, profile: Profile) -> None:
        """Take a choice; from the next reading on, which shows everything."""
        self._profile = profile
        self._thresholds = THRESHOLDS[profile]
        self.begin_anew()

    def begin_anew(self) -> None:
        """Show everything with the next reading: nothing of ours is on show."""
        self._shown: dict[str, float] = {}
        self._since: dict[int | Noise, float] = {}

    def begin(self, reading: MeterReading, now: float) -> None:
        """Take a reading; ``now`` is a steady clock in seconds."""
        self.now = now
        values = reading.values
        self._due = self._groups(values)
        tariff = values.get("tariff_period")
        changed = None not in {tariff, self._tariff} and tariff != self._tariff
        self._tariff = tariff or self._tariff
        index = index_of(tariff, values.get("contract"))
        self._register = index_key(index) if index else ""
        if changed:
            self._early_counts.clear()
        self.stages = tuple(Stage) if changed else (Stage.ALL,)
        # An early reading has the indexes and the clock of the frame before
        self._indexes_due = not reading.early and self._after(Noise.INDEX)
        self._slow_due = not reading.early and self._after(Noise.SLOW)

    def due(self, key: str, noise: Noise | None, group: int, change: Change) -> bool:
        """Return whether a changed value is shown with this reading, or waits.

        ``group`` is the phase, 0 for the whole.
        """
        if noise is Noise.INDEX:
            return self._index_due(key, change)
        if self.stage is not Stage.ALL:
            return False
        if noise is None:
            return True
        if noise is Noise.SLOW:
            return self._slow_due
        threshold = self._thresholds.get(noise)
        shown, value = change.shown, change.value
        if (
            threshold is None
            or not isinstance(shown, int | float)
            or not isinstance(value, int | float)
        ):
            return True
        if noise is Noise.POWER:
            return group in self._due
        if noise is Noise.AVAILABLE:
            return group in self._due or shown - value >= threshold.fall
        if threshold.seconds and self.now - change.since >= threshold.seconds:
            return True
        return threshold.steps(shown, value)

    def _index_due(self, key: str, change: Change) -> bool:
        """Return whether a register is shown: the cost of a kWh hangs on the order."""
        if len(self.stages) > 1:
            return self.stage is (
                Stage.AFTER if key == self._register else Stage.BEFORE
            )
        return None in {change.shown, change.value} or (
            self._indexes_due and not self._counts_early(key)
        )

    def _counts_early(self, key: str) -> bool:
        """Return whether a register moves whose tariff is not believed yet.

        A tariff needs a second frame; without one, the register shows after a minute.
        """
        if key not in INDEX_KEYS or self._register in {"", key}:
            return False
        return self.now - self._early_counts.setdefault(key, self.now) < MINUTE

    def _after(self, noise: Noise) -> bool:
        """Return whether a kind's time has come, and begin it anew."""
        threshold = self._thresholds.get(noise)
        if threshold is None:
            return True
        if self.now - self._since.get(noise, -FIVE_MINUTES) < threshold.seconds:
            return False
        self._since[noise] = self.now
        return True

    def _groups(self, values: Mapping[str, Value | None]) -> frozenset[int]:
        """Return the phases, and 0 for the whole, whose powers are shown now."""
        threshold = self._thresholds.get(Noise.POWER)
        if threshold is None:
            return ALL
        groups = groups_of(values)
        triggers = triggers_of(groups, values)
        shown = self._shown
        # One that is unknown now is a step when it comes back
        for key in shown.keys() - triggers.keys():
            del shown[key]
        due = {
            group
            for key, (group, power) in triggers.items()
            if self._steps(threshold, key, power)
        }
        if TOTAL in due:
            # An ampere more is no flicker when the whole steps too
            due |= {group for key, (group, _) in triggers.items() if key in AMPERES}
        if due:
            due.add(TOTAL)
        for group in groups:
            if self.now - self._since.get(group, -FIVE_MINUTES) >= threshold.seconds:
                due.add(group)
        if due:
            shown.update(
                (key, power) for key, (group, power) in triggers.items() if group in due
            )
            self._since.update(dict.fromkeys(due, self.now))
        return frozenset(due)

    def _steps(self, threshold: Threshold, key: str, power: float) -> bool:
        """Return whether a power is a step against the one shown."""
        if (shown := self._shown.get(key)) is None:
            return True
        return not flickers(key, power, shown) and threshold.steps(shown, power)
