"""Captures that can be shared: without the meter's number, PRM and messages.

Numbers are replaced by invented ones of the same length, also where damage hit their
group, and checksums follow. Everything else stays as it was received, damage and parity
included: a wrong digit stays as far from the right one as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
import re

from ...tic.decode.groups import checksum
from ...tic.labels import LABELS, Mode

MESSAGES = {
    b"MSG1": b"PAS DE          MESSAGE         ",
    b"MSG2": b"PAS DE MESSAGE  ",
}
_LENGTHS = {b"ADCO": 12, b"ADSC": 12, b"PRM": 14, b"MSG1": 32, b"MSG2": 16}
_LABEL = re.compile(rb"(ADCO|ADSC|PRM|MSG1|MSG2)[ \t]")
_SEPARATORS = b" \t"
_ENDS = re.compile(rb"[\x02\x03\x04\n\r]")
_NOISE = re.compile(rb".*[\x00-\x08\x0b-\x1f\x7f]", re.DOTALL)
_7BIT = bytes(byte & 0x7F for byte in range(256))

# Fewer characters than these are found by chance in any index
_FRAGMENT = 5
_FEWEST_KINDS = 3
# A damaged number is still that number when so many characters are right
_ALIKE = 0.6


def invented(label: str, value: str, number: int = 1) -> str:
    """Return what stands in for a number; a meter's type code is no secret."""
    if label in {"MSG1", "MSG2"}:
        return MESSAGES[label.encode("ascii")].decode("ascii")
    if label == "PRM":
        return f"{99_000_000_000_000 + number % 10**6}"
    kind = value[4:6] if re.fullmatch(r"[0-9A-F]{2}", value[4:6]) else "64"
    return f"0220{kind}{990_000 + number % 10_000:06}"


def mask(data: bytes) -> tuple[bytes, int]:
    """Return masked bytes of the same length, and how many places were masked."""
    masker = _Masker(data)
    masker.run()
    return bytes(masker.data), masker.places


@dataclass
class _Secret:
    """A value that must not survive, and what stands in for it."""

    value: bytes
    new: bytes


@dataclass
class _Masker:
    """Masks one stream in place."""

    original: bytes
    data: bytearray = field(init=False)
    places: int = 0

    def __post_init__(self) -> None:
        """Read the stream as characters, and find what is secret in it."""
        self.data = bytearray(self.original)
        self.text = self.original.translate(_7BIT)
        odd = sum(byte.bit_count() % 2 for byte in self.original)
        # Without parity about half of all characters have an odd number of ones
        self._parity = not self.original.isascii() and odd < len(self.original) / 4
        self._ends = [m.start() for m in _ENDS.finditer(self.text)]
        self._secrets = self._find_secrets()

    def run(self) -> None:
        """Mask what stands behind a label, then fragments wherever damage put them."""
        changed: dict[int, int] = {}
        for match in _LABEL.finditer(self.text):
            self._mask_value(match[1], match.end(), changed)
        self._mask_fragments(changed)
        self._write(changed)

    # What is secret

    def _find_secrets(self) -> dict[bytes, list[_Secret]]:
        """Return the secrets by kind, the surest first."""
        valid: dict[bytes, Counter[bytes]] = {}
        doubtful: dict[bytes, Counter[bytes]] = {}
        for match in _LABEL.finditer(self.text):
            label, start = match[1], match.end()
            value = self.text[start : start + _LENGTHS[label]]
            if _ENDS.search(value) or len(value) < _LENGTHS[label]:
                continue
            where = valid if self._valid(match.start()) else doubtful
            where.setdefault(_kind(label), Counter())[value] += 1
        return {
            kind: self._name(kind, valid.get(kind) or doubtful[kind])
            for kind in {*valid, *doubtful}
        }

    @staticmethod
    def _name(kind: bytes, found: Counter[bytes]) -> list[_Secret]:
        """Give each value that is not a damaged form of another its stand-in."""
        secrets: list[_Secret] = []
        for value, _count in found.most_common():
            if _nearest(secrets, value) is None:
                label, text = kind.decode("ascii"), value.decode("ascii")
                new = invented(label, text, len(secrets) + 1).encode("ascii")
                secrets.append(_Secret(value, new))
        return secrets

    # Where it stands

    def _segment(self, position: int) -> tuple[int, int]:
        """Return the bounds of the group that a position is in."""
        low, high = 0, len(self._ends)
        while low < high:
            middle = (low + high) // 2
            if self._ends[middle] < position:
                low = middle + 1
            else:
                high = middle
        start = self._ends[low - 1] + 1 if low else 0
        return start, self._ends[low] if low < len(self._ends) else len(self.text)

    def _valid(self, position: int) -> bool:
        """Return whether the group there is undamaged and its label known."""
        start, end = self._segment(position)
        content = _NOISE.sub(b"", self.text[start:end])
        if len(content) < 6 or content[-2] not in _SEPARATORS:
            return False
        standard = content[-2] == 0x09
        row = LABELS.get(content.split(content[-2:-1], 1)[0].decode("ascii"))
        return (
            row is not None
            and row.mode is (Mode.STANDARD if standard else Mode.HISTORIC)
            and checksum(content[: -1 if standard else -2]) == content[-1]
        )

    def _mask_value(self, label: bytes, start: int, changed: dict[int, int]) -> None:
        """Mask the value behind a label, however it is damaged."""
        _, end = self._segment(start)
        length = _LENGTHS[label]
        closed = end - start >= 2 and self.text[end - 2] in _SEPARATORS
        if closed and end - 2 - start <= length + 4:
            # Lost or added characters: the value is what stands before the checksum
            end -= 2
        else:
            end = min(end, start + length)
        self.places += 1
        value = self.text[start:end]
        secret = _nearest(self._secrets.get(_kind(label), []), value)
        if secret is not None and label not in MESSAGES:
            self._replace(start, 0, len(value), secret, changed)
            return
        known = self._secrets.get(_kind(label))
        new = known[0].new if known else invented(label.decode(), "").encode("ascii")
        for place in range(start, end):
            offset = place - start
            changed[place] = new[offset] if offset < length else 0x20
        if label not in MESSAGES:
            for place in range(start + length, end):
                changed[place] = 0x30

    def _mask_fragments(self, changed: dict[int, int]) -> None:
        """Mask pieces of secrets that lost their label."""
        for secret in (row for rows in self._secrets.values() for row in rows):
            if secret.value == secret.new or secret.value in MESSAGES.values():
                continue
            for position, offset in _fragments(self.text, secret.value):
                if position in changed:
                    continue
                start, end = self._segment(position)
                first = max(start, position - offset)
                last = min(end, position - offset + len(secret.value))
                right = sum(
                    self.text[place] == secret.value[place - position + offset]
                    for place in range(first, last)
                )
                if right < len(secret.value) and self._valid(position):
                    # An index may hold some of the same digits
                    continue
                if right < _ALIKE * (last - first):
                    first, last = self._run(position, offset, secret.value, start, end)
                self.places += 1
                skip = first - position + offset
                self._replace(first, skip, last - first, secret, changed)

    def _run(
        self, position: int, offset: int, value: bytes, start: int, end: int
    ) -> tuple[int, int]:
        """Return the bounds of the characters around a fragment that agree with it."""
        first, last = position, position + _FRAGMENT
        while (
            first > start
            and (place := first - 1 - position + offset) >= 0
            and self.text[first - 1] == value[place]
        ):
            first -= 1
        while (
            last < end
            and (place := last - position + offset) < len(value)
            and self.text[last] == value[place]
        ):
            last += 1
        return first, last

    # What is put there

    @staticmethod
    def _same_damage(old: int, right: int, new: int) -> int:
        """Return the new character with the damage that the old one had."""
        if old == right:
            return new
        if all(chr(char).isdigit() for char in (old, right, new)):
            return 0x30 + (new + old - right - 0x30) % 10
        char = new ^ old ^ right
        return char if char >= 0x20 else new

    def _replace(
        self,
        start: int,
        skip: int,
        length: int,
        secret: _Secret,
        changed: dict[int, int],
    ) -> None:
        """Put the stand-in where a secret or a part of it stands."""
        for place in range(start, start + length):
            if place not in changed:
                offset = skip + place - start
                changed[place] = self._same_damage(
                    self.text[place], secret.value[offset], secret.new[offset]
                )

    def _write(self, changed: dict[int, int]) -> None:
        """Write the characters, and the checksums that follow from them."""
        differences: Counter[int] = Counter()
        for place, char in changed.items():
            differences[self._segment(place)[1]] += char - self.text[place]
        for end, difference in differences.items():
            # What has no checksum, or a damaged one, gets none
            if (
                end < len(self.text)
                and end >= 2
                and self.text[end - 2] in _SEPARATORS
                and end - 1 not in changed
                and 0x20 <= self.text[end - 1] <= 0x5F
            ):
                char = (self.text[end - 1] - 0x20 + difference & 0x3F) + 0x20
                changed[end - 1] = char
        for place, char in changed.items():
            old = self.original[place]
            high = old & 0x80
            if self._parity and (char | high).bit_count() % 2 != old.bit_count() % 2:
                high ^= 0x80
            self.data[place] = char | high


def _kind(label: bytes) -> bytes:
    """Return what a label holds: both modes send the same address."""
    return b"ADSC" if label == b"ADCO" else label


def _nearest(secrets: list[_Secret], value: bytes) -> _Secret | None:
    """Return the secret that a value is, or was before it was damaged."""
    best, most = None, 0
    for secret in secrets:
        if len(secret.value) == len(value):
            right = sum(a == b for a, b in zip(secret.value, value, strict=True))
            if right > most:
                best, most = secret, right
    return best if most >= _ALIKE * len(value) else None


def _fragments(text: bytes, value: bytes) -> Iterator[tuple[int, int]]:
    """Yield where pieces of a value stand, and which pieces."""
    find: Callable[[bytes, int], int] = text.find
    for offset in range(len(value) - _FRAGMENT + 1):
        piece = value[offset : offset + _FRAGMENT]
        if len(set(piece)) < _FEWEST_KINDS:
            continue
        position = find(piece, 0)
        while position >= 0:
            yield position, offset
            position = find(piece, position + 1)
