"""The actions that answer what is asked of the present and the past."""

from __future__ import annotations

from typing import Any

import probatio as vol

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv

from ..actions import Action
from ..runtime import LinkyData
from .cost import cost_of
from .room import PHASES, can_start

ACTION_CAN_START = "can_start"
ACTION_COST = "get_cost"
ATTR_FIRST_DAY = "first_day"
ATTR_LAST_DAY = "last_day"
ATTR_PHASE = "phase"
ATTR_POWER = "power"

_CAN_START: dict[vol.Marker, Any] = {
    vol.Required(ATTR_POWER): vol.All(vol.Coerce(float), vol.Range(min=1, max=100_000)),
    vol.Optional(ATTR_PHASE): vol.All(cv.string, vol.In(PHASES)),
}
_COST: dict[vol.Marker, Any] = {
    vol.Optional(ATTR_FIRST_DAY): cv.date,
    vol.Optional(ATTR_LAST_DAY): cv.date,
}


async def _start(data: LinkyData, call: ServiceCall) -> ServiceResponse:
    """Return whether something can be switched on now."""
    return can_start(data, call.data[ATTR_POWER], call.data.get(ATTR_PHASE))


async def _cost(data: LinkyData, call: ServiceCall) -> ServiceResponse:
    """Return what some days cost."""
    asked = call.data
    return cost_of(data.costs, asked.get(ATTR_FIRST_DAY), asked.get(ATTR_LAST_DAY))


ANSWERS = (
    Action(ACTION_CAN_START, _start, _CAN_START),
    Action(ACTION_COST, _cost, _COST),
)
