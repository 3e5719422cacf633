"""The sharing of one entry's meter, as its options say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import slugify

from ..const import CONF_SHARE, CONF_SHARE_NETWORK, CONF_SHARE_PORT, CONF_SHARE_TOKEN
from ..coordinator import LinkyCoordinator
from ..link.problems import Issue, async_heal, async_raise
from ..linky_tic.sharing.meter import SharedMeter
from ..linky_tic.sharing.server import LOOPBACK, OpenBindError, ServerSettings
from ..linky_tic.tic.reading import EMPTY
from ..linky_tic.tic.sources.tic2websocket.client import DEFAULT_PORT
from .house import HouseServer, SettingsDifferError, async_join, async_leave

EVERYWHERE = "0.0.0.0"


def sharing_settings(options: Mapping[str, Any]) -> ServerSettings | None:
    """Return where a meter is to be shared, None if it is not."""
    if not options.get(CONF_SHARE):
        return None
    return ServerSettings(
        bind=EVERYWHERE if options.get(CONF_SHARE_NETWORK) else LOOPBACK,
        port=int(options.get(CONF_SHARE_PORT, DEFAULT_PORT)),
        token=options.get(CONF_SHARE_TOKEN) or None,
    )


class MeterSharing:
    """Gives a meter's frames to the server of its port, if the user wants that."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        coordinator: LinkyCoordinator,
    ) -> None:
        self._hass, self._entry, self._coordinator = hass, entry, coordinator
        self._settings: ServerSettings | None = None
        self._house: HouseServer | None = None
        self.meter: SharedMeter | None = None
        """What is shared, None while nothing is."""
        self._reading = EMPTY

    async def async_start(self) -> None:
        """Begin; unloading the entry is to end it by ``async_stop``."""
        entry = self._entry
        entry.async_on_unload(self._coordinator.async_add_listener(self._follow))
        entry.async_on_unload(
            self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_stop)
        )
        await self.async_apply()

    async def async_apply(self) -> None:
        """Follow the options."""
        settings = sharing_settings(self._entry.options)
        if settings == self._settings:
            return
        await self.async_stop()
        self._settings = settings
        if settings is None:
            return
        name = slugify(self._entry.title)
        try:
            self._house, meter = async_join(self._hass, settings, name, self._tell)
        except OpenBindError, SettingsDifferError:
            async_raise(self._hass, self._entry, Issue.NOT_SHARED)
            return
        self.meter = meter
        link = self._coordinator.meter_link
        link.on_raw, link.on_gone = meter.process, meter.lose
        self._tell()

    async def async_stop(self) -> None:
        """Share it no more; the port is free when this returns, if nobody else uses it."""
        house, meter = self._house, self.meter
        self._house = self.meter = self._settings = None
        self._coordinator.meter_link.share_nothing()
        async_heal(self._hass, self._entry.entry_id, Issue.NOT_SHARED)
        if house is not None and meter is not None:
            await async_leave(self._hass, house, meter)

    async def _on_stop(self, _: Event) -> None:
        await self.async_stop()

    @callback
    def _follow(self) -> None:
        """Share each reading once."""
        reading = self._coordinator.data
        if (
            self.meter is not None
            and not reading.early
            and reading is not self._reading
        ):
            self._reading = reading
            self.meter.process_reading(reading)

    @callback
    def _tell(self) -> None:
        """Say so when the port is not ours, and when it is."""
        if self._house is None or self._house.listens is not False:
            async_heal(self._hass, self._entry.entry_id, Issue.NOT_SHARED)
        else:
            async_raise(self._hass, self._entry, Issue.NOT_SHARED)
