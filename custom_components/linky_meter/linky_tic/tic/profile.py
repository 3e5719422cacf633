"""Day profiles: what the supplier's calendar does in a day (PJOURF+1, PPOINTE).

Facts: Enedis-NOI-CPT_54E v3, section 6.2.3.16; the two encodings of slot times come
from captures with valid checksums.
"""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from functools import lru_cache
import re
from typing import NamedTuple


class Encoding(StrEnum):
    """How a meter writes the times of its day profiles."""

    DECIMAL = "decimal"
    HEXADECIMAL = "hexadecimal"


class Contact(StrEnum):
    """What a slot does with the dry contact."""

    UNCHANGED = "unchanged"
    TEMPO = "tempo"
    OPEN = "open"
    CLOSED = "closed"


class Slot(NamedTuple):
    """One slot of a day profile."""

    start: time
    """Local time of day."""
    contact: Contact
    relays: tuple[bool, ...]
    """Virtual relays 2 to 8, True is closed."""
    tariff: int | None
    """Supplier index counted from then on; None leaves it."""


DayProfile = tuple[Slot, ...]
"""The slots of a day, in order (profil du jour)."""

_CONTACTS = tuple(Contact)
_OFF_PEAK_MINUTES = 8 * 60


type Day = tuple[tuple[int, int], ...]
"""A day as its tariffs: minutes since midnight, and the supplier index from then on."""


@lru_cache(maxsize=16)
def parse_day_profile(
    text: str, encoding: Encoding | None = None
) -> tuple[DayProfile, Encoding | None] | None:
    """Return PJOURF+1 or PPOINTE and the encoding that its times prove.

    Some meters write the times in decimal, some in hexadecimal digits. ``encoding`` is
    what this meter proved before: by another profile, or by when its tariff changed.
    Without it and without proof here (an impossible or falling time in one reading,
    eight off-peak hours in one alone), the answer is None. Encoding None means that both
    readings are the same.
    """
    readings = readings_of(text)
    if not readings:
        return None
    distinct = set(readings.values())
    if len(readings) == 2 and len(distinct) == 1:
        return distinct.pop(), None
    if encoding in readings:
        return readings[encoding], encoding
    if len(readings) == 2:
        readings = {
            candidate: profile
            for candidate, profile in readings.items()
            if _off_peak_minutes(profile) == _OFF_PEAK_MINUTES
        }
    if len(readings) != 1:
        return None
    ((proved, profile),) = readings.items()
    return profile, proved


@lru_cache(maxsize=16)
def readings_of(text: str) -> dict[Encoding, DayProfile]:
    """Return what a profile may say: an encoding that it cannot have is left out."""
    blocks = [block for block in text.split(" ") if block != "NONUTILE"]
    if any(re.fullmatch(r"[0-9A-F]{8}", block) is None for block in blocks):
        return {}
    return {
        candidate: profile
        for candidate, base in ((Encoding.DECIMAL, 10), (Encoding.HEXADECIMAL, 16))
        if (profile := _slots(blocks, base)) is not None
    }


def tariffs_of(profile: DayProfile) -> Day:
    """Return when a day's tariffs begin; a slot that leaves the tariff is none."""
    return tuple(
        (slot.start.hour * 60 + slot.start.minute, slot.tariff)
        for slot in profile
        if slot.tariff is not None
    )


def in_force(day: Day, minute: int) -> int | None:
    """Return the index that a day says for a minute, None where it says none.

    Before its first slot the last one of the day before still holds.
    """
    if not day:
        return None
    return next(
        (index for start, index in reversed(day) if start <= minute), day[-1][1]
    )


def _slots(blocks: list[str], base: int) -> DayProfile | None:
    """Return the slots with times read in a base, None when it cannot be that."""
    slots: list[Slot] = []
    for block in blocks:
        try:
            start = time(int(block[:2], base), int(block[2:4], base))
        except ValueError:
            return None
        if slots and start <= slots[-1].start:
            return None
        action = int(block[4:], 16)
        index = action & 0xF
        slots.append(
            Slot(
                start,
                _CONTACTS[action >> 14],
                tuple(bool(action >> bit & 1) for bit in range(4, 11)),
                index if 1 <= index <= 10 else None,
            )
        )
    return tuple(slots)


def _off_peak_minutes(profile: DayProfile) -> int:
    """Return the minutes of index 1, the off-peak one wherever there are two."""
    starts = [slot.start.hour * 60 + slot.start.minute for slot in profile]
    # Before the first slot the last one of the day before still holds
    ends = [*starts[1:], 24 * 60 + starts[0]]
    return sum(
        end - start
        for slot, start, end in zip(profile, starts, ends, strict=True)
        if slot.tariff == 1
    )


@lru_cache(maxsize=16)
def format_day_profile(profile: DayProfile) -> str:
    """Return a day profile as text: ``00:00 1, 06:00 2, 22:00 1``."""
    return ", ".join(f"{slot.start:%H:%M} {slot.tariff or '='}" for slot in profile)
