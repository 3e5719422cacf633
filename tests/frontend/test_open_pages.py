"""The dashboard reaches the page in which a meter was just set up."""

from __future__ import annotations

from datetime import timedelta

from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.frontend import URL
from custom_components.linky_meter.frontend.open_pages import SECONDS
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

OTHER = "/local/card.js"


def collection(hass: HomeAssistant) -> ResourceStorageCollection:
    """Return the resources, where they can be changed."""
    found = hass.data[LOVELACE_DATA].resources
    assert isinstance(found, ResourceStorageCollection)
    return found


def resources(hass: HomeAssistant) -> list[str]:
    """Return what a page loads when its first dashboard is opened."""
    return [item["url"] for item in hass.data[LOVELACE_DATA].resources.async_items()]


async def test_a_resource_for_an_hour(hass: HomeAssistant) -> None:
    """At the address that pages loaded from now on have; the user's own stay."""
    assert await async_setup_component(hass, "frontend", {})
    found = collection(hass)
    await found.async_create_item({"res_type": "module", "url": OTHER})
    # Of an earlier hour that ended without Home Assistant
    await found.async_create_item({"res_type": "module", "url": f"{URL}?old"})
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    (url,) = [
        url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if url.startswith(URL)
    ]
    assert resources(hass) == [OTHER, url]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=SECONDS + 1))
    await hass.async_block_till_done()
    assert resources(hass) == [OTHER]


async def test_no_resource_at_a_start(hass: HomeAssistant) -> None:
    """A page that is loaded later needs none, and what is left over goes."""
    assert await async_setup_component(hass, "frontend", {})
    found = collection(hass)
    await found.async_create_item({"res_type": "module", "url": f"{URL}?old"})
    hass.set_state(CoreState.starting)
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    assert resources(hass) == []


async def test_nothing_to_write_to(hass: HomeAssistant) -> None:
    """Resources in YAML are the user's alone."""
    yaml = {"lovelace": {"resource_mode": "yaml", "resources": []}}
    assert await async_setup_component(hass, "frontend", yaml)
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    assert resources(hass) == []
    assert any(url.startswith(URL) for url in hass.data[DATA_EXTRA_MODULE_URL].urls)
