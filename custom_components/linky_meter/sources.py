"""Where an entry's frames come from: a port or a server, alike for the coordinator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant

from .server_hub import ServerSource
from .tic.errors import SourceError
from .tic.frame import Frame
from .tic.serial import SPEEDS, SerialSource, why_nothing


class Source(Protocol):
    """What a coordinator needs of a source."""

    @property
    def counts(self) -> Counter[str]:
        """Frames and groups received and lost."""

    @property
    def received(self) -> int:
        """How much arrived, whatever it was."""

    @property
    def settings(self) -> dict[str, object]:
        """What diagnostics tell of the source; nothing that names it."""

    async def open(self) -> None:
        """Open it. Raises SourceError."""

    async def close(self) -> None:
        """Close it; when this returns it can be opened again."""

    def why_nothing(self, frames: list[Frame]) -> SourceError:
        """Return the error for a source that gave nothing usable."""


class PortSource(SerialSource):
    """A serial port or URL."""

    @property
    def settings(self) -> dict[str, object]:
        """What diagnostics tell of the port."""
        return {
            "kind": self.url.partition("://")[0] if "://" in self.url else "device",
            "baudrate": self.baudrate,
            "parity": self.decoder.parity,
        }

    def why_nothing(self, frames: list[Frame]) -> SourceError:
        """Return the error for a port that gave nothing usable."""
        return why_nothing(self, frames)


def make_source(
    hass: HomeAssistant,
    data: Mapping[str, Any],
    *,
    address: str,
    baudrate: int,
    on_frame: Callable[[Frame], None],
    on_lost: Callable[[], None],
) -> Source:
    """Return the source that an entry's data names; ``baudrate`` is tried first."""
    if CONF_HOST in data:
        return ServerSource(
            hass,
            host=data[CONF_HOST],
            port=data[CONF_PORT],
            address=address,
            on_frame=on_frame,
            on_lost=on_lost,
        )
    speeds = (baudrate, *(speed for speed in SPEEDS if speed != baudrate))
    return PortSource(data[CONF_DEVICE], on_frame, on_lost, speeds=speeds)
