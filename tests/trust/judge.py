"""Compares what is shown with what was true, frame by frame.

A value that is a little old is not wrong: after damage a reading keeps the last one, and
a state follows two or three frames that agree. So each value is compared with what was
true now and within its time.

* Power and current: wrong by more than 10 % and by more than half an ampere (times
  230 V), against every truth of the last three frames and ten seconds. Voltage: the
  10 % alone.
* Index: wrong above the truth by more than the meter can count from the last undamaged
  group of its label, or below what was shown before ("down").
* All else: wrong when it is no truth of the last six undamaged groups of its labels.
  What a label's absence ends may stay until two frames came without any damage.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from .classes import CLASSES, LabelClass
from .streams import Sent, Stream
from .truth import OVERLOAD, Value, plain

_VOLTS = 253
_HALF_AMPERE = {
    LabelClass.POWER: 0.5 * 230,
    LabelClass.CURRENT: 0.5,
    LabelClass.VOLTAGE: 0.0,
}
_KEEP_FRAMES, _KEEP_SECONDS = 3, 10.0
_KEEP_SECONDS_PAPP = 30.0
_GROUPS, _WHOLE_FRAMES = 6, 2
_INDEXES = frozenset(
    key for key, kind in CLASSES.items() if kind is LabelClass.INDEX
) - {"energy_import"}
DOWN = "index down"


@dataclass(slots=True)
class Tally:
    """What was counted."""

    damaged: int = 0
    """Damaged groups."""
    frames: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    """Wrong values by class, and ``DOWN``: each in each frame that shows it."""
    longest: Counter[str] = field(default_factory=Counter)
    """The most frames in a row with the same key wrong, by class."""
    keys: Counter[str] = field(default_factory=Counter)
    """Wrong values by key."""
    shown: int = 0
    missing: int = 0
    """Values of the truth that were shown, and that were not."""
    above: int = 0
    """The most Wh that an index was above the truth, inside its bound…"""
    above_frames: int = 0
    """…and the most frames that one was."""
    late: int = 0
    """Indexes that were below the truth in the first frame after a disturbance."""
    examples: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count another one's too."""
        self.damaged += other.damaged
        self.frames += other.frames
        self.wrong += other.wrong
        self.keys += other.keys
        self.shown += other.shown
        self.missing += other.missing
        self.longest |= other.longest
        self.above = max(self.above, other.above)
        self.above_frames = max(self.above_frames, other.above_frames)
        self.late += other.late
        self.examples = (self.examples + other.examples)[:40]


class Line:
    """What came of a stream so far: shared by all that judge it."""

    def __init__(self, stream: Stream) -> None:
        """Begin before the first frame."""
        self.stream = stream
        self.truth: dict[str, Value] = {}
        self.number = -1
        self.damaged: list[frozenset[str]] = []
        """Of each frame, the labels that did not arrive as sent."""
        self.recovered = False
        """Whether this is the first frame after a disturbance."""

    def pass_frame(
        self, sent: Sent, damaged: frozenset[str], *, recovered: bool = False
    ) -> None:
        """Go on to the next frame."""
        self.number += 1
        self.recovered = recovered
        self.damaged.append(damaged)
        for key, value in sent.changes.items():
            if value is None:
                del self.truth[key]
            else:
                self.truth[key] = value

    def sent_again(self, key: str) -> bool:
        """Return whether a key's labels came in the first frame after a disturbance."""
        labels = self.stream.sources[key] - {"OPTARIF"}
        sent = self.stream.sent[self.number].labels
        return self.recovered and not labels.isdisjoint(sent)

    def told(self, key: str) -> str:
        """Return which labels of a key were damaged lately, newest first."""
        labels = self.stream.sources.get(key, set())
        lately = [sorted(hit & labels) for hit in self.damaged[:-_GROUPS:-1]]
        others = sorted(self.damaged[-1] - labels)
        return f"{lately} and {', '.join(others) or 'no other'}"

    def arrivals(self, label: str, count: int) -> int:
        """Return the frame in which a label last came undamaged for the n-th time."""
        sent, number = self.stream.sent, self.number
        while number > 0:
            if label in sent[number].labels and label not in self.damaged[number]:
                count -= 1
                if not count:
                    break
            number -= 1
        return max(number, 0)

    def whole_frames(self) -> int:
        """Return the last but one frame that came without any damage."""
        number, count = self.number, _WHOLE_FRAMES
        while number > 0:
            count -= not self.damaged[number]
            if not count:
                break
            number -= 1
        return max(number, 0)

    def kept(self, key: str) -> int:
        """Return the oldest frame whose measurement may still be shown."""
        sent, number = self.stream.sent, self.number
        first = max(number - _KEEP_FRAMES, 0)
        recent = sent[max(number - 1, 0) : number + 1]
        if not any(
            "IINST1" in one.labels and "PAPP" not in one.labels for one in recent
        ):
            return first
        # Short frames come faster, and PAPP not with them
        limit = _KEEP_SECONDS_PAPP if key == "apparent_power" else _KEEP_SECONDS
        while first > 0 and sent[number].at - sent[first].at < limit:
            first -= 1
        return first

    def growth(self, label: str) -> float:
        """Return the Wh that a label can have counted since it last came undamaged."""
        sent, stream, number = self.stream.sent, self.stream, self.number
        if label in self.damaged[number] or label not in sent[number].labels:
            since = self.arrivals(label, 1)
        else:
            # One frame, also after a silence: the label itself tells the truth of now
            since = max(number - 1, 0)
            if sent[number].at - sent[since].at > _KEEP_SECONDS:
                since = number
        seconds = sent[number].at - sent[since].at
        return 1.1 * stream.rating * _VOLTS * stream.phases * seconds / 3600 + 2


class Judge:
    """Judges what one reader shows of a stream."""

    def __init__(self, line: Line, tally: Tally) -> None:
        """Begin before the first frame."""
        self.line = line
        self.tally = tally
        self._indexes: dict[str, int] = {}
        self._rows: dict[tuple[str, str], tuple[int, int]] = {}
        self._fine: dict[str, int] = {}
        self._above: dict[str, int] = {}
        self._whole = True

    def judge(self, values: Mapping[str, object], *, whole: bool = True) -> None:
        """Judge what is shown after a frame, or before its end."""
        self._whole = whole
        truth, missing = self.line.truth, 0
        for key, true in truth.items():
            if key in _INDEXES or key == "energy_import":
                continue
            value = values.get(key)
            if value is None:
                missing += 1
            elif value != true and (value := plain(value)) != true:
                self._other(key, value)
        for key in values.keys() - truth.keys():
            if key in CLASSES and values[key] is not None:
                if key in _INDEXES or key == "energy_import":
                    self._wrong(key, values[key])
                else:
                    self._other(key, plain(values[key]))
        for key in truth.keys() & _INDEXES:
            missing += self._index(key, values.get(key))
        missing += self._index("energy_import", values.get("energy_import"))
        self.tally.missing += missing
        self.tally.shown += len(truth) - missing

    def _other(self, key: str, value: object) -> None:
        """Compare a value that is not the truth of now with the truth of before."""
        line, kind = self.line, CLASSES[key]
        stream, number = line.stream, line.number
        if kind in _HALF_AMPERE and isinstance(value, int | float):
            step = _HALF_AMPERE[kind]
            for true in stream.truths(key, line.kept(key), number):
                if isinstance(true, str) or abs(value - true) <= max(0.1 * true, step):
                    return
        else:
            first = self._first(key)
            if any(value == true for true in stream.truths(key, first, number)):
                return
        self._wrong(key, value)

    def _first(self, key: str) -> int:
        """Return the oldest frame whose state may still be shown."""
        line = self.line
        labels = line.stream.sources.get(key, set())
        absent = key not in line.truth or not labels.isdisjoint(OVERLOAD)
        firsts = [line.arrivals(label, _GROUPS) for label in labels]
        if absent:
            firsts.append(line.whole_frames())
        return min(firsts, default=line.number)

    def _index(self, key: str, value: object) -> bool:
        """Compare an index with the truth, return whether it is missing."""
        true = self.line.truth.get(key)
        if not isinstance(value, int) or not isinstance(true, int):
            return True
        before = self._indexes.get(key)
        if before is not None and value < before:
            self._wrong(key, value, DOWN)
        self._indexes[key] = value
        if value <= true:
            self._above.pop(key, None)
            if value < true and self._whole and self.line.sent_again(key):
                self._late(key, value, true)
            return False
        # Once shown it cannot be taken back: it stays until the truth has passed it
        if self._fine.get(key) == value:
            self._count_above(key, value - true)
            return False
        if value - true > self._room(key):
            self._wrong(key, value)
        else:
            self._fine[key] = value
            self._count_above(key, value - true)
        return False

    def _count_above(self, key: str, energy: int) -> None:
        """Measure a step inside the bound."""
        tally, number = self.tally, self.line.number
        since = self._above.setdefault(key, number)
        tally.above = max(tally.above, energy)
        tally.above_frames = max(tally.above_frames, number - since + 1)

    def _late(self, key: str, value: int, true: int) -> None:
        """Count an index that is not yet right again."""
        self.tally.late += 1
        if len(self.tally.examples) < 10:
            self.tally.examples.append(
                f"{self.line.stream.name}, frame {self.line.number}: {key} late "
                f"{value!r}, true {true!r}; damaged: {self.line.told(key)}"
            )

    def _room(self, key: str) -> float:
        """Return how far an index may be above the truth."""
        line, sources = self.line, self.line.stream.sources
        if key != "energy_import":
            return max(line.growth(label) for label in sources[key])
        # The sum may be above by what each of its parts was allowed to be
        room = 0.0
        for label in sources[key] - {"OPTARIF"}:
            growth = line.growth(label)
            for part in _INDEXES & self._fine.keys():
                true = line.truth.get(part)
                if sources[part] == {label} and isinstance(true, int):
                    growth = max(growth, self._fine[part] - true)
            room += growth
        return room

    def _wrong(self, key: str, value: object, kind: str = "") -> None:
        """Count a wrong value."""
        tally, number = self.tally, self.line.number
        name = kind or str(CLASSES[key])
        last, length = self._rows.get((key, name), (-2, 0))
        if last == number:
            # The early reading of this frame has it too
            return
        length = length + 1 if last == number - 1 else 1
        self._rows[key, name] = number, length
        tally.wrong[name] += 1
        tally.keys[key] += 1
        tally.longest[name] = max(tally.longest[name], length)
        if len(tally.examples) < 10:
            true = self.line.truth.get(key)
            tally.examples.append(
                f"{self.line.stream.name}, frame {number}: {key} {name} {value!r}, "
                f"true {true!r}; damaged: {self.line.told(key)}"
            )
