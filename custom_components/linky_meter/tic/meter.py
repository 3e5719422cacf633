"""Frames in, readings out: each frame is judged, and what is trusted makes a reading."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence, Set as AbstractSet
from datetime import UTC, datetime
import time

from .derive import count_energy, derive
from .early import KEYS, Early
from .fields import Value
from .frame import Frame, Group
from .identity import Identity
from .labels import ADDRESS_LABELS, LABELS, Mode
from .latch import AddressLatch
from .learning import Learning
from .live import Live, Now
from .memory import Memory
from .moment import Moment
from .new_labels import NewLabels
from .pace import pace_of
from .phases import add_phases
from .plausibility import Plausibility, Scene
from .power import Phase, Settings
from .reading import EMPTY, MeterReading
from .rhythm import Rhythm
from .standing import Standing
from .trusted import Trusted

_FROZEN_CLOCK_SECONDS = 60.0
_ADDRESSES = frozenset(ADDRESS_LABELS)
_ALIASES = {row.name: row.same_as for row in LABELS.values() if row.same_as}


class Meter:
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
        self._latch = AddressLatch(address)
        self.memory = memory or Memory()
        self.settings = settings or Settings()
        self.mode: Mode | None = None
        self.plausibility = Plausibility()
        self._trusted = Trusted()
        self._rhythm = Rhythm()
        self._learning = Learning()
        self._new_labels = NewLabels()
        self._before: dict[str, int] = {}
        """The supplier's indexes before the mode changed."""
        self._complete_seen = False
        self._clock_read: datetime | None = None
        self._live = Live()
        self.early = Early()
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
    def address(self) -> str | None:
        """12 characters: the one expected, or what two frames agree on."""
        return self._latch.address

    @property
    def other_address(self) -> str | None:
        """The address of another meter in this one's place."""
        return self._latch.other

    @property
    def identity(self) -> Identity | None:
        """What the address tells."""
        return self._latch.identity

    @property
    def frame_interval(self) -> float | None:
        """Mean seconds between long frames, None before the second one."""
        return self._rhythm.interval

    @property
    def unknown_labels(self) -> dict[str, int]:
        """How often each label came that no table knows."""
        return self._new_labels.seen

    @property
    def new_labels(self) -> dict[str, int]:
        """The unknown labels that enough frames had to be none of damage."""
        return self._new_labels.sure

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
        if not self._latch.takes(frame):
            return False
        self._adopt_mode(frame)
        self._new_labels.take(frame)
        groups = frame.by_label
        if not _ALIASES.keys().isdisjoint(groups):
            groups = {_ALIASES.get(name, name): group for name, group in groups.items()}
        believed = self._take(frame, groups, at, received)
        self._judge_absence(frame, groups.keys())
        self._trusted.expire(at, self._rhythm)
        self._rhythm.take(frame, at)
        self._learning.learn_phases(self.memory, self.identity, frame, groups.keys())
        self._learning.learn_tariff(self.memory, self._trusted, believed)
        if "DATE" in believed:
            self._clock_read = received
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

    def _adopt_mode(self, frame: Frame) -> None:
        """Follow the meter to another mode: what the old one said is over."""
        if frame.mode is None or frame.mode is self.mode:
            return
        self.mode = frame.mode
        self._before = self.memory.indexes.present()
        self._trusted.keep_mode(frame.mode)
        self._rhythm.begin_anew()
        self._complete_seen = False

    def _take(
        self, frame: Frame, groups: dict[str, Group], at: float, received: datetime
    ) -> Collection[str]:
        """Take the groups that are believed, return their labels."""
        if self.mode is None or not groups:
            return ()
        settled, early = self.early.settled(groups)
        believed = self.plausibility.judge(
            {name: group for name, group in groups.items() if name not in settled}
            if settled
            else groups,
            self._trusted.groups,
            self._trusted.recent(at, self._rhythm),
            self._scene(
                at,
                received,
                clean=self._clean(frame),
                first=not self._complete_seen,
                begun=not frame.whole and not frame.damaged,
                groups=groups,
            ),
        ) | {label: groups[label] for label in early}
        if self.plausibility.stepped:
            # Not consumption: the register means something else, or was set anew
            self.memory.registers = None
        self._believe(believed, at)
        return believed.keys()

    def _scene(
        self,
        at: float,
        received: datetime,
        *,
        clean: bool,
        first: bool,
        begun: bool = False,
        groups: Mapping[str, Group] | None = None,
    ) -> Scene:
        """Return what surrounds a frame."""
        assert self.mode is not None  # nothing is judged before a mode is known
        return Scene(
            mode=self.mode,
            phases=self.memory.phases
            or (self.identity.phases if self.identity else None),
            pace=pace_of(
                self._trusted, groups or {}, self.identity, self.memory.phases
            ),
            at=at,
            wall=received.timestamp(),
            indexes=self.memory.indexes,
            clean=clean,
            latched=self.memory.phases is not None,
            first=first,
            begun=begun,
        )

    def _believe(self, believed: Mapping[str, Group], at: float) -> None:
        """Trust groups from now on."""
        self._trusted.forget(self.plausibility.unsaid)
        for label in self._trusted.believe(believed, at):
            if label.startswith("EASF"):
                self.memory.active.add(int(label[4:]))

    def _judge_absence(self, frame: Frame, fresh: AbstractSet[str]) -> None:
        """Drop what the meter unsaid by leaving it out.

        A new label may be a damaged one, and a frame without the address that all
        begin with, the rest of one that was cut in two by a false STX.
        """
        if not fresh or frame.damaged or not frame.complete or frame.address is None:
            return
        if self._new_labels.doubtful(frame):
            return
        if not frame.short:
            self._complete_seen = True
            self.early.learn(frame)
        self._trusted.judge_absence(fresh, self._rhythm, short=frame.short)
        self._rhythm.settle_cycle(short=frame.short)

    def _clean(self, frame: Frame) -> bool:
        """Return whether nothing speaks against a frame."""
        return (
            frame.complete
            and not frame.damaged
            and not self._new_labels.doubtful(frame)
            # Captures are published without it
            and (frame.address is not None or self.address is None)
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
            derive(self._moment(values, self._received, self._at))
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
            standing=self._standing,
            settings=self.settings,
            now=at,
            kept=self._phases_kept,
            keep=self._rhythm.keep,
            sends_papp="PAPP" in self._trusted.groups
            or "apparent_power" in self.memory.keys
            or not self._complete_seen,
            clock_frozen=self._trusted.still("DATE") >= _FROZEN_CLOCK_SECONDS,
        )
