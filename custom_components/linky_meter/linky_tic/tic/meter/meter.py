"""Frames in, readings out: what is trusted makes a reading, when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
import time

from ..derive.context import Moment
from ..derive.derive import count_energy, derive
from ..derive.live import Live, Now
from ..derive.phases import add_phases
from ..derive.power import Phase, Settings
from ..derive.standing import Standing
from ..fields import Value
from ..frame import Frame, Group
from ..judge.plausibility import Plausibility
from ..labels import ADDRESS_LABELS, LABELS, Mode
from ..reading import EMPTY, MeterReading
from ..state.memory import Memory
from .believer import Believer
from .early import KEYS
from .patience import Heard, Patience

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
        """The last reading that was asked for."""
        self._standing = Standing()
        self._patience = Patience()
        self._small = False
        """Whether the measurements of the present frame are small changes."""
        self._phases_kept: dict[int, tuple[float, Phase]] = {}

    @property
    def memory(self) -> Memory:
        """What the meter taught us."""
        self._catch_up()
        return self._memory

    @memory.setter
    def memory(self, memory: Memory) -> None:
        """Take what it taught before a restart."""
        self._memory = memory

    @property
    def plausibility(self) -> Plausibility:
        """What was judged, and how often it was refused."""
        self._catch_up()
        return self._plausibility

    @property
    def frame_interval(self) -> float | None:
        """Mean seconds between long frames, None before the second one."""
        self._catch_up()
        return self._rhythm.interval

    @property
    def unknown_labels(self) -> dict[str, int]:
        """How often each label came that no table knows."""
        self._catch_up()
        return self._new_labels.seen

    @property
    def new_labels(self) -> dict[str, int]:
        """The unknown labels that enough frames had to be none of damage."""
        self._catch_up()
        return self._new_labels.sure

    @property
    def generation(self) -> tuple[int, ...]:
        """A value that changes when there may be new keys or names."""
        memory = self._memory
        return (
            len(memory.keys),
            len(memory.active),
            memory.names_learned,
            memory.phases or 0,
        )

    @property
    def waits(self) -> bool:
        """Whether the last frame is not judged yet."""
        return bool(self._patience)

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

    def take(
        self,
        frame: Frame,
        *,
        at: float,
        received: datetime,
        hurries: Callable[[Mapping[str, int]], bool] | None = None,
    ) -> bool:
        """Take a frame, as ``accept`` does; return whether it is this meter's.

        ``hurries`` gets the measurements of a frame of which nothing else is new, by
        the reading's keys: where it says no, the frame is judged when somebody asks.
        """
        small, self._small = self._small, False
        self.early.end()
        if (
            hurries is not None
            and self._patience.allows(frame, self._trusted)
            and (small or not hurries(_by_key(frame.by_label)))
        ):
            self._patience.keep(Heard(frame, at, received))
            return True
        self._catch_up()
        return self._take(frame, at, received)

    def reading(self) -> MeterReading:
        """Return what the meter says by the last frame: worked out when it is asked."""
        self._catch_up()
        if self._reading is None:
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
        mode, phases = self.mode, self._memory.phases
        if measured is None or self._last is EMPTY or mode is None or phases is None:
            return None
        if hurries is not None and not hurries(_by_key(measured)):
            self._small = True
            return None
        self._catch_up()
        first = groups[0]
        if first.label in ADDRESS_LABELS and first.value != self.address:
            return None
        recent = self._trusted.recent(at, self._rhythm)
        if (
            LABELS[groups[-1].label].mode is not mode
            or not measured.keys() <= recent.keys()
        ):
            return None
        believed = self._plausibility.judge_measures(
            measured, recent, self._scene(at, received, clean=False, first=False)
        )
        self.early.keep(measured, believed)
        values = dict(self._last.values)
        said = self._trusted.said
        for label in self._plausibility.unsaid & said.keys():
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

    def _catch_up(self) -> None:
        """Judge the frames that waited, each as of its own time."""
        if self._patience:
            for heard in self._patience.end():
                self._take(*heard)

    def _take(self, frame: Frame, at: float, received: datetime) -> bool:
        """Judge a frame; return whether it is this meter's."""
        if not frame.sound:
            # What is missing in it stays for a moment as it was before
            self.reading()
        believed = self._hear(frame, at, received)
        if believed is None:
            return False
        self._patience.judged(frame, self._trusted, clean=self._clean(frame))
        self._frame, self._at, self._received = frame, at, received
        self._reading = None
        if self.mode is not None:
            count_energy(self.mode, self._trusted, self._memory, self._before)
            if self._knows and self._memory.phases:
                self._live.follow(
                    self._now(self.mode, self._memory.phases, believed, at)
                )
        return True

    @property
    def _knows(self) -> bool:
        """Whether there is more than an address."""
        return not self._trusted.groups.keys() <= _ADDRESSES

    def _now(self, mode: Mode, phases: int, fresh: Collection[str], at: float) -> Now:
        """Return what a frame brought."""
        return Now(mode, phases, self._trusted, fresh, at, self._memory.shown)

    def _values(self) -> dict[str, Value | None]:
        """Return what is trusted now, by key."""
        # All are unknown at first
        values: dict[str, Value | None] = {**self._memory.keys, **self._trusted.fields}
        if self.mode is not None and self._knows:
            derive(self._moment(values, self._received, self._at), self._standing)
            if self._memory.phases:
                self._live.add(values, self.mode, self._trusted)
        if len(values) > len(self._memory.keys):
            self._memory.keys |= dict.fromkeys(values)
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
            memory=self._memory,
            settings=self.settings,
            now=at,
            kept=self._phases_kept,
            keep=self._rhythm.keep,
            sends_papp="PAPP" in self._trusted.groups
            or "apparent_power" in self._memory.keys
            or not self._complete_seen,
            clock_frozen=self._trusted.still("DATE") >= _FROZEN_CLOCK_SECONDS,
        )


def _by_key(groups: Mapping[str, Group]) -> dict[str, int]:
    """Return the measurements among groups, by the reading's keys."""
    return {
        KEYS[label]: int(group.value)
        for label, group in groups.items()
        if label in KEYS
    }
