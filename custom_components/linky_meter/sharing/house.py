"""The servers of this Home Assistant: one for each port of the network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from zeroconf.asyncio import AsyncServiceInfo

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..link.tasks import Unexpected
from ..linky_tic.sharing.meter import SharedMeter
from ..linky_tic.sharing.server import ServerSettings, SharingServer
from ..linky_tic.tic.sources.tic2websocket.messages import ModemInfo
from .announce import async_announce, async_info, async_withdraw

AGAIN_SECONDS = 30.0

_SERVERS: HassKey[dict[int, HouseServer]] = HassKey(f"{DOMAIN}_sharing")


class SettingsDifferError(Exception):
    """Another meter is shared on the port with another token, or to other machines."""


class HouseServer:
    """A server of one port of the network, for all meters that are shared on it."""

    def __init__(self, hass: HomeAssistant, settings: ServerSettings) -> None:
        """Prepare; nothing listens yet."""
        self.server = SharingServer(settings)
        self.listens: bool | None = None
        """Whether the port is ours; None before the first try."""
        self._hass = hass
        self._followers: dict[SharedMeter, Callable[[], object]] = {}
        self._task: asyncio.Task[None] | None = None
        self._info: AsyncServiceInfo | None = None
        self._unexpected = Unexpected("sharing a meter")

    def only(self, meter: SharedMeter | None) -> bool:
        """Return whether no other meter is shared here."""
        return not self._followers.keys() - {meter}

    def add(self, meter: SharedMeter, on_change: Callable[[], object]) -> None:
        """Share a meter; ``on_change`` is told when the port is ours, or is not."""
        self._followers[meter] = on_change
        self.server.board.add(meter)
        if self._task is None:
            self._task = self._hass.async_create_background_task(
                self._listen(), "tic sharing"
            )

    async def async_remove(self, meter: SharedMeter) -> None:
        """Share a meter no more; without any the port is freed."""
        self._followers.pop(meter)
        if self._followers:
            self.server.board.remove(meter)
            return
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        with self._unexpected:
            if self._info is not None:
                await async_withdraw(self._hass, self._info)
        await self.server.stop()
        self.server.board.remove(meter)

    async def _listen(self) -> None:
        """Listen as soon as the port is free."""
        while not self.listens:
            try:
                await self.server.start()
            except OSError:
                self._tell(listens=False)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                self._tell(listens=True)
        if not self.server.settings.local:
            # Whoever knows the address connects without
            with self._unexpected:
                self._info = await async_info(self._hass, self.server)
                await async_announce(self._hass, self._info)

    def _tell(self, *, listens: bool) -> None:
        if self.listens is not listens:
            self.listens = listens
            for follower in self._followers.values():
                follower()


def async_join(
    hass: HomeAssistant,
    settings: ServerSettings,
    name: str,
    on_change: Callable[[], object],
) -> tuple[HouseServer, SharedMeter]:
    """Share a meter on a port, under a name that nobody has there.

    Raises SettingsDifferError.
    """
    servers = hass.data.setdefault(_SERVERS, {})
    check_settings(hass, settings)
    house = servers.get(settings.port)
    if house is None:
        house = servers[settings.port] = HouseServer(hass, settings)
    taken, number, own = house.server.board.meters, 1, name
    while own in taken:
        number += 1
        own = f"{name}_{number}"
    meter = SharedMeter(own, ModemInfo())
    house.add(meter, on_change)
    return house, meter


async def async_leave(
    hass: HomeAssistant, house: HouseServer, meter: SharedMeter
) -> None:
    """Share a meter no more."""
    # Whoever comes while it closes begins anew, and waits for the port
    if house.only(meter):
        hass.data[_SERVERS].pop(house.server.settings.port, None)
    await house.async_remove(meter)


def check_settings(
    hass: HomeAssistant, settings: ServerSettings, own: SharedMeter | None = None
) -> bool:
    """Return whether a port is ours already. Raises SettingsDifferError.

    A server for ``own`` alone is closed before it takes other settings.
    """
    house = hass.data.get(_SERVERS, {}).get(settings.port)
    if house is None:
        return False
    if house.server.settings != settings and not house.only(own):
        raise SettingsDifferError
    return bool(house.listens)


def clients(hass: HomeAssistant) -> int:
    """Return how many programs are connected."""
    servers = hass.data.get(_SERVERS, {})
    return sum(house.server.clients for house in servers.values())
