"""Where an entry's frames come from: a port or a server, alike for the coordinator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import CONF_BAUDRATE, CONF_SERVER_ID
from ..linky_tic.tic.errors import NoiseError, SilentError, SourceError
from ..linky_tic.tic.frame import Frame, Group
from ..linky_tic.tic.sources.listen import why_nothing
from ..linky_tic.tic.sources.serial import SPEEDS, SerialSource
from .server import ServerSource

# A line may fall silent in the middle of the longest group
_ONE_GROUP = 160

_KINDS = {
    "socket": "socket",
    "rfc2217": "rfc2217",
    "esphome": "esphome",
    "esphome-hass": "esphome",
}


def kind_of(data: Mapping[str, Any]) -> str:
    """Return what kind of source an entry's data names, without naming it."""
    if CONF_HOST in data:
        return "tic2websocket"
    scheme, separator, _ = str(data[CONF_DEVICE]).partition("://")
    return _KINDS.get(scheme.lower(), "other") if separator else "device"


def source_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an entry's data makes another source, when it is another."""
    return {key: value for key, value in data.items() if key != CONF_SERVER_ID}


class Source(Protocol):
    """What a coordinator needs of a source."""

    @property
    def counts(self) -> Counter[str]:
        """Frames and groups received and lost."""

    @property
    def received(self) -> int:
        """How much arrived, whatever it was."""

    @property
    def damaged(self) -> int:
        """Groups lost to damage since it was opened."""

    @property
    def rejected(self) -> tuple[tuple[str, bytes], ...]:
        """The last damaged groups, not masked: why, and their 7-bit bytes."""

    @property
    def kept(self) -> dict[str, Any]:
        """What finds the meter sooner next time."""

    @property
    def settings(self) -> dict[str, object]:
        """What diagnostics tell of the source; nothing that names it."""

    async def open(self) -> None:
        """Open it. Raises SourceError."""

    async def close(self) -> None:
        """Close it; when this returns it can be opened again."""

    def why_nothing(self, frames: list[Frame], before: int) -> SourceError:
        """Return why no frame of the meter comes.

        ``frames`` are what came instead, ``before`` what was received up to the meter's
        last frame, 0 without one.
        """


class PortSource(SerialSource):
    """A serial port or URL."""

    @property
    def kept(self) -> dict[str, Any]:
        """The speed at which the meter was heard."""
        return {CONF_BAUDRATE: self.baudrate}

    @property
    def settings(self) -> dict[str, object]:
        """What diagnostics tell of the port."""
        return {
            "kind": kind_of({CONF_DEVICE: self.url}),
            "baudrate": self.baudrate,
            "found": self.found,
            "parity": self.decoder.parity,
        }

    def why_nothing(self, frames: list[Frame], before: int) -> SourceError:
        """Return why no frame comes: since the port was opened, or since the last one."""
        if not before or frames:
            return why_nothing(self, frames)
        if self.received - before <= _ONE_GROUP:
            return SilentError()
        return NoiseError()


def make_source(
    hass: HomeAssistant,
    data: Mapping[str, Any],
    *,
    address: str,
    kept: Mapping[str, Any],
    on_frame: Callable[[Frame], None],
    on_groups: Callable[[list[Group]], None],
    on_lost: Callable[[], None],
) -> Source:
    """Return the source that an entry's data names; ``kept`` is what it kept before.

    A server gives whole frames only.
    """
    if CONF_HOST in data:
        return ServerSource(
            hass,
            host=data[CONF_HOST],
            port=data[CONF_PORT],
            token=data.get(CONF_TOKEN),
            address=address,
            kept=kept,
            on_frame=on_frame,
            on_lost=on_lost,
        )
    baudrate = kept[CONF_BAUDRATE]
    speeds = (baudrate, *(speed for speed in SPEEDS if speed != baudrate))
    return PortSource(
        data[CONF_DEVICE],
        on_frame,
        on_lost,
        on_groups=on_groups,
        pauses=True,
        # The transport of an ESPHome proxy tells with it that ESPHome has not loaded
        passes=(HomeAssistantError,),
        speeds=speeds,
    )
