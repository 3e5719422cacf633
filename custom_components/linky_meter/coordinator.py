"""One meter as entities see it: its readings, and who is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .const import (
    CONF_ASSUMED_VOLTAGE,
    CONF_CREDIT_EXPORT,
    CONF_LIMIT,
    CONF_PUBLISHING,
    CONF_RATING,
    DOMAIN,
    LIMIT_BREAKING,
)
from .link.connection import Heard, State
from .link.errors import OTHER_METER, UNEXPECTED, error_key, not_ready, token_refused
from .link.learned import Learned, memory_store
from .link.meter_link import MeterLink
from .link.meter_problems import MeterProblems
from .link.sources import Source, source_of
from .link.tasks import Listeners
from .linky_tic.publish.profiles import Profile
from .linky_tic.publish.publisher import Publisher, Stage
from .linky_tic.tic.derive.power import Settings
from .linky_tic.tic.errors import SourceError, TokenRefusedError
from .linky_tic.tic.frame import Frame, Group
from .linky_tic.tic.identity import Identity
from .linky_tic.tic.meter.meter import Meter
from .linky_tic.tic.reading import EMPTY, MeterReading
from .linky_tic.tic.sources.lateness import OF_NOW
from .linky_tic.watch.supply import Seen, last_seen

_LOGGER = logging.getLogger(__name__)

SETUP_SECONDS = 10.0
# A concentrator never tells its phases
FRAMES_FOR_PHASES = 3
SAVE_SECONDS = 300.0
# A power cut shortly after the first start must not cost what was learned
FIRST_SAVE_SECONDS = 30.0


class LinkyCoordinator(DataUpdateCoordinator[MeterReading]):
    """Makes readings of a meter's frames and pushes them to the entities."""

    config_entry: ConfigEntry[Any]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        *,
        on_other_meter: Callable[[str | None], None],
    ) -> None:
        """Start without a reading; nothing is opened yet.

        ``on_other_meter`` gets the address of another meter that is heard in place of
        the entry's own, and None when that one is read.
        """
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN)
        self.data = EMPTY
        self.last_update_success = False
        self.publisher = Publisher(_profile_of(entry.options))
        self.link = False
        self.late = False
        """Whether what the meter says is too old to switch loads by."""
        self.meter = Meter(entry.unique_id, settings=_settings_of(entry.options))
        self.frames = 0
        self.resumed: Seen | None = None
        """What the meter said before this start."""
        self.meter_link = MeterLink(
            hass,
            entry,
            on_frame=self._process,
            on_groups=self._preview,
            on_state=self._follow_state,
            on_cause=self.async_update_listeners,
            frame_interval=lambda: self.meter.frame_interval,
        )
        self._problems = MeterProblems(hass, entry)
        self._showing = Listeners("showing a reading")
        self._on_other_meter = on_other_meter
        self._store = memory_store(hass, entry.entry_id)
        self._last_save = hass.loop.time()
        self._first = asyncio.Event()
        self._unavailable_logged = False

    @property
    def identity(self) -> Identity | None:
        """What the meter's address tells."""
        return self.meter.identity

    @property
    def device_name(self) -> str:
        """What the meter is called: as its entry first was, for ever."""
        known = device_of(self.hass, self.config_entry)
        # Where several ports are told apart, the title has this one's behind the name
        title = self.config_entry.title.partition(" (")[0]
        return (known and known.name) or title

    @property
    def device_info(self) -> DeviceInfo:
        """The meter as a device; its address is its serial number only."""
        identity, address = self.identity, _address_of(self.config_entry)
        language = self.hass.config.language
        version = self.data["tic_version"]
        return DeviceInfo(
            identifiers={(DOMAIN, address)},
            manufacturer=identity.manufacturer if identity else None,
            model=identity.model_in(language) if identity else None,
            name=self.device_name,
            serial_number=address,
            sw_version=f"TIC {version}" if version else None,
        )

    @property
    def source(self) -> Source | None:
        """The open source."""
        return self.meter_link.source

    def is_available(self, key: str) -> bool:
        """Return whether a key of the reading may be shown."""
        return self.last_update_success and not (self.late and key in OF_NOW)

    async def async_start(self) -> None:
        """Open the source and wait for the first whole frame.

        Raises ConfigEntryNotReady or ConfigEntryAuthFailed, and leaves nothing open then.
        """
        await self._load()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.async_close)
            try:
                with self.meter_link.problems.unexpected:
                    await self._wait_for_meter()
                    self.meter_link.connection.watch()
                    self.config_entry.async_on_unload(
                        self.hass.bus.async_listen_once(
                            EVENT_HOMEASSISTANT_STOP, self._on_stop
                        )
                    )
                    stack.pop_all()
                    return
            except TokenRefusedError as err:
                raise token_refused() from err
            except SourceError as err:
                raise not_ready(error_key(err)) from err
            raise not_ready(UNEXPECTED)

    async def _wait_for_meter(self) -> None:
        """Open the source and wait for the first whole frame.

        Raises ConfigEntryNotReady or SourceError.
        """
        connection = self.meter_link.connection
        await connection.async_open()
        try:
            async with asyncio.timeout(SETUP_SECONDS):
                await self._first.wait()
        except TimeoutError as err:
            why = connection.why_nothing()
            self.meter_link.problems.trouble(why)
            raise why from err
        if connection.state is State.OTHER_METER:
            raise not_ready(OTHER_METER)

    async def async_close(self) -> None:
        """Look for the meter no more, and close the source."""
        await self.meter_link.connection.async_close()

    async def _on_stop(self, _: Event) -> None:
        """Leave in order when Home Assistant stops."""
        await self.async_close()
        await self.async_save()

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
        self.meter.settings = _settings_of(self.config_entry.options)
        self.publisher.profile = _profile_of(self.config_entry.options)

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Tell the entities, in order where the tariff changes."""
        publisher = self.publisher
        for stage in publisher.stages:
            publisher.stage = stage
            self._showing.call(
                {key: listener for key, (listener, _) in self._listeners.items()}
            )

    @override
    async def _async_update_data(self) -> MeterReading:
        """Return the last reading: the meter speaks when it wants."""
        return self.data

    async def _load(self) -> None:
        """Load what was learned before; see ``PersistedStore`` for what it raises."""
        if (learned := await self._store.async_load()) is not None:
            self.meter.memory = learned.memory
            self.resumed = last_seen(learned.memory)
            self.meter_link.kept |= learned.source

    @callback
    def _learned(self) -> dict[str, Any]:
        """Return what is worth keeping over a restart."""
        return Learned(self.meter.memory, self.meter_link.kept).as_dict()

    @callback
    def _process(self, frame: Frame) -> Heard:
        """Make a reading of a frame and push it."""
        now = self.hass.loop.time()
        if frame.address_only:
            # Empty, or from a meter whose output is not programmed
            return Heard.NOTHING
        reading = self.meter.process(frame, at=now, received=dt_util.utcnow())
        if reading is None:
            return self._process_other()
        if self.late is not self.meter_link.late:
            self.late = self.meter_link.late
            self.async_update_listeners()
        self.frames += 1
        if (
            frame.whole
            and not self._first.is_set()
            and (
                self.meter.memory.phases is not None or self.frames >= FRAMES_FOR_PHASES
            )
        ):
            # Names depend on the number of phases
            self._first.set()
            self._store.async_delay_save(self._learned, FIRST_SAVE_SECONDS)
        self._push(reading, now)
        self._problems.follow(reading, self.meter.memory, self.meter.pending_steps)
        if now - self._last_save > SAVE_SECONDS:
            self._last_save = now
            self._store.async_delay_save(self._learned, 1)
        return Heard.METER

    @callback
    def _process_other(self) -> Heard:
        """Tell of another meter in place of the entry's own, once it is sure."""
        other = self.meter.other_address
        # With other data than the entry's, a reload is on its way
        if (
            other is None
            or source_of(self.config_entry.data) != self.meter_link.source_data
        ):
            return Heard.STRANGER
        self._first.set()
        self._on_other_meter(other)
        return Heard.OTHER_METER

    @callback
    def _preview(self, groups: list[Group]) -> None:
        """Show the measurements of a frame as soon as all of them are there."""
        if not self._first.is_set():
            return
        now = self.hass.loop.time()
        reading = self.meter.preview(groups, at=now, received=dt_util.utcnow())
        if reading is not None:
            self._push(reading, now)

    @callback
    def _follow_state(self, state: State) -> None:
        """Show whether the meter is read, and say it where it must be known."""
        match state:
            case State.CONNECTED:
                self._on_other_meter(None)
                self._set_link(on=True)
                if self._unavailable_logged:
                    self._unavailable_logged = False
                    _LOGGER.info("The meter is read again")
            case State.QUIET:
                self._set_link(on=False)
            case State.SILENT | State.OTHER_METER | State.WAITING:
                self._set_link(on=False)
                self._set_unavailable()

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


@callback
def device_of(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dr.DeviceEntry | None:
    """Return a meter as a device; its costs and offers have devices of their own."""
    return dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, _address_of(entry)), entry.entry_id
    )


def _address_of(entry: ConfigEntry[Any]) -> str:
    return entry.unique_id or entry.entry_id


def _profile_of(options: Mapping[str, Any]) -> Profile:
    """Return how often noisy values are shown."""
    return Profile(options.get(CONF_PUBLISHING, Profile.BALANCED))


def _settings_of(options: Mapping[str, Any]) -> Settings:
    """Return what the user chose about available current."""
    default = Settings()
    return Settings(
        breaking_power_only=options.get(CONF_LIMIT) == LIMIT_BREAKING,
        rating=options.get(CONF_RATING),
        assumed_voltage=options.get(CONF_ASSUMED_VOLTAGE, default.assumed_voltage),
        credit_export=options.get(CONF_CREDIT_EXPORT, default.credit_export),
    )
