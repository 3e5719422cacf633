"""Bytes to frames."""

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder, Parity
from custom_components.linky_meter.linky_tic.tic.decode.groups import (
    checksum,
    encode_group,
)
from custom_components.linky_meter.linky_tic.tic.frame import (
    EndedBy,
    Frame,
    Group,
    mode_of,
)
from custom_components.linky_meter.linky_tic.tic.labels import ROWS, Label, Mode
from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    STANDARD,
    STANDARD_THREE,
    Lines,
    damaged,
    decode,
    eight_bits,
    encode,
    example,
    frame_of,
    line,
)

PERIOD = " ".join(["00004001", "06004002", "22004001", *["NONUTILE"] * 8])
WORKED = [
    ("PAPP 02830", "."),
    ("IINST 012", "Z"),
    ("OPTARIF BBR(", "S"),
    ("DEMAIN ----", '"'),
    ("PTEC HP..", " "),
    ("ADCO 021961000042", "0"),
    ("ADPS 046", "B"),
    ("VTIC\t02\t", "J"),
    ("IRMS1\t016\t", "5"),
    ("DATE\tE240924225642\t\t", "H"),
    ("SMAXSN\tE210414070239\t02636\t", "<"),
    ("FPM1\t 250124060000\t00\t", "#"),
    ("DPM1\t 250123060000\t00\t", " "),
    ("EASD01\t000000000\t", " "),
    ("STGE\t013A0501\t", "@"),
    (f"PJOURF+1\t{PERIOD}\t", "."),
]


def group_of(text: str) -> tuple[Group, Mode]:
    """Return the group that a worked example shows."""
    if "\t" not in text:
        return Group(*text.split(" ", 1)), Mode.HISTORIC
    label, *horodate, value = text[:-1].split("\t")
    return Group(label, value, *horodate), Mode.STANDARD


@pytest.mark.parametrize(("text", "check"), WORKED)
def test_worked_checksums(text: str, check: str) -> None:
    """Examples computed by hand, most of them also found in captures."""
    assert checksum(text.encode()) == ord(check)
    group, mode = group_of(text)
    sent = encode_group(group, mode)
    assert sent == f"\n{text}{'' if '\t' in text else ' '}{check}\r".encode()
    assert frame_of(b"\x02" + sent + b"\x03").groups == (group,)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_label_comes_back(row: Label) -> None:
    """What is encoded is decoded, label by label."""
    value, horodate = example(row)
    group = Group(row.name, value, horodate)
    sent = encode_group(group, row.mode)
    assert sent == line(row.name, value if horodate is None else (horodate, value))
    frame = frame_of(b"\x02" + sent + b"\x03")
    assert frame == Frame(row.mode, (group,))


@pytest.mark.parametrize("lines", [HISTORIC, HISTORIC_THREE, STANDARD, STANDARD_THREE])
@pytest.mark.parametrize("parity", [False, True])
def test_whole_frames_at_any_split(lines: Lines, parity: bool) -> None:
    """The frames do not depend on how the bytes come."""
    data = b"".join(
        encode(lines, end=end) for end in (b"\x03", b"\x04", b"\x03", b"\x03")
    )
    if parity:
        data = eight_bits(data)
    whole = Decoder()
    frames = whole.feed(data)
    assert len(frames) == 4
    assert all(len(frame.groups) == len(lines) for frame in frames)
    for size in (1, 2, 3, 7, 50, 300):
        decoder = Decoder()
        split = [
            frame
            for start in range(0, len(data), size)
            for frame in decoder.feed(data[start : start + size])
        ]
        assert split == frames
        assert decoder.counts == whole.counts
        assert learned(decoder) is whole.parity
        assert decoder.received == len(data)


def test_frame_says_what_it_is() -> None:
    """Mode, beginning, end and damage."""
    frame = frame_of(encode(STANDARD))
    assert frame.mode is Mode.STANDARD
    assert frame.complete
    assert frame.whole
    assert frame.ended_by is EndedBy.ETX
    assert frame.damaged == 0
    assert frame.address == "042164123456"
    assert frame_of(encode(HISTORIC)).mode is Mode.HISTORIC
    assert frame_of(encode(HISTORIC, {"ADCO": None})).address is None
    assert mode_of(()) is None


def test_joining_in_the_middle() -> None:
    """The first frame lacks its beginning; the cut group is no damage."""
    data = encode(STANDARD)
    first, second = decode(data[100:] + data)
    assert not first.whole
    assert not first.complete
    assert first.damaged == 0
    assert second.complete


def test_groups_can_be_read_before_the_frame_ends() -> None:
    """Those of the present frame are pending."""
    decoder = Decoder()
    data = encode(HISTORIC)
    middle = data.index(b"\nPTEC")
    assert decoder.feed(data[:middle]) == []
    assert [group.label for group in decoder.pending] == list(HISTORIC)[:5]
    assert decoder.feed(data[middle:])
    assert decoder.pending == []


# Damage


def historic(content: bytes) -> bytes:
    """Return a group's characters with the right checksum."""
    return content + b" " + bytes([checksum(content)])


def standard(content: bytes) -> bytes:
    """Return the same in standard mode; the content ends with a tab."""
    return content + bytes([checksum(content)])


@pytest.mark.parametrize(
    ("instead", "reason"),
    [
        (b"IINST 013 Z", "checksum"),
        (b"IINST 012Z", "checksum"),
        (b"IIN", "checksum"),
        (b"Z", "checksum"),
        (b"INST 012 Z", "checksum"),
        (historic(b"IINST 0120"), "shape"),
        (historic(b"IINST 0A2"), "shape"),
        (historic(b"IINST "), "shape"),
        (historic(b"iinst 012"), "shape"),
        (historic(b"4IINST 012"), "shape"),
        (standard(b"IINST\t012\t"), "shape"),
        (historic(b"PTEC HX.."), "shape"),
        (historic(b"EAST 003000000"), "shape"),
    ],
)
def test_damage_kinds(instead: bytes, reason: str) -> None:
    """A group that is not right is lost, counted and costs no other."""
    data = encode(HISTORIC)
    assert b"IINST 012 Z" in data
    decoder = Decoder()
    (frame,) = decoder.feed(data.replace(b"IINST 012 Z", instead))
    assert len(frame.groups) == len(HISTORIC) - 1
    assert frame.damaged == 1
    assert frame.unknown == ()
    assert decoder.counts == {"frames": 1, "groups": len(HISTORIC) - 1, reason: 1}


@pytest.mark.parametrize(
    "sent",
    [
        # A label that has a horodate without it, and the other way round
        (b"SMAXSN\t07800\t"),
        (b"EAST\tH260113180000\t003000000\t"),
        (b"SMAXSN\tX260113070239\t07800\t"),
        (b"SMAXSN\tH260113070239\t0780\t"),
        (b"SMAXSN\tH260113070239\t07800\t1\t"),
        (b"EAST\t"),
        (b"SMAXSN\t\t\t\t07800\t"),
    ],
)
def test_shape_of_standard_groups(sent: bytes) -> None:
    """The label decides whether there is a horodate."""
    hit = b"\n" + sent + bytes([checksum(sent)]) + b"\r"
    decoder = Decoder()
    (frame,) = decoder.feed(encode(STANDARD).replace(b"\x03", hit + b"\x03"))
    assert frame.damaged == 1
    assert len(frame.groups) == len(STANDARD)
    assert sum(decoder.counts[kind] for kind in ("shape", "checksum")) == 1


def test_unknown_labels_are_told_apart() -> None:
    """A right checksum under a label of no table is no damage."""
    decoder = Decoder()
    data = encode(STANDARD)
    strange = b"NEWLABEL\t0042\t"
    timed = b"NEW+1\tH260113070239\t1\t"
    for sent in (strange, timed):
        group = b"\n" + sent + bytes([checksum(sent)]) + b"\r"
        data = data.replace(b"\x03", group + b"\x03")
    (frame,) = decoder.feed(data)
    assert frame.unknown == (
        Group("NEWLABEL", "0042"),
        Group("NEW+1", "1", "H260113070239"),
    )
    assert len(frame.groups) == len(STANDARD)
    assert frame.damaged == 0
    assert decoder.counts["unknown"] == 2


def test_unknown_data_is_printable() -> None:
    """What is listed under an unknown label holds no control character."""
    sent = b"NEWLABEL\t00\x0b2\t"
    group = b"\n" + sent + bytes([checksum(sent)]) + b"\r"
    (frame,) = decode(encode(STANDARD).replace(b"\x03", group + b"\x03"))
    assert frame.unknown == ()
    assert frame.damaged == 1


def test_noise_after_a_group_is_dropped() -> None:
    """A damaged CR is one control character more before the next LF."""
    data = encode(STANDARD)
    assert decode(data.replace(b"\r\nRELAIS", b"\x0c\nRELAIS")) == decode(data)


# Boundaries


def test_lost_etx() -> None:
    """STX begins another frame, whatever became of the end."""
    data = encode(HISTORIC)
    first, second = decode(data[:-1] + data)
    assert first.ended_by is EndedBy.EOT
    assert first.damaged == 1
    assert not first.complete
    assert len(first.groups) == len(second.groups) == len(HISTORIC)
    assert second.complete
    assert second.damaged == 0


@pytest.mark.parametrize("lines", [HISTORIC, STANDARD])
def test_both_boundaries_lost(lines: Lines) -> None:
    """An address is sent once in a frame."""
    data = encode(lines)
    first, second = decode(data[:-1] + data[1:])
    assert first.damaged == 1
    assert not first.complete
    assert not second.whole or second.damaged == 0
    assert len(first.groups) == len(second.groups) == len(lines)


@pytest.mark.parametrize("lines", [HISTORIC, STANDARD])
@pytest.mark.parametrize("end", [b"\r", b"\r\n", b"\n"])
def test_stream_without_boundaries(lines: Lines, end: bytes) -> None:
    """A bridge may print groups alone: their addresses tell the frames."""
    data = encode(lines)[2:-1].replace(b"\r\n", b"\r").replace(b"\r", end)
    decoder = Decoder()
    frames = decoder.feed(data * 8)
    assert [len(frame.groups) for frame in frames] == [len(lines)] * 7
    # The first ones may as well have lost their boundaries
    assert not any(frame.complete for frame in frames[:2])
    assert all(frame.undamaged for frame in frames[2:])
    assert {frame.ended_by for frame in frames[2:]} == {EndedBy.ADDRESS}
    assert decoder.damaged == 2


def test_boundaries_that_come_after_all() -> None:
    """Then one that is lost is damage again."""
    decoder = Decoder()
    data = encode(HISTORIC)
    decoder.feed(data[1:-1] * 5 + data)
    before = decoder.damaged
    first, second, *_ = decoder.feed(data[:-1] + data[1:] + data)
    assert (first.damaged, second.damaged) == (1, 0)
    assert decoder.damaged == before + 1


def test_stream_without_stx() -> None:
    """What follows an end is a beginning."""
    data = encode(STANDARD)[1:]
    first, *others = decode(data * 4)
    assert not first.whole
    assert all(frame.complete and not frame.damaged for frame in others)
    assert len(others) == 3


def test_boundaries_alone_are_no_frames() -> None:
    """Noise holds boundary characters too."""
    decoder = Decoder()
    assert decoder.feed(b"\x02\x03\x04\x03\r\x02abc\r\x03\x04" * 10) == []
    assert decoder.counts["frames"] == 0


def test_a_whole_frame_of_damage_is_counted() -> None:
    """It makes no frame: nothing in it can be told."""
    decoder = Decoder()
    data = encode(HISTORIC)
    decoder.feed(data)
    assert decoder.feed(data.replace(b" ", b"!")) == []
    assert decoder.counts["checksum"] == len(HISTORIC)
    assert len(decoder.feed(data)) == 1


def test_groups_without_end_make_bounded_frames() -> None:
    """No frame has more than twice what a meter can send."""
    decoder = Decoder()
    frames = [
        frame for _ in range(1000) for frame in decoder.feed(line("PAPP", "00100"))
    ]
    assert [len(frame.groups) for frame in frames] == [160] * 6
    assert all(frame.damaged for frame in frames)


def test_unknown_groups_are_bounded() -> None:
    """Another protocol may never end a frame."""
    sent = b"NEWLABEL\t0042\t"
    group = b"\n" + sent + bytes([checksum(sent)]) + b"\r"
    decoder = Decoder()
    decoder.feed(group * 1000)
    assert decoder.counts["unknown"] == 1000
    (frame,) = decoder.feed(line("PAPP", "00100") + b"\x03")
    assert len(frame.unknown) == 160


# Parity


def learned(decoder: Decoder) -> Parity:
    """Return what a decoder takes bit 7 for."""
    return decoder.parity


def flipped(data: bytes, position: int, bit: int = 0) -> bytes:
    """Return bytes with one bit the other way."""
    return data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]


def test_parity_is_learned_and_then_catches_what_the_checksum_cannot() -> None:
    """Digits that changed places pass the checksum, not the parity."""
    decoder = Decoder()
    data = encode(HISTORIC)
    clean = eight_bits(data)
    # 0x30 and 0x32, one bit each, in opposite directions: the sum stays
    start = data.index(b"PAPP 02830") + len("PAPP ")
    forged = flipped(flipped(clean, start, 1), start + 1, 1)
    assert (forged[start] & 0x7F, forged[start + 1] & 0x7F) == (0x32, 0x30)
    (frame,) = Decoder().feed(forged)
    assert frame.by_label["PAPP"].value == "20830"
    for _ in range(2):
        assert learned(decoder) is Parity.UNKNOWN
        decoder.feed(clean)
    assert learned(decoder) is Parity.EVEN
    (frame,) = decoder.feed(forged)
    assert "PAPP" not in frame.by_label
    assert frame.damaged == 1
    (frame,) = decoder.feed(clean)
    assert frame.damaged == 0


def test_every_single_flip_is_caught_once_parity_is_known() -> None:
    """None of them changes a value: a group is as sent, or lost."""
    clean = eight_bits(encode(HISTORIC))
    sent = set(frame_of(clean).groups)
    decoder = Decoder()
    decoder.feed(clean * 3)
    assert learned(decoder) is Parity.EVEN
    for position in range(1, len(clean) - 1):
        for bit in range(8):
            for frame in decoder.feed(flipped(clean, position, bit)):
                assert set(frame.groups) <= sent
                assert len(frame.groups) >= len(sent) - 2


def test_seven_bit_stream() -> None:
    """Bit 7 that is always 0 carries nothing."""
    decoder = Decoder()
    data = encode(HISTORIC)
    decoder.feed(data * 3)
    assert learned(decoder) is Parity.NONE
    # A high bit from a later fault is masked
    (frame,) = decoder.feed(flipped(data, 20, 7))
    assert frame.damaged == 0
    assert len(frame.groups) == len(HISTORIC)


def test_parity_is_learned_from_clean_frames_only() -> None:
    """Damaged and empty ones, and mixed ones, teach nothing."""
    data = eight_bits(encode(HISTORIC))
    decoder = Decoder()
    for _ in range(3):
        decoder.feed(data.replace(b"\x03", b"!\r\n!!!!!!!\r\x03"))
        decoder.feed(b"\x82\x03")
        decoder.feed(flipped(data, 20, 7))
        assert learned(decoder) is Parity.UNKNOWN
    decoder.feed(data)
    decoder.feed(encode(HISTORIC))
    decoder.feed(data)
    assert learned(decoder) is Parity.UNKNOWN
    decoder.feed(data)
    assert learned(decoder) is Parity.EVEN


def test_parity_is_doubted_when_nothing_passes_it() -> None:
    """A source that changes is understood again, without a new connection."""
    decoder = Decoder()
    data = encode(STANDARD)
    decoder.feed(eight_bits(data) * 3)
    assert learned(decoder) is Parity.EVEN
    frames = [frame for _ in range(12) for frame in decoder.feed(data)]
    assert learned(decoder) is Parity.NONE
    assert frames[-1].damaged == 0
    assert len(frames[-1].groups) == len(STANDARD)
    # And nothing is doubted while groups pass
    for _ in range(50):
        decoder.feed(data)
        assert learned(decoder) is Parity.NONE


# Memory


@pytest.mark.parametrize(
    "noise", [b"\x00", b"U", b"\x02U", b"U\x03", b"AB \r", b"\xff"]
)
def test_endless_noise_takes_no_memory(noise: bytes) -> None:
    """Nothing grows, and a frame after it is read."""
    decoder = Decoder()
    for _ in range(100):
        assert decoder.feed(noise * 1000) == []
        kept = len(decoder._rest) + len(decoder._groups) + len(decoder._unknown)
        assert kept <= 200
        assert len(decoder._seen) + len(decoder._fresh) <= 200
    frames = decoder.feed(encode(STANDARD_THREE))
    assert frames == decode(encode(STANDARD_THREE))
    assert frames[0].whole


def test_counts() -> None:
    """Everything that was received and lost."""
    decoder = Decoder()
    data = encode(HISTORIC)
    decoder.feed(data * 2 + damaged(data, "PAPP") + data[:-1] + data)
    assert decoder.counts == {
        "frames": 5,
        "groups": 5 * len(HISTORIC) - 1,
        "checksum": 1,
        "boundary": 1,
    }
    assert decoder.received == 5 * len(data) - 1
    assert decoder.last_valid == decoder.received
    decoder.feed(b"noise\r")
    assert decoder.last_valid == decoder.received - 6


@pytest.mark.parametrize(
    "group", [line("PPOT", "00"), line("PPOT", "00").replace(b"PPOT", b"QPOS")]
)
def test_a_frame_without_end(group: bytes) -> None:
    """Much longer than any meter's: it is told, and nothing grows."""
    decoder = Decoder()
    good = encode(HISTORIC)
    decoder.feed(good)
    decoder.feed(b"\x02" + group * 300)
    assert not decoder.endless
    # Whatever tells a frame from the next is enough
    for boundary in (b"\x03", b"\x02", line("ADCO", HISTORIC["ADCO"])):
        decoder.feed(boundary + group * 300)
        assert not decoder.endless
    decoder.feed(group * 300)
    assert decoder.endless
