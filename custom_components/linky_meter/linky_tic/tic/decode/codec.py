"""Bytes of a TIC line to frames, both modes.

``Decoder.feed`` takes bytes however they come and gives the frames that ended in them.
Facts: Enedis-NOI-CPT_54E v3, sections 5.3 and 6.2 (characters, framing, checksum); EOT
from the Landis+Gyr ZMD126 manual. Nothing here raises on what a line can carry.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
import re

from ..frame import EndedBy, Frame, Group, mode_of
from ..labels import ADDRESS_LABELS
from .groups import parse_group

STX, ETX, EOT = 0x02, 0x03, 0x04

DAMAGE = ("checksum", "shape", "parity", "boundary")
"""The kinds of damage that ``Decoder.counts`` holds."""

_BOUNDARY = re.compile(rb"([\x02\x03\x04])")
# The end of a frame as received, whatever bit 7 carries
_RAW_END = re.compile(rb"[\x03\x04\x83\x84]")
# Everything up to the last control character before the label is line noise: the
# first character after a silence is the one most often damaged. HT is a separator.
_NOISE = re.compile(rb".*[\x00-\x08\x0a-\x1f\x7f]", re.DOTALL)

_CONTROLS = bytes(set(range(0x20)) - {0x09}) + b"\x7f"

# LF, label 9, HT, horodate 13, HT, data 98, HT, checksum, CR, and some noise
_LONGEST_GROUP = 160
# Twice what a meter can send
_MOST_GROUPS = 160
# Boundaries of a bad line are lost, but not those of so many frames
_MOST_EXCESS = 2 * _MOST_GROUPS
_CLEAN_FRAMES_TO_JUDGE_PARITY = 2
# In so many frames in turn nobody loses both boundaries: there are none
_FRAMES_WITHOUT_BOUNDARY = 2
_REJECTED_KEPT = 10
# More than the longest frame: so many bytes without one group are no such stream
_WINDOW = 2048


def _table(*, check: bool) -> bytes:
    """Return the table that turns received bytes into 7-bit characters.

    LF ends a group as CR does (some serial servers translate one into the other). With
    ``check``, a byte of odd parity becomes NUL, which no group survives.
    """
    table = bytearray()
    for byte in range(256):
        char = byte & 0x7F
        if check and byte.bit_count() % 2:
            char = 0
        table.append(0x0D if char == 0x0A else char)
    return bytes(table)


_MASK, _CHECK = _table(check=False), _table(check=True)
_WITH_PARITY = (
    bytes(char | 0x80 if char.bit_count() % 2 else char for char in range(128)) * 2
)


class Parity(StrEnum):
    """What bit 7 of this stream carries."""

    UNKNOWN = "unknown"
    EVEN = "even"
    NONE = "none"


@dataclass
class Decoder:
    """Push parser of one stream: ``feed`` bytes, get the frames that ended.

    Groups pass parity (where the stream carries it), checksum by the rule of their
    separator, known label, length and character class. ``counts`` tells what was
    received and lost. Start a new decoder with each connection.
    """

    counts: Counter[str] = field(default_factory=Counter)
    """``frames``, ``groups``, ``unknown``, and the kinds of ``DAMAGE``."""
    rejected: deque[tuple[str, bytes]] = field(
        default_factory=lambda: deque(maxlen=_REJECTED_KEPT)
    )
    """The last damaged groups as 7-bit characters, with what was wrong."""
    parity: Parity = Parity.UNKNOWN
    received: int = 0
    """Bytes received."""
    last_valid: int = 0
    """Bytes received when the last valid group ended."""
    endless: bool = False
    """Whether groups came for much longer than any meter's frame: this is none."""

    def __post_init__(self) -> None:
        """Start before the first byte."""
        self._table = _MASK
        self._rest = b""
        self._guess, self._clean = Parity.UNKNOWN, 0
        self._seen: dict[bytes, Group] = {}
        """The groups of the frame before, but for its address."""
        self._address = b""
        self._synchronised = False
        self._any_valid = False
        # How many frames in turn had no boundary but the next one's address
        self._unbounded = 0
        # How many groups came beyond the longest frame, without boundary or address
        self._excess = 0
        self._start(whole=False)
        self._start_judging()

    @property
    def damaged(self) -> int:
        """Groups lost to damage."""
        return sum(self.counts[kind] for kind in DAMAGE)

    @property
    def pending(self) -> list[Group]:
        """The groups so far of the frame that is being received."""
        return self._groups

    def beyond(self, groups: int) -> int:
        """Return the bytes received after so many groups of the present frame."""
        # LF and CR are cut off
        rest = [len(content) + 2 for content in islice(self._fresh, groups, None)]
        return sum(rest) + len(self._rest)

    def feed(self, chunk: bytes) -> list[Frame]:
        """Take bytes, return the frames that ended in them.

        What is judged of the stream itself changes at frame ends and window ends only,
        so that the frames are the same however the bytes come.
        """
        frames: list[Frame] = []
        start, size = 0, len(chunk)
        while start < size:
            stop = min(size, start + _WINDOW - self.received % _WINDOW)
            learning, ended = self.parity is Parity.UNKNOWN, None
            if learning and (ended := _RAW_END.search(chunk, start, stop)):
                stop = ended.end()
            piece = chunk[start:stop]
            self.received += stop - start
            self._decode(piece, frames)
            if learning:
                self._judge_parity(piece, ended=ended is not None)
            if self.received % _WINDOW == 0:
                self._doubt()
            start = stop
        return frames

    def _decode(self, piece: bytes, frames: list[Frame]) -> None:
        """Split bytes at the ends of groups and frames."""
        *segments, rest = (self._rest + piece.translate(self._table)).split(b"\r")
        known, groups, fresh = self._seen, self._groups, self._fresh
        for segment in segments:
            if (group := known.get(segment)) is not None and len(groups) < _MOST_GROUPS:
                # As in the frame before, and no address: nothing else to look at
                groups.append(group)
                fresh[segment] = group
                self.last_valid, self._any_valid = self.received, True
            elif segment:
                self._segment(segment, frames)
                known, groups, fresh = self._seen, self._groups, self._fresh
        # ETX follows the last CR, and nothing follows ETX until the next frame
        if STX in rest or ETX in rest or EOT in rest:
            *parts, rest = _BOUNDARY.split(rest)
            self._segment(b"".join(parts), frames)
        self._rest = rest[-_LONGEST_GROUP:]

    def _segment(self, segment: bytes, frames: list[Frame]) -> None:
        """Process what stands between two group ends."""
        group, reason = parse_group(segment)
        if group is not None and not reason:
            self._add(segment, group, frames)
            return
        for part in _BOUNDARY.split(segment):
            if not part:
                continue
            boundary = part[0]
            if not STX <= boundary <= EOT:
                self._group(part[-_LONGEST_GROUP:], frames)
                self._synchronised = True
                continue
            self._unbounded = self._excess = 0
            if boundary == STX:
                if self._groups:
                    # The end was lost: what follows is another frame
                    self._lose("boundary")
                    self._end(EndedBy.EOT, frames)
                self._start(whole=True)
            else:
                self._end(EndedBy.ETX if boundary == ETX else EndedBy.EOT, frames)
            self._synchronised = True

    def _group(self, content: bytes, frames: list[Frame]) -> None:
        """Process what should be one group."""
        group, reason = parse_group(content)
        if group is None:
            if len(content.translate(None, _CONTROLS)) < (1 if self._groups else 2):
                # A lone damaged LF, or STX before the first: no group is lost with it
                return
            clean = _NOISE.sub(b"", content.rstrip(_CONTROLS))
            if clean != content:
                group, reason = parse_group(clean)
            if group is None and self._table is _CHECK and b"\0" in content:
                reason = "parity"
        if group is None:
            if self._synchronised:
                self._lose(reason, content)
        elif reason:
            self.counts["unknown"] += 1
            if len(self._unknown) < _MOST_GROUPS:
                self._unknown.append(group)
            else:
                self._exceed(1)
        else:
            self._add(content, group, frames)

    def _add(self, content: bytes, group: Group, frames: list[Frame]) -> None:
        """Add a good group to the present frame."""
        if len(self._groups) >= _MOST_GROUPS:
            self._exceed(_MOST_GROUPS)
            self._lose("boundary")
            self._end(EndedBy.EOT, frames)
        elif group.label in ADDRESS_LABELS and any(
            other.label == group.label for other in self._groups
        ):
            self._end_by_address(frames)
        if group.label in ADDRESS_LABELS:
            self._address, self._excess = content, 0
        self._groups.append(group)
        self._fresh[content] = group
        self.last_valid = self.received
        self._any_valid = self._synchronised = True

    def _exceed(self, groups: int) -> None:
        """Count groups for which no frame of a meter has room."""
        self._excess += groups
        if self._excess > _MOST_EXCESS:
            self.endless = True

    def _end_by_address(self, frames: list[Frame]) -> None:
        """End a frame at the next one's address, which is sent once in a frame.

        Either both boundaries were lost, or a bridge prints the groups without them.
        """
        self._unbounded += 1
        if self._unbounded > _FRAMES_WITHOUT_BOUNDARY:
            self._end(EndedBy.ADDRESS, frames)
        else:
            self._lose("boundary")
            self._end(EndedBy.EOT, frames)

    def _lose(self, reason: str, content: bytes = b"") -> None:
        """Count one damaged group."""
        self.counts[reason] += 1
        self.rejected.append((reason, content))
        self._damaged += 1
        if content and len(self._lost) < _MOST_GROUPS:
            self._lost.append(content)

    def _start(self, *, whole: bool) -> None:
        """Begin a frame."""
        self._groups: list[Group] = []
        self._fresh: dict[bytes, Group] = {}
        self._unknown: list[Group] = []
        self._lost: list[bytes] = []
        self._damaged = 0
        self._whole = whole

    def _end(self, ended_by: EndedBy, frames: list[Frame]) -> None:
        """End the present frame and begin the next."""
        if self._damaged or not self._groups:
            self._spoiled = True
        # Noise holds boundaries too: without a group there was no frame
        if self._groups:
            groups = tuple(self._groups)
            frames.append(
                Frame(
                    mode_of(groups),
                    groups,
                    ended_by,
                    self._damaged,
                    self._whole,
                    tuple(self._unknown),
                    tuple(self._lost),
                )
            )
            self.counts["frames"] += 1
            self.counts["groups"] += len(groups)
            # Most groups come again in the next frame: these need no second parsing
            self._seen = self._fresh
            self._seen.pop(self._address, None)
        # What follows an end is a beginning, whether STX arrives undamaged or not
        self._start(whole=True)

    def _start_judging(self) -> None:
        """Look at bit 7 of one frame."""
        self._ascii = self._even = True
        self._spoiled = False

    def _judge_parity(self, piece: bytes, *, ended: bool) -> None:
        """Learn from clean frames what bit 7 carries."""
        self._ascii = self._ascii and piece.isascii()
        self._even = self._even and piece.translate(_WITH_PARITY) == piece
        if not ended:
            return
        if (self._ascii or self._even) and not self._spoiled:
            parity = Parity.NONE if self._ascii else Parity.EVEN
            self._clean = self._clean + 1 if parity is self._guess else 1
            self._guess = parity
            if self._clean >= _CLEAN_FRAMES_TO_JUDGE_PARITY:
                self.parity = parity
                self._table = _CHECK if parity is Parity.EVEN else _MASK
        self._start_judging()

    def _doubt(self) -> None:
        """Doubt the judgement when nothing passed it for a window."""
        if not self._any_valid:
            self.parity, self._table, self._clean = Parity.UNKNOWN, _MASK, 0
            self._start_judging()
        self._any_valid = False
