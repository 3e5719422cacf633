"""The repair that the user decides on: a meter was replaced."""

from __future__ import annotations

from typing import Any

import probatio as vol

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .link.problems import placeholders_of
from .replace.adopt import async_adopt, async_other_meter, owner_of


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the flow of the only repair that has one."""
    return MeterReplacedFlow()


class MeterReplacedFlow(RepairsFlow):
    """Adopts the meter that is heard now, or goes on waiting for the old one."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask which."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["adopt", "wait"],
            description_placeholders=self._placeholders,
        )

    async def async_step_adopt(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask once more, then adopt the new meter."""
        entry = self._entry
        address = async_other_meter(self.hass, entry).address if entry else None
        if entry is None or address is None:
            return self.async_abort(reason="healed")
        if (owner := owner_of(self.hass, address)) is not None:
            return self.async_abort(
                reason="has_entry", description_placeholders={"owner": owner.title}
            )
        if user_input is None:
            return self.async_show_form(
                step_id="adopt",
                data_schema=vol.Schema({}),
                description_placeholders=self._placeholders,
            )
        if not await async_adopt(self.hass, entry, address):
            return self.async_abort(reason="not_now")
        return self.async_create_entry(data={})

    async def async_step_wait(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Leave everything as it is: the old meter is listened for anyway."""
        return self.async_abort(
            reason="waiting", description_placeholders=self._placeholders
        )

    @property
    def _entry(self) -> ConfigEntry | None:
        """The entry whose meter was replaced, None if it was removed meanwhile."""
        entry_id = (self.data or {}).get("entry_id")
        return self.hass.config_entries.async_get_entry(str(entry_id))

    @property
    def _placeholders(self) -> dict[str, str]:
        """What the repair tells of both meters."""
        return placeholders_of(self.hass, self.issue_id)
