"""RTE's public Tempo colours: the file, without a key.

``{"values": {"2025-01-02": "RED", "2025-01-02-fallback": "false"}}``; keys that end in
``-fallback`` say nothing of use.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
import json

from ..errors import DamagedFileError, ImplausibleFileError, WrongFileError
from .tempo import RED_DAYS, WHITE_DAYS, Colour, possible, season_start

_URL = "https://www.services-rte.com/cms/open_data/v1"
LIGHT_URL = f"{_URL}/tempoLight"
"""Today and tomorrow."""
SEASON_URL = f"{_URL}/tempo"
"""A season, with ``?season=2025-2026``."""

_COLOURS = {"BLUE": Colour.BLUE, "WHITE": Colour.WHITE, "RED": Colour.RED}
_FALLBACK = "-fallback"


def parse_days(data: bytes | str) -> dict[date, Colour]:
    """Return the colours that are told; others (not announced) are left out.

    Raise DamagedFileError for what is no JSON, WrongFileError for another shape, and
    ImplausibleFileError for colours that the rules of Tempo forbid.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as err:
        raise DamagedFileError("It is no JSON") from err
    values = content.get("values") if isinstance(content, dict) else None
    if not isinstance(values, dict):
        raise WrongFileError("It has no values")
    found: dict[date, Colour] = {}
    for key, value in values.items():
        if key.endswith(_FALLBACK):
            continue
        try:
            day = date.fromisoformat(key)
        except ValueError:
            raise WrongFileError(f"{key[:20]!r} is no day") from None
        colour = _COLOURS.get(value) if isinstance(value, str) else None
        if colour is None:
            continue
        if colour not in possible(day):
            raise ImplausibleFileError(f"{day} cannot be {colour}")
        found[day] = colour
    counts = Counter((season_start(day), colour) for day, colour in found.items())
    for (_, colour), days in counts.items():
        most = {Colour.RED: RED_DAYS, Colour.WHITE: WHITE_DAYS}.get(colour)
        if most is not None and days > most:
            raise ImplausibleFileError(f"{days} {colour} days in a season")
    return found
