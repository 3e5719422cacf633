"""Opens a port by its name, or tells why that cannot be.

A name is a device, or any URL of serialx: ``socket://``, ``rfc2217://``, an ESPHome
proxy. ``host:port`` alone is a raw socket. A port that answers but speaks no RFC 2217,
or acknowledges no control lines, is a socket too: what its meter says is the same, only
its speed cannot be set from here. Facts: what ser2net 4 says to whom it refuses is from
its source (``port.c``); ``ign_set_control`` is pySerial's.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
import errno
import logging
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import serialx
from serialx.common import UnknownUriScheme

from ..errors import (
    NotRfc2217Error,
    PortBusyError,
    PortFailedError,
    PortMissingError,
    SourceError,
)
from .guard import Guard
from .intake import Intake

_LOGGER = logging.getLogger(__name__)
_GUARD = Guard(_LOGGER, "Opening a port")

_TOLD: set[str] = set()
"""Hosts of which it was said that they speak no RFC 2217."""

_OPEN_SECONDS = 15.0
# RFC 2217 takes a dozen answers, each at once; serialx would wait 5 s for each port
_NEGOTIATE_SECONDS = 4.0
# Who is refused by a server is told so at once
_GREETING_SECONDS = 0.5
# A port that was closed stays locked while a process that was just forked has not begun
# its program: it has the descriptor till then, half a second on a busy machine
_BUSY_WAITS = (0.05, 0.1, 0.2, 0.4, 0.8)

_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):[0-9]{1,5}")
_SOCKETS = ("socket", "tcp")
# serialx then sends no command for the control lines
_NO_CONTROL = {"rtscts": None, "xonxoff": None}
# Nor here. Linux still raises both lines together when a port is opened, as it does for
# any program; adapters that can be reset take one line without the other for that.
_LINES_KEPT = dict.fromkeys(
    ("dtr_on_open", "rts_on_open", "dtr_on_close", "rts_on_close"),
    serialx.PinState.UNDEFINED,
)

_REFUSALS: tuple[tuple[bytes, type[SourceError]], ...] = (
    (b"already in use", PortBusyError),
    (b"failed open", PortMissingError),
    (b"open failure", PortMissingError),
)
_MISSING = frozenset(
    {
        None,
        errno.ENODEV,
        errno.ENXIO,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EADDRNOTAVAIL,
    }
)


def port_url(name: str) -> str:
    """Return what a port's name stands for: ``host:port`` is a raw socket."""
    return f"socket://{name}" if _HOST_AND_PORT.fullmatch(name) else name


def refusal(said: bytes) -> SourceError | None:
    """Return the error that a server's words mean, None for other bytes."""
    for words, error in _REFUSALS:
        if words in said:
            return error()
    return None


async def open_port(
    name: str,
    baudrate: int,
    intake: Intake,
    passes: tuple[type[Exception], ...] = (),
    *,
    keeps_lines: bool = False,
) -> tuple[serialx.BaseSerialTransport, bool]:
    """Open a port; return it, and whether it is a socket though RFC 2217 was asked for.

    ``keeps_lines`` leaves the control lines of a device as they are.
    Raises PortMissingError, PortBusyError, PortFailedError or NotRfc2217Error, from the
    cause; NotTicError when all that comes is longer than any frame; and what ``passes``.
    """
    scheme, separator, rest = port_url(name).partition("://")
    scheme = scheme.lower() if separator else ""
    try:
        async with asyncio.timeout(_OPEN_SECONDS):
            if scheme == "rfc2217":
                transport, plain = await _open_rfc2217(rest, baudrate, intake)
            else:
                lines = _LINES_KEPT if keeps_lines else {}
                transport = await _connect(port_url(name), baudrate, intake, **lines)
                plain = False
    except SourceError:
        raise
    except passes:
        raise
    except TimeoutError as err:
        raise PortMissingError from err
    except Exception as err:
        if not isinstance(err, OSError | serialx.SerialException | ValueError):
            _GUARD.tell(err)
        raise _reason(err) from err
    try:
        if plain or scheme in _SOCKETS:
            await _hear_greeting(intake)
        _refuse_lost(transport, intake)
    except BaseException:
        transport.abort()
        with suppress(OSError, serialx.SerialException):
            await transport.wait_closed()
        raise
    return transport, plain


async def _open_rfc2217(
    rest: str, baudrate: int, intake: Intake
) -> tuple[serialx.BaseSerialTransport, bool]:
    """Open an RFC 2217 port, as a socket if it answers as none."""
    query = parse_qs(urlsplit(f"//{rest}").query, keep_blank_values=True)
    options: dict[str, Any] = {"connect_timeout": _NEGOTIATE_SECONDS}
    if "ign_set_control" in query:
        options |= _NO_CONTROL
    host = urlsplit(f"//{rest}").netloc
    try:
        return await _connect(f"rfc2217://{host}", baudrate, intake, **options), False
    except Exception as err:
        if _nobody_there(err):
            raise
        try:
            transport = await _connect(f"socket://{host}", baudrate, intake)
        except TimeoutError:
            raise
        except Exception as second:
            raise NotRfc2217Error from second
    if host not in _TOLD:
        _TOLD.add(host)
        _LOGGER.warning(
            "The port answers, but speaks no RFC 2217 or does not acknowledge its"
            " control lines: it is read as a socket, at the speed of the far end"
        )
    return transport, True


async def _connect(
    url: str, baudrate: int, intake: Intake, **options: Any
) -> serialx.BaseSerialTransport:
    """Open a port; one that is locked is tried again for a moment."""
    waits = iter(_BUSY_WAITS)
    while True:
        try:
            transport, _ = await serialx.create_serial_connection(
                asyncio.get_running_loop(), lambda: intake, url, baudrate, **options
            )
        except OSError as err:
            wait = next(waits, None)
            if err.errno != errno.EBUSY or wait is None:
                raise
            _LOGGER.debug("The port is locked, trying again in %.2f s", wait)
            await asyncio.sleep(wait)
        else:
            return transport


async def _hear_greeting(intake: Intake) -> None:
    """Wait for the first bytes, or the loss: who is refused is told so, and left."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_GREETING_SECONDS):
            await intake.heard.wait()


def _refuse_lost(transport: serialx.BaseSerialTransport, intake: Intake) -> None:
    """Raise why a port is of no use though it could be opened."""
    refused = intake.failure or refusal(intake.sample)
    if refused is not None or transport.is_closing():
        raise refused or PortFailedError()


def _nobody_there(err: Exception) -> bool:
    """Return whether nothing answers at all, or a URL is none."""
    if isinstance(err, OSError):
        number = err.errno or 0
        return isinstance(err, ConnectionRefusedError) or (
            number < 0 or number in _MISSING
        )
    return isinstance(err, ValueError)


def _reason(err: Exception) -> SourceError:
    """Return our error for what opening a port raised."""
    if isinstance(err, OSError) and err.errno == errno.EBUSY:
        return PortBusyError()
    missing = (FileNotFoundError, ConnectionError, ValueError, UnknownUriScheme)
    if isinstance(err, missing) or (
        # A name that does not resolve has a negative number
        isinstance(err, OSError) and (err.errno in _MISSING or (err.errno or 0) < 0)
    ):
        return PortMissingError()
    return PortFailedError()
