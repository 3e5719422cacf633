"""A house behind a simulated meter: what is switched on draws, and the meter says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import SUBENTRY_LOAD
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.setup import async_setup_component
from tests.conftest import address_of, entry_for
from tests.simulator import PtyMeter

HEATER = "input_boolean.water_heater"
DRYER = "input_boolean.dryer"
WALLBOX = "input_number.wallbox"
PLUG = "input_boolean.wallbox"
LOG = "event.linky_load_log"
ROOM = "sensor.linky_load_room"

OVERLOADED = {"kva": 3}
"""Small: a great overload opens its breaker within seconds."""


class House:
    """What draws: always something, and what is switched on."""

    def __init__(
        self, hass: HomeAssistant, meter: PtyMeter, watts: Mapping[str, float]
    ) -> None:
        """Follow the entities that draw so many watts, a number so many for each."""
        self.base = 300.0
        self.orders: list[tuple[str, str]] = []
        """What was switched, and to what."""
        self._hass, self._meter, self._watts = hass, meter, watts
        self.deaf: set[str] = set()
        """What goes on drawing whatever its entity says."""
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] in self._watts and event.data["new_state"]:
            self.orders.append((event.data["entity_id"], event.data["new_state"].state))
            self.measure()

    def drawn(self) -> float:
        """Return the watts of now."""
        total = self.base
        for entity, watts in self._watts.items():
            state = self._hass.states.get(entity)
            if entity in self.deaf or (state and state.state == "on"):
                total += watts
            elif state and entity.startswith("input_number"):
                total += watts * float(state.state)
        return total

    @callback
    def measure(self, base: float | None = None) -> None:
        """Let the meter measure it, beside something else."""
        self.base = self.base if base is None else base
        self._meter.meter.set_load(self.drawn())
        if base is not None and self._meter.meter.truth.breaker != "closed":
            # Its time passes faster than that of the house
            self._meter.meter.close_breaker()


def load(entity_id: str, title: str, **data: Any) -> ConfigSubentryData:
    """Return a load as its form keeps it, which may be switched again at once."""
    kept = {
        "entity_id": entity_id,
        "priority": 5,
        "power": 2400,
        "kind": "switch",
        "min_on": 0,
        "min_off": 0,
        "when_lost": "release",
    }
    return ConfigSubentryData(
        data=kept | data,
        subentry_type=SUBENTRY_LOAD,
        title=title,
        unique_id=None,
    )


def entry_with(
    meter: PtyMeter,
    *loads: ConfigSubentryData,
    **options: Any,
) -> MockConfigEntry:
    """Return an entry with loads."""
    address = address_of("standard_hc", **OVERLOADED)
    plain = entry_for(address, meter.path, **options)
    return MockConfigEntry(
        domain=plain.domain,
        title=plain.title,
        unique_id=plain.unique_id,
        data=dict(plain.data),
        options=dict(plain.options),
        subentries_data=loads,
    )


async def furnish(hass: HomeAssistant) -> None:
    """Have switches and numbers that are Home Assistant's own."""
    helpers = {"water_heater": {"initial": True}, "dryer": {"initial": True}}
    assert await async_setup_component(
        hass,
        "input_boolean",
        {"input_boolean": helpers | {"wallbox": {"initial": True}}},
    )
    wallbox = {"min": 0, "max": 32, "initial": 16, "unit_of_measurement": "A"}
    assert await async_setup_component(
        hass, "input_number", {"input_number": {"wallbox": wallbox}}
    )


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return a state."""
    found = hass.states.get(entity_id)
    return found.state if found else None


def log_of(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return a list that grows with the log."""
    lines: list[dict[str, Any]] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if event.data["entity_id"] == LOG and new and "message" in new.attributes:
            lines.append(dict(new.attributes))

    hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    return lines
