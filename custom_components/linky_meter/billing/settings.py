"""What the user chose about prices, and the words of forms and actions for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from homeassistant.util import dt as dt_util

from ..const import CONF_POWER, CONF_PRICES, CONF_RTE_COLOURS, CONF_SOURCE
from ..linky_tic.costs import errors
from ..linky_tic.costs.calendar.days import day_of
from ..linky_tic.costs.estimate.contracts import in_force, starts_on
from ..linky_tic.costs.estimate.spans import Billing
from ..linky_tic.costs.export.terms import ExportList
from ..linky_tic.costs.prices.offers import Offer
from ..linky_tic.costs.prices.prices import Powers, PriceBook, PriceList, Prices
from ..linky_tic.costs.prices.regulated import Grid, RegulatedPrices, regulated_prices

CONF_PERIODS = "periods"
CONF_CONTRACTS = "contracts"
CONF_FORMS = "contract_forms"
CONF_DISCOUNT = "discount"
CONF_BILLING = "billing"
CONF_EXPORT = "export"
CONF_SUBSCRIPTION = "subscription"
CONF_VALID_FROM = "valid_from"
CONF_VALID_UNTIL = "valid_until"

PRICE_ERRORS: dict[type[errors.PriceError], str] = {
    errors.NotANumberError: "not_a_number",
    errors.NegativePriceError: "negative_price",
    errors.AbsurdPriceError: "absurd_price",
    errors.UnknownIndexError: "unknown_index",
    errors.EmptyPeriodError: "empty_period",
    errors.OverlapError: "overlap",
    errors.PeriodError: "bad_period",
}
"""The key of each error's words."""


def price_error_key(err: errors.PriceError) -> str:
    """Return the key of an error's words, the same in forms and actions."""
    return PRICE_ERRORS.get(type(err), "bad_period")


def this_month() -> date:
    """Return the first day of this month."""
    return day_of(dt_util.utcnow()).replace(day=1)


class PriceSource(StrEnum):
    """Where prices come from; what was typed comes before all others."""

    NONE = "none"
    MANUAL = "manual"
    REGULATED = "regulated"
    UPDATED = "updated"

    @property
    def is_regulated(self) -> bool:
        """Whether the regulated prices serve where none was typed."""
        return self in {PriceSource.REGULATED, PriceSource.UPDATED}


@dataclass(frozen=True)
class PriceSettings:
    """The choice of prices."""

    source: PriceSource = PriceSource.NONE
    power: int | None = None
    """Subscribed kVA of the regulated prices."""
    periods: PriceList = field(default_factory=PriceList)
    """What was typed."""
    rte_colours: bool = False
    """Whether RTE may be asked for Tempo colours."""
    contracts: tuple[Offer, ...] = ()
    """One's own contracts that have hours of their own, in the order of first days."""
    discount: Decimal = Decimal(0)
    """Per cent that one pays less than the regulated price, before taxes."""

    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What was typed for the hours of a contract, by its first day."""
    billing: Billing | None = None
    """When bills begin, if that was told."""
    export: ExportList = field(default_factory=ExportList)
    """What exported energy brings."""

    def with_contract(
        self, contract: Offer, form: Mapping[str, Any] | None = None
    ) -> PriceSettings:
        """Return the choice with a contract from its first day on."""
        since = starts_on(contract)
        forms = {**self.forms, since.isoformat(): dict(form or {})}
        others = [one for one in self.contracts if starts_on(one) != since]
        ordered = tuple(sorted([*others, contract], key=starts_on))
        source = self.source if self.chosen else PriceSource.MANUAL
        return replace(self, contracts=ordered, source=source, forms=forms)

    @property
    def chosen(self) -> bool:
        """Whether there are costs at all."""
        return self.source is not PriceSource.NONE

    def book(self, grid: Grid, powers: Powers = ()) -> Prices:
        """Return what knows the prices; ``powers`` are those that the meter told.

        What was typed serves where it told none.
        """
        lists: list[Prices] = []
        if self.chosen:
            lists.append(self.periods)
        if self.source.is_regulated and self.power is not None:
            lists.append(regulated_prices(grid, self.power, powers, self.discount))
        return PriceBook(lists)

    def stale_since(self, grid: Grid, today: date, calendar: str) -> date | None:
        """Return since when regulated prices hold that should be over by now.

        None while all is well, and where they do not serve.
        """
        if (
            self.power is None
            or not self.source.is_regulated
            or self.periods.on(today, calendar) is not None
            or in_force(self.contracts, today) is not None
        ):
            return None
        regulated = RegulatedPrices(grid, self.power)
        quote = regulated.price(today, calendar, 1)
        if quote is None or not regulated.stale(calendar, today):
            return None
        return quote.since

    def as_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return an entry's options with this choice."""
        chosen: dict[str, Any] = {
            CONF_SOURCE: str(self.source),
            CONF_POWER: self.power,
            CONF_PERIODS: self.periods.as_list(),
            CONF_RTE_COLOURS: self.rte_colours,
        }
        if self.contracts:
            chosen[CONF_CONTRACTS] = [one.as_dict() for one in self.contracts]
            there = {starts_on(one).isoformat() for one in self.contracts}
            chosen[CONF_FORMS] = {
                since: form for since, form in self.forms.items() if since in there
            }
        if self.discount:
            chosen[CONF_DISCOUNT] = str(self.discount)
        if self.billing is not None:
            chosen[CONF_BILLING] = self.billing.as_dict()
        if self.export:
            chosen[CONF_EXPORT] = self.export.as_list()
        return {**options, CONF_PRICES: chosen}

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> PriceSettings:
        """Return the choice in an entry's options; none at first."""
        chosen = options.get(CONF_PRICES, {})
        billing = chosen.get(CONF_BILLING)
        return cls(
            PriceSource(chosen.get(CONF_SOURCE, PriceSource.NONE)),
            chosen.get(CONF_POWER),
            PriceList.from_list(chosen.get(CONF_PERIODS, ())),
            chosen.get(CONF_RTE_COLOURS, False),
            tuple(Offer.from_dict(one) for one in chosen.get(CONF_CONTRACTS, ())),
            Decimal(chosen.get(CONF_DISCOUNT, 0)),
            chosen.get(CONF_FORMS, {}),
            None if billing is None else Billing.from_dict(billing),
            ExportList.from_list(chosen.get(CONF_EXPORT, ())),
        )
