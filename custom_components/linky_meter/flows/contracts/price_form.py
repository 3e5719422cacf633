"""Forms for prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import probatio as vol

from homeassistant.helpers.selector import DateSelector

from ...billing.entity import EUROS_PER_KWH
from ...billing.settings import (
    CONF_DISCOUNT,
    CONF_SUBSCRIPTION,
    CONF_VALID_FROM,
    CONF_VALID_UNTIL,
    price_error_key,
    this_month,
)
from ...linky_tic.costs import errors
from ...linky_tic.costs.prices.prices import PricePeriod
from ...linky_tic.tic.reading import MeterReading
from ..selectors import amount, number

POWER = number(1, 36, "kVA")
"""A box for a subscribed power."""
DISCOUNT = number(0, 50, "%", "any")
"""A box for what one pays less than the regulated price."""


def read_discount(values: Mapping[str, Any]) -> Decimal:
    """Return the per cent that a form holds, none if it is empty."""
    below = Decimal(str(values.get(CONF_DISCOUNT) or 0))
    return Decimal(f"{below.normalize():f}")


def power_of(reading: MeterReading) -> int | None:
    """Return the subscribed power that a meter tells, in whole kVA."""
    power = reading["subscribed_power"]
    return round(power / 1000) if isinstance(power, int) and power else None


def price_key(index: int) -> str:
    """Return the field of an index's price."""
    return f"price_{index}"


def period_fields(
    indexes: Iterable[int], *, dated: bool = True
) -> dict[vol.Marker, Any]:
    """Return the fields of a period of prices; ``dated`` when its first day is needed.

    None is required: Home Assistant fills what is with 0, which is no price.
    """
    since = vol.Required if dated else vol.Optional
    return {
        **{vol.Optional(price_key(n)): amount(EUROS_PER_KWH) for n in indexes},
        vol.Optional(CONF_SUBSCRIPTION): amount("€"),
        since(CONF_VALID_FROM): DateSelector(),
        vol.Optional(CONF_VALID_UNTIL): DateSelector(),
    }


def period_values(period: PricePeriod) -> dict[str, Any]:
    """Return what the fields of a period hold."""
    values: dict[str, Any] = {
        price_key(index): float(price) for index, price in period.prices.items()
    }
    if period.subscription is not None:
        values[CONF_SUBSCRIPTION] = float(period.subscription)
    values[CONF_VALID_FROM] = period.start.isoformat()
    if period.end is not None:
        values[CONF_VALID_UNTIL] = period.end.isoformat()
    return values


def read_period(
    calendar: str, values: Mapping[str, Any], found: dict[str, str]
) -> PricePeriod | None:
    """Return the period that a form holds; what is wrong goes to ``found`` by field."""
    start = date.fromisoformat(values[CONF_VALID_FROM])
    end = values.get(CONF_VALID_UNTIL)
    prices = {
        index: values[key]
        for index in range(1, 11)
        if values.get(key := price_key(index)) is not None
    }
    subscription = values.get(CONF_SUBSCRIPTION)
    for index, price in prices.items():
        _try(found, price_key(index), calendar, {index: price})
    if subscription is not None:
        _try(found, CONF_SUBSCRIPTION, calendar, {}, subscription)
    if found:
        return None
    try:
        return PricePeriod(
            calendar,
            start,
            prices,
            subscription,
            date.fromisoformat(end) if end else None,
        )
    except errors.EmptyPeriodError as err:
        found["base"] = price_error_key(err)
    except errors.PriceError as err:
        field = CONF_VALID_UNTIL if end else CONF_VALID_FROM
        found[field] = price_error_key(err)
    return None


def _try(
    found: dict[str, str],
    field: str,
    calendar: str,
    prices: Mapping[int, Any],
    subscription: Any = None,
) -> None:
    """Note what is wrong with one amount alone."""
    try:
        PricePeriod(calendar, this_month(), prices, subscription)
    except errors.PriceError as err:
        found[field] = price_error_key(err)
