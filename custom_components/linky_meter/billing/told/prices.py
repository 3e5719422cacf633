"""Prices from an entity of Home Assistant: read, followed, and given to the ledger.

The spot market's integrations have a sensor whose state is the price that holds now.
It is found by its id in the registry, whatever it is called later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from ...const import DOMAIN
from ...link.problems import Issue, async_heal, async_raise
from ...linky_tic.costs.calendar.days import DAY, day_of
from ...linky_tic.costs.errors import AbsurdPriceError, NotANumberError
from ...linky_tic.costs.estimate.contracts import in_force
from ...linky_tic.costs.ledger.quarters import QUARTER, PricedEnergy, quarter_of
from ...linky_tic.costs.ledger.samples import Booking
from ...linky_tic.costs.prices.dynamic import Told, told_ahead, told_price, unit_factor
from ...linky_tic.costs.prices.offers import Offer

UNKNOWN = "price_entity_unknown"
"""What is wrong with an entity that tells no price just now."""
_SETTLING = timedelta(minutes=1)
"""A price of the quarter hour before may stay for so long."""


@dataclass(frozen=True)
class Read:
    """What an entity tells."""

    price: Decimal | None = None
    """Euros per kWh."""
    wrong: str | None = None
    """The key of what is wrong with it."""
    ahead: tuple[Told, ...] = ()


def entity_of(hass: HomeAssistant, source: str) -> str | None:
    """Return the entity id that a contract means, None if it is gone."""
    return er.async_resolve_entity_id(er.async_get(hass), source)


def source_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return what a contract keeps of an entity: what stays when it is renamed."""
    entity = er.async_get(hass).async_get(entity_id)
    return entity_id if entity is None else entity.id


def read_price(hass: HomeAssistant, source: str) -> Read:
    """Return the price that an entity tells now, and those that it lists."""
    entity_id = entity_of(hass, source)
    state = hass.states.get(entity_id) if entity_id else None
    if entity_id is None or state is None:
        return Read(wrong="price_entity_gone")
    entity = er.async_get(hass).async_get(entity_id)
    if entity is not None and entity.platform == DOMAIN:
        # What we show would make what we show
        return Read(wrong="price_entity_own")
    factor = unit_factor(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))
    if factor is None:
        return Read(wrong="price_entity_unit")
    ahead = told_ahead(state.attributes, factor)
    if state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
        return Read(wrong=UNKNOWN, ahead=ahead)
    try:
        return Read(told_price(state.state, factor), ahead=ahead)
    except NotANumberError:
        return Read(wrong="price_entity_number", ahead=ahead)
    except AbsurdPriceError:
        return Read(wrong="price_entity_absurd", ahead=ahead)


class PriceWatch:
    """Follows the entities that tell prices."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        kept: dict[str, PricedEnergy],
        changed: Callable[[bool], None],
    ) -> None:
        """Take what is kept by source; ``changed`` hears whether the past is another."""
        self._hass = hass
        self._entry = entry
        self._kept = kept
        self._changed = changed
        self._hold: dict[str, bool] = {}
        """By who tells a price: whether the last one goes on without it."""
        self._own: tuple[Offer, ...] = ()
        self._entities: set[str] = set()
        self._wrong: dict[str, datetime] = {}
        """Since when who tells a price has not told any."""
        self._upto: datetime | None = None
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def follow(self, offers: Iterable[Offer], own: tuple[Offer, ...]) -> None:
        """Follow what these offers name, and nothing else."""
        self._own = own
        # One's own contracts come last: how energy waits is theirs to say
        self._hold = {
            one.formula.source: one.formula.hold
            for one in (*offers, *own)
            if one.formula is not None
        }
        for source in self._hold:
            self._kept.setdefault(source, PricedEnergy())
        self._look(dt_util.utcnow())

    @callback
    def stop(self) -> None:
        """Follow nothing any more."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
        self._entities = set()

    @callback
    def book(self, bookings: Iterable[Booking], upto: datetime | None) -> bool:
        """Take what the ledger booked; return whether days that are over have more."""
        self._upto = upto
        for source in self._hold:
            self._kept[source].book(bookings)
        return self._settle()

    @callback
    def look(self, now: datetime, fresh: str | None = None) -> None:
        """Take what the entities tell now; ``fresh`` is one that tells it just then."""
        if self._look(now, fresh):
            self._changed(self._settle())

    @callback
    def _on_change(self, event: Event[EventStateChangedData]) -> None:
        self.look(dt_util.utcnow(), event.data["entity_id"])

    def _look(self, now: datetime, fresh: str | None = None) -> bool:
        """Return whether anything is new."""
        new = False
        entities = set[str]()
        for source in self._hold:
            kept, entity = self._kept[source], entity_of(self._hass, source)
            if entity is not None:
                entities.add(entity)
            read = read_price(self._hass, source)
            if read.price is None:
                self._wrong.setdefault(source, now)
            else:
                self._wrong.pop(source, None)
                kept.last = read.price
                if entity == fresh or now - quarter_of(now) >= _SETTLING:
                    kept.tell(now, read.price)
            # A list that was told stays true, but for what another tells anew: at midnight
            # one loses the evening, in which a window may have begun
            ahead = (
                *(
                    one
                    for one in kept.ahead
                    if one.end > now - 2 * DAY
                    and (not read.ahead or one.end <= read.ahead[0].start)
                ),
                *read.ahead,
            )
            before = kept.now, kept.quarter, kept.ahead
            kept.now, kept.quarter, kept.ahead = read.price, quarter_of(now), ahead
            new |= before != (kept.now, kept.quarter, kept.ahead)
            if read.price is None and self._hold[source] and kept.last is not None:
                kept.seen.setdefault(quarter_of(now), kept.last)
        if entities != self._entities:
            self.stop()
            self._entities = entities
            if entities:
                self._cancel = async_track_state_change_event(
                    self._hass, entities, self._on_change
                )
        self._mend(now)
        return new

    def _settle(self) -> bool:
        if self._upto is None:
            return False
        today = day_of(dt_util.utcnow())
        days = {
            day
            for source, hold in self._hold.items()
            for day in self._kept[source].settle(self._upto, hold=hold)
        }
        return any(day < today for day in days)

    def _mend(self, now: datetime) -> None:
        """Say which price has not been told for a while, or that all is well again."""
        contract = in_force(self._own, day_of(now))
        formula = contract.formula if contract else None
        since = self._wrong.get(formula.source) if formula else None
        if formula is None or since is None or now - since < QUARTER:
            async_heal(self._hass, self._entry.entry_id, Issue.PRICE_ENTITY)
            return
        wrong = read_price(self._hass, formula.source).wrong
        async_raise(
            self._hass,
            self._entry,
            Issue.PRICE_ENTITY,
            words=wrong,
            entity=entity_of(self._hass, formula.source) or "–",
        )

    def trim(self, now: datetime) -> None:
        """Forget what is too old, and the prices that nobody asks for any more."""
        for source in list(self._kept):
            self._kept[source].trim(day_of(now))
            if source not in self._hold and not self._kept[source].days:
                del self._kept[source]
