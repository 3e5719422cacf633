"""One meter as entities see it: its readings, and who is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import DOMAIN
from .device import device_info_of
from .link.learned import Learned, memory_store
from .linky_tic.tic.identity import Identity
from .linky_tic.tic.meter.meter import Meter
from .linky_tic.tic.reading import EMPTY, MeterReading
from .publish.listeners import Keys, Listeners
from .publish.publisher import Publisher, Stage
from .settings import profile_of, settings_of

_LOGGER = logging.getLogger(__name__)


class MeterCoordinator(DataUpdateCoordinator[MeterReading]):
    """Keeps what a meter says and taught us, and shows it; frames come from above."""

    config_entry: ConfigEntry[Any]

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start without a reading."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN)
        self.data = EMPTY
        self.last_update_success = False
        self.publisher = Publisher(profile_of(entry.options))
        self.link = False
        self.meter = Meter(entry.unique_id, settings=settings_of(entry.options))
        self._store = memory_store(hass, entry.entry_id)
        self._kept: dict[str, Any] = {}
        self._listening = Listeners()
        self._told = EMPTY
        self._standing: tuple[object, ...] | None = None
        self._unavailable_logged = False

    @property
    def identity(self) -> Identity | None:
        """What the meter's address tells."""
        return self.meter.identity

    @property
    def device_info(self) -> DeviceInfo:
        """The meter as a device."""
        return device_info_of(
            self.config_entry, self.identity, self.data["tic_version"]
        )

    async def async_save(self) -> None:
        """Save now what was learned."""
        await self._store.async_save(self._learned())

    async def async_next_reading(self, seconds: float) -> MeterReading:
        """Return the next reading. Raises TimeoutError after so many seconds."""
        before = self.data
        arrived: asyncio.Future[MeterReading] = self.hass.loop.create_future()

        @callback
        def look() -> None:
            if self.data is not before and not self.data.early and not arrived.done():
                arrived.set_result(self.data)

        forget = self.async_add_listener(look)
        try:
            async with asyncio.timeout(seconds):
                return await arrived
        finally:
            forget()

    @callback
    def async_apply_options(self) -> None:
        """Take changed options without opening the port anew."""
        self.meter.settings = settings_of(self.config_entry.options)
        self.publisher.profile = profile_of(self.config_entry.options)
        self._standing = None

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Keys | None = None
    ) -> Callable[[], None]:
        """Listen for readings, or for those in which a key of ``context`` is new.

        Whoever has a context is told all the same when it may be more than that.
        """
        forget = super().async_add_listener(update_callback, context)
        leave = self._listening.add(update_callback, context)

        def remove() -> None:
            leave()
            forget()

        return remove

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Tell the entities, in order where the tariff changes."""
        publisher = self.publisher
        told, self._told = self._told, self.data
        standing = self._stands()
        if (
            # Not for a new reading, so for something else
            self.data is told
            or standing != self._standing
            or len(publisher.stages) > 1
            or publisher.once_a_minute
        ):
            self._standing = standing
            self._listening.all_told()
            publisher.waiting.clear()
            publisher.asked.clear()
            for stage in publisher.stages:
                publisher.stage = stage
                super().async_update_listeners()
            return
        publisher.stage = Stage.ALL
        before, now = told.values, self.data.values
        moved = self._listening.moved(before, now)
        for listener in self._listening.concerned(publisher.sift(moved, before, now)):
            try:
                listener()
            except Exception:
                _LOGGER.exception("Unexpected error showing a reading")

    @override
    async def _async_update_data(self) -> MeterReading:
        """Return the last reading: the meter speaks when it wants."""
        return self.data

    async def _load(self) -> None:
        """Load what was learned before; see ``PersistedStore`` for what it raises."""
        if (learned := await self._store.async_load()) is not None:
            self.meter.memory = learned.memory
            self._kept |= learned.source

    @callback
    def _learned(self) -> dict[str, Any]:
        """Return what is worth keeping over a restart."""
        return Learned(self.meter.memory, self._kept).as_dict()

    def _stands(self) -> tuple[object, ...]:
        """Return what everybody is told of when it changes."""
        return (self.last_update_success, self.link, *self.meter.generation)

    @callback
    def _push(self, reading: MeterReading, now: float) -> None:
        """Show a reading."""
        if not self.last_update_success:
            self.publisher.begin_anew()
        self.publisher.begin(reading, now)
        self.async_set_updated_data(reading)
        self.publisher.stages = (Stage.ALL,)

    @callback
    def _set_link(self, *, on: bool) -> None:
        """Show whether frames come."""
        if self.link is not on:
            self.link = on
            self.async_update_listeners()

    @callback
    def _set_unavailable(self) -> None:
        """Make the entities unavailable, saying so once."""
        if self.last_update_success:
            self.last_update_success = False
            self._unavailable_logged = True
            _LOGGER.info("The meter is not read any more; trying to find it again")
            self.async_update_listeners()
