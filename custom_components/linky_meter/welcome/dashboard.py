"""The dashboard that the integration creates: one of the user's own, for all meters.

It holds nothing but the name of the strategy that ``frontend/`` brings, so that it
follows the meters that there are. Once it is changed, it is the user's.
"""

from __future__ import annotations

from typing import Any, Final

from homeassistant.components.frontend import async_panel_exists
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.dashboard import DashboardsCollection
from homeassistant.components.websocket_api.const import DOMAIN as WEBSOCKET_API
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..words import Words
from .state import Standing

DASHBOARD = "dashboard"
URL_PATH: Final = "linky-meter"
ICON: Final = "mdi:meter-electric"
CONFIG: Final[dict[str, Any]] = {"strategy": {"type": "custom:linky-meter"}}


async def async_look(hass: HomeAssistant, _: ConfigEntry | None) -> Standing:
    """Return whether the dashboard is there, or can be created."""
    if _collection(hass) is None or hass.config.recovery_mode:
        return Standing(why_not="dashboard_absent")
    if await _is_ours(hass):
        return Standing(on=True)
    taken = async_panel_exists(hass, URL_PATH)
    return Standing(why_not="dashboard_taken" if taken else None)


async def async_create(hass: HomeAssistant, _: ConfigEntry | None) -> None:
    """Create the dashboard, where there is none under its address."""
    if await async_look(hass, None) != Standing():
        return
    collection = _collection(hass)
    assert collection is not None  # just looked at
    words = await Words.async_of(hass)
    await collection.async_create_item(
        {
            "url_path": URL_PATH,
            "title": words.say("dashboard_title"),
            "icon": ICON,
        }
    )
    await hass.data[LOVELACE_DATA].dashboards[URL_PATH].async_save(CONFIG)
    # Not ten seconds later, which a power cut may not leave
    await collection.store.async_save({"items": collection.async_items()})


async def async_remove(hass: HomeAssistant, _: ConfigEntry | None) -> None:
    """Remove the dashboard, if it still is what was created."""
    collection = _collection(hass)
    if collection is not None and await _is_ours(hass):
        for item in collection.async_items():
            if item["url_path"] == URL_PATH:
                await collection.async_delete_item(item["id"])


def _collection(hass: HomeAssistant) -> DashboardsCollection | None:
    """Return the user's dashboards, None where there are none.

    Home Assistant keeps them for the commands of its pages only, whose list they are.
    """
    commands = hass.data.get(WEBSOCKET_API, {})
    handler, _ = commands.get("lovelace/dashboards/list", (None, None))
    found = getattr(getattr(handler, "__self__", None), "storage_collection", None)
    return found if isinstance(found, DashboardsCollection) else None


async def _is_ours(hass: HomeAssistant) -> bool:
    """Return whether the dashboard is there, as it was created."""
    dashboard = hass.data[LOVELACE_DATA].dashboards.get(URL_PATH)
    try:
        return dashboard is not None and await dashboard.async_load(False) == CONFIG
    except HomeAssistantError:
        return False
