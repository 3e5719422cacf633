"""The repairs that the user decides on: a meter was replaced, an index stepped.

And one that offers what the last page of the set-up does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, override

import probatio as vol

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from .billing.settings import PriceSettings
from .flows.takeover_repair import TakeoverOfferedFlow
from .flows.welcome import async_page, with_prices
from .link.problems import Issue, placeholders_of
from .replace.adopt import async_adopt, async_other_meter, owner_of
from .welcome.switches import async_turn


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the flow of a repair."""
    if issue_id.startswith(Issue.TAKEOVER_OFFERED):
        return TakeoverOfferedFlow()
    if issue_id.startswith(Issue.INDEX_STEPPED):
        return IndexSteppedFlow()
    if issue_id.startswith(Issue.WELCOME):
        return WelcomeFlow()
    if issue_id.startswith(Issue.POWER_DIFFERS):
        return PowerDiffersFlow()
    return MeterReplacedFlow()


class IndexSteppedFlow(RepairsFlow):
    """Accepts indexes outside of what a meter can count, or goes on waiting."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask what to do."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["accept", "wait"],
            description_placeholders=_placeholders(self),
        )

    async def async_step_accept(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Let the next frame that goes on from them be right."""
        entry = _entry(self)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_now")
        entry.runtime_data.coordinator.meter.confirm_steps()
        return self.async_create_entry(data={})

    async def async_step_wait(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Leave everything as it is: the old indexes stay."""
        return self.async_abort(reason="waiting")


class MeterReplacedFlow(RepairsFlow):
    """Adopts the meter that is heard now, or goes on waiting for the old one."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask which."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["adopt", "wait"],
            description_placeholders=_placeholders(self),
        )

    async def async_step_adopt(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask once more, then adopt the new meter."""
        entry = _entry(self)
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
                description_placeholders=_placeholders(self),
            )
        if not await async_adopt(self.hass, entry, address):
            return self.async_abort(reason="not_now")
        return self.async_create_entry(data={})

    async def async_step_wait(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Leave everything as it is: the old meter is listened for anyway."""
        return self.async_abort(
            reason="waiting", description_placeholders=_placeholders(self)
        )


class WelcomeFlow(ConfirmRepairFlow):
    """Sets up what is not, once: later the options do."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask what."""
        entry = _entry(self)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_now")
        reading = entry.runtime_data.coordinator.data
        if user_input is None:
            lacking = not entry.runtime_data.costs.settings.chosen
            page = await async_page(self.hass, entry, reading if lacking else None)
            return self.async_show_form(
                step_id="confirm",
                data_schema=page.schema,
                description_placeholders={**_placeholders(self), "notes": page.notes},
            )
        options = with_prices(user_input, reading, entry.options)
        self.hass.config_entries.async_update_entry(entry, options=options)
        await async_turn(self.hass, entry, user_input)
        return self.async_create_entry(data={})


class PowerDiffersFlow(ConfirmRepairFlow):
    """Takes the subscribed power that the meter tells."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask, then keep it; costs of before stay, as they follow the meter's dates."""
        entry = _entry(self)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_now")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders=_placeholders(self),
            )
        settings = PriceSettings.of(entry.options)
        power = entry.runtime_data.costs.kept.ledger.power
        self.hass.config_entries.async_update_entry(
            entry, options=replace(settings, power=power).as_options(entry.options)
        )
        return self.async_create_entry(data={})


def _entry(flow: RepairsFlow) -> ConfigEntry | None:
    """Return the entry of a repair, None if it was removed meanwhile."""
    entry_id = (flow.data or {}).get("entry_id")
    return flow.hass.config_entries.async_get_entry(str(entry_id))


def _placeholders(flow: RepairsFlow) -> dict[str, str]:
    """Return what a repair tells."""
    return placeholders_of(flow.hass, flow.issue_id)
