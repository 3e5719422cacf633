"""What a TIC2WebSocket server says, in both of its wire formats.

Enedis's releases 1.0.0 and 2.0.0 write the same things differently and neither tells its
version, so each message is read by its own shape. Facts: source of the tags v1.0.0 and
v2.0.0 of Enedis's ``TIC2WebSocket``, both observed running. Nothing here raises on what
a server can send, but for a frame that is longer than any meter's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import json
from typing import Any

from ...errors import LineDamagedError, LineSilentError, ModemGoneError, NoDataError
from ...frame import Frame
from ...labels import ADDRESS_LABELS
from .frames import partial_frame, server_frame

GET_AVAILABLE_TICS = "GetAvailableTICs"
GET_MODEMS_INFO = "GetModemsInfo"
READ_TIC = "ReadTIC"
SUBSCRIBE_TIC = "SubscribeTIC"
UNSUBSCRIBE_TIC = "UnsubscribeTIC"

ERROR_RESPONSE = "ErrorResponse"
"""The name under which release 2 answers what it could not decode."""

UNPLUGGED = 6
"""Code of a server error: the adapter was unplugged."""
# Release 1: a native port vanished, is another, is busy or cannot be read
_MODEM_GONE = frozenset({UNPLUGGED, 1001, 1002, 1003, 1004, 1005})
# No whole frame for 10 s, in release 2 and in release 1
_SILENT = frozenset({7, 1006})

_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a server calls a meter by; at least one field, or none for "the first"."""

    serial_number: str | None = None
    """The meter's address (ADCO, ADSC), unknown before its first frame."""
    port_name: str | None = None
    """Serial device of the server, such as /dev/ttyUSB0."""
    port_id: str | None = None
    """Place on the server's USB bus; none for a native port."""

    def __bool__(self) -> bool:
        """Return whether any field is there."""
        return bool(self.serial_number or self.port_name or self.port_id)

    def decides(self, other: Identifier) -> bool | None:
        """Return whether both name the same meter, None when nothing tells.

        The first field present on both sides decides, in the server's own order.
        """
        for mine, theirs in (
            (self.serial_number, other.serial_number),
            (self.port_id, other.port_id),
            (self.port_name, other.port_name),
        ):
            if mine and theirs:
                return mine == theirs
        return None

    def matches(self, other: Identifier) -> bool:
        """Return whether both name the same meter, by the server's rule."""
        return bool(self.decides(other))

    def as_dict(self) -> dict[str, str]:
        """Return it as a request carries it: only the fields that are there."""
        fields = {
            "serialNumber": self.serial_number,
            "portId": self.port_id,
            "portName": self.port_name,
        }
        return {key: value for key, value in fields.items() if value}

    @classmethod
    def from_json(cls, data: object) -> Identifier:
        """Return what a message carries; an empty one for anything else."""
        if not isinstance(data, dict):
            return cls()
        return cls(
            serial_number=_string(data.get("serialNumber")),
            port_name=_string(data.get("portName")),
            port_id=_string(data.get("portId")),
        )


@dataclass(frozen=True, slots=True)
class ModemInfo:
    """An adapter of the server, with the fields of both releases."""

    port_name: str | None = None
    port_id: str | None = None
    modem_type: str | None = None
    """MICHAUD or TELEINFO."""
    product_id: int | None = None
    vendor_id: int | None = None
    product_name: str | None = None
    manufacturer: str | None = None
    serial_number: str | None = None
    """Of the adapter, not of the meter."""
    description: str | None = None
    native: bool | None = None
    """Whether it is a port of the machine; release 1 only."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModemInfo:
        """Return what a message carries; fields of a wrong type are left out."""
        native = data.get("native")
        return cls(
            port_name=_string(data.get("portName")),
            port_id=_string(data.get("portId")),
            modem_type=_string(data.get("modemType")),
            product_id=_integer(data.get("productId")),
            vendor_id=_integer(data.get("vendorId")),
            product_name=_string(data.get("productName")),
            # The published API says manufacturerName, the programs manufacturer
            manufacturer=_string(data.get("manufacturer"))
            or _string(data.get("manufacturerName")),
            serial_number=_string(data.get("serialNumber")),
            description=_string(data.get("description")),
            native=native if isinstance(native, bool) else None,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request."""

    name: str
    code: int | None
    """0 when it succeeded, None when there is none."""
    message: str
    data: object
    """As sent."""

    @property
    def ok(self) -> bool:
        """Whether the request succeeded."""
        return not self.code and (self.code == 0 or not self.message)


@dataclass(frozen=True, slots=True)
class Data:
    """A frame and the meter it is of."""

    identifier: Identifier
    frame: Frame
    """Without groups when the server sent none."""


@dataclass(frozen=True, slots=True)
class ServerError:
    """Something that went wrong between the server and a meter."""

    code: int | None
    """6 unplugged; 7, 1006, 1001 silent line; 27, 99 and others a frame lost."""
    message: str
    identifier: Identifier
    frame: Frame | None = None
    """The undamaged groups of the frame that was lost, where release 1 tells them."""


def why_no_data(error: ServerError | None) -> NoDataError:
    """Return the error for a meter without frames, by what the server last said of it."""
    if error is None:
        return NoDataError()
    if error.code in _MODEM_GONE:
        return ModemGoneError()
    return LineSilentError() if error.code in _SILENT else LineDamagedError(error.code)


type Message = Reply | Data | ServerError


def request_text(name: str, data: Mapping[str, str] | None = None) -> str:
    """Return a request as both releases take it: release 1 bears no extra key."""
    request: dict[str, object] = {"type": "REQUEST", "name": name}
    if data is not None:
        request["data"] = data
    return json.dumps(request)


def parse_message(text: str) -> Message | None:
    """Return what a message says, None when it is none of a TIC2WebSocket server.

    Raises TooLongError.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(
        name := message.get("name"), str
    ):
        return None
    data = message.get("data")
    if message.get("type") == "RESPONSE":
        return Reply(
            name,
            _integer(message.get("errorCode")),
            _message(message.get("errorMessage")),
            data,
        )
    if message.get("type") != "EVENT":
        return None
    # Release 1 puts an event's content under ``data``, release 2 beside its name; our
    # own server does both, and release 2 tells more
    body = data if isinstance(data, dict) else message
    if name == "OnTICData":
        return parse_data(message if isinstance(message.get("frame"), dict) else body)
    if name == "OnError":
        return _parse_error(body)
    return None


def parse_data(body: object) -> Data | None:
    """Return the frame of an event or of the reply to a ReadTIC, None without one.

    Raises TooLongError.
    """
    if not isinstance(body, dict):
        return None
    # Release 2 says ``frame``, release 1 ``content``
    for key in ("frame", "content"):
        if isinstance(content := body.get(key), dict):
            break
    else:
        return None
    identifier = Identifier.from_json(body.get("identifier"))
    if any(f"!{label}" in content for label in ADDRESS_LABELS):
        # Release 2 takes the serial number from the damaged group itself
        identifier = Identifier(None, identifier.port_name, identifier.port_id)
    return Data(identifier, server_frame(body.get("mode"), content.items()))


def _parse_error(body: Mapping[str, Any]) -> ServerError:
    return ServerError(
        _integer(body.get("errorCode")),
        _message(body.get("errorMessage")),
        Identifier.from_json(body.get("identifier")),
        partial_frame(body.get("data")),
    )


def _string(value: object) -> str | None:
    """Return a text that is one, and not empty, fit to be printed."""
    return _message(value) or None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _message(value: object) -> str:
    """Return an error's words, fit to be printed."""
    text = value if isinstance(value, str) else ""
    return text[:_LONGEST_MESSAGE].encode("utf-8", "replace").decode()
