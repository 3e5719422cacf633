"""The first frame: the rest of the one under way, and the beginning of the next."""

from __future__ import annotations

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.frame import Frame, Group
from custom_components.linky_meter.linky_tic.tic.meter.halves import Halves
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from tests.tic.helpers import (
    HISTORIC,
    STANDARD,
    STANDARD_THREE,
    Lines,
    damaged,
    encode,
    frame_of,
)

ALL = [HISTORIC, STANDARD, STANDARD_THREE]
IDS = ["historic", "standard", "three-phase"]
POWERS = {"PAPP": "03210", "SINSTS": "04550"}


class Listener:
    """Whoever hears a line from some moment on."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.decoder = Decoder()
        self.halves = Halves()
        self.heard = 0
        """Groups of the second frame."""

    def hear(self, first: bytes, second: bytes) -> Frame | None:
        """Hear the rest of a frame and the next, return what they are together."""
        for frame in self.decoder.feed(first):
            self.halves.take(frame, self.damaged)
        for line in second.splitlines(keepends=True):
            self.decoder.feed(line)
            groups = self.decoder.pending
            if (joined := self.halves.join(groups, self.damaged)) is not None:
                self.heard = len(groups)
                assert self.halves.needs(groups) == 0
                return joined
        return None

    @property
    def damaged(self) -> int:
        """Groups that were lost."""
        return sum(self.decoder.counts[kind] for kind in ("checksum", "boundary"))


@pytest.mark.parametrize("lines", ALL, ids=IDS)
def test_any_two_halves_are_a_frame(lines: Lines) -> None:
    """Wherever the first is cut, every label is there, in order, each once."""
    labels = list(lines)
    first = encode(lines)
    changed = {label: new for label, new in POWERS.items() if label in lines}
    second = encode(lines, dict(changed))
    new, old = frame_of(second).by_label, frame_of(first).by_label
    # Before the end of the first group all is heard, in the last nothing is left
    cuts = range(first.index(b"\r"), first.rindex(b"\n"))
    assert len(cuts) > 100
    for cut in cuts:
        listener = Listener()
        joined = listener.hear(first[cut:], second)
        assert joined is not None
        assert joined.complete
        assert not joined.damaged
        assert [group.label for group in joined.groups] == labels
        # What was missed is of the second, the rest of the first
        begin = listener.heard - 1
        assert 0 < begin < len(labels)
        assert [*joined.groups] == [
            *(new[label] for label in labels[:begin]),
            *(old[label] for label in labels[begin:]),
        ]


@pytest.mark.parametrize("lines", ALL, ids=IDS)
def test_a_meter_knows_all_from_it(lines: Lines) -> None:
    """The reading is the one that a whole frame gives, and the pace is not disturbed."""
    data = encode(lines)
    joined = Listener().hear(data[len(data) // 2 :], data)
    assert joined is not None
    halves, whole = Meter(joined.address), Meter(joined.address)
    found, expected = halves.accept(joined, at=1.0), whole.accept(frame_of(data), at=1)
    assert found is not None
    assert expected is not None
    assert {**found.values, "clock_offset": 0} == {**expected.values, "clock_offset": 0}
    for at in (1.3, 2.8, 4.3):
        halves.accept(frame_of(data), at=at)
    assert halves.frame_interval == pytest.approx(1.5)


def test_not_with_damage() -> None:
    """A group that was lost may be any: the first whole frame is waited for."""
    data = encode(STANDARD)
    cut = data.index(b"SINSTS")
    assert Listener().hear(damaged(data, "MSG1")[cut:], data) is None
    assert Listener().hear(data[cut:], damaged(data, "EAST")) is None
    listener = Listener()
    assert listener.hear(data[cut:], data) is not None
    # A frame from its beginning on is nobody's half
    assert listener.hear(data, data) is None


def test_not_while_its_end_is_unknown() -> None:
    """Cut short, or still to come: there is no first half."""
    data = encode(HISTORIC)
    cut = data.index(b"PTEC")
    listener = Listener()
    assert listener.hear(data[cut:-1] + b"\x04", data) is None
    halves = Halves()
    assert halves.join([Group("ADCO", "042164123456")], 0) is None
    assert halves.needs([]) == 0


def test_it_says_when_to_ask() -> None:
    """With each group, until there is nothing to wait for."""
    listener = Listener()
    data = encode(HISTORIC)
    for frame in listener.decoder.feed(data[data.index(b"PTEC") :]):
        listener.halves.take(frame, 0)
    assert listener.halves.needs([Group("ADCO", "042164123456")]) == 2
