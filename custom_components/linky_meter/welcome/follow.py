"""After the set-up: what was chosen is done, the rest is offered once, and ours follows.

Nothing of it ever fails a set-up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
import logging

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.debounce import Debouncer

from ..entity import contract_of
from ..link.problems import Issue, async_heal, async_raise
from ..link.tasks import Unexpected
from ..runtime import LinkyConfigEntry
from . import energy
from .sources import POWER
from .state import Welcome, async_keep
from .switches import async_standings, async_turn

_LOGGER = logging.getLogger(__name__)

_SECONDS = 2.0
# Changes of an entity that change what is recorded, or under which name
_TELLING = {"disabled_by", "entity_id"}


async def async_start(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Turn on what was chosen in the set-up, and let it follow the meter.

    Called when the entities are there.
    """
    unexpected = Unexpected("what was chosen in the set-up")

    async def look() -> None:
        if contract_of(entry.runtime_data.coordinator) is None:
            return
        for key in Welcome.of(entry.options).todo:
            with unexpected:
                await async_turn(hass, entry, {key: True})
                welcome = Welcome.of(entry.options)
                todo = tuple(one for one in welcome.todo if one != key)
                async_keep(hass, entry, replace(welcome, todo=todo))
        with unexpected:
            await energy.async_follow(hass, entry)
            await async_offer(hass, entry)

    # Entities come and go in groups
    later = Debouncer(hass, _LOGGER, cooldown=_SECONDS, immediate=False, function=look)
    entry.async_on_unload(later.async_shutdown)
    _listen(hass, entry, later.async_schedule_call)
    await look()


async def async_offer(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Offer once what is not set up, in a repair, and take that away when all is."""
    standings = await async_standings(hass, entry)
    left = not entry.runtime_data.costs.settings.chosen or any(
        not standing.on and standing.why_not is None for standing in standings.values()
    )
    if not left:
        async_heal(hass, entry.entry_id, Issue.WELCOME)
    elif not (welcome := Welcome.of(entry.options)).told:
        async_raise(hass, entry, Issue.WELCOME, fixable=True)
        async_keep(hass, entry, replace(welcome, told=True))


@callback
def _listen(
    hass: HomeAssistant, entry: LinkyConfigEntry, changed: Callable[[], None]
) -> None:
    """Call back when the entities, the tariffs or the options of an entry change."""
    coordinator, costs = entry.runtime_data.coordinator, entry.runtime_data.costs
    registry = er.async_get(hass)
    known: object = None
    powered = False

    @callback
    def is_ours(event: er.EventEntityRegistryUpdatedData) -> bool:
        if event["action"] == "update" and not event["changes"].keys() & _TELLING:
            return False
        entity = registry.async_get(event["entity_id"])
        return entity is None or entity.config_entry_id == entry.entry_id

    @callback
    def look() -> None:
        nonlocal known, powered
        memory, reading = coordinator.meter.memory, coordinator.data
        powered |= reading[POWER] is not None
        now = reading["contract"], len(memory.active), costs.settings, powered
        if now != known:
            if known is not None:
                changed()
            known = now

    @callback
    def registry_changed(_: Event[er.EventEntityRegistryUpdatedData]) -> None:
        changed()

    look()
    entry.async_on_unload(coordinator.async_add_listener(look))
    entry.async_on_unload(costs.async_add_listener(look))
    entry.async_on_unload(
        hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, registry_changed, event_filter=is_ours
        )
    )
