"""What the browser loads: the dashboard, and what its cards ask for."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from homeassistant.core import HomeAssistant, callback
from homeassistant.setup import async_when_setup

from ..const import DOMAIN
from .subscription import async_register_commands

FILE = Path(__file__).with_name("linky-meter.js")
URL = f"/{DOMAIN}/{FILE.name}"


@callback
def async_set_up_frontend(hass: HomeAssistant) -> None:
    """Offer the dashboard to browsers, as soon as and if there is a frontend."""
    async_register_commands(hass)
    async_when_setup(hass, "frontend", _serve)


async def _serve(hass: HomeAssistant, _: str) -> None:
    """Serve the file; browsers keep it until its content changes."""
    # Only now they are loaded for sure, and need no import of ours
    from homeassistant.components.frontend import add_extra_js_url  # noqa: PLC0415
    from homeassistant.components.http import StaticPathConfig  # noqa: PLC0415

    content = await hass.async_add_executor_job(FILE.read_bytes)
    await hass.http.async_register_static_paths(
        [StaticPathConfig(URL, str(FILE), cache_headers=True)]
    )
    url = f"{URL}?{sha256(content).hexdigest()[:12]}"
    add_extra_js_url(hass, url)
    # An import of Home Assistant's dashboards, which are there with the frontend
    from .open_pages import async_reach_open_pages  # noqa: PLC0415

    await async_reach_open_pages(hass, URL, url)
