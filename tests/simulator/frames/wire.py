"""How a meter writes: groups, checksums, frames and parity.

Written from the specification alone. It shares nothing with the code under test.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

Mode = Literal["historic", "standard"]
View = Literal["8bit", "7bit"]

STX = b"\x02"
ETX = b"\x03"
EOT = b"\x04"

# Both modes send start bit, seven data bits, parity and stop bit.
BITS_PER_CHARACTER = 10
BAUD_RATES: dict[Mode, int] = {"historic": 1200, "standard": 9600}
SEPARATORS: dict[Mode, bytes] = {"historic": b" ", "standard": b"\t"}

_EVEN_PARITY = bytes(
    code & 0x7F | (0x80 if (code & 0x7F).bit_count() % 2 else 0) for code in range(256)
)


class Group(NamedTuple):
    """One group of a frame, before it is encoded."""

    label: str
    data: str
    horodate: str | None = None


def checksum(zone: bytes) -> bytes:
    """Return the check character of the summed bytes."""
    return bytes([(sum(zone) & 0x3F) + 0x20])


@lru_cache(maxsize=10_000)
def encode_group(mode: Mode, group: Group) -> bytes:
    """Return a group as it is sent, from LF to CR; most come again in each frame."""
    separator = SEPARATORS[mode]
    fields = [group.label, group.data]
    if group.horodate is not None:
        fields.insert(1, group.horodate)
    body = separator.join(field.encode("ascii") for field in fields)
    # Historic meters do not count the last separator, standard ones do.
    zone = body if mode == "historic" else body + separator
    return b"\n" + body + separator + checksum(zone) + b"\r"


def encode_frame(mode: Mode, groups: list[Group], end: bytes = ETX) -> bytes:
    """Return a whole frame as seven-bit characters."""
    return STX + b"".join(encode_group(mode, group) for group in groups) + end


def with_parity(data: bytes) -> bytes:
    """Return what an 8N1 reader sees: bit 7 carries the even parity."""
    return data.translate(_EVEN_PARITY)


def horodate(
    year: int,
    clock: tuple[int, int, int, int, int],
    season: Literal["H", "E", "h", "e", " "],
) -> str:
    """Return the thirteen characters of a time: season and local time."""
    return f"{season}{year % 100:02}" + "".join(f"{part:02}" for part in clock)
