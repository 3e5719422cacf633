"""Copies of the blueprints in the user's folder, one of each for each meter.

A copy begins with a mark: whose it is, and what was written. Home Assistant keeps only
what an automation was told in so many words, and takes the rest from the blueprint: a
copy for another meter must not take the place of the first one's. What somebody changed
is not ours any more.
"""

from __future__ import annotations

from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import count
from pathlib import Path
import re

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import SERVICE_RELOAD
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..entity import enabled_entities
from .text import LANGUAGES, adapted, names, words_of

FOLDER = f"blueprints/{AUTOMATION}/{DOMAIN}"

# The entities that an input is filled with: those of the first line that a meter has.
# A binary sensor and an event may have the same key
_FILLED: dict[str, tuple[tuple[str, ...], ...]] = {
    "available_current": (
        tuple(f"sensor.available_current_l{phase}" for phase in (1, 2, 3)),
        ("sensor.available_current",),
    ),
    "overload_event": (("event.overload",),),
    "tariff_event": (("event.tariff_change",),),
    "tempo_event": (("event.tempo_announced",),),
    "message_event": (("event.meter_message",),),
    "breaker": (("sensor.breaker",),),
    "overvoltage": (("binary_sensor.overvoltage",),),
}
_SEVERAL = {"available_current"}
_MARK = re.compile(r"# linky_meter (\S+) ([0-9a-f]{64})\n")
_PERIODS = f"component.{DOMAIN}.entity.sensor.tariff_period.state."


class Outcome(StrEnum):
    """What became of a blueprint."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """The user changed it, and there is nothing newer."""
    BESIDE = "beside"
    """The user changed it: what is newer has a file of its own."""


_NOT_WRITTEN = (Outcome.UNCHANGED, Outcome.KEPT)


@dataclass(frozen=True)
class Copy:
    """A blueprint in the user's folder."""

    file: str
    outcome: Outcome


async def async_copy(hass: HomeAssistant, entry: ConfigEntry) -> list[Copy]:
    """Copy the blueprints for a meter; raise OSError if they cannot be written."""
    language = hass.config.language
    if language not in LANGUAGES:
        language = LANGUAGES[0]
    texts = await async_get_translations(hass, language, "entity", {DOMAIN})
    periods = {
        key.removeprefix(_PERIODS): text
        for key, text in texts.items()
        if key.startswith(_PERIODS)
    }
    others = {each.entry_id for each in hass.config_entries.async_entries(DOMAIN)}
    place = _Place(
        Path(hass.config.path(FOLDER)), entry.entry_id, others - {entry.entry_id}
    )
    choices = _choices(hass, entry) | {"language": language}

    def copy_all() -> list[Copy]:
        words = words_of(language) | periods
        place.folder.mkdir(parents=True, exist_ok=True)
        return [_copy(place, name, adapted(name, words, choices)) for name in names()]

    copies = await hass.async_add_executor_job(copy_all)
    # As Home Assistant does when it imports one: until then, automations go on with what
    # they know of a file
    written = any(copy.outcome not in _NOT_WRITTEN for copy in copies)
    if written and hass.services.has_service(AUTOMATION, SERVICE_RELOAD):
        await hass.services.async_call(AUTOMATION, SERVICE_RELOAD)
    return copies


def _choices(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str | list[str]]:
    """Return the meter's enabled entities by the input that they fill."""
    enabled = {
        f"{each.domain}.{key}": each.entity_id
        for key, each in enabled_entities(hass, entry)
    }
    chosen: dict[str, str | list[str]] = {}
    for name, lines in _FILLED.items():
        for keys in lines:
            if all(key in enabled for key in keys):
                entities = [enabled[key] for key in keys]
                chosen[name] = entities if name in _SEVERAL else entities[0]
                break
    return chosen


@dataclass(frozen=True)
class _Place:
    """Where the copies for a meter go."""

    folder: Path
    entry_id: str
    others: Container[str]
    """The other meters' entries: their copies are not touched."""


def _copy(place: _Place, name: str, text: str) -> Copy:
    """Write a blueprint, where it is not or where it is ours."""
    fingerprint = _fingerprint(text)
    outcome = Outcome.CREATED
    for number in count(1):
        path = place.folder / f"{name}{f'_{number}' if number > 1 else ''}.yaml"
        if not path.exists():
            break
        mark, content = _read(path)
        if mark is None or mark[1] in place.others:
            continue
        if mark[2] != _fingerprint(content):
            if mark[2] == fingerprint:
                return Copy(path.name, Outcome.KEPT)
            outcome = Outcome.BESIDE
            continue
        if (mark[1], mark[2]) == (place.entry_id, fingerprint):
            return Copy(path.name, Outcome.UNCHANGED)
        if outcome is Outcome.CREATED:
            outcome = Outcome.UPDATED
        break
    _write(path, f"# linky_meter {place.entry_id} {fingerprint}\n{text}")
    return Copy(path.name, outcome)


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    new = path.with_suffix(".new")
    try:
        new.write_text(text, "utf-8")
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise


def _read(path: Path) -> tuple[re.Match[str] | None, str]:
    """Return a file's mark and what follows it."""
    try:
        content = path.read_text("utf-8")
    except OSError, UnicodeDecodeError:
        return None, ""
    mark = _MARK.match(content)
    return mark, content[mark.end() :] if mark else content


def _fingerprint(text: str) -> str:
    return sha256(text.encode()).hexdigest()
