"""The dashboard for pages that were open before it could be.

A page loads what is added to it only with itself, and the one in which a meter was just set
up is older. But when the first dashboard is opened in it, it asks for the dashboards'
resources: for an hour the file is one of them, at the same address, so that no page loads it
twice. As a resource for ever, it would be loaded in an old version beside the new one.
"""

from __future__ import annotations

from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import CoreState, HassJob, HomeAssistant
from homeassistant.helpers.event import async_call_later

SECONDS = 3600


async def async_reach_open_pages(hass: HomeAssistant, path: str, url: str) -> None:
    """Let open pages load the file; ``path`` is its address without the version.

    Where resources are written in YAML, pages have to be loaded again.
    """
    data = hass.data.get(LOVELACE_DATA)
    if data is None or not isinstance(data.resources, ResourceStorageCollection):
        return
    resources = data.resources
    await resources.async_get_info()

    async def remove(_: object = None) -> None:
        for item in resources.async_items():
            if item["url"].startswith(path):
                await resources.async_delete_item(item["id"])

    await remove()
    if hass.state is CoreState.running:
        await resources.async_create_item({"res_type": "module", "url": url})
        job = HassJob(remove, "remove the resource", cancel_on_shutdown=True)
        async_call_later(hass, SECONDS, job)
