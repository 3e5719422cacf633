"""What the server says: messages of a TIC2WebSocket server, of both releases in one.

Release 1 puts the body of an event under ``data`` and writes ``dateTime`` and
``content``; release 2 has it at the root and writes ``datetime`` and ``frame``. None of
these collide, so that one message serves the clients of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
import json
from typing import Any

from ..tic.decode.groups import SEPARATORS, encode_group
from ..tic.frame import Frame, Group
from ..tic.labels import Mode
from ..tic.sources.tic2websocket.messages import ModemInfo

type Json = dict[str, Any]


class Release(StrEnum):
    """The release, or releases, of Enedis's server whose messages are written."""

    BOTH = "both"
    FIRST = "1"
    SECOND = "2"


@dataclass(frozen=True)
class Trouble:
    """What a stream error is in each release, and its words."""

    first: int
    second: int
    words: str


UNPLUGGED = Trouble(6, 6, "The meter has been unplugged")
SILENT = Trouble(1006, 7, "TIC read timeout")
DAMAGED = Trouble(27, 27, "Invalid group or checksum in a frame")


class Writer:
    """Writes messages for one release, or for both."""

    def __init__(self, release: Release = Release.BOTH) -> None:
        self._first = release is not Release.SECOND
        self._second = release is not Release.FIRST

    def reply(
        self, name: str, code: int = 0, words: str = "", data: object = None
    ) -> str:
        """Return the answer to a request."""
        now = datetime.now()
        message: Json = {"type": "RESPONSE", "name": name, "errorCode": code}
        if self._first:
            message["dateTime"] = _stamp_first(now)
        if self._second:
            message["datetime"] = now.isoformat()
        if words:
            message["errorMessage"] = words
        if data is not None:
            message["data"] = data
        return json.dumps(message, ensure_ascii=False)

    def frame(self, identifier: Json, frame: Frame) -> str:
        """Return the event of a frame.

        Release 1 gives undamaged ones only and an error with the rest of others, which
        release 2 marks group by group. A client of one release must not fail on the
        other's: what both get of a damaged frame is the error, with both contents.
        """
        if frame.undamaged or not self._first:
            return self._event("OnTICData", *self._bodies(identifier, frame))
        first, second = self._troubles(identifier, DAMAGED)
        first["data"] = {"partialTICFrame": _partial(frame)}
        second["frame"] = _contents_second(frame)
        return self._event("OnError", first, second)

    def trouble(self, identifier: Json, trouble: Trouble) -> str:
        """Return the event of something that went wrong."""
        return self._event("OnError", *self._troubles(identifier, trouble))

    def read(self, identifier: Json, frame: Frame) -> Json:
        """Return what a reply to ReadTIC holds, the same place in both releases."""
        first, second = self._bodies(identifier, frame)
        return (second if self._second else {}) | (first if self._first else {})

    def _event(self, name: str, first: Json, second: Json) -> str:
        now = datetime.now()
        message: Json = {"type": "EVENT", "name": name}
        if self._first:
            message |= {"dateTime": _stamp_first(now), "data": first}
        if self._second:
            message |= {"datetime": now.isoformat(), **second}
        return json.dumps(message, ensure_ascii=False)

    @staticmethod
    def _bodies(identifier: Json, frame: Frame) -> tuple[Json, Json]:
        now = datetime.now()
        body: Json = {"identifier": identifier}
        if frame.mode is not None:
            body["mode"] = frame.mode.upper()
        first = {"captureDateTime": _stamp_first(now), "content": _contents(frame)}
        second = {"captureDateTime": now.isoformat(), "frame": _contents_second(frame)}
        return body | first, body | second

    @staticmethod
    def _troubles(identifier: Json, trouble: Trouble) -> tuple[Json, Json]:
        body: Json = {"identifier": identifier, "errorMessage": trouble.words}
        return (
            {**body, "errorCode": trouble.first},
            {**body, "errorCode": trouble.second, "frame": None},
        )


def modem(info: ModemInfo) -> Json:
    """Return an adapter as GetModemsInfo tells it: only what is known."""
    fields = {
        "portName": info.port_name,
        "portId": info.port_id,
        "description": info.description,
        "productId": info.product_id,
        "vendorId": info.vendor_id,
        "productName": info.product_name,
        "manufacturer": info.manufacturer,
        "serialNumber": info.serial_number,
        "modemType": info.modem_type,
        "native": info.native,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _stamp_first(at: datetime) -> str:
    return at.strftime("%d/%m/%Y %H:%M:%S")


def _contents(frame: Frame) -> dict[str, str]:
    """Return what release 1 tells of the groups: times are left out, but for DATE's."""
    return {group.label: _plain(group) for group in (*frame.groups, *frame.unknown)}


def _plain(group: Group) -> str:
    return group.value or group.horodate or ""


def _contents_second(frame: Frame) -> dict[str, str]:
    """Return what release 2 tells of the groups: times come first, damage is marked."""
    contents = {
        group.label: group.value
        if group.horodate is None
        else f"{group.horodate}\t{group.value}"
        for group in (*frame.groups, *frame.unknown)
    }
    for content in frame.lost:
        label, value = _damaged(content, frame.mode)
        contents[f"!{label}"] = value
    return contents


def _damaged(content: bytes, mode: Mode | None) -> tuple[str, str]:
    """Return what stands where label and data should, without the checksum."""
    text = "".join(
        char if char == "\t" or char.isprintable() else "?"
        for char in content.decode("ascii", "replace")
    )
    separator = SEPARATORS[mode or Mode.HISTORIC]
    label, _, rest = text.partition(separator)
    return label, rest[:-2] if rest[-2:-1] == separator else rest


def _partial(frame: Frame) -> Json:
    """Return the undamaged groups as release 1's error has them."""
    mode = frame.mode or Mode.HISTORIC
    groups = []
    for group in frame.groups:
        # LF, content, checksum, CR
        entry: Json = {"data": group.value, "checksum": encode_group(group, mode)[-2]}
        if group.horodate is not None:
            entry["dateTime"] = group.horodate
        groups.append({group.label: entry})
    return {"ticMode": mode.upper(), "ticFrame": groups}
