"""The part of the options that shares the meter with other programs."""

from __future__ import annotations

from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import BooleanSelector

from ..const import CONF_SHARE, CONF_SHARE_NETWORK, CONF_SHARE_PORT, CONF_SHARE_TOKEN
from ..linky_tic.sharing.server import SHORTEST_TOKEN, SharingServer
from ..linky_tic.tic.sources.tic2websocket.client import DEFAULT_PORT
from ..runtime import loaded
from ..sharing.house import SettingsDifferError, check_settings
from ..sharing.meter import sharing_settings
from .selectors import TOKEN, number

_FORM = vol.Schema(
    {
        vol.Required(CONF_SHARE, default=False): BooleanSelector(),
        vol.Required(CONF_SHARE_NETWORK, default=False): BooleanSelector(),
        vol.Optional(CONF_SHARE_TOKEN): TOKEN,
        vol.Required(CONF_SHARE_PORT, default=DEFAULT_PORT): number(1024, 65535),
    }
)


class SharingFlow(OptionsFlow):
    """Whether, to whom and where a meter is shared."""

    async def async_step_sharing(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for it, and try the port before it is kept."""
        options, errors = dict(self.config_entry.options), {}
        if user_input is not None:
            others = {k: v for k, v in options.items() if k not in _FORM.schema}
            options = {**others, **user_input}
            errors = await self._wrong(options)
            if not errors:
                return self.async_create_entry(data=options)
        return self.async_show_form(
            step_id="sharing",
            data_schema=self.add_suggested_values_to_schema(_FORM, options),
            errors=errors,
            description_placeholders={"least": str(SHORTEST_TOKEN)},
        )

    async def _wrong(self, options: dict[str, Any]) -> dict[str, str]:
        """Return what is wrong, by field."""
        token = options.get(CONF_SHARE_TOKEN) or ""
        if options[CONF_SHARE_NETWORK] and not token:
            return {CONF_SHARE_TOKEN: "share_token_missing"}
        if token and len(token) < SHORTEST_TOKEN:
            return {CONF_SHARE_TOKEN: "share_token_short"}
        settings = sharing_settings(options)
        if settings is None or settings == sharing_settings(self.config_entry.options):
            return {}
        try:
            data = loaded(self.config_entry)
            own = data.sharing.meter if data else None
            if check_settings(self.hass, settings, own):
                return {}
            trial = SharingServer(settings)
            await trial.start()
            await trial.stop()
        except SettingsDifferError:
            return {CONF_SHARE_PORT: "share_differs"}
        except OSError:
            return {CONF_SHARE_PORT: "share_port_taken"}
        return {}
