"""The outdoor temperature, from a thermometer or a weather service of the user's."""

from __future__ import annotations

from homeassistant.const import ATTR_TEMPERATURE, ATTR_UNIT_OF_MEASUREMENT, Platform
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.util.unit_conversion import TemperatureConverter

_WEATHER_UNIT = "temperature_unit"
_COLDEST, _HOTTEST = -40.0, 60.0


@callback
def outdoor_temperature(hass: HomeAssistant, chosen: str | None) -> float | None:
    """Return it in °C, None where nobody tells it.

    Nothing chosen is the weather of a house that has only one.
    """
    if chosen is None:
        weathers = hass.states.async_entity_ids(Platform.WEATHER)
        chosen = weathers[0] if len(weathers) == 1 else ""
    state = hass.states.get(chosen)
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
