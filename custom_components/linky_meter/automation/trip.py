"""The trigger on a trip to come: once for each danger, however the time jumps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, override

import probatio as vol

from homeassistant.const import ATTR_ENTITY_ID, CONF_OPTIONS, CONF_TARGET, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.target import (
    TargetStateChangedData,
    async_track_target_selector_state_change_event,
)
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)

from ..linky_tic.tic.derive.events import TRIP_IMMINENT_SECONDS
from .target import MeterEntity, Validated, entities_of

CONF_WITHIN = "within"
CALM = timedelta(seconds=10)
"""How long a danger is over before the next is another one, as the event has it."""

_TIME_TO_TRIP = MeterEntity(Platform.SENSOR, "time_to_trip")
_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Required(CONF_OPTIONS, default={}): {
            vol.Required(
                CONF_WITHIN, default={"seconds": TRIP_IMMINENT_SECONDS}
            ): vol.All(cv.positive_time_period, vol.Range(min=timedelta(seconds=1)))
        },
    }
)


class Danger:
    """What is known of one meter's trip to come."""

    def __init__(self, within: timedelta) -> None:
        self._within = within.total_seconds()
        self._told = False
        self._calm: datetime | None = None

    def begins(self, left: float | None, at: datetime) -> bool:
        """Return whether so many seconds to a trip, None for no trip, are news."""
        if left is None or left > 2 * self._within:
            self._calm = self._calm or at
            return False
        if self._calm is not None and at - self._calm >= CALM:
            self._told = False
        self._calm = None
        news = left < self._within and not self._told
        self._told = self._told or news
        return news


class TripImminentTrigger(Validated, Trigger):
    """The breaker will open soon, at the load of now."""

    _schema = _SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._target: dict[str, Any] = config.target or {}
        self._within: timedelta = (config.options or {})[CONF_WITHIN]

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Look at each change of the time to a trip."""
        dangers: dict[str, Danger] = {}

        @callback
        def look(data: TargetStateChangedData) -> None:
            event = data.state_change_event
            entity_id, state = event.data[ATTR_ENTITY_ID], event.data["new_state"]
            danger = dangers.get(entity_id)
            if danger is None:
                danger = dangers[entity_id] = Danger(self._within)
                # What was so when the automation was made is not its news
                danger.begins(_seconds(event.data["old_state"]), event.time_fired)
            left = _seconds(state)
            if not danger.begins(left, event.time_fired):
                return
            told = {
                ATTR_ENTITY_ID: entity_id,
                "to_state": state,
                "time_to_trip": left,
            }
            run_action(told, f"trip imminent of {entity_id}", event.context)

        return await async_track_target_selector_state_change_event(
            self._hass,
            self._target,
            look,
            lambda found: entities_of(self._hass, found, _TIME_TO_TRIP),
        )


def _seconds(state: State | None) -> float | None:
    """Return the seconds to a trip; unknown while there is none, or nothing is read."""
    try:
        return None if state is None else float(state.state)
    except ValueError:
        return None
