"""What can be asked of prices and costs, and told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import probatio as vol

from homeassistant.core import ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..actions import Action
from ..const import DOMAIN
from ..link.errors import refused
from ..linky_tic.costs.calendar.calendars import calendar_key
from ..linky_tic.costs.calendar.days import day_of
from ..linky_tic.costs.errors import PriceError
from ..linky_tic.costs.estimate.contracts import in_force, starts_on
from ..linky_tic.costs.estimate.sentences import answer
from ..linky_tic.costs.prices.offers import INDEXES, Offer
from ..linky_tic.costs.prices.prices import PricePeriod
from ..linky_tic.tic.tariffs import TARIFFS, contract_of_calendar
from ..words import Words
from .keeper import CostKeeper
from .settings import (
    CONF_SUBSCRIPTION,
    CONF_VALID_FROM,
    CONF_VALID_UNTIL,
    PriceSettings,
    PriceSource,
    price_error_key,
    this_month,
)

ACTION_SET_PRICES = "set_prices"
ACTION_RECALCULATE = "recalculate_costs"
ACTION_EXPORT = "export_ledger"
ACTION_COMPARE = "compare_contracts"
ATTR_PRICES = "prices"
ATTR_CALENDAR = "calendar"
ATTR_START = "start"
ATTR_END = "end"

_INDEX = vol.All(vol.Coerce(int), vol.Range(min=1, max=10))
_AMOUNT = vol.Any(str, int, float)
TARIFF_FIELDS = tuple(
    dict.fromkeys(
        str(name) for names in (*TARIFFS.values(), *INDEXES.values()) for name in names
    )
)
"""The fields of prices by tariff: of the meter's contracts, then of one's own."""
_PRICES: dict[vol.Marker, Any] = {
    **{vol.Optional(name): _AMOUNT for name in TARIFF_FIELDS},
    vol.Optional(ATTR_PRICES, default=dict): {_INDEX: _AMOUNT},
    vol.Optional(CONF_SUBSCRIPTION): _AMOUNT,
    vol.Optional(CONF_VALID_FROM): cv.date,
    vol.Optional(CONF_VALID_UNTIL): cv.date,
    vol.Optional(ATTR_CALENDAR): cv.string,
}
_SPAN: dict[vol.Marker, Any] = {
    vol.Optional(ATTR_START): cv.date,
    vol.Optional(ATTR_END): cv.date,
}


async def _recalculate(keeper: CostKeeper, _: ServiceCall) -> None:
    """Work all costs out again, from all energy and the prices known now."""
    keeper.async_prices_changed()


async def _export(keeper: CostKeeper, call: ServiceCall) -> ServiceResponse:
    """Return what is kept, day by day."""
    keeper.feed()
    answer: dict[str, Any] = {
        "calendar": keeper.kept.ledger.calendar,
        "days": _days(keeper, call.data.get(ATTR_START), call.data.get(ATTR_END)),
        "months": _months(keeper),
    }
    return answer


async def _compare(keeper: CostKeeper, call: ServiceCall) -> ServiceResponse:
    """Return what each contract would cost in a year, in figures and in words."""
    view = keeper.view
    if view is None:
        raise refused("no_costs")
    words = await Words.async_of(call.hass)
    return answer(
        view.judgement,
        view.advice,
        view.power_saving,
        text=words.text,
        french=words.language.startswith("fr"),
    )


async def _set_prices(keeper: CostKeeper, call: ServiceCall) -> None:
    """Put prices in force from a day on. Raises ServiceValidationError."""
    data, settings = call.data, PriceSettings.of(keeper.entry.options)
    start = data.get(CONF_VALID_FROM) or this_month()
    contract = None
    if not data[ATTR_PRICES] and ATTR_CALENDAR not in data:
        contract = in_force(settings.contracts, start)
    calendar = data.get(ATTR_CALENDAR) or keeper.kept.ledger.calendar
    if contract is not None:
        calendar = contract.calendar
    if calendar is None:
        raise refused("no_calendar")
    prices = data[ATTR_PRICES] | _by_tariff(data, calendar, contract)
    monthly, end = data.get(CONF_SUBSCRIPTION), data.get(CONF_VALID_UNTIL)
    try:
        if contract is not None and (before := contract.prices.on(start, calendar)):
            # A contract lacks nothing: what is not told goes on
            prices = {**before.prices, **prices}
            monthly = before.subscription if monthly is None else monthly
        period = PricePeriod(calendar, start, prices, monthly, end)
        if contract is not None:
            settings = _renewed(settings, contract, period)
        else:
            settings = replace(settings, periods=settings.periods.starting(period))
    except PriceError as err:
        raise refused(price_error_key(err)) from err
    source = settings.source if settings.chosen else PriceSource.MANUAL
    options = replace(settings, source=source).as_options(keeper.entry.options)
    call.hass.config_entries.async_update_entry(keeper.entry, options=options)


def _renewed(
    settings: PriceSettings, contract: Offer, period: PricePeriod
) -> PriceSettings:
    """Return the choice with new prices of a contract. Raises OverlapError."""
    form = settings.forms.get(starts_on(contract).isoformat())
    new = replace(contract, prices=contract.prices.starting(period))
    return settings.with_contract(new, form)


def _by_tariff(
    data: Mapping[str, Any], calendar: str, contract: Offer | None
) -> dict[int, Any]:
    """Return the prices that are named by tariff. Raises ServiceValidationError."""
    named = {name: data[name] for name in TARIFF_FIELDS if name in data}
    names: tuple[str, ...] = TARIFFS[contract_of_calendar(calendar_key(calendar))]
    if contract is not None:
        names = INDEXES.get(contract.structure, ())
        if contract.formula is not None:
            names = ()
    if unknown := named.keys() - set(names):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="unknown_tariff",
            translation_placeholders={
                "tariff": ", ".join(sorted(unknown)),
                "tariffs": ", ".join(names) or "–",
            },
        )
    return {names.index(name) + 1: price for name, price in named.items()}


def _days(
    keeper: CostKeeper, start: date | None, end: date | None
) -> list[dict[str, Any]]:
    """Return the days of the ledger: what each index counted and cost."""
    ledger = keeper.kept.ledger
    costs, _ = keeper.book.contracts
    first, last = start or date.min, end or day_of(dt_util.utcnow())
    found: list[dict[str, Any]] = []
    for day, row in sorted(ledger.days.items()):
        cost = costs.day(day)
        if not first <= day <= last or cost is None:
            continue
        indexes = []
        for key, wh in sorted(cost.energy.items()):
            quote = costs.price(day, key)
            euros = cost.costs.get(key)
            indexes.append(
                {
                    "calendar": key.calendar,
                    "index": key.index,
                    "kwh": wh / 1000,
                    "price": float(quote.value) if quote else None,
                    "eur": None if euros is None else float(euros),
                }
            )
        subscription = costs.subscription(day)
        found.append(
            {
                "date": day.isoformat(),
                "complete": row.complete(day),
                "flags": sorted(row.flags),
                "max_power": row.max_power,
                "subscription": float(subscription.value) if subscription else None,
                "indexes": indexes,
            }
        )
    return found


def _months(keeper: CostKeeper) -> list[dict[str, Any]]:
    return [
        {
            "month": str(month),
            "complete": folded.complete,
            "subscription": float(folded.subscription),
            "indexes": [
                {
                    "calendar": key.calendar,
                    "index": key.index,
                    "kwh": carry.wh / 1000,
                    "eur": float(carry.cost),
                }
                for key, carry in sorted(folded.carries.items())
            ],
        }
        for month, folded in sorted(keeper.kept.ledger.months.items())
    ]


COST_ACTIONS = (
    Action(ACTION_SET_PRICES, _set_prices, _PRICES, SupportsResponse.NONE),
    Action(ACTION_RECALCULATE, _recalculate, response=SupportsResponse.NONE),
    Action(ACTION_COMPARE, _compare),
    Action(ACTION_EXPORT, _export, _SPAN),
)
"""The actions about prices and costs."""
