"""Meters, prices and moments for the tests of costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    PARIS,
    Month,
    day_of,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import Colours
from custom_components.linky_meter.linky_tic.costs.estimate.contracts import (
    OwnContracts,
)
from custom_components.linky_meter.linky_tic.costs.estimate.daily import OwnCosts
from custom_components.linky_meter.linky_tic.costs.estimate.month import (
    MonthCost,
    month_cost,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.samples import Fed, Sample
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
    Prices,
)

SAMPLES = Path(__file__).parents[2].parent / "shared" / "prices"
"""Price files beside the checkout; absent elsewhere."""


def paris(text: str) -> datetime:
    """Return a French time; a second passage of an hour ends in ``+01:00``."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=PARIS) if at.tzinfo is None else at


def day(text: str) -> date:
    """Return a day."""
    return date.fromisoformat(text)


def feed(
    ledger: Ledger,
    at: str | datetime,
    indexes: Mapping[int, int],
    calendar: str = OFF_PEAK,
    **more: object,
) -> Fed:
    """Show the ledger a meter of 9 kVA."""
    moment = paris(at) if isinstance(at, str) else at
    options = {"serial": "A", "power": 9000} | more
    return ledger.feed(Sample(moment, calendar, indexes, **options))  # type: ignore[arg-type]


def period(
    start: str, *prices: str, subscription: str | None = None, **more: object
) -> PricePeriod:
    """Return a period of prices, by default of off-peak and peak."""
    return PricePeriod(
        **{"calendar": OFF_PEAK}  # type: ignore[arg-type]
        | {
            "start": day(start),
            "prices": {n: Decimal(price) for n, price in enumerate(prices, 1)},
            "subscription": None if subscription is None else Decimal(subscription),
        }
        | more
    )


AUTUMN = PriceList(
    [
        period("2026-02-01", "0.1578", "0.2065", subscription="15.69"),
        period("2026-08-01", "0.1589", "0.2142", subscription="15.86"),
    ]
)
"""HP/HC at 6 kVA, as billed in 2026."""


def own_month(
    ledger: Ledger, prices: Prices, colours: Colours, month: Month, now: datetime
) -> MonthCost:
    """Return what a month costs on the meter's indexes."""
    own = OwnContracts(OwnCosts(ledger, prices), {})
    return month_cost(own, month, now, own.forecaster(colours, day_of(now)))
