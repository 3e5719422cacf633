"""What there is to show of one's own costs: one description per sensor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfApparentPower

from ..linky_tic.costs.book.figures import source_of
from ..linky_tic.costs.calendar.days import midnight
from ..linky_tic.costs.estimate.answers import about_best, about_power
from ..linky_tic.costs.ledger.rows import Carry
from ..linky_tic.costs.prices.offers import CUSTOM_INDEXES, INDEXES, Offer
from .entity import (
    ENERGY,
    MONEY,
    MONTH,
    OFF,
    PRICE,
    TOTAL,
    CostSensorEntityDescription,
    CostValue,
    cost_row as _row,
    money_row,
    other_row,
    seen,
    shown,
)
from .keeper import CostKeeper
from .spans import SPAN_SENSORS

TARIFF_NAMES = tuple(
    dict.fromkeys(
        [name for names in INDEXES.values() for name in names]
        + [f"index_{index}" for index in CUSTOM_INDEXES]
    )
)
"""What the indexes of one's own contract may be called."""

_DIAGNOSTIC_OFF: dict[str, Any] = OFF | {"entity_category": EntityCategory.DIAGNOSTIC}


def tariff_name(contract: Offer, index: int) -> str:
    """Return the key of what an index of a contract with hours of its own is called."""
    names = INDEXES.get(contract.structure, ())
    return names[index - 1] if index <= len(names) else f"index_{index}"


def _by_index(
    key: str, value: Callable[[int, CostKeeper], CostValue], **settings: Any
) -> tuple[CostSensorEntityDescription, ...]:
    """Return a description for each index that a meter may have."""
    return tuple(
        _row(
            f"{key}_{index}",
            translation_key=key,
            index=index,
            value_fn=partial(value, index),
            **settings,
        )
        for index in range(1, 11)
    )


def _price(index: int | None, costs: CostKeeper) -> Decimal | None:
    quote = costs.price(index or costs.counted)
    return None if quote is None else quote.value


def _valid_from(costs: CostKeeper) -> date | None:
    """Return since when the price that counts has been in force."""
    quote = costs.price(costs.counted)
    return None if quote is None else quote.since


def _source(costs: CostKeeper) -> str | None:
    """Return who told the price that counts."""
    quote = costs.price(costs.counted)
    return None if quote is None else source_of(quote)


def _cost(index: int, costs: CostKeeper) -> Decimal | None:
    view = costs.view
    return None if view is None else shown(view.by_index.get(index, Carry()).cost)


def _restarted(costs: CostKeeper) -> datetime | None:
    """Return when a ledger had to begin again; statistics then go on from there."""
    return costs.kept.restarted


def _contract_tariff(costs: CostKeeper) -> str | None:
    """Return which hours of one's own contract are in force."""
    contract, index = costs.contract, costs.counted
    if contract is None or index is None:
        return None
    return tariff_name(contract.offer, index)


COST_SENSORS: tuple[CostSensorEntityDescription, ...] = (
    _row("current_price", value_fn=partial(_price, None), **PRICE),
    _row(
        "contract_tariff",
        value_fn=_contract_tariff,
        device_class=SensorDeviceClass.ENUM,
        options=list(TARIFF_NAMES),
    ),
    *_by_index("price_index", _price, **PRICE | OFF),
    *_by_index("cost_index", _cost, reset_fn=_restarted, **TOTAL),
    money_row("cost_total", **TOTAL | OFF),
    money_row("cost_month", **TOTAL | MONTH),
    money_row("cost_month_energy", **TOTAL | OFF | MONTH),
    money_row("cost_month_full", **TOTAL | OFF | MONTH),
    money_row("cost_estimate", **MONEY),
    money_row("cost_estimate_low", **MONEY | OFF),
    money_row("cost_estimate_high", **MONEY | OFF),
    money_row("cost_estimate_linear", **MONEY | OFF),
    other_row(
        "cost_estimate_method",
        device_class=SensorDeviceClass.ENUM,
        options=["recency", "tempo"],
        **_DIAGNOSTIC_OFF,
    ),
    other_row(
        "cost_month_data",
        device_class=SensorDeviceClass.ENUM,
        options=["complete", "interpolated", "incomplete"],
        **_DIAGNOSTIC_OFF,
    ),
    money_row("cost_last_month", **MONEY | OFF),
    money_row("cost_year", **MONEY | OFF),
    other_row("subscription", **MONEY | OFF),
    money_row(
        "cost_today",
        reset_fn=seen(lambda view: midnight(view.day)),
        **TOTAL | OFF,
    ),
    money_row("cost_yesterday", **MONEY | OFF),
    other_row("unpriced_energy", **ENERGY | _DIAGNOSTIC_OFF),
    _row(
        "prices_valid_from",
        value_fn=_valid_from,
        device_class=SensorDeviceClass.DATE,
        **_DIAGNOSTIC_OFF,
    ),
    _row(
        "price_source",
        value_fn=_source,
        device_class=SensorDeviceClass.ENUM,
        options=["manual", "bundled", "cre", "told"],
        **_DIAGNOSTIC_OFF,
    ),
    _row(
        "prices_checked",
        value_fn=lambda costs: costs.updates.checked,
        device_class=SensorDeviceClass.TIMESTAMP,
        **_DIAGNOSTIC_OFF,
    ),
    other_row("cheapest_offer", **OFF),
    other_row(
        "best_contract",
        attributes_fn=seen(lambda view: about_best(view.judgement)),
    ),
    money_row("best_contract_saving", **MONEY | OFF),
    other_row(
        "recommended_power",
        attributes_fn=seen(lambda view: about_power(view.advice)),
        device_class=SensorDeviceClass.APPARENT_POWER,
        native_unit_of_measurement=UnitOfApparentPower.KILO_VOLT_AMPERE,
        suggested_display_precision=0,
    ),
    money_row("recommended_power_saving", **MONEY | OFF),
    *SPAN_SENSORS,
)
