"""Fetch RTE's public Tempo colours. To be asked for by the user."""

from __future__ import annotations

from datetime import date

import aiohttp

from ..calendar.tempo import Colour, season_name
from ..calendar.tempo_days import LIGHT_URL, SEASON_URL, parse_days
from .fetch import JSON_TYPES, TIMEOUT, fetch


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
        """Take the session to use."""
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
