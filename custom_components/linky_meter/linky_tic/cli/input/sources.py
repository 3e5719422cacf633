"""Where frames come from, by how a URL begins."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from ...tic.frame import Frame
from ...tic.sources import listen, server as server_source


def _of_server(
    url: str, _baudrate: int | None, *, patience: float
) -> AsyncGenerator[Frame]:
    """Return the frames of a meter of a server, which knows no speed."""
    return server_source.frames(url, patience=patience)


# Whatever begins otherwise is a port
_FRAMES = {"ws://": _of_server}


def frames(
    url: str, baudrate: int | None = None, *, patience: float = listen.LISTEN_IN_ALL
) -> AsyncGenerator[Frame]:
    """Return the frames of a port or of a server's meter, see ``listen.frames``."""
    return _FRAMES.get(_begin(url), listen.frames)(url, baudrate, patience=patience)


def has_bytes(url: str) -> bool:
    """Return whether a source gives the bytes of the line, not only frames."""
    return _begin(url) not in _FRAMES


def _begin(url: str) -> str:
    """Return the scheme with what ends it."""
    scheme, end, _ = url.partition("://")
    return scheme.lower() + end
