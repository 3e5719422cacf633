"""The steps for a server: named, discovered, or that wants another token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, override

import probatio as vol

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import TextSelector
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from ...const import CONF_SERVER_ID
from ...link.errors import error_key
from ...linky_tic.tic.errors import SourceError
from ...linky_tic.tic.sources.server import connected
from ...linky_tic.tic.sources.server_url import ServerUrl
from ...linky_tic.tic.sources.tic2websocket.client import DEFAULT_PORT
from ...sharing.announce import async_own_id
from ..selectors import TOKEN, number
from .listening import ListeningFlow
from .port import local_server


class ServerFlow(ListeningFlow):
    """Comes to the meters of a server, however it was found."""

    async def async_step_server(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a TIC2WebSocket server."""
        self._form = "server"
        if user_input is not None:
            named = {
                CONF_HOST: user_input[CONF_HOST].strip(),
                CONF_PORT: int(user_input[CONF_PORT]),
            }
            # The id is of what was discovered, not of another that was typed
            more: dict[str, Any] = {}
            if named.items() <= self._server.items() and CONF_SERVER_ID in self._server:
                more[CONF_SERVER_ID] = self._server[CONF_SERVER_ID]
            if token := user_input.get(CONF_TOKEN, "").strip():
                more[CONF_TOKEN] = token
            self._server = {**named, **more}
            self._errors = {}
            return await self.async_step_listen()
        host = self._server.get(CONF_HOST) or await local_server() or vol.UNDEFINED
        port = self._server.get(CONF_PORT, DEFAULT_PORT)
        token = self._server.get(CONF_TOKEN) or vol.UNDEFINED
        fields = {
            vol.Required(CONF_HOST, default=host): TextSelector(),
            vol.Required(CONF_PORT, default=port): number(1, 65535),
            vol.Optional(CONF_TOKEN, default=token): TOKEN,
        }
        return self.async_show_form(
            step_id="server", data_schema=vol.Schema(fields), errors=self._errors
        )

    @override
    async def async_step_zeroconf(
        self, discovery_info: ZeroconfServiceInfo
    ) -> ConfigFlowResult:
        """Take a server that announces itself; it is not connected to yet."""
        found = discovery_info.properties.get("id") or discovery_info.name
        await self.async_set_unique_id(found)
        self._abort_if_unique_id_configured()
        named = discovery_info.hostname.rstrip(".")
        hosts = {discovery_info.host, *discovery_info.addresses, named}
        port = discovery_info.port or DEFAULT_PORT
        if found == await async_own_id(self.hass):
            return self.async_abort(reason="already_configured")
        known = False
        for entry in self._async_current_entries(include_ignore=False):
            here = entry.data.get(CONF_HOST) in hosts and entry.data[CONF_PORT] == port
            if here or entry.data.get(CONF_SERVER_ID) == found:
                known = True
                place = (
                    {} if here else {CONF_HOST: discovery_info.host, CONF_PORT: port}
                )
                data = {**entry.data, **place, CONF_SERVER_ID: found}
                self._update(entry, data)
        if known:
            return self.async_abort(reason="already_configured")
        self._server = {
            CONF_HOST: discovery_info.host,
            CONF_PORT: port,
            CONF_SERVER_ID: found,
        }
        name = discovery_info.name.removesuffix(f".{discovery_info.type}")
        self.context["title_placeholders"] = {"name": name}
        return await self.async_step_server()

    async def async_step_reauth(self, _: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask for the token that the server wants now."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Try a token, and keep it for each meter of the server."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            token = user_input.get(CONF_TOKEN, "").strip() or None
            host, port = entry.data[CONF_HOST], entry.data[CONF_PORT]
            server = ServerUrl(host, port, token=token)
            try:
                async with connected(server, async_get_clientsession(self.hass)):
                    pass
            except SourceError as err:
                errors["base"] = error_key(err)
            else:
                self._keep_token(entry, token)
                return self.async_abort(reason="token_kept")
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=vol.Schema({vol.Optional(CONF_TOKEN): TOKEN}),
            description_placeholders={"title": entry.title},
            errors=errors,
        )

    @callback
    def _keep_token(self, entry: ConfigEntry, token: str | None) -> None:
        for one in self._async_current_entries(include_ignore=False):
            if all(one.data.get(k) == entry.data[k] for k in (CONF_HOST, CONF_PORT)):
                data = {k: v for k, v in one.data.items() if k != CONF_TOKEN}
                self._update(one, data | ({CONF_TOKEN: token} if token else {}))

    @callback
    def _update(self, entry: ConfigEntry, data: dict[str, Any]) -> None:
        changed = self.hass.config_entries.async_update_entry(entry, data=data)
        # A loaded entry notices by itself
        if changed and entry.state in {
            ConfigEntryState.SETUP_RETRY,
            ConfigEntryState.SETUP_ERROR,
        }:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
