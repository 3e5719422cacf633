"""What Home Assistant's dialog does with a flow, and the ports that it lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from custom_components.linky_meter.const import DOMAIN
from homeassistant.components import usb
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.core import Event, HomeAssistant
from homeassistant.data_entry_flow import (
    EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE,
    EVENT_DATA_ENTRY_FLOW_PROGRESSED,
    FlowResultType,
    UnknownFlow,
)
from homeassistant.setup import async_setup_component
from tests.conftest import until


class Dialog:
    """One open dialog: it fetches the step whenever it is told that it changed."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Follow the flow that is to be opened."""
        self._hass = hass
        self._manager = hass.config_entries.flow
        self.step: Mapping[str, Any] = {}
        self.seen: list[tuple[str, Mapping[str, str]]] = []
        """Each text of progress that was shown, with its words."""
        self.shares: list[float] = []
        hass.bus.async_listen(EVENT_DATA_ENTRY_FLOW_PROGRESSED, self._fetch)
        hass.bus.async_listen(EVENT_DATA_ENTRY_FLOW_PROGRESS_UPDATE, self._share)

    @property
    def flow_id(self) -> str:
        """The flow."""
        return str(self.step.get("flow_id"))

    async def open(self, way: str, entry: ConfigEntry | None = None) -> None:
        """Open a new flow, or the one that moves an entry, and choose a way."""
        context: Any = {"source": SOURCE_USER}
        if entry is not None:
            context = {"source": "reconfigure", "entry_id": entry.entry_id}
        self._show(await self._manager.async_init(DOMAIN, context=context))
        await self.choose(way)

    async def choose(self, option: str) -> None:
        """Choose an option of a menu."""
        assert self.step["type"] is FlowResultType.MENU, self.step
        assert option in self.step["menu_options"]
        await self.submit({"next_step_id": option})

    async def submit(self, answer: dict[str, Any]) -> None:
        """Fill in a form."""
        self._show(await self._manager.async_configure(self.flow_id, answer))

    async def done(self) -> Mapping[str, Any]:
        """Wait for the end of what goes on, and return the step that follows."""
        await until(lambda: self.step["type"] is not FlowResultType.SHOW_PROGRESS, 30)
        await self._hass.async_block_till_done()
        return self.step

    def close(self) -> None:
        """Close the dialog."""
        self._manager.async_abort(self.flow_id)

    def words(self, action: str) -> list[Mapping[str, str]]:
        """Return the words of a text of progress, as often as it was shown."""
        return [words for seen, words in self.seen if seen == action]

    def _show(self, result: ConfigFlowResult) -> None:
        self.step = result
        if result["type"] is FlowResultType.SHOW_PROGRESS:
            shown = result["progress_action"], result["description_placeholders"] or {}
            if shown not in self.seen[-1:]:
                self.seen.append(shown)

    async def _fetch(self, event: Event) -> None:
        if event.data["flow_id"] == self.flow_id:
            with suppress(UnknownFlow):
                self._show(await self._manager.async_configure(self.flow_id))

    async def _share(self, event: Event) -> None:
        self.shares.append(event.data["progress"])


async def list_ports(hass: HomeAssistant, ports: Sequence[usb.SerialDevice]) -> None:
    """Let Home Assistant list these ports, besides those of the machine."""
    assert await async_setup_component(hass, "usb", {})
    listed: Any = list(ports)
    usb.async_register_serial_port_scanner(hass, lambda _: listed)


def serial_port(device: str, description: str | None = None) -> usb.SerialDevice:
    """Return a port of the machine as Home Assistant lists it."""
    return usb.SerialDevice(
        device=device, serial_number=None, manufacturer=None, description=description
    )


def usb_port(
    device: str,
    description: str | None = None,
    *,
    vid: str = "1A86",
    pid: str = "7523",
    serial: str | None = None,
) -> usb.USBDevice:
    """Return a port at USB as Home Assistant lists it: the cheapest of all adapters."""
    return usb.USBDevice(
        device=device,
        vid=vid,
        pid=pid,
        serial_number=serial,
        manufacturer=None,
        description=description,
    )
