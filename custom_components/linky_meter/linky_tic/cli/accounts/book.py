"""What the meter's energy costs, and would cost elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ...costs.calendar.alerts import AlertDays
from ...costs.calendar.days import DAY, Month, day_of
from ...costs.calendar.schedule import Schedule
from ...costs.calendar.tempo import Colours, Source
from ...costs.estimate.adviser import advise_power
from ...costs.estimate.best import REGULATED, judge_year, saving_of_power
from ...costs.estimate.compare import Comparison, OfferCosts, compare
from ...costs.estimate.contracts import OwnContracts, Sorting, starts_on
from ...costs.estimate.daily import OwnCosts
from ...costs.estimate.month import MonthCost, day_total, month_cost
from ...costs.estimate.spans import Part, Span, Sums, open_sums, spans_of
from ...costs.estimate.totals import fold
from ...costs.ledger.ledger import Ledger
from ...costs.ledger.readings import colours_of, learned_of, sample_of
from ...costs.ledger.rows import KEPT_DAYS, Carry, Key
from ...costs.ledger.virtual import VirtualRegisters
from ...costs.plan.timeline import Contract
from ...costs.prices.offers import Offer
from ...costs.prices.prices import Quote
from ...tic.reading import MeterReading
from ...tic.tariffs import INDEXES
from .past import Past, Year, past_of
from .pricing import Pricing


@dataclass(frozen=True)
class Costs:
    """Costs of a month as they are at a moment."""

    at: datetime
    own: MonthCost | None
    """None without a price of one's own contract."""
    offers: tuple[Comparison, ...]
    quotes: Mapping[int, Quote] = field(default_factory=dict)
    """What a kWh costs now, by index."""
    today: Decimal | None = None
    """Euros until that moment, with the part of the subscription; so is yesterday."""
    yesterday: Decimal | None = None
    subscription: Quote | None = None
    by_index: Mapping[int, Carry] = field(default_factory=dict)
    """Energy and cost of each index since the ledger began."""
    past: Past = field(default_factory=Past)
    sums: Sums = field(default_factory=Sums)
    """Energy and cost of the day, month, calendar year and bill that go on."""
    restarted: datetime | None = None
    """When the ledger had to begin again."""
    contract: Contract | None = field(default=None, compare=False)
    """What tells the prices ahead, None while the contract is not known."""
    own_hours: Offer | None = None
    """One's own contract, if it has hours of its own."""
    counted: int | None = None
    """Its index that counts now, None where its colour is not known."""

    @property
    def prices(self) -> dict[int, Decimal]:
        """Euros a kWh now, by index."""
        return {index: quote.value for index, quote in self.quotes.items()}

    @property
    def day(self) -> date:
        """The day of that moment."""
        return day_of(self.at)


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


@dataclass
class Book:
    """The energy ledger of a meter, and prices."""

    pricing: Pricing
    ledger: Ledger = field(default_factory=Ledger)
    registers: VirtualRegisters = field(default_factory=VirtualRegisters)
    colours: Colours = field(default_factory=Colours)
    learned: Schedule | None = None
    """The meter's own off-peak hours."""
    restarted: datetime | None = None
    """When the ledger had to begin again."""
    _past: tuple[object, Past] | None = None
    _tidied: date | None = None

    def __post_init__(self) -> None:
        """Sort energy as the offers want."""
        self.registers.want(
            schedule
            for offer in self._sorted
            for schedule in offer.schedules(self.learned)
        )

    def feed(self, reading: MeterReading, uptime: float | None = None) -> None:
        """Take a reading; ``uptime`` is a clock that never steps, if there is one."""
        self.colours.learn_all(colours_of(reading), Source.METER)
        learned = learned_of(reading)
        if learned is not None and learned != self.learned:
            self.registers.go_on_with(
                pair
                for offer in self._sorted
                for pair in zip(
                    offer.schedules(self.learned),
                    offer.schedules(learned),
                    strict=True,
                )
            )
            self.learned = learned
        if (sample := sample_of(reading, uptime)) is None:
            return
        fed = self.ledger.feed(sample)
        self.registers.feed(fed.bookings)
        self._tidy(day_of(sample.at))

    def look(self, now: datetime | None = None, month: Month | None = None) -> Costs:
        """Return what a month costs, by default the one of the last reading."""
        now = now or self.ledger.last or datetime.now(UTC)
        month = month or Month.of(day_of(now))
        day = day_of(now)
        costs = self._own()
        mine = costs.sorting(day)
        own = month_cost(costs, month, now, costs.forecaster(self.colours, day))
        priced = own.subscription or own.unpriced < own.wh
        offers = {offer.name: self._costs(offer) for offer in self.pricing.compared}
        past = self._past_at(costs, offers, now)
        return Costs(
            now,
            own if priced else None,
            tuple(compare(one, own, now) for one in offers.values()),
            self._quotes(costs, day),
            day_total(costs, day, costs.day(day), now),
            day_total(costs, day - DAY, costs.day(day - DAY)),
            costs.subscription(day),
            past.by_index(costs, now),
            past,
            past.sums(costs, now),
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
        own, ledger, terms = self._own(), self.ledger, self.pricing.export
        if now < month.end:
            today = day_of(now)
            spans = spans_of(today, self.pricing.billing)
            going_on = open_sums(own, ledger, terms, spans, today)
            return going_on.at(today, ledger.days.get(today), own.day(today), now)
        end = month.next.first
        over = {Part.MONTH: Span(month.first, end)}
        return open_sums(own, ledger, terms, over, end).at(end, None, None, month.end)

    def year(self, now: datetime | None = None) -> Year:
        """Return what the last twelve months say, at the prices of today."""
        today = day_of(now or self.ledger.last or datetime.now(UTC))
        ledger, grid = self.ledger, self.pricing.grid
        power = ledger.power or self.pricing.power
        advice = advise_power(ledger, grid, power, today)
        judgement = judge_year(
            self._own().of(today),
            {offer.name: self._costs(offer) for offer in self.pricing.offers},
            self._costs(REGULATED[0]),
            grid=grid,
            power=power,
            advice=advice,
            today=today,
        )
        saving = saving_of_power(
            judgement, ledger.calendar, advice.now, advice.recommended
        )
        return Year(today, judgement, advice, saving)

    @property
    def _sorted(self) -> tuple[Offer, ...]:
        """What sorts energy by hours."""
        own = (one.offer for one in self.pricing.contracts)
        return (*self.pricing.compared, *own, *REGULATED)

    def _own(self) -> OwnContracts:
        """Return one's own contracts as their days cost."""
        indexes = OwnCosts(self.ledger, self.pricing.book(self.ledger.powers))
        contracts: dict[date, Sorting] = {
            starts_on(one.offer): self._costs(one.offer, one.alerts)
            for one in self.pricing.contracts
        }
        return OwnContracts(indexes, contracts)

    def _costs(self, offer: Offer, alerts: AlertDays | None = None) -> OfferCosts:
        return OfferCosts(
            offer,
            offer.price_list(self.pricing.grid),
            self.ledger,
            self.registers,
            self.colours,
            self.learned,
            alerts or self.pricing.alerts.get(offer.name) or AlertDays(),
        )

    def contract(self, day: date) -> Contract | None:
        """Return what tells the prices ahead of a day, and stays as it is now."""
        if self.ledger.calendar is None or not self.pricing.chosen:
            return None
        return self._own().ahead(day, self.learned, self.colours.copy())

    def _past_at(
        self, own: OwnContracts, offers: Mapping[str, OfferCosts], now: datetime
    ) -> Past:
        """Return the past, worked out once an hour: of Tempo more may be known then."""
        key = (now.date(), now.hour)
        if self._past is None or self._past[0] != key:
            bills, terms = self.pricing.billing, self.pricing.export
            past = past_of(own, offers, self.colours, now, billing=bills, terms=terms)
            self._past = key, replace(past, year=self.year(now))
        return self._past[1]

    def _quotes(self, own: OwnContracts, day: date) -> dict[int, Quote]:
        """Return what a kWh of each index of the present contract costs."""
        calendar = self.ledger.calendar
        if calendar is None:
            return {}
        quotes = {n: own.price(day, Key(calendar, n)) for n in INDEXES}
        return {n: quote for n, quote in quotes.items() if quote is not None}

    def _tidy(self, today: date) -> None:
        """Fold and forget what is old, once a day."""
        if today == self._tidied:
            return
        self._tidied = today
        own, terms = self._own(), self.pricing.export
        fold(self.ledger, own.indexes.prices, today, own, terms)
        self.registers.trim(today)
        self.colours.trim(today - timedelta(days=KEPT_DAYS + 31))

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
            datetime.fromisoformat(restarted) if restarted else None,
        )
