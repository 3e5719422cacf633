"""What Home Assistant's own zeroconf announces of a shared meter."""

from __future__ import annotations

import hashlib

from zeroconf.asyncio import AsyncServiceInfo

from homeassistant.components import network, zeroconf
from homeassistant.core import HomeAssistant
from homeassistant.helpers import instance_id

from ..const import DOMAIN
from ..linky_tic.sharing.announce import service_info
from ..linky_tic.sharing.server import SharingServer


async def async_own_id(hass: HomeAssistant) -> str:
    """Return what this Home Assistant's server is known by; it names nothing."""
    text = f"{DOMAIN} {await instance_id.async_get(hass)}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


async def async_info(hass: HomeAssistant, server: SharingServer) -> AsyncServiceInfo:
    """Return what is announced of a server that other machines may connect to."""
    identity = await async_own_id(hass)
    addresses = await network.async_get_announce_addresses(hass)
    return service_info(server, f"home-assistant-{identity[:6]}", identity, addresses)


async def async_announce(hass: HomeAssistant, info: AsyncServiceInfo) -> None:
    """Announce it, and wait until it was said."""
    shared = await zeroconf.async_get_async_instance(hass)
    await (await shared.async_register_service(info, allow_name_change=True))


async def async_withdraw(hass: HomeAssistant, info: AsyncServiceInfo) -> None:
    """Take an announcement back, and wait until it was said."""
    shared = await zeroconf.async_get_async_instance(hass)
    await (await shared.async_unregister_service(info))
