"""The part of the options that copies the blueprints into the user's folder."""

from __future__ import annotations

from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow

from ..blueprints.copies import FOLDER, Copy, async_copy
from ..words import Words


class BlueprintFlow(OptionsFlow):
    """Blueprints: copied at once, then told what became of each."""

    async def async_step_blueprints(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Copy them; where that cannot be done, say so and try again when asked."""
        try:
            copies = await async_copy(self.hass, self.config_entry)
        except OSError:
            return self.async_show_form(
                step_id="blueprints",
                data_schema=vol.Schema({}),
                errors={"base": "blueprints_not_written"},
                description_placeholders={"folder": FOLDER},
            )
        return self.async_show_form(
            step_id="blueprints_copied",
            data_schema=vol.Schema({}),
            description_placeholders={
                "folder": FOLDER,
                "files": await self._told(copies),
                "blueprints_url": "/config/blueprint/dashboard",
            },
        )

    async def async_step_blueprints_copied(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Close; nothing was changed in the options."""
        return self.async_create_entry(data=dict(self.config_entry.options))

    async def _told(self, copies: list[Copy]) -> str:
        """Return a line for each file."""
        words = await Words.async_of(self.hass)
        return "\n".join(
            f"- `{copy.file}`: {words.option('blueprint_outcome', copy.outcome)}"
            for copy in copies
        )
