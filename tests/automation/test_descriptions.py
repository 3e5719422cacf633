"""What the editor shows of triggers and conditions is what they take."""

from __future__ import annotations

import json
from typing import Any

import pytest

from custom_components.linky_meter.condition import CONDITIONS
from custom_components.linky_meter.linky_tic.tic.tariffs import Tariff
from custom_components.linky_meter.trigger import TRIGGERS
from homeassistant.core import HomeAssistant
from homeassistant.helpers import condition, trigger
from homeassistant.setup import async_setup_component
from tests.repository.test_docs import INTEGRATION, LANGUAGES

THRESHOLD = {"type": "above", "value": {"number": 1}}


@pytest.fixture(name="shown")
async def _shown(hass: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Return what Home Assistant tells the editor, by kind."""
    assert await async_setup_component(hass, "automation", {})
    assert await async_setup_component(hass, "linky_meter", {})
    await hass.async_block_till_done()
    described = {
        "triggers": await trigger.async_get_all_descriptions(hass),
        "conditions": await condition.async_get_all_descriptions(hass),
    }
    return {
        kind: {
            key.partition(".")[2]: value
            for key, value in found.items()
            if key.startswith("linky_meter.")
        }
        for kind, found in described.items()
    }


async def test_all_are_described(shown: dict[str, dict[str, Any]]) -> None:
    """Each has a target and fields, in the files and in no other."""
    assert set(shown["triggers"]) == set(TRIGGERS)
    assert set(shown["conditions"]) == set(CONDITIONS)
    for found in shown.values():
        for key, row in found.items():
            assert row["target"]["entity"], key
            assert row["fields"], key


@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_have_words(shown: dict[str, dict[str, Any]], language: str) -> None:
    """Names, descriptions, each field, each choice, and an icon."""
    words = json.loads((INTEGRATION / f"translations/{language}.json").read_text())
    icons = json.loads((INTEGRATION / "icons.json").read_text())
    for kind, found in shown.items():
        assert set(words[kind]) == set(found)
        assert set(icons[kind]) == set(found)
        for key, row in found.items():
            assert words[kind][key]["name"]
            assert words[kind][key]["description"].endswith(".")
            assert set(words[kind][key]["fields"]) == set(row["fields"]), key
            for name, field in row["fields"].items():
                select = field["selector"].get("select")
                if select is not None:
                    named = words["selector"][name]["options"]
                    assert set(select["options"]) <= set(named), (key, name)
    assert set(words["selector"]["tariff"]["options"]) == set(Tariff)


async def test_what_is_shown_is_taken(
    hass: HomeAssistant, shown: dict[str, dict[str, Any]]
) -> None:
    """Every field with its default, and every choice, is a valid configuration."""
    for kind, found in shown.items():
        for key, row in found.items():
            options: dict[str, Any] = {}
            for name, field in row["fields"].items():
                if select := field["selector"].get("select"):
                    options[name] = select["options"]
                elif name == "threshold":
                    options[name] = THRESHOLD
                else:
                    options[name] = field.get("default", "12:00:00")
            config = {"target": {"device_id": "any"}, "options": options}
            name = f"linky_meter.{key}"
            if kind == "triggers":
                assert await trigger.async_validate_trigger_config(
                    hass, [{"platform": name, **config}]
                )
            else:
                assert await condition.async_validate_condition_config(
                    hass, {"condition": name, **config}
                )
