"""The prices in force on a day: the regulated ones, one's own, and those of offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from ...costs.estimate.contracts import in_force
from ...costs.ledger.rows import Key
from ...costs.prices.offers import Offer
from ...costs.prices.prices import PricePeriod
from ...costs.prices.regulated import OPTIONS, Grid
from .pricing import Pricing

_POWERS = (3, 6, 9, 12, 15, 18, 24, 30, 36)


@dataclass(frozen=True)
class PriceRow:
    """A list of prices."""

    name: str
    power: int | None
    """Subscribed kVA, None where it does not matter."""
    since: date
    subscription: Decimal | None
    """Euros a month."""
    prices: Mapping[Key, Decimal]
    """Euros a kWh."""
    source: str
    stale: bool = False
    """Whether newer prices should be known."""
    own: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        monthly = self.subscription
        return {
            "name": self.name,
            "power": self.power,
            "since": self.since.isoformat(),
            "subscription": None if monthly is None else float(round(monthly, 4)),
            "prices": {str(key.index): float(p) for key, p in self.prices.items()},
            "source": self.source,
            "stale": self.stale,
            "own": self.own,
        }


def price_rows(pricing: Pricing, day: date, power: int | None) -> list[PriceRow]:
    """Return what is in force: of one power only, if it is given."""
    contract = in_force(pricing.contracts, day)
    if contract is not None:
        own = list(_of_offer(contract, pricing.grid, day))
    else:
        own = [
            _of_period(period.calendar, period)
            for calendar in dict.fromkeys(p.calendar for p in pricing.periods.periods)
            if (period := pricing.periods.on(day, calendar)) is not None
        ]
    rows = [replace(one, own=True) for one in own]
    for offer in pricing.offers:
        rows += _of_offer(offer, pricing.grid, day)
    for option, calendar in OPTIONS.items():
        rows += _regulated(pricing.grid, option, calendar, day, power)
    return rows


def _of_period(name: str, period: PricePeriod) -> PriceRow:
    prices = {
        Key(period.calendar, index): price
        for index, price in sorted(period.prices.items())
    }
    return PriceRow(
        name, None, period.start, period.subscription, prices, period.source
    )


def _of_offer(offer: Offer, grid: Grid, day: date) -> Iterator[PriceRow]:
    """Yield the list of an offer, nothing before its first period."""
    if offer.regulated is not None:
        known = offer.price_list(grid)
        for row in _regulated(grid, offer.name, offer.calendar, day, offer.regulated):
            quotes = {k: known.price(day, k.calendar, k.index) for k in row.prices}
            yield replace(
                row, prices={key: quote.value for key, quote in quotes.items() if quote}
            )
    elif (period := offer.prices.on(day, offer.calendar)) is not None:
        yield _of_period(offer.name, period)


def _regulated(
    grid: Grid, name: str, calendar: str, day: date, power: int | None
) -> Iterator[PriceRow]:
    """Yield the regulated lists of an option, by power."""
    sold = {grid.power_for(calendar, p) for p in ([power] if power else _POWERS)}
    for kva in sorted(one for one in sold if one is not None):
        if (found := grid.in_force(calendar, kva, day)) is None:
            continue
        row = found.row
        prices = {Key(calendar, n): price for n, price in enumerate(row.prices, 1)}
        stale = grid.stale(calendar, kva, day)
        yield PriceRow(
            name, kva, row.start, row.subscription, prices, row.source, stale
        )
