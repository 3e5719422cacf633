"""A calendar of the tariffs: off-peak hours, Tempo days, mobile peaks, new prices."""

from __future__ import annotations

from datetime import date, datetime
from typing import override

from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import LinkyCoordinator
from .entity import stay
from .linky_tic.costs.calendar.tempo import Colour
from .linky_tic.costs.plan.events import (
    LOOK_AHEAD,
    Happening,
    happenings,
    present,
    worth_showing,
)
from .plan.ahead import colour_of, contract_of
from .runtime import LinkyConfigEntry

PARALLEL_UPDATES = 0

_KEY = "tariffs"
_WORDS = f"component.{DOMAIN}.entity.calendar.{_KEY}.state_attributes.message.state"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: LinkyConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the calendar of a meter."""
    words = await async_get_translations(hass, hass.config.language, "entity", {DOMAIN})
    async_add_entities([TariffCalendar(entry, words)])


class TariffCalendar(CalendarEntity):
    """What the contract does, and will do, as far as it is known."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    async_entity_id_changed = stay
    _attr_translation_key = _KEY

    def __init__(self, entry: LinkyConfigEntry, words: dict[str, str]) -> None:
        data = entry.runtime_data
        self._coordinator: LinkyCoordinator = data.coordinator
        self._costs = data.costs
        self._words = words
        self._attr_unique_id = f"{entry.unique_id}_{_KEY}"
        self._attr_device_info = data.coordinator.device_info
        contract = contract_of(data.costs)
        self._attr_entity_registry_enabled_default = (
            contract is not None and worth_showing(contract)
        )

    @property
    @override
    def suggested_object_id(self) -> str:
        """Return the key: entity ids depend on no language."""
        return _KEY

    @property
    @override
    def available(self) -> bool:
        """Return whether the contract is known."""
        return contract_of(self._costs) is not None

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return what is now, or comes next."""
        shown = present(self._ahead(), dt_util.utcnow())
        return None if shown is None else self._event(shown)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return what lies between two moments."""
        return [self._event(one) for one in self._between(start_date, end_date)]

    def _ahead(self) -> list[Happening]:
        """Return what is now, and comes in the next days."""
        now = dt_util.utcnow()
        return self._between(now, now + LOOK_AHEAD)

    def _between(self, start: datetime, end: datetime) -> list[Happening]:
        contract = contract_of(self._costs)
        if contract is None:
            return []
        ledger, reading = self._costs.kept.ledger, self._coordinator.data

        def colour(day: date) -> Colour | None:
            return colour_of(day, contract.colours, ledger)

        return happenings(contract, reading, colour, start, end)

    def _event(self, happening: Happening) -> CalendarEvent:
        return CalendarEvent(
            start=happening.start,
            end=happening.end,
            summary=self._words.get(f"{_WORDS}.{happening.kind}", happening.kind),
        )

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the contract, its hours and colours."""
        await super().async_added_to_hass()
        self._shown = self._look()
        self.async_on_remove(self._costs.async_add_listener(self._handle_update))

    @callback
    def _look(self) -> tuple[object, ...]:
        """Return all that may be seen: a calendar on a wall hears of what comes, too."""
        found = self._ahead()
        return self.available, present(found, dt_util.utcnow()), found

    @callback
    def _handle_update(self) -> None:
        if (now := self._look()) != self._shown:
            self.async_write_ha_state()
            self._shown = now
