"""The serial ports of this machine, and which is a TIC modem."""

from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path
import re

from serialx import SerialPortInfo, list_serial_ports

from ...tic.sources.tic2websocket.messages import ModemInfo
from ..messages import Language, say

_BY_PATH = Path("/dev/serial/by-path")
_PORT_OF_ADAPTER = re.compile(r"-port\d+$")
_MICRO_TELEINFO = {(0x0403, 0x6015), (0x1A86, 0x55D4)}


def likely(port: SerialPortInfo) -> bool:
    """Return whether a port is a modem that names itself."""
    return (port.vid, port.pid) in _MICRO_TELEINFO and (
        (port.serial_number or "").upper().startswith("TINFO-")
        or "ch2i" in (port.manufacturer or "").lower()
        or "utinfo" in (port.product or "").lower()
    )


def choose() -> str | None:
    """Return the port to use when none is named, None when that is not clear.

    Raises LookupError when there is no port at all.
    """
    ports = list_serial_ports()
    if not ports:
        raise LookupError
    for wanted in (
        [port for port in ports if likely(port)],
        [port for port in ports if port.vid is not None],
    ):
        if wanted:
            return wanted[0].device if len(wanted) == 1 else None
    return ports[0].device if len(ports) == 1 else None


def modem_of(source: str | None) -> ModemInfo:
    """Return what is known of the adapter behind a source, nothing for a URL."""
    if source is None or ":" in source:
        return ModemInfo()
    device = Path(source)
    for port in list_serial_ports():
        if Path(port.device).resolve() == device.resolve():
            return replace(_modem(port), port_name=source, port_id=_place(device))
    return ModemInfo(port_name=source)


def _modem(port: SerialPortInfo) -> ModemInfo:
    return ModemInfo(
        port_name=port.device,
        product_id=port.pid,
        vendor_id=port.vid,
        product_name=port.product,
        manufacturer=port.manufacturer,
        serial_number=port.serial_number,
    )


def described(modem: ModemInfo) -> dict[str, str | None]:
    """Return what a modem says of itself, under the keys of ``--json``."""
    usb = None
    if modem.vendor_id is not None and modem.product_id is not None:
        usb = f"{modem.vendor_id:04X}:{modem.product_id:04X}"
    return {
        "product": modem.product_name,
        "manufacturer": modem.manufacturer,
        "usb": usb,
        "serial_number": modem.serial_number,
    }


def _place(device: Path) -> str | None:
    """Return where on the bus an adapter is, as udev's links name it."""
    for link in _BY_PATH.glob("*") if _BY_PATH.is_dir() else ():
        if link.resolve() == device.resolve():
            return _PORT_OF_ADAPTER.sub("", link.name)
    return None


def lines(lang: Language, *, as_json: bool) -> list[str]:
    """Return one line for each port, likely modems first."""
    ports = sorted(list_serial_ports(), key=lambda port: not likely(port))
    return [_json(port) if as_json else _words(port, lang) for port in ports]


def _words(port: SerialPortInfo, lang: Language) -> str:
    told = [text for text in described(_modem(port)).values() if text]
    mark = [f"<- {say('likely', lang)}"] if likely(port) else []
    return "  ".join([port.device, *told, *mark])


def _json(port: SerialPortInfo) -> str:
    return json.dumps(
        {
            "device": port.device,
            **described(_modem(port)),
            "likely": likely(port),
        },
        ensure_ascii=False,
    )
