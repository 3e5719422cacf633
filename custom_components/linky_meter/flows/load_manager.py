"""The part of the options about the load manager."""

from __future__ import annotations

from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfApparentPower
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
)

from ..const import CONF_LOADS_MARGIN, CONF_LOADS_MODE
from ..loads.settings import Mode

_FORM = vol.Schema(
    {
        vol.Required(CONF_LOADS_MODE, default=Mode.ON): SelectSelector(
            SelectSelectorConfig(options=list(Mode), translation_key=CONF_LOADS_MODE)
        ),
        vol.Required(CONF_LOADS_MARGIN, default=0): NumberSelector(
            NumberSelectorConfig(
                min=0,
                max=5000,
                step=50,
                mode=NumberSelectorMode.BOX,
                unit_of_measurement=UnitOfApparentPower.VOLT_AMPERE,
            )
        ),
    }
)


class LoadManagerFlow(OptionsFlow):
    """Whether loads are switched, and how much is kept free."""

    async def async_step_load_manager(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for both."""
        options = self.config_entry.options
        if user_input is not None:
            return self.async_create_entry(data={**options, **user_input})
        return self.async_show_form(
            step_id="load_manager",
            data_schema=self.add_suggested_values_to_schema(_FORM, options),
        )
