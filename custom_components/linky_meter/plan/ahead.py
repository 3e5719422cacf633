"""The prices ahead of a meter, and the shapes in which others take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from ..billing.keeper import CostKeeper
from ..linky_tic.costs.calendar.alerts import AlertDays
from ..linky_tic.costs.calendar.days import DAY, PARIS, day_of, midnight
from ..linky_tic.costs.plan.timeline import Contract, Slot, steps
from ..linky_tic.costs.plan.windows import Plan, cheapest

STEP = timedelta(minutes=30)
"""Of EMHASS, unless it is told otherwise (its optimization_time_step)."""


def contract_of(costs: CostKeeper) -> Contract | None:
    """Return what tells the prices ahead, None while the contract is not known."""
    learned, colours = costs.kept.learned, costs.kept.colours
    if (own := costs.contract) is not None:
        alerts = costs.kept.alerts.get(own.offer.alert_key)
        return Contract(
            own.offer.calendar,
            own.prices,
            own.offer.sorting(learned),
            colours,
            alerts or AlertDays(otherwise=False),
        )
    calendar = costs.kept.ledger.calendar
    if calendar is None:
        return None
    return Contract(calendar, costs.book.prices, learned, colours)


def cheapest_between(
    costs: CostKeeper, start: datetime, end: datetime, length: timedelta
) -> Plan | None:
    """Return when a use in one piece costs least, None while that is not known."""
    contract = contract_of(costs)
    if contract is None or not costs.settings.chosen:
        return None
    return cheapest(list(contract.slots(start, end)), length)


def until_tomorrow(start: datetime) -> datetime:
    """Return the end of the day after: no colour is told for longer."""
    return midnight(day_of(start) + 2 * DAY)


def as_slots(slots: Iterable[Slot], contract: Contract) -> list[dict[str, Any]]:
    """Return all that is known, with French times."""
    return [
        {
            **_edges(slot.start, slot.end),
            "tariff": slot.index and contract.tariff(slot.index),
            "price": _number(slot.price),
            "likely_price": _number(slot.likely),
            "color": slot.colour and str(slot.colour),
        }
        for slot in slots
    ]


def _as_evcc(slots: Iterable[Slot]) -> list[dict[str, Any]]:
    """Return what evcc takes as a custom tariff; it plans on what is known.

    docs.evcc.io, Tariffs: a list of start, end and value.
    """
    return [
        {**_edges(slot.start, slot.end), "value": float(slot.price)}
        for slot in slots
        if slot.price is not None
    ]


def _as_emhass(slots: Iterable[Slot], step: timedelta) -> dict[str, list[float | None]]:
    """Return what EMHASS takes at run time: equal steps, none of which may lack.

    emhass.readthedocs.io, The forecast module: load_cost_forecast.
    """
    values = [_number(value) for _, _, value in steps(list(slots), step)]
    return {"load_cost_forecast": values}


SHAPES: dict[str, Callable[[Iterable[Slot], Contract, timedelta], Any]] = {
    "slots": lambda slots, contract, _: as_slots(slots, contract),
    "evcc": lambda slots, _, step: _as_evcc(slots),
    "emhass": lambda slots, _, step: _as_emhass(slots, step),
}
"""By name: how the prices ahead are written."""


def _edges(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": french(start), "end": french(end)}


def french(at: datetime) -> str:
    """Return a time as ISO 8601, with the French offset."""
    return at.astimezone(PARIS).isoformat()


def _number(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 6)
