"""The entities, as the integration has them; ``scripts/mqtt_entities`` writes the table.

The wheel holds neither Home Assistant nor the integration. A test compares both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
import json
from typing import Any

from ....publish import shown
from ....publish.profiles import Noise
from ....publish.shown import OfUse, index_is_shown
from ....tic.fields import Value
from ...messages import Language
from ..teller import Told

_OF_SEVERAL = {
    "tempo_tomorrow": shown.tempo_tomorrow,
    "phase_loss": shown.phase_loss,
}
"""What is not a reading's own value."""


@dataclass(frozen=True)
class Row:
    """An entity."""

    platform: str
    key: str
    names: tuple[str, str]
    """English and French."""
    names_phase: tuple[str, str] | None = None
    """The same where the meter has three phases."""
    group: str = ""
    """What is told together has the same."""
    noise: Noise | None = None
    icon: str | None = None
    device_class: str | None = None
    state_class: str | None = None
    entity_category: str | None = None
    unit: str | None = None
    divisor: int = 1
    """What a value is divided by to be in the unit."""
    suggested_display_precision: int | None = None
    options: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    enabled: bool = True
    """Whether it is enabled when Home Assistant first sees it."""
    always: bool = False
    """Whether it is there without the meter."""
    shown_by: tuple[str, ...] = ()
    index: int | None = None
    of_use: str | None = None
    resets: bool = False
    attributes: bool = False
    """Whether something is told beside its value."""
    object_id: str | None = None

    def name(self, lang: Language, *, phases: int | None = 1) -> str:
        """Return its name."""
        names = self.names if phases == 1 else self.names_phase or self.names
        return names[lang is Language.FR]

    def wanted(self, told: Told) -> bool:
        """Return whether the meter ever showed it."""
        keys = told.memory.keys
        if not self.always and not any(k in keys for k in self.shown_by or (self.key,)):
            return False
        return self.index is None or index_is_shown(
            self.index, told.reading, told.memory
        )

    def enabled_at(self, told: Told) -> bool:
        """Return whether it is of use at a meter, as far as that is known."""
        if self.of_use is None:
            return self.enabled
        rule = _rule(self.of_use, self.index)
        return self.enabled and rule(told.reading, told.memory) is not False

    def value(self, told: Told) -> Value | None:
        """Return what it shows."""
        if self.key in told.line:
            return told.line[self.key]
        if (several := _OF_SEVERAL.get(self.key)) is not None:
            return several(told.reading)
        return told.reading[self.key]


def _rule(name: str, index: int | None) -> OfUse:
    """Return a rule of ``publish/shown.py`` by its name."""
    rule: Any = getattr(shown, name)
    made: OfUse = rule if index is None else rule(index)
    return made


def _row(told: Mapping[str, Any]) -> Row:
    settings: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in told.items()
    }
    if "noise" in settings:
        settings["noise"] = Noise(settings["noise"])
    return Row(**settings)


@cache
def _table() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(
        (files(__package__ or "") / "entities.json").read_text(encoding="utf-8")
    )
    return found


@cache
def rows(device: str) -> tuple[Row, ...]:
    """Return the entities of a kind of device: ``meter``, ``costs`` and others."""
    return tuple(_row(told) for told in _table()[device])


def word(key: str, lang: Language) -> str:
    """Return what a tariff, the device of costs, or an event is called."""
    names = _table()["words"].get(key, (key, key))
    return str(names[lang is Language.FR])
