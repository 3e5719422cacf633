"""When bills begin, for the sensors of the energy and the cost of a bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.selector import DateSelector

from ...linky_tic.costs.estimate.spans import Billing, Every
from ..selectors import choice
from .prices import PriceFlow

CONF_BILL_EVERY = "bill_every"
CONF_BILL_FIRST = "bill_first"


class BillingFlow(PriceFlow):
    """The first day of a bill, and how often there is one."""

    async def async_step_billing(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask when bills begin; without a day, none are followed."""
        billing = self._settings.billing
        if user_input is not None:
            every, first = user_input[CONF_BILL_EVERY], user_input.get(CONF_BILL_FIRST)
            billing = (
                Billing(date.fromisoformat(first), Every(every)) if first else None
            )
            return self._save(replace(self._settings, billing=billing))
        first = None if billing is None else billing.first.isoformat()
        schema = vol.Schema(
            {
                vol.Required(
                    CONF_BILL_EVERY,
                    default=Every.MONTH if billing is None else billing.every,
                ): choice(Every, "bill_every"),
                vol.Optional(
                    CONF_BILL_FIRST, description={"suggested_value": first}
                ): DateSelector(),
            }
        )
        return self.async_show_form(step_id="billing", data_schema=schema)
