"""The hours of a contract or an offer, as its form asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any

import probatio as vol

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    Selector,
    TextSelector,
    TimeSelector,
)

from ...billing.entity import EUROS_PER_KWH
from ...linky_tic.costs.calendar.schedule import (
    EVERY_DAY,
    Schedule,
    Window,
    parse_windows,
)
from ...linky_tic.costs.errors import ScheduleError
from ...linky_tic.costs.prices.hours import (
    ALL_YEAR,
    IN_SUMMER,
    IN_WINTER,
    SUMMER,
    Hours,
    other_season,
    schedule_of,
)
from ...linky_tic.costs.prices.offers import CUSTOM_INDEXES, WEEK_END_WINDOW, Structure
from ..selectors import amount, choice
from .price_form import price_key

CONF_WINDOWS = "windows"
CONF_WINDOWS_SUMMER = "windows_summer"
CONF_WINDOWS_SUPER = "windows_super"
CONF_WINDOWS_ALERT = "windows_alert"
CONF_SUMMER_FIRST = "summer_first"
CONF_SUMMER_LAST = "summer_last"
CONF_WEEK_ENDS = "week_ends"
CONF_HOLIDAYS = "holidays"
CONF_ALERT = "alert"
CONF_ALERT_STATE = "alert_state"
CONF_ALERT_FROM = "alert_from"

# The off-peak reform of 2025 to 2027: summer is April to October
SEASONS = {ALL_YEAR: None, IN_SUMMER: SUMMER, IN_WINTER: other_season(SUMMER)}
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
HOLIDAYS = "holidays"
MONTHS = tuple(map(str, range(1, 13)))

_CUSTOM = CUSTOM_INDEXES[1:]
_KINDS = ("windows", "weekdays", "season", "alert", "price")
_PARTS = {f"index_{n}": {f"{kind}_{n}" for kind in _KINDS} for n in _CUSTOM}
"""The fields of each part of a form for hours of one's own."""


_SELECTORS: dict[str, Selector[Any]] = {
    CONF_WINDOWS: TextSelector(),
    CONF_WINDOWS_SUMMER: TextSelector(),
    CONF_WINDOWS_SUPER: TextSelector(),
    CONF_SUMMER_FIRST: choice(MONTHS, "month", dropdown=True),
    CONF_SUMMER_LAST: choice(MONTHS, "month", dropdown=True),
    CONF_WEEK_ENDS: choice(SEASONS, "season", dropdown=True),
    CONF_HOLIDAYS: BooleanSelector(),
    CONF_ALERT: EntitySelector(),
    CONF_ALERT_STATE: TextSelector(),
    CONF_ALERT_FROM: TimeSelector(),
    CONF_WINDOWS_ALERT: TextSelector(),
}
_HOURS = (CONF_WINDOWS, CONF_WINDOWS_SUMMER)
_SEASONS = (CONF_SUMMER_FIRST, CONF_SUMMER_LAST, *_HOURS)
_ALERT = (CONF_ALERT, CONF_ALERT_STATE)
_FIELDS: dict[Structure, tuple[str, ...]] = {
    Structure.OFF_PEAK: _HOURS,
    Structure.WEEK_END: _HOURS,
    Structure.SUPER_OFF_PEAK: (*_HOURS, CONF_WINDOWS_SUPER),
    Structure.SEASONS: (*_SEASONS, CONF_WEEK_ENDS, CONF_HOLIDAYS),
    Structure.SEASONS_SUPER: (*_SEASONS, CONF_WINDOWS_SUPER),
    Structure.ALERT_DAYS: (*_ALERT, CONF_WINDOWS, CONF_WINDOWS_ALERT),
    Structure.SEASONS_ALERT: (*_ALERT, CONF_ALERT_FROM, *_SEASONS),
    Structure.CUSTOM: _ALERT,
}
_DEFAULTS: dict[str, Any] = {
    CONF_SUMMER_FIRST: str(SUMMER[0][0]),
    CONF_SUMMER_LAST: str(SUMMER[1][0]),
    CONF_ALERT_FROM: "00:00:00",
}
_NEEDED = {CONF_WINDOWS_SUPER, CONF_ALERT}
_LEARNED = {Structure.OFF_PEAK, Structure.WEEK_END}
"""Those of which the meter may tell the hours."""


def window_fields(structure: Structure) -> dict[vol.Marker, Any]:
    """Return the fields for the hours of a structure."""
    fields: dict[vol.Marker, Any] = {}
    for name in _FIELDS.get(structure, ()):
        default = _DEFAULTS.get(name, vol.UNDEFINED)
        fields[vol.Optional(name, default=default)] = _SELECTORS[name]
    return fields


def custom_fields(values: Mapping[str, Any]) -> dict[vol.Marker, Any]:
    """Return a part of the form for each price of one's own but the first.

    Unfolded are the next one, and those that hold anything.
    """
    return {
        vol.Optional(f"index_{n}"): section(
            vol.Schema(
                {
                    vol.Optional(f"windows_{n}"): TextSelector(),
                    vol.Optional(f"weekdays_{n}"): choice(
                        (*WEEKDAYS, HOLIDAYS), "weekdays", dropdown=True, several=True
                    ),
                    vol.Optional(f"season_{n}"): choice(
                        SEASONS, "season", dropdown=True
                    ),
                    vol.Optional(f"alert_{n}"): BooleanSelector(),
                    vol.Optional(price_key(n)): amount(EUROS_PER_KWH),
                }
            ),
            {"collapsed": n != _CUSTOM[0] and not _PARTS[f"index_{n}"] & values.keys()},
        )
        for n in _CUSTOM
    }


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form holds, whatever part of it a field is in."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= value if isinstance(value, Mapping) else {key: value}
    return found


def in_parts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form shows, with the parts that it has."""
    found: dict[str, Any] = dict(values)
    for part, names in _PARTS.items():
        if inside := {name: values[name] for name in names if name in values}:
            found[part] = inside
    return found


def errors_in_parts(structure: Structure, errors: dict[str, str]) -> dict[str, str]:
    """Return what is wrong, where Home Assistant's pages (2026.11) show it.

    They show nothing at a field inside a part of a form, but above that part.
    """
    if structure is not Structure.CUSTOM:
        return errors
    parts = {name: part for part, names in _PARTS.items() for name in names}
    return {parts.get(name, name): error for name, error in errors.items()}


def form_of(structure: Structure, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a form about hours, to be shown again as it was typed."""
    names = {str(key) for key in window_fields(structure)}
    if structure is Structure.CUSTOM:
        names |= {f"{kind}_{n}" for n in _CUSTOM for kind in _KINDS if kind != "price"}
    return {name: values[name] for name in sorted(names) if name in values}


def alert_of(values: Mapping[str, Any]) -> str:
    """Return who tells alert days: an entity, and the state that does if it is not on."""
    entity, state = values.get(CONF_ALERT, ""), values.get(CONF_ALERT_STATE, "").strip()
    return f"{entity}={state}" if entity and state else entity


def read_schedule(
    structure: Structure,
    values: Mapping[str, Any],
    errors: dict[str, str],
    *,
    own: bool = False,
) -> Schedule | None:
    """Return the hours that a form holds; what is wrong goes to ``errors`` by field.

    None where the meter's own hours, or none at all, are to be taken.
    """
    if structure is Structure.CUSTOM:
        return _custom(values, errors)
    fields = _FIELDS.get(structure, ())
    if not fields:
        return None
    read = {
        name: _windows(name, values, errors)
        for name in fields
        if name.startswith(CONF_WINDOWS)
    }
    needed = {name for name in fields if name in _NEEDED}
    if own or structure not in _LEARNED or read.get(CONF_WINDOWS_SUMMER):
        needed.add(CONF_WINDOWS)
    for name in needed - errors.keys():
        if not (read[name] if name in read else values.get(name)):
            errors[name] = "no_windows" if name in read else "no_entity"
    if errors or not read[CONF_WINDOWS]:
        return None
    if structure in _LEARNED:
        return _two_seasons(structure, read[CONF_WINDOWS], read[CONF_WINDOWS_SUMMER])
    first, last = (
        int(values.get(name, _DEFAULTS[name]))
        for name in (CONF_SUMMER_FIRST, CONF_SUMMER_LAST)
    )
    begins = time.fromisoformat(values.get(CONF_ALERT_FROM, _DEFAULTS[CONF_ALERT_FROM]))
    hours = Hours(
        read[CONF_WINDOWS],
        read.get(CONF_WINDOWS_SUMMER, ()),
        read.get(CONF_WINDOWS_SUPER, ()),
        ((first, 1), (last, 31)),
        values.get(CONF_WEEK_ENDS),
        values.get(CONF_HOLIDAYS, False),
        read.get(CONF_WINDOWS_ALERT, ()),
        begins.replace(second=0),
    )
    return schedule_of(structure, hours)


def _two_seasons(
    structure: Structure, winter: tuple[Window, ...], summer: tuple[Window, ...]
) -> Schedule:
    """Return off-peak hours as they were kept before there were other structures."""
    if summer:
        winter = tuple(replace(one, season=SEASONS[IN_WINTER]) for one in winter)
        summer = tuple(replace(one, season=SUMMER) for one in summer)
    first = (WEEK_END_WINDOW,) if structure is Structure.WEEK_END else ()
    return Schedule((*first, *summer, *winter), 2)


def _custom(values: Mapping[str, Any], errors: dict[str, str]) -> Schedule | None:
    """Return the hours of an offer of any shape; outside them index 1 counts."""
    ordinary: list[Window] = []
    alerts: list[Window] = []
    for n in _CUSTOM:
        chosen = set(values.get(f"weekdays_{n}", ()))
        days = frozenset(WEEKDAYS.index(name) for name in chosen - {HOLIDAYS})
        season = SEASONS[values.get(f"season_{n}", ALL_YEAR)]
        alert = values.get(f"alert_{n}", False)
        found = _windows(f"windows_{n}", values, errors)
        if not found and (chosen or alert or season):
            found = (Window(n),)
        if alert and not values.get(CONF_ALERT):
            errors[CONF_ALERT] = "no_entity"
        if not found and values.get(price_key(n)) is not None:
            errors.setdefault(f"windows_{n}", "no_windows")
        windows = alerts if alert else ordinary
        windows += [
            replace(
                window,
                index=n,
                weekdays=days if chosen else EVERY_DAY,
                holidays=HOLIDAYS in chosen,
                season=season,
                alert=alert,
            )
            for window in found
        ]
    if not ordinary and not alerts and not errors:
        errors["windows_2"] = "no_windows"
    return None if errors else Schedule((*alerts, *ordinary), 1)


def _windows(
    field: str, values: Mapping[str, Any], errors: dict[str, str]
) -> tuple[Window, ...]:
    """Return the windows of a field, none if it is empty."""
    text = values.get(field, "")
    if not text.strip():
        return ()
    try:
        return parse_windows(text, 1)
    except ScheduleError:
        errors[field] = "bad_windows"
        return ()
