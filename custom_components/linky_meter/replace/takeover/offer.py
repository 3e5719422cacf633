"""Offers a take-over where another integration is about the same meter."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.start import async_at_started

from ...link.problems import Issue, async_heal, async_raise
from ..exchange import settled
from .journal import async_load_journal
from .plan import Plan, async_plans


@callback
def async_offer_when_started(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Look for another integration, as soon as all are set up."""

    @callback
    def look(_: HomeAssistant) -> None:
        entry.async_create_task(hass, async_offer(hass, entry), "tic take-over")

    entry.async_on_unload(async_at_started(hass, look))


async def async_offer(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Raise the repair that offers it, or take that away."""
    # It is not loaded while its set-up, which asks for this, goes on
    await settled(entry)
    plan = await async_offered(hass, entry)
    if plan is None:
        async_heal(hass, entry.entry_id, Issue.TAKEOVER_OFFERED)
        return
    async_raise(
        hass,
        entry,
        Issue.TAKEOVER_OFFERED,
        fixable=True,
        name=plan.source.name,
        moves=str(len(plan.moves)),
    )


async def async_offered(hass: HomeAssistant, entry: ConfigEntry) -> Plan | None:
    """Return the plan that a repair offers: of what is about this meter only."""
    if await async_load_journal(hass, entry.entry_id) is not None:
        return None
    return next(
        (plan for plan in await async_plans(hass, entry) if plan.source.exclusive), None
    )
