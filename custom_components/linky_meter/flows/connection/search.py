"""Searching all free ports for a meter: one after the other, and never writing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from functools import partial
from pathlib import Path

from homeassistant.components import usb
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady

from ...const import DOMAIN
from ...link.usb import async_resolve, holds, port_label
from ...linky_tic.tic.errors import (
    PortBusyError,
    PortFailedError,
    PortMissingError,
    SilentError,
    SourceError,
)
from ...linky_tic.tic.sources import listen
from .port import Heard, Progress, heard_on_port

SECONDS = 10.0
"""How long each port is listened to: at the second speed still for three frames."""
PER_SPEED = 5.0

# Where the kernel itself speaks and a shell may listen
_CONSOLES = Path("/proc/consoles")


class Outcome(StrEnum):
    """What became of a port on which there is no meter."""

    SILENT = "silent"
    OTHER = "other"
    FAILED = "failed"
    USED = "used"


_OUTCOMES: dict[type[Exception], Outcome] = {
    SilentError: Outcome.SILENT,
    PortBusyError: Outcome.FAILED,
    PortMissingError: Outcome.FAILED,
    PortFailedError: Outcome.FAILED,
    ConfigEntryNotReady: Outcome.FAILED,
}


class Search:
    """One search, which ends at the first meter, or at that of an entry to move.

    ``follow`` is told what is tried. The port of that entry counts as free.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        follow: Callable[[Progress], object],
        moved: ConfigEntry | None = None,
    ) -> None:
        self._hass = hass
        self._follow = follow
        self._address = moved.unique_id if moved else None
        self._lender = moved.entry_id if moved else ""
        self._tried: dict[Outcome, list[str]] = {outcome: [] for outcome in Outcome}

    @property
    def words(self) -> dict[str, str]:
        """What became of the ports, for the text that tells it."""
        return {
            str(outcome): ", ".join(ports) or "–"
            for outcome, ports in self._tried.items()
        }

    async def run(self) -> list[Heard]:
        """Return the meter, or the others if the wanted one is nowhere."""
        others = []
        ports = await self._free_ports()
        for number, port in enumerate(ports):
            try:
                found = await listen.identify(
                    port.device,
                    per_speed=PER_SPEED,
                    in_all=SECONDS,
                    keeps_lines=True,
                    passes=(ConfigEntryNotReady,),
                    on_hearing=partial(self._tell, port, number, len(ports)),
                )
            except (SourceError, ConfigEntryNotReady) as err:
                outcome = _OUTCOMES.get(type(err), Outcome.OTHER)
                self._tried[outcome].append(port_label(port))
                continue
            heard = await heard_on_port(self._hass, port.device, found)
            if self._address in {None, heard.address}:
                return [heard]
            others.append(heard)
        return others

    async def likely(self) -> usb.SerialDevice | None:
        """Return the one port that is likelier than the others, if there is one."""
        ports = await self._free_ports()
        ranks = [self._unlikely(port) for port in ports[:2]]
        if not ranks or ranks[0][1] or (len(ranks) > 1 and ranks[0] == ranks[1]):
            return None
        return ports[0]

    def _tell(
        self,
        port: usb.SerialDevice,
        number: int,
        count: int,
        baudrate: int,
        hearing: listen.Hearing,
    ) -> None:
        words = {
            "port": port_label(port),
            "number": str(number + 1),
            "count": str(count),
            "baudrate": str(baudrate),
        }
        action = f"search_{hearing.name.lower()}"
        self._follow(Progress(action, words, number / count))

    async def _free_ports(self) -> list[usb.SerialDevice]:
        """Return the ports that nobody uses, the likely ones first."""
        ports = await usb.async_scan_serial_ports(self._hass)
        consumers = await usb.async_get_serial_port_consumers(self._hass, ports)
        consoles = await self._hass.async_add_executor_job(_consoles)
        free: list[usb.SerialDevice] = []
        for port in ports:
            users = [
                user.title
                for user in consumers.get(port.device, ())
                if holds(user) and user.config_entry_id != self._lender
            ]
            if await async_resolve(self._hass, port.device) in consoles:
                users.append("Linux")
            if users:
                self._tried[Outcome.USED].append(f"{port_label(port)}: {users[0]}")
            else:
                free.append(port)
        return sorted(free, key=self._unlikely)

    def _unlikely(self, port: usb.SerialDevice) -> tuple[bool, bool, bool]:
        """Put modems first and what other integrations know, a Zigbee stick say, last."""
        known = set()
        if isinstance(port, usb.USBDevice):
            matchers = usb.async_get_usb_matchers_for_device(self._hass, port)
            known = {matcher["domain"] for matcher in matchers}
        return DOMAIN not in known, bool(known), not isinstance(port, usb.USBDevice)


def _consoles() -> set[str]:
    """Return the devices of the kernel's consoles."""
    with suppress(OSError):
        lines = _CONSOLES.read_text(encoding="ascii").splitlines()
        return {f"/dev/{line.partition(' ')[0]}" for line in lines}
    return set()
