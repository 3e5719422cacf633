"""What the meter's energy costs, and would cost elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ...costs.book.book import CostBook
from ...costs.book.view import CostView, PastCosts
from ...costs.calendar.days import Month, day_of
from ...costs.calendar.schedule import Schedule
from ...costs.calendar.tempo import Colours
from ...costs.estimate.compare import Comparison, compare
from ...costs.estimate.contracts import OwnContracts
from ...costs.estimate.month import MonthCost
from ...costs.estimate.spans import Part, Span, Sums, open_sums
from ...costs.ledger.ledger import Ledger
from ...costs.ledger.readings import colours_of, learned_of, sample_of
from ...costs.ledger.rows import Key
from ...costs.ledger.virtual import VirtualRegisters
from ...costs.plan.timeline import Contract
from ...costs.prices.offers import Offer
from ...costs.prices.prices import Quote
from ...tic.reading import MeterReading
from ...tic.tariffs import INDEXES
from .pricing import Pricing


@dataclass(frozen=True)
class Costs:
    """Costs of a month as they are at a moment."""

    view: CostView
    """With offers that are told; not with the regulated options."""
    own: MonthCost | None
    """None without a price of one's own contract."""
    offers: tuple[Comparison, ...]
    """With the regulated options at one's own power."""
    quotes: Mapping[int, Quote] = field(default_factory=dict)
    """What a kWh costs now, by index."""
    restarted: datetime | None = None
    """When the ledger had to begin again."""
    contract: Contract | None = field(default=None, compare=False)
    """What tells the prices ahead, None while the contract is not known."""
    own_hours: Offer | None = None
    """One's own contract, if it has hours of its own."""
    counted: int | None = None
    """Its index that counts now, None where its colour is not known."""


def month_amounts(month: MonthCost) -> dict[str, Decimal]:
    """Return what a month costs, in euros, and its energy in kWh."""
    found = {
        "cost": month.total,
        "energy_cost": month.energy,
        "subscription": month.subscription,
        # linkypy's current cost
        "cost_with_subscription": month.full,
        "estimate": month.linear if month.estimate is None else month.estimate,
        "estimate_low": month.low,
        "estimate_high": month.high,
        "estimate_linear": month.linear,
        "energy": Decimal(month.wh).scaleb(-3),
    }
    return {key: amount for key, amount in found.items() if amount is not None}


def offer_amounts(one: Comparison) -> dict[str, Decimal]:
    """Return the same of an offer, and the difference to one's own."""
    found = month_amounts(one.cost)
    if one.cost.unpriced:
        # A sum that lacks something would look cheap
        return {"energy": found["energy"]}
    found["difference"] = one.difference.expected
    if not one.cost.exact:
        found["difference_low"] = one.difference.low
        found["difference_high"] = one.difference.high
    if one.estimate is not None:
        found["estimate_difference"] = one.estimate.expected
    return found


class Book:
    """The book of a meter at the prices of a configuration: readings in, costs out."""

    def __init__(
        self,
        pricing: Pricing,
        ledger: Ledger | None = None,
        registers: VirtualRegisters | None = None,
        colours: Colours | None = None,
        learned: Schedule | None = None,
        *,
        restarted: datetime | None = None,
    ) -> None:
        """Sort energy as the offers want; ``restarted`` is when the ledger was lost."""
        self.pricing, self.restarted = pricing, restarted
        self.ledger = ledger or Ledger()
        self.registers = registers or VirtualRegisters()
        self.colours = colours or Colours()
        self._book = CostBook(
            self.ledger,
            self.registers,
            self.colours,
            pricing.book(self.ledger.powers),
            pricing.grid,
            learned,
            {offer.name: offer for offer in pricing.offers},
            own=pricing.contracts,
            alerts=pricing.alerts,
            power=pricing.power,
            billing=pricing.billing,
            terms=pricing.export,
        )
        self._book.sort()
        self._past: PastCosts | None = None
        self._tidied: date | None = None

    @property
    def learned(self) -> Schedule | None:
        """The meter's own off-peak hours."""
        return self._book.learned

    def feed(self, reading: MeterReading, uptime: float | None = None) -> None:
        """Take a reading; ``uptime`` is a clock that never steps, if there is one."""
        book = self._book
        book.learn_colours(colours_of(reading))
        book.learn(learned_of(reading))
        if (sample := sample_of(reading, uptime)) is None:
            return
        powers = tuple(self.ledger.powers)
        book.feed(sample)
        if powers != tuple(self.ledger.powers):
            book.prices = self.pricing.book(self.ledger.powers)
            book.forget()
        self._tidy(day_of(sample.at))

    def look(self, now: datetime | None = None, month: Month | None = None) -> Costs:
        """Return what a month costs, by default the one of the last reading."""
        now = now or self.ledger.last or datetime.now(UTC)
        book, day, past = self._book, day_of(now), self._past
        if month not in {None, Month.of(day)}:
            past = book.past(day, month)
        elif past is None or not book.holds(past, day):
            past = self._past = book.past(day)
        view, mine = book.look(past, now), self._own.sorting(day)
        sold = [compare(book.sorted(one), view.month, now) for one in self.pricing.sold]
        priced = view.month.subscription or view.month.unpriced < view.month.wh
        return Costs(
            view,
            view.month if priced else None,
            (*view.comparisons.values(), *sold),
            self._quotes(day),
            self.restarted,
            self.contract(day),
            None if mine is None else mine.offer,
            None if mine is None else mine.index_at(now),
        )

    def sums(self, month: Month | None = None) -> Sums | None:
        """Return the sums at the last reading, or of a month that was over by then."""
        now = self.ledger.last or datetime.now(UTC)
        month = month or Month.of(day_of(now))
        if month in self.ledger.months or now < month.start:
            return None
        if now < month.end:
            return self.look(now).view.sums
        end = month.next.first
        over = {Part.MONTH: Span(month.first, end)}
        sums = open_sums(self._own, self.pricing.export, over, end)
        return sums.at(end, None, None, month.end)

    @property
    def _own(self) -> OwnContracts:
        own, _ = self._book.contracts
        return own

    def contract(self, day: date) -> Contract | None:
        """Return what tells the prices ahead of a day, and stays as it is now."""
        if self.ledger.calendar is None or not self.pricing.chosen:
            return None
        return self._own.ahead(day, self.learned, self.colours.copy())

    def _quotes(self, day: date) -> dict[int, Quote]:
        """Return what a kWh of each index of the present contract costs."""
        calendar = self.ledger.calendar
        if calendar is None:
            return {}
        quotes = {n: self._own.price(day, Key(calendar, n)) for n in INDEXES}
        return {n: quote for n, quote in quotes.items() if quote is not None}

    def _tidy(self, today: date) -> None:
        """Fold and forget what is old, once a day."""
        if today != self._tidied:
            self._tidied = today
            self._book.fold(today)
            self._book.trim(today)

    def as_dict(self) -> dict[str, Any]:
        """Return what is kept, as JSON has it."""
        return {
            "ledger": self.ledger.as_dict(),
            "registers": self.registers.as_dict(),
            "colours": self.colours.as_dict(),
            "learned": self.learned.as_dict() if self.learned else None,
            "restarted": self.restarted.isoformat() if self.restarted else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], pricing: Pricing) -> Book:
        """Return what ``as_dict`` gave, or Home Assistant keeps; a ledger is enough.

        Raise CostsError, KeyError or TypeError for anything else.
        """
        if "ledger" not in data:
            data = {"ledger": data}
        learned, restarted = data.get("learned"), data.get("restarted")
        return cls(
            pricing,
            Ledger.from_dict(data["ledger"]),
            VirtualRegisters.from_dict(data.get("registers", {})),
            Colours.from_dict(data.get("colours", {})),
            Schedule.from_dict(learned) if learned else None,
            restarted=datetime.fromisoformat(restarted) if restarted else None,
        )
