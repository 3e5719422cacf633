"""The prices ahead over HTTP, for programs that read a list from an address."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..billing.keeper import CostKeeper
from ..const import DOMAIN
from ..linky_tic.costs.plan.shapes import SHAPES, ahead
from .ahead import contract_of


class PricesView(HomeAssistantView):
    """Answers who is logged in, or has a long-lived access token."""

    url = f"/api/{DOMAIN}/prices/{{shape}}"
    name = f"api:{DOMAIN}:prices"

    def __init__(
        self, costs_of: Callable[[HomeAssistant, str | None], CostKeeper | None]
    ) -> None:
        """Take what finds the costs of a device; None asks for those of the only meter."""
        self._costs_of = costs_of

    async def get(self, request: web.Request, shape: str) -> web.Response:
        """Return the prices until the end of tomorrow."""
        costs = self._costs_of(request.app[KEY_HASS], request.query.get("device_id"))
        contract = None if costs is None else contract_of(costs)
        if contract is None or shape not in SHAPES:
            return self.json_message("Not found", HTTPStatus.NOT_FOUND)
        return self.json(ahead(contract, shape, dt_util.utcnow()))
