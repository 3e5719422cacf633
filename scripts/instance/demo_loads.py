"""The demo's water heater and car charger: they draw, and may be switched off."""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulator import MeterConfig, SimulatedMeter

from .client import Client, ClientError, Json

_HEATER, _PLUG = "input_boolean.water_heater", "input_boolean.car_charger"
_CURRENT = "input_number.car_charger_current"
_HEATER_WATTS, _VOLTS, _AMPERES = 2400.0, 230.0, 16
_NAMES = {
    "en": ("Water heater", "Car charger", "Current of the car charger"),
    "fr": ("Chauffe-eau", "Borne de recharge", "Intensité de la borne de recharge"),
}
_HELPERS = """\
input_boolean:
  water_heater: {{name: {0}, icon: mdi:water-boiler}}
  car_charger: {{name: {1}, icon: mdi:ev-station}}
input_number:
  car_charger_current:
    {{name: {2}, icon: mdi:current-ac, min: 6, max: 32, unit_of_measurement: A}}
"""
_SUBENTRIES = "subentries"


def helpers(language: str) -> str:
    """Return what the configuration has of both."""
    return _HELPERS.format(*_NAMES[language])


class DemoLoads:
    """Has both draw as their switches say, and managed."""

    def __init__(
        self, client: Client, config: MeterConfig, meter: SimulatedMeter, language: str
    ) -> None:
        """Prepare."""
        self._client, self._config, self._meter = client, config, meter
        self._names = _NAMES[language]
        self._states: dict[str, str] = {}

    async def follow(self) -> None:
        """Let the meter measure what is switched on, from now on."""
        await self._client.subscribe(
            self._changed,
            "subscribe_entities",
            entity_ids=[_HEATER, _PLUG, _CURRENT],
        )

    async def choose(self, entry: Json, listed: Iterable[Json]) -> None:
        """Add both in the forms, unless an earlier run did."""
        if any(subentry["subentry_type"] == "load" for subentry in listed):
            return
        await self._client.call(
            "call_service",
            domain="input_number",
            service="set_value",
            service_data={"entity_id": _CURRENT, "value": _AMPERES},
        )
        three = self._config.phases == 3
        heater, charger, _ = self._names
        more = {"min_on": 5, "min_off": 5, "when_lost": "release"}
        await self._add(
            entry,
            {
                "entity_id": _HEATER,
                "priority": 3,
                "power": _HEATER_WATTS,
                "more": more | {"name": heater} | ({"phase": "1"} if three else {}),
            },
        )
        await self._add(
            entry,
            {
                "entity_id": _CURRENT,
                "priority": 2,
                "more": more | {"name": charger} | ({"phase": "all"} if three else {}),
            },
            {"least": 6, "most": _AMPERES, "pause": _PLUG},
        )

    async def _add(self, entry: Json, *answers: Json) -> None:
        flow = await self._client.start_flow([entry["entry_id"], "load"], _SUBENTRIES)
        for answer in answers:
            flow = await self._client.answer_flow(flow, answer, of=_SUBENTRIES)
        if flow["type"] != "create_entry":
            raise ClientError(f"The load is refused: {flow.get('errors')}")

    def _changed(self, event: Json, _: float) -> None:
        added, changed = event.get("a", {}), event.get("c", {})
        found = added | {one: change.get("+", {}) for one, change in changed.items()}
        for entity_id, state in found.items():
            if "s" in state:
                self._states[entity_id] = state["s"]
        phases = [0.0] * self._config.phases
        if self._states.get(_HEATER) == "on":
            phases[0] += _HEATER_WATTS
        if self._states.get(_PLUG) == "on":
            amperes = float(self._states[_CURRENT])
            phases = [watts + amperes * _VOLTS for watts in phases]
        self._meter.add_load(phases)
