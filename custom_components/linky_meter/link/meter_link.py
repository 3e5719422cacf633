"""The link of an entry to its meter: its connection, and all that is known about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from ..const import CONF_BAUDRATE
from ..linky_tic.tic.errors import PortBusyError, TokenRefusedError
from ..linky_tic.tic.frame import Frame, Group
from ..linky_tic.tic.sources.quality import LinkQuality
from ..linky_tic.tic.sources.serial import SPEEDS
from .connection import Connection, Heard, State
from .log import LinkLog
from .problems import async_problems
from .server import Backlog, ServerSource
from .sources import Source, make_source, source_of
from .tasks import Unexpected
from .usb import PortWatch, async_moved


class MeterLink:
    """Ties the connection to what the entry names, to its log and its repairs.

    ``on_frame`` judges each frame, ``on_groups`` gets the groups so far of a frame,
    ``on_state`` is told of each new state of the connection, ``on_cause`` when it is
    another reason why the meter is not read.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        *,
        on_frame: Callable[[Frame], Heard],
        on_groups: Callable[[list[Group]], None],
        on_state: Callable[[State], None],
        on_cause: Callable[[], None],
        frame_interval: Callable[[], float | None],
    ) -> None:
        self.source_data = source_of(entry.data)
        """The entry's data that the source was opened with."""
        self.kept: dict[str, Any] = {
            CONF_BAUDRATE: entry.data.get(CONF_BAUDRATE, SPEEDS[0])
        }
        """What finds the meter sooner next time."""
        self.quality = LinkQuality()
        self.log = LinkLog(self.quality)
        self.problems = async_problems(hass, entry)
        self.connection = Connection(
            self._make_source,
            on_frame=self._process,
            on_groups=on_groups,
            on_state=self._follow_state,
            on_trouble=self._follow_trouble,
            frame_interval=frame_interval,
            create_task=partial(entry.async_create_background_task, hass),
        )
        self._hass = hass
        self._entry = entry
        self._on_frame = on_frame
        self._on_state = on_state
        self._on_cause = on_cause
        self._unexpected = Unexpected("looking for the modem")
        self._sharing = Unexpected("sharing the meter")
        self.share_nothing()
        self._port_watch = PortWatch(hass, entry, self.problems)
        self._backlog = Backlog(hass, entry, self.kept)

    def share_nothing(self) -> None:
        """Give what comes to nobody else."""
        self.on_raw: Callable[[Frame], object] = lambda _: None
        """Gets each frame as it came, before it is judged."""
        self.on_gone: Callable[[], object] = lambda: None
        """Is told when the source is closed."""

    @property
    def _loaded(self) -> bool:
        return self._entry.state is ConfigEntryState.LOADED

    @property
    def source(self) -> Source | None:
        """The open source."""
        return self.connection.source

    @property
    def late(self) -> bool:
        """Whether what the meter says now is too old to act on."""
        return self._backlog.late

    async def _make_source(
        self,
        *,
        on_frame: Callable[[Frame], None],
        on_groups: Callable[[list[Group]], None],
        on_lost: Callable[[], None],
    ) -> Source:
        """Return the source that the entry names, where its modem is now."""
        entry = self._entry
        # A port can be read without knowing what else there is
        with self._unexpected:
            if (moved := await async_moved(self._hass, entry)) is not None:
                # Known before the entry's listener asks
                self.source_data = source_of(moved)
                self._hass.config_entries.async_update_entry(entry, data=moved)
        await self._port_watch.async_look()
        source = make_source(
            self._hass,
            entry.data,
            address=entry.unique_id or "",
            kept=self.kept,
            on_frame=on_frame,
            on_groups=on_groups,
            on_lost=on_lost,
        )
        self.log.opening(source)
        return source

    def _process(self, frame: Frame) -> Heard:
        with self._sharing:
            self.on_raw(frame)
        read = self.connection.state in {State.CONNECTED, State.QUIET}
        self.log.process(frame, self._hass.loop.time(), read=read)
        source = self.source
        if frame.address in {None, self._entry.unique_id}:
            server = source if isinstance(source, ServerSource) else None
            self._backlog.process(frame, server)
        heard = self._on_frame(frame)
        if heard is Heard.METER and source is not None:
            self.kept |= source.kept
        return heard

    def _follow_state(self, state: State) -> None:
        if state is State.LISTENING:
            self._port_watch.opened()
        elif state in {State.WAITING, State.CLOSED}:
            self._port_watch.closed()
            with self._sharing:
                self.on_gone()
        self._on_state(state)
        problems = self.problems
        if state is State.CONNECTED:
            problems.read()
        elif state is State.CLOSED:
            problems.closed()
        elif state is State.OTHER_METER:
            problems.other_meter()
            problems.lost(0)
        elif state in {State.QUIET, State.SILENT}:
            problems.lost(self.connection.silent)
        elif state is State.WAITING:
            problems.lost(0)

    def _follow_trouble(self, err: Exception) -> None:
        # The port's own repair is there before the loss looks for it
        if isinstance(err, PortBusyError):
            self._port_watch.refused()
        # At a start Home Assistant does it itself
        if isinstance(err, TokenRefusedError) and self._loaded:
            self._entry.async_start_reauth(self._hass)
        before = self.problems.cause
        self.problems.trouble(err)
        if self.problems.cause != before:
            self._on_cause()
