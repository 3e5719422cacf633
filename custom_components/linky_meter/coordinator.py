"""One meter: its source, its readings, and what brings it back when it is lost."""

from __future__ import annotations

import asyncio
from datetime import datetime
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .const import (
    CONF_ASSUMED_VOLTAGE,
    CONF_BAUDRATE,
    CONF_CREDIT_EXPORT,
    CONF_LIMIT,
    CONF_RATING,
    DOMAIN,
    LIMIT_BREAKING,
)
from .errors import error_key, not_ready
from .server_backlog import Backlog
from .server_hub import ServerSource
from .sources import PortSource, Source, make_source
from .tic.errors import SourceError
from .tic.frame import Frame
from .tic.identity import Identity
from .tic.memory import Memory
from .tic.meter import Meter
from .tic.power import Settings
from .tic.quality import LinkQuality
from .tic.reading import EMPTY, MeterReading
from .tic.serial import SPEEDS

_LOGGER = logging.getLogger(__name__)

type LinkyConfigEntry = ConfigEntry[LinkyCoordinator]

STORAGE_VERSION = 1
SETUP_SECONDS = 10.0
# 54E, receiver annex: the link is faulty after 10 s without a correct frame
LINK_SECONDS = 10.0
# A concentrator never tells its phases
FRAMES_FOR_PHASES = 3
UNAVAILABLE_PERIODS = 4
REOPEN_SECONDS = 60.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
SAVE_SECONDS = 300.0


def memory_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the store of what is learned about an entry's meter."""
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}")


def settings_of(entry: LinkyConfigEntry) -> Settings:
    """Return what the user chose about available current."""
    options = entry.options
    default = Settings()
    return Settings(
        breaking_power_only=options.get(CONF_LIMIT) == LIMIT_BREAKING,
        rating=options.get(CONF_RATING),
        assumed_voltage=options.get(CONF_ASSUMED_VOLTAGE, default.assumed_voltage),
        credit_export=options.get(CONF_CREDIT_EXPORT, default.credit_export),
    )


class LinkyCoordinator(DataUpdateCoordinator[MeterReading]):
    """Takes frames from the source and pushes readings to the entities."""

    config_entry: LinkyConfigEntry

    def __init__(self, hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN)
        self.data = EMPTY
        self.last_update_success = False
        self.quality = LinkQuality()
        self.link = False
        self.source_data = dict(entry.data)
        """The entry's data that this source was opened with."""
        self.frames = 0
        self.source: Source | None = None
        self.meter = Meter(entry.unique_id, settings=settings_of(entry))
        self._store = memory_store(hass, entry.entry_id)
        self._baudrate: int = entry.data.get(CONF_BAUDRATE, SPEEDS[0])
        self._empty = EMPTY.frame
        self._first = asyncio.Event()
        self._lost = asyncio.Event()
        self._wait = FIRST_WAIT
        self._last_frame = hass.loop.time()
        self._last_save = hass.loop.time()
        self._backlog = Backlog(hass, entry.entry_id, entry.title)
        self._cancel_watch: CALLBACK_TYPE | None = None
        self._unavailable_logged = False

    @property
    def identity(self) -> Identity | None:
        """What the meter's address tells."""
        return self.meter.identity

    @property
    def generation(self) -> tuple[int, ...]:
        """A value that changes when there may be new entities or names."""
        memory = self.meter.memory
        return (
            len(memory.keys),
            len(memory.active),
            sum(len(labels) for labels in memory.labels.values()),
            memory.phases or 0,
        )

    @property
    def device_info(self) -> DeviceInfo:
        """The meter as a device; its address is the serial number only."""
        entry, identity = self.config_entry, self.identity
        address = entry.unique_id or entry.entry_id
        model = identity.model if identity else None
        name = "Linky"
        if entry.title != name and identity is not None:
            name = f"{model or name} {identity.year}"
        version = self.data["tic_version"]
        return DeviceInfo(
            identifiers={(DOMAIN, address)},
            manufacturer=identity.manufacturer if identity else None,
            model=model,
            name=name,
            serial_number=address,
            sw_version=f"TIC {version}" if version else None,
        )

    async def async_start(self) -> None:
        """Open the source and wait for the first whole frame.

        Raises ConfigEntryNotReady.
        """
        await self._load()
        try:
            await self._open()
            async with asyncio.timeout(SETUP_SECONDS):
                await self._first.wait()
        except SourceError as err:
            await self.async_stop()
            raise not_ready(error_key(err)) from err
        except TimeoutError as err:
            key = "other_meter"
            if self.meter.other_address is None and self.source is not None:
                key = error_key(self.source.why_nothing([self._empty]))
            await self.async_stop()
            raise not_ready(key) from err
        except BaseException:
            await self.async_stop()
            raise
        entry = self.config_entry
        entry.async_create_background_task(self.hass, self._supervise(), "tic source")
        entry.async_on_unload(
            self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_stop)
        )

    async def async_stop(self) -> None:
        """Close the source; the port is free when this returns."""
        if self._cancel_watch is not None:
            self._cancel_watch()
            self._cancel_watch = None
        source, self.source = self.source, None
        if source is not None:
            await source.close()

    async def async_save(self) -> None:
        """Save now what was learned."""
        await self._store.async_save(self._learned())

    async def async_next_reading(self, seconds: float) -> MeterReading:
        """Return the next reading. Raises TimeoutError after so many seconds."""
        before = self.data
        arrived: asyncio.Future[MeterReading] = self.hass.loop.create_future()

        @callback
        def look() -> None:
            if self.data is not before and not arrived.done():
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
        self.meter.settings = settings_of(self.config_entry)

    @override
    async def _async_update_data(self) -> MeterReading:
        """Return the last reading: the meter speaks when it wants."""
        return self.data

    async def _on_stop(self, _: Event) -> None:
        """Leave in order when Home Assistant stops."""
        await self.async_stop()
        await self.async_save()

    async def _load(self) -> None:
        """Load what was learned before."""
        if stored := await self._store.async_load():
            self.meter.memory = Memory.from_dict(stored["memory"])
            self._baudrate = stored.get(CONF_BAUDRATE, self._baudrate)

    @callback
    def _learned(self) -> dict[str, Any]:
        """Return what is worth keeping over a restart."""
        return {"memory": self.meter.memory.as_dict(), CONF_BAUDRATE: self._baudrate}

    async def _open(self) -> None:
        """Open the source; a port at the speed last known finds another itself."""
        source = make_source(
            self.hass,
            self.config_entry.data,
            address=self.config_entry.unique_id or "",
            baudrate=self._baudrate,
            on_frame=self._on_frame,
            on_lost=self._lost.set,
        )
        self._backlog.start()
        await source.open()
        self.source = source
        self._last_frame = self.hass.loop.time()
        self._watch_in(LINK_SECONDS)

    async def _supervise(self) -> None:
        """Open the port again whenever it was lost, at growing intervals."""
        while True:
            await self._lost.wait()
            await self.async_stop()
            self._set_link(on=False)
            self._set_unavailable()
            while self.source is None:
                await asyncio.sleep(self._wait)
                # Only a valid frame makes the wait short again
                self._wait = min(self._wait * 2, LONGEST_WAIT)
                self._lost.clear()
                try:
                    await self._open()
                except SourceError, HomeAssistantError:
                    continue

    @callback
    def _on_frame(self, frame: Frame) -> None:
        """Take one frame."""
        now = self.hass.loop.time()
        self.quality.add(now, len(frame.groups), frame.damaged)
        if frame.address_only:
            # Empty, or from a meter whose output is not programmed
            self._empty = frame
            return
        reading = self.meter.accept(frame, at=now, received=dt_util.utcnow())
        if reading is None:
            return
        self.frames += 1
        self._last_frame, self._wait = now, FIRST_WAIT
        if isinstance(self.source, PortSource):
            self._baudrate = self.source.baudrate
        if frame.whole and (
            self.meter.memory.phases is not None or self.frames >= FRAMES_FOR_PHASES
        ):
            # Names depend on the number of phases
            self._first.set()
        self.link = True
        if self._unavailable_logged:
            self._unavailable_logged = False
            _LOGGER.info("The meter is read again")
        self.async_set_updated_data(reading)
        if isinstance(self.source, ServerSource) and self._backlog.grows(
            reading["clock_offset"], now
        ):
            self.source.reconnect()
        if now - self._last_save > SAVE_SECONDS:
            self._last_save = now
            self._store.async_delay_save(self._learned, 1)

    @callback
    def _watch_in(self, seconds: float) -> None:
        """Look again in a while whether frames still come."""
        if self._cancel_watch is not None:
            self._cancel_watch()
        self._cancel_watch = async_call_later(self.hass, seconds, self._watch)

    @callback
    def _watch(self, _: datetime) -> None:
        """Notice silence: link off, then unavailable, then open the port anew."""
        self._cancel_watch = None
        silent = self.hass.loop.time() - self._last_frame
        if silent < LINK_SECONDS:
            self._watch_in(LINK_SECONDS - silent)
            return
        self._set_link(on=False)
        interval = self.meter.frame_interval or 0
        if silent >= max(LINK_SECONDS, UNAVAILABLE_PERIODS * interval):
            self._set_unavailable()
        if silent >= REOPEN_SECONDS:
            # A network port may be dead without saying so
            self._lost.set()
            return
        self._watch_in(LINK_SECONDS / 4)

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
