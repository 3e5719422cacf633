"""What the user told of the loads, as subentries and options keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform, UnitOfElectricCurrent
from homeassistant.core import HomeAssistant, callback, split_entity_id

from ..const import CONF_LOADS_MARGIN, CONF_LOADS_MODE, DOMAIN, SUBENTRY_LOAD
from ..linky_tic.costs.calendar.schedule import parse_windows
from ..linky_tic.loads.draw import Draw, PhaseDraw
from ..linky_tic.loads.load import LEAST_AMPERES, Load, LoadKind, WhenLost, Window

CONF_ENTITY = "entity_id"
CONF_PRIORITY = "priority"
CONF_POWER = "power"
CONF_POWER_ENTITY = "power_entity"
CONF_PHASE = "phase"
CONF_MIN_ON = "min_on"
CONF_MIN_OFF = "min_off"
CONF_NEVER = "never"
CONF_LOST = "when_lost"
CONF_KIND = "kind"
CONF_PRESET = "preset"
CONF_COMFORT = "comfort"
CONF_LEAST = "least"
CONF_MOST = "most"
CONF_PAUSE = "pause"

SWITCHES = (Platform.SWITCH, "input_boolean", Platform.LIGHT, Platform.FAN)
NUMBERS = (Platform.NUMBER, "input_number")
DOMAINS = (*SWITCHES, Platform.CLIMATE, *NUMBERS)
"""What can be shed, by the domain of its entity."""

OFF = "off"
"""In the place of a preset: the thermostat is switched off."""
DEFAULT_PRIORITY = 5
DEFAULT_MINUTES = 5

_SECONDS = 60.0


class Mode(StrEnum):
    """Whether orders are carried out."""

    ON = "on"
    DRY_RUN = "dry_run"


@dataclass(frozen=True, kw_only=True)
class LoadSettings:
    """One load, and what it is switched by."""

    load: Load
    name: str
    entity_id: str
    power_entity: str | None = None
    """The sensor that tells its power."""
    preset: str = OFF
    """Of a thermostat that is shed."""
    resting: float | None = None
    """What a number says while it is shed; None: its own minimum."""
    pause: str | None = None
    """The switch that stops a charger."""

    @classmethod
    def of(cls, subentry: ConfigSubentry, phases: int) -> Self:
        """Return what a subentry keeps, at a meter with so many phases."""
        data = subentry.data
        entity_id, pause = data[CONF_ENTITY], data.get(CONF_PAUSE)
        phase = data.get(CONF_PHASE)
        on = int(phase) if phases > 1 and phase in {"1", "2", "3"} else None
        kind = LoadKind(data.get(CONF_KIND, LoadKind.SWITCH))
        adjustable, least = kind is LoadKind.CHARGER, data.get(CONF_LEAST)
        load = Load(
            key=subentry.subentry_id,
            entities=(entity_id, pause) if pause else (entity_id,),
            kind=kind,
            priority=int(data.get(CONF_PRIORITY, DEFAULT_PRIORITY)),
            power=data.get(CONF_POWER),
            phase=on,
            min_on=data.get(CONF_MIN_ON, DEFAULT_MINUTES) * _SECONDS,
            min_off=data.get(CONF_MIN_OFF, DEFAULT_MINUTES) * _SECONDS,
            never=hours_of(data.get(CONF_NEVER, "")),
            when_lost=WhenLost(data.get(CONF_LOST, WhenLost.RELEASE)),
            comfort=data.get(CONF_COMFORT),
            least=least if adjustable else None,
            most=data.get(CONF_MOST) if adjustable else None,
            phases=phases if on is None else 1,
        )
        return cls(
            load=load,
            name=subentry.title,
            entity_id=entity_id,
            power_entity=data.get(CONF_POWER_ENTITY),
            preset=data.get(CONF_PRESET, OFF),
            resting=None if adjustable else least,
            pause=pause,
        )

    @property
    def key(self) -> str:
        """The id of its subentry."""
        return self.load.key


@dataclass(frozen=True)
class ManagerSettings:
    """What holds for all loads of a meter."""

    mode: Mode = Mode.ON
    margin: float = 0.0
    """VA that are kept free."""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Return what the options say."""
        return cls(
            Mode(options.get(CONF_LOADS_MODE, Mode.ON)),
            float(options.get(CONF_LOADS_MARGIN, 0)),
        )


def kind_of(hass: HomeAssistant, entity_id: str) -> LoadKind:
    """Return how what an entity stands for is shed."""
    domain = split_entity_id(entity_id)[0]
    if domain == Platform.CLIMATE:
        return LoadKind.CLIMATE
    state = hass.states.get(entity_id) if domain in NUMBERS else None
    unit = state.attributes.get("unit_of_measurement") if state else None
    # Of another unit nobody knows what a step of it draws
    charger = unit == UnitOfElectricCurrent.AMPERE
    return LoadKind.CHARGER if charger else LoadKind.SWITCH


def is_number(entity_id: str) -> bool:
    """Return whether an entity is a number."""
    return split_entity_id(entity_id)[0] in NUMBERS


def hours_of(text: str) -> tuple[Window, ...]:
    """Return hours from ``22:00-06:00; 12:30-14:30``; raise ScheduleError."""
    if not text.strip():
        return ()
    return tuple(Window(one.start, one.end) for one in parse_windows(text, 1))


def loads_of(entry: ConfigEntry[Any], phases: int) -> dict[str, LoadSettings]:
    """Return the loads of a meter with so many phases, by their keys."""
    return {
        subentry.subentry_id: LoadSettings.of(subentry, phases)
        for subentry in entry.get_subentries_of_type(SUBENTRY_LOAD)
    }


@callback
def owner_of(hass: HomeAssistant, entity_id: str, but: str | None) -> str | None:
    """Return the name of the load that acts on an entity already, at any meter.

    ``but`` is the id of a subentry that does not count.
    """
    for entry in hass.config_entries.async_entries(DOMAIN):
        for subentry in entry.get_subentries_of_type(SUBENTRY_LOAD):
            taken = {subentry.data.get(CONF_ENTITY), subentry.data.get(CONF_PAUSE)}
            if subentry.subentry_id != but and entity_id in taken:
                return subentry.title
    return None


def least_amperes(least: float, greatest: float) -> float:
    """Return the least current to propose for a charger that takes these."""
    return min(max(LEAST_AMPERES, least), greatest)


def with_margin(draw: Draw, margin: float) -> Draw:
    """Return what the house draws as if it were so many VA more."""
    part = margin / max(len(draw.phases), 1)

    def more(phase: PhaseDraw) -> PhaseDraw:
        load, room = phase.load, phase.room
        return replace(
            phase,
            load=None if load is None else load + part,
            room=None if room is None else room - part,
        )

    return replace(draw, phases=tuple(map(more, draw.phases)))
