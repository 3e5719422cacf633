"""Public prices and colours from the network: only where the user asked for them.

At most once a day each, at a time that differs from home to home. What came last serves
while nothing new can be had.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import date, datetime, timedelta
import logging
import random
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..linky_tic.costs.calendar.days import DAY, day_of
from ..linky_tic.costs.calendar.tempo import Colour, Source, season_start
from ..linky_tic.costs.errors import CostsError
from ..linky_tic.costs.fetch.cre_client import CreClient
from ..linky_tic.costs.fetch.tempo_client import TempoClient
from ..linky_tic.costs.prices.regulated import Grid
from .settings import PriceSettings, PriceSource
from .store import Kept

_LOGGER = logging.getLogger(__name__)

_DAY = timedelta(days=1)
_LOOK_BACK = 396
"""Days whose Tempo colours are wanted: thirteen months, for a year of an offer."""
# Not all at the same second after a restart of many homes
_FIRST_BETWEEN = 30.0, 300.0
_JITTER = 7200.0


class Daily:
    """Something that is asked once a day, by chance earlier or later."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        ask: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Take what is to be done; nothing happens until it is started."""
        self.asked: datetime | None = None
        """When it was last asked, whatever came of it."""
        self._hass = hass
        self._entry = entry
        self._ask = ask
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def start(self) -> None:
        """Ask soon if the last time is a day ago."""
        if self._cancel is None:
            soon = random.uniform(*_FIRST_BETWEEN)
            age = _DAY if self.asked is None else dt_util.utcnow() - self.asked
            left = (_DAY - age).total_seconds() if timedelta() <= age else 0.0
            self._in(max(left, soon))

    @callback
    def stop(self) -> None:
        """Ask no more."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def _in(self, seconds: float) -> None:
        self._cancel = async_call_later(self._hass, seconds, self._due)

    @callback
    def _due(self, now: datetime) -> None:
        """Ask, and again tomorrow."""
        self._in(_DAY.total_seconds() + random.uniform(0, _JITTER))
        self.asked = now
        # Over when the entry is unloaded
        self._entry.async_create_background_task(
            self._hass, self._ask(), "public prices"
        )


class PriceUpdates:
    """The CRE's prices and RTE's colours."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        kept: Kept,
        changed: CALLBACK_TYPE,
        checked: CALLBACK_TYPE,
    ) -> None:
        """Start from what was kept; nothing is asked before ``apply``.

        ``changed`` is called when prices or colours are new, ``checked`` when nothing
        but the time of the last look is.
        """
        self._kept = kept
        self._on_changed, self._on_checked = changed, checked
        session = async_get_clientsession(hass)
        self._cre = CreClient(session, kept.fetched.get("cre"))
        self._rte = TempoClient(session)
        self._prices = Daily(hass, entry, self.async_update_prices)
        self._colours = Daily(hass, entry, self.async_update_colours)
        for daily, key in ((self._prices, "cre_asked"), (self._colours, "rte_asked")):
            daily.asked = dt_util.parse_datetime(str(kept.fetched.get(key)))
        self._errors: dict[str, str] = {}
        self._seasons: set[date] = set()
        """The past seasons that were told."""

    @property
    def grid(self) -> Grid:
        """The regulated prices as they are known."""
        return self._cre.grid()

    @property
    def checked(self) -> datetime | None:
        """When the CRE's files were last seen."""
        return self._cre.checked

    def as_dict(self) -> dict[str, Any]:
        """Return what is to be kept, as JSON has it."""
        return {
            "cre": self._cre.as_dict(),
            "cre_asked": _iso(self._prices.asked),
            "rte_asked": _iso(self._colours.asked),
        }

    @callback
    def apply(self, settings: PriceSettings) -> None:
        """Ask for what the user wants, and for nothing else."""
        wanted = (
            (self._prices, settings.source is PriceSource.UPDATED),
            (self._colours, settings.rte_colours),
        )
        for daily, on in wanted:
            if on:
                daily.start()
            else:
                daily.stop()

    @callback
    def stop(self) -> None:
        """Ask no more."""
        self._prices.stop()
        self._colours.stop()

    async def async_update_prices(self) -> None:
        """Ask the CRE for its files."""
        update = await self._cre.update()
        self._note("cre", next(iter(update.errors.values()), None))
        if update.changed:
            self._on_changed()
        else:
            self._on_checked()

    async def async_update_colours(self) -> None:
        """Ask RTE for the seasons of unknown days, or the last ones if there are none.

        A season before this one is asked for once in a run: it does not change.
        """
        today = day_of(dt_util.utcnow())
        colours, found = self._kept.colours, dict[date, Colour]()
        lacking = {
            season_start(day)
            for n in range(1, _LOOK_BACK)
            if colours.get(day := today - n * DAY) is None
        } - self._seasons
        try:
            for season in sorted(lacking):
                found |= await self._rte.season(season)
                if season != season_start(today):
                    self._seasons.add(season)
            if season_start(today) not in lacking:
                found |= await self._rte.light()
        except CostsError as err:
            self._note("rte", err)
        else:
            self._note("rte", None)
        if colours.learn_all(found, Source.RTE):
            self._on_changed()

    def _note(self, whose: str, err: CostsError | None) -> None:
        """Say once that something cannot be had, and once that it can again."""
        kind = type(err).__name__ if err is not None else None
        if kind is None:
            if self._errors.pop(whose, None) is not None:
                _LOGGER.info("Public data of %s can be had again", whose.upper())
        elif self._errors.get(whose) != kind:
            self._errors[whose] = kind
            _LOGGER.info("Public data of %s cannot be had: %s", whose.upper(), kind)

    def summary(self) -> dict[str, Any]:
        """Return how the updates fare."""
        return {
            "checked": _iso(self.checked),
            "cre_asked": _iso(self._prices.asked),
            "rte_asked": _iso(self._colours.asked),
            "errors": dict(self._errors),
        }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
