"""RTE's public Tempo colours: the file, without a key, and how to fetch it.

``{"values": {"2025-01-02": "RED", "2025-01-02-fallback": "false"}}``; keys that end in
``-fallback`` say nothing of use. To be asked for by the user.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
import json
import logging

import aiohttp

from ..calendar.tempo import (
    RED_DAYS,
    WHITE_DAYS,
    Colour,
    possible,
    season_name,
    season_start,
)
from ..errors import DamagedFileError, ImplausibleFileError, WrongFileError
from .fetch import JSON_TYPES, TIMEOUT, fetch

_LOGGER = logging.getLogger(__name__)

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
    ImplausibleFileError for colours that the rules of Tempo forbid. More white days than
    a season should have are taken: RTE says what is billed.
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
        if colour is Colour.RED and days > RED_DAYS:
            raise ImplausibleFileError(f"{days} {colour} days in a season")
        if colour is Colour.WHITE and days > WHITE_DAYS:
            _LOGGER.info("%s Tempo days of a season are white", days)
    return found


class TempoClient:
    """RTE's colours: of today and tomorrow, or of a season."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        light_url: str = LIGHT_URL,
        season_url: str = SEASON_URL,
        timeout: float = TIMEOUT,
    ) -> None:
        self._session = session
        self._light_url = light_url
        self._season_url = season_url
        self._timeout = timeout

    async def light(self) -> dict[date, Colour]:
        """Return the colours of today and tomorrow, as far as they are told.

        Raise FetchError or FileError.
        """
        return await self._days(self._light_url)

    async def season(self, day: date) -> dict[date, Colour]:
        """Return the colours of a day's season; raise FetchError or FileError."""
        return await self._days(f"{self._season_url}?season={season_name(day)}")

    async def _days(self, url: str) -> dict[date, Colour]:
        answer = await fetch(self._session, url, JSON_TYPES, timeout=self._timeout)
        return parse_days(answer.body or b"")
