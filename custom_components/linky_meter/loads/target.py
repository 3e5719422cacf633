"""A load as Home Assistant has it: what it does now, and how that is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from homeassistant.components.climate import (
    ATTR_CURRENT_TEMPERATURE,
    ATTR_HVAC_ACTION,
    ATTR_HVAC_MODE,
    ATTR_PRESET_MODE,
    DOMAIN as CLIMATE,
    PRESET_NONE,
    SERVICE_SET_HVAC_MODE,
    SERVICE_SET_PRESET_MODE,
    SERVICE_SET_TEMPERATURE,
    HVACAction,
)
from homeassistant.components.number import ATTR_MIN, ATTR_VALUE, SERVICE_SET_VALUE
from homeassistant.const import (
    ATTR_ENTITY_ID,
    ATTR_TEMPERATURE,
    ATTR_UNIT_OF_MEASUREMENT,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant, State, split_entity_id
from homeassistant.util.unit_conversion import PowerConverter

from ..linky_tic.loads.decision import Observation
from ..linky_tic.loads.load import Load, LoadKind
from .settings import OFF, LoadSettings, is_number

type Call = tuple[str, str, dict[str, Any]]
"""Domain, action and data."""

_NOT_KNOWN = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})
_RESTING = frozenset({HVACAction.IDLE, HVACAction.OFF})


@dataclass(frozen=True, kw_only=True)
class Before:
    """What a load was before it was touched: enough to bring that back."""

    entity_id: str
    pause: str | None = None
    """The switch that stops it, if it has one."""
    state: str = STATE_ON
    """On, the mode of a thermostat, or a number."""
    preset: str | None = None
    temperature: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what ``as_dict`` gave; raise an error of some kind for anything else."""
        pause, preset, temperature = data["pause"], data["preset"], data["temperature"]
        return cls(
            entity_id=str(data["entity_id"]),
            pause=None if pause is None else str(pause),
            state=str(data["state"]),
            preset=None if preset is None else str(preset),
            temperature=None if temperature is None else float(temperature),
        )

    @property
    def entities(self) -> tuple[str, ...]:
        """What it was switched by."""
        return (self.entity_id, self.pause) if self.pause else (self.entity_id,)

    def reachable(self, hass: HomeAssistant) -> bool:
        """Return whether it can be brought back now."""
        states = [hass.states.get(one) for one in self.entities]
        return all(one and one.state != STATE_UNAVAILABLE for one in states)

    @property
    def level(self) -> float | None:
        """The number that it was."""
        return float(self.state) if is_number(self.entity_id) else None

    def reached(self, load: Load, level: float | None) -> bool:
        """Return whether a load is set to what it was, as far as it ever is."""
        if (most := self.level) is None:
            return True
        if load.adjustable:
            most = min(most, load.highest)
        return (level or 0.0) >= most


class Target:
    """What a load is switched by."""

    def __init__(self, hass: HomeAssistant, load: LoadSettings) -> None:
        self.load = load
        self._hass = hass

    def observe(self) -> Observation:
        """Return what is seen of it now."""
        state = self._state()
        if state is None or not all(map(self._known, self.load.load.entities)):
            return Observation(on=None)
        return Observation(
            on=self._on(state),
            power=self._power(state),
            comfort=_float(state.attributes.get(ATTR_CURRENT_TEMPERATURE)),
            level=_float(state.state) if is_number(state.entity_id) else None,
        )

    def before(self) -> Before | None:
        """Return what it is now, None while that is not known."""
        load, state = self.load, self._state()
        if state is None:
            return None
        preset = state.attributes.get(ATTR_PRESET_MODE)
        return Before(
            entity_id=load.entity_id,
            pause=load.pause,
            state=state.state,
            preset=str(preset) if preset else None,
            temperature=_float(state.attributes.get(ATTR_TEMPERATURE)),
        )

    def shedding(self) -> list[Call]:
        """Return what sheds it."""
        load = self.load
        if load.pause is not None:
            return [_turn(load.pause, on=False)]
        if is_number(load.entity_id):
            return [_value(load.entity_id, self._resting())]
        if load.load.kind is not LoadKind.CLIMATE:
            return [_turn(load.entity_id, on=False)]
        if load.preset == OFF:
            return [_mode(load.entity_id, OFF)]
        return [_preset(load.entity_id, load.preset)]

    def setting(self, level: float) -> list[Call]:
        """Return what sets a charger, and lets it go on."""
        load = self.load
        go = [] if load.pause is None else [_turn(load.pause, on=True)]
        return [_value(load.entity_id, level), *go]

    def _known(self, entity_id: str) -> State | None:
        state = self._hass.states.get(entity_id)
        return None if state is None or state.state in _NOT_KNOWN else state

    def _state(self) -> State | None:
        return self._known(self.load.entity_id)

    def _on(self, state: State) -> bool:
        """Return whether it may draw: neither off, nor as it is while shed."""
        load = self.load
        if load.pause is not None:
            paused = self._known(load.pause)
            return paused is not None and paused.state == STATE_ON
        if is_number(load.entity_id):
            return (_float(state.state) or 0.0) > self._resting()
        if load.load.kind is LoadKind.CLIMATE:
            preset = state.attributes.get(ATTR_PRESET_MODE)
            return state.state != OFF and (load.preset == OFF or preset != load.preset)
        return state.state == STATE_ON

    def _power(self, state: State) -> float | None:
        """Return the W that it draws as its sensor tells; 0 of a thermostat at rest."""
        if (sensor := self.load.power_entity) is None:
            action = state.attributes.get(ATTR_HVAC_ACTION)
            return 0.0 if action in _RESTING else None
        told = self._known(sensor)
        power = _float(told.state) if told else None
        if told is None or power is None:
            return None
        unit = told.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        if unit not in PowerConverter.VALID_UNITS:
            return None
        return PowerConverter.convert(power, unit, UnitOfPower.WATT)

    def _resting(self) -> float:
        """Return what a number says while it is shed."""
        if self.load.resting is not None:
            return self.load.resting
        state = self._state()
        return (_float(state.attributes.get(ATTR_MIN)) if state else None) or 0.0


def restoring(hass: HomeAssistant, before: Before) -> list[Call]:
    """Return what brings back what was before."""
    entity_id, preset = before.entity_id, before.preset
    if before.level is not None:
        go = [] if before.pause is None else [_turn(before.pause, on=True)]
        return [_value(entity_id, before.level), *go]
    if split_entity_id(entity_id)[0] != CLIMATE:
        return [_turn(entity_id, on=before.state == STATE_ON)]
    now = hass.states.get(entity_id)
    same = now is not None and now.state == before.state
    calls = [] if same else [_mode(entity_id, before.state)]
    if preset is not None:
        calls.append(_preset(entity_id, preset))
    if preset in {None, PRESET_NONE} and before.temperature is not None:
        # A preset has a temperature of its own
        data = {ATTR_ENTITY_ID: entity_id, ATTR_TEMPERATURE: before.temperature}
        calls.append((CLIMATE, SERVICE_SET_TEMPERATURE, data))
    return calls


def _float(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


def _turn(entity_id: str, *, on: bool) -> Call:
    action = SERVICE_TURN_ON if on else SERVICE_TURN_OFF
    return split_entity_id(entity_id)[0], action, {ATTR_ENTITY_ID: entity_id}


def _value(entity_id: str, value: float) -> Call:
    data = {ATTR_ENTITY_ID: entity_id, ATTR_VALUE: value}
    return split_entity_id(entity_id)[0], SERVICE_SET_VALUE, data


def _preset(entity_id: str, preset: str) -> Call:
    data = {ATTR_ENTITY_ID: entity_id, ATTR_PRESET_MODE: preset}
    return CLIMATE, SERVICE_SET_PRESET_MODE, data


def _mode(entity_id: str, mode: str) -> Call:
    data = {ATTR_ENTITY_ID: entity_id, ATTR_HVAC_MODE: mode}
    return CLIMATE, SERVICE_SET_HVAC_MODE, data
