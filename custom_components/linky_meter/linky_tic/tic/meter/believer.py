"""Frames in, trust out: each frame is judged by those before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set as AbstractSet
from datetime import datetime

from ..frame import Frame, Group
from ..identity import Identity
from ..judge.address import AddressLatch
from ..judge.new_labels import NewLabels
from ..judge.pace import pace_of
from ..judge.plausibility import Plausibility, Scene
from ..labels import LABELS, Mode
from ..state.learning import Learning
from ..state.memory import Memory
from ..state.rhythm import Rhythm
from ..state.trusted import Trusted
from .early import Early

_ALIASES = {row.name: row.same_as for row in LABELS.values() if row.same_as}


class Believer:
    """What is believed of one meter; ``Meter`` has what follows from it."""

    def __init__(self, address: str | None, memory: Memory | None) -> None:
        """Start without a frame."""
        self._latch = AddressLatch(address)
        self._memory = memory or Memory()
        self.mode: Mode | None = None
        self._plausibility = Plausibility()
        self.early = Early()
        self._trusted = Trusted()
        self._rhythm = Rhythm()
        self._learning = Learning()
        self._new_labels = NewLabels()
        self._before: dict[str, int] = {}
        """The supplier's indexes before the mode changed."""
        self._complete_seen = False
        self._clock_read: datetime | None = None

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

    def _hear(
        self, frame: Frame, at: float, received: datetime
    ) -> Collection[str] | None:
        """Take a frame; return the labels that are believed, None of another meter."""
        if not self._latch.takes(frame):
            return None
        self._adopt_mode(frame)
        self._new_labels.take(frame)
        groups = frame.by_label
        if not _ALIASES.keys().isdisjoint(groups):
            groups = {_ALIASES.get(name, name): group for name, group in groups.items()}
        believed = self._judge(frame, groups, at, received)
        self._judge_absence(frame, groups.keys())
        self._trusted.expire(at, self._rhythm)
        self._rhythm.take(frame, at)
        self._learning.learn_phases(self._memory, self.identity, frame, groups.keys())
        self._learning.learn_tariff(self._memory, self._trusted, believed)
        if "DATE" in believed:
            self._clock_read = received
        return believed

    def _adopt_mode(self, frame: Frame) -> None:
        """Follow the meter to another mode: what the old one said is over."""
        if frame.mode is None or frame.mode is self.mode:
            return
        self.mode = frame.mode
        self._before = self._memory.indexes.present()
        self._trusted.keep_mode(frame.mode)
        self._rhythm.begin_anew()
        self._complete_seen = False

    def _judge(
        self, frame: Frame, groups: dict[str, Group], at: float, received: datetime
    ) -> Collection[str]:
        """Take the groups that are believed, return their labels."""
        if self.mode is None or not groups:
            return ()
        settled, early = self.early.settled(groups)
        believed = self._plausibility.judge(
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
        if self._plausibility.stepped:
            # Not consumption: the register means something else, or was set anew
            self._memory.registers = None
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
            phases=self._memory.phases
            or (self.identity.phases if self.identity else None),
            pace=pace_of(
                self._trusted, groups or {}, self.identity, self._memory.phases
            ),
            at=at,
            wall=received.timestamp(),
            indexes=self._memory.indexes,
            clean=clean,
            latched=self._memory.phases is not None,
            first=first,
            begun=begun,
        )

    def _believe(self, believed: Mapping[str, Group], at: float) -> None:
        """Trust groups from now on."""
        self._trusted.forget(self._plausibility.unsaid)
        for label in self._trusted.believe(believed, at):
            if label.startswith("EASF"):
                self._memory.active.add(int(label[4:]))

    def _judge_absence(self, frame: Frame, fresh: AbstractSet[str]) -> None:
        """Drop what the meter unsaid by leaving it out.

        A new label may be a damaged one, and a frame without the address that all
        begin with, the rest of one that was cut in two by a false STX.
        """
        if not fresh or not frame.sound or frame.address is None:
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
            frame.sound
            and not self._new_labels.doubtful(frame)
            # Captures are published without it
            and (frame.address is not None or self.address is None)
        )
