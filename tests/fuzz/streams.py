"""From a fuzzer's bytes to a line's: what lets mutations get past the checksum."""

from __future__ import annotations

from dataclasses import dataclass
import re

from tests.simulator.frames.wire import checksum, with_parity

_GROUP = re.compile(rb"(\n)([^\r\n]*)([\t ])[^\r\n](\r)")
_HEAD = 2
_PACES = (0.0, 0.9, 1.5, 12.0, 400.0, 90_000.0, 1.5, 1.5)
_CUTS = (1, 7, 64, 1000)


@dataclass(frozen=True)
class Script:
    """What to do with a stream; the first two bytes of an input tell it."""

    stream: bytes
    cut: int
    """Bytes a piece."""
    repeats: int
    """How often each frame is given to the meter."""
    pace: float
    """Seconds between frames."""
    restarts: bool
    """Whether the meter is made anew from its memory after each frame."""


def head(
    *,
    parity: bool = False,
    repaired: bool = False,
    cut: int = 1,
    repeats: int = 1,
    pace: int = 2,
    restarts: bool = False,
) -> bytes:
    """Return the first two bytes of an input; ``cut`` and ``pace`` are places."""
    first = parity | repaired << 1 | cut << 2 | repeats - 1 << 4 | restarts << 6
    return bytes([first, pace])


def script(data: bytes) -> Script:
    """Return what an input says."""
    first, second = (data + bytes(_HEAD))[:_HEAD]
    stream = data[_HEAD:]
    if first & 2:
        stream = repaired(stream)
    if first & 1:
        stream = with_parity(stream)
    return Script(
        stream,
        _CUTS[first >> 2 & 3],
        (first >> 4 & 3) + 1,
        _PACES[second & 7],
        bool(first & 0x40),
    )


def repaired(stream: bytes) -> bytes:
    """Return a stream with the right checksum in each group."""

    def repair(found: re.Match[bytes]) -> bytes:
        start, content, separator, end = found.groups()
        zone = content + separator if separator == b"\t" else content
        return start + content + separator + checksum(zone) + end

    return _GROUP.sub(repair, stream)
