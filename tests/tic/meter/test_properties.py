"""What holds for any bytes and any text."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise
import json
import re

from hypothesis import given, settings, strategies as st

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder, Parity
from custom_components.linky_meter.linky_tic.tic.decode.groups import encode_group
from custom_components.linky_meter.linky_tic.tic.fields import FIELDS
from custom_components.linky_meter.linky_tic.tic.frame import Frame, Group
from custom_components.linky_meter.linky_tic.tic.identity import parse_address
from custom_components.linky_meter.linky_tic.tic.labels import LABELS, ROWS, Label, Mode
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.profile import (
    Encoding,
    parse_day_profile,
)
from custom_components.linky_meter.linky_tic.tic.reading import plain
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
from tests.fuzz.targets import TARGETS
from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    STANDARD,
    STANDARD_THREE,
    decode,
    eight_bits,
    encode,
)

FRAMES = [
    encode(lines) for lines in (HISTORIC, HISTORIC_THREE, STANDARD, STANDARD_THREE)
]
frame_bytes = st.sampled_from(FRAMES)
noise = st.one_of(
    st.binary(max_size=400),
    # What a line is made of
    st.text(alphabet="\x02\x03\x04\t\n\r AEST019.\x82\x8d\x0f", max_size=400).map(
        lambda text: text.encode("latin-1")
    ),
    st.sampled_from([b"", b"U" * 1000, b"\x00" * 5000, b"\x03" * 50, b"\r\n" * 1100]),
)


@st.composite
def damaged_streams(draw: st.DrawFn) -> bytes:
    """Frames with noise between them and damage in them, with and without parity."""
    parts = []
    for _ in range(draw(st.integers(0, 5))):
        data = bytearray(draw(frame_bytes))
        for _ in range(draw(st.integers(0, 4))):
            position = draw(st.integers(0, len(data) - 1))
            match draw(st.integers(0, 2)):
                case 0:
                    data[position] ^= 1 << draw(st.integers(0, 7))
                case 1:
                    del data[position : position + draw(st.integers(1, 60))]
                    data += b"\x03"
                case _:
                    data[position] = draw(st.sampled_from(b"\x02\x03\x04\r\n\t 0"))
        parts += [bytes(data), draw(noise)]
    stream = b"".join(parts)
    return eight_bits(stream) if draw(st.booleans()) else stream


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """Return bytes cut at these places."""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(noise, damaged_streams()),
    st.lists(st.integers(0, 20_000), max_size=12),
)
def test_no_bytes_and_no_split_matter(data: bytes, cuts: list[int]) -> None:
    """Nothing raises, and the frames are those of the bytes fed whole."""
    whole, split = Decoder(), Decoder()
    expected = whole.feed(data)
    found = [frame for piece in pieces(data, cuts) for frame in split.feed(piece)]
    assert found == expected
    assert split.counts == whole.counts
    assert split.parity is whole.parity
    assert split.pending == whole.pending
    assert all(frame.groups and frame.mode is not None for frame in found)
    # And what comes next is understood alike
    assert split.feed(FRAMES[0]) == whole.feed(FRAMES[0])


@settings(max_examples=50, deadline=None)
@given(damaged_streams())
def test_one_byte_at_a_time(data: bytes) -> None:
    """The finest split of all."""
    decoder = Decoder()
    found = [
        frame
        for position in range(len(data))
        for frame in decoder.feed(data[position : position + 1])
    ]
    assert found == Decoder().feed(data)


@settings(max_examples=200, deadline=None)
@given(noise, frame_bytes, noise, st.booleans())
def test_a_valid_frame_survives_noise_around_it(
    before: bytes, data: bytes, after: bytes, parity: bool
) -> None:
    """From STX to ETX nothing that comes before or after can hurt.

    The same frame, whole, with the same groups and no damage, is among those found.
    (Noise never holds two clean frames, so that it cannot teach a wrong parity.)
    """
    (expected,) = decode(data)
    sent = eight_bits(data) if parity else data
    found = Decoder().feed(before + sent + after)
    assert expected in found
    assert expected.whole


@settings(max_examples=100, deadline=None)
@given(noise, frame_bytes)
def test_noise_in_a_learned_stream(hit: bytes, data: bytes) -> None:
    """With parity known, noise makes no decoder deaf to what comes after it."""
    decoder = Decoder()
    clean = eight_bits(data)
    (expected, _) = decoder.feed(clean * 2)
    assert decoder.parity is Parity.EVEN
    found = decoder.feed(hit)
    found += decoder.feed(clean * 6)
    assert found[-1] == expected


def values_of(row: Label) -> st.SearchStrategy[str]:
    """Return data that a label may carry."""
    return st.from_regex(re.compile(row.pattern.pattern), fullmatch=True).filter(
        lambda text: text.isascii() and row.pattern.fullmatch(text) is not None
    )


@st.composite
def groups(draw: st.DrawFn) -> tuple[Group, Mode]:
    """Return any group of any label."""
    row = draw(st.sampled_from([row for row in ROWS if "PJ" not in row.name]))
    horodate = None
    if row.horodate:
        horodate = draw(st.from_regex(r"[EHeh ][0-9]{12}", fullmatch=True))
    return Group(row.name, draw(values_of(row)), horodate), row.mode


@settings(max_examples=300, deadline=None)
@given(groups(), st.booleans())
def test_every_group_comes_back(sent: tuple[Group, Mode], parity: bool) -> None:
    """Whatever it holds, and it is then read without an error."""
    group, mode = sent
    data = b"\x02" + encode_group(group, mode) + b"\x03"
    (frame,) = decode(eight_bits(data) if parity else data)
    assert frame == Frame(mode, (group,))
    reading = Meter().process(frame, at=0)
    assert reading is not None
    assert reading.as_json()


BLOCK = st.one_of(st.just("NONUTILE"), st.from_regex(r"[0-9A-F]{8}", fullmatch=True))


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=120), st.lists(BLOCK, min_size=1, max_size=11).map(" ".join)
    ),
    st.sampled_from([None, *Encoding]),
)
def test_day_profiles_never_raise(text: str, encoding: Encoding | None) -> None:
    """And what is found rises through one day."""
    if (parsed := parse_day_profile(text, encoding)) is not None:
        starts = [slot.start for slot in parsed[0]]
        assert starts == sorted(set(starts))
        assert all(slot.tariff is None or 1 <= slot.tariff <= 10 for slot in parsed[0])


TEXTS = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="0123456789ABCDEFHeh ", max_size=14),
    st.from_regex(r"[EHeh ][0-9]{12}", fullmatch=True),
    st.from_regex(r"[0-9A-F]{2,8}", fullmatch=True),
)


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_parsers_never_raise(text: str) -> None:
    """What is not what they read is None."""
    if (horodate := parse_horodate(text)) is not None:
        assert isinstance(horodate.at, datetime)
        assert horodate.at.utcoffset() is not None
        assert f"{horodate.at:%y%m%d%H%M%S}" == text[1:] or text[0] in "EHeh"
    relays, missing = parse_relays(text), parse_missing_phases(text)
    assert relays is None or len(relays) == 8
    assert missing is None or len(missing) == 3
    if (identity := parse_address(text)) is not None:
        assert identity.address == text
    status = parse_status(text)
    assert (status is not None) == bool(re.fullmatch("[0-9A-Fa-f]{8}", text))
    assert normalise(text) == normalise(normalise(text))
    assert parse_message(text)
    assert contract_of_option(text)
    assert contract_of_calendar(text)


SEASONED = st.builds(
    lambda season, at: f"{season}{at:%y%m%d%H%M%S}",
    st.sampled_from("HEhe "),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)),
)


@settings(max_examples=300, deadline=None)
@given(SEASONED)
def test_every_time_is_read(text: str) -> None:
    """Also one that no clock shows, for a season that is wrong."""
    horodate = parse_horodate(text)
    assert horodate is not None
    assert horodate.degraded is text[0].islower()
    if text[0] != " ":
        hours = {"H": 1, "E": 2}[text[0].upper()]
        there = horodate.at.astimezone(timezone(timedelta(hours=hours)))
        assert f"{there:%y%m%d%H%M%S}" == text[1:]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 0xFFFF_FFFF))
def test_every_status_is_read(register: int) -> None:
    """Whatever the bits, undefined codes too."""
    status = parse_status(f"{register:08X}")
    assert status == parse_status(f"{register:08x}")
    assert status is not None
    assert status.dry_contact_open is bool(register & 1)
    assert status.supplier_index is None or 1 <= status.supplier_index <= 10
    assert 1 <= status.distributor_index <= 4


@settings(max_examples=200, deadline=None)
@given(groups())
def test_every_row_has_values(sent: tuple[Group, Mode]) -> None:
    """What a label says can be written as JSON, whatever passed its pattern."""
    group, _ = sent
    label = LABELS[group.label].same_as or group.label
    for key, value in FIELDS[label](group).items() if label in FIELDS else ():
        assert key
        assert json.loads(json.dumps(plain(value))) == plain(value)


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_no_text_stops_the_values(lines: list[str]) -> None:
    """Nor do texts whose parts fit no label."""
    TARGETS["values"]("\t".join(lines).encode("utf-8", "replace"))


@settings(max_examples=100, deadline=None)
@given(damaged_streams())
def test_no_stream_stops_a_meter(data: bytes) -> None:
    """Readings are made of whatever frames there are."""
    meter = Meter()
    for at, frame in enumerate(Decoder().feed(data)):
        reading = meter.process(frame, at=float(at))
        assert reading is None or reading.as_json()
