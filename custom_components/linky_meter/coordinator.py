"""One meter: its source, its readings, and what brings it back when it is lost."""

from __future__ import annotations

import asyncio
from datetime import datetime
import logging
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .const import CONF_BAUDRATE
from .link.errors import error_key, not_ready
from .link.log import Journal
from .link.problems import async_supervisor
from .link.server import ServerSource
from .link.server_backlog import Backlog
from .link.sources import Source, make_source
from .linky_tic.tic.errors import SourceError
from .linky_tic.tic.frame import Frame, Group
from .linky_tic.tic.reading import EMPTY
from .linky_tic.tic.sources.quality import LinkQuality
from .linky_tic.tic.sources.serial import SPEEDS
from .meter_coordinator import MeterCoordinator

if TYPE_CHECKING:
    from .billing.keeper import CostKeeper

_LOGGER = logging.getLogger(__name__)

type LinkyConfigEntry = ConfigEntry[LinkyCoordinator]

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


class LinkyCoordinator(MeterCoordinator):
    """Takes frames from the source and pushes readings to the entities."""

    config_entry: LinkyConfigEntry
    costs: CostKeeper
    """Set when the entry is set up, before any entity."""

    def __init__(self, hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__(hass, entry)
        self._kept[CONF_BAUDRATE] = entry.data.get(CONF_BAUDRATE, SPEEDS[0])
        self.quality = LinkQuality()
        self.journal = Journal(self.quality)
        self.source_data = dict(entry.data)
        """The entry's data that this source was opened with."""
        self.frames = 0
        self.source: Source | None = None
        self._supervisor = async_supervisor(hass, entry)
        self._empty = EMPTY.frame
        self._first = asyncio.Event()
        self._lost = asyncio.Event()
        self._wait = FIRST_WAIT
        self._last_frame = self._last_heard = hass.loop.time()
        self._last_save = hass.loop.time()
        self._backlog = Backlog(hass, entry.entry_id, entry.title)
        self._cancel_watch: CALLBACK_TYPE | None = None
        self._supervising: asyncio.Task[None] | None = None

    @property
    def wait(self) -> float:
        """Seconds before the next try to open a lost source."""
        return self._wait

    async def async_start(self) -> None:
        """Open the source and wait for the first whole frame.

        Raises ConfigEntryNotReady.
        """
        await self._load()
        try:
            await self._open()
            async with asyncio.timeout(SETUP_SECONDS):
                await self._first.wait()
            self._refuse_other_meter()
        except SourceError as err:
            await self.async_stop()
            raise not_ready(error_key(err)) from err
        except TimeoutError as err:
            source = self.source
            assert source is not None  # opening it has its own time-out
            self._supervisor.look(source, over=True)
            key = error_key(source.why_nothing([self._empty]))
            await self.async_stop()
            raise not_ready(key) from err
        except BaseException:
            await self.async_stop()
            raise
        entry = self.config_entry
        self._supervising = entry.async_create_background_task(
            self.hass, self._supervise(), "tic source"
        )
        entry.async_on_unload(
            self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_stop)
        )

    def _refuse_other_meter(self) -> None:
        """Raise ConfigEntryNotReady if another meter was heard."""
        if self.meter.other_address is not None:
            raise not_ready("other_meter")

    async def async_stop(self) -> None:
        """Close the source; the port is free when this returns."""
        if self._cancel_watch is not None:
            self._cancel_watch()
            self._cancel_watch = None
        self._supervisor.port.closed()
        source, self.source = self.source, None
        if source is not None:
            await source.close()

    async def async_close(self) -> None:
        """Look for the meter no more, and close the source."""
        if self._supervising is not None:
            # It may be opening the port at this very moment
            self._supervising.cancel()
            await asyncio.wait([self._supervising])
        await self.async_stop()

    async def _on_stop(self, _: Event) -> None:
        """Leave in order when Home Assistant stops."""
        await self.async_close()
        await self.async_save()

    async def _open(self) -> None:
        """Open the source; a port at the speed last known finds another itself."""
        entry = self.config_entry
        if (moved := await self._supervisor.async_moved()) is not None:
            # Known before the entry's listener asks
            self.source_data = moved
            self.hass.config_entries.async_update_entry(entry, data=moved)
        await self._supervisor.port.async_look()
        source = make_source(
            self.hass,
            entry.data,
            address=entry.unique_id or "",
            kept=self._kept,
            on_frame=self._on_frame,
            on_groups=self._on_groups,
            on_lost=self._lost.set,
        )
        self._backlog.start()
        self.journal.opening(source)
        try:
            await source.open()
        except SourceError as err:
            self._supervisor.refused(err)
            raise
        except BaseException:
            await source.close()
            raise
        self._supervisor.port.opened()
        self.source = source
        self._last_frame = self._last_heard = self.hass.loop.time()
        self._watch_in(LINK_SECONDS)

    async def _supervise(self) -> None:
        """Open the port again whenever it was lost, at growing intervals."""
        while True:
            await self._lost.wait()
            if self.source is not None:
                self._supervisor.look(self.source, over=True)
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
        self.journal.take(frame, now, read=self.last_update_success)
        if frame.address_only:
            # Empty, or from a meter whose output is not programmed
            self._empty = frame
            return
        reading = self.meter.process(frame, at=now, received=dt_util.utcnow())
        if reading is None:
            self._on_other_frame(now)
            return
        self.frames += 1
        self._last_frame = self._last_heard = now
        self._wait = FIRST_WAIT
        self._supervisor.read(self.meter.pending_steps)
        if self.source is not None:
            self._kept |= self.source.kept
        if (
            frame.whole
            and not self._first.is_set()
            and (
                self.meter.memory.phases is not None or self.frames >= FRAMES_FOR_PHASES
            )
        ):
            # Names depend on the number of phases
            self._first.set()
        self.link = True
        if self._unavailable_logged:
            self._unavailable_logged = False
            _LOGGER.info("The meter is read again")
        self._push(reading, now)
        if isinstance(self.source, ServerSource) and self._backlog.grows(
            reading["clock_offset"], now
        ):
            self.source.reconnect()
        if now - self._last_save > SAVE_SECONDS:
            self._last_save = now
            self._store.async_delay_save(self._learned, 1)

    @callback
    def _on_groups(self, groups: list[Group]) -> None:
        """Show the measurements of a frame as soon as all of them are there."""
        if not self._first.is_set() or not self.link:
            return
        now = self.hass.loop.time()
        reading = self.meter.preview(groups, at=now, received=dt_util.utcnow())
        if reading is not None:
            self._push(reading, now)

    @callback
    def _on_other_frame(self, now: float) -> None:
        """Stop, but go on listening, when the source gives another meter's frames."""
        self._last_heard = now
        other = self.meter.other_address
        # With other data than the entry's, a reload is on its way
        if other is None or dict(self.config_entry.data) != self.source_data:
            return
        self._first.set()
        self._set_link(on=False)
        self._set_unavailable()
        self._supervisor.other.heard(other)

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
        if self.source is not None:
            self._supervisor.look(self.source)
        interval = self.meter.frame_interval or 0
        if silent >= max(LINK_SECONDS, UNAVAILABLE_PERIODS * interval):
            self._set_unavailable()
        if self.hass.loop.time() - self._last_heard >= REOPEN_SECONDS:
            # A network port may be dead without saying so
            self._lost.set()
            return
        self._watch_in(LINK_SECONDS / 4)
