"""What there is to show of one's own costs: one description per sensor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import EntityCategory, UnitOfApparentPower

from ..linky_tic.costs.book.view import CostView
from ..linky_tic.costs.calendar.days import midnight
from ..linky_tic.costs.estimate.answers import about_best, about_power, contract_name
from ..linky_tic.costs.estimate.daily import NOTHING
from ..linky_tic.costs.estimate.dynamic import TOLD
from ..linky_tic.costs.estimate.figures import completeness
from ..linky_tic.costs.estimate.month import cents
from ..linky_tic.costs.ledger.rows import Carry
from ..linky_tic.costs.prices.offers import CUSTOM_INDEXES, INDEXES, Offer
from ..linky_tic.costs.prices.prices import MANUAL
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
    seen,
    shown,
)
from .keeper import CostKeeper
from .spans import SPAN_SENSORS

NOT_ENOUGH_DATA = "not_enough_data"
OWN_CONTRACT = "own_contract"

TARIFF_NAMES = tuple(
    dict.fromkeys(
        [name for names in INDEXES.values() for name in names]
        + [f"index_{index}" for index in CUSTOM_INDEXES]
    )
)
"""What the indexes of one's own contract may be called."""

_SOURCES = {MANUAL: "manual", "CRE": "cre", TOLD: "told"}
"""The state of each source of prices, but of those that come with the integration."""

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
    if quote is None:
        return None
    return _SOURCES.get(quote.source, "bundled")


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


def _last_month(view: CostView) -> Decimal | None:
    """Return what the month before cost, subscription included."""
    return None if view.last_month is None else shown(view.last_month.full)


def _year(view: CostView) -> Decimal | None:
    year = view.years.get(None)
    return shown(year.full) if year is not None and year.exact else None


def _cheapest(view: CostView) -> str | None:
    """Return the name of the offer that costs least, one's own included."""
    if not view.judged:
        return None
    if view.cheapest is None:
        return OWN_CONTRACT
    return view.comparisons[view.cheapest].offer.name


def _best(view: CostView) -> str | None:
    """Return the cheapest contract of the last twelve months."""
    if not view.judgement.enough:
        return NOT_ENOUGH_DATA
    if (best := view.judgement.best) is None:
        return None
    return OWN_CONTRACT if best.own else contract_name(best)


def _best_saving(view: CostView) -> Decimal | None:
    best = view.judgement.best
    return -best.difference.expected if best and best.difference else None


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
    _row(
        "cost_total",
        value_fn=seen(
            lambda view: shown(sum((c.cost for c in view.by_index.values()), NOTHING))
        ),
        **TOTAL | OFF,
    ),
    _row(
        "cost_month",
        value_fn=seen(lambda view: shown(view.month.total)),
        **TOTAL | MONTH,
    ),
    _row(
        "cost_month_energy",
        value_fn=seen(lambda view: shown(view.month.energy)),
        **TOTAL | OFF | MONTH,
    ),
    _row(
        "cost_month_full",
        value_fn=seen(lambda view: shown(view.month.full)),
        **TOTAL | OFF | MONTH,
    ),
    _row(
        "cost_estimate", value_fn=seen(lambda view: shown(view.month.estimate)), **MONEY
    ),
    _row(
        "cost_estimate_low",
        value_fn=seen(lambda view: shown(view.month.low)),
        **MONEY | OFF,
    ),
    _row(
        "cost_estimate_high",
        value_fn=seen(lambda view: shown(view.month.high)),
        **MONEY | OFF,
    ),
    _row(
        "cost_estimate_linear",
        value_fn=seen(lambda view: shown(view.month.linear)),
        **MONEY | OFF,
    ),
    _row(
        "cost_estimate_method",
        value_fn=seen(lambda view: view.month.method),
        device_class=SensorDeviceClass.ENUM,
        options=["recency", "tempo"],
        **_DIAGNOSTIC_OFF,
    ),
    _row(
        "cost_month_data",
        value_fn=seen(lambda view: completeness(view.month)),
        device_class=SensorDeviceClass.ENUM,
        options=["complete", "interpolated", "incomplete"],
        **_DIAGNOSTIC_OFF,
    ),
    _row("cost_last_month", value_fn=seen(_last_month), **MONEY | OFF),
    _row("cost_year", value_fn=seen(_year), **MONEY | OFF),
    _row(
        "subscription",
        value_fn=seen(lambda v: v.subscription and cents(v.subscription.value)),
        **MONEY | OFF,
    ),
    _row(
        "cost_today",
        value_fn=seen(lambda view: shown(view.today_total)),
        reset_fn=seen(lambda view: midnight(view.day)),
        **TOTAL | OFF,
    ),
    _row(
        "cost_yesterday",
        value_fn=seen(lambda view: shown(view.yesterday_total)),
        **MONEY | OFF,
    ),
    _row(
        "unpriced_energy",
        value_fn=seen(lambda view: Decimal(view.month.unpriced)),
        **ENERGY | _DIAGNOSTIC_OFF,
    ),
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
    _row("cheapest_offer", value_fn=seen(_cheapest), **OFF),
    _row(
        "best_contract",
        value_fn=seen(_best),
        attributes_fn=seen(lambda view: about_best(view.judgement)),
    ),
    _row(
        "best_contract_saving",
        value_fn=seen(lambda view: shown(_best_saving(view))),
        **MONEY | OFF,
    ),
    _row(
        "recommended_power",
        value_fn=seen(lambda view: view.advice.recommended),
        attributes_fn=seen(lambda view: about_power(view.advice)),
        device_class=SensorDeviceClass.APPARENT_POWER,
        native_unit_of_measurement=UnitOfApparentPower.KILO_VOLT_AMPERE,
        suggested_display_precision=0,
    ),
    _row(
        "recommended_power_saving",
        value_fn=seen(lambda view: shown(view.power_saving)),
        **MONEY | OFF,
    ),
    *SPAN_SENSORS,
)
