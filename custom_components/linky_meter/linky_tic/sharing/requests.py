"""What a client asks for, read without trust in it."""

from __future__ import annotations

from dataclasses import dataclass
import json
from typing import Any

from ..tic.sources.tic2websocket.messages import (
    GET_AVAILABLE_TICS,
    GET_MODEMS_INFO,
    READ_TIC,
    SUBSCRIBE_TIC,
    UNSUBSCRIBE_TIC,
    Identifier,
)

NO_JSON = -1
UNSUPPORTED = -5
INTERNAL = -7
NOT_SUBSCRIBED = -10
NOT_FOUND = -12
TIMED_OUT = -13

_FIELDS = ("serialNumber", "portId", "portName")
_WITHOUT_DATA = frozenset({GET_AVAILABLE_TICS, GET_MODEMS_INFO})
_NAMES = _WITHOUT_DATA | {READ_TIC, SUBSCRIBE_TIC, UNSUBSCRIBE_TIC}


class BadRequestError(Exception):
    """A text is no request; ``code`` is what is answered."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Request:
    """A request that can be served."""

    name: str
    identifiers: tuple[Identifier, ...] | None = None
    """None: no meter was named, which means all of them."""


def parse_request(text: str) -> Request:
    """Return what is asked for; raise BadRequestError."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise BadRequestError(NO_JSON) from err
    if not isinstance(message, dict):
        raise BadRequestError(NO_JSON)
    name = message.get("name")
    if message.get("type") != "REQUEST" or not isinstance(name, str):
        raise BadRequestError(UNSUPPORTED)
    if name not in _NAMES:
        raise BadRequestError(UNSUPPORTED)
    data = message.get("data")
    if name in _WITHOUT_DATA or (data is None and name != READ_TIC):
        return Request(name)
    if isinstance(data, list) and name != READ_TIC:
        return Request(name, tuple(_identifier(item) for item in data))
    return Request(name, (_identifier(data),))


def _identifier(data: Any) -> Identifier:
    """Return how a meter is called; raise BadRequestError for what calls none."""
    if not isinstance(data, dict):
        raise BadRequestError(UNSUPPORTED)
    told = [data[key] for key in _FIELDS if data.get(key) is not None]
    if not told or not all(isinstance(value, str) for value in told):
        raise BadRequestError(UNSUPPORTED)
    return Identifier.from_json(data)
