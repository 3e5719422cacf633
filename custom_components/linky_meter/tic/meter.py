"""Frames in, readings out: keeps what is trusted and for how long.

What a frame leaves out is not what it damaged (T19): a label's absence counts after a
complete, undamaged long frame only, and means what the label table says. A measurement
that was damaged keeps its value for a moment, then it is unknown.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
import time

from .derive import Moment, derive
from .fields import FIELDS, Fields, Value
from .frame import Frame, Group
from .identity import Identity, parse_address
from .labels import ADDRESS_LABELS, LABELS, Absence, Mode
from .memory import Memory
from .power import Settings
from .reading import MeterReading

_KEEP_SECONDS = 10.0
_KEEP_PERIODS = 3
# PAPP comes with the long frame only, once in up to 26 s of an overload's short frames
_KEEP_SECONDS_SHORT_CYCLE = 30.0
_FROZEN_CLOCK_SECONDS = 60.0
_ABSENCES_OF_AN_IMPOSSIBLE = 3
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
        self._labels: dict[str, _Label] = {}
        self._candidate: tuple[str | None, int] = (None, 0)
        self._tariff_name: tuple[str, int, str] | None = None
        self._intervals: deque[float] = deque(maxlen=20)
        self._last_long: float | None = None
        self._short_cycle = False
        self._complete_seen = False
        self._clock_read: datetime | None = None
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
        fresh = self._take(frame, at)
        self._judge_absence(frame, fresh)
        self._expire(at)
        self._time(frame, at)
        self._learn(frame, fresh)
        if "DATE" in fresh:
            self._clock_read = received
        values = self._values(received)
        return MeterReading(self.mode, self.address, values, frame, received)

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
        for label in [n for n in self._labels if LABELS[n].mode is not frame.mode]:
            del self._labels[label]
        self._intervals.clear()
        self._last_long = None
        self._short_cycle = self._complete_seen = False

    def _take(self, frame: Frame, at: float) -> frozenset[str]:
        """Take the frame's groups, return their labels."""
        labels = set()
        for group in frame.by_label.values():
            label = LABELS[group.label].same_as or group.label
            labels.add(label)
            known = self._labels.get(label)
            if known is not None and known.group == group:
                known.at, known.absences = at, 0
                continue
            row = FIELDS.get(label)
            self._labels[label] = _Label(group, row(group) if row else {}, at, at)
            if known is not None and label.startswith("EASF"):
                self.memory.active.add(int(label[4:]))
        return frozenset(labels)

    def _judge_absence(self, frame: Frame, fresh: frozenset[str]) -> None:
        """Drop what the meter unsaid by leaving it out."""
        if not fresh or frame.damaged or not frame.complete or self._doubtful(frame):
            return
        self._complete_seen = self._complete_seen or not frame.short
        for label in [name for name in self._labels if name not in fresh]:
            known, absence = self._labels[label], LABELS[label].absence
            if label in _OVERLOAD_LABELS:
                # Only short frames carry them, so a long one between says nothing
                gone = frame.short or not self._short_cycle
            elif frame.short or absence is Absence.KEEP:
                continue
            else:
                known.absences += 1
                gone = (
                    absence is not Absence.IMPOSSIBLE
                    or known.absences >= _ABSENCES_OF_AN_IMPOSSIBLE
                )
            if gone:
                del self._labels[label]
        self._short_cycle = frame.short

    def _doubtful(self, frame: Frame) -> bool:
        """Return whether a frame without visible damage may still lack a group.

        A new label may be a damaged one, and a frame without the address that all
        begin with, the rest of one that was cut in two by a false STX.
        """
        return frame.address is None or any(
            self.unknown_labels.get(group.label, 0) < _FRAMES_FOR_A_NEW_LABEL
            for group in frame.unknown
        )

    def _expire(self, at: float) -> None:
        """Drop measurements that are too old to be of now."""
        limit = _KEEP_SECONDS
        if self._short_cycle:
            papp_limit = _KEEP_SECONDS_SHORT_CYCLE
        else:
            if (interval := self.frame_interval) is not None:
                limit = min(limit, _KEEP_PERIODS * interval)
            papp_limit = limit
        for label in [
            name
            for name, known in self._labels.items()
            if LABELS[name].measurement
            and at - known.at > (papp_limit if name == "PAPP" else limit)
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

    def _learn(self, frame: Frame, fresh: frozenset[str]) -> None:
        """Latch the number of phases and the names of tariffs."""
        self._learn_phases(frame, fresh)
        name = (self._text("NGTF"), self._text("NTARF"), self._text("LTARF"))
        if None in name or not {"NTARF", "LTARF"} <= fresh:
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

    def _learn_phases(self, frame: Frame, fresh: frozenset[str]) -> None:
        """Take the phases from the address, then from what is sent (T18)."""
        identity = self.identity
        if self.memory.phases is None and identity is not None and identity.linky:
            self.memory.phases = identity.phases
        if not fresh.isdisjoint(_THREE_PHASE_LABELS):
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

    def _values(self, received: datetime) -> dict[str, Value | None]:
        """Return what is trusted now, by key."""
        values: dict[str, Value | None] = dict.fromkeys(self.memory.keys)
        for known in self._labels.values():
            values.update(known.fields)
        clock = self._labels.get("DATE")
        if self.mode is not None and self._labels.keys() - set(ADDRESS_LABELS):
            derive(
                Moment(
                    mode=self.mode,
                    texts={
                        name: known.group.value for name, known in self._labels.items()
                    },
                    values=values,
                    received=self._clock_read or received,
                    identity=self.identity,
                    memory=self.memory,
                    settings=self.settings,
                    sends_papp="PAPP" in self._labels
                    or "apparent_power" in self.memory.keys
                    or not self._complete_seen,
                    clock_frozen=clock is not None
                    and clock.at - clock.since >= _FROZEN_CLOCK_SECONDS,
                )
            )
        for key in values:
            self.memory.keys.setdefault(key)
        return values
