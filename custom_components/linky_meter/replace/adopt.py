"""A new meter takes the place of an old one: same entry, same entities, same history.

A source that gives another meter's frames has a meter that was replaced, or one that was
mixed up with another: that is told here, in a repair that adopts the new one.
"""

from __future__ import annotations

import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_BAUDRATE, CONF_USB, DOMAIN
from ..link.learned import async_renew_memory
from ..link.problems import Issue, async_heal, async_raise
from ..link.redact import mask_address
from ..linky_tic.tic.identity import parse_address
from .exchange import async_exchange, async_take_down, reads
from .statistics import async_note_replacement

_LOGGER = logging.getLogger(__name__)

_LENGTH = 12

OWNED_SECONDS = 60.0
"""Whoever hears first that modems were exchanged gives the other time to notice too."""


async def async_adopt(hass: HomeAssistant, entry: ConfigEntry, address: str) -> bool:
    """Give an entry a new meter, which has no entry yet; return whether it was done."""
    if not await async_take_down(hass, entry):
        return False
    # First what a power cut must not lose; whoever begins anew does this once more
    await async_note_replacement(hass, entry)
    await async_renew_memory(hass, entry.entry_id)
    hass.config_entries.async_update_entry(entry, unique_id=address)
    async_follow_address(hass, entry)
    hass.config_entries.async_schedule_reload(entry.entry_id)
    return True


@callback
def async_follow_address(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Let device and entities of an entry follow its meter's address.

    Done at each set-up too: registries are saved later than entries.
    """
    address = entry.unique_id or ""
    entities = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(entities, entry.entry_id):
        if (wanted := _moved(entity.unique_id, address)) is not None:
            entities.async_update_entity(entity.entity_id, new_unique_id=wanted)
    devices = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
        identifiers = {
            (domain, (_moved(name, address) if domain == DOMAIN else None) or name)
            for domain, name in device.identifiers
        }
        if identifiers != device.identifiers:
            devices.async_update_device(device.id, new_identifiers=identifiers)


def _moved(name: str, address: str) -> str | None:
    """Return a name that begins with a meter's address with the new one, if another."""
    old = name[:_LENGTH]
    if old == address or parse_address(old) is None:
        return None
    return address + name[_LENGTH:]


def owner_of(hass: HomeAssistant, address: str) -> ConfigEntry | None:
    """Return the entry that a meter has."""
    return hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, address)


class OtherMeter:
    """What is known of the other meter on an entry's source."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self.address: str | None = None
        self._hass = hass
        self._entry = entry
        self._since = 0.0

    @callback
    def process(self, address: str | None) -> None:
        """Take the address of the other meter, None when the entry's own is read."""
        if address is None:
            self._forget()
            return
        hass, entry, now = self._hass, self._entry, self._hass.loop.time()
        if address != self.address:
            self.address, self._since = address, now
            _LOGGER.debug("Another meter is heard: %s", mask_address(address))
        owner = owner_of(hass, address)
        if owner is None:
            self._say(address)
        elif _source(owner) == _source(entry):
            # A server's modems were exchanged: frames are chosen by their address
            return
        elif not owner.disabled_by and not reads(owner):
            async_exchange(hass, entry, owner)
        elif now - self._since >= OWNED_SECONDS:
            self._say(address)

    def _forget(self) -> None:
        """Take the repair away: the meter is back, or the other was adopted."""
        if self.address is not None:
            self.address = None
            async_heal(self._hass, self._entry.entry_id, Issue.METER_REPLACED)

    def _say(self, address: str) -> None:
        """Raise the repair, which says more than that the meter is lost."""
        async_heal(self._hass, self._entry.entry_id, Issue.METER_LOST)
        identity = parse_address(address)
        async_raise(
            self._hass,
            self._entry,
            Issue.METER_REPLACED,
            fixable=True,
            model=(identity and identity.model_in(self._hass.config.language)) or "–",
            year=str(identity.year) if identity else "–",
        )


def _source(entry: ConfigEntry) -> dict[str, object]:
    """Return what names an entry's source."""
    return {k: v for k, v in entry.data.items() if k not in {CONF_BAUDRATE, CONF_USB}}


_OTHERS: HassKey[dict[str, OtherMeter]] = HassKey(f"{DOMAIN}_other_meters")


@callback
def async_other_meter(hass: HomeAssistant, entry: ConfigEntry) -> OtherMeter:
    """Return the other meter of an entry, the same at every set-up of it."""
    others = hass.data.setdefault(_OTHERS, {})
    if entry.entry_id not in others:
        others[entry.entry_id] = OtherMeter(hass, entry)
    return others[entry.entry_id]


@callback
def async_forget_other_meter(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget an entry's other meter; its repair goes with the entry's others."""
    hass.data.get(_OTHERS, {}).pop(entry.entry_id, None)
