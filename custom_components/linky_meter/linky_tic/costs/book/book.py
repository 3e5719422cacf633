"""Ledger and prices together: what days cost, over and going on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from ..calendar.alerts import AlertDays
from ..calendar.days import DAY, Month, day_of
from ..calendar.schedule import Schedule
from ..calendar.tempo import Colour, Colours, Source
from ..estimate.adviser import Advice, advise_power
from ..estimate.best import REGULATED, Judgement, judge_year, saving_of_power
from ..estimate.compare import Comparison, OfferCosts, beside, cheapest
from ..estimate.contracts import OwnContracts, Sorting, starts_on
from ..estimate.daily import OwnCosts, first_day
from ..estimate.dynamic import DynamicCosts
from ..estimate.month import day_total, open_month
from ..estimate.spans import Billing, next_change, open_sums, spans_of
from ..estimate.totals import by_index, fold, lifetime, month_before, whole_years
from ..export.terms import ExportList
from ..ledger.ledger import Ledger
from ..ledger.quarters import PricedEnergy
from ..ledger.rows import KEPT_DAYS, Key
from ..ledger.samples import Fed, Sample
from ..ledger.virtual import VirtualRegisters
from ..plan.timeline import mean_price
from ..prices.offers import Offer
from ..prices.prices import Prices
from ..prices.regulated import Grid
from .view import CostView, PastCosts


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
        return self.sorted(offer)

    def sorted(self, offer: Offer) -> OfferCosts:
        """Return an offer that sorts energy by hours, or by the meter's indexes."""
        return OfferCosts(
            offer,
            offer.price_list(self.grid),
            self.ledger,
            self.registers,
            self.colours,
            self.learned,
            self.alerts.get(offer.alert_key) or AlertDays(),
        )

    @property
    def _by_hours(self) -> tuple[Offer, ...]:
        """What sorts energy by hours: offers, own contracts, regulated options."""
        return (*self.offers.values(), *self.own, *REGULATED)

    def sort(self) -> None:
        """Sort energy from now on as offers and contracts want."""
        self.registers.want(
            schedule
            for offer in self._by_hours
            for schedule in offer.schedules(self.learned)
        )

    def learn(self, learned: Schedule | None) -> None:
        """Take the meter's own off-peak hours, if it told any."""
        if learned is None or learned == self.learned:
            return
        self.registers.go_on_with(
            pair
            for offer in self._by_hours
            for pair in zip(
                offer.schedules(self.learned), offer.schedules(learned), strict=True
            )
        )
        self.learned = learned
        self.forget()

    def learn_colours(self, colours: Mapping[date, Colour]) -> None:
        """Take Tempo colours that the meter told."""
        if self.colours.learn_all(colours, Source.METER):
            self.forget()

    def feed(self, sample: Sample) -> Fed:
        """Book what the registers counted; raise NaiveTimeError."""
        before, known = self._place, bool(self.ledger.powers)
        fed = self.ledger.feed(sample)
        if not known:
            self._hold_typed()
        self.registers.feed(fed.bookings)
        now = self._place
        if now != before or any(day_of(one.start) != now[0] for one in fed.bookings):
            self.forget()
        return fed

    def _hold_typed(self) -> None:
        """Let a typed power hold for the days before the meter told its first one."""
        powers, first = self.ledger.powers, first_day(self.ledger)
        if powers and self.power and first and first < powers[0][0]:
            powers.insert(0, (first, self.power))

    @property
    def _place(self) -> tuple[date | None, str | None]:
        """The day and the calendar that are counted."""
        last = self.ledger.last
        return last and day_of(last), self.ledger.calendar

    def past(self, today: date, month: Month | None = None) -> PastCosts:
        """Return what the days before today cost, and of a month, else the present."""
        own, offers = self.contracts
        month = month or Month.of(today)
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
            carries=lifetime(own, today),
            offers={
                name: open_month(costs, month, today, costs.forecaster)
                for name, costs in offers.items()
            },
            years=whole_years(own, offers, self.colours, today),
            sums=open_sums(own, self.terms, spans_of(today, self.billing), today),
            next_change=next_change(own, today),
            mean_price=self._mean_price(today),
        )

    def _mean_price(self, today: date) -> Decimal | None:
        own, _ = self.contracts
        contract = own.ahead(today, self.learned, self.colours)
        return None if contract is None else mean_price(contract, today)

    def fold(self, today: date) -> None:
        """Fold the months that are old, at the prices known now."""
        own, _ = self.contracts
        if fold(own, today, self.terms):
            self.forget()

    def trim(self, today: date) -> None:
        """Forget what is older than rows are kept."""
        before = today - (KEPT_DAYS + 31) * DAY
        self.registers.trim(today)
        self.colours.trim(before)
        for days in self.alerts.values():
            days.trim(before)

    @property
    def _subscribed(self) -> int | None:
        return self.ledger.power or self.power

    def _advice(self, today: date) -> Advice:
        """Return which power the days of the last year want."""
        return advise_power(self.ledger, self.grid, self._subscribed, today)

    def _judgement(self, today: date, advice: Advice) -> Judgement:
        """Return all contracts beside each other, at the powers that will do."""
        own, offers = self.contracts
        like = self.sorted(REGULATED[0])
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
            sums=sums,
            next_change=past.next_change,
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
