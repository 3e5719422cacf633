"""How often noisy values are shown: each write is a row in the database.

A state is written when it changed. What changes with every frame waits for a step of
its own size against what is shown, or until it is due. Thresholds are data in
``profiles.py``. Entities keep what they show, and since when.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ..tic.fields import Value
from ..tic.reading import MeterReading
from ..tic.tariffs import INDEX_KEYS, index_key, index_of
from .profiles import FIVE_MINUTES, MINUTE, THRESHOLDS, Noise, Profile


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
        self._before = self._frame = 0.0
        """When the frame before ended, and when the last one did, s."""
        self.stages: tuple[Stage, ...] = (Stage.ALL,)
        self.stage = Stage.ALL
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
        self._anew = True
        self._everything = False
        self._since: dict[Noise, float] = {}

    def begin(self, reading: MeterReading, now: float) -> None:
        """Take a reading; ``now`` is a steady clock in seconds."""
        self.now, self._before = now, self._frame
        if not reading.early:
            self._frame = now
        values = reading.values
        self._everything, self._anew = self._anew, False
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

    def due(self, key: str, noise: Noise | None, change: Change) -> bool:
        """Return whether a changed value is shown with this reading, or waits."""
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
            or self._everything
            or not isinstance(shown, int | float)
            or not isinstance(value, int | float)
        ):
            return True
        return self._turns(change.since, threshold.seconds) or threshold.steps(
            shown, value
        )

    def _turns(self, since: float, seconds: float) -> bool:
        """Return whether a value's turn comes with this reading, as every so often.

        One that changes after a long rest waits as well: it may go on changing.
        """
        before = max(self._before - since, 0.0)
        return (self.now - since) // seconds > before // seconds

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
