"""What the meter tells: booked in the ledger, and learned from."""

from __future__ import annotations

from collections.abc import Callable
import logging
import time as clock

from ...linky_tic.costs.calendar.days import day_of
from ...linky_tic.costs.calendar.tempo import Source
from ...linky_tic.costs.estimate.best import REGULATED
from ...linky_tic.costs.estimate.daily import first_day
from ...linky_tic.costs.ledger.readings import (
    colours_of,
    learned_of,
    may_observe,
    sample_of,
)
from ...linky_tic.costs.ledger.samples import Event
from ...linky_tic.costs.prices.offers import Offer
from ...linky_tic.costs.prices.prices import Prices
from ...linky_tic.tic.reading import MeterReading
from ...linky_tic.tic.tariffs import index_of
from ..store import Kept
from ..view import CostBook
from .prices import PriceWatch

_LOGGER = logging.getLogger(__name__)


def sorted_by_hours(book: CostBook) -> tuple[Offer, ...]:
    """Return what sorts energy by hours: offers, own contracts, regulated options."""
    return (*book.offers.values(), *book.own, *REGULATED)


class Bookkeeping:
    """Books the readings of a meter."""

    def __init__(
        self,
        kept: Kept,
        book: CostBook,
        told: PriceWatch,
        prices: Callable[[], Prices],
    ) -> None:
        """``prices`` are those of the chosen settings and the powers of the ledger."""
        self.index: int | None = None
        """The index that counts now."""
        self._kept = kept
        self._book = book
        self._told = told
        self._prices = prices
        self._fed: MeterReading | None = None

    def feed(self, reading: MeterReading) -> bool:
        """Book a reading; return whether it was new and had energy."""
        if reading is self._fed:
            return False
        self._fed = reading
        if "tariff_period" in reading.values:
            self.index = index_of(reading["tariff_period"], reading["contract"])
        self._learn(reading)
        if (sample := sample_of(reading, clock.monotonic())) is None:
            return False
        ledger, book = self._kept.ledger, self._book
        before = ledger.last and day_of(ledger.last), ledger.calendar
        powers = tuple(ledger.powers)
        fed = ledger.feed(sample)
        if powers != tuple(ledger.powers):
            self._power_changed(known=bool(powers))
        self._kept.registers.feed(fed.bookings)
        if self._told.book(fed.bookings, ledger.last):
            book.forget()
        for note in fed.notes:
            if note.event is not Event.SPIKE_HELD:
                _LOGGER.debug("Ledger: %s", note.event)
        now = ledger.last and day_of(ledger.last), ledger.calendar
        if now != before or any(day_of(one.start) != now[0] for one in fed.bookings):
            book.forget()
        return True

    def _power_changed(self, *, known: bool) -> None:
        """Price by the power that the meter tells; what was typed holds before it."""
        ledger, typed = self._kept.ledger, self._book.power
        first = first_day(ledger)
        if not known and typed and first and first < ledger.powers[0][0]:
            ledger.powers.insert(0, (first, typed))
        self._book.prices = self._prices()
        self._book.forget()

    def _learn(self, reading: MeterReading) -> None:
        kept, book = self._kept, self._book
        colours = colours_of(reading)
        if colours and kept.colours.learn_all(colours, Source.METER):
            book.forget()
        learned = learned_of(reading)
        if learned is None and may_observe(reading) and self.index is not None:
            learned = kept.observed.feed(reading.received, self.index)
        if learned is None or learned == kept.learned:
            return
        kept.registers.go_on_with(
            pair
            for offer in sorted_by_hours(book)
            for pair in zip(
                offer.schedules(kept.learned),
                offer.schedules(learned),
                strict=True,
            )
        )
        kept.learned = book.learned = learned
        book.forget()
