"""The action that gives the supply log to scripts."""

from __future__ import annotations

from datetime import timedelta

import probatio as vol

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.util import dt as dt_util

from ..actions import Action
from ..linky_tic.watch.supply import KEPT
from .keeper import WatchKeeper

ACTION_SUPPLY_LOG = "get_supply_log"
ATTR_DAYS = "days"

_DAYS = vol.All(vol.Coerce(int), vol.Range(min=1, max=KEPT.days))


async def _supply_log(keeper: WatchKeeper, call: ServiceCall) -> ServiceResponse:
    """Return the incidents of the last days, the oldest first."""
    log, now = keeper.supply, dt_util.utcnow()
    start = now - timedelta(days=call.data[ATTR_DAYS])
    return {
        "since": max(start, log.since or now).isoformat(),
        "incidents": [
            {**one.as_dict(), "seconds": one.seconds} for one in log.between(start, now)
        ],
    }


WATCH_ACTIONS = (
    Action(
        ACTION_SUPPLY_LOG, _supply_log, {vol.Optional(ATTR_DAYS, default=365): _DAYS}
    ),
)
