"""Write the table of entities that ``linky-tic run`` announces over MQTT.

The wheel has neither Home Assistant nor the integration's translations; the table tells
it what both say of each entity. A test compares the two.
"""

from collections.abc import Iterator, Mapping
from functools import cache
import json
from pathlib import Path
from typing import Any

from custom_components.linky_meter.billing.entity import CostEntityDescription
from custom_components.linky_meter.billing.offer_sensors import (
    OFFER_ENERGIES,
    OFFER_SENSORS,
    _object_id,
)
from custom_components.linky_meter.billing.rows import COST_SENSORS
from custom_components.linky_meter.binary_sensor import BINARY_SENSORS
from custom_components.linky_meter.entity import LinkyEntityDescription
from custom_components.linky_meter.event import EVENTS
from custom_components.linky_meter.linky_tic.costs.estimate.dynamic import TOLD
from custom_components.linky_meter.linky_tic.publish.profiles import Noise
from custom_components.linky_meter.sensor import SENSORS

INTEGRATION = Path(__file__).parents[1] / "custom_components" / "linky_meter"
TABLE = INTEGRATION / "linky_tic" / "cli" / "output" / "mqtt" / "entities.json"
LANGUAGES = ("en", "fr")

_THOUSANDS = {"Wh": "kWh", "varh": "kvarh", "VA": "kVA"}
_FIELDS = {
    "device_class": "device_class",
    "state_class": "state_class",
    "entity_category": "entity_category",
    "options": "options",
    "event_types": "event_types",
    "suggested_display_precision": "suggested_display_precision",
}

# What an entity of Home Assistant tells, linky-tic has from nobody
_NEVER = {"price_source": {TOLD}}

type Row = dict[str, Any]


@cache
def _words(name: str) -> Any:
    return json.loads((INTEGRATION / name).read_text(encoding="utf-8"))


def _names(platform: str, key: str, placeholders: Mapping[str, str]) -> list[str]:
    """Return the English and the French name; what is not known yet stays in braces."""
    found = []
    for language in LANGUAGES:
        words = _words(f"translations/{language}.json")["entity"]
        name = words[platform].get(key, {}).get("name", key)
        for placeholder, value in placeholders.items():
            name = name.replace(f"{{{placeholder}}}", value)
        found.append(name)
    return found


def _row(platform: str, row: Any) -> Row:
    """Return what is said of any entity."""
    key = row.translation_key
    found: Row = {"platform": platform, "key": row.key}
    found["names"] = _names(platform, key, row.translation_placeholders or {})
    icon = _words("icons.json")["entity"].get(platform, {}).get(key, {}).get("default")
    if icon is not None:
        found["icon"] = icon
    for name, field in _FIELDS.items():
        if (value := getattr(row, field, None)) is not None:
            found[name] = list(value) if isinstance(value, list) else value
    if row.key in _NEVER:
        found["options"] = [one for one in row.options if one not in _NEVER[row.key]]
    unit = getattr(row, "native_unit_of_measurement", None)
    shown = getattr(row, "suggested_unit_of_measurement", None)
    if unit is not None:
        found["unit"] = shown or unit
    if shown is not None:
        assert _THOUSANDS[str(unit)] == shown
        found["divisor"] = 1000
    if not row.entity_registry_enabled_default:
        found["enabled"] = False
    if getattr(row, "index", None) is not None:
        found["index"] = row.index
    return found


def _of_meter(platform: str, row: LinkyEntityDescription) -> Row:
    """Return what is said of an entity of the meter."""
    found = _row(platform, row)
    if row.phase is not None:
        key = f"{row.translation_key}_phase"
        found["names_phase"] = _names(platform, key, {"phase": str(row.phase)})
    found["group"] = _group(row)
    if row.noise is not None:
        found["noise"] = row.noise
    if row.shown_by:
        found["shown_by"] = list(row.shown_by)
    if row.always:
        found["always"] = True
    if row.enabled_fn is not None:
        of_use = row.enabled_fn.__qualname__.partition(".")[0]
        found["of_use"] = of_use
    return found


def _group(row: LinkyEntityDescription) -> str:
    """Return which values are told together: those that change together."""
    if row.always or row.noise is Noise.SLOW:
        return "line"
    if row.noise is None:
        return "state"
    return "energy" if row.noise is Noise.INDEX else "power"


def _of_costs(row: CostEntityDescription) -> Row:
    found = _row("sensor", row)
    if row.reset_fn is not None:
        found["resets"] = True
    if row.attributes_fn is not None:
        found["attributes"] = True
    return found


def _calendar() -> Row:
    """Return what stands in for the calendar, which MQTT knows none of."""
    key = "tariffs"
    icon = _words("icons.json")["entity"].get("calendar", {}).get(key, {})
    found: Row = {"platform": "binary_sensor", "key": key}
    found["names"] = _names("calendar", key, {})
    return found | ({"icon": icon["default"]} if icon else {})


def tables() -> dict[str, list[Row]]:
    """Return the rows of the meter's device, its costs, each offer and the calendar."""
    platforms: dict[str, tuple[LinkyEntityDescription, ...]] = {
        "sensor": SENSORS,
        "binary_sensor": BINARY_SENSORS,
        "event": EVENTS,
    }
    return {
        "meter": [
            _of_meter(platform, row)
            for platform, rows in platforms.items()
            for row in rows
        ],
        "costs": [_of_costs(row) for row in COST_SENSORS],
        "offer": [
            _of_costs(row) | {"object_id": _object_id(row.key)}
            for row in (*OFFER_SENSORS, *OFFER_ENERGIES)
        ],
        "calendar": [_calendar()],
    }


def words() -> dict[str, list[str]]:
    """Return the names of tariffs, of a calendar's events and of the device of costs."""
    found: dict[str, list[str]] = {}
    for number, language in enumerate(LANGUAGES):
        told = _words(f"translations/{language}.json")
        names = told["entity"]["sensor"]["tariff_period"]["state"]
        hours = told["entity"]["sensor"]["contract_tariff"]["state"]
        names |= {f"hours_{key}": text for key, text in hours.items()}
        calendar = told["entity"]["calendar"]["tariffs"]["state_attributes"]
        events = calendar["message"]["state"]
        names |= {f"calendar_{kind}": text for kind, text in events.items()}
        for name, text in {**names, "costs": told["device"]["costs"]["name"]}.items():
            found.setdefault(name, ["", ""])[number] = text
    return found


def _lines() -> Iterator[str]:
    """Yield the file: a row on each line, so that a change of one is seen as such."""
    yield "{"
    yield f'"words": {json.dumps(words(), ensure_ascii=False)},'
    groups = tables()
    for number, (name, rows) in enumerate(groups.items(), 1):
        yield f'"{name}": ['
        for last, row in enumerate(rows, 1):
            text = json.dumps(row, ensure_ascii=False)
            yield text if last == len(rows) else f"{text},"
        yield "]" if number == len(groups) else "],"
    yield "}"


def text() -> str:
    """Return the file as it should be."""
    return "\n".join(_lines()) + "\n"


if __name__ == "__main__":
    TABLE.write_text(text(), encoding="utf-8")
