"""Loads that may be switched off: one subentry each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import probatio as vol

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME, UnitOfPower, UnitOfTime
from homeassistant.core import State
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
)

from ..const import DOMAIN
from ..linky_tic.costs.errors import ScheduleError
from ..linky_tic.loads.load import LEAST_AMPERES, LoadKind, WhenLost
from ..loads.settings import (
    CONF_COMFORT,
    CONF_ENTITY,
    CONF_KIND,
    CONF_LEAST,
    CONF_LOST,
    CONF_MIN_OFF,
    CONF_MIN_ON,
    CONF_MOST,
    CONF_NEVER,
    CONF_PAUSE,
    CONF_PHASE,
    CONF_POWER,
    CONF_POWER_ENTITY,
    CONF_PRESET,
    CONF_PRIORITY,
    DEFAULT_MINUTES,
    DEFAULT_PRIORITY,
    DOMAINS,
    OFF,
    hours_of,
    is_number,
    kind_of,
    least_amperes,
    owner_of,
)
from ..runtime import loaded
from .selectors import choice, number

CONF_MORE = "more"
_PHASES = ("all", "1", "2", "3")


def _entity(*domains: str) -> EntitySelector:
    return EntitySelector(EntitySelectorConfig(domain=list(map(str, domains))))


_POWER_SENSOR = EntitySelector(
    EntitySelectorConfig(domain="sensor", device_class="power")
)
_MINUTES = number(0, 240, UnitOfTime.MINUTES)
_MORE: dict[vol.Marker, Any] = {
    vol.Optional(CONF_NAME): TextSelector(),
    vol.Optional(CONF_POWER_ENTITY): _POWER_SENSOR,
    vol.Required(CONF_PHASE, default="all"): choice(
        _PHASES, "load_phase", dropdown=True
    ),
    vol.Required(CONF_MIN_ON, default=DEFAULT_MINUTES): _MINUTES,
    vol.Required(CONF_MIN_OFF, default=DEFAULT_MINUTES): _MINUTES,
    vol.Optional(CONF_NEVER): TextSelector(),
    vol.Required(CONF_LOST, default=WhenLost.RELEASE): choice(
        WhenLost, "when_lost", dropdown=True
    ),
}


def _first_form(*, three_phases: bool) -> vol.Schema:
    more = {
        marker: selector
        for marker, selector in _MORE.items()
        if three_phases or marker != CONF_PHASE
    }
    return vol.Schema(
        {
            vol.Required(CONF_ENTITY): _entity(*DOMAINS),
            vol.Required(CONF_PRIORITY, default=DEFAULT_PRIORITY): NumberSelector(
                NumberSelectorConfig(
                    min=1, max=10, step=1, mode=NumberSelectorMode.SLIDER
                )
            ),
            vol.Optional(CONF_POWER): number(10, 36_000, UnitOfPower.WATT),
            vol.Required(CONF_MORE): section(vol.Schema(more), {"collapsed": True}),
        }
    )


class LoadFlow(ConfigSubentryFlow):
    """Adds a load, or changes one; a thermostat and a number have a form more."""

    _values: Mapping[str, Any]
    """What the first form held."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what may be switched off."""
        return await self._ask("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the load as it is."""
        return await self._ask("reconfigure", user_input)

    async def _ask(
        self, step: str, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        words = {"owner": ""}
        if user_input is not None:
            more = user_input[CONF_MORE]
            values = {k: v for k, v in user_input.items() if k != CONF_MORE} | more
            self._check(values, errors, words)
            if not errors:
                kind = kind_of(self.hass, values[CONF_ENTITY])
                self._values = {**values, CONF_KIND: kind}
                if kind is LoadKind.CLIMATE:
                    return await self.async_step_climate()
                if kind is LoadKind.CHARGER:
                    return await self.async_step_charger()
                if is_number(values[CONF_ENTITY]):
                    return await self.async_step_number()
                return self._keep({})
        data = loaded(self._get_entry())
        phases = data.coordinator.meter.memory.phases if data else None
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(
                _first_form(three_phases=phases != 1), user_input or self._known()
            ),
            errors=errors,
            description_placeholders=words,
        )

    async def async_step_climate(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what a thermostat does while it is shed."""
        if user_input is not None:
            return self._keep(user_input)
        state, known = self._state(self._values[CONF_ENTITY]), self._data()
        attributes = state.attributes if state else {}
        presets = [one for one in attributes.get("preset_modes") or () if one != OFF]
        if OFF in attributes.get("hvac_modes", ()):
            presets.append(OFF)
        choose = choice(presets, "load_preset", dropdown=True)
        # Home is kept warm: where the thermostat can save, it saves
        saves = next((one for one in ("eco", "away") if one in presets), presets[-1])
        unit = self.hass.config.units.temperature_unit
        fields: dict[vol.Marker, Any] = {
            vol.Required(CONF_PRESET, default=saves): choose,
            vol.Optional(CONF_COMFORT): number(0, 100, unit, 0.5),
        }
        shown = known if known.get(CONF_PRESET) in presets else {}
        return self._show("climate", fields, shown)

    async def async_step_charger(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask between which currents a charger may be set, and what stops it."""
        errors: dict[str, str] = {}
        words: dict[str, str] = {}
        if user_input is not None:
            pause = user_input.get(CONF_PAUSE)
            owner = owner_of(self.hass, pause, self._id) if pause else None
            if owner is not None:
                errors[CONF_PAUSE], words["owner"] = "load_taken", owner
            if user_input[CONF_LEAST] > user_input[CONF_MOST]:
                errors[CONF_MOST] = "load_most"
            if not errors:
                return self._keep(user_input)
        least, greatest, unit = self._range()
        # Less than this charges no car, whatever the entity takes
        least, greatest = max(least, LEAST_AMPERES), max(greatest, LEAST_AMPERES)
        amperes = number(least, greatest, unit, 0.5)
        fields: dict[vol.Marker, Any] = {
            vol.Required(CONF_LEAST, default=least_amperes(least, greatest)): amperes,
            vol.Required(CONF_MOST, default=greatest): amperes,
            vol.Optional(CONF_PAUSE): _entity("switch", "input_boolean"),
        }
        shown = user_input or self._data()
        return self._show("charger", fields, shown, errors, words)

    async def async_step_number(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how far down a number may go."""
        if user_input is not None:
            return self._keep(user_input)
        least, greatest, unit = self._range()
        fields: dict[vol.Marker, Any] = {
            vol.Required(CONF_LEAST, default=least): number(least, greatest, unit, 0.1)
        }
        return self._show("number", fields, self._data())

    def _range(self) -> tuple[float, float, str | None]:
        """Return between what a number may be, and its unit."""
        state = self._state(self._values[CONF_ENTITY])
        found = state.attributes if state else {}
        return (
            float(found.get("min", 0)),
            float(found.get("max", 100_000)),
            found.get("unit_of_measurement"),
        )

    def _show(
        self,
        step: str,
        fields: dict[vol.Marker, Any],
        shown: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        words: Mapping[str, str] | None = None,
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(vol.Schema(fields), shown),
            errors=errors,
            description_placeholders={
                "name": self._name(),
                "owner": "",
                **(words or {}),
            },
        )

    def _check(
        self, values: Mapping[str, Any], errors: dict[str, str], words: dict[str, str]
    ) -> None:
        """Say what is wrong with the first form."""
        entity_id = values[CONF_ENTITY]
        state = self._state(entity_id)
        if (owner := owner_of(self.hass, entity_id, self._id)) is not None:
            errors[CONF_ENTITY], words["owner"] = "load_taken", owner
        elif state is None or state.attributes.get("restored"):
            errors[CONF_ENTITY] = "load_missing"
        elif kind_of(self.hass, entity_id) is LoadKind.CLIMATE and not (
            state.attributes.get("preset_modes")
            or OFF in state.attributes.get("hvac_modes", ())
        ):
            errors[CONF_ENTITY] = "load_always_on"
        sensor = er.async_get(self.hass).async_get(values.get(CONF_POWER_ENTITY, ""))
        if sensor is not None and sensor.platform == DOMAIN:
            errors[CONF_MORE] = "load_sensor"
        try:
            hours_of(values.get(CONF_NEVER, ""))
        except ScheduleError:
            # Home Assistant's pages (2026.11) show it above the part only
            errors[CONF_MORE] = "bad_windows"

    def _keep(self, more: Mapping[str, Any]) -> SubentryFlowResult:
        named = {k: v for k, v in self._values.items() if k != CONF_NAME}
        data = {**named, **more}
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(),
                self._get_reconfigure_subentry(),
                title=self._name(),
                data=data,
            )
        return self.async_create_entry(title=self._name(), data=data)

    def _name(self) -> str:
        """Return what the load is called: as typed, or as its entity is."""
        if name := self._values.get(CONF_NAME, "").strip():
            return str(name)
        state = self._state(self._values[CONF_ENTITY])
        return state.name if state else str(self._values[CONF_ENTITY])

    def _state(self, entity_id: str) -> State | None:
        return self.hass.states.get(entity_id)

    @property
    def _id(self) -> str | None:
        """The id of the load that is changed."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        return self._get_reconfigure_subentry().subentry_id

    def _data(self) -> Mapping[str, Any]:
        """Return what is kept of the load that is changed."""
        if self.source != SOURCE_RECONFIGURE:
            return {}
        return self._get_reconfigure_subentry().data

    def _known(self) -> dict[str, Any]:
        """Return what the first form shows at first."""
        if not (data := self._data()):
            return {}
        title = self._get_reconfigure_subentry().title
        names = map(str, _MORE)
        more = {name: data[name] for name in names if name in data}
        return {**data, CONF_MORE: {**more, CONF_NAME: title}}
