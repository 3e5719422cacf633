"""The repair that offers to take over from another integration of the same meter."""

from __future__ import annotations

from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry

from ..link.problems import Issue, async_heal
from ..replace.takeover.offer import async_offered
from ..replace.takeover.plan import Plan
from .takeover import async_answered, async_told, choices_form


class TakeoverOfferedFlow(RepairsFlow):
    """Shows what would move; the user's word does it."""

    _plan: Plan
    """What is shown; set before the step that needs it."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Look what there is now."""
        entry = self._entry
        plan = await async_offered(self.hass, entry) if entry else None
        if plan is None:
            return self.async_abort(reason="nothing_to_take")
        self._plan = plan
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show what moves and what stays."""
        hass, entry, plan = self.hass, self._entry, self._plan
        if entry is None:
            return self.async_abort(reason="nothing_to_take")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=choices_form(plan),
                description_placeholders=await async_told(hass, plan),
            )
        failure = await async_answered(hass, entry, plan, user_input)
        if failure is not None:
            return self.async_abort(reason=failure)
        async_heal(hass, entry.entry_id, Issue.TAKEOVER_OFFERED)
        return self.async_create_entry(data={})

    @property
    def _entry(self) -> ConfigEntry | None:
        """The entry of the repair, None if it was removed meanwhile."""
        entry_id = (self.data or {}).get("entry_id")
        return self.hass.config_entries.async_get_entry(str(entry_id))
