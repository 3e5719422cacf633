"""Events: what happens at the meter, for automations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
import logging
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import CALLBACK_TYPE, CoreState, HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_TRIP_IMMINENT
from .coordinator import LinkyCoordinator
from .entity import LinkyEntity, LinkyEntityDescription, async_add_as_seen
from .linky_tic.publish.shown import has_mobile_peaks
from .linky_tic.tic.derive.events import (
    TRIP_IMMINENT_SECONDS,
    WATCHES,
    Present,
    events_since,
)
from .linky_tic.tic.fields import Value
from .runtime import LinkyConfigEntry
from .watch.entities import SupplyEvent

PARALLEL_UPDATES = 0

_LOGGER = logging.getLogger(__name__)
_SAVE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class LinkyEventEntityDescription(LinkyEntityDescription, EventEntityDescription):
    """An event of the catalogue."""


EVENTS: tuple[LinkyEventEntityDescription, ...] = tuple(
    LinkyEventEntityDescription(
        key=key,
        translation_key=key,
        event_types=list(watch.types),
        shown_by=watch.keys,
        enabled_fn=has_mobile_peaks if key == "mobile_peak" else None,
    )
    for key, watch in WATCHES.items()
)


class LinkyEvent(LinkyEntity, EventEntity):
    """What happens at the meter, each time once."""

    entity_description: LinkyEventEntityDescription

    def __init__(
        self,
        coordinator: LinkyCoordinator,
        description: LinkyEventEntityDescription,
        save: CALLBACK_TYPE,
    ) -> None:
        super().__init__(coordinator, description)
        self._save = save
        self._whole_seen = False

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Follow availability first: an event is a change from one time to another."""
        super()._handle_coordinator_update()
        # Before, no automation listens
        if self.hass.state is CoreState.running and not self.coordinator.data.early:
            self._look()

    def _look(self) -> None:
        """Tell what happened since the last look, which may be before a restart."""
        reading, memory = self.coordinator.data, self.coordinator.meter.memory
        # What the first frames left out is only not heard yet
        self._whole_seen = self._whole_seen or reading.frame.undamaged
        if not self._whole_seen:
            return
        seconds = self.coordinator.config_entry.options.get(
            CONF_TRIP_IMMINENT, TRIP_IMMINENT_SECONDS
        )
        key = self.entity_description.key
        known = memory.events.setdefault(key, {})
        found = events_since(key, known, Present(reading, seconds, memory.labels))
        for event in found:
            self._trigger_event(event.type, dict(event.data))
            self.async_write_ha_state()
        if found:
            self._save()

    @override
    def _present(self) -> tuple[bool, Value | None]:
        """Return availability; an event has no value."""
        return self.available, None

    @override
    def _take(self, value: Value | None) -> None:
        """Take nothing: the state is the time of the last event."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: LinkyConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events that the meter's values can tell."""
    coordinator = entry.runtime_data.coordinator
    # Told events must not be told again after a power cut either
    saving = Debouncer(
        hass,
        _LOGGER,
        cooldown=_SAVE_SECONDS,
        immediate=True,
        function=coordinator.async_save,
        background=True,
    )
    entry.async_on_unload(saving.async_shutdown)
    make = partial(LinkyEvent, save=saving.async_schedule_call)
    async_add_as_seen(coordinator, async_add_entities, EVENTS, make)
    async_add_entities([SupplyEvent(entry.runtime_data.watch)])
