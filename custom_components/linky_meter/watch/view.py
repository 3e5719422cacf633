"""The supply log over HTTP, for who is logged in or has a signed address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

from aiohttp import web

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..linky_tic.watch.supply import KEPT
from .keeper import WatchKeeper
from .page import page
from .words import WatchWords

_VALID = timedelta(minutes=30)


class SupplyView(HomeAssistantView):
    """The page to print of one meter."""

    url = f"/api/{DOMAIN}/supply/{{entry_id}}"
    name = f"api:{DOMAIN}:supply"

    def __init__(
        self, keeper_of: Callable[[HomeAssistant, str], WatchKeeper | None]
    ) -> None:
        self._keeper_of = keeper_of

    async def get(self, request: web.Request, entry_id: str) -> web.Response:
        """Return the page of the last days, with the PRM where it is asked for."""
        hass = request.app[KEY_HASS]
        keeper = self._keeper_of(hass, entry_id)
        days = request.query.get("days", "365")
        if keeper is None or not (days.isdecimal() and 0 < int(days) <= KEPT.days):
            return self.json_message("Not found", HTTPStatus.NOT_FOUND)
        prm = keeper.coordinator.meter.prm if request.query.get("prm") == "1" else None
        now = dt_util.utcnow()
        return web.Response(
            text=page(
                keeper.supply,
                await WatchWords.async_of(hass),
                now - timedelta(days=int(days)),
                now,
                prm,
            ),
            content_type="text/html",
            charset="utf-8",
            headers={"Cache-Control": "no-store"},
        )


@callback
def signed_page(hass: HomeAssistant, entry_id: str, days: int, *, prm: bool) -> str:
    """Return an address of the page that a browser can open for half an hour."""
    path = SupplyView.url.format(entry_id=entry_id)
    return async_sign_path(
        hass, f"{path}?days={days}&prm={int(prm)}", _VALID, use_content_user=False
    )
