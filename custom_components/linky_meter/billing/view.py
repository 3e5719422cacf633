"""What is shown of costs: worked out once a minute from the ledger and the prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from ..linky_tic.costs.calendar.days import DAY, Month, day_of
from ..linky_tic.costs.calendar.schedule import Schedule
from ..linky_tic.costs.calendar.tempo import Colours
from ..linky_tic.costs.estimate.compare import (
    Comparison,
    OfferCosts,
    cheapest,
    compare,
    own_month,
)
from ..linky_tic.costs.estimate.daily import Costs, DayCost, OwnCosts
from ..linky_tic.costs.estimate.month import (
    MonthCost,
    last_twelve_months,
    month_cost,
    period_cost,
)
from ..linky_tic.costs.ledger.ledger import Ledger
from ..linky_tic.costs.ledger.rows import Carry, Key, add_carries
from ..linky_tic.costs.ledger.virtual import VirtualRegisters
from ..linky_tic.costs.prices.offers import Offer
from ..linky_tic.costs.prices.prices import Prices, Quote
from ..linky_tic.costs.prices.regulated import Grid


@dataclass(frozen=True)
class CostView:
    """Costs as they are at a moment."""

    at: datetime
    day: date
    month: MonthCost
    last_month: MonthCost | None
    """None when nothing of it is known."""
    by_index: Mapping[int, Carry]
    """Energy and cost since the ledger began."""
    today: DayCost | None
    yesterday: DayCost | None
    subscription: Quote | None
    unpriced: frozenset[Key] = frozenset()
    """What was counted today or yesterday and has no price now."""
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    """By offer."""
    cheapest: str | None = None
    """The offer that costs least, None when it is one's own or nothing is judged."""

    @property
    def judged(self) -> bool:
        """Whether any offer could be compared."""
        return any(
            not one.cost.unpriced and one.cost.subscription_known
            for one in self.comparisons.values()
        )


@dataclass
class CostBook:
    """Ledger and prices, looked at together; remembers the days that are over."""

    ledger: Ledger
    registers: VirtualRegisters
    colours: Colours
    prices: Prices
    grid: Grid
    learned: Schedule | None = None
    offers: Mapping[str, Offer] = field(default_factory=dict)
    _closed: tuple[date, dict[Key, Carry]] | None = None
    _years: dict[str | None, tuple[date, MonthCost | None]] = field(
        default_factory=dict
    )

    def forget(self) -> None:
        """Work all out again: prices, or days that are over, changed."""
        self._closed = None
        self._years.clear()

    def year(self, offer: str | None, now: datetime) -> MonthCost | None:
        """Return what the last twelve whole months cost, on an offer if one is named.

        None while not all of them is known. Worked out once a day, if anybody asks.
        """
        today = day_of(now)
        known = self._years.get(offer)
        if known is None or known[0] != today:
            costs: Costs = OwnCosts(self.ledger, self.prices)
            if offer is not None:
                costs = self._costs_of(self.offers[offer])
            found = period_cost(costs, *last_twelve_months(now), now)
            whole = found.complete and found.subscription_known and not found.unpriced
            known = self._years[offer] = today, found if whole else None
        return known[1]

    def by_index(self, today: date) -> dict[int, Carry]:
        """Return energy and cost of each index since the ledger began."""
        costs = OwnCosts(self.ledger, self.prices)
        if self._closed is None or self._closed[0] != today:
            closed: dict[Key, Carry] = {}
            for folded in self.ledger.months.values():
                add_carries(closed, folded.carries)
            for day in self.ledger.days:
                if day != today and (cost := costs.day(day)) is not None:
                    add_carries(closed, cost.carries())
            self._closed = today, closed
        whole = dict(self._closed[1])
        if (cost := costs.day(today)) is not None:
            add_carries(whole, cost.carries())
        found: dict[int, Carry] = {}
        for key, carry in whole.items():
            found[key.index] = found.get(key.index, Carry()).plus(carry)
        return found

    def look(self, now: datetime) -> CostView:
        """Return the costs as they are now."""
        today = day_of(now)
        costs = OwnCosts(self.ledger, self.prices)
        own = own_month(self.ledger, self.prices, self.colours, Month.of(today), now)
        before = Month.of(own.month.first - DAY)
        first = costs.first_day()
        comparisons = {
            name: compare(self._costs_of(offer), own, now)
            for name, offer in self.offers.items()
        }
        best = cheapest(list(comparisons.values()))
        return CostView(
            at=now,
            day=today,
            month=own,
            last_month=month_cost(costs, before, now)
            if first is not None and first < own.month.first
            else None,
            by_index=self.by_index(today),
            today=costs.day(today),
            yesterday=costs.day(today - DAY),
            subscription=costs.subscription(today),
            unpriced=self._unpriced(today),
            comparisons=comparisons,
            cheapest=next(
                (
                    name
                    for name, one in comparisons.items()
                    if one is best and _saves(one)
                ),
                None,
            ),
        )

    def _costs_of(self, offer: Offer) -> OfferCosts:
        """Return what an offer's days cost."""
        return OfferCosts(
            offer,
            offer.price_list(self.grid),
            self.ledger,
            self.registers,
            self.colours,
            self.learned,
        )

    def _unpriced(self, today: date) -> frozenset[Key]:
        """Return what is counted under the present calendar and has no price now."""
        rows = [self.ledger.days.get(day) for day in (today - DAY, today)]
        return frozenset(
            key
            for row in rows
            if row is not None
            for key, wh in row.energy.items()
            if wh
            and key.calendar == self.ledger.calendar
            and self.prices.price(today, key.calendar, key.index) is None
        )


def _saves(one: Comparison) -> bool:
    """Return whether an offer costs less than one's own."""
    return (one.estimate or one.difference).expected < 0
