"""Loads whose entity gets another id stay the loads that they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import SUBENTRY_LOAD
from .settings import CONF_ENTITY, CONF_PAUSE, CONF_POWER_ENTITY
from .target import Before


@callback
def async_follow_renames(
    hass: HomeAssistant, entry: ConfigEntry[Any], before: dict[str, Before]
) -> CALLBACK_TYPE:
    """Let the loads of an entry follow, and what they were ``before``; return an end."""

    @callback
    def renamed(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "update" or "old_entity_id" not in data:
            return
        old, new = data["old_entity_id"], data["entity_id"]
        for key, known in list(before.items()):
            before[key] = replace(
                known,
                entity_id=new if known.entity_id == old else known.entity_id,
                pause=new if known.pause == old else known.pause,
            )
        for subentry in list(entry.get_subentries_of_type(SUBENTRY_LOAD)):
            changed = {
                name: new
                for name in (CONF_ENTITY, CONF_PAUSE, CONF_POWER_ENTITY)
                if subentry.data.get(name) == old
            }
            if changed:
                hass.config_entries.async_update_subentry(
                    entry, subentry, data={**subentry.data, **changed}
                )

    return hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, renamed)
