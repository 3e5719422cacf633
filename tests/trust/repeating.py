"""Damage that repeats itself: what looks the same in some frames in a row.

A bad contact, a stuck bit and a second meter on the same line do the same thing frame
after frame. Where it depends on the data the checksum is wrong in the same way each
time, or right each time. So no number of frames that agree tells it from the truth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.simulator.frames.wire import with_parity

from .streams import NAMES, Sent, stream
from .truth import ROWS

type Groups = list[bytes]
type Change = Callable[[Sent, Groups], tuple[Groups, set[int]]]
"""From a frame and its groups as they go over the wire, seven bits: what arrives, and
which of the groups are damaged."""

_OTHER_ADDRESS = b"042164999999"
_CALM = (4, 16)
"""Frames between two disturbances."""
_AT_ONCE = 3
"""How many groups are damaged at once, at most."""
_INDEXES = frozenset(
    label for label in ROWS if label[:4] in {"EAST", "EAIT", "EASF", "EASD"}
) | {"BASE", "HCHC", "HCHP", "BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW"}


@dataclass(slots=True)
class _Disturbance:
    """A stream that is disturbed."""

    rng: Random
    name: str
    frames: Sequence[Sent]
    number: int
    """The frame with which the disturbance begins."""
    bits: int

    def pick(self, labels: Sequence[str]) -> str:
        """Return a label of the frame: an index in two of three cases."""
        indexes = [label for label in labels if label in _INDEXES]
        if indexes and self.rng.random() < 2 / 3:
            return self.rng.choice(indexes)
        return self.rng.choice(labels)


def _bit_stuck(plan: _Disturbance) -> Change:
    """Let one bit of each character of a group be always 0, or always 1."""
    label = plan.pick(plan.frames[plan.number].labels)
    bit, one = 1 << plan.rng.randrange(plan.bits), plan.rng.random() < 0.5

    def stuck(byte: int) -> int:
        return byte | bit if one else byte & ~bit

    return _on_line(plan, label, lambda line: bytes(map(stuck, line)))


def _same_glitch(plan: _Disturbance) -> Change:
    """Turn the same bits of two neighbouring characters over."""
    label = plan.pick(plan.frames[plan.number].labels)
    place = plan.rng.random()
    change = [1 + plan.rng.randrange((1 << plan.bits) - 1) for _ in range(2)]

    def glitch(line: bytes) -> bytes:
        start = int(place * (len(line) - 1))
        first, second = line[start : start + 2]
        hit = bytes((first ^ change[0], second ^ change[1]))
        return line[:start] + hit + line[start + 2 :]

    return _on_line(plan, label, glitch)


def _digits_exchanged(plan: _Disturbance) -> Change:
    """Let two digits of a number change places: the checksum cannot see it."""
    label = plan.pick(plan.frames[plan.number].labels)
    share = plan.rng.random(), plan.rng.random()

    def exchange(line: bytes) -> bytes:
        data = line.rstrip(b"\r")[:-2]
        start = max(data.rfind(b" "), data.rfind(b"\t")) + 1
        places = [n for n in range(start, len(data)) if line[n : n + 1].isdigit()]
        if len(places) < 2:
            return line
        a, b = (places[int(part * len(places))] for part in share)
        changed = bytearray(line)
        changed[a], changed[b] = changed[b], changed[a]
        return bytes(changed)

    return _on_group(label, exchange)


def _label_turned(plan: _Disturbance) -> Change:
    """Let a label arrive as another one of the same frame."""
    labels = plan.frames[plan.number].labels
    label, other = plan.pick(labels), plan.pick(labels)

    def turn(line: bytes) -> bytes:
        return summed(line.replace(b"\n" + label.encode(), b"\n" + other.encode(), 1))

    return _on_group(label, turn)


def _registers_exchanged(plan: _Disturbance) -> Change:
    """Let the indexes of two tariffs change places."""
    frame = plan.frames[plan.number]
    registers = [label for label in frame.labels if label in _INDEXES]
    if len(registers) < 2:
        return _digits_exchanged(plan)
    names = plan.rng.sample(registers, 2)

    def change(sent: Sent, groups: Groups) -> tuple[Groups, set[int]]:
        if not set(names) <= set(sent.labels):
            return groups, set()
        a, b = (sent.labels.index(name) for name in names)
        result = list(groups)
        for place, name, source in ((a, names[0], b), (b, names[1], a)):
            tail = groups[source].removeprefix(b"\n" + sent.labels[source].encode())
            result[place] = summed(b"\n" + name.encode() + tail)
        return result, {n for n in (a, b) if result[n] != groups[n]}

    return change


def _bytes_slip(plan: _Disturbance) -> Change:
    """Lose a byte, or let it come twice, at the same place."""
    label = plan.pick(plan.frames[plan.number].labels)
    place, twice = plan.rng.random(), plan.rng.random() < 0.5

    def slip(line: bytes) -> bytes:
        start = int(place * len(line))
        return line[: start + twice] + line[start + (not twice) :]

    return _on_group(label, slip)


def _old_frames(plan: _Disturbance) -> Change:
    """Let frames of a while ago come again."""
    back = plan.rng.randrange(2, max(3, plan.number))
    begin = plan.number

    def change(sent: Sent, groups: Groups) -> tuple[Groups, set[int]]:
        nonlocal begin
        old = plan.frames[max(0, begin - back)]
        begin += 1
        return list(old.groups), set(range(len(old.groups)))

    return change


def _other_meter(plan: _Disturbance, *, named: bool = True) -> Change:
    """Let frames of another meter come, with or without its address."""
    mode = plan.name.partition(",")[0]
    others = [n for n in NAMES if n.startswith(mode) and n != plan.name]
    other = stream(plan.rng.choice(others), 60).sent
    number = plan.rng.randrange(len(other))

    def change(sent: Sent, groups: Groups) -> tuple[Groups, set[int]]:
        nonlocal number
        number = (number + 1) % len(other)
        theirs = other[number].groups
        label = b"\nADCO " if mode == "historic" else b"\nADSC\t"
        first = summed(label + _OTHER_ADDRESS + label[-1:] + b"?\r")
        arrived = [first, *theirs[1:]] if named else list(theirs[1:])
        return arrived, set(range(len(groups)))

    return change


def _nameless_meter(plan: _Disturbance) -> Change:
    return _other_meter(plan, named=False)


def _two_lines(plan: _Disturbance) -> Change:
    """Wire two meters together: groups of both come, or of neither."""
    other = _other_meter(plan)

    def change(sent: Sent, groups: Groups) -> tuple[Groups, set[int]]:
        theirs, _ = other(sent, groups)
        arrived, hit = list(groups), set[int]()
        for place, group in enumerate(groups):
            chance = plan.rng.random()
            if place >= len(theirs) or chance < 1 / 3:
                continue
            # A current on either line is a 0 on both
            mixed = bytes(a & b for a, b in zip(group, theirs[place], strict=False))
            arrived[place] = theirs[place] if chance < 2 / 3 else mixed
            if arrived[place] != group:
                hit.add(place)
        return arrived, hit

    return change


def summed(line: bytes) -> bytes:
    """Return a group with the checksum that belongs to it."""
    content = line[1:-1]
    counted = content[: -1 if content[-2] == 9 else -2]
    return line[:1] + content[:-1] + bytes((sum(counted) % 64 + 32,)) + line[-1:]


def _on_group(label: str, act: Callable[[bytes], bytes]) -> Change:
    def change(sent: Sent, groups: Groups) -> tuple[Groups, set[int]]:
        if label not in sent.labels:
            return groups, set()
        place = sent.labels.index(label)
        result = list(groups)
        result[place] = act(groups[place])
        return result, {place} if result[place] != groups[place] else set()

    return change


def _on_line(plan: _Disturbance, label: str, act: Callable[[bytes], bytes]) -> Change:
    """Change what stands between LF and CR, as the line carries it."""

    def inside(group: bytes) -> bytes:
        seen = with_parity(group) if plan.bits == 8 and group.isascii() else group
        return seen[:1] + act(seen[1:-1]) + seen[-1:]

    return _on_group(label, inside)


REPEATING: dict[str, tuple[Callable[[_Disturbance], Change], int, int]] = {
    "bit stuck": (_bit_stuck, 3, 8),
    "same glitch": (_same_glitch, 3, 6),
    "digits exchanged": (_digits_exchanged, 3, 8),
    "label turned": (_label_turned, 3, 8),
    "registers exchanged": (_registers_exchanged, 3, 8),
    "bytes slip": (_bytes_slip, 3, 8),
    "old frames": (_old_frames, 1, 12),
    "another meter": (_other_meter, 3, 12),
    "another meter, nameless": (_nameless_meter, 3, 12),
    "two lines": (_two_lines, 3, 12),
}
"""Each kind, and how many frames it lasts at least and at most."""
WHOLE_FRAMES = frozenset(
    {"old frames", "another meter", "another meter, nameless", "two lines"}
)
"""Those that take the place of whole frames: states and texts of another meter too."""


class Disturber:
    """Disturbs a stream again and again."""

    def __init__(
        self, rng: Random, kind: str, name: str, frames: Sequence[Sent], bits: int
    ) -> None:
        """Begin with a calm line."""
        self._rng, self._bits = rng, bits
        self._kind = kind
        self._make, *self._length = REPEATING[kind]
        self._name, self._frames = name, frames
        self._changes: list[Change] = []
        self._left = rng.randint(*_CALM)
        self._number = -1

    @property
    def disturbed(self) -> bool:
        """Whether the last frame was one of a disturbance."""
        return bool(self._changes)

    def damage(self, sent: Sent) -> tuple[list[bytes], list[int]]:
        """Return the groups of a frame as they arrive, and which are damaged."""
        self._number += 1
        self._left -= 1
        if sent.lead:
            self._changes, self._left = [], max(self._left, 0)
        if self._left < 0:
            if not self._changes:
                plan = _Disturbance(
                    self._rng, self._name, self._frames, self._number, self._bits
                )
                most = 1 if self._kind in WHOLE_FRAMES else _AT_ONCE
                count = self._rng.randint(1, most)
                self._changes = [self._make(plan) for _ in range(count)]
                self._left = self._rng.randint(*self._length) - 1
            else:
                self._changes, self._left = [], self._rng.randint(*_CALM)
        arrived, hit = list(sent.groups), set[int]()
        for change in self._changes:
            arrived, places = change(sent, arrived)
            hit |= places
        if self._bits == 8:
            # What was changed on the line has its parity bit already
            arrived = [
                with_parity(line) if line.isascii() else line for line in arrived
            ]
        return arrived, sorted(hit)
