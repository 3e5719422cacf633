"""Where frames come from, by how a URL begins."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from ...tic.frame import Frame
from ...tic.sources import listen, server
from ...tic.sources.tic2websocket.messages import ServerError


def frames(
    url: str,
    baudrate: int | None = None,
    *,
    patience: float = listen.LISTEN_IN_ALL,
    on_error: Callable[[ServerError], None] | None = None,
) -> AsyncGenerator[Frame]:
    """Return the frames of a port or of a server's meter, see ``listen.frames``.

    ``on_error`` is for a server, see ``server.frames``, which knows no speed.
    """
    if has_bytes(url):
        return listen.frames(url, baudrate, patience=patience)
    return server.frames(url, patience=patience, on_error=on_error)


def has_bytes(url: str) -> bool:
    """Return whether a source gives the bytes of the line, not only frames."""
    scheme, separator, _ = url.partition("://")
    return not separator or scheme.lower() != "ws"


def is_in_time(url: str | None) -> bool:
    """Return whether a source gives frames as they end: a port does, named or not."""
    return url is None or has_bytes(url)
