"""The outdoor temperature, from a thermometer or a weather service of the user's."""

from __future__ import annotations

from math import inf

from homeassistant.const import ATTR_TEMPERATURE, ATTR_UNIT_OF_MEASUREMENT, Platform
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_conversion import TemperatureConverter

_WEATHER_UNIT = "temperature_unit"
_COLDEST, _HOTTEST = -40.0, 60.0


@callback
def home_weather(hass: HomeAssistant) -> str | None:
    """Return the weather service that is there for longest, None where there is none.

    That is the one which Home Assistant's onboarding adds for the place of the house.
    """
    registry = er.async_get(hass)

    def since(entity_id: str) -> tuple[float, str]:
        entry = registry.async_get(entity_id)
        return (inf if entry is None else entry.created_at.timestamp()), entity_id

    return min(hass.states.async_entity_ids(Platform.WEATHER), key=since, default=None)


@callback
def outdoor_temperature(hass: HomeAssistant, chosen: str | None) -> float | None:
    """Return it in °C, None where nobody tells it.

    Nothing chosen, or what is gone, is the weather of the house.
    """
    state = hass.states.get(chosen or "") or hass.states.get(home_weather(hass) or "")
    return None if state is None else _celsius(state)


def _celsius(state: State) -> float | None:
    if state.domain == Platform.WEATHER:
        value = state.attributes.get(ATTR_TEMPERATURE)
        unit = state.attributes.get(_WEATHER_UNIT)
    else:
        value, unit = state.state, state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    try:
        found = TemperatureConverter.convert(float(str(value)), str(unit), "°C")
    except Exception:  # noqa: BLE001
        return None
    return found if _COLDEST <= found <= _HOTTEST else None
