"""Frames in, readings out: each frame is judged by those before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set as AbstractSet
from datetime import UTC, datetime
import time

from ..derive.context import Context
from ..derive.phases import PhaseValues
from ..derive.power import Settings
from ..derive.running import Arrival, RunningEstimates
from ..derive.schedule import TariffWindow, known_tariffs
from ..derive.states import derive
from ..fields import Value
from ..frame import Frame, Group
from ..identity import Identity
from ..judge import Judge
from ..judge.context import Judged, JudgingContext
from ..judge.pending import PendingStep
from ..judge.registers import pace_of
from ..labels import ADDRESS_LABELS, LABELS, Mode
from ..reading import EMPTY, MeterReading
from ..state.learning import Learning
from ..state.memory import Memory
from ..state.rhythm import Rhythm
from ..state.trusted import Trusted
from .early import Early

_FROZEN_CLOCK_SECONDS = 60.0
_ADDRESSES = frozenset(ADDRESS_LABELS)
_ALIASES = {row.name: row.same_as for row in LABELS.values() if row.same_as}


class Meter:
    """One meter: processes its frames and gives readings.

    ``address`` is the meter that is expected; frames of any other are refused and, when
    three in a row agree, ``other_address`` names it. ``memory`` is what the meter taught
    us before, which outlives a restart. Not thread-safe.
    """

    def __init__(
        self,
        address: str | None = None,
        memory: Memory | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.memory = memory or Memory()
        self.mode: Mode | None = None
        self.judge = Judge(address)
        self._early = Early()
        self._trusted = Trusted()
        self._rhythm = Rhythm()
        self._learning = Learning(self._trusted)
        self._running = RunningEstimates()
        self._phase_values = PhaseValues()
        self._complete_seen = False
        self._clock_read: datetime | None = None
        self._last = EMPTY

    @property
    def address(self) -> str | None:
        """12 characters: the one expected, or what two frames agree on."""
        return self.judge.address.address

    @property
    def other_address(self) -> str | None:
        """The address of another meter in this one's place."""
        return self.judge.address.other

    @property
    def identity(self) -> Identity | None:
        """What the address tells."""
        return self.judge.address.identity

    @property
    def prm(self) -> str | None:
        """The number of the metering point, None where the meter does not tell it."""
        return self._trusted.text("PRM")

    @property
    def frame_interval(self) -> float | None:
        """Mean seconds between long frames, None before the second one."""
        return self._rhythm.interval

    @property
    def filtered_powers(self) -> tuple[float | None, ...]:
        """VA that the breaker's filter of each phase holds; () in historic three-phase."""
        return self._running.filtered

    def seconds_to_trip_with(self, more: Sequence[float]) -> float | None:
        """Return the seconds until a trip if each phase drew so many VA more.

        None for never, and in historic mode, which does not tell.
        """
        return self._running.seconds_with(more)

    @property
    def unknown_labels(self) -> dict[str, int]:
        """How often each label came that no table knows."""
        return self.judge.unknown_labels.seen

    @property
    def new_labels(self) -> dict[str, int]:
        """The unknown labels that enough frames had to be none of damage."""
        return self.judge.unknown_labels.sure

    @property
    def pending_steps(self) -> list[PendingStep]:
        """The steps of indexes that only the user can confirm."""
        return self.memory.indexes.pending_steps

    def confirm_steps(self) -> None:
        """Accept these steps: the meter was set anew, and its registers are right."""
        self.memory.indexes.confirm_steps()

    @property
    def generation(self) -> tuple[int, ...]:
        """A value that changes when there may be new keys or names."""
        memory = self.memory
        return (
            len(memory.keys),
            len(memory.active),
            memory.names_learned,
            memory.phases or 0,
        )

    def process(
        self,
        frame: Frame,
        *,
        at: float | None = None,
        received: datetime | None = None,
    ) -> MeterReading | None:
        """Judge a frame; return the reading, None when it is another meter's.

        ``at`` is a steady clock in seconds, ``received`` the aware time of the frame's
        end; both default to now.
        """
        at = time.monotonic() if at is None else at
        received = received or datetime.now(UTC)
        self._early.end()
        if not self.judge.accepts(frame):
            return None
        accepted = self._judge_frame(frame, at, received)
        if self.mode is not None and self._knows and self.memory.phases:
            self._running.follow(
                self._arrival(self.mode, self.memory.phases, accepted, at)
            )
        self._last = MeterReading(
            self.mode,
            self.address,
            self._values(at, received),
            frame,
            received,
            accepted=_as_sent(frame, accepted),
        )
        return self._last

    def preview(
        self, groups: Sequence[Group], *, at: float, received: datetime
    ) -> MeterReading | None:
        """Judge the groups so far of a frame; return its early reading, once.

        None until every measurement that this meter sends has come undamaged. Such a
        reading has new measurements, and what follows from these alone.
        """
        measured = self._early.ready(groups)
        mode, phases = self.mode, self.memory.phases
        if measured is None or self._last is EMPTY or mode is None or phases is None:
            return None
        first = groups[0]
        if first.label in ADDRESS_LABELS and first.value != self.address:
            return None
        judging = self._judging_context(at, received)
        if (
            LABELS[groups[-1].label].mode is not mode
            or not measured.keys() <= judging.recent.keys()
        ):
            return None
        judged = self.judge.process_early(measured, judging)
        self._early.keep(measured, judged.accepted)
        values, said = dict(self._last.values), self._trusted.said
        for label in judged.withdrawn & said.keys():
            values.update(dict.fromkeys(said[label]))
        self._trust(judged, at)
        for label in judged.accepted:
            values.update(said[label])
        self._phase_values.add(self._context(mode, values, received, at), phases)
        self._running.preview(
            values, self._arrival(mode, phases, judged.accepted.keys(), at)
        )
        last = self._last
        return MeterReading(
            mode,
            self.address,
            values,
            last.frame,
            received,
            early=True,
            accepted=last.accepted,
        )

    def tariff_windows(self, now: datetime) -> tuple[TariffWindow, ...]:
        """Return the tariffs from an aware moment on, as far as they are known.

        Without a gap, to the end of tomorrow at most; empty where nothing is known.
        """
        if self.mode is None:
            return ()
        context = self._context(self.mode, dict(self._last.values), now, 0.0)
        known = known_tariffs(context, now)
        return known.windows() if known else ()

    def _judge_frame(
        self, frame: Frame, at: float, received: datetime
    ) -> Collection[str]:
        """Judge this meter's frame; return the labels that are accepted."""
        self._adopt_mode(frame)
        groups = frame.by_label
        if not _ALIASES.keys().isdisjoint(groups):
            groups = {_ALIASES.get(name, name): group for name, group in groups.items()}
        judged = self._judge(frame, groups, at, received)
        self._judge_absence(frame, groups.keys())
        self._trusted.expire(at, self._rhythm)
        self._rhythm.process(frame, at)
        if "DATE" in judged.accepted:
            self._clock_read = received
        self._learn(frame, judged, received)
        return judged.accepted.keys()

    def _learn(self, frame: Frame, judged: Judged, received: datetime) -> None:
        """Keep what a judged frame teaches: nowhere else does it change the memory."""
        if judged.stepped:
            self._learning.step(self.memory, self.mode, judged.stepped)
        self._learning.learn(
            self.memory,
            self.mode,
            self.identity,
            frame,
            judged.accepted,
            received=received,
        )

    def _adopt_mode(self, frame: Frame) -> None:
        """Follow the meter to another mode: what the old one said is over."""
        if frame.mode is None or frame.mode is self.mode:
            return
        self.mode = frame.mode
        self._learning.change_mode(self.memory)
        self._trusted.keep_mode(frame.mode)
        self._rhythm.begin_anew()
        self._complete_seen = False

    def _judge(
        self, frame: Frame, groups: dict[str, Group], at: float, received: datetime
    ) -> Judged:
        """Return what became of the groups; trust those that are accepted."""
        if self.mode is None or not groups:
            return Judged()
        settled, accepted_early = self._early.settled(groups)
        judged = self.judge.process(
            {name: group for name, group in groups.items() if name not in settled}
            if settled
            else groups,
            self._judging_context(at, received, frame, groups),
        )
        judged.accepted |= {label: groups[label] for label in accepted_early}
        self._trust(judged, at)
        return judged

    def _judging_context(
        self,
        at: float,
        received: datetime,
        frame: Frame | None = None,
        groups: Mapping[str, Group] | None = None,
    ) -> JudgingContext:
        """Return what surrounds a frame, or as much of it as has come."""
        assert self.mode is not None  # nothing is judged before a mode is known
        memory = self.memory
        return JudgingContext(
            mode=self.mode,
            phases=memory.phases or (self.identity.phases if self.identity else None),
            phases_latched=memory.phases is not None,
            pace=pace_of(
                self._trusted.numbers, groups or {}, self.identity, memory.phases
            ),
            at=at,
            wall=received.timestamp(),
            indexes=memory.indexes,
            trusted=self._trusted.groups,
            recent=self._trusted.recent(at, self._rhythm),
            undamaged=frame is not None and self.judge.undamaged(frame),
            first=frame is not None and not self._complete_seen,
            opened=frame is not None and not frame.whole and not frame.damaged,
        )

    def _trust(self, judged: Judged, at: float) -> None:
        """Trust what was accepted."""
        self._trusted.forget(judged.withdrawn)
        self._trusted.believe(judged.accepted, at)

    def _judge_absence(self, frame: Frame, fresh: AbstractSet[str]) -> None:
        """Drop what the meter unsaid by leaving it out.

        A new label may be a damaged one, and a frame without the address that all
        begin with, the rest of one that was cut in two by a false STX.
        """
        if not fresh or frame.address is None or not self.judge.undamaged(frame):
            return
        if not frame.short:
            self._complete_seen = True
            self._early.learn(frame)
        self._trusted.judge_absence(fresh, self._rhythm, short=frame.short)
        self._rhythm.short_cycle = frame.short

    @property
    def _knows(self) -> bool:
        """Whether there is more than an address."""
        return not self._trusted.groups.keys() <= _ADDRESSES

    def _arrival(
        self, mode: Mode, phases: int, fresh: Collection[str], at: float
    ) -> Arrival:
        """Return what a frame brought."""
        return Arrival(mode, phases, self._trusted, fresh, at, self.memory)

    def _values(self, at: float, received: datetime) -> dict[str, Value | None]:
        """Return what is trusted now, by key."""
        # All are unknown at first
        values: dict[str, Value | None] = {**self.memory.keys, **self._trusted.fields}
        if self.mode is not None and self._knows:
            context = self._context(self.mode, values, received, at)
            derive(context, self._phase_values)
            if self.memory.phases:
                self._running.add(values, self.mode, self._trusted, self.memory)
        self._learning.learn_keys(self.memory, values)
        return values

    def _context(
        self,
        mode: Mode,
        values: dict[str, Value | None],
        received: datetime,
        at: float,
    ) -> Context:
        """Return what is trusted now, for what follows from it."""
        return Context(
            mode=mode,
            trusted=self._trusted,
            values=values,
            received=self._clock_read or received,
            wall=received,
            identity=self.identity,
            memory=self.memory,
            settings=self.settings,
            now=at,
            keep=self._rhythm.keep,
            sends_papp="PAPP" in self._trusted.groups
            or "apparent_power" in self.memory.keys
            or not self._complete_seen,
            clock_frozen=self._trusted.still("DATE") >= _FROZEN_CLOCK_SECONDS,
        )


def _as_sent(frame: Frame, accepted: Collection[str]) -> Collection[str]:
    """Return the accepted labels by the names that the frame has for them."""
    sent = frame.by_label
    if _ALIASES.keys().isdisjoint(sent):
        return accepted
    return {label for label in sent if _ALIASES.get(label, label) in accepted}
