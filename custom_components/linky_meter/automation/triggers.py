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
    STATE_UNKNOWN,
    Platform,
    UnitOfElectricCurrent,
)
from homeassistant.core import State
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityNumericalStateCrossedThresholdTriggerBase,
    EntityTargetStateTriggerBase,
    EntityTriggerBase,
    NotTriggeredReasonReporter,
)

from ..billing.rows import TARIFF_NAMES
from ..linky_tic.tic.tariffs import Tariff
from ..linky_tic.tic.values import Colour
from .target import CONTRACT_TARIFF, MeterEntity, OfMeters, any_of

CONF_COLOR = "color"
CONF_TARIFF = "tariff"

TARIFFS = tuple(dict.fromkeys((*map(str, Tariff), *TARIFF_NAMES)))
"""Of meters, and of contracts with hours that a meter does not show."""

_LOST, _FOUND = {STATE_OFF}, {STATE_ON}


class AvailableCurrentTrigger(
    OfMeters, EntityNumericalStateCrossedThresholdTriggerBase
):
    """What is left before the limit crosses a threshold, A."""

    _entities = (MeterEntity(Platform.SENSOR, "available_current"),)
    _valid_unit = UnitOfElectricCurrent.AMPERE


class MeterLostTrigger(OfMeters, EntityTargetStateTriggerBase):
    """No values come from the meter."""

    _entities = (MeterEntity(Platform.BINARY_SENSOR, "link"),)
    _to_states = _LOST


class MeterFoundTrigger(MeterLostTrigger):
    """Values come again."""

    _to_states = _FOUND


def _choice(option: str, values: Iterable[str]) -> vol.Schema:
    """Return the schema of a trigger with one option: what it is limited to, if any."""
    options = {vol.Optional(option): any_of(values)}
    return ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {vol.Required(CONF_OPTIONS, default={}): options}
    )


class EventTrigger(OfMeters, EntityTriggerBase):
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
    """Another tariff is counted, by the meter or by hours of one's own contract."""

    _entities = (CONTRACT_TARIFF, MeterEntity(Platform.EVENT, "tariff_change"))
    _schema = _choice(CONF_TARIFF, TARIFFS)
    _type, _option, _attribute = "changed", CONF_TARIFF, "tariff_period"

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether it changed: of a sensor that was unknown, nobody can tell."""
        if from_state.domain == Platform.SENSOR and from_state.state == STATE_UNKNOWN:
            return False
        return super().is_valid_transition(from_state, to_state)

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether it is one of the chosen tariffs."""
        if state.domain != Platform.SENSOR:
            return super().is_valid_state(state, report_not_triggered)
        wanted = self._options.get(CONF_TARIFF)
        return not wanted or state.state in wanted


class TempoAnnouncedTrigger(EventTrigger):
    """Tomorrow's colour is known."""

    _entities = (MeterEntity(Platform.EVENT, "tempo_announced"),)
    _schema = _choice(CONF_COLOR, Colour)
    _type, _option, _attribute = "announced", CONF_COLOR, "colour"


class TempoStartedTrigger(TempoAnnouncedTrigger):
    """Days of another colour begin."""

    _type = "started"
