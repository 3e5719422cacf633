"""Keeps a meter's energy ledger: feeds it, saves it, and works out what is shown.

It knows no coordinator: whoever sets it up gives it a way to the latest reading, and
says when to look at it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_utc_time_change
from homeassistant.util import dt as dt_util

from ..const import SUBENTRY_OFFER
from ..link.problems import Issue, async_raise
from ..link.store import PersistedStore
from ..link.tasks import Followers
from ..linky_tic.costs.book.book import CostBook
from ..linky_tic.costs.book.view import CostView, PastCosts
from ..linky_tic.costs.calendar.calendars import INDEXES
from ..linky_tic.costs.calendar.days import day_of
from ..linky_tic.costs.errors import CostsError
from ..linky_tic.costs.estimate.contracts import Sorting
from ..linky_tic.costs.ledger.rows import Key
from ..linky_tic.costs.prices.offers import Offer
from ..linky_tic.costs.prices.prices import Prices, Quote
from ..linky_tic.tic.reading import MeterReading
from .history import CostHistory
from .problems import async_mend, async_mend_power
from .settings import PriceSettings
from .store import Kept, costs_store
from .told.alerts import AlertWatch
from .told.prices import PriceWatch
from .told.readings import Bookkeeping
from .updates import PriceUpdates

_LOGGER = logging.getLogger(__name__)

SAVE_SECONDS = 300.0
LOOKS_AT = (
    "tariff_period",
    "contract",
    "calendar_name",
    "tempo_today",
    "tempo_tomorrow",
    "day_profile",
)
"""Of a reading: what changes is booked at once. Indexes are looked at once a minute."""


class CostKeeper:
    """Ledger, prices and compared offers of one meter."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        store: PersistedStore[Kept],
        kept: Kept,
        latest: Callable[[], MeterReading],
    ) -> None:
        self.entry = entry
        self.store = store
        self.kept = kept
        self.settings = PriceSettings.of(entry.options)
        changed = self.async_prices_changed
        self.updates = PriceUpdates(hass, entry, kept, changed, self._tell)
        self.history = CostHistory(hass, entry, kept, latest, changed)
        grid = self.updates.grid
        self.book = CostBook(
            kept.ledger,
            kept.registers,
            kept.colours,
            self.settings.book(grid, kept.ledger.powers),
            grid,
            kept.learned,
            alerts=kept.alerts,
            priced=kept.priced,
            power=self.settings.power,
        )
        self.alerts = AlertWatch(hass, kept.alerts, changed)
        self.told = PriceWatch(hass, entry, kept.priced, self._price_told)
        self._bookkeeping = Bookkeeping(kept, self.book, self.told, self._prices)
        self.hass = hass
        self.latest = latest
        self._showing: Followers[()] = Followers("showing costs")
        self._view: CostView | None = None
        self._past: PastCosts | None = None
        self._work: asyncio.Task[None] | None = None
        self._folded: date | None = None
        self._saved = hass.loop.time()
        self._stop: list[CALLBACK_TYPE] = []

    @classmethod
    async def async_load(
        cls,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        latest: Callable[[], MeterReading],
    ) -> CostKeeper:
        """Return the keeper of what was kept; ``latest`` gives the latest reading.

        Raises what ``PersistedStore`` does.
        """
        # An entry that showed costs before must have kept some
        shown = any(
            "_cost_index_" in entity.unique_id
            for entity in er.async_entries_for_config_entry(
                er.async_get(hass), entry.entry_id
            )
        )
        store = costs_store(hass, entry.entry_id)
        if (kept := await store.async_load()) is None:
            lost = shown or store.damaged
            kept = Kept(restarted=dt_util.utcnow() if lost else None)
        kept.recalled |= shown
        return cls(hass, entry, store, kept, latest)

    @property
    def index(self) -> int | None:
        """The index that counts now."""
        return self._bookkeeping.index

    @property
    def view(self) -> CostView | None:
        """What is shown, None without a choice of prices."""
        return self._view

    @property
    def ready(self) -> bool:
        """Whether prices are chosen and the past is known, as far as it will be.

        An index that is shown before would seem to have cost its past at once.
        """
        return self._known and (self.kept.ledger.last is None or self._holds)

    @property
    def _known(self) -> bool:
        return self.settings.chosen and self.kept.recalled

    @property
    def _holds(self) -> bool:
        """Whether what was worked out of the past is what it would be now."""
        return self.book.holds(self._past, day_of(dt_util.utcnow()))

    async def async_start(self) -> None:
        """Follow time, and work out what is over; before any entity is there."""
        if self.kept.restarted_lately(dt_util.utcnow()):
            async_raise(self.hass, self.entry, Issue.COSTS_RESTARTED)
        self.async_apply()
        self._stop = [
            # At full minutes, so that what is counted before midnight is of that day
            async_track_utc_time_change(self.hass, self._tick, second=0),
            self.hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._on_stop),
        ]
        self.async_process()
        self._look_back()
        if self._work is not None:
            await self._work

    @callback
    def async_add_listener(self, update: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back whenever something of costs may be new; return what ends that."""
        return self._showing.add(update)

    @callback
    def _tell(self) -> None:
        self._showing.call()

    async def async_stop(self) -> None:
        """Save, and follow time no more."""
        while self._stop:
            self._stop.pop()()
        if self._work is not None:
            self._work.cancel()
        self.feed()
        self.updates.stop()
        self.alerts.stop()
        self.told.stop()
        await self.async_save()

    async def async_save(self) -> None:
        """Save now."""
        await self.store.async_save(self._as_dict())

    @callback
    def async_apply(self) -> None:
        """Take the options and offers as they are now."""
        self.settings = PriceSettings.of(self.entry.options)
        self.updates.apply(self.settings)
        offers: dict[str, Offer] = {}
        for subentry in self.entry.get_subentries_of_type(SUBENTRY_OFFER):
            try:
                offer = Offer.from_dict({**subentry.data, "name": subentry.title})
            except CostsError as err:
                _LOGGER.warning("An offer cannot be read: %s", err)
                continue
            offers[subentry.subentry_id] = offer
        book, chosen = self.book, self.settings
        book.offers, book.own, book.power = offers, chosen.contracts, chosen.power
        book.billing, book.terms = chosen.billing, chosen.export
        self.alerts.follow((*offers.values(), *book.own))
        self.told.follow(offers.values(), book.own)
        book.sort()
        self._look_back()
        self.async_prices_changed()

    @callback
    def async_prices_changed(self) -> None:
        """Work all out again: prices or colours are not what they were."""
        self.book.grid = self.updates.grid
        self.book.prices = self._prices()
        self.book.forget()
        self._look()
        self._tell()

    @callback
    def _price_told(self, past: bool) -> None:
        """Look again at another price; ``past`` when days that are over have more."""
        if past:
            self.book.forget()
        self._look()
        self._tell()

    @property
    def contract(self) -> Sorting | None:
        """One's own contract now, if it has hours of its own."""
        own, _ = self.book.contracts
        return own.sorting(day_of(dt_util.utcnow()))

    @property
    def counted(self) -> int | None:
        """The index whose price holds now: the meter's, or one of such a contract."""
        contract = self.contract
        if contract is None:
            return self.index
        return contract.index_at(dt_util.utcnow())

    def _prices(self) -> Prices:
        return self.settings.book(self.book.grid, self.kept.ledger.powers)

    def indexes(self) -> tuple[int, ...]:
        """Return the indexes that have, or had, prices and energy."""
        ledger = self.kept.ledger
        if (contract := self.contract) is not None:
            had = self._view.by_index.items() if self._view is not None else ()
            counted = {i for i, carry in had if carry.wh}
            return tuple(sorted(counted | set(contract.offer.indexes)))
        found = set(range(1, INDEXES.get(ledger.calendar or "", 0) + 1))
        if self._view is not None:
            found |= {i for i, carry in self._view.by_index.items() if carry.wh}
        if self.index is not None:
            found.add(self.index)
        for period in self.settings.periods.periods:
            if period.calendar == ledger.calendar:
                found |= set(period.prices)
        return tuple(sorted(found))

    def price(self, index: int | None) -> Quote | None:
        """Return the price of an index now."""
        calendar = self.kept.ledger.calendar
        if index is None or calendar is None or not self.settings.chosen:
            return None
        own, _ = self.book.contracts
        return own.price(day_of(dt_util.utcnow()), Key(calendar, index))

    @callback
    def _look_back(self) -> None:
        """Ask for the energy from before, once there are prices."""
        if self.settings.chosen:
            self.history.look()

    @callback
    def async_process(self) -> None:
        """Take what the meter says now, if that is new."""
        before = self.index, self.kept.ledger.calendar
        if not self.feed():
            return
        view = self._view
        if (
            before != (self.index, self.kept.ledger.calendar)
            or view is None
            or view.day != day_of(self.latest().received)
        ):
            self._look()
            self._tell()

    @callback
    def feed(self) -> bool:
        """Book the newest reading; return whether there was one."""
        if not self._bookkeeping.feed(self.latest()):
            return False
        now = self.hass.loop.time()
        if now - self._saved >= SAVE_SECONDS:
            self._saved = now
            self.store.async_delay_save(self._as_dict, 1)
        return True

    @callback
    def _tick(self, now: datetime) -> None:
        """Look once a minute, also when the meter is silent."""
        self.feed()
        self.alerts.look(now)
        self.told.look(now)
        today = day_of(now)
        if today != self._folded:
            self._folded = today
            self._tidy(today)
        self._look_back()
        self._look()
        self._tell()

    def _tidy(self, today: date) -> None:
        if self.settings.chosen:
            self.book.fold(today)
        self.book.trim(today)
        self.told.trim(dt_util.utcnow())

    @callback
    def _look(self) -> None:
        """Work out what is shown, and what is to be repaired."""
        now = dt_util.utcnow()
        if not self._known or self.kept.ledger.last is None:
            self._view = None
        elif self._past is not None and self._holds:
            self._view = self.book.look(self._past, now)
        elif self._work is None:
            # Until that is done, what is shown stays
            self._work = self.entry.async_create_task(
                self.hass, self._work_out(), "costs of the past", eager_start=False
            )
        calendar = self.latest()["calendar_name"] or self.kept.ledger.calendar
        async_mend(self.hass, self.entry, self._view, calendar, self._stale_since())
        async_mend_power(self.hass, self.entry, self.settings, self.kept.ledger)

    async def _work_out(self) -> None:
        """Work out in a thread what is over, again if that changed meanwhile."""
        try:
            while self._known and not self._holds:
                book, today = self.book.copy(), day_of(dt_util.utcnow())
                self._past = await self.hass.async_add_executor_job(book.past, today)
        finally:
            self._work = None
        self._look()
        self._tell()

    def _stale_since(self) -> date | None:
        ledger, view = self.kept.ledger, self._view
        if view is None or ledger.calendar is None:
            return None
        return self.settings.stale_since(self.book.grid, view.day, ledger.calendar)

    def _as_dict(self) -> dict[str, Any]:
        self.kept.fetched = self.updates.as_dict()
        return self.kept.as_dict()

    async def _on_stop(self, _: Event) -> None:
        """Leave in order when Home Assistant stops."""
        await self.async_stop()
