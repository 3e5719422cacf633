"""What a server writes, in both formats. It shares no code with the client under test."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
import json
from typing import Any

from tests.simulator import SimulatedMeter
from tests.simulator.frames.wire import checksum

_STAMPS = {1: "22/11/2026 11:25:28", 2: "2026-11-22T11:25:05.903884900"}
_STAMP_KEYS = {1: "dateTime", 2: "datetime"}

type Json = dict[str, Any]


@dataclass(frozen=True)
class WireGroup:
    """A group as the server's serial line brought it."""

    label: str
    value: str
    horodate: str | None
    valid: bool


def parse_groups(frame: bytes) -> list[WireGroup]:
    """Return the groups in a frame's bytes."""
    groups = []
    for part in frame.split(b"\n")[1:]:
        body = part[: part.index(b"\r")]
        standard = b"\t" in body
        valid = checksum(body[: -1 if standard else -2]) == body[-1:]
        label, *fields = body[:-2].decode().split("\t" if standard else " ", 2)
        horodate, value = fields if len(fields) == 2 else (None, fields[0])
        groups.append(WireGroup(label, value, horodate, valid))
    return groups


@dataclass
class ServedTic:
    """A meter on one of the server's ports; without a port id the port is native."""

    meter: SimulatedMeter
    port_name: str = "/dev/ttyUSB0"
    port_id: str | None = "pci-0000:00:14.0-usb-0:2:1.0"
    serial: str | None = None
    """Known after the first frame."""
    plugged: bool = True
    readers: list[asyncio.Future[bytes]] = field(default_factory=list)

    def identifier(self, version: int) -> Json:
        """Return it as a message carries it: release 1 omits what is null."""
        fields = {
            "serialNumber": self.serial,
            "portName": self.port_name,
            "portId": self.port_id,
        }
        return fields if version == 2 else {k: v for k, v in fields.items() if v}

    def matches(self, wanted: Json) -> bool:
        """Return whether the first field on both sides is the same."""
        mine = self.identifier(2)
        for key in ("serialNumber", "portId", "portName"):
            if mine[key] and wanted.get(key):
                return bool(mine[key] == wanted[key])
        return False

    def modem(self, version: int) -> Json:
        """Return what GetModemsInfo tells of its adapter."""
        modem: Json = {
            "portName": self.port_name,
            "portId": self.port_id,
            "description": "Bridge(I2C/SPI/UART/FIFO)",
            "productId": 24597,
            "vendorId": 1027,
            "productName": "TICMeter",
            "manufacturer": "FTDI",
            "serialNumber": "DA2VYTKG",
            "modemType": "TELEINFO",
        }
        return modem | ({"native": False} if version == 1 else {})


class Format:
    """One of the two wire formats."""

    def __init__(self, version: int) -> None:
        """Write as release 1 or 2 does."""
        self.version = version

    def event(self, name: str, body: Json) -> str:
        """Return an event's text."""
        head = {"type": "EVENT", "name": name, **self._stamp()}
        return json.dumps(head | ({"data": body} if self.version == 1 else body))

    def reply(
        self, name: str, code: int = 0, message: str = "", data: Any = None
    ) -> str:
        """Return a reply's text."""
        body = {"type": "RESPONSE", "name": name, "errorCode": code, **self._stamp()}
        if message:
            body["errorMessage"] = message
        if data is not None:
            body["data"] = data
        return json.dumps(body)

    def frame_event(self, tic: ServedTic, frame: bytes) -> str:
        """Return the event that a frame on the line makes."""
        groups = parse_groups(frame)
        if self.version == 1 and not all(group.valid for group in groups):
            error = {
                "identifier": tic.identifier(1),
                "errorCode": 27,
                "errorMessage": "Invalid Checksum value",
                "data": {"partialTICFrame": self._partial(groups)},
            }
            return self.event("OnError", error)
        return self.event("OnTICData", self.body(tic, groups))

    def body(self, tic: ServedTic, groups: list[WireGroup]) -> Json:
        """Return a frame object."""
        # In no order that the meter knows
        content = {
            group.label if group.valid else f"!{group.label}": self._value(group)
            for group in sorted(groups, key=lambda group: group.label[::-1])
        }
        return {
            "identifier": tic.identifier(self.version),
            "mode": _mode(groups),
            "captureDateTime": _STAMPS[self.version],
            "content" if self.version == 1 else "frame": content,
        }

    def _value(self, group: WireGroup) -> str:
        """Return what is beside a label."""
        if group.horodate is not None and self.version == 2:
            return f"{group.horodate}\t{group.value}"
        return group.horodate or "" if group.label == "DATE" else group.value

    @staticmethod
    def _partial(groups: list[WireGroup]) -> Json:
        """Return the valid groups as release 1 reports them."""
        listed = []
        for group in groups:
            if group.valid:
                entry: Json = {"data": group.value, "checksum": 32}
                if group.horodate is not None:
                    entry["dateTime"] = group.horodate
                listed.append({group.label: entry})
        return {"ticMode": _mode(groups), "ticFrame": listed}

    def _stamp(self) -> Json:
        return {_STAMP_KEYS[self.version]: _STAMPS[self.version]}


def _mode(groups: list[WireGroup]) -> str:
    """Return the name of a frame's mode."""
    return "STANDARD" if any(group.label == "ADSC" for group in groups) else "HISTORIC"
