"""What a bad line does to a group: one small function for each kind of damage.

Each takes a group from LF to CR as it goes over the wire and returns what arrives. With
parity the characters have eight bits, of which bit 7 makes their number even.
"""

from collections.abc import Callable, Sequence
from random import Random

from tests.simulator.frames.wire import with_parity

type Kind = Callable[[Random, bytes, int, Sequence[bytes]], bytes]
"""From chance, a group, its bits per character and the groups of its frame."""

_DIGITS = {
    7: bytes(range(0x30, 0x3A)),
    8: with_parity(bytes(range(0x30, 0x3A))),
}
_SEPARATORS = {9, 0x20, 0x89, 0xA0}


def bit_flip(rng: Random, group: bytes, bits: int, _: Sequence[bytes]) -> bytes:
    """Turn one bit over."""
    place = int(rng.random() * len(group))
    return _with(group, place, group[place] ^ 1 << int(rng.random() * bits))


def bit_cleared(rng: Random, group: bytes, bits: int, _: Sequence[bytes]) -> bytes:
    """Clear one bit that was set."""
    while True:
        place = int(rng.random() * len(group))
        bit = 1 << int(rng.random() * bits)
        if group[place] & bit:
            return _with(group, place, group[place] & ~bit)


def two_flips(rng: Random, group: bytes, bits: int, _: Sequence[bytes]) -> bytes:
    """Turn two bits over, anywhere in the group."""
    first, second = rng.sample(range(len(group) * bits), 2)
    for place, bit in (divmod(first, bits), divmod(second, bits)):
        group = _with(group, place, group[place] ^ 1 << bit)
    return group


def byte_replaced(rng: Random, group: bytes, bits: int, _: Sequence[bytes]) -> bytes:
    """Put any other byte in the place of one."""
    place = int(rng.random() * len(group))
    change = 1 + int(rng.random() * ((1 << bits) - 1))
    return _with(group, place, group[place] ^ change)


def burst(rng: Random, group: bytes, bits: int, _: Sequence[bytes]) -> bytes:
    """Put noise in the place of three bytes in a row."""
    start = int(rng.random() * (len(group) - 2))
    noise = bytes(int(rng.random() * (1 << bits)) for _ in range(3))
    return group[:start] + noise + group[start + 3 :]


def bytes_lost(rng: Random, group: bytes, bits: int, _: Sequence[bytes]) -> bytes:
    """Lose one to three bytes in a row."""
    count = 1 + int(rng.random() * 3)
    start = int(rng.random() * (len(group) - count + 1))
    return group[:start] + group[start + count :]


def tail_spliced(
    rng: Random, group: bytes, bits: int, others: Sequence[bytes]
) -> bytes:
    """Go on with the tail of another group: what is between them is lost."""
    other = others[int(rng.random() * len(others))]
    start = 1 + int(rng.random() * (len(group) - 2))
    rest = 1 + int(rng.random() * (len(other) - 2))
    return group[:start] + other[rest:]


def digits_replaced(rng: Random, group: bytes, bits: int, _: Sequence[bytes]) -> bytes:
    """Put other digits, of good parity, in the place of two after the label."""
    digits = _DIGITS[bits]
    start = next(place for place, byte in enumerate(group) if byte in _SEPARATORS)
    places = [n for n in range(start, len(group) - 3) if group[n] in digits]
    for place in rng.sample(places, min(2, len(places))):
        step = 1 + int(rng.random() * 9)
        digit = digits[(digits.index(group[place]) + step) % 10]
        group = _with(group, place, digit)
    return group


def _with(group: bytes, place: int, byte: int) -> bytes:
    return group[:place] + bytes((byte,)) + group[place + 1 :]


KINDS: dict[str, Kind] = {
    "bit flip": bit_flip,
    "bit cleared": bit_cleared,
    "two bit flips": two_flips,
    "byte replaced": byte_replaced,
    "burst of 3 bytes": burst,
    "1-3 bytes lost": bytes_lost,
    "tail spliced": tail_spliced,
    "two digits replaced": digits_replaced,
}
"""The kinds of damage, in the order of the tables."""


def damage(
    rng: Random, kind: Kind, groups: Sequence[bytes], *, bits: int, share: float
) -> tuple[list[bytes], list[int]]:
    """Damage a share of a frame's groups; return all, and which are damaged."""
    result, places = list(groups), []
    for place, group in enumerate(groups):
        if rng.random() < share:
            arrived = kind(rng, group, bits, groups)
            # A tail of the group itself, or no digit: nothing happened
            if arrived != group:
                result[place] = arrived
                places.append(place)
    return result, places
