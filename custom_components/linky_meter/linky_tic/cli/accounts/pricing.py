"""The prices and offers that a configuration or linkypy's variables name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ...costs.calendar.alerts import AlertDays
from ...costs.calendar.calendars import BASE, OFF_PEAK
from ...costs.errors import CostsError
from ...costs.estimate.contracts import starts_on
from ...costs.estimate.spans import Billing, Every
from ...costs.export.terms import ExportList
from ...costs.prices.offers import Offer, regulated_offers
from ...costs.prices.prices import (
    Powers,
    PriceBook,
    PriceList,
    PricePeriod,
    Prices,
    parse_amount,
)
from ...costs.prices.regulated import Grid, bundled, regulated_prices
from ..environment import Environment
from ..toml_table import Table
from .export import read_export
from .offers import ALWAYS, POWERS, Told, price_list, price_period, read_offer, wrong


@dataclass(frozen=True)
class Pricing:
    """What energy costs, and what it would cost elsewhere."""

    periods: PriceList
    power: int | None = None
    """Subscribed kVA of the regulated prices."""
    regulated: bool = False
    """Whether these are one's own where no period holds."""
    offers: tuple[Offer, ...] = ()
    alerts: Mapping[str, AlertDays] = field(default_factory=dict)
    """The alert days of offers and contracts, by what these keep them under."""
    discount: Decimal = Decimal(0)
    """Per cent that one pays less than the regulated price, before taxes."""
    billing: Billing | None = None
    """When bills begin."""
    contracts: tuple[Offer, ...] = ()
    """One's own contracts that have hours of their own, in the order of first days."""
    export: ExportList = field(default_factory=ExportList)
    """What exported energy brings."""

    @property
    def chosen(self) -> bool:
        """Whether anything can be priced."""
        own = self.periods.periods or self.regulated or self.contracts
        return bool(own or self.offers)

    @property
    def grid(self) -> Grid:
        """The regulated prices."""
        return bundled()

    def book(self, powers: Powers = ()) -> Prices:
        """Return what knows one's own prices; the powers that the meter told first."""
        lists: list[Prices] = [self.periods]
        if self.regulated and self.power is not None:
            lists.append(regulated_prices(self.grid, self.power, powers, self.discount))
        return PriceBook(lists)

    @property
    def sold(self) -> tuple[Offer, ...]:
        """The regulated options at one's power, but for those told as offers."""
        told = {offer.name for offer in self.offers}
        sold = () if self.power is None else regulated_offers(self.power, self.grid)
        return tuple(offer for offer in sold if offer.name not in told)


def read_pricing(top: Table, environ: Environment) -> Pricing:
    """Return the prices of a file, and of the environment, which comes first.

    Raise SettingsError.
    """
    table = top.table("prices")
    power = table.whole("power", *POWERS)
    regulated = table.flag("regulated")
    discount = table.part("discount")
    billing = _billing(table)
    periods = [
        price_period(one, one.text("calendar")) for one in table.tables("periods")
    ]
    owned = _contracts(table)
    export = read_export(table)
    table.done()
    prices = price_list(table, "periods", periods)
    read = [read_offer(one) for one in top.tables("offers")]
    offers = tuple(one.offer for one in read)
    names = [offer.name for offer in offers]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise top.error("offer_twice", "offers", name=twice)
    told = _of_variables(environ)
    if (found := environ.whole("CURRENT_POWER", *POWERS)) is not None:
        power = found
        # linkypy's variables alone: the power is the choice
        regulated = regulated or ("prices" not in top and not told)
    if regulated and power is None:
        raise table.error("setting_missing", "power")
    for period in told:
        prices = prices.starting(replace(period, start=ALWAYS))
    if discount and not regulated:
        raise table.error("setting_missing", "regulated")
    return Pricing(
        prices,
        power,
        regulated,
        offers,
        {one.offer.alert_key: one.alerts for one in (*read, *owned)},
        discount,
        billing,
        tuple(one.offer for one in owned),
        export,
    )


def _billing(table: Table) -> Billing | None:
    """Return when bills begin, None where nobody told."""
    first, every = table.day("bill_first"), table.text("bill_every", list(Every))
    if first is None:
        if every is not None:
            raise table.error("setting_missing", "bill_first")
        return None
    return Billing(first, Every(every or Every.MONTH))


def _contracts(table: Table) -> list[Told]:
    """Return one's own contracts, in the order of their first days."""
    read = [read_offer(one, own=True) for one in table.tables("contracts")]
    read.sort(key=lambda one: starts_on(one.offer))
    days = [starts_on(one.offer) for one in read]
    if twice := next((day for day in days if days.count(day) > 1), None):
        raise table.error("contract_twice", "contracts", day=twice)
    return read


def _of_variables(environ: Environment) -> list[PricePeriod]:
    """Return the prices of linkypy's variables: its base price is that of peak."""
    names = ("HP_KWH_PRICE", "HC_KWH_PRICE", "MONTHLY_SUBSCRIPTION_PRICE")
    amounts: list[Decimal | None] = []
    for name in names:
        try:
            amounts.append(parse_amount(environ[name]) if name in environ else None)
        except CostsError as err:
            raise wrong(err, name) from err
    peak, off_peak, subscription = amounts
    found = []
    for calendar, prices in (
        (BASE, {1: peak}),
        (OFF_PEAK, {1: off_peak, 2: peak}),
    ):
        known = {index: price for index, price in prices.items() if price is not None}
        if known or subscription is not None:
            try:
                found.append(PricePeriod(calendar, ALWAYS, known, subscription))
            except CostsError as err:
                raise wrong(err, ", ".join(n for n in names if n in environ)) from err
    return found
