"""Carries registry entries over to ours, and back: without waiting in between.

Only a registry entry that is moved keeps statistics, history, names, icons and what
automations refer to; Home Assistant checks of it no more than that it is not loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import entity_sources

from ...const import DOMAIN
from ...coordinator import device_of
from ...entity import async_enable, registered
from .journal import Journal, Row

_BEFORE = "_before_linky_meter"
_SENSOR = "sensor"
_UNIT = "unit_of_measurement"


class CannotMoveError(Exception):
    """An entity is not as it was noted; nothing was changed."""


@callback
def ours(hass: HomeAssistant, entry: ConfigEntry, row: Row) -> str | None:
    """Return the id of our entity of a row's key, None without one."""
    found = registered(hass, entry, row.domain, row.key)
    return None if found is None else found.entity_id


@callback
def theirs(hass: HomeAssistant, row: Row) -> str | None:
    """Return the id of the old entity of a row, None once it is ours."""
    return er.async_get(hass).async_get_entity_id(
        row.domain, row.platform, row.unique_id
    )


@callback
def is_ours(hass: HomeAssistant, entry: ConfigEntry, row: Row) -> bool:
    """Return whether a row was carried over, by us or before a restart."""
    return ours(hass, entry, row) not in {None, row.twin} and not _waits(hass, row)


@callback
def was_lost(hass: HomeAssistant, entry: ConfigEntry, journal: Journal) -> bool:
    """Return whether the registry forgot that entities were carried over.

    Home Assistant writes it seconds later: a power cut may come between.
    """
    gone = er.async_get(hass).deleted_entities
    return any(
        ours(hass, entry, row) in {None, row.twin}
        and (
            theirs(hass, row) == row.entity_id
            or (row.domain, row.platform, row.unique_id) in gone
        )
        for row in journal.rows
    )


@callback
def _waits(hass: HomeAssistant, row: Row) -> bool:
    """Return whether the old entity is still there, and is not its place holder."""
    found = theirs(hass, row)
    return found is not None and _BEFORE not in found


@callback
def carry_over(hass: HomeAssistant, entry: ConfigEntry, journal: Journal) -> None:
    """Make every entity of a journal ours. Raises CannotMoveError before any change.

    Our entry is not loaded, and neither are the old entities.
    """
    todo = [row for row in journal.rows if not is_ours(hass, entry, row)]
    registry, loaded = er.async_get(hass), entity_sources(hass)
    for row in todo:
        key = (row.domain, row.platform, row.unique_id)
        found = theirs(hass, row)
        if found is None and key not in registry.deleted_entities:
            raise CannotMoveError
        if found in loaded or ours(hass, entry, row) in loaded:
            raise CannotMoveError
    device = device_of(hass, entry)
    for row in todo:
        _carry(hass, entry, row, device.id if device else None, journal.exclusive)
    if device is not None:
        _copy_device(hass, journal, device)


def _carry(
    hass: HomeAssistant,
    entry: ConfigEntry,
    row: Row,
    device_id: str | None,
    is_exclusive: bool,
) -> None:
    registry = er.async_get(hass)
    if (twin := ours(hass, entry, row)) is not None:
        # Home Assistant would leave two entries with one unique id
        registry.async_remove(twin)
    # Its integration was deleted: its settings come back by themselves
    entity_id = (
        theirs(hass, row)
        or registry.async_get_or_create(
            row.domain, row.platform, row.unique_id
        ).entity_id
    )
    old = registry.async_update_entity_platform(
        entity_id,
        DOMAIN,
        new_config_entry_id=entry.entry_id,
        new_unique_id=f"{entry.unique_id}_{row.key}",
        new_device_id=device_id,
        **_subentry(row.config_subentry_id, None),
    )
    if not is_exclusive and row.disabled_by is None:
        async_enable(hass, entity_id)
    chosen: Mapping[str, Any] = old.options.get(_SENSOR, {})
    if row.unit is not None and _UNIT not in chosen:
        registry.async_update_entity_options(
            entity_id, _SENSOR, {**chosen, _UNIT: row.unit}
        )
    if not is_exclusive:
        # Else the old integration, which goes on, makes it anew at its next start
        other = hass.config_entries.async_get_entry(row.config_entry_id or "")
        registry.async_get_or_create(
            row.domain,
            row.platform,
            row.unique_id,
            suggested_object_id=f"{entity_id.partition('.')[2]}{_BEFORE}",
            disabled_by=er.RegistryEntryDisabler.USER,
            config_entry=other,
        )


def _subentry(before: str | None, after: str | None) -> dict[str, Any]:
    """Return the argument that moves an entity out of a subentry, or back into it."""
    return {} if before == after else {"new_config_subentry_id": after}


def _copy_device(hass: HomeAssistant, journal: Journal, device: dr.DeviceEntry) -> None:
    """Give our device what the user gave the old one, where ours has nothing."""
    devices = dr.async_get(hass)
    old = next(
        (
            found
            for row in journal.rows
            if row.device_id and (found := devices.async_get(row.device_id))
        ),
        None,
    )
    if old is None or not journal.exclusive:
        return
    wanted: dict[str, Any] = {
        name: value
        for name in ("area_id", "labels", "name_by_user")
        if (value := getattr(old, name)) and not getattr(device, name)
    }
    if wanted:
        devices.async_update_device(device.id, **wanted)


@callback
def carried(hass: HomeAssistant, row: Row) -> str | None:
    """Return the id of an entity that was to go back, if it is ours all the same."""
    found = er.async_get(hass).entities.get_entry(row.registry_id or "")
    return found.entity_id if found and found.platform == DOMAIN else None


@callback
def carry_back(hass: HomeAssistant, entry: ConfigEntry, journal: Journal) -> None:
    """Give every entity that is ours back; our entry is not loaded.

    What the user changed meanwhile stays.
    """
    registry, devices = er.async_get(hass), dr.async_get(hass)
    for row in journal.rows:
        found = registry.async_get(ours(hass, entry, row) or "")
        if row.registry_id is None and found and is_ours(hass, entry, row):
            row.registry_id = found.id
        if (entity_id := carried(hass, row)) is None:
            continue
        if (held := theirs(hass, row)) is not None:
            registry.async_remove(held)
        other = hass.config_entries.async_get_entry(row.config_entry_id or "")
        if other is None:
            continue
        device = devices.async_get(row.device_id) if row.device_id else None
        registry.async_update_entity_platform(
            entity_id,
            row.platform,
            new_config_entry_id=other.entry_id,
            new_unique_id=row.unique_id,
            new_device_id=device.id if device else None,
            **_subentry(None, row.config_subentry_id),
        )
        _restore_options(registry, entity_id, row)


def _restore_options(registry: er.EntityRegistry, entity_id: str, row: Row) -> None:
    """Take the unit away that was chosen for the user, unless it was changed since."""
    now = dict(registry.entities[entity_id].options.get(_SENSOR, {}))
    before: Mapping[str, Any] = row.options or {}
    if row.unit is not None and now.get(_UNIT) == row.unit and _UNIT not in before:
        del now[_UNIT]
        registry.async_update_entity_options(entity_id, _SENSOR, now or None)
