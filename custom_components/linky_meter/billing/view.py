"""What is shown of costs: worked out once a minute from the ledger and the prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from ..linky_tic.costs.calendar.alerts import AlertDays
from ..linky_tic.costs.calendar.days import DAY, Month
from ..linky_tic.costs.calendar.schedule import Schedule
from ..linky_tic.costs.calendar.tempo import Colours
from ..linky_tic.costs.estimate.adviser import Advice, advise_power
from ..linky_tic.costs.estimate.best import (
    REGULATED,
    Judgement,
    judge_year,
    saving_of_power,
)
from ..linky_tic.costs.estimate.compare import Comparison, OfferCosts, beside, cheapest
from ..linky_tic.costs.estimate.contracts import OwnContracts, Sorting, starts_on
from ..linky_tic.costs.estimate.daily import DayCost, OwnCosts
from ..linky_tic.costs.estimate.dynamic import DynamicCosts
from ..linky_tic.costs.estimate.exports import ExportDay
from ..linky_tic.costs.estimate.month import MonthCost, OpenMonth, day_total, open_month
from ..linky_tic.costs.estimate.spans import (
    Billing,
    OpenSums,
    Part,
    SpanSum,
    next_change,
    open_sums,
    spans_of,
)
from ..linky_tic.costs.estimate.totals import (
    by_index,
    fold,
    lifetime,
    month_before,
    whole_years,
)
from ..linky_tic.costs.export.terms import ExportList
from ..linky_tic.costs.ledger.ledger import Ledger
from ..linky_tic.costs.ledger.quarters import PricedEnergy
from ..linky_tic.costs.ledger.rows import Carry, Key
from ..linky_tic.costs.ledger.virtual import VirtualRegisters
from ..linky_tic.costs.plan.timeline import mean_price
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
    """None when nothing of it is known, or has a price."""
    by_index: Mapping[int, Carry]
    """Energy and cost since the ledger began."""
    today: DayCost | None
    yesterday: DayCost | None
    today_total: Decimal | None
    """With the day's part of the subscription, as the month has it."""
    yesterday_total: Decimal | None
    subscription: Quote | None
    unpriced: frozenset[Key] = frozenset()
    """What was counted today or yesterday and has no price now."""
    years: Mapping[str | None, MonthCost] = field(default_factory=dict)
    """What the last twelve whole months cost by offer, None is one's own; only those
    of which all is known."""
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    """By offer."""
    advice: Advice | None = None
    """Which power the days of the last year want."""
    power_saving: Decimal | None = None
    """Euros a year that the recommended power saves."""
    judgement: Judgement | None = None
    """The contracts of the last twelve months at today's prices."""
    cheapest: str | None = None
    """The offer that costs least, None when it is one's own or nothing is judged."""
    spans: Mapping[Part, SpanSum] = field(default_factory=dict)
    """The day, month, calendar year and bill that go on now."""
    next_change: date | None = None
    """When another price of one's own holds, as far as that is known."""
    export: ExportDay | None = None
    """Of the day; None without terms of export."""
    revenue: Decimal | None = None
    """What exported energy brought since the ledger began."""
    mean_price: Decimal | None = None
    """Euros a kWh of what is always on, over the year to come."""

    @property
    def judged(self) -> bool:
        """Whether any offer could be compared."""
        return any(
            not one.cost.unpriced and one.cost.subscription_known
            for one in self.comparisons.values()
        )


@dataclass(frozen=True)
class PastCosts:
    """What the days that are over before one day cost: it is the same all day."""

    changes: int
    """How often the book had changed."""
    day: date
    month: OpenMonth
    last_month: MonthCost | None
    yesterday: DayCost | None
    yesterday_total: Decimal | None
    carries: Mapping[Key, Carry]
    """Energy and cost since the ledger began, without the day itself."""
    offers: Mapping[str, OpenMonth]
    years: Mapping[str | None, MonthCost]
    """The last twelve whole months by offer, None is one's own; only where all is
    known."""
    advice: Advice
    judgement: Judgement
    sums: OpenSums
    next_change: date | None
    mean_price: Decimal | None


@dataclass
class CostBook:
    """Ledger and prices, looked at together.

    What is over is worked out from a copy (``past``), in another thread if it has to
    be; a look then adds the day itself.
    """

    ledger: Ledger
    registers: VirtualRegisters
    colours: Colours
    prices: Prices
    grid: Grid
    learned: Schedule | None = None
    offers: Mapping[str, Offer] = field(default_factory=dict)
    changes: int = 0
    _contracts: tuple[OwnContracts, dict[str, Sorting]] | None = None
    own: tuple[Offer, ...] = ()
    """One's own contracts with hours of their own."""
    alerts: Mapping[str, AlertDays] = field(default_factory=dict)
    """By what an offer keeps them under."""
    priced: Mapping[str, PricedEnergy] = field(default_factory=dict)
    """The energy at prices that change by the quarter hour, by who tells them."""
    power: int | None = None
    """What was typed as the subscribed power, kVA; the meter's comes first."""
    billing: Billing | None = None
    """When bills begin."""
    terms: ExportList = field(default_factory=ExportList)
    """Of exported energy."""

    def forget(self) -> None:
        """Let nothing hold that was worked out: prices, or days that are over, changed."""
        self.changes += 1
        self._contracts = None

    def copy(self) -> CostBook:
        """Return a book that stays as this is now."""
        return replace(
            self,
            ledger=self.ledger.copy(),
            registers=self.registers.copy(),
            colours=self.colours.copy(),
            alerts={key: days.copy() for key, days in self.alerts.items()},
            priced={key: energy.copy() for key, energy in self.priced.items()},
            _contracts=None,
        )

    @property
    def contracts(self) -> tuple[OwnContracts, Mapping[str, Sorting]]:
        """One's own contract, and the others by offer, as their days cost."""
        if self._contracts is None:
            offers = {name: self._costs(one) for name, one in self.offers.items()}
            own: dict[date, Sorting] = {
                starts_on(one): self._costs(one) for one in self.own
            }
            indexes = OwnCosts(self.ledger, self.prices)
            self._contracts = OwnContracts(indexes, own), offers
        return self._contracts

    def _costs(self, offer: Offer) -> Sorting:
        if offer.formula is not None:
            # Not looked at yet, it has priced nothing
            priced = self.priced.get(offer.formula.source) or PricedEnergy()
            return DynamicCosts(offer, self.ledger, priced)
        return self._sorted(offer)

    def _sorted(self, offer: Offer) -> OfferCosts:
        return OfferCosts(
            offer,
            offer.price_list(self.grid),
            self.ledger,
            self.registers,
            self.colours,
            self.learned,
            self.alerts.get(offer.alert_key) or AlertDays(),
        )

    def past(self, today: date) -> PastCosts:
        """Return what the days before today cost."""
        own, offers = self.contracts
        month = Month.of(today)
        forecast = own.forecaster(self.colours, today)
        yesterday = own.day(today - DAY)
        advice = self._advice(today)
        return PastCosts(
            advice=advice,
            judgement=self._judgement(today, advice),
            changes=self.changes,
            day=today,
            month=open_month(own, month, today, forecast),
            last_month=month_before(own, today),
            yesterday=yesterday,
            yesterday_total=day_total(own, today - DAY, yesterday),
            carries=lifetime(self.ledger, self.prices, today, own),
            offers={
                name: open_month(costs, month, today, costs.forecaster)
                for name, costs in offers.items()
            },
            years=whole_years(own, offers, self.colours, today),
            sums=open_sums(
                own, self.ledger, self.terms, spans_of(today, self.billing), today
            ),
            next_change=next_change(own, self.ledger, today),
            mean_price=self._mean_price(today),
        )

    def _mean_price(self, today: date) -> Decimal | None:
        own, _ = self.contracts
        contract = own.ahead(today, self.learned, self.colours)
        return None if contract is None else mean_price(contract, today)

    def fold(self, today: date) -> bool:
        """Fold the months that are old; return whether there were any."""
        own, _ = self.contracts
        return bool(fold(self.ledger, self.prices, today, own, self.terms))

    @property
    def _subscribed(self) -> int | None:
        return self.ledger.power or self.power

    def _advice(self, today: date) -> Advice:
        """Return which power the days of the last year want."""
        return advise_power(self.ledger, self.grid, self._subscribed, today)

    def _judgement(self, today: date, advice: Advice) -> Judgement:
        """Return all contracts beside each other, at the powers that will do."""
        own, offers = self.contracts
        like = self._sorted(REGULATED[0])
        return judge_year(
            own.of(today),
            offers,
            like,
            grid=self.grid,
            power=self._subscribed,
            advice=advice,
            today=today,
        )

    def holds(self, past: PastCosts | None, today: date) -> bool:
        """Return whether what was worked out is what it would be now."""
        return past is not None and (past.changes, past.day) == (self.changes, today)

    def look(self, past: PastCosts, now: datetime) -> CostView:
        """Return the costs at a moment of the day whose past is given."""
        own, offers = self.contracts
        today = own.day(past.day)
        month = past.month.at(own, now)
        sums = past.sums.at(past.day, self.ledger.days.get(past.day), today, now)
        comparisons = {
            name: beside(costs.offer, past.offers[name].at(costs, now), month)
            for name, costs in offers.items()
        }
        best = cheapest(list(comparisons.values()))
        return CostView(
            at=now,
            day=past.day,
            month=month,
            last_month=past.last_month,
            by_index=by_index(past.carries, today.carries() if today else {}),
            today=today,
            yesterday=past.yesterday,
            today_total=day_total(own, past.day, today, now),
            yesterday_total=past.yesterday_total,
            subscription=own.subscription(past.day),
            unpriced=self._unpriced(past.day),
            years=past.years,
            advice=past.advice,
            power_saving=saving_of_power(
                past.judgement,
                self.ledger.calendar,
                past.advice.now,
                past.advice.recommended,
            ),
            judgement=past.judgement,
            spans=sums.spans,
            next_change=past.next_change,
            export=sums.export,
            revenue=None if sums.export is None else sums.revenue,
            mean_price=past.mean_price,
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

    def _unpriced(self, today: date) -> frozenset[Key]:
        """Return what is counted under the present calendar and has no price now.

        What waits for the price of an entity is told otherwise.
        """
        own, _ = self.contracts
        if (contract := own.sorting(today)) is not None:
            waits = contract.offer.formula is not None
            return frozenset() if waits else own.unpriced(today, today)
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
