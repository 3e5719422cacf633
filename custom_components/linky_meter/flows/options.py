"""The options: available current and alerts, and prices."""

from __future__ import annotations

from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import (
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfTime,
)
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
)

from ..const import (
    CONF_ASSUMED_VOLTAGE,
    CONF_CREDIT_EXPORT,
    CONF_LIMIT,
    CONF_PUBLISHING,
    CONF_RATING,
    CONF_TRIP_IMMINENT,
    LIMIT_BREAKING,
    LIMIT_LEAST,
)
from ..linky_tic.tic.derive.events import TRIP_IMMINENT_SECONDS
from ..linky_tic.tic.derive.power import Settings
from ..publish.profiles import Profile
from .prices import PriceFlow
from .takeover import TakeoverFlow

_DEFAULTS = Settings()


def _number(least: int, greatest: int, unit: str) -> NumberSelector:
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
        vol.Required(CONF_PUBLISHING, default=Profile.BALANCED): SelectSelector(
            SelectSelectorConfig(options=list(Profile), translation_key=CONF_PUBLISHING)
        ),
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
        vol.Required(CONF_TRIP_IMMINENT, default=TRIP_IMMINENT_SECONDS): _number(
            5, 600, UnitOfTime.SECONDS
        ),
    }
)


class LinkyOptionsFlow(TakeoverFlow, PriceFlow):
    """What the user may choose; applied without opening the port anew."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to change."""
        return self.async_show_menu(
            step_id="init", menu_options=["settings", "prices", "takeover"]
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how available current is worked out and when to warn."""
        options = self.config_entry.options
        if user_input is not None:
            # A field left empty is not in the answer: nothing else is kept of the form
            others = {
                key: value
                for key, value in options.items()
                if key not in _SCHEMA.schema
            }
            return self.async_create_entry(data={**others, **user_input})
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(_SCHEMA, options),
        )
