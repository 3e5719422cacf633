"""The options: how available current is worked out."""

from __future__ import annotations

from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import UnitOfElectricCurrent, UnitOfElectricPotential
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
)

from .const import (
    CONF_ASSUMED_VOLTAGE,
    CONF_CREDIT_EXPORT,
    CONF_LIMIT,
    CONF_RATING,
    LIMIT_BREAKING,
    LIMIT_LEAST,
)
from .tic.power import Settings

_DEFAULTS = Settings()


def _number(least: int, greatest: int, unit: str) -> NumberSelector:
    """Return a box for a whole number."""
    return NumberSelector(
        NumberSelectorConfig(
            min=least,
            max=greatest,
            step=1,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
    )


_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_LIMIT, default=LIMIT_LEAST): SelectSelector(
            SelectSelectorConfig(
                options=[LIMIT_LEAST, LIMIT_BREAKING], translation_key=CONF_LIMIT
            )
        ),
        vol.Optional(CONF_RATING): _number(5, 120, UnitOfElectricCurrent.AMPERE),
        vol.Required(CONF_ASSUMED_VOLTAGE, default=_DEFAULTS.assumed_voltage): _number(
            200, 253, UnitOfElectricPotential.VOLT
        ),
        vol.Required(
            CONF_CREDIT_EXPORT, default=_DEFAULTS.credit_export
        ): BooleanSelector(),
    }
)


class LinkyOptionsFlow(OptionsFlow):
    """What the user may choose; applied without opening the port anew."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how available current is worked out."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                _SCHEMA, self.config_entry.options
            ),
        )
