"""The actions that look ahead; each answers and changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import probatio as vol

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..actions import Action
from ..billing.keeper import CostKeeper
from ..link.errors import refused
from ..linky_tic.costs.plan.shapes import SHAPES, STEP, french, until_tomorrow
from ..linky_tic.costs.plan.timeline import MOST_DAYS, Contract, Slot
from ..linky_tic.costs.plan.windows import Plan, cheapest
from .ahead import contract_of

ACTION_TIMELINE = "get_price_timeline"
ACTION_WINDOW = "find_cheapest_window"
ACTION_CHARGE = "plan_charge"
ATTR_START = "start"
ATTR_END = "end"
ATTR_FORMAT = "format"
ATTR_STEP = "step"
ATTR_DURATION = "duration"
ATTR_POWER = "power"
ATTR_ENERGY = "energy"
ATTR_ONE_PIECE = "in_one_piece"

_TIMES: dict[vol.Marker, Any] = {
    vol.Optional(ATTR_START): cv.datetime,
    vol.Optional(ATTR_END): cv.datetime,
}
_WATTS = vol.All(vol.Coerce(float), vol.Range(min=1, max=100_000))
_LENGTH = vol.All(
    cv.positive_time_period,
    vol.Range(min=timedelta(minutes=1), max=timedelta(days=7)),
)
_TIMELINE: dict[vol.Marker, Any] = {
    **_TIMES,
    vol.Optional(ATTR_FORMAT, default="slots"): vol.In(SHAPES),
    vol.Optional(ATTR_STEP, default=STEP): _LENGTH,
}
_WINDOW: dict[vol.Marker, Any] = {
    **_TIMES,
    vol.Required(ATTR_DURATION): _LENGTH,
    vol.Optional(ATTR_POWER): _WATTS,
    vol.Optional(ATTR_ONE_PIECE, default=True): cv.boolean,
}
_CHARGE: dict[vol.Marker, Any] = {
    **_TIMES,
    vol.Required(ATTR_ENERGY): vol.All(vol.Coerce(float), vol.Range(min=0.1, max=500)),
    vol.Required(ATTR_POWER): _WATTS,
    vol.Optional(ATTR_ONE_PIECE, default=False): cv.boolean,
}


async def _timeline(costs: CostKeeper, call: ServiceCall) -> ServiceResponse:
    """Return what a kWh costs from now on."""
    contract, slots = _ahead(costs, call)
    write = SHAPES[call.data[ATTR_FORMAT]]
    answer = write(slots, contract, call.data[ATTR_STEP])
    return answer if isinstance(answer, dict) else {"prices": answer}


async def _window(costs: CostKeeper, call: ServiceCall) -> ServiceResponse:
    """Return when a use of some length costs least."""
    return _plan(costs, call, call.data[ATTR_DURATION])


async def _charge(costs: CostKeeper, call: ServiceCall) -> ServiceResponse:
    """Return when to charge so many kWh."""
    hours = call.data[ATTR_ENERGY] * 1000 / call.data[ATTR_POWER]
    return _plan(costs, call, timedelta(seconds=round(hours * 3600)))


PLAN_ACTIONS = (
    Action(ACTION_TIMELINE, _timeline, _TIMELINE),
    Action(ACTION_WINDOW, _window, _WINDOW),
    Action(ACTION_CHARGE, _charge, _CHARGE),
)


def _ahead(costs: CostKeeper, call: ServiceCall) -> tuple[Contract, list[Slot]]:
    """Return the prices of the time that is asked for. Raises ServiceValidationError."""
    contract = contract_of(costs)
    if contract is None:
        raise refused("no_calendar")
    try:
        start = _moment(call.data.get(ATTR_START)) or dt_util.utcnow()
        end = _moment(call.data.get(ATTR_END)) or until_tomorrow(start)
        if start < end <= start + timedelta(days=MOST_DAYS):
            return contract, list(contract.slots(start, end))
    except OverflowError:
        # Of the years 1 and 9999 days are missing
        pass
    raise refused("bad_stretch")


def _plan(costs: CostKeeper, call: ServiceCall, length: timedelta) -> dict[str, Any]:
    _, slots = _ahead(costs, call)
    if not costs.settings.chosen:
        raise refused("no_prices")
    if slots[-1].end - slots[0].start < length:
        raise refused("too_little_time")
    plan = cheapest(slots, length, in_one_piece=call.data[ATTR_ONE_PIECE])
    if plan is None:
        raise refused("no_price_ahead")
    return _as_dict(plan, call.data.get(ATTR_POWER))


def _as_dict(plan: Plan, power: float | None) -> dict[str, Any]:
    now = dt_util.utcnow()
    answer: dict[str, Any] = {
        "start": french(plan.pieces[0].start),
        "end": french(plan.pieces[-1].end),
        "active": any(piece.start <= now < piece.end for piece in plan.pieces),
        "pieces": [
            {"start": french(piece.start), "end": french(piece.end)}
            for piece in plan.pieces
        ],
        "price": round(float(plan.price), 6),
        "sure": plan.sure,
        "price_at_once": plan.at_once and round(float(plan.at_once), 6),
    }
    if power is not None:
        answer["cost"] = round(float(plan.cost(power)), 4)
        if plan.at_once is not None:
            saved = (plan.at_once - plan.price) * plan.kwh(power)
            answer["saved"] = round(float(saved), 4)
    return answer


def _moment(at: datetime | None) -> datetime | None:
    return at if at is None else dt_util.as_utc(at)
