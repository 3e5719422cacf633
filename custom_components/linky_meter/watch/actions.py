"""The action that gives the supply log to scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

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
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..linky_tic.watch.supply import KEPT
from .keeper import WatchKeeper

ACTION_SUPPLY_LOG = "get_supply_log"
ATTR_DAYS = "days"

_SCHEMA = vol.Schema(
    {
        vol.Required(ATTR_DEVICE_ID): cv.string,
        vol.Optional(ATTR_DAYS, default=365): vol.All(
            vol.Coerce(int), vol.Range(min=1, max=KEPT.days)
        ),
    }
)


@callback
def async_register_watch_actions(
    hass: HomeAssistant, keeper_of: Callable[[HomeAssistant, str], WatchKeeper]
) -> None:
    """Register the action; ``keeper_of`` finds the keeper of a device."""

    async def get_supply_log(call: ServiceCall) -> ServiceResponse:
        """Return the incidents of the last days, the oldest first."""
        log, now = keeper_of(hass, call.data[ATTR_DEVICE_ID]).supply, dt_util.utcnow()
        start = now - timedelta(days=call.data[ATTR_DAYS])
        return {
            "since": max(start, log.since or now).isoformat(),
            "incidents": [
                {**one.as_dict(), "seconds": one.seconds}
                for one in log.between(start, now)
            ],
        }

    hass.services.async_register(
        DOMAIN,
        ACTION_SUPPLY_LOG,
        get_supply_log,
        schema=_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
