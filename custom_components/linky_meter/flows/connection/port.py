"""What a set-up hears: the meters on a port or a server, and a summary of one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import probatio as vol

from homeassistant.components import usb
from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ...const import CONF_BAUDRATE, CONF_METER, CONF_USB, DOMAIN, F185_URL
from ...link.errors import error_key
from ...link.usb import UsbIdentity, async_port, port_identity, port_label
from ...linky_tic.tic.errors import (
    NotProgrammedError,
    PortFailedError,
    PortMissingError,
    SourceError,
)
from ...linky_tic.tic.frame import Frame
from ...linky_tic.tic.identity import parse_address
from ...linky_tic.tic.meter.meter import Meter
from ...linky_tic.tic.reading import EMPTY, MeterReading
from ...linky_tic.tic.sources import listen, server as server_source
from ...linky_tic.tic.sources.port import port_url
from ...linky_tic.tic.sources.server_url import ServerUrl
from ...linky_tic.tic.sources.tic2websocket.client import DEFAULT_PORT
from ...linky_tic.tic.sources.tic2websocket.messages import (
    Identifier,
    ModemInfo,
    why_no_data,
)
from ...words import Words
from ..selectors import pick

_LOCAL = "localhost"
_LOCAL_SECONDS = 0.5


@dataclass(frozen=True)
class Heard:
    """One meter that named itself."""

    address: str
    frames: tuple[Frame, ...]
    data: Mapping[str, Any]
    """What an entry keeps of its source."""
    place: str = ""
    """Where it is, for a choice among several."""

    @property
    def reading(self) -> MeterReading:
        """What its frames say."""
        meter = Meter(self.address)
        reading = EMPTY
        for frame in self.frames:
            reading = meter.process(frame) or reading
        return reading

    def model_in(self, language: str) -> str:
        """Return the model, as far as the address tells it."""
        identity = parse_address(self.address)
        return (identity and identity.model_in(language)) or "–"


def meter_form(meters: Iterable[Heard], language: str) -> vol.Schema:
    """Return the choice among meters, their models in a language."""
    labels = {
        meter.address: f"{meter.place} · {meter.model_in(language)}" for meter in meters
    }
    return vol.Schema({vol.Required(CONF_METER): pick(labels)})


@dataclass(frozen=True)
class Progress:
    """What is listened to at a moment: a key of the flow's progress texts, its words."""

    action: str
    words: Mapping[str, str] = field(default_factory=dict)
    share: float = 0.0
    """How much of all that is to be tried was tried."""


async def listen_on_port(
    hass: HomeAssistant,
    device: str,
    modem: UsbIdentity | None,
    follow: Callable[[Progress], object],
) -> list[Heard]:
    """Return the meter on a port, whose modem may be known. Raises SourceError."""

    def tell(baudrate: int, hearing: listen.Hearing) -> None:
        words = {"baudrate": str(baudrate)}
        follow(Progress(f"listen_{hearing.name.lower()}", words))

    found = await listen.identify(
        device, passes=(ConfigEntryNotReady,), on_hearing=tell
    )
    return [await heard_on_port(hass, device, found, modem)]


async def heard_on_port(
    hass: HomeAssistant,
    device: str,
    found: listen.Found,
    modem: UsbIdentity | None = None,
) -> Heard:
    """Return the meter that was found on a port, whose modem may be known."""
    port = await async_port(hass, device)
    data = {
        # As Home Assistant knows whose port it is
        CONF_DEVICE: port_url(device),
        CONF_BAUDRATE: found.baudrate,
        CONF_USB: modem or port_identity(port),
    }
    place = port_label(port) if port else device.partition("?")[0]
    return Heard(found.address, found.frames, data, place)


def taken_key(user: usb.SerialPortConsumer) -> str:
    """Return the key of a form's words for a port that is somebody's."""
    return "port_ours" if user.domain == DOMAIN else "port_used"


def port_error_key(err: SourceError, device: str) -> str:
    """Return the key of a form's words for what was wrong with a port."""
    cause = err.__cause__
    missing = isinstance(err, PortMissingError) and cause is not None
    local = device.startswith("/")
    if isinstance(err, PortFailedError) and isinstance(cause, PermissionError):
        return "port_denied"
    if missing and isinstance(cause, ConnectionRefusedError):
        return "port_refused"
    # Only what has the form of an address can fail for want of what it names
    if missing and (not isinstance(cause, OSError) or _is_name(cause, device)):
        return "not_an_address"
    return "host_missing" if missing and not local else error_key(err)


def _is_name(cause: OSError, device: str) -> bool:
    """Return whether a text was looked for as a file though it is no path."""
    return isinstance(cause, FileNotFoundError) and not device.startswith("/")


async def listen_on_server(
    hass: HomeAssistant, server: Mapping[str, Any]
) -> list[Heard]:
    """Return the meters of a server that named themselves. Raises SourceError.

    ``server`` is what an entry keeps of it.
    """
    session = async_get_clientsession(hass)
    host, port = server[CONF_HOST], server[CONF_PORT]
    url = str(ServerUrl(host, port, token=server.get(CONF_TOKEN)))
    tics = await server_source.identify(url, session=session)
    modems = await server_source.modems(url, session=session)
    heard = [
        Heard(tic.address, tic.frames, dict(server), _place(tic.identifier, modems))
        for tic in tics
        if tic.address is not None
    ]
    if not heard:
        # Frames that hold an address only name no meter
        if any(tic.frames for tic in tics):
            raise NotProgrammedError
        raise why_no_data(tics[0].last_error)
    return heard


def _place(identifier: Identifier, modems: tuple[ModemInfo, ...]) -> str:
    """Return what tells a meter's place: its port and the modem on it."""
    parts = [identifier.port_name or identifier.port_id or ""]
    for modem in modems:
        if modem.port_name == identifier.port_name:
            parts += [modem.product_name or modem.modem_type or ""]
    return " · ".join(part for part in parts if part)


async def local_server() -> str | None:
    """Return this machine's name if something answers at the usual port."""
    try:
        async with asyncio.timeout(_LOCAL_SECONDS):
            _, writer = await asyncio.open_connection(_LOCAL, DEFAULT_PORT)
    except OSError:
        return None
    writer.close()
    return _LOCAL


async def summary(
    hass: HomeAssistant, heard: Heard, reading: MeterReading
) -> Mapping[str, str]:
    """Return what was found, in Home Assistant's language, for the summary's text."""
    words = await Words.async_of(hass)

    def state(key: str) -> str:
        return words.state(key, reading[key]) or "–"

    def named(key: str, label: str) -> str:
        # What only the meter's own words tell, has no others
        untold = str(reading[key]).startswith(("other", "index_"))
        return str(reading[label]) if untold and reading[label] else state(key)

    identity = parse_address(heard.address)
    power = reading["apparent_power"]
    return {
        "model": heard.model_in(words.language),
        "manufacturer": (identity.manufacturer if identity else None) or "–",
        "mode": state("tic_mode"),
        "phases": str(reading["phases"] or "–"),
        "contract": named("contract", "calendar_name"),
        "tariff": named("tariff_period", "tariff_label"),
        "power": "–" if power is None else f"{power} VA",
        "port": heard.place or "–",
        "help_url": F185_URL,
    }
