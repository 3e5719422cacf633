"""The targets: what is fuzzed, and what must hold. Each takes any bytes."""

from __future__ import annotations

from collections.abc import Callable, Sized
from datetime import UTC, datetime, timedelta
from functools import lru_cache
import json

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.decode.groups import encode_group
from custom_components.linky_meter.linky_tic.tic.fields import FIELDS
from custom_components.linky_meter.linky_tic.tic.frame import Frame, Group
from custom_components.linky_meter.linky_tic.tic.identity import parse_address
from custom_components.linky_meter.linky_tic.tic.labels import LABELS, Mode
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.profile import (
    Encoding,
    format_day_profile,
    parse_day_profile,
)
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading, plain
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from custom_components.linky_meter.linky_tic.tic.tariffs import (
    contract_of_calendar,
    contract_of_option,
)
from custom_components.linky_meter.linky_tic.tic.values import (
    normalise,
    parse_horodate,
    parse_message,
    parse_missing_phases,
    parse_relays,
    parse_status,
)
from tests.simulator.frames.wire import checksum

from .client import client
from .energy import EnergyWatch
from .streams import script

START = datetime(2026, 1, 13, 17, 0, 5, tzinfo=UTC)
_MOST_KEPT = 400
"""Nothing that a decoder holds is longer: groups, bytes, counters."""


def codec(data: bytes) -> None:
    """Frames are the same however the bytes are cut, and hold what was received."""
    told = script(data)
    whole, split = Decoder(), Decoder()
    frames = whole.feed(told.stream)
    found: list[Frame] = []
    for start in range(0, len(told.stream), told.cut):
        found += split.feed(told.stream[start : start + told.cut])
        if start % 64 == 0:
            assert_bounded(split)
    assert found == frames
    assert split.counts == whole.counts
    assert split.parity is whole.parity
    assert split.pending == whole.pending
    characters = bytes(byte & 0x7F for byte in told.stream)
    for frame in frames:
        assert frame.groups
        assert frame.damaged >= 0
        for group in frame.groups:
            assert_received(group, characters)


def assert_bounded(decoder: Decoder) -> None:
    """Expect that nothing in a decoder has grown."""
    for name, value in vars(decoder).items():
        assert not isinstance(value, Sized) or len(value) <= _MOST_KEPT, name


def assert_received(group: Group, characters: bytes) -> None:
    """Expect a group that its encoding gives back, and that was in the stream."""
    assert _encoded(group)[1:-1] in characters


@lru_cache(maxsize=1024)
def _encoded(group: Group) -> bytes:
    """Return a group's encoding, which must give it back."""
    mode = LABELS[group.label].mode
    encoded = encode_group(group, mode)
    content, check = encoded[1:-2], encoded[-2:-1]
    assert checksum(content if mode is Mode.STANDARD else content[:-1]) == check
    (frame,) = Decoder().feed(b"\x02" + encoded + b"\x03")
    assert frame == Frame(mode, (group,))
    return encoded


def meter(data: bytes) -> None:
    """No frames stop a meter, and imported energy does not fall."""
    told = script(data)
    subject, watch, at = Meter(), EnergyWatch(), 0.0
    for frame in Decoder().feed(told.stream):
        for _ in range(told.repeats):
            at += told.pace
            reading = subject.process(
                frame, at=at, received=START + timedelta(seconds=at)
            )
            if reading is not None:
                assert_plain(reading)
                watch.see(reading)
        memory = subject.memory.as_dict()
        restored = Memory.from_dict(json.loads(json.dumps(memory)))
        assert restored.as_dict() == memory
        if told.restarts:
            subject = Meter(subject.address, restored)


def assert_plain(reading: MeterReading) -> None:
    """Expect a reading that JSON and a page can show."""
    text = reading.as_json()
    text.encode()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert json.loads(text)["damaged"] == reading.frame.damaged


def values(data: bytes) -> None:
    """No text stops a parser: a value a line, or its horodate, a tab and the value."""
    for line in data.decode("utf-8", "replace").split("\n"):
        horodate, tab, value = line.partition("\t")
        if not tab:
            horodate, value = "", line
        for text in {horodate, value}:
            _parse(text)
        for label, row in LABELS.items():
            # What passed the codec and no other
            if row.pattern.fullmatch(value) is None or label not in FIELDS:
                continue
            for key, found in FIELDS[label](Group(label, value, horodate)).items():
                assert key
                json.dumps(plain(found))


def _parse(text: str) -> None:
    """Give a text to everything that reads one."""
    if (moment := parse_horodate(text)) is not None:
        assert moment.at.utcoffset() is not None
        moment.at.isoformat()
    assert (parse_status(text) is None) or int(text, 16) >= 0
    relays, missing = parse_relays(text), parse_missing_phases(text)
    assert relays is None or len(relays) == 8
    assert missing is None or len(missing) == 3
    identity = parse_address(text)
    assert identity is None or identity.address == text
    assert normalise(normalise(text)) == normalise(text)
    assert parse_message(text)
    assert contract_of_option(text)
    assert contract_of_calendar(text)
    for encoding in (None, *Encoding):
        if (parsed := parse_day_profile(text, encoding)) is not None:
            starts = [slot.start for slot in parsed[0]]
            assert starts == sorted(set(starts))
            assert all(slot.tariff in {None, *range(1, 11)} for slot in parsed[0])
            assert bool(format_day_profile(parsed[0])) is bool(parsed[0])


TARGETS: dict[str, Callable[[bytes], None]] = {
    "codec": codec,
    "meter": meter,
    "values": values,
    "client": client,
}
"""By the names of their folders in ``corpus``."""
