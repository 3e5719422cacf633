"""The triggers that follow an entity of the meter.

Where the meter has an event, the trigger follows that: it is told once, also of what
changed while Home Assistant was down.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, override

import probatio as vol

from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.const import (
    CONF_OPTIONS,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    Platform,
    UnitOfElectricCurrent,
)
from homeassistant.core import State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityNumericalStateCrossedThresholdTriggerBase,
    EntityTargetStateTriggerBase,
    EntityTriggerBase,
    NotTriggeredReasonReporter,
)

from ..linky_tic.tic.tariffs import Tariff
from ..linky_tic.tic.values import Colour
from .target import DOMAIN_SPECS, MeterEntity, entities_of

CONF_COLOR = "color"
CONF_TARIFF = "tariff"

_LOST, _FOUND = {STATE_OFF}, {STATE_ON}


class MeterTrigger(EntityTriggerBase):
    """A trigger on one entity of each meter in the target."""

    _entity: ClassVar[MeterEntity]
    _domain_specs = DOMAIN_SPECS

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return that entity: any other of the meter tells which meter is meant."""
        return entities_of(self._hass, entities, self._entity)


class AvailableCurrentTrigger(
    MeterTrigger, EntityNumericalStateCrossedThresholdTriggerBase
):
    """What is left before the limit crosses a threshold, A."""

    _entity = MeterEntity(Platform.SENSOR, "available_current")
    _valid_unit = UnitOfElectricCurrent.AMPERE


class MeterLostTrigger(MeterTrigger, EntityTargetStateTriggerBase):
    """No values come from the meter."""

    _entity = MeterEntity(Platform.BINARY_SENSOR, "link")
    _to_states = _LOST


class MeterFoundTrigger(MeterLostTrigger):
    """Values come again."""

    _to_states = _FOUND


def _choice(option: str, values: Iterable[str]) -> vol.Schema:
    """Return the schema of a trigger with one option: what it is limited to, if any."""
    chosen = vol.All(cv.ensure_list, [vol.In([str(value) for value in values])])
    return ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {vol.Required(CONF_OPTIONS, default={}): {vol.Optional(option): chosen}}
    )


class EventTrigger(MeterTrigger):
    """The meter told an event."""

    # Before its first event an event entity is unknown
    _excluded_from_states = frozenset({STATE_UNAVAILABLE})
    _type: ClassVar[str]
    _option: ClassVar[str]
    _attribute: ClassVar[str]

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether it is the event, with one of the chosen values."""
        told: dict[str, Any] = dict(state.attributes)
        if told.get(ATTR_EVENT_TYPE) != self._type:
            return False
        wanted, value = self._options.get(self._option), told.get(self._attribute)
        return not wanted or value in wanted


class TariffStartedTrigger(EventTrigger):
    """Another tariff is counted."""

    _entity = MeterEntity(Platform.EVENT, "tariff_change")
    _schema = _choice(CONF_TARIFF, Tariff)
    _type, _option, _attribute = "changed", CONF_TARIFF, "tariff_period"


class TempoAnnouncedTrigger(EventTrigger):
    """Tomorrow's colour is known."""

    _entity = MeterEntity(Platform.EVENT, "tempo_announced")
    _schema = _choice(CONF_COLOR, Colour)
    _type, _option, _attribute = "announced", CONF_COLOR, "colour"


class TempoStartedTrigger(TempoAnnouncedTrigger):
    """Days of another colour begin."""

    _type = "started"
