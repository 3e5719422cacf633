"""What is to be written into other programs fits what is really told."""

from __future__ import annotations

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

import jq
import pytest

from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.output.mqtt.costs import own
from custom_components.linky_meter.linky_tic.cli.output.mqtt.values import Values
from custom_components.linky_meter.linky_tic.cli.output.teller import Told
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.publish.profiles import Profile
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
from homeassistant.util.yaml import parse_yaml
from tests.mqtt.feed import Feed
from tests.simulator import PRESETS, Line, SimulatedMeter

DOCS = Path(__file__).parents[2] / "docs"
PLACE = "linky/3f9a21c4d07e/"


def fences(language: str, page: str = "en") -> list[str]:
    """Return the blocks of a language."""
    text = (DOCS / page / "programs.md").read_text(encoding="utf-8")
    pattern = rf"^```{language}\n(.*?)^```$"
    return re.findall(pattern, text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def last() -> Told:
    """Return a reading, after a few frames."""
    feed, line = Feed(), Line(SimulatedMeter(PRESETS["standard_hc"]))
    found = [told for _ in range(6) for told in feed.told(line.send().data)]
    return found[-1]


@pytest.fixture(scope="module")
def topics(last: Told) -> dict[str, Any]:
    """Return what is told, by the end of its topic."""
    book = Book(read_settings("", {"CURRENT_POWER": "6"}).pricing)
    book.feed(last.reading)
    told = dict(Values(Profile.BALANCED).process(last))
    found: dict[str, Any] = {group: json.loads(text) for group, text in told.items()}
    return found | {"costs": own(book.look(), last)}


def sources(found: object) -> Iterator[dict[str, Any]]:
    """Yield all tables that say where a value comes from."""
    if isinstance(found, dict):
        if "source" in found:
            yield found
        for value in found.values():
            yield from sources(value)
    elif isinstance(found, list):
        for value in found:
            yield from sources(value)


def test_evcc(last: Told, topics: dict[str, Any]) -> None:
    """Each expression gives a number from what is told; the prices ahead need none."""
    told = [one for text in fences("yaml") for one in sources(parse_yaml(text))]
    assert [one["source"] for one in told] == ["mqtt"] * 3 + ["http"] * 3
    assert "/prices/evcc?" in told.pop()["uri"]
    reading = json.loads(last.reading.as_json())
    values = [
        jq.compile(one["jq"])
        .input_value(
            topics[one["topic"].removeprefix(PLACE)]
            if one["source"] == "mqtt"
            else reading
        )
        .first()
        for one in told
    ]
    power, energy, price, same_power, same_energy = values
    assert power == same_power == last.reading["active_power"]
    wh = last.reading["energy_import"]
    assert isinstance(wh, int)
    assert energy == same_energy == pytest.approx(wh / 1000)
    assert 0.05 < price < 1


async def test_versatile_thermostat(hass: HomeAssistant) -> None:
    """The limit in volt-amperes, as the meter shows it in kilovolt-amperes."""
    (helper,) = (text for text in fences("yaml") if text.startswith("template:"))
    found = parse_yaml(helper)
    assert isinstance(found, dict)
    hass.states.async_set("sensor.linky_subscribed_power", "6.0")
    state = found["template"][0]["sensor"][0]["state"]
    assert Template(state, hass).async_render() == 6000


def test_keys(last: Told, topics: dict[str, Any]) -> None:
    """Every topic of openHAB, Domoticz and Jeedom has the key that is looked for."""
    (things,) = fences("text")
    pairs = re.findall(
        r'stateTopic="(\S+)", transformationPattern="JSONPATH:\$\.(\w+)"', things
    )
    assert len(pairs) == 3
    text = (DOCS / "en" / "programs.md").read_text(encoding="utf-8")
    pairs += re.findall(r"`(\w+)\[(\w+)\]`", text)
    assert len(pairs) == 6
    for topic, key in pairs:
        assert topics[topic.removeprefix(PLACE)][key] is not None
    (lua,) = fences("lua")
    keys = re.findall(r"'\.reading\.(\w+)'", lua)
    assert len(keys) == 2
    assert all(last.reading[key] is not None for key in keys)


def test_node_red(topics: dict[str, Any]) -> None:
    """The flow is one, whose nodes are tied to each other."""
    (text,) = fences("json")
    nodes = {node["id"]: node for node in json.loads(text)}
    for node in nodes.values():
        assert {wire for port in node.get("wires", []) for wire in port} <= set(nodes)
    assert nodes["linky-in"]["broker"] in nodes
    assert nodes["linky-in"]["topic"] == "linky/+/power"
    rule = nodes["linky-power"]["rules"][0]["to"]
    assert topics["power"][rule.removeprefix("payload.")] is not None


@pytest.mark.parametrize("language", ["yaml", "json", "text", "lua"])
def test_both_languages_say_the_same(language: str) -> None:
    """What is copied out of a page has no language."""
    assert fences(language) == fences(language, "fr")
