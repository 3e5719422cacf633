"""What the dashboard asks for, over Home Assistant's WebSocket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import probatio as vol

from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_registry import (
    EVENT_ENTITY_REGISTRY_UPDATED,
    EventEntityRegistryUpdatedData,
)

from ..const import DOMAIN
from ..runtime import LinkyConfigEntry, LinkyData
from .content import CHANGES, Json, meter_of, now_of


@callback
def async_register_commands(hass: HomeAssistant) -> None:
    """Register the commands, whether a meter is loaded or not."""
    websocket_api.async_register_command(hass, _meters)
    websocket_api.async_register_command(hass, _subscribe)


@websocket_api.websocket_command({vol.Required("type"): f"{DOMAIN}/meters"})
@callback
def _meters(hass: HomeAssistant, connection: ActiveConnection, msg: Json) -> None:
    """Return all meters as they are now, in the order in which they were added."""
    entries = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    found: list[Json] = []
    # An adopted meter has gone to the end of Home Assistant's own list
    for entry in sorted(entries, key=lambda one: one.created_at):
        now = None
        if entry.state is ConfigEntryState.LOADED:
            now = now_of(entry.runtime_data.coordinator)
        found.append({"meter": meter_of(hass, entry), "now": now})
    connection.send_result(msg["id"], found)


@websocket_api.websocket_command(
    {vol.Required("type"): f"{DOMAIN}/subscribe", vol.Required("entry"): str}
)
@callback
def _subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: Json) -> None:
    """Send what a meter says, with each frame; what else is known when it changes."""
    entry = hass.config_entries.async_get_entry(msg["entry"])
    if entry is None or entry.domain != DOMAIN:
        connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, "No such meter")
        return
    connection.send_result(msg["id"])

    @callback
    def send(content: Json) -> None:
        connection.send_message(websocket_api.event_message(msg["id"], content))

    connection.subscriptions[msg["id"]] = _Subscription(hass, entry, send).start()


class _Subscription:
    """Follows an entry, loaded or not, and sends what is new of its meter."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, send: Callable[[Json], None]
    ) -> None:
        self._hass = hass
        self._entry = cast("LinkyConfigEntry", entry)
        self._send = send
        self._data: LinkyData | None = None
        self._undo: list[CALLBACK_TYPE] = []
        self._let_go: list[CALLBACK_TYPE] = []
        self._meter: Json | None = None
        self._now: Json | None = None
        self._known: tuple[Any, ...] | None = None

    def start(self) -> CALLBACK_TYPE:
        """Send all that is known; return what ends it."""
        self._undo = [
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed
            ),
            self._hass.bus.async_listen(
                EVENT_ENTITY_REGISTRY_UPDATED,
                self._registry_updated,
                event_filter=self._is_ours,
            ),
        ]
        self._follow()
        return self._stop

    @callback
    def _stop(self) -> None:
        for undo in (*self._undo, *self._let_go):
            undo()

    @callback
    def _follow(self) -> None:
        """Listen to what the entry holds now."""
        loaded = self._entry.state is ConfigEntryState.LOADED
        data = self._entry.runtime_data if loaded else None
        if data is not self._data:
            while self._let_go:
                self._let_go.pop()()
            self._data = data
            if data is not None:
                self._let_go = [
                    data.coordinator.async_add_listener(self._read),
                    data.costs.async_add_listener(self._tell),
                ]
        self._tell()
        if data is not None:
            self._read()

    @callback
    def _entry_changed(self, _: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry is self._entry:
            self._follow()

    @callback
    def _is_ours(self, event: EventEntityRegistryUpdatedData) -> bool:
        """Return whether it is about an entity of the meter, which is still there."""
        entity = er.async_get(self._hass).async_get(event["entity_id"])
        return (
            event["action"] != "remove"
            and entity is not None
            and entity.config_entry_id == self._entry.entry_id
        )

    @callback
    def _registry_updated(self, _: Event[EventEntityRegistryUpdatedData]) -> None:
        if self._meter is not None:
            self._tell()

    @callback
    def _read(self) -> None:
        assert self._data is not None
        coordinator = self._data.coordinator
        reading = coordinator.data
        cause = coordinator.meter_link.problems.cause
        known = (coordinator.link, cause, *(reading[key] for key in CHANGES))
        if known != self._known:
            self._known = known
            self._tell()
        if (now := now_of(coordinator)) != self._now:
            self._now = now
            self._send({"now": now})

    @callback
    def _tell(self) -> None:
        if (meter := meter_of(self._hass, self._entry)) != self._meter:
            self._meter = meter
            self._send({"meter": meter})
