"""The one connection that entries on the same TIC2WebSocket server share.

And what shows that a server gives its frames late.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
import logging
import math
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..linky_tic.tic.errors import NotProgrammedError, SourceError
from ..linky_tic.tic.frame import Frame
from ..linky_tic.tic.sources.lateness import Lateness, date_of
from ..linky_tic.tic.sources.tic2websocket.client import Client
from ..linky_tic.tic.sources.tic2websocket.messages import (
    UNPLUGGED,
    Identifier,
    ServerError,
    why_no_data,
)
from .problems import Issue, async_heal, async_raise
from .tasks import Unexpected

_LOGGER = logging.getLogger(__name__)

_PLACE = "place"
_CLOCK = "clock"

CONNECT_SECONDS = 600.0
"""Between two new connections to a server that gives late frames."""
HEALED_SECONDS = 600.0

_HUBS: HassKey[dict[tuple[str, int, str | None], ServerHub]] = HassKey(
    f"{DOMAIN}_servers"
)


class ServerSource:
    """One meter of a server, for its coordinator.

    Frames are chosen by the address in their groups; one without an address belongs to
    the port on which the meter was last heard. Another meter's frames from there are
    given on too: it may have been replaced. Those from elsewhere are other meters'.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        host: str,
        port: int,
        address: str,
        on_frame: Callable[[Frame], None],
        on_lost: Callable[[], None],
        kept: Mapping[str, Any] | None = None,
        token: str | None = None,
    ) -> None:
        """Prepare; nothing is connected yet. ``kept`` is what it kept before."""
        self.counts: Counter[str] = Counter()
        self.received = 0
        """Frames of all meters of the server that passed by."""
        self.last_error: ServerError | None = None
        """What the server last said of the meter, since its last frame."""
        self._hass = hass
        self._server = (host, port)
        self._hub_key = (host, port, token)
        self._address = address
        self._on_frame = on_frame
        self.on_lost = on_lost
        """Told that the connection is gone."""
        self._hub: ServerHub | None = None
        place = (kept or {}).get(_PLACE, {})
        # Another server's ports may have the same names
        if place.get("server") != list(self._server):
            place = {}
        self._place = Identifier.from_json(place)

    @property
    def kept(self) -> dict[str, Any]:
        """The port of the server on which the meter was last heard."""
        return {_PLACE: {**self._place.as_dict(), "server": list(self._server)}}

    @property
    def damaged(self) -> int:
        """Damaged groups of this meter."""
        return self.counts["damaged"]

    @property
    def rejected(self) -> tuple[tuple[str, bytes], ...]:
        """Nothing: a server does not tell what a damaged group looked like."""
        return ()

    @property
    def settings(self) -> dict[str, object]:
        """What diagnostics tell of the source."""
        hub = self._hub
        return {
            "kind": "tic2websocket",
            "messages": dict(hub.client.counts) if hub else None,
        }

    async def open(self) -> None:
        """Join the server's connection. Raises SourceError."""
        hubs = self._hass.data.setdefault(_HUBS, {})
        hub = hubs.get(self._hub_key)
        if hub is None:
            hub = hubs[self._hub_key] = ServerHub(self._hass, *self._hub_key)
        self._hub = hub
        hub.users.add(self)
        try:
            await hub.async_join(self)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Leave the connection; the last one closes it."""
        if (hub := self._hub) is None:
            return
        hub.users.discard(self)
        hubs = self._hass.data[_HUBS]
        if not hub.users and hubs.get(self._hub_key) is hub:
            del hubs[self._hub_key]
        await hub.async_leave(self)
        self._hub = None

    def why_nothing(self, frames: list[Frame], before: int) -> SourceError:
        """Return why no frame comes."""
        if any(frame.groups for frame in frames):
            return NotProgrammedError()
        return why_no_data(self.last_error)

    @callback
    def reconnect(self) -> None:
        """Break the server's connection, so that every member makes a new one."""
        if self._hub is not None:
            self._hub.reset()

    @callback
    def process(self, frame: Frame, identifier: Identifier) -> None:
        """Take a frame of the server, if it is of this meter."""
        self.received += 1
        if (frame.address or identifier.serial_number) == self._address:
            self._place = Identifier(None, identifier.port_name, identifier.port_id)
            self.counts.update(frame.tally)
            self.last_error = None
            self._on_frame(frame)
        elif frame.address is not None and self._place.matches(
            Identifier(None, identifier.port_name, identifier.port_id)
        ):
            self._on_frame(frame)

    @callback
    def process_error(self, error: ServerError) -> None:
        """Take what the server says of one of its meters, if it is of this one."""
        address = error.identifier.serial_number
        # Of a modem that no frame came from, the server knows the place only
        mine = self._place.decides(error.identifier) is not False
        if address == self._address or (address is None and mine):
            self.last_error = error


class ServerHub:
    """A client of one server, opened for the first entry and closed after the last."""

    def __init__(
        self, hass: HomeAssistant, host: str, port: int, token: str | None
    ) -> None:
        """Prepare; nothing is connected yet."""
        self.users: set[ServerSource] = set()
        """Sources that are in, or about to be."""
        self._hass = hass
        self._members: dict[ServerSource, int] = {}
        self._lock = asyncio.Lock()
        self._unexpected = Unexpected("the connection to the server")
        self.client = Client(
            async_get_clientsession(hass),
            host,
            port,
            token=token,
            on_closed=self._closed,
        )

    async def async_join(self, member: ServerSource) -> None:
        """Give a member the server's frames. Raises SourceError."""
        async with self._lock:
            if not self.client.connected:
                await self.client.connect()
                _LOGGER.debug("Connected to the server")
            else:
                # Whoever comes back after silence may have been forgotten
                await self.client.resubscribe()
            self._members[member] = await self.client.subscribe(
                member.process, partial(self._process_error, member)
            )

    async def async_leave(self, member: ServerSource) -> None:
        """Take a member out; the connection ends with the last."""
        async with self._lock:
            # Out of it only then: what fails on the way is tried again
            if not self._members.keys() - {member}:
                await self.client.close()
            elif member in self._members:
                with suppress(SourceError):
                    await self.client.unsubscribe(self._members[member])
            self._members.pop(member, None)

    @callback
    def reset(self) -> None:
        """Break the connection; every member comes back by itself."""
        self._hass.async_create_background_task(self._reset(), "tic reset")

    async def _reset(self) -> None:
        """Close the connection as if the server had."""
        with self._unexpected:
            await self.client.close()
        self._closed(0)

    @callback
    def _process_error(self, member: ServerSource, error: ServerError) -> None:
        """Subscribe again when a modem was unplugged: the server may have ended it."""
        member.process_error(error)
        # Every member is told, and one is enough
        if error.code == UNPLUGGED and member is next(iter(self._members)):
            self._hass.async_create_background_task(
                self._resubscribe(), "tic resubscribe"
            )

    async def _resubscribe(self) -> None:
        """Subscribe again; a server that does not answer is noticed by its silence."""
        with self._unexpected, suppress(SourceError):
            await self.client.resubscribe()

    @callback
    def _closed(self, code: int) -> None:
        """Tell every member that the connection is gone."""
        _LOGGER.debug("Connection to the server lost, code %d", code)
        for member in list(self._members):
            member.on_lost()


class Backlog:
    """Tells when an entry's frames are late, and connects to its server anew.

    What is kept of the meter's clock is of this meter, whatever gave its frames.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, kept: dict[str, Any]
    ) -> None:
        """Take where to keep the clock; what was kept before must be there later on."""
        self._hass = hass
        self._entry = entry
        self._kept = kept
        self._lateness: Lateness | None = None
        self._raised = False
        self._connected_at = -math.inf
        self._late_at = -math.inf

    @property
    def late(self) -> bool:
        """Whether what the meter says now is too old to act on."""
        return self._lateness is not None and self._lateness.late

    @callback
    def process(self, frame: Frame, source: ServerSource | None) -> None:
        """Take a frame of the meter, which is in time where it comes from a port."""
        if (date := date_of(frame)) is None:
            return
        now, wall = self._hass.loop.time(), dt_util.utcnow().timestamp()
        lateness = self._lateness = self._lateness or self._remembered()
        if CONF_HOST not in self._entry.data:
            lateness.trust(date, now)
        else:
            lateness.process(date, wall=wall, at=now)
        if (offset := lateness.offset(wall, now)) is not None:
            self._kept[_CLOCK] = {
                "meter": self._entry.unique_id,
                "offset": round(offset, 1),
            }
        if lateness.late:
            self._late_at = now
            self._tell()
            if source is not None and now - self._connected_at >= CONNECT_SECONDS:
                self._connected_at = now
                source.reconnect()
        elif self._raised and now - self._late_at >= HEALED_SECONDS:
            self._raised = False
            async_heal(self._hass, self._entry.entry_id, Issue.SERVER_BACKLOG)

    def _remembered(self) -> Lateness:
        kept = self._kept.get(_CLOCK)
        # Another meter in the same place has another clock
        if isinstance(kept, dict) and kept.get("meter") == self._entry.unique_id:
            offset = kept.get("offset")
            return Lateness(offset if isinstance(offset, int | float) else None)
        return Lateness()

    def _tell(self) -> None:
        if not self._raised:
            self._raised = True
            async_raise(self._hass, self._entry, Issue.SERVER_BACKLOG)
