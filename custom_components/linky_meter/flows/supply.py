"""The part of the options that prints the supply log."""

from __future__ import annotations

from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import BooleanSelector

from ..linky_tic.tic.labels import Mode
from ..linky_tic.watch.supply import KEPT
from ..runtime import loaded
from ..watch.view import signed_page
from ..words import Words
from .selectors import number

CONF_DAYS = "days"
CONF_PRM = "prm"


class SupplyFlow(OptionsFlow):
    """What is printed of the supply."""

    async def async_step_supply(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what the page is to show."""
        data = loaded(self.config_entry)
        if data is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            address = signed_page(
                self.hass,
                self.config_entry.entry_id,
                int(user_input[CONF_DAYS]),
                prm=user_input.get(CONF_PRM, False),
            )
            words = await Words.async_of(self.hass)
            # In a new tab: Home Assistant's own pages take any other link for theirs
            link = f'<a href="{address}" target="_blank">{words.say("supply_open")}</a>'
            return self.async_show_form(
                step_id="supply_page", description_placeholders={"link": link}
            )
        fields: dict[vol.Marker, Any] = {
            vol.Required(CONF_DAYS, default=365): number(1, KEPT.days)
        }
        if data.coordinator.data.mode is Mode.STANDARD:
            # Historic mode does not tell it
            fields[vol.Required(CONF_PRM, default=False)] = BooleanSelector()
        return self.async_show_form(step_id="supply", data_schema=vol.Schema(fields))

    async def async_step_supply_page(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """End: the page was a link, and nothing changes."""
        return self.async_create_entry(data=dict(self.config_entry.options))
