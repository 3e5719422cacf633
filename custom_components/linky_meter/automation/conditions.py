"""The conditions on an entity of the meter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, override

import probatio as vol

from homeassistant.const import CONF_OPTIONS, STATE_ON, Platform, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.condition import (
    ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL,
    ConditionConfig,
    EntityConditionBase,
    EntityNumericalConditionBase,
    EntityStateConditionBase,
)

from ..linky_tic.publish.shown import NOT_ANNOUNCED
from ..linky_tic.tic.values import Colour
from .target import CONTRACT_TARIFF, MeterEntity, OfMeters, any_of
from .triggers import CONF_COLOR, CONF_TARIFF, TARIFFS

_READ: set[str | bool] = {STATE_ON}


class MeterCondition(OfMeters, EntityConditionBase):
    """A condition on one entity of each meter in the target."""

    @override
    def _should_include(self, _state: State) -> bool:
        """Count a meter that is lost too: what is not known is not so, of any of them."""
        return True

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        return bool(states) and super()._check_all_match_state(states)

    @property
    @override
    def needs_polling(self) -> bool:
        """Return yes: Home Assistant follows what is in the target, not that entity."""
        return True


class AvailableCurrentCondition(MeterCondition, EntityNumericalConditionBase):
    """What is left before the limit, A."""

    _entities = (MeterEntity(Platform.SENSOR, "available_current"),)
    _valid_unit = UnitOfElectricCurrent.AMPERE


class MeterReadCondition(MeterCondition, EntityStateConditionBase):
    """Values come from the meter."""

    _entities = (MeterEntity(Platform.BINARY_SENSOR, "link"),)
    _states = _READ


def _choice(option: str, values: Iterable[str]) -> vol.Schema:
    """Return the schema of a condition with one option of its own: any of some values."""
    chosen = any_of(values, vol.Length(min=1))
    return ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL.extend(
        {vol.Required(CONF_OPTIONS): {vol.Required(option): chosen}}
    )


class ChoiceCondition(MeterCondition, EntityStateConditionBase):
    """The state is one of those chosen."""

    _option: ClassVar[str] = CONF_COLOR

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        super().__init__(hass, config)
        self._states = set((config.options or {})[self._option])


class TariffCondition(ChoiceCondition):
    """The tariff that is counted."""

    _entities = (CONTRACT_TARIFF, MeterEntity(Platform.SENSOR, "tariff_period"))
    _schema = _choice(CONF_TARIFF, TARIFFS)
    _option = CONF_TARIFF


class TempoTodayCondition(ChoiceCondition):
    """The colour of the Tempo day."""

    _entities = (MeterEntity(Platform.SENSOR, "tempo_today"),)
    _schema = _choice(CONF_COLOR, Colour)


class TempoTomorrowCondition(ChoiceCondition):
    """The colour of the next Tempo day, or that it is not announced."""

    _entities = (MeterEntity(Platform.SENSOR, "tempo_tomorrow"),)
    _schema = _choice(CONF_COLOR, (*Colour, NOT_ANNOUNCED))
