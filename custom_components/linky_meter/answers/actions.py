"""The actions that answer what is asked of the present and the past."""

from __future__ import annotations

from collections.abc import Callable

import probatio as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv

from ..const import DOMAIN
from ..runtime import LinkyData
from .cost import cost_of
from .room import PHASES, can_start

ACTION_CAN_START = "can_start"
ACTION_COST = "get_cost"
ATTR_FIRST_DAY = "first_day"
ATTR_LAST_DAY = "last_day"
ATTR_PHASE = "phase"
ATTR_POWER = "power"

_TARGET = {vol.Required(ATTR_DEVICE_ID): cv.string}
_CAN_START = vol.Schema(
    {
        **_TARGET,
        vol.Required(ATTR_POWER): vol.All(
            vol.Coerce(float), vol.Range(min=1, max=100_000)
        ),
        vol.Optional(ATTR_PHASE): vol.All(cv.string, vol.In(PHASES)),
    }
)
_COST = vol.Schema(
    {
        **_TARGET,
        vol.Optional(ATTR_FIRST_DAY): cv.date,
        vol.Optional(ATTR_LAST_DAY): cv.date,
    }
)


@callback
def async_register_answers(
    hass: HomeAssistant, data_of: Callable[[HomeAssistant, str], LinkyData]
) -> None:
    """Register the actions; ``data_of`` finds what is loaded of a device."""

    async def start(call: ServiceCall) -> ServiceResponse:
        """Return whether something can be switched on now."""
        asked = call.data
        data = data_of(hass, asked[ATTR_DEVICE_ID])
        return can_start(data, asked[ATTR_POWER], asked.get(ATTR_PHASE))

    async def cost(call: ServiceCall) -> ServiceResponse:
        """Return what some days cost."""
        asked = call.data
        keeper = data_of(hass, asked[ATTR_DEVICE_ID]).costs
        return cost_of(keeper, asked.get(ATTR_FIRST_DAY), asked.get(ATTR_LAST_DAY))

    for name, act, schema in (
        (ACTION_CAN_START, start, _CAN_START),
        (ACTION_COST, cost, _COST),
    ):
        hass.services.async_register(
            DOMAIN, name, act, schema=schema, supports_response=SupportsResponse.ONLY
        )
