"""Frames in, readings out: keeps what is trusted and for how long.

What a frame leaves out is not what it damaged (T19): a label's absence counts after a
complete, undamaged long frame only, and means what the label table says. A measurement
that was damaged keeps its value for a moment, then it is unknown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
import time

from .derive import derive
from .early import Early
from .fields import FIELDS, Fields, Value
from .frame import Frame, Group
from .identity import Identity, parse_address
from .indexes import Pace
from .labels import ADDRESS_LABELS, LABELS, Absence, Mode
from .live import Live, Now
from .memory import Memory
from .moment import Moment
from .phases import add_phases
from .plausibility import Plausibility, Scene
from .power import CONTRACT_VOLTAGE, Phase, Settings
from .reading import MeterReading

_KEEP_SECONDS = 10.0
_KEEP_PERIODS = 3
# PAPP comes with the long frame only, once in up to 26 s of an overload's short frames
_KEEP_SECONDS_SHORT_CYCLE = 30.0
_FROZEN_CLOCK_SECONDS = 60.0
# Two, since damage may also turn a group into another: nothing else shows it
_ABSENCES = {Absence.OFF: 2, Absence.UNKNOWN: 2, Absence.IMPOSSIBLE: 3}
_FRAMES_FOR_AN_ADDRESS = 2
_FRAMES_FOR_ANOTHER_METER = 3
_FRAMES_FOR_A_NEW_LABEL = 3
_THREE_PHASE_LABELS = frozenset({"IINST2", "IRMS2", "URMS2", "SINSTS1"})
_OVERLOAD_LABELS = frozenset({"ADIR1", "ADIR2", "ADIR3"})


@dataclass(slots=True)
class _Label:
    """What a label last said."""

    group: Group
    fields: Fields
    at: float
    """When it was last received."""
    since: float
    """When it last changed."""
    absences: int = 0


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
        self.address = address
        self.memory = memory or Memory()
        self.settings = settings or Settings()
        self.other_address: str | None = None
        self.identity: Identity | None = parse_address(address) if address else None
        self.mode: Mode | None = None
        self.unknown_labels: dict[str, int] = {}
        self.plausibility = Plausibility()
        self._labels: dict[str, _Label] = {}
        self._before: dict[str, int] = {}
        """The supplier's indexes before the mode changed."""
        self._candidate: tuple[str | None, int] = (None, 0)
        self._tariff_name: tuple[str, int, str] | None = None
        self._intervals: deque[float] = deque(maxlen=20)
        self._last_long: float | None = None
        self._short_cycle = False
        self._complete_seen = False
        self._clock_read: datetime | None = None
        self._live = Live()
        self._early = Early()
        self._last: tuple[dict[str, Value | None], Frame] | None = None
        self._phases_kept: dict[int, tuple[float, Phase]] = {}
        self._phases_seen: tuple[int | None, int] = (None, 0)

    @property
    def frame_interval(self) -> float | None:
        """Mean seconds between long frames, None before the second one."""
        if not self._intervals:
            return None
        return sum(self._intervals) / len(self._intervals)

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
        if not self._same_meter(frame):
            return None
        self._adopt_mode(frame)
        for group in frame.unknown:
            if len(self.unknown_labels) < 50 or group.label in self.unknown_labels:
                self.unknown_labels[group.label] = (
                    self.unknown_labels.get(group.label, 0) + 1
                )
        groups = {
            LABELS[label].same_as or label: group
            for label, group in frame.by_label.items()
        }
        believed = self._take(frame, groups, at, received)
        self._judge_absence(frame, groups.keys())
        self._expire(at)
        self._time(frame, at)
        self._learn(frame, groups.keys(), believed)
        if "DATE" in believed:
            self._clock_read = received
        values = self._values(received, at, believed)
        self._last = (values, frame)
        return MeterReading(self.mode, self.address, values, frame, received)

    def preview(
        self, groups: Sequence[Group], *, at: float, received: datetime
    ) -> MeterReading | None:
        """Take the groups so far of a frame; return its early reading, once.

        None until every measurement that this meter sends has come undamaged. Such a
        reading has new measurements, and what follows from these alone.
        """
        measured = self._early.ready(groups)
        mode, phases = self.mode, self.memory.phases
        if measured is None or self._last is None or mode is None or phases is None:
            return None
        first = groups[0]
        if first.label in ADDRESS_LABELS and first.value != self.address:
            return None
        recent = self._recent(at)
        if (
            LABELS[groups[-1].label].mode is not mode
            or not measured.keys() <= recent.keys()
        ):
            return None
        believed = self.plausibility.judge_measures(
            measured, recent, {}, self._scene(at, received, clean=False, first=False)
        )
        self._early.keep(measured, believed)
        self._believe(believed, at)
        values, frame = dict(self._last[0]), self._last[1]
        for label in believed:
            values.update(self._labels[label].fields)
        moment = self._moment(values, received, at)
        add_phases(moment, phases)
        known = {name: known.group for name, known in self._labels.items()}
        self._live.preview(values, Now(mode, phases, known, believed.keys(), at))
        return MeterReading(mode, self.address, values, frame, received, early=True)

    def _same_meter(self, frame: Frame) -> bool:
        """Latch the address, refuse frames of another meter."""
        address = frame.address
        if address is None or address == self.address:
            if address is not None:
                self._candidate, self.other_address = (None, 0), None
            return True
        if (identity := parse_address(address)) is None:
            # A masked or damaged address names nobody
            return self.address is None
        seen, count = self._candidate
        count = count + 1 if seen == address else 1
        self._candidate = (address, count)
        if self.address is None:
            if count >= _FRAMES_FOR_AN_ADDRESS:
                self.address, self.identity = address, identity
            return True
        if count >= _FRAMES_FOR_ANOTHER_METER:
            self.other_address = address
        return False

    def _adopt_mode(self, frame: Frame) -> None:
        """Follow the meter to another mode: what the old one said is over."""
        if frame.mode is None or frame.mode is self.mode:
            return
        self.mode = frame.mode
        self._before = self.memory.indexes.present()
        for label in [n for n in self._labels if LABELS[n].mode is not frame.mode]:
            del self._labels[label]
        self._intervals.clear()
        self._last_long = None
        self._short_cycle = self._complete_seen = False

    def _take(
        self, frame: Frame, groups: dict[str, Group], at: float, received: datetime
    ) -> Collection[str]:
        """Take the groups that are believed, return their labels."""
        if self.mode is None or not groups:
            return ()
        settled, early = self._early.settled(groups)
        believed = self.plausibility.judge(
            {name: group for name, group in groups.items() if name not in settled},
            {label: known.group for label, known in self._labels.items()},
            self._recent(at),
            self._scene(
                at,
                received,
                clean=self._clean(frame),
                first=not self._complete_seen,
                groups=groups,
            ),
        ) | {label: groups[label] for label in early}
        if self.plausibility.stepped:
            # Not consumption: the register means something else, or was set anew
            self.memory.registers = None
        self._believe(believed, at)
        return believed.keys()

    def _recent(self, at: float) -> dict[str, Group]:
        """Return the trusted measurements that are still of now."""
        limits = self._limits()
        return {
            label: known.group
            for label, known in self._labels.items()
            if LABELS[label].measurement
            and at - known.at <= limits.get(label, limits[""])
        }

    def _scene(
        self,
        at: float,
        received: datetime,
        *,
        clean: bool,
        first: bool,
        groups: Mapping[str, Group] | None = None,
    ) -> Scene:
        """Return what surrounds a frame."""
        assert self.mode is not None  # nothing is judged before a mode is known
        return Scene(
            mode=self.mode,
            phases=self.memory.phases
            or (self.identity.phases if self.identity else None),
            pace=self._pace(groups or {}),
            at=at,
            wall=received.timestamp(),
            indexes=self.memory.indexes,
            clean=clean,
            latched=self.memory.phases is not None,
            first=first,
        )

    def _believe(self, believed: Mapping[str, Group], at: float) -> None:
        """Trust groups from now on."""
        for label in self.plausibility.unsaid:
            self._labels.pop(label, None)
        for label, group in believed.items():
            known = self._labels.get(label)
            if known is not None and known.group == group:
                known.at, known.absences = at, 0
                continue
            row = FIELDS.get(label)
            self._labels[label] = _Label(group, row(group) if row else {}, at, at)
            if known is not None and label.startswith("EASF"):
                self.memory.active.add(int(label[4:]))

    def _pace(self, groups: Mapping[str, Group]) -> Pace:
        """Return how fast the indexes of this meter may rise."""
        identity, phases = self.identity, self.memory.phases
        units = {
            "PREF": 1000,
            "PCOUP": 1000,
            "ISOUSC": CONTRACT_VOLTAGE * (phases or 3),
        }
        # The first frame after a restart has nothing before it
        powers = [
            int(text) * unit
            for label, unit in units.items()
            if (
                text := self._text(label)
                or (groups[label].value if label in groups else None)
            )
        ]
        return Pace.of(
            identity.rating if identity else None, phases, max(powers, default=None)
        )

    def _judge_absence(self, frame: Frame, fresh: Collection[str]) -> None:
        """Drop what the meter unsaid by leaving it out."""
        if not fresh or frame.damaged or not frame.complete or self._doubtful(frame):
            return
        if not frame.short:
            self._complete_seen = True
            self._early.learn(frame)
        for label in [name for name in self._labels if name not in fresh]:
            known, absence = self._labels[label], LABELS[label].absence
            if label in _OVERLOAD_LABELS:
                # Only short frames carry them, so a long one between says nothing
                known.absences += frame.short or not self._short_cycle
                gone = known.absences >= _ABSENCES[Absence.OFF]
            elif frame.short or absence is Absence.KEEP:
                continue
            else:
                known.absences += 1
                gone = known.absences >= _ABSENCES[absence]
            if gone:
                del self._labels[label]
        self._short_cycle = frame.short

    def _clean(self, frame: Frame) -> bool:
        """Return whether nothing speaks against a frame."""
        return (
            frame.complete
            and not frame.damaged
            and not self._new_labels(frame)
            # Captures are published without it
            and (frame.address is not None or self.address is None)
        )

    def _doubtful(self, frame: Frame) -> bool:
        """Return whether a frame without visible damage may still lack a group.

        A new label may be a damaged one, and a frame without the address that all
        begin with, the rest of one that was cut in two by a false STX.
        """
        return frame.address is None or self._new_labels(frame)

    def _new_labels(self, frame: Frame) -> bool:
        """Return whether a frame has labels that were hardly ever seen."""
        return any(
            self.unknown_labels.get(group.label, 0) < _FRAMES_FOR_A_NEW_LABEL
            for group in frame.unknown
        )

    def _limits(self) -> dict[str, float]:
        """Return for how long measurements are of now, s; under "" for most."""
        limit = _KEEP_SECONDS
        if self._short_cycle:
            return {"": limit, "PAPP": _KEEP_SECONDS_SHORT_CYCLE}
        if (interval := self.frame_interval) is not None:
            limit = min(limit, _KEEP_PERIODS * interval)
        return {"": limit}

    def _expire(self, at: float) -> None:
        """Drop measurements that are too old to be of now."""
        limits = self._limits()
        for label in [
            name
            for name, known in self._labels.items()
            if LABELS[name].measurement and at - known.at > limits.get(name, limits[""])
        ]:
            del self._labels[label]

    def _time(self, frame: Frame, at: float) -> None:
        """Measure the pace of long frames."""
        if frame.short or not frame.complete:
            self._last_long = None
            return
        if self._last_long is not None and 0 < at - self._last_long < _KEEP_SECONDS:
            self._intervals.append(at - self._last_long)
        self._last_long = at

    def _learn(
        self, frame: Frame, fresh: Collection[str], believed: Collection[str]
    ) -> None:
        """Latch the number of phases and the names of tariffs."""
        self._learn_phases(frame, fresh)
        name = (self._text("NGTF"), self._text("NTARF"), self._text("LTARF"))
        if None in name or not {"NTARF", "LTARF"} <= set(believed):
            return
        calendar, number, label = (" ".join(str(part).split()) for part in name)
        index = int(number)
        if not label or not 1 <= index <= 10:
            return
        pair = (calendar, index, label)
        # Two frames must agree: LTARF may still be the old one at a change
        if pair == self._tariff_name:
            self.memory.learn_label(calendar, index, label)
        self._tariff_name = pair

    def _learn_phases(self, frame: Frame, fresh: Collection[str]) -> None:
        """Take the phases from the address, then from what is sent (T18)."""
        identity = self.identity
        if self.memory.phases is None and identity is not None and identity.linky:
            self.memory.phases = identity.phases
        if not _THREE_PHASE_LABELS.isdisjoint(fresh):
            phases = 3
        elif "IINST" in fresh or (
            "URMS1" in fresh and frame.complete and not frame.damaged
        ):
            phases = 1
        else:
            return
        seen, count = self._phases_seen
        count = count + 1 if seen == phases else 1
        self._phases_seen = (phases, count)
        if count >= (2 if self.memory.phases is None else 3):
            self.memory.phases = phases

    def _text(self, label: str) -> str | None:
        """Return a label's data, None when it is unknown."""
        known = self._labels.get(label)
        return known.group.value if known else None

    def _values(
        self, received: datetime, at: float, believed: Collection[str]
    ) -> dict[str, Value | None]:
        """Return what is trusted now, by key."""
        values: dict[str, Value | None] = dict.fromkeys(self.memory.keys)
        for known in self._labels.values():
            values.update(known.fields)
        if self.mode is not None and self._labels.keys() - set(ADDRESS_LABELS):
            derive(self._moment(values, received, at))
            if self.memory.phases:
                groups = {name: known.group for name, known in self._labels.items()}
                now = Now(self.mode, self.memory.phases, groups, believed, at)
                self._live.add(values, now)
        for key in values:
            self.memory.keys.setdefault(key)
        return values

    def _moment(
        self, values: dict[str, Value | None], received: datetime, at: float
    ) -> Moment:
        """Return what is trusted now, for what follows from it."""
        assert self.mode is not None  # a label is known, so its mode is
        clock = self._labels.get("DATE")
        return Moment(
            mode=self.mode,
            texts={name: known.group.value for name, known in self._labels.items()},
            values=values,
            received=self._clock_read or received,
            identity=self.identity,
            memory=self.memory,
            settings=self.settings,
            before=self._before,
            now=at,
            times={name: known.at for name, known in self._labels.items()},
            kept=self._phases_kept,
            keep=self._limits()[""],
            sends_papp="PAPP" in self._labels
            or "apparent_power" in self.memory.keys
            or not self._complete_seen,
            clock_frozen=clock is not None
            and clock.at - clock.since >= _FROZEN_CLOCK_SECONDS,
        )
