"""The actions of the integration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr

from .actions import Action, async_register
from .answers.actions import ANSWERS
from .billing.actions import COST_ACTIONS
from .billing.keeper import CostKeeper
from .const import DOMAIN
from .flows.contracts.enedis import EnedisError, async_import, ours, read_path, summary
from .link.errors import refused
from .linky_tic.tic.labels import ADDRESS_LABELS
from .plan.actions import PLAN_ACTIONS
from .runtime import LinkyData, loaded
from .watch.actions import WATCH_ACTIONS
from .watch.keeper import WatchKeeper

ACTION_READ_FRAME = "read_frame"
ACTION_IMPORT = "import_enedis"
ATTR_PATH = "path"
ATTR_PREVIEW = "preview"
ATTR_WAIT = "wait"
ATTR_TIMEOUT = "timeout"
ATTR_UNMASKED = "unmasked"

_PRIVATE_LABELS = (*ADDRESS_LABELS, "PRM")

_READ_FRAME: dict[vol.Marker, Any] = {
    vol.Optional(ATTR_WAIT, default=False): cv.boolean,
    vol.Optional(ATTR_TIMEOUT, default=10): vol.All(
        vol.Coerce(float), vol.Range(min=1, max=60)
    ),
    vol.Optional(ATTR_UNMASKED, default=False): cv.boolean,
}
_IMPORT: dict[vol.Marker, Any] = {
    vol.Required(ATTR_PATH): cv.string,
    vol.Optional(ATTR_PREVIEW, default=False): cv.boolean,
}


@callback
def async_register_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    async_register(hass, _data_of, (*ANSWERS, *_METER_ACTIONS))
    async_register(hass, _costs_of, (*COST_ACTIONS, *PLAN_ACTIONS))
    async_register(hass, lambda *of: _data_of(*of).watch, WATCH_ACTIONS)


async def _read_frame(data: LinkyData, call: ServiceCall) -> ServiceResponse:
    """Return the latest frame of a meter, or its next one."""
    reading = data.coordinator.data
    if call.data[ATTR_WAIT]:
        try:
            reading = await data.coordinator.async_next_reading(call.data[ATTR_TIMEOUT])
        except TimeoutError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key="no_frame"
            ) from err
    frame: dict[str, Any] = reading.as_dict()
    if not call.data[ATTR_UNMASKED]:
        for label in _PRIVATE_LABELS:
            if (group := frame["groups"].get(label)) is not None:
                group["value"] = "*" * len(group["value"])
    return frame


async def _import_enedis(data: LinkyData, call: ServiceCall) -> ServiceResponse:
    """Put the energy of a file of Enedis before what a meter counted."""
    hass, path = call.hass, Path(call.data[ATTR_PATH])
    if not hass.config.is_allowed_path(str(path)):
        raise EnedisError("enedis_not_allowed")
    run = hass.async_add_executor_job
    download = ours(data, await run(read_path, path))
    if len(download.file.meters) > 1:
        raise EnedisError("enedis_several")
    energy = download.meter("1")
    answer = await run(summary, energy, download.file.unread)
    if not call.data[ATTR_PREVIEW]:
        entry = data.costs.entry
        answer |= await async_import(hass, entry, download.name, energy)
    return answer


_METER_ACTIONS = (
    Action(ACTION_IMPORT, _import_enedis, _IMPORT, SupportsResponse.OPTIONAL),
    Action(ACTION_READ_FRAME, _read_frame, _READ_FRAME),
)


def costs_asked_for(hass: HomeAssistant, device_id: str | None) -> CostKeeper | None:
    """Return the costs of a device, or of the only meter; None where that is unclear."""
    if device_id is not None:
        try:
            return _costs_of(hass, device_id)
        except ServiceValidationError:
            return None
    loaded: list[LinkyData] = [
        entry.runtime_data for entry in hass.config_entries.async_loaded_entries(DOMAIN)
    ]
    return loaded[0].costs if len(loaded) == 1 else None


def watch_asked_for(hass: HomeAssistant, entry_id: str) -> WatchKeeper | None:
    """Return what is known of an entry's household, None while it is not loaded."""
    entry = hass.config_entries.async_get_entry(entry_id)
    data = loaded(entry) if entry is not None and entry.domain == DOMAIN else None
    return None if data is None else data.watch


def _costs_of(hass: HomeAssistant, device_id: str) -> CostKeeper:
    return _data_of(hass, device_id).costs


def _data_of(hass: HomeAssistant, device_id: str) -> LinkyData:
    """Return what a device's entry holds. Raises ServiceValidationError."""
    registry = dr.async_get(hass)
    device = registry.async_get(device_id)
    # Automations may have the id of before Home Assistant split devices
    owners = {
        one.config_entry_id
        for one in registry.devices
        if one.composite_device_id == device_id
    } | ({device.config_entry_id} if device is not None else set())
    entries = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.entry_id in owners
    ]
    if not entries:
        raise refused("not_a_meter")
    if entries[0].state is not ConfigEntryState.LOADED:
        raise refused("not_loaded")
    data: LinkyData = entries[0].runtime_data
    return data
