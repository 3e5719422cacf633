"""What leaves the house: masked captures and masked readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
import re

from ...tic.decode.codec import Decoder
from ...tic.frame import Frame, Group
from ...tic.reading import MeterReading
from ..input.capture import ByteSource, Chunk, chunk_line, header_line, read_capture
from .mask import invented, mask

_NUMBERS = {"ADCO", "ADSC", "PRM"}
_MESSAGES = {"MSG1", "MSG2"}


def mask_capture(source: ByteSource) -> tuple[bytes, int] | None:
    """Return a capture without what is private, and how many places were masked.

    None when it holds no group: nobody could tell what is private in it.
    """
    capture = read_capture(source)
    chunks = list(capture.chunks)
    if capture.recorded:
        # At a wrong speed the bytes look like noise, yet the number could be worked out
        # from them
        readable = {
            baud
            for baud in {chunk.baud for chunk in chunks}
            if _groups(b"".join(c.data for c in chunks if c.baud == baud))
        }
        chunks = [chunk for chunk in chunks if chunk.baud in readable]
    data = b"".join(chunk.data for chunk in chunks)
    if not _groups(data):
        return None
    masked, places = mask(data)
    if not capture.recorded:
        return masked, places
    lines = [header_line(capture.started or datetime.fromtimestamp(0, UTC))]
    start = 0
    for chunk in chunks:
        end = start + len(chunk.data)
        lines.append(chunk_line(Chunk(masked[start:end], chunk.t, chunk.baud)))
        start = end
    return "".join(lines).encode("ascii"), places


def mask_frame(frame: Frame, number: int = 1) -> Frame:
    """Return a frame without the meter's number, the PRM and messages.

    ``number`` is that of the meter among several. What was lost or has an unknown label
    is left out: nobody can tell what is private in it.
    """
    groups = tuple(_mask_group(group, number) for group in frame.groups)
    return replace(frame, groups=groups, unknown=(), lost=())


def mask_reading(reading: MeterReading, number: int = 1) -> MeterReading:
    """Return a reading without the meter's number, the PRM and messages."""
    hidden = mask_frame(reading.frame, number)
    values = {
        key: "none" if key in {"message_1", "message_2"} and value else value
        for key, value in reading.values.items()
    }
    return replace(reading, address=None, values=values, frame=hidden)


def hide_number(number: str) -> str:
    """Return a meter's number of which only the type of meter can be read."""
    if re.fullmatch(r"[0-9A-Z]{12}", number):
        return f"xxxx{number[4:6]}xxxxxx"
    return "x" * len(number)


def _mask_group(group: Group, number: int) -> Group:
    if group.label in _NUMBERS | _MESSAGES:
        return group._replace(value=invented(group.label, group.value, number))
    return group


def _groups(data: bytes) -> bool:
    decoder = Decoder()
    decoder.feed(data)
    return decoder.last_valid > 0
