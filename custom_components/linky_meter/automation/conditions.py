"""The conditions on an entity of the meter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, override

import probatio as vol

from homeassistant.const import CONF_OPTIONS, STATE_ON, Platform, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import (
    ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL,
    ConditionConfig,
    EntityConditionBase,
    EntityNumericalConditionBase,
    EntityStateConditionBase,
)

from ..linky_tic.publish.shown import NOT_ANNOUNCED
from ..linky_tic.tic.tariffs import Tariff
from ..linky_tic.tic.values import Colour
from .target import DOMAIN_SPECS, MeterEntity, entities_of
from .triggers import CONF_COLOR, CONF_TARIFF

_READ: set[str | bool] = {STATE_ON}


class MeterCondition(EntityConditionBase):
    """A condition on one entity of each meter in the target."""

    _entity: ClassVar[MeterEntity]
    _domain_specs = DOMAIN_SPECS

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return that entity: any other of the meter tells which meter is meant."""
        return entities_of(self._hass, entities, self._entity)

    @property
    @override
    def needs_polling(self) -> bool:
        """Return yes: Home Assistant follows what is in the target, not that entity."""
        return True


class AvailableCurrentCondition(MeterCondition, EntityNumericalConditionBase):
    """What is left before the limit, A."""

    _entity = MeterEntity(Platform.SENSOR, "available_current")
    _valid_unit = UnitOfElectricCurrent.AMPERE


class MeterReadCondition(MeterCondition, EntityStateConditionBase):
    """Values come from the meter."""

    _entity = MeterEntity(Platform.BINARY_SENSOR, "link")
    _states = _READ


def _choice(option: str, values: Iterable[str]) -> vol.Schema:
    """Return the schema of a condition with one option of its own: any of some values."""
    chosen = vol.All(
        cv.ensure_list, vol.Length(min=1), [vol.In([str(value) for value in values])]
    )
    return ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL.extend(
        {vol.Required(CONF_OPTIONS): {vol.Required(option): chosen}}
    )


class ChoiceCondition(MeterCondition, EntityStateConditionBase):
    """The state is one of those chosen."""

    _option: ClassVar[str] = CONF_COLOR

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Take the chosen states."""
        super().__init__(hass, config)
        self._states = set((config.options or {})[self._option])


class TariffCondition(ChoiceCondition):
    """The tariff that is counted."""

    _entity = MeterEntity(Platform.SENSOR, "tariff_period")
    _schema = _choice(CONF_TARIFF, Tariff)
    _option = CONF_TARIFF


class TempoTodayCondition(ChoiceCondition):
    """The colour of the Tempo day."""

    _entity = MeterEntity(Platform.SENSOR, "tempo_today")
    _schema = _choice(CONF_COLOR, Colour)


class TempoTomorrowCondition(ChoiceCondition):
    """The colour of the next Tempo day, or that it is not announced."""

    _entity = MeterEntity(Platform.SENSOR, "tempo_tomorrow")
    _schema = _choice(CONF_COLOR, (*Colour, NOT_ANNOUNCED))
