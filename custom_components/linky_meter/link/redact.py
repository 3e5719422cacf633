"""What may be shown of a meter's groups: no number, no metering point, no message.

A masked digit is ``#`` and a masked letter ``x``, so that lengths and shapes can still
be told. An address keeps maker, year and type.
"""

from __future__ import annotations

from collections.abc import Iterable
import re

from homeassistant.components.diagnostics import REDACTED

from ..linky_tic.tic.decode.groups import group_text
from ..linky_tic.tic.frame import Frame, Group
from ..linky_tic.tic.labels import ADDRESS_LABELS, LABELS, Mode

_MESSAGES = frozenset({"MSG1", "MSG2"})
_PRIVATE = frozenset({*ADDRESS_LABELS, "PRM"}) | _MESSAGES

_DIGITS = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"([A-Z][A-Z0-9+-]{1,8})[ \t]")
_SECOND_GROUP = re.compile(r"AD[SC]|DCO|DSC|PRM|MSG|SG[12]")
_LONG_NUMBER = re.compile(r"(?<![0-9])(?<![EHeh])[0-9]{10,}|[0-9]{13,}")
# Shorter pieces of a number are found by chance in any index
_FRAGMENT = 4
_MOST_DIGITS = 5


def mask(text: str) -> str:
    """Return a text of the same shape that tells nothing."""
    return _LETTERS.sub("x", _DIGITS.sub("#", text))


def mask_address(address: str) -> str:
    """Return an address of which maker, year and type can be read."""
    return address[:6] + mask(address[6:])


def mask_value(group: Group) -> str:
    """Return what may be shown of the data of a group with a known label."""
    if group.label in ADDRESS_LABELS:
        return mask_address(group.value)
    if group.label in _MESSAGES:
        return REDACTED
    return mask(group.value) if group.label in _PRIVATE else group.value


def mask_label(label: str) -> str:
    """Return an unknown label: with many digits it may be a part of a number."""
    return mask(label) if len(_DIGITS.findall(label)) >= _FRAGMENT else label


def secrets_of(frames: Iterable[Frame]) -> set[str]:
    """Return the numbers and messages that frames hold."""
    return {
        group.value
        for frame in frames
        for group in frame.groups
        if group.label in _PRIVATE
    }


def show_group(group: Group, mode: Mode | None) -> str:
    """Return a good group as it was sent, masked, without its checksum."""
    masked = group._replace(value=mask_value(group))
    return group_text(masked, mode or Mode.STANDARD)


def show_unknown(group: Group, secrets: Iterable[str]) -> str:
    """Return a group with an unknown label: it may be a damaged known one."""
    text = "\t".join(part for part in (group.horodate, group.value) if part is not None)
    if len(_DIGITS.findall(text)) > _MOST_DIGITS or _SECOND_GROUP.search(group.label):
        text = mask(text)
    return f"{mask_label(group.label)}\t{_mask_fragments(text, secrets)}"


def show_damaged(reason: str, content: bytes, secrets: Iterable[str]) -> str:
    """Return a damaged group, masked as it must be for what it may have been.

    Only where it begins with a label of nothing private its digits stay, and its letters
    where the checksum was right. Groups may have grown together, though: what looks like
    a second label or a long number, and all that is part of a known secret, goes too.
    """
    text = content.decode("latin-1")
    word = _WORD.match(text)
    if word is None or word[1] not in LABELS or word[1] in _PRIVATE:
        start = word.end(1) if word is not None and word[1] in _PRIVATE else 0
        return text[:start] + mask(text[start:])
    label, value = text[: word.end()], text[word.end() :]
    if (second := _SECOND_GROUP.search(value)) is not None:
        value = value[: second.start()] + mask(value[second.start() :])
    value = _LONG_NUMBER.sub(lambda match: mask(match[0]), value)
    value = _mask_fragments(value, secrets)
    return label + (value if reason == "shape" else _LETTERS.sub("x", value))


def _mask_fragments(text: str, secrets: Iterable[str]) -> str:
    """Mask every piece of a secret that stands in a text."""
    hidden: set[int] = set()
    for secret in secrets:
        for start in range(len(secret) - _FRAGMENT + 1):
            piece = secret[start : start + _FRAGMENT]
            if piece.isspace():
                continue
            place = text.find(piece)
            while place >= 0:
                hidden.update(range(place, place + _FRAGMENT))
                place = text.find(piece, place + 1)
    return "".join(
        mask(char) if place in hidden else char for place, char in enumerate(text)
    )
