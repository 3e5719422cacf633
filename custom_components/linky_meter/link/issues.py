"""Repairs of an entry: raised while the user can do something, gone when healed."""

from __future__ import annotations

from enum import StrEnum

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN


class Issue(StrEnum):
    """What a repair is about; with the entry's id it names the repair."""

    COSTS_RESTARTED = "costs_restarted"
    INDEX_STEPPED = "index_stepped"
    METER_REPLACED = "meter_replaced"
    NOISE = "noise"
    PORT_BUSY = "port_busy"
    PRICES_STALE = "prices_stale"
    SERVER_BACKLOG = "server_backlog"
    UNPRICED_CALENDAR = "unpriced_calendar"


def issue_id(issue: Issue, entry_id: str) -> str:
    """Return the id of an entry's repair."""
    return f"{issue}_{entry_id}"


@callback
def async_raise(
    hass: HomeAssistant,
    entry: ConfigEntry,
    issue: Issue,
    *,
    words: str | None = None,
    fixable: bool = False,
    **placeholders: str,
) -> None:
    """Raise a repair, or change it; ``words`` are its texts if not its own."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(issue, entry.entry_id),
        data={"entry_id": entry.entry_id} if fixable else None,
        is_fixable=fixable,
        severity=ir.IssueSeverity.WARNING,
        translation_key=words or issue,
        translation_placeholders={"title": entry.title, **placeholders},
    )


@callback
def async_heal(hass: HomeAssistant, entry_id: str, *issues: Issue) -> None:
    """Take repairs of an entry away, all if none is named."""
    for issue in issues or Issue:
        ir.async_delete_issue(hass, DOMAIN, issue_id(issue, entry_id))


@callback
def async_heal_disabled(hass: HomeAssistant) -> None:
    """Take the repairs of an entry away when it is disabled.

    One whose set-up is being retried is not unloaded then.
    """

    @callback
    def changed(_: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and entry.disabled_by is not None:
            async_heal(hass, entry.entry_id)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)
