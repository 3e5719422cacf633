"""Bytes of one group, from after LF to before CR, to a group and back.

Facts: Enedis-NOI-CPT_54E v3, section 6.2 (characters, separators, checksum).
"""

from __future__ import annotations

import re

from ..frame import Group
from ..labels import HISTORIC, LABELS, STANDARD, Mode

_NAME = re.compile(r"[A-Z][A-Z0-9+-]{2,8}")
_TEXT = re.compile(r"[\x20-\x7e]*")
# A season and twelve digits
_HORODATE = re.compile(r"[EHeh ][0-9]{12}")
SEPARATORS = {HISTORIC: " ", STANDARD: "\t"}


def checksum(content: bytes) -> int:
    """Return the checksum character of the summed part of a group (54E, 6.2.2)."""
    return (sum(content) & 0x3F) + 0x20


def group_text(group: Group, mode: Mode) -> str:
    """Return a group as the meter sends it, but for its checksum."""
    parts = (group.label, group.horodate, group.value)
    return SEPARATORS[mode].join(part for part in parts if part is not None)


def encode_group(group: Group, mode: Mode) -> bytes:
    """Return a group as the meter sends it, LF to CR, 7 bits."""
    separator = SEPARATORS[mode].encode()
    content = group_text(group, mode).encode("ascii")
    # Standard mode sums the separator before the checksum too, historic does not.
    summed = content + separator if mode is Mode.STANDARD else content
    return b"\n" + content + separator + bytes([checksum(summed)]) + b"\r"


def parse_group(content: bytes) -> tuple[Group | None, str]:
    """Return the group and what is wrong with it; unknown labels have both."""
    if len(content) < 6:
        return None, "checksum"
    # From the ends: the checksum, and even the data, may be a space
    separator, check = content[-2], content[-1]
    standard = separator == 0x09
    if not standard and separator != 0x20:
        return None, "checksum"
    summed = sum(content) - check - (0 if standard else separator)
    if (summed & 0x3F) + 0x20 != check:
        return None, "checksum"
    text = content[:-2].decode("ascii")
    name, *fields = text.split("\t") if standard else text.split(" ", 1)
    if len(fields) not in (1, 2):
        return None, "shape"
    *horodate, value = fields
    group = Group(name, value, horodate[0] if horodate else None)
    if not is_shaped(group):
        return None, "shape"
    row = LABELS.get(name)
    if row is None:
        return group, "label"
    # Only servers leave a time out
    timed = group.horodate is not None
    mode = STANDARD if standard else HISTORIC
    if row.mode is not mode or row.horodate is not timed:
        return None, "shape"
    return group, ""


def is_shaped(group: Group) -> bool:
    """Return whether a group looks as its label wants it, or as any meter's."""
    label, value, horodate = group
    row = LABELS.get(label)
    if row is None:
        text = value + (horodate or "")
        return bool(_NAME.fullmatch(label) and _TEXT.fullmatch(text))
    if horodate is not None and not (row.horodate and _HORODATE.fullmatch(horodate)):
        return False
    return row.pattern.fullmatch(value) is not None
