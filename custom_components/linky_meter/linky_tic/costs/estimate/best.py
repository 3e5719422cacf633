"""Which contract would have cost least over the last twelve months, at today's prices.

A month says little: Tempo is cheap in summer and dear in January. So a year of energy is
priced as it would be billed now, on one's own contract, on the offers that were added,
and on the regulated options at each power that may be subscribed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ..calendar.calendars import TEMPO
from ..calendar.days import DAY, days_between
from ..calendar.tempo import Colour, off_peak_index
from ..ledger.rows import Key
from ..prices.offers import CALENDARS, Offer, Structure
from ..prices.regulated import Grid, RegulatedPrices
from .adviser import Advice
from .compare import Difference, OfferCosts
from .contracts import Sorting
from .daily import NOTHING, Costs, euros
from .seasons import ByColour, narrowed

YEAR = 365
_USUAL_POWER = 6
"""kVA, of most households."""
ENOUGH_DAYS = 350
"""Complete days of the last 365 from which on a year is judged."""
REGULATED = tuple(
    Offer(structure, structure, regulated=6)
    for structure in (Structure.BASE, Structure.OFF_PEAK, Structure.TEMPO)
)
"""What is always compared, whatever offers are added; only how it sorts energy counts."""


@dataclass(frozen=True)
class YearCost:
    """What the days that are known would cost at today's prices, made a whole year."""

    days: int
    """Complete days that it is made of."""
    low: Decimal = NOTHING
    expected: Decimal = NOTHING
    """Euros a year, with subscription; so are low and high."""
    high: Decimal = NOTHING
    subscription: Decimal = NOTHING
    unsorted: int = 0
    """Wh of those days of which hours or colour are not known."""
    wh: int = 0
    """Wh a year."""
    red_peak: Decimal = NOTHING
    """Euros that peak energy of red days cost more than it would have on blue days."""

    @property
    def exact(self) -> bool:
        """Whether it is no range."""
        return self.low == self.high


@dataclass(frozen=True)
class Contract:
    """A contract that is judged."""

    name: str
    """The offer's; of a regulated option its structure; empty for one's own."""
    structure: Structure | None
    power: int | None
    """Subscribed kVA, where the price depends on it."""
    cost: YearCost | None
    """None where a price or the subscription is not known."""
    offer: str | None = None
    """What tells an added offer from others."""
    difference: Difference | None = None
    """To one's own contract, euros a year; below zero it is cheaper."""

    @property
    def own(self) -> bool:
        """Whether it is one's own."""
        return not self.name

    @property
    def saves_surely(self) -> bool:
        """Whether it is cheaper whatever is not known of the past."""
        return self.difference is not None and self.difference.high < 0


@dataclass(frozen=True)
class Judgement:
    """The contracts beside each other, the cheapest first."""

    days: int
    """Complete days of the last 365."""
    contracts: tuple[Contract, ...]
    """One's own is among them; those without a price come last."""

    @property
    def enough(self) -> bool:
        """Whether a year can be judged."""
        return self.days >= ENOUGH_DAYS

    @property
    def own(self) -> Contract:
        """One's own contract."""
        return next(one for one in self.contracts if one.own)

    @property
    def best(self) -> Contract | None:
        """The cheapest by what is to be expected; None while nothing can be judged."""
        first = self.contracts[0]
        judged = self.enough and self.own.cost is not None
        return first if judged and first.cost is not None else None


def year_cost(costs: Costs, today: date) -> YearCost | None:
    """Return what a year costs as billed today; None where a price is not known."""
    if (quote := costs.subscription(today)) is None:
        return None
    found, days = YearCost(0), 0
    by_colour: list[tuple[date, ByColour]] = []
    for day in days_between(today - YEAR * DAY, today):
        if (cost := costs.day(day, today)) is None or not cost.complete:
            continue
        if cost.unpriced:
            return None
        days += 1
        by_colour += cost.by_colour
        found = replace(
            found,
            low=found.low + cost.low,
            expected=found.expected + cost.expected,
            high=found.high + cost.high,
            unsorted=found.unsorted + cost.unsorted,
            wh=found.wh + sum(cost.energy.values()) + cost.unsorted,
            red_peak=found.red_peak + Decimal(cost.energy.get(_RED_PEAK, 0)),
        )
    if not days:
        return None
    low, high = found.low, found.high
    if isinstance(costs, OfferCosts):
        low, high = narrowed(low, high, by_colour, costs.colours)
    whole = Decimal(YEAR) / days
    yearly = 12 * quote.value
    return replace(
        found,
        days=days,
        low=low * whole + yearly,
        expected=found.expected * whole + yearly,
        high=high * whole + yearly,
        subscription=yearly,
        wh=round(found.wh * whole),
        red_peak=_dearer(costs, today, found.red_peak) * whole,
    )


_RED_PEAK = Key(TEMPO, off_peak_index(Colour.RED) + 1)


def _dearer(costs: Costs, today: date, wh: Decimal) -> Decimal:
    """Return what red peak energy costs more than that of blue days."""
    prices = getattr(costs, "prices", None)
    if not wh or prices is None:
        return NOTHING
    red, blue = (
        prices.price(today, TEMPO, off_peak_index(colour) + 1)
        for colour in (Colour.RED, Colour.BLUE)
    )
    if red is None or blue is None:
        return NOTHING
    return euros(int(wh), red.value - blue.value)


def regulated_contracts(
    like: OfferCosts, grid: Grid, powers: Iterable[int], today: date
) -> Iterator[Contract]:
    """Yield the regulated options at powers in kVA, as an offer's energy is sorted.

    Options of one price for the kWh are worked out once.
    """
    wanted = sorted(set(powers))
    for one in REGULATED:
        known: dict[tuple[Decimal, ...], YearCost | None] = {}
        calendar = CALENDARS[one.structure]
        for power in wanted:
            if grid.power_for(calendar, power) != power:
                continue
            found = grid.in_force(calendar, power, today)
            if found is None or (monthly := found.row.subscription) is None:
                continue
            prices = found.row.prices
            if prices not in known:
                costs = replace(like, offer=one, prices=RegulatedPrices(grid, power))
                known[prices] = year_cost(costs, today)
            if (year := known[prices]) is None:
                continue
            more = 12 * monthly - year.subscription
            cost = replace(
                year,
                low=year.low + more,
                expected=year.expected + more,
                high=year.high + more,
                subscription=12 * monthly,
            )
            yield Contract(one.structure, one.structure, power, cost)


def judge(
    own: Costs,
    offers: Mapping[str, Sorting],
    regulated: Iterable[Contract],
    today: date,
    days: int,
) -> Judgement:
    """Return all contracts beside each other; ``days`` are complete, of the last 365."""
    mine = Contract("", None, None, year_cost(own, today))
    contracts = [mine]
    for key, costs in offers.items():
        offer = costs.offer
        cost = year_cost(costs, today)
        contracts.append(
            Contract(offer.name, offer.structure, offer.regulated, cost, key)
        )
    contracts += regulated
    beside = [replace(one, difference=_difference(one, mine)) for one in contracts]
    return Judgement(
        days,
        tuple(
            sorted(
                beside,
                key=lambda one: (
                    one.cost is None,
                    one.cost.expected if one.cost else NOTHING,
                    not one.own,
                ),
            )
        ),
    )


def judge_year(
    own: Costs,
    offers: Mapping[str, Sorting],
    like: OfferCosts,
    *,
    grid: Grid,
    power: int | None,
    advice: Advice,
    today: date,
) -> Judgement:
    """Return all contracts beside each other, the regulated ones at powers that will do.

    ``like`` sorts energy as the regulated options do; ``power`` is subscribed, kVA.
    """
    powers = {power or _USUAL_POWER}
    if advice.above is not None and advice.comfortable is not None:
        powers |= {one for one in advice.above if one >= advice.comfortable}
    days = sum(
        row.complete(day)
        for day, row in like.ledger.days.items()
        if today - YEAR * DAY <= day < today
    )
    return judge(
        own, offers, regulated_contracts(like, grid, powers, today), today, days
    )


def saving_of_power(
    judgement: Judgement, calendar: str | None, now: int | None, power: int | None
) -> Decimal | None:
    """Return what another power saves in a year at the regulated prices, euros.

    None where one of the two is not sold under the calendar.
    """
    costs = {
        one.power: one.cost.expected
        for one in judgement.contracts
        if one.cost and one.offer is None and one.structure
        if CALENDARS[one.structure] == calendar
    }
    if power not in costs or now not in costs:
        return None
    return costs[now] - costs[power]


def _difference(one: Contract, own: Contract) -> Difference | None:
    if one.cost is None or own.cost is None:
        return None
    if one.own:
        return Difference(NOTHING, NOTHING, NOTHING)
    return Difference(
        one.cost.low - own.cost.high,
        one.cost.expected - own.cost.expected,
        one.cost.high - own.cost.low,
    )
