"""What an entry remembers of the last page of its set-up: kept in its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_WELCOME
from .sources import Made

_TODO, _TOLD, _ENERGY = "todo", "told", "energy"


class Standing(NamedTuple):
    """How something that can be switched on stands."""

    on: bool = False
    why_not: str | None = None
    """The key of the words that say why it cannot be switched."""


@dataclass(frozen=True)
class Welcome:
    """What was chosen, and what was made of it."""

    todo: tuple[str, ...] = ()
    """What is to be switched on as soon as there are entities."""
    told: bool = False
    """Whether the repair that offers the rest was raised, or is not to be."""
    energy: Made = field(default_factory=dict)
    """The sources of the Energy dashboard that are ours."""

    def as_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return an entry's options with this."""
        kept = {
            _TODO: list(self.todo),
            _TOLD: self.told,
            _ENERGY: dict(self.energy),
        }
        return {**options, CONF_WELCOME: kept}

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Welcome:
        """Return what is in an entry's options; nothing in those of before."""
        kept = options.get(CONF_WELCOME, {})
        return cls(
            tuple(kept.get(_TODO, ())),
            kept.get(_TOLD, False),
            kept.get(_ENERGY, {}),
        )


@callback
def async_keep(hass: HomeAssistant, entry: ConfigEntry[Any], welcome: Welcome) -> None:
    """Keep it, if it is new."""
    if welcome != Welcome.of(entry.options):
        options = welcome.as_options(entry.options)
        hass.config_entries.async_update_entry(entry, options=options)
