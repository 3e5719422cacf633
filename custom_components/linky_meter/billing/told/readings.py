"""What the meter tells: booked in the ledger, and learned from."""

from __future__ import annotations

from collections.abc import Callable
import logging
import time as clock

from ...linky_tic.costs.book.book import CostBook
from ...linky_tic.costs.ledger.readings import (
    colours_of,
    learned_of,
    may_observe,
    sample_of,
)
from ...linky_tic.costs.ledger.samples import Event
from ...linky_tic.costs.prices.prices import Prices
from ...linky_tic.tic.reading import MeterReading
from ...linky_tic.tic.tariffs import index_of
from ..store import Kept
from .prices import PriceWatch

_LOGGER = logging.getLogger(__name__)


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
        powers = tuple(ledger.powers)
        fed = book.feed(sample)
        if powers != tuple(ledger.powers):
            book.prices = self._prices()
            book.forget()
        if self._told.book(fed.bookings, ledger.last):
            book.forget()
        for note in fed.notes:
            if note.event is not Event.SPIKE_HELD:
                _LOGGER.debug("Ledger: %s", note.event)
        return True

    def _learn(self, reading: MeterReading) -> None:
        kept, book = self._kept, self._book
        book.learn_colours(colours_of(reading))
        learned = learned_of(reading)
        if learned is None and may_observe(reading) and self.index is not None:
            learned = kept.observed.feed(reading.received, self.index)
        book.learn(learned)
        kept.learned = book.learned
