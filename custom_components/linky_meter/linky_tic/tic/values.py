"""Typed values of TIC data: times, the status register, relays.

Facts: Enedis-NOI-CPT_54E v3, section 6.2 (horodate, STGE, RELAIS). Every
parser returns None for text that does not hold what it should; none raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
import re
from typing import NamedTuple
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
"""The meter's clock shows French legal time. (SEI islands keep their own: see
docs/en/known-limits.md.)"""

_SEASON_OFFSETS = {
    "H": timezone(timedelta(hours=1)),
    "E": timezone(timedelta(hours=2)),
}


class Horodate(NamedTuple):
    """A moment of the meter's clock (horodate)."""

    at: datetime
    """Aware, Europe/Paris."""
    degraded: bool = False
    """Whether the clock had lost its time (lower-case season letter)."""


@lru_cache(maxsize=64)
def parse_horodate(text: str) -> Horodate | None:
    """Return a 13-character SAAMMJJhhmmss as an aware time (54E, 6.2.1.1).

    The season letter decides the hour that comes twice in October. A blank season, sent
    with mobile peaks only, leaves the first of the two.
    """
    if len(text) != 13 or not (text[1:].isdigit() and text.isascii()):
        return None
    season = text[0]
    try:
        naive = datetime(
            2000 + int(text[1:3]),
            int(text[3:5]),
            int(text[5:7]),
            int(text[7:9]),
            int(text[9:11]),
            int(text[11:13]),
        )
    except ValueError:
        return None
    if season == " ":
        return Horodate(naive.replace(tzinfo=PARIS))
    if (offset := _SEASON_OFFSETS.get(season.upper())) is None:
        return None
    at = naive.replace(tzinfo=offset).astimezone(PARIS)
    return Horodate(at, degraded=season.islower())


class Breaker(StrEnum):
    """State of the cut-off device (organe de coupure), STGE bits 1 to 3."""

    CLOSED = "closed"
    OVERPOWER = "open_overpower"
    OVERVOLTAGE = "open_overvoltage"
    LOAD_SHEDDING = "open_load_shedding"
    ORDER = "open_order"
    OVERHEATING_HIGH_CURRENT = "open_overheating_high_current"
    OVERHEATING_LOW_CURRENT = "open_overheating_low_current"


class Euridis(StrEnum):
    """State of the Euridis output, STGE bits 19 and 20."""

    DISABLED = "disabled"
    ENABLED = "enabled"
    SECURED = "secured"


class Plc(StrEnum):
    """State of the power line link (CPL), STGE bits 21 and 22."""

    NEW_UNLOCK = "new_unlock"
    NEW_LOCK = "new_lock"
    REGISTERED = "registered"


class Colour(StrEnum):
    """A Tempo colour."""

    BLUE = "blue"
    WHITE = "white"
    RED = "red"


class MobilePeak(StrEnum):
    """A mobile peak (pointe mobile), or none. Tempo: 1 is white, 2 is red."""

    NONE = "none"
    PEAK_1 = "peak_1"
    PEAK_2 = "peak_2"
    PEAK_3 = "peak_3"


_BREAKERS = tuple(Breaker)
_EURIDIS = (Euridis.DISABLED, Euridis.ENABLED, None, Euridis.SECURED)
_PLC = (*Plc, None)
_COLOURS = (None, *Colour)
_PEAKS = tuple(MobilePeak)


@dataclass(frozen=True, slots=True)
class StatusRegister:
    """The status register STGE (registre de statuts), 32 bits (54E, 6.2.3.14).

    None stands for a code that the specification does not define.
    """

    dry_contact_open: bool
    breaker: Breaker | None
    terminal_cover_open: bool
    overvoltage: bool
    reference_power_exceeded: bool
    producer: bool
    exporting: bool
    supplier_index: int | None
    """The supplier index being counted, 1 to 10."""
    distributor_index: int
    """The distributor index being counted, 1 to 4."""
    clock_degraded: bool
    standard_mode: bool
    euridis: Euridis | None
    plc: Plc | None
    plc_synchronised: bool
    tempo_today: Colour | None
    tempo_tomorrow: Colour | None
    mobile_peak_notice: MobilePeak
    mobile_peak: MobilePeak


@lru_cache(maxsize=64)
def parse_status(text: str) -> StatusRegister | None:
    """Return STGE from its 8 hexadecimal digits, most significant first."""
    if re.fullmatch(r"[0-9A-Fa-f]{8}", text) is None:
        return None
    register = int(text, 16)

    def bits(low: int, width: int = 1) -> int:
        return register >> low & (1 << width) - 1

    breaker, supplier = bits(1, 3), bits(10, 4)
    return StatusRegister(
        dry_contact_open=bool(bits(0)),
        breaker=_BREAKERS[breaker] if breaker < len(_BREAKERS) else None,
        terminal_cover_open=bool(bits(4)),
        overvoltage=bool(bits(6)),
        reference_power_exceeded=bool(bits(7)),
        producer=bool(bits(8)),
        exporting=bool(bits(9)),
        supplier_index=supplier + 1 if supplier < 10 else None,
        distributor_index=bits(14, 2) + 1,
        clock_degraded=bool(bits(16)),
        standard_mode=bool(bits(17)),
        euridis=_EURIDIS[bits(19, 2)],
        plc=_PLC[bits(21, 2)],
        plc_synchronised=bool(bits(23)),
        tempo_today=_COLOURS[bits(24, 2)],
        tempo_tomorrow=_COLOURS[bits(26, 2)],
        mobile_peak_notice=_PEAKS[bits(28, 2)],
        mobile_peak=_PEAKS[bits(30, 2)],
    )


def parse_relays(text: str) -> tuple[bool, ...] | None:
    """Return RELAIS as eight relays, the real one first; True is closed.

    The data is a decimal number, and its polarity the opposite of STGE bit 0.
    """
    if re.fullmatch(r"[0-9]{1,3}", text) is None or (number := int(text)) > 255:
        return None
    return tuple(bool(number >> relay & 1) for relay in range(8))


def parse_missing_phases(text: str) -> tuple[bool, bool, bool] | None:
    """Return PPOT as three phases, True where one is missing (54E, 6.1.2.12)."""
    if re.fullmatch(r"[0-9A-Fa-f]{2}", text) is None:
        return None
    octet = int(text, 16)
    return bool(octet & 2), bool(octet & 4), bool(octet & 8)


def normalise(text: str) -> str:
    """Return a tariff name or message without its padding (T30)."""
    return " ".join(text.split())


def parse_message(text: str) -> str:
    """Return a message; ``none`` for the meter's default text."""
    message = normalise(text)
    return "none" if message.upper() in {"", "PAS DE MESSAGE"} else message
