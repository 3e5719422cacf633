"""The name of a meter of a TIC2WebSocket server.

``ws://host:port`` is the server; a query, ``?serial=``, ``?port_id=`` or ``?port_name=``,
tells which of its meters, and none means the first. ``?token=`` is for a server of
``linky-tic serve`` that wants one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import override
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..errors import ServerUnreachableError
from .tic2websocket.client import DEFAULT_PORT
from .tic2websocket.messages import Identifier

_QUERY = {"serial": "serial_number", "port_id": "port_id", "port_name": "port_name"}


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """A server and one meter of it."""

    host: str
    port: int = DEFAULT_PORT
    identifier: Identifier = field(default_factory=Identifier)
    """Empty for the first meter."""
    token: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> ServerUrl:
        """Return what a URL names; raises ServerUnreachableError for any other text."""
        try:
            parts = urlsplit(url)
            port = parts.port
            query = parse_qsl(parts.query, strict_parsing=bool(parts.query))
            token = dict(query).get("token")
            fields = {_QUERY[key]: value for key, value in query if key != "token"}
        except (ValueError, KeyError) as err:
            raise ServerUnreachableError from err
        host = parts.hostname
        if parts.scheme != "ws" or not host or parts.path not in ("", "/"):
            raise ServerUnreachableError
        port = DEFAULT_PORT if port is None else port
        return cls(host, port, Identifier(**fields), token)

    @override
    def __str__(self) -> str:
        """Return the URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        fields = {
            key: value
            for key, name in _QUERY.items()
            if (value := getattr(self.identifier, name))
        }
        if self.token:
            fields["token"] = self.token
        query = f"?{urlencode(fields, safe='/:', errors='replace')}" if fields else ""
        return f"ws://{host}:{self.port}{query}"
