"""The prices and offers that a configuration or linkypy's variables name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ...costs.calendar.calendars import BASE, OFF_PEAK
from ...costs.calendar.schedule import Schedule, Window, parse_windows
from ...costs.errors import (
    AbsurdPriceError,
    CostsError,
    EmptyPeriodError,
    NegativePriceError,
    NotANumberError,
    OverlapError,
    PeriodError,
    UnknownIndexError,
)
from ...costs.prices.by_power import Powers
from ...costs.prices.offers import (
    CALENDARS,
    NEED_HOURS,
    Offer,
    Structure,
    regulated_offers,
)
from ...costs.prices.prices import (
    PriceBook,
    PriceList,
    PricePeriod,
    Prices,
    parse_amount,
)
from ...costs.prices.regulated import Grid, bundled, regulated_prices
from ..environment import Environment
from ..toml_table import SettingsError, Table

_ALWAYS = date(2000, 1, 1)
_POWERS = (1, 250)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_WORDS: dict[type[CostsError], str] = {
    NotANumberError: "price_no_number",
    NegativePriceError: "price_negative",
    AbsurdPriceError: "price_absurd",
    UnknownIndexError: "price_index",
    EmptyPeriodError: "price_empty",
    PeriodError: "price_period",
}


@dataclass(frozen=True)
class Pricing:
    """What energy costs, and what it would cost elsewhere."""

    periods: PriceList
    power: int | None = None
    """Subscribed kVA of the regulated prices."""
    regulated: bool = False
    """Whether these are one's own where no period holds."""
    offers: tuple[Offer, ...] = ()

    @property
    def chosen(self) -> bool:
        """Whether anything can be priced."""
        return bool(self.periods.periods or self.regulated or self.offers)

    @property
    def grid(self) -> Grid:
        """The regulated prices."""
        return bundled()

    def book(self, powers: Powers = ()) -> Prices:
        """Return what knows one's own prices; the powers that the meter told first."""
        lists: list[Prices] = [self.periods]
        if self.regulated and self.power is not None:
            lists.append(regulated_prices(self.grid, self.power, powers))
        return PriceBook(lists)

    @property
    def compared(self) -> tuple[Offer, ...]:
        """All offers: those that are told, and the regulated ones at one's power."""
        told = {offer.name for offer in self.offers}
        sold = () if self.power is None else regulated_offers(self.power, self.grid)
        return (*self.offers, *(offer for offer in sold if offer.name not in told))


def read_pricing(top: Table, environ: Mapping[str, str]) -> Pricing:
    """Return the prices of a file, and of the environment, which comes first.

    Raise SettingsError.
    """
    table = top.table("prices")
    power = table.whole("power", *_POWERS)
    regulated = table.flag("regulated")
    periods = [_period(one, one.text("calendar")) for one in table.tables("periods")]
    table.done()
    prices = _listed(table, "periods", periods)
    offers = tuple(_offer(one) for one in top.tables("offers"))
    names = [offer.name for offer in offers]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise top.error("offer_twice", "offers", name=twice)
    told = _of_variables(environ)
    if (found := Environment(environ).whole("CURRENT_POWER", *_POWERS)) is not None:
        power = found
        # linkypy's variables alone: the power is the choice
        regulated = regulated or ("prices" not in top and not told)
    if regulated and power is None:
        raise table.error("setting_missing", "power")
    for period in told:
        prices = prices.starting(replace(period, start=_ALWAYS))
    return Pricing(prices, power, regulated, offers)


def _of_variables(environ: Mapping[str, str]) -> list[PricePeriod]:
    """Return the prices of linkypy's variables: its base price is that of peak."""
    names = ("HP_KWH_PRICE", "HC_KWH_PRICE", "MONTHLY_SUBSCRIPTION_PRICE")
    amounts: list[Decimal | None] = []
    for name in names:
        try:
            amounts.append(parse_amount(environ[name]) if environ.get(name) else None)
        except CostsError as err:
            raise _wrong(err, name) from err
    peak, off_peak, subscription = amounts
    found = []
    for calendar, prices in (
        (BASE, {1: peak}),
        (OFF_PEAK, {1: off_peak, 2: peak}),
    ):
        known = {index: price for index, price in prices.items() if price is not None}
        if known or subscription is not None:
            try:
                found.append(PricePeriod(calendar, _ALWAYS, known, subscription))
            except CostsError as err:
                raise _wrong(err, ", ".join(n for n in names if n in environ)) from err
    return found


def _wrong(err: CostsError, key: str) -> SettingsError:
    if isinstance(err, OverlapError):
        return SettingsError("price_overlap", key, day=err.day)
    return SettingsError(_WORDS.get(type(err), "price_wrong"), key)


def _refused(table: Table, key: str, err: CostsError) -> SettingsError:
    wrong = _wrong(err, key)
    return table.error(wrong.problem, key, **wrong.words)


def _period(table: Table, calendar: str | None) -> PricePeriod:
    if calendar is None:
        raise table.error("setting_missing", "calendar")
    start, end = table.day("start") or _ALWAYS, table.day("end")
    prices, subscription = table.numbers("prices"), table.number("subscription")
    table.done()
    try:
        return PricePeriod(calendar, start, prices, subscription, end)
    except CostsError as err:
        raise _refused(table, "prices", err) from err


def _listed(table: Table, key: str, periods: list[PricePeriod]) -> PriceList:
    try:
        return PriceList(periods)
    except CostsError as err:
        raise _refused(table, key, err) from err


def _offer(table: Table) -> Offer:
    name, supplier = table.text("name"), table.text("supplier") or ""
    kind = table.text("structure", [str(one) for one in Structure])
    for key, value in (("name", name), ("structure", kind)):
        if value is None:
            raise table.error("setting_missing", key)
    structure = Structure(str(kind))
    calendar = CALENDARS[structure]
    windows = [_windows(one) for one in table.tables("windows")]
    default = table.whole("default_index", 1, 10)
    regulated = table.whole("regulated", *_POWERS)
    periods = [_period(one, calendar) for one in table.tables("periods")]
    if "prices" in table or "subscription" in table:
        prices, monthly = table.numbers("prices"), table.number("subscription")
        try:
            periods.append(PricePeriod(calendar, _ALWAYS, prices, monthly))
        except CostsError as err:
            raise _refused(table, "prices", err) from err
    table.raw("prices")
    table.raw("subscription")
    table.done()
    schedule = None
    if windows:
        flat = tuple(window for several in windows for window in several)
        schedule = Schedule(flat, default or 2)
    if regulated is None and not periods:
        raise table.error("offer_no_prices")
    if structure in NEED_HOURS and schedule is None:
        raise table.error("setting_missing", "windows")
    listed = _listed(table, "periods", periods)
    return Offer(str(name), structure, listed, supplier, schedule, regulated)


def _windows(table: Table) -> tuple[Window, ...]:
    """Return the windows of an index: ``hours = "22:00-06:00; 12:30-14:30"``."""
    index = table.whole("index", 1, 10) or 1
    hours = table.text("hours") or "00:00-00:00"
    days = table.texts("weekdays") or _WEEKDAYS
    holidays = table.flag("holidays")
    table.done()
    if wrong := [day for day in days if day not in _WEEKDAYS]:
        known = ", ".join(_WEEKDAYS)
        raise table.error("setting_choice", "weekdays", choices=known, wrong=wrong)
    numbers = frozenset(_WEEKDAYS.index(day) for day in days)
    try:
        return tuple(
            replace(window, weekdays=numbers, holidays=holidays)
            for window in parse_windows(hours, index)
        )
    except CostsError as err:
        raise table.error("window_wrong", "hours") from err
