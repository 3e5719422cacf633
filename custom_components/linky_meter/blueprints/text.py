"""The text of a blueprint for one meter: in a language, with its entities chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any, cast

from homeassistant.util.yaml import dump, parse_yaml

SOURCES = Path(__file__).parent
LANGUAGES = ("en", "fr")

# What follows the head, which ends at the first line that is not indented
_BODY = re.compile(r"^(?!blueprint:)\S", re.MULTILINE)
_ALIAS = re.compile(r"^( *(?:- )?alias: )(.+)$", re.MULTILINE)
_SHOWN = ("name", "description", "label", "unit_of_measurement")

type Choices = Mapping[str, str | list[str]]
type Words = Mapping[str, str]


def names() -> list[str]:
    """Return what blueprints there are; reads the disk."""
    return sorted(path.stem for path in SOURCES.glob("*.yaml"))


def words_of(language: str) -> dict[str, str]:
    """Return a language's words by the sources' English ones; reads the disk."""
    path = SOURCES / f"{language}.json"
    if not path.exists():
        return {}
    return cast(dict[str, str], json.loads(path.read_text("utf-8")))


def adapted(name: str, words: Words, choices: Choices) -> str:
    """Return a blueprint in other words, with choices made; reads the disk.

    Without the address that it can be imported from: Home Assistant would offer to
    import it anew, which would undo both.
    """
    source = (SOURCES / f"{name}.yaml").read_text("utf-8")
    body = _BODY.search(source)
    assert body is not None
    head = cast(dict[str, Any], parse_yaml(source[: body.start()]))
    blueprint = head["blueprint"]
    del blueprint["source_url"]
    for key, given in inputs(blueprint["input"]):
        if key in choices:
            given["default"] = choices[key]
    actions = _ALIAS.sub(
        lambda found: found[1] + words.get(found[2], found[2]), source[body.start() :]
    )
    return f"{dump(_in_words(head, words))}\n{actions}"


def inputs(given: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the inputs of a blueprint, out of their sections."""
    for key, value in given.items():
        if "input" in value:
            yield from inputs(value["input"])
        else:
            yield key, value


def _in_words(node: Any, words: Words) -> Any:
    """Return a part of the head in other words; options without a label get one."""
    if isinstance(node, list):
        return [_in_words(each, words) for each in node]
    if not isinstance(node, dict):
        return node
    found = dict[str, Any]()
    for key, value in node.items():
        if key in _SHOWN and isinstance(value, str):
            found[key] = words.get(value, value)
        elif key == "options":
            found[key] = [
                {"label": words.get(each, each), "value": each}
                if isinstance(each, str)
                else _in_words(each, words)
                for each in value
            ]
        else:
            found[key] = _in_words(value, words)
    return found
