"""The examples of the page, loaded and run as they stand there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.linky_meter.condition import CONDITIONS
from custom_components.linky_meter.trigger import TRIGGERS
from homeassistant.core import HomeAssistant
from homeassistant.util.yaml import parse_yaml
from tests.conftest import StartMeter
from tests.repository.test_docs import DOCS, LANGUAGES
from tests.test_services import device_of

from .helpers import automate, plugged

_DEVICE = "0123456789abcdef0123456789abcdef"


def _page(language: str) -> str:
    return (DOCS / language / "triggers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_are_in_the_tables_and_in_an_example(language: str) -> None:
    """Each trigger and condition, by its name in the editor's tables and in YAML."""
    page = _page(language)
    for key in (*TRIGGERS, *CONDITIONS):
        assert f"(`{key}`) |" in page, key
    assert set(re.findall(r"trigger: linky_meter\.(\w+)", page)) == set(TRIGGERS)
    assert set(re.findall(r"condition: linky_meter\.(\w+)", page)) == set(CONDITIONS)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_examples_run(
    hass: HomeAssistant,
    start_meter: StartMeter,
    language: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant takes each of them, and each does something."""
    _, entry = await plugged(hass, start_meter, "standard_tempo_three_phase")
    called = [
        calls
        for domain, action in (
            ("switch", "turn_on"),
            ("switch", "turn_off"),
            ("notify", "notify"),
        )
        for calls in [async_mock_service(hass, domain, action)]
    ]
    device = device_of(hass, entry.entry_id)
    examples: list[dict[str, Any]] = []
    for block in re.findall(r"```yaml\n(.*?)```", _page(language), re.DOTALL):
        example = parse_yaml(block.replace(_DEVICE, device))
        assert isinstance(example, dict)
        examples.append(example)
    await automate(hass, *examples)
    for entity_id in hass.states.async_entity_ids("automation"):
        before = sum(map(len, called))
        await hass.services.async_call(
            "automation",
            "trigger",
            {"entity_id": entity_id, "skip_condition": True},
            blocking=True,
        )
        await hass.async_block_till_done()
        assert sum(map(len, called)) == before + 1, entity_id
    assert "Error" not in caplog.text
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )
    await hass.config_entries.async_unload(entry.entry_id)
