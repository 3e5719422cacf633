"""Frames in, readings out: what is trusted makes a reading, when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
import time

from .believer import Believer
from .derive import count_energy, derive
from .early import KEYS
from .fields import Value
from .frame import Frame, Group
from .labels import ADDRESS_LABELS, LABELS, Mode
from .live import Live, Now
from .memory import Memory
from .moment import Moment
from .phases import add_phases
from .power import Phase, Settings
from .reading import EMPTY, MeterReading
from .standing import Standing

_FROZEN_CLOCK_SECONDS = 60.0
_ADDRESSES = frozenset(ADDRESS_LABELS)


class Meter(Believer):
    """One meter: takes its frames and gives readings.

    ``address`` is the meter that is expected; frames of any other are refused and, when
    three in a row agree, ``other_address`` names it. Not thread-safe.
    """

    def __init__(
        self,
        address: str | None = None,
        memory: Memory | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Start without a frame."""
        super().__init__(address, memory)
        self.settings = settings or Settings()
        self._live = Live()
        self._frame, self._at, self._received = EMPTY.frame, 0.0, EMPTY.received
        """The last frame, and when it ended."""
        self._reading: MeterReading | None = EMPTY
        self._last = EMPTY
        """The last reading that was asked for…"""
        self._version = -1
        """…and of which states."""
        self._standing = Standing()
        self._phases_kept: dict[int, tuple[float, Phase]] = {}

    @property
    def calm(self) -> bool:
        """Whether only measurements, indexes and the clock are new since ``reading``."""
        frame = self._frame
        return (
            self._trusted.version == self._version
            and frame.complete
            and not frame.damaged
            and "MSG2" not in frame.by_label
        )

    @property
    def measured(self) -> dict[str, int]:
        """The measurements that are trusted, by the reading's keys."""
        return {KEYS[name]: value for name, value in self._trusted.measured.items()}

    def accept(
        self,
        frame: Frame,
        *,
        at: float | None = None,
        received: datetime | None = None,
    ) -> MeterReading | None:
        """Take a frame; return the reading, None when it is another meter's.

        ``at`` is a steady clock in seconds, ``received`` the aware time of the frame's
        end; both default to now.
        """
        at = time.monotonic() if at is None else at
        received = received or datetime.now(UTC)
        return self.reading() if self.take(frame, at=at, received=received) else None

    def take(self, frame: Frame, *, at: float, received: datetime) -> bool:
        """Take a frame, as ``accept`` does; return whether it is this meter's."""
        if frame.damaged or not frame.complete:
            # What is missing in it stays for a moment as it was before
            self.reading()
        believed = self._hear(frame, at, received)
        if believed is None:
            return False
        self._frame, self._at, self._received = frame, at, received
        self._reading = None
        if self.mode is not None:
            count_energy(self.mode, self._trusted, self.memory, self._before)
            if self._knows and self.memory.phases:
                self._live.follow(
                    self._now(self.mode, self.memory.phases, believed, at)
                )
        return True

    def reading(self) -> MeterReading:
        """Return what the meter says by the last frame: worked out when it is asked."""
        if self._reading is None:
            self._version = self._trusted.version
            self._reading = self._last = MeterReading(
                self.mode, self.address, self._values(), self._frame, self._received
            )
        return self._reading

    def preview(
        self,
        groups: Sequence[Group],
        *,
        at: float,
        received: datetime,
        hurries: Callable[[Mapping[str, int]], bool] | None = None,
    ) -> MeterReading | None:
        """Take the groups so far of a frame; return its early reading, once.

        None until every measurement that this meter sends has come undamaged. Such a
        reading has new measurements, and what follows from these alone. ``hurries``
        gets the measurements by the reading's keys, not judged yet: where it says no,
        they wait for the frame's end.
        """
        measured = self.early.ready(groups)
        mode, phases = self.mode, self.memory.phases
        if measured is None or self._last is EMPTY or mode is None or phases is None:
            return None
        if hurries is not None and not hurries(
            {KEYS[label]: int(group.value) for label, group in measured.items()}
        ):
            return None
        first = groups[0]
        if first.label in ADDRESS_LABELS and first.value != self.address:
            return None
        recent = self._trusted.recent(at, self._rhythm)
        if (
            LABELS[groups[-1].label].mode is not mode
            or not measured.keys() <= recent.keys()
        ):
            return None
        believed = self.plausibility.judge_measures(
            measured, recent, self._scene(at, received, clean=False, first=False)
        )
        self.early.keep(measured, believed)
        values = dict(self._last.values)
        said = self._trusted.said
        for label in self.plausibility.unsaid & said.keys():
            values.update(dict.fromkeys(said[label]))
        self._believe(believed, at)
        said = self._trusted.said
        for label in believed:
            values.update(said[label])
        moment = self._moment(values, received, at)
        add_phases(moment, phases)
        self._live.preview(values, self._now(mode, phases, believed.keys(), at))
        return MeterReading(
            mode, self.address, values, self._last.frame, received, early=True
        )

    @property
    def _knows(self) -> bool:
        """Whether there is more than an address."""
        return not self._trusted.groups.keys() <= _ADDRESSES

    def _now(self, mode: Mode, phases: int, fresh: Collection[str], at: float) -> Now:
        """Return what a frame brought."""
        return Now(mode, phases, self._trusted, fresh, at, self.memory.shown)

    def _values(self) -> dict[str, Value | None]:
        """Return what is trusted now, by key."""
        # All are unknown at first
        values: dict[str, Value | None] = {**self.memory.keys, **self._trusted.fields}
        if self.mode is not None and self._knows:
            derive(self._moment(values, self._received, self._at), self._standing)
            if self.memory.phases:
                self._live.add(values, self.mode, self._trusted)
        if len(values) > len(self.memory.keys):
            self.memory.keys |= dict.fromkeys(values)
        return values

    def _moment(
        self, values: dict[str, Value | None], received: datetime, at: float
    ) -> Moment:
        """Return what is trusted now, for what follows from it."""
        assert self.mode is not None  # a label is known, so its mode is
        return Moment(
            mode=self.mode,
            trusted=self._trusted,
            values=values,
            received=self._clock_read or received,
            identity=self.identity,
            memory=self.memory,
            settings=self.settings,
            now=at,
            kept=self._phases_kept,
            keep=self._rhythm.keep,
            sends_papp="PAPP" in self._trusted.groups
            or "apparent_power" in self.memory.keys
            or not self._complete_seen,
            clock_frozen=self._trusted.still("DATE") >= _FROZEN_CLOCK_SECONDS,
        )
